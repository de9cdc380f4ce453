"""Rules about single grants: which roles a program may grant, and which components create the grants."""

from collections.abc import Iterator

from pulumi_policy import ResourceValidationArgs

from . import directory_roles
from .reading import UNKNOWN, is_child, is_entra, joined, value
from .rule import Configuration, ResourceRule, Violation, list_option

MANAGE_AS_APP = "dc50a0fb-09a3-484d-be87-e023b12c6440"
"""Id of the app role Exchange.ManageAsApp, the same in every tenant ("Permissions reference", Office 365 Exchange Online)."""

GRANTING_COMPONENTS = ("ExchangeAccess", "ExchangeAutomationAccount", "ExchangeApplication")
"""Components that create both grants in the right order."""

EXCHANGE_ROLES = (directory_roles.EXCHANGE_ADMINISTRATOR, directory_roles.EXCHANGE_RECIPIENT_ADMINISTRATOR)
"""Directory roles for Exchange alone."""

_ROLE_PROPERTIES = {
    "DirectoryRoleAssignment": "roleId",
    "DirectoryRoleEligibilityScheduleRequest": "roleDefinitionId",
    "DirectoryRole": "templateId",
}


def granted_role(resource: ResourceValidationArgs) -> str | None:
    """Returns the template id of the role that a resource assigns or activates; None for others and while it is unknown."""
    for name, key in _ROLE_PROPERTIES.items():
        if is_entra(resource.resource_type, name):
            given = value(resource.props, key)
            if given is None and name == "DirectoryRole":
                given = directory_roles.template_id(str(value(resource.props, "displayName")))
            return None if given is None or given is UNKNOWN else str(given).lower()
    return None


def _no_global_administrator(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[Violation]:
    if granted_role(resource) == directory_roles.GLOBAL_ADMINISTRATOR:
        yield Violation(
            f'"{resource.name}" grants Global Administrator, which Exchange Online never needs',
            "everybody who can edit a runbook of that identity controls the whole tenant",
        )


NO_GLOBAL_ADMINISTRATOR = ResourceRule(
    name="no-global-administrator",
    statement="No identity of this program is a Global Administrator.",
    remedy="Grant Exchange Administrator, or a narrower role.",
    check=_no_global_administrator,
)


def _allowed_roles(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[Violation]:
    if is_entra(resource.resource_type, "DirectoryRoleMember"):
        yield Violation(
            f'"{resource.name}" adds a member to a directory role by the object id of the role, which differs in every tenant',
            "no rule can see which role it is, and it may be Global Administrator",
        )
        return
    role = granted_role(resource)
    if role is None or role == directory_roles.GLOBAL_ADMINISTRATOR:
        return  # NO_GLOBAL_ADMINISTRATOR reports that role, so this rule does not report it again.
    if role not in {directory_roles.template_id(allowed) for allowed in configuration["allowed"]}:
        yield Violation(
            f'"{resource.name}" grants the directory role {directory_roles.shown(role)}, which is not on the allowed list',
            f"the identity could do more than this organization allows: {joined(configuration['allowed'])}",
        )


def _unknown_roles(option: str, configuration: Configuration) -> Iterator[str]:
    for role in configuration[option]:
        if (mistake := directory_roles.name_mistake(role)) is not None:
            yield f"{option}: {mistake}"


ALLOWED_ROLES = ResourceRule(
    name="directory-role-allowed",
    statement="Only directory roles on the allowed list are granted.",
    remedy=(
        "Grant a role on the list with DirectoryRoleAssignment, or add this one to allowed in the policy pack's configuration."
    ),
    options={
        "allowed": list_option(
            "Directory roles by display name or template id.",
            ["Exchange Administrator", "Exchange Recipient Administrator", "Global Reader", "Security Reader"],
        )
    },
    mistakes=lambda configuration: _unknown_roles("allowed", configuration),
    check=_allowed_roles,
)


def _through_components(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[Violation]:
    if is_child(resource, *GRANTING_COMPONENTS):
        return
    app_role = value(resource.props, "appRoleId") if is_entra(resource.resource_type, "AppRoleAssignment") else None
    if isinstance(app_role, str) and app_role.lower() in {role_id.lower() for role_id in configuration["appRoleIds"]}:
        yield Violation(
            f'"{resource.name}" grants an app role of Exchange Online outside ExchangeAccess',
            "nothing creates the directory role after it and deletes both together",
        )
    role = granted_role(resource)
    if role in {directory_roles.template_id(counted) for counted in configuration["directoryRoles"]}:
        yield Violation(
            f'"{resource.name}" grants {directory_roles.shown(str(role))} outside ExchangeAccess',
            "nothing waits until the identity has replicated, creates the app role before it and deletes both together",
        )


THROUGH_COMPONENTS = ResourceRule(
    name="exchange-grants-through-components",
    statement="Access to Exchange Online is granted by ExchangeAccess, alone or inside another component.",
    remedy="Use ExchangeAutomationAccount, ExchangeApplication, or ExchangeAccess with the principal's object id.",
    options={
        "appRoleIds": list_option("Ids of app roles that count as access to Exchange Online.", [MANAGE_AS_APP]),
        "directoryRoles": list_option(
            "Directory roles that count as access to Exchange Online, by display name or template id.",
            ["Exchange Administrator", "Exchange Recipient Administrator"],
        ),
    },
    mistakes=lambda configuration: _unknown_roles("directoryRoles", configuration),
    check=_through_components,
)
