<#
.SYNOPSIS
    Converts the mailbox of a colleague who left to a shared one. Fails for a mailbox outside of the scope.
#>
param(
    [Parameter(Mandatory = $true)]
    [string] $Organization,

    [Parameter(Mandatory = $true)]
    [string] $Mailbox
)

$ErrorActionPreference = 'Stop'
Import-Module ExchangeOnlineManagement

try {
    Connect-ExchangeOnline -ManagedIdentity -Organization $Organization -ShowBanner:$false
    Set-Mailbox -Identity $Mailbox -Type Shared
    Get-EXOMailbox -Identity $Mailbox | Select-Object PrimarySmtpAddress, RecipientTypeDetails | ConvertTo-Json -Compress
}
finally {
    Disconnect-ExchangeOnline -Confirm:$false
}
