"""Microsoft.ManagedIdentity: user-assigned identities, and the read-only resource for a system-assigned identity.

Behaviour from the ManagedIdentity REST specification, 2018-11-30 to 2024-11-30. An update keeps the principal of an
identity. A deletion deletes the principal with all its grants.
"""

from __future__ import annotations

from datetime import datetime

from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of, system_data
from localtenant.core.errors import ServiceError
from localtenant.state import identities
from localtenant.state.store import Body

API_VERSIONS = (
    "2018-11-30",
    "2021-09-30-preview",
    "2022-01-31-preview",
    "2023-01-31",
    "2023-07-31-preview",
    "2024-11-30",
    "2025-01-31-preview",
)


class UserAssignedIdentity(ResourceType):
    name = "Microsoft.ManagedIdentity/userAssignedIdentities"
    api_versions = API_VERSIONS
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}"
    tracked = True

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        if stored is not None:
            properties = stored["properties"]
        else:
            principal = identities.create_principal(
                arm.cloud, arm.tenant, arm.path.name, arm.path.id, True, arm.request.lag
            )
            properties = {
                "tenantId": arm.tenant.id,
                "principalId": principal["id"],
                "clientId": principal["appId"],
            }
        return {**self.envelope(arm, stored, payload, properties), "systemData": system_data(arm, stored)}

    async def patch(self, arm: ArmRequest, stored: Body) -> Body:
        payload = arm.json()
        tags = payload["tags"] if "tags" in payload else stored["tags"]
        return {**stored, "tags": tags or {}}

    def removed(self, arm: ArmRequest, body: Body) -> None:
        identities.delete_principal(arm.cloud, arm.tenant, body["properties"]["principalId"])


class IdentityFederation(ResourceType):
    """A federated identity credential of a user-assigned identity."""

    name = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials"
    api_versions = API_VERSIONS[2:]
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9_-]{2,119}"

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        wanted = properties_of(arm.json())
        for name in ("issuer", "subject", "audiences"):
            if not wanted.get(name):
                raise ServiceError(400, "BadRequest", f"The property '{name}' is required.")
        properties = {name: wanted[name] for name in ("issuer", "subject", "audiences")}
        return self.envelope(arm, stored, {}, properties)


class SystemAssignedIdentity(ResourceType):
    """The system-assigned identity of a resource, under the resource's id."""

    name = "Microsoft.ManagedIdentity/identities"
    api_versions = API_VERSIONS

    def load(self, arm: ArmRequest, as_of: datetime | None) -> Body | None:
        owner = arm.cloud.resources.find(arm.path.scope, as_of)
        identity = (owner or {}).get("identity") or {}
        if owner is None or not identity.get("principalId") or arm.path.name != "default":
            return None
        principal = identities.principal_of(arm.tenant, identity["principalId"])
        return {
            "id": arm.path.id,
            "name": "default",
            "type": self.name,
            "location": owner["location"],
            "properties": {
                "tenantId": arm.tenant.id,
                "principalId": principal["id"],
                "clientId": principal["appId"],
            },
        }

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        raise ServiceError(405, "MethodNotAllowed", "A resource's own identity is changed through the resource.")
