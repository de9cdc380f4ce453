<#
.SYNOPSIS
    Removes what set-narrower-access.ps1 created: assignments, role group, management scope and, on request, the service
    principal's object in Exchange.

.DESCRIPTION
    Run it before pulumi destroy. What is gone already is no error, so run it again after a failure.
#>
param(
    [Parameter(Mandatory = $true)]
    [string] $Organization,

    # The output principalId of the program.
    [Parameter(Mandatory = $true)]
    [string] $PrincipalId,

    # The name that set-narrower-access.ps1 was given.
    [Parameter(Mandatory = $true)]
    [ValidateLength(1, 30)]
    [string] $Name,

    # Keep the object where other role groups have the service principal as well.
    [switch] $KeepServicePrincipal
)

$ErrorActionPreference = 'Stop'

function Get-AssignmentName([string] $Role) {
    # As set-narrower-access.ps1 names them.
    $long = "$Role-$Name"
    return $long.Substring(0, [math]::Min(64, $long.Length))
}

Import-Module ExchangeOnlineManagement

$ownSession = -not (Get-ConnectionInformation)
if ($ownSession) {
    Connect-ExchangeOnline -ManagedIdentity -Organization $Organization -ShowBanner:$false
}
try {
    # Assignments first: Exchange refuses to remove a role group or a scope that one of them names.
    foreach ($assignment in @(Get-ManagementRoleAssignment | Where-Object { $_.Name -eq (Get-AssignmentName "$($_.Role)") })) {
        Remove-ManagementRoleAssignment -Identity $assignment.Identity -Confirm:$false
        Write-Output "assignment $($assignment.Name) removed"
    }
    if (Get-RoleGroup | Where-Object { $_.Name -eq $Name }) {
        Remove-RoleGroup -Identity $Name -Confirm:$false
        Write-Output "role group $Name removed"
    }
    if (Get-ManagementScope | Where-Object { $_.Name -eq "$Name recipients" }) {
        Remove-ManagementScope -Identity "$Name recipients" -Confirm:$false
        Write-Output "management scope $Name recipients removed"
    }
    $principal = Get-ServicePrincipal | Where-Object { "$($_.ObjectId)" -eq $PrincipalId }
    if ($principal -and -not $KeepServicePrincipal) {
        Remove-ServicePrincipal -Identity $principal.Identity -Confirm:$false
        Write-Output "service principal $PrincipalId removed from Exchange"
    }
}
finally {
    if ($ownSession) {
        Disconnect-ExchangeOnline -Confirm:$false
    }
}
