<#
.SYNOPSIS
    Makes the mailbox of a colleague who left a shared one.
#>
param(
    [Parameter(Mandatory = $true)]
    [string] $Organization,

    # Client id of the user-assigned identity, from the account's connect command.
    [Parameter(Mandatory = $true)]
    [string] $ClientId,

    [Parameter(Mandatory = $true)]
    [string] $Mailbox
)

$ErrorActionPreference = 'Stop'
Import-Module ExchangeOnlineManagement

try {
    Connect-ExchangeOnline -ManagedIdentity -ManagedIdentityAccountId $ClientId -Organization $Organization -ShowBanner:$false
    Set-Mailbox -Identity $Mailbox -Type Shared
    Get-EXOMailbox -Identity $Mailbox | Select-Object PrimarySmtpAddress, RecipientTypeDetails | ConvertTo-Json -Compress
}
finally {
    Disconnect-ExchangeOnline -Confirm:$false
}
