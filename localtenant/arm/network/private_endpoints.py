"""Microsoft.Network: private endpoints and their DNS zone groups.

Behaviour from the REST specification of Microsoft.Network, private endpoints 2024-05-01. The tenant checks and
stores them.
"""

from __future__ import annotations

from localtenant.arm.resource_types import ArmRequest, StoredType
from localtenant.core.errors import ServiceError
from localtenant.core.ids import stable_guid
from localtenant.state.store import Body


class PrivateEndpoint(StoredType):
    name = "Microsoft.Network/privateEndpoints"
    api_versions = ("2023-11-01", "2024-01-01", "2024-05-01", "2025-01-01")
    tracked = True
    required = ("subnet",)

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        body = await super().put(arm, stored)
        for connection in body["properties"].get("privateLinkServiceConnections") or []:
            properties = connection.get("properties") or {}
            groups = properties.get("groupIds") or []
            target = str(properties.get("privateLinkServiceId") or "")
            if "/automationaccounts/" in target.lower() and not set(groups) <= {"Webhook", "DSCAndHybridWorker"}:
                raise ServiceError(400, "InvalidGroupId", f"The group ids {groups} are not valid for '{target}'.")
            if arm.cloud.resources.find(target) is None:
                raise ServiceError(400, "LinkedAccessCheckFailed", f"The resource '{target}' was not found.")
            connection["id"] = f"{body['id']}/privateLinkServiceConnections/{connection.get('name')}"
        body["properties"]["networkInterfaces"] = [{"id": f"{body['id']}.nic.{stable_guid('nic', body['id'])}"}]
        return body


class PrivateDnsZoneGroup(StoredType):
    name = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups"
    api_versions = PrivateEndpoint.api_versions
    required = ("privateDnsZoneConfigs",)
