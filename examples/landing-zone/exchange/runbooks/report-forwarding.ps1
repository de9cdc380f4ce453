<#
.SYNOPSIS
    Reports mailboxes that forward mail: one line of JSON for each, and the count at the end.
#>
param(
    [Parameter(Mandatory = $true)]
    [string] $Organization
)

$ErrorActionPreference = 'Stop'
Import-Module ExchangeOnlineManagement

try {
    Connect-ExchangeOnline -ManagedIdentity -Organization $Organization -ShowBanner:$false
    $found = 0
    foreach ($mailbox in Get-EXOMailbox -ResultSize Unlimited -Properties ForwardingAddress, ForwardingSmtpAddress) {
        if ($mailbox.ForwardingAddress -or $mailbox.ForwardingSmtpAddress) {
            $found++
            [ordered]@{ mailbox = $mailbox.PrimarySmtpAddress; to = "$($mailbox.ForwardingAddress)$($mailbox.ForwardingSmtpAddress)" } | ConvertTo-Json -Compress
        }
    }
    [ordered]@{ forwarding = $found } | ConvertTo-Json -Compress
}
finally {
    Disconnect-ExchangeOnline -Confirm:$false
}
