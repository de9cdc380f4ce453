"""The id and the outputs of a created resource, as far as a program reads them.

Ids and names follow the local tenant's description of azure-native; GUIDs depend on the logical name alone, so that a test
may compare two runs.
"""

from __future__ import annotations

import hashlib
from typing import Any

from localtenant.core.ids import stable_guid
from localtenant.providers.azure_native.resources import RESOURCES
from localtenant.state import seed

_AZUREAD = {
    "azuread:index/application:Application": "applications",
    "azuread:index/applicationApiAccess:ApplicationApiAccess": "applications",
    "azuread:index/applicationCertificate:ApplicationCertificate": "certificates",
    "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential": "credentials",
    "azuread:index/applicationFlexibleFederatedIdentityCredential:ApplicationFlexibleFederatedIdentityCredential": (
        "credentials"
    ),
    "azuread:index/applicationOwner:ApplicationOwner": "owners",
    "azuread:index/applicationRegistration:ApplicationRegistration": "applications",
    "azuread:index/appRoleAssignment:AppRoleAssignment": "appRoleAssignments",
    "azuread:index/conditionalAccessPolicy:ConditionalAccessPolicy": "policies",
    "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment": "roleAssignments",
    "azuread:index/group:Group": "groups",
    "azuread:index/namedLocation:NamedLocation": "namedLocations",
    "azuread:index/servicePrincipal:ServicePrincipal": "servicePrincipals",
}
"""Type of azuread with known outputs -> the collection in its ids."""


BLOB = "azure-native:storage:Blob"
CREATED = "2026-01-01T00:00:00Z"
"""When every container was created."""


def known(token: str) -> bool:
    """Returns whether the outputs of a resource type, beside its inputs, are known here."""
    return token in {*_AZUREAD, *RESOURCES, BLOB} or not token.startswith(("azuread:", "azure-native:"))


def answer(token: str, name: str, inputs: dict[str, Any], subscription_id: str) -> tuple[str, dict[str, Any]]:
    """The id and the outputs of a resource.

    Args:
        token: Its type token.
        name: Its logical name.
        inputs: Its inputs.
        subscription_id: The subscription that its id names.
    """
    if token.startswith("azuread:"):
        return _directory_object(token, name, inputs)
    if token.startswith("azure-native:"):
        return _azure_resource(token, name, inputs, subscription_id)
    return f"{name}-id", inputs


def _directory_object(token: str, name: str, inputs: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    object_id = stable_guid("object", token, name)
    state = {"objectId": object_id, **inputs}
    if token.endswith((":Application", ":ApplicationRegistration")):
        state["clientId"] = stable_guid("client", name)
    elif token.endswith(":ServicePrincipal"):
        state.setdefault("displayName", name)
        state["applicationTenantId"] = seed.CONTOSO.tenant_id
    return f"/{_AZUREAD.get(token, 'directoryObjects')}/{object_id}", state


def _azure_resource(token: str, name: str, inputs: dict[str, Any], subscription_id: str) -> tuple[str, dict[str, Any]]:
    if token == BLOB:
        place = "/".join(str(inputs.get(key)) for key in ("containerName", "blobName"))
        url = f"https://{inputs.get('accountName')}.blob.core.windows.net/{place}"
        return url, {"name": inputs.get("blobName", name), **inputs, "url": url}
    schema = RESOURCES.get(token)
    if schema is None:
        return f"/subscriptions/{subscription_id}/mocked/{token.replace(':', '/')}/{name}", {"name": name, **inputs}
    checked, _ = schema.check(name, {}, inputs, hashlib.sha256(name.encode()).digest())
    state = {**inputs, "name": checked[schema.name], "location": inputs.get("location", seed.EXISTING_LOCATION)}
    if not schema.has_location:
        del state["location"]
    # A parent that is an output of a failed look-up is missing here; the engine would refuse it, the mocks go on.
    places = {path_parameter: checked.get(path_parameter, "unknown") for path_parameter in schema.path_parameters}
    state.update(_identities(token, name, inputs))
    if token.endswith(":BlobContainer"):
        state["lastModifiedTime"] = CREATED
    return schema.id_of(subscription_id, places), state


def _identities(token: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """The principals that Azure creates with a resource."""
    if token.endswith(":UserAssignedIdentity"):
        return {
            "principalId": stable_guid("principal", name),
            "clientId": stable_guid("client", name),
            "tenantId": seed.CONTOSO.tenant_id,
        }
    identity = inputs.get("identity")
    if not isinstance(identity, dict):
        return {}
    # A program gives a list of ids; Azure answers with a mapping.
    attached: dict[str, Any] = {str(item): {} for item in identity.get("userAssignedIdentities") or []}
    own = {"principalId": stable_guid("principal", name), "tenantId": seed.CONTOSO.tenant_id}
    system_assigned = "SystemAssigned" in str(identity.get("type", ""))
    return {"identity": {**identity, **(own if system_assigned else {}), "userAssignedIdentities": attached}}
