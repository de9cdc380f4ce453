<#
.SYNOPSIS
    Reports shared mailboxes that are nearly full: one line of JSON for each, and the count at the end.
#>
param(
    [Parameter(Mandatory = $true)]
    [string] $Organization,

    # Percent of the quota from which on a mailbox is reported.
    [int] $Threshold = 90
)

$ErrorActionPreference = 'Stop'
Import-Module ExchangeOnlineManagement

function Get-Bytes([string] $Size) {
    if ($Size -match '\(([\d,.]+) bytes\)') { return [long]($Matches[1] -replace '[,.]', '') }
    return $null
}

try {
    Connect-ExchangeOnline -ManagedIdentity -Organization $Organization -ShowBanner:$false
    $full = 0
    foreach ($mailbox in Get-EXOMailbox -RecipientTypeDetails SharedMailbox -ResultSize Unlimited -Properties ProhibitSendReceiveQuota) {
        $used = Get-Bytes (Get-EXOMailboxStatistics -Identity $mailbox.ExternalDirectoryObjectId).TotalItemSize
        $quota = Get-Bytes $mailbox.ProhibitSendReceiveQuota
        if ($null -eq $used -or -not $quota) { continue }
        $percent = [math]::Round(100 * $used / $quota, 1)
        if ($percent -ge $Threshold) {
            $full++
            [ordered]@{ mailbox = $mailbox.PrimarySmtpAddress; percent = $percent; usedBytes = $used } | ConvertTo-Json -Compress
        }
    }
    [ordered]@{ reported = $full; threshold = $Threshold } | ConvertTo-Json -Compress
}
finally {
    Disconnect-ExchangeOnline -Confirm:$false
}
