"""The rule that an identity has both grants or neither: the app role and a directory role."""

from collections.abc import Iterator

from pulumi_policy import PolicyResource

from .directory_roles import ROLES, shown
from .grants import EXCHANGE_ROLES, GRANTING_COMPONENTS, MANAGE_AS_APP
from .principals import Principal, holder
from .reading import is_child, is_entra, value
from .rule import Configuration, ProgramRule, Violation, list_option


def app_role_grants(resources: list[PolicyResource]) -> list[PolicyResource]:
    """Returns the app role assignments on Exchange Online: those with the role's id, and those of the components."""
    return [
        grant
        for grant in resources
        if is_entra(grant.resource_type, "AppRoleAssignment")
        and (is_child(grant, *GRANTING_COMPONENTS) or str(value(grant.props, "appRoleId")).lower() == MANAGE_AS_APP)
    ]


def _directory_role_grants(resources: list[PolicyResource]) -> list[tuple[PolicyResource, str]]:
    return [
        (grant, str(value(grant.props, "roleId")).lower())
        for grant in resources
        if is_entra(grant.resource_type, "DirectoryRoleAssignment")
    ]


def _both_grants(
    resources: list[PolicyResource], configuration: Configuration
) -> Iterator[tuple[PolicyResource, Violation]]:
    app_roles, directory_roles = app_role_grants(resources), _directory_role_grants(resources)
    with_directory_role = [holder(grant) for grant, role in directory_roles if role in ROLES.values()]
    for grant in _not_exempt(app_roles, configuration):
        if not _is_held_by(holder(grant), with_directory_role):
            yield (
                grant,
                Violation(
                    f'"{grant.name}" grants the app role and nothing grants a directory role to the same identity',
                    'every cmdlet fails with "The role assigned to application ... isn\'t supported in this scenario"',
                ),
            )
    with_app_role = [holder(grant) for grant in app_roles]
    for grant in _not_exempt([grant for grant, role in directory_roles if role in EXCHANGE_ROLES], configuration):
        if not _is_held_by(holder(grant), with_app_role):
            yield (
                grant,
                Violation(
                    f'"{grant.name}" grants {shown(str(value(grant.props, "roleId")))} and nothing grants '
                    "Exchange.ManageAsApp to the same identity",
                    "the identity has an administrator's role and Exchange Online refuses its sessions",
                ),
            )


def _not_exempt(grants: list[PolicyResource], configuration: Configuration) -> Iterator[PolicyResource]:
    """Yields the grants that the rule checks: their principal can be identified, and no exemption names them."""
    exempt = {name.lower() for name in configuration["exempt"]}
    for grant in grants:
        principal = holder(grant)
        if principal.is_known and grant.name.lower() not in exempt and principal.object_id not in exempt:
            yield grant


def _is_held_by(principal: Principal, holders: list[Principal]) -> bool:
    return any(principal.is_same(other) for other in holders)


BOTH_GRANTS = ProgramRule(
    name="both-grants-together",
    statement="An identity has both the app role of Exchange Online and a directory role, or neither.",
    remedy=(
        "Let ExchangeAccess create both. Where a role group in Exchange gives the permissions, another program creates the other "
        "grant, or a person holds the role, add the grant's name or the principal's object id to exempt."
    ),
    options={
        "exempt": list_option("Logical names of grants, or object ids of principals, that the rule does not check.", [])
    },
    check=_both_grants,
)
