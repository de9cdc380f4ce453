<#
.SYNOPSIS
    Connects to Exchange Online with the account's managed identity, reads one thing, and writes one line of JSON with the verdict.
.NOTES
    Reads nothing but the organization's name. A failed step is told in the verdict, and fails the job.
#>
param(
    # Initial domain of the tenant, such as contoso.onmicrosoft.com.
    [Parameter(Mandatory = $true)]
    [string] $Organization,

    # Client id of a user-assigned identity; empty for the system-assigned one.
    [string] $ClientId = '',

    # Name of a national cloud, as Connect-ExchangeOnline takes it; empty for the public one.
    [string] $EnvironmentName = ''
)

$ErrorActionPreference = 'Stop'
$verdict = [ordered]@{ passed = $false; step = 'import'; organization = $Organization; module = $null; powershell = "$($PSVersionTable.PSVersion)"; roles = @(); error = $null }
$connected = $false
try {
    Import-Module ExchangeOnlineManagement
    $verdict.module = "$((Get-Module ExchangeOnlineManagement).Version)"

    $verdict.step = 'connect'
    $with = @{ ManagedIdentity = $true; Organization = $Organization; ShowBanner = $false }
    if ($ClientId) { $with.ManagedIdentityAccountId = $ClientId }
    if ($EnvironmentName) { $with.ExchangeEnvironmentName = $EnvironmentName }
    Connect-ExchangeOnline @with
    $connected = $true

    $verdict.step = 'read'
    $verdict.organization = (Get-OrganizationConfig).Name
    # What the role lets in: a cmdlet that the session does not have was not granted.
    $verdict.roles = @('Set-Mailbox', 'Set-TransportConfig', 'Get-EXOMailbox') | Where-Object { Get-Command $_ -ErrorAction SilentlyContinue }
    $verdict.step = 'done'
    $verdict.passed = $true
}
catch {
    $verdict.error = "$($_.Exception.Message)".Split("`n")[0]
}
finally {
    if ($connected) { Disconnect-ExchangeOnline -Confirm:$false }
    $verdict | ConvertTo-Json -Compress
}
if (-not $verdict.passed) { throw "The smoke test failed at the step '$($verdict.step)': $($verdict.error)" }
