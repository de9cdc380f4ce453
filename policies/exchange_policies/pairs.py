"""The rule that neither of the two grants stands alone."""

from collections.abc import Iterator

from pulumi_policy import PolicyResource

from .directory_roles import ROLES, shown
from .grants import EXCHANGE_ROLES, GRANTING_COMPONENTS, MANAGE_AS_APP
from .principals import Principal, holder
from .reading import is_below, is_entra, value
from .rule import Configuration, ProgramRule, list_option


def app_role_grants(resources: list[PolicyResource]) -> list[PolicyResource]:
    """App role assignments on Exchange Online: by the role's id, and all that a component creates."""
    return [
        each
        for each in resources
        if is_entra(each.resource_type, "AppRoleAssignment")
        and (is_below(each, *GRANTING_COMPONENTS) or str(value(each.props, "appRoleId")).lower() == MANAGE_AS_APP)
    ]


def _directory_role_grants(resources: list[PolicyResource]) -> list[tuple[PolicyResource, str]]:
    return [
        (each, str(value(each.props, "roleId")).lower())
        for each in resources
        if is_entra(each.resource_type, "DirectoryRoleAssignment")
    ]


def _both_grants(resources: list[PolicyResource], configuration: Configuration) -> Iterator[tuple[PolicyResource, str]]:
    app_roles, directory_roles = app_role_grants(resources), _directory_role_grants(resources)
    useful = [holder(each) for each, role in directory_roles if role in ROLES.values()]
    for grant in _judged(app_roles, configuration):
        if not _held_by(holder(grant), useful):
            yield (
                grant,
                (
                    f'"{grant.name}" grants the app role and nothing grants a directory role to the same identity, so every '
                    'cmdlet fails: "The role assigned to application ... isn\'t supported in this scenario".'
                ),
            )
    entitled = [holder(each) for each in app_roles]
    for grant in _judged([each for each, role in directory_roles if role in EXCHANGE_ROLES], configuration):
        if not _held_by(holder(grant), entitled):
            yield (
                grant,
                (
                    f'"{grant.name}" grants {shown(str(value(grant.props, "roleId")))} and nothing grants '
                    "Exchange.ManageAsApp to the same identity, so Connect-ExchangeOnline is refused while the role is held."
                ),
            )


def _judged(grants: list[PolicyResource], configuration: Configuration) -> Iterator[PolicyResource]:
    exempt = {each.lower() for each in configuration["exempt"]}
    for grant in grants:
        principal = holder(grant)
        if principal.is_known and grant.name.lower() not in exempt and principal.object_id not in exempt:
            yield grant


def _held_by(principal: Principal, holders: list[Principal]) -> bool:
    return any(principal.is_same(other) for other in holders)


BOTH_GRANTS = ProgramRule(
    name="both-grants-together",
    statement="An identity has both the app role of Exchange Online and a directory role, or neither.",
    remedy=(
        "Let ExchangeAccess make both. Where a role group in Exchange gives the permissions, another program makes the other "
        "grant, or a person holds the role, add the grant's name or the principal's object id to exempt."
    ),
    options={"exempt": list_option("Logical names of grants, or object ids of principals, that are not judged.", [])},
    check=_both_grants,
)
