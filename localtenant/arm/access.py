"""The permissions of callers in Resource Manager.

The role definitions are those of the Azure built-in roles reference, reduced to the actions of the types that the tenant
knows. The deployer has its roles on all subscriptions of its tenant.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from localtenant.arm.resource_types import ResourcePath, ResourceType
from localtenant.core.errors import ServiceError
from localtenant.core.messages import Request
from localtenant.state.cloud import Cloud, Tenant
from localtenant.state.internals import RoleAssignmentInternals, internals

ROLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Owner": (("*",), ()),
    "Contributor": (
        ("*",),
        ("microsoft.authorization/*/delete", "microsoft.authorization/*/write"),
    ),
    "Reader": (("*/read",), ()),
    "User Access Administrator": (("*/read", "microsoft.authorization/*"), ()),
    "Role Based Access Control Administrator": (
        ("*/read", "microsoft.authorization/roleassignments/write", "microsoft.authorization/roleassignments/delete"),
        (),
    ),
    "Automation Contributor": (
        (
            "microsoft.automation/automationaccounts/*",
            "microsoft.resources/subscriptions/resourcegroups/read",
            "microsoft.resources/subscriptions/resources/read",
            "microsoft.authorization/*/read",
            "microsoft.insights/alertrules/*",
        ),
        (),
    ),
    "Managed Identity Contributor": (
        (
            "microsoft.managedidentity/userassignedidentities/read",
            "microsoft.managedidentity/userassignedidentities/write",
            "microsoft.managedidentity/userassignedidentities/delete",
            "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials/read",
            "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials/write",
            "microsoft.managedidentity/userassignedidentities/federatedidentitycredentials/delete",
            "microsoft.managedidentity/userassignedidentities/revoketokens/action",
            "microsoft.resources/subscriptions/resourcegroups/read",
            "microsoft.authorization/*/read",
        ),
        (),
    ),
    "Managed Identity Operator": (
        (
            "microsoft.managedidentity/userassignedidentities/*/read",
            "microsoft.managedidentity/userassignedidentities/read",
            "microsoft.managedidentity/userassignedidentities/*/assign/action",
            "microsoft.authorization/*/read",
            "microsoft.resources/subscriptions/resourcegroups/read",
        ),
        (),
    ),
    "Storage Account Contributor": (
        (
            "microsoft.storage/storageaccounts/*",
            "microsoft.authorization/*/read",
            "microsoft.resources/subscriptions/resourcegroups/read",
        ),
        (),
    ),
}
"""Role name -> (actions, excluded actions), in lower case."""


def allowed(roles: tuple[str, ...], action: str) -> bool:
    """Returns whether one of the roles permits the action."""
    wanted = action.lower()
    for role in roles:
        actions, without = ROLES.get(role, ((), ()))
        granted = any(fnmatchcase(wanted, pattern) for pattern in actions)
        if granted and not any(fnmatchcase(wanted, pattern) for pattern in without):
            return True
    return False


def check_tenant(request: Request, tenant: Tenant) -> None:
    """Refuses a token of another tenant.

    Raises:
        ServiceError: 401 ``InvalidAuthenticationTokenTenant``.
    """
    if request.caller is None or request.caller.tenant_id != tenant.id:
        issuer = request.caller.tenant_id if request.caller else ""
        raise ServiceError(
            401,
            "InvalidAuthenticationTokenTenant",
            f"The access token is from the wrong issuer 'https://sts.windows.net/{issuer}/'. It must match the tenant "
            f"'https://sts.windows.net/{tenant.id}/' associated with this subscription. Please use the authority (URL) "
            f"'https://login.windows.net/{tenant.id}' to get the token.",
        )


def check(cloud: Cloud, request: Request, scope: str, action: str) -> None:
    """Refuses a request that the caller's roles do not permit.

    Raises:
        ServiceError: 403 ``AuthorizationFailed``.
    """
    if _may(cloud, request, scope, action):
        return
    raise ServiceError(
        403,
        "AuthorizationFailed",
        f"{_client(request)} does not have authorization to perform action '{action}' over scope '{scope}' or the scope is "
        "invalid. If access was recently granted, please refresh your credentials.",
    )


ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action"
"""The operation that attaches an identity to a resource; the star is part of its name."""


def check_assigned(cloud: Cloud, request: Request, scope: str, identities: Iterable[str]) -> None:
    """Refuses a caller who may not attach these user-assigned identities to a resource.

    Raises:
        ServiceError: 403 ``LinkedAuthorizationFailed``.
    """
    for identity in identities:
        if not _may(cloud, request, identity, ASSIGN):
            raise ServiceError(
                403,
                "LinkedAuthorizationFailed",
                f"{_client(request)} has permission to perform action 'Microsoft.Automation/automationAccounts/write' on "
                f"scope '{scope}'; however, it does not have permission to perform action(s) "
                f"'{ASSIGN.replace('/*', '')}' on the linked scope(s) '{identity}' (respectively) or the linked scope(s) "
                "are invalid.",
            )


def permissions(cloud: Cloud, request: Request, scope: str) -> list[dict[str, list[str]]]:
    """Returns what the caller may do at a scope, with one entry for each of its roles.

    Raises:
        ServiceError: 403 ``AuthorizationFailed``.
    """
    check(cloud, request, scope, "Microsoft.Authorization/permissions/read")
    entries = (ROLES.get(role, ((), ())) for role in _roles(cloud, request, scope))
    return [
        {"actions": list(actions), "notActions": list(without), "dataActions": [], "notDataActions": []}
        for actions, without in entries
    ]


def _roles(cloud: Cloud, request: Request, scope: str) -> tuple[str, ...]:
    caller = request.caller
    assert caller is not None
    tenant = cloud.tenants[caller.tenant_id]
    if caller.app_id == tenant.seed.client_id:
        return tuple(role for role in tenant.deployer.arm_roles if role not in request.denied)
    return roles_by_assignment(cloud, caller.object_id, scope)


def _may(cloud: Cloud, request: Request, scope: str, action: str) -> bool:
    denied = {name.lower() for name in request.denied}
    return allowed(_roles(cloud, request, scope), action) and action.lower() not in denied


def _client(request: Request) -> str:
    caller = request.caller
    assert caller is not None
    return f"The client '{caller.app_id}' with object id '{caller.object_id}'"


def roles_by_assignment(cloud: Cloud, object_id: str, scope: str) -> tuple[str, ...]:
    """Returns the names of the Azure roles that a principal has at a scope through role assignments."""
    names = []
    for body in cloud.resources.of_type("Microsoft.Authorization/roleAssignments"):
        at = str(body["properties"]["scope"]).lower()
        if body["properties"]["principalId"] == object_id and (scope.lower() + "/").startswith(at.rstrip("/") + "/"):
            names.append(internals(body, RoleAssignmentInternals).role_name)
    return tuple(names)


def check_locks(cloud: Cloud, resource_id: str, read_only: bool = False) -> None:
    """Refuses to delete, or with ``read_only`` to change, a resource that a lock protects.

    Raises:
        ServiceError: 409 ``ScopeLocked``.
    """
    levels = ("ReadOnly",) if read_only else ("ReadOnly", "CanNotDelete")
    for body in cloud.resources.of_type("Microsoft.Authorization/locks"):
        if body["id"].lower() == resource_id.lower():
            continue
        at = str(body["id"]).lower().rpartition("/providers/microsoft.authorization/")[0]
        target = resource_id.lower()
        if target.startswith(at + "/providers/microsoft.authorization/"):
            continue
        covers = target == at or target.startswith(at + "/") or (not read_only and at.startswith(target + "/"))
        if covers and body["properties"]["level"] in levels:
            raise ServiceError(
                409,
                "ScopeLocked",
                f"The scope '{resource_id}' cannot perform {'write' if read_only else 'delete'} operation because "
                f"following scope(s) are locked: '{at}'. Please remove the lock and try again.",
            )


def action_name(request: Request, path: ResourcePath, resource_type: ResourceType) -> str:
    """Returns the action that a request needs, such as ``Microsoft.Automation/automationAccounts/write``."""
    if request.method == "POST":
        return f"{resource_type.name}/{path.action or 'action'}/action"
    return f"{resource_type.name}/{ {'GET': 'read', 'HEAD': 'read', 'DELETE': 'delete'}.get(request.method, 'write') }"
