<#
.SYNOPSIS
    Gives a service principal management roles in Exchange Online, for some recipients or for all.

.DESCRIPTION
    Run it as a runbook of an account with Exchange Administrator, or as an Exchange administrator in a session that is open.
    Run it again to repair what is missing: what exists already stays as it is. remove-narrower-access.ps1 takes it back.

    The service principal becomes a member of a role group, and the roles are assigned to the role group. With -Direct the
    roles are assigned to the service principal itself.
#>
param(
    [Parameter(Mandatory = $true)]
    [string] $Organization,

    # The outputs clientId and principalId of the program.
    [Parameter(Mandatory = $true)]
    [string] $ClientId,
    [Parameter(Mandatory = $true)]
    [string] $PrincipalId,

    # Name of the role group and of what belongs to it, 30 characters at most.
    [Parameter(Mandatory = $true)]
    [ValidateLength(1, 30)]
    [string] $Name,

    # Management roles, such as "Mail Recipients". exchange-automation permissions derives them from a script.
    [Parameter(Mandatory = $true)]
    [string[]] $Roles,

    # At most one of these: an administrative unit, a group whose direct members count, or a filter of recipients.
    [string] $AdministrativeUnit,
    [string] $Group,
    [string] $Filter,

    [switch] $Direct
)

$ErrorActionPreference = 'Stop'

# Types of the roles that change recipients; a custom role has the type of its parent. A scope limits nothing in other roles.
$scopedTypes = @(
    'MailRecipients', 'MailRecipientCreation', 'DistributionGroups', 'SecurityGroupCreationAndMembership', 'UserOptions'
    'ResetPassword', 'Migration', 'MoveMailboxes', 'LegalHold', 'MailboxImportExport', 'MailEnabledPublicFolders', 'TeamMailboxes'
)

function Get-AssignmentName([string] $Role) {
    # A name has 64 characters at most.
    $long = "$Role-$Name"
    return $long.Substring(0, [math]::Min(64, $long.Length))
}

Import-Module ExchangeOnlineManagement

$scopes = @($AdministrativeUnit, $Group, $Filter | Where-Object { $_ })
if ($scopes.Count -gt 1) {
    throw 'Give at most one of AdministrativeUnit, Group and Filter: an assignment has one scope.'
}

# An administrator's session stays open; a job opens one and closes it.
$ownSession = -not (Get-ConnectionInformation)
if ($ownSession) {
    Connect-ExchangeOnline -ManagedIdentity -Organization $Organization -ShowBanner:$false
}
try {
    # Before anything is written, every role has to exist and to take the scope.
    foreach ($role in $Roles) {
        $found = Get-ManagementRole -Identity $role
        $scoped = "$($found.RoleType)" -in $scopedTypes -or ($Direct -and "$($found.RoleType)" -like 'Application*')
        if ($scopes.Count -and -not $scoped) {
            throw "The role $role takes no scope of recipients: it reads, or it manages the organization. Run the script for it with another Name and without a scope."
        }
    }

    # Exchange has an object of its own for each service principal of Entra ID.
    $principal = Get-ServicePrincipal | Where-Object { "$($_.ObjectId)" -eq $PrincipalId }
    if (-not $principal) {
        New-ServicePrincipal -AppId $ClientId -ObjectId $PrincipalId -DisplayName $Name | Out-Null
        $principal = Get-ServicePrincipal | Where-Object { "$($_.ObjectId)" -eq $PrincipalId }
        Write-Output "service principal $PrincipalId created in Exchange"
    }

    if (-not $Direct) {
        if (-not (Get-RoleGroup | Where-Object { $_.Name -eq $Name })) {
            New-RoleGroup -Name $Name -Description 'Permissions of an automation account' | Out-Null
            Write-Output "role group $Name created"
        }
        if (-not (Get-RoleGroupMember -Identity $Name | Where-Object { "$($_.Guid)" -eq "$($principal.Guid)" -or $_.Name -eq $principal.Name })) {
            Add-RoleGroupMember -Identity $Name -Member $principal.Identity
            Write-Output "service principal added to role group $Name"
        }
    }

    $scope = @{}
    if ($AdministrativeUnit) { $scope = @{ RecipientAdministrativeUnitScope = $AdministrativeUnit } }
    if ($Group) { $scope = @{ RecipientGroupScope = $Group } }
    if ($Filter) {
        $existing = Get-ManagementScope | Where-Object { $_.Name -eq "$Name recipients" }
        if (-not $existing) {
            New-ManagementScope -Name "$Name recipients" -RecipientRestrictionFilter $Filter | Out-Null
            Write-Output "management scope $Name recipients created"
        }
        elseif ($existing.RecipientFilter -ne $Filter) {
            # Exchange may write the same filter in other words, so nothing is changed without a person.
            Write-Warning "management scope $Name recipients has the filter $($existing.RecipientFilter)"
        }
        $scope = if ($Direct) { @{ CustomResourceScope = "$Name recipients" } } else { @{ CustomRecipientWriteScope = "$Name recipients" } }
    }

    $assignee = if ($Direct) { @{ App = $PrincipalId } } else { @{ SecurityGroup = $Name } }
    foreach ($role in $Roles) {
        $assignment = Get-AssignmentName $role
        if (-not (Get-ManagementRoleAssignment | Where-Object { $_.Name -eq $assignment })) {
            New-ManagementRoleAssignment -Name $assignment -Role $role @assignee @scope | Out-Null
            Write-Output "role $role assigned"
        }
    }
    [ordered]@{ name = $Name; roles = $Roles; scope = "$scopes"; direct = [bool]$Direct } | ConvertTo-Json -Compress
}
finally {
    if ($ownSession) {
        Disconnect-ExchangeOnline -Confirm:$false
    }
}
