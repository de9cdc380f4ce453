"""Microsoft.ManagedIdentity: user-assigned identities.

Behaviour from the ManagedIdentity REST specification, 2018-11-30 to 2024-11-30. An identity that is updated keeps
its principal; deleting it deletes the principal and so every grant it had.
"""

from __future__ import annotations

from localtenant import identities
from localtenant.arm_types import ArmCall, ResourceType, system_data
from localtenant.store import Body


class UserAssignedIdentity(ResourceType):
    name = "Microsoft.ManagedIdentity/userAssignedIdentities"
    api_versions = (
        "2018-11-30",
        "2021-09-30-preview",
        "2022-01-31-preview",
        "2023-01-31",
        "2023-07-31-preview",
        "2024-11-30",
        "2025-01-31-preview",
    )
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9_-]{2,127}"
    tracked = True

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        request = arm.json()
        if existing is not None:
            properties = existing["properties"]
        else:
            principal = identities.create_principal(
                arm.world, arm.tenant, arm.path.name, arm.path.id, True, arm.call.lag
            )
            properties = {
                "tenantId": arm.tenant.id,
                "principalId": principal["id"],
                "clientId": principal["appId"],
            }
        return {**self.envelope(arm, existing, request, properties), "systemData": system_data(arm, existing)}

    async def patch(self, arm: ArmCall, existing: Body) -> Body:
        request = arm.json()
        tags = request["tags"] if "tags" in request else existing["tags"]
        return {**existing, "tags": tags or {}}

    def removed(self, arm: ArmCall, body: Body) -> None:
        identities.delete_principal(arm.world, arm.tenant, body["properties"]["principalId"])
