"""Managed identities: the identities of Azure resources, and their service principals in the directory.

The identity of a resource and a user-assigned identity own a service principal of type ``ManagedIdentity``. The managed
identity service creates it, not the caller, so the caller sees it only after replication. It is deleted with its owner,
together with its assignments.

Behaviour from "What are managed identities for Azure resources" and the ManagedIdentity REST specification; the
error of a missing user-assigned identity is the one that resource providers relay.
"""

from __future__ import annotations

from localtenant.core.errors import ServiceError, graph_not_found
from localtenant.state.cloud import Cloud, Tenant
from localtenant.state.directory import Access
from localtenant.state.store import Body

SYSTEM = "SystemAssigned"
USER = "UserAssigned"


def create_principal(
    cloud: Cloud, tenant: Tenant, name: str, resource_id: str, explicit: bool, lag: float | None = None
) -> Body:
    """Creates the service principal of a managed identity.

    ``explicit`` is true for a user-assigned identity and false for a system-assigned one.
    """
    access = Access(cloud.clock.now(), lag=cloud.lag if lag is None else lag)
    return tenant.directory.add_service_principal(
        {
            "appId": cloud.ids.guid("managedIdentity"),
            "displayName": name,
            "alternativeNames": [f"isExplicit={explicit}", resource_id],
            "servicePrincipalType": "ManagedIdentity",
            "signInAudience": None,
            "appDisplayName": None,
            "appOwnerOrganizationId": None,
        },
        access,
    )


def delete_principal(cloud: Cloud, tenant: Tenant, principal_id: str | None) -> None:
    """Deletes a managed identity's service principal, and so all its grants."""
    if not principal_id:
        return
    try:
        tenant.directory.delete("servicePrincipals", principal_id, Access(cloud.clock.now()), soft=False)
    except ServiceError:
        # Somebody removed it from the directory by hand, which does not keep Azure from deleting the identity.
        return


def principal_of(tenant: Tenant, principal_id: str) -> Body:
    body = tenant.directory.stores["servicePrincipals"].get(principal_id)
    if body is None:
        raise graph_not_found(principal_id)
    return body


def apply(
    cloud: Cloud, tenant: Tenant, resource_id: str, payload: Body | None, stored: Body | None, lag: float | None
) -> Body | None:
    """Returns the ``identity`` of a resource after a PUT or PATCH that asks for ``payload``.

    Without a payload the identity stays as it is: only the type ``None`` removes it.

    Raises:
        ServiceError: 400 for an unknown type, for a user-assigned identity that does not exist, and for a type that
            does not fit the identities named.
    """
    if payload is None:
        return stored
    before = stored or {}
    types = _types(payload)
    named = payload.get("userAssignedIdentities") or {}
    users = _user_assigned_identities(cloud, resource_id, types, named, before)
    result: Body = {"type": _type_name(types)}
    if SYSTEM.lower() in types:
        principal_id = before.get("principalId")
        if principal_id is None:
            name = resource_id.rsplit("/", 1)[-1]
            principal_id = create_principal(cloud, tenant, name, resource_id, False, lag)["id"]
        result = {"principalId": principal_id, "tenantId": tenant.id, **result}
    else:
        delete_principal(cloud, tenant, before.get("principalId"))
    return {**result, "userAssignedIdentities": users} if users else result


def _types(payload: Body) -> set[str]:
    types = {part.strip().lower() for part in str(payload.get("type") or "None").split(",")}
    if not types <= {SYSTEM.lower(), USER.lower(), "none"} or (len(types) > 1 and "none" in types):
        raise ServiceError(
            400,
            "InvalidIdentityType",
            f"The identity type '{payload.get('type')}' is not valid. Allowed are 'None', 'SystemAssigned', "
            "'UserAssigned' and 'SystemAssigned, UserAssigned'.",
        )
    return types


def _user_assigned_identities(cloud: Cloud, resource_id: str, types: set[str], named: Body, before: Body) -> Body:
    """Returns the user-assigned identities: those named, or those from before when none is named."""
    wanted = [key for key, value in named.items() if value is not None]
    kept = before.get("userAssignedIdentities") or {}
    if USER.lower() not in types:
        if wanted:
            raise ServiceError(
                400,
                "InvalidUserAssignedIdentities",
                "The UserAssignedIdentities property keys must not be specified when the identity type has no "
                "'UserAssigned'.",
            )
        return {}
    if not wanted and not kept:
        raise ServiceError(
            400,
            "LinkedInvalidPropertyId",
            "The identity type 'UserAssigned' needs at least one identity in 'userAssignedIdentities'.",
        )
    return {key: _user_assigned(cloud, resource_id, key) for key in wanted} if wanted else dict(kept)


def release(cloud: Cloud, tenant: Tenant, identity: Body | None) -> None:
    """Deletes the system-assigned identity of a deleted resource."""
    if identity:
        delete_principal(cloud, tenant, identity.get("principalId"))


def _type_name(types: set[str]) -> str:
    names = [name for name in (SYSTEM, USER) if name.lower() in types]
    return ", ".join(names) if names else "None"


def _user_assigned(cloud: Cloud, resource_id: str, identity_id: str) -> Body:
    identity = cloud.resources.find(identity_id)
    if identity is None:
        raise ServiceError(
            400,
            "FailedIdentityOperation",
            f"Identity operation for resource '{resource_id}' failed with error 'Failed to perform resource identity "
            f'operation. Status: \'BadRequest\'. Response: \'{{"error":{{"code":"BadRequest","message":"Resource '
            f"'{identity_id}' was not found.\"}}}}'.'.",
        )
    return {"principalId": identity["properties"]["principalId"], "clientId": identity["properties"]["clientId"]}
