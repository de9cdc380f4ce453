<#
.SYNOPSIS
    Gives the mailbox of a new colleague the organization's defaults.
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
    Set-Mailbox -Identity $Mailbox -AuditEnabled $true -RetainDeletedItemsFor 30
    Get-EXOMailbox -Identity $Mailbox | Select-Object PrimarySmtpAddress | ConvertTo-Json -Compress
}
finally {
    Disconnect-ExchangeOnline -Confirm:$false
}
