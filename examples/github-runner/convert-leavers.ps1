# Converts the mailboxes of disabled users to shared mailboxes. Runs in a job of GitHub Actions with "id-token: write".
param(
    [Parameter(Mandatory)] [string] $ClientId,
    [Parameter(Mandatory)] [string] $TenantId,
    [Parameter(Mandatory)] [string] $Organization
)

$ErrorActionPreference = "Stop"

Install-Module ExchangeOnlineManagement -RequiredVersion 3.9.0 -Scope CurrentUser -Force

# The job's own token, for Entra ID.
$job = Invoke-RestMethod -Uri "$env:ACTIONS_ID_TOKEN_REQUEST_URL&audience=api://AzureADTokenExchange" `
    -Headers @{ Authorization = "Bearer $env:ACTIONS_ID_TOKEN_REQUEST_TOKEN" }

# Entra ID exchanges it for a token of the application for Exchange Online.
$exchanged = Invoke-RestMethod -Method Post -Uri "https://login.microsoftonline.com/$TenantId/oauth2/v2.0/token" -Body @{
    client_id             = $ClientId
    grant_type            = "client_credentials"
    scope                 = "https://outlook.office365.com/.default"
    client_assertion_type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    client_assertion      = $job.value
}

Connect-ExchangeOnline -AccessToken $exchanged.access_token -AppId $ClientId -Organization $Organization -ShowBanner:$false
try {
    Get-EXOMailbox -ResultSize Unlimited -RecipientTypeDetails UserMailbox -Properties AccountDisabled -Filter "AccountDisabled -eq `$true" |
        ForEach-Object {
            Set-Mailbox -Identity $_.ExchangeGuid.ToString() -Type Shared
            [pscustomobject] @{ Mailbox = $_.UserPrincipalName; ConvertedTo = "Shared" }
        }
}
finally {
    Disconnect-ExchangeOnline -Confirm:$false
}
