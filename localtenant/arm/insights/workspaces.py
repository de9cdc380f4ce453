"""Microsoft.OperationalInsights: workspaces, and the links of automation accounts with them.

Behaviour from the REST specification of Microsoft.OperationalInsights, 2023-09-01. A workspace stores no logs here.
"""

from __future__ import annotations

from localtenant.arm.resource_types import ArmRequest, StoredType, properties_of
from localtenant.core.errors import ServiceError
from localtenant.core.ids import stable_guid
from localtenant.state.store import Body


class Workspace(StoredType):
    name = "Microsoft.OperationalInsights/workspaces"
    api_versions = ("2022-10-01", "2023-09-01", "2025-02-01")
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]"
    tracked = True
    long_put = True

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        body = await super().put(arm, stored)
        body["properties"].setdefault("sku", {"name": "PerGB2018"})
        body["properties"].setdefault("retentionInDays", 30)
        return {**body, "properties": {**body["properties"], "customerId": stable_guid("workspace", body["id"])}}


class LinkedService(StoredType):
    """The link of a workspace with an automation account, which has one such link at most."""

    name = "Microsoft.OperationalInsights/workspaces/linkedServices"
    api_versions = ("2020-08-01", "2023-09-01", "2025-02-01", "2025-07-01")
    long_put = True
    long_delete = True

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        wanted = properties_of(arm.json())
        linked = str(wanted.get("resourceId") or wanted.get("writeAccessResourceId") or "")
        if arm.cloud.resources.find(linked) is None:
            raise ServiceError(400, "InvalidParameter", f"The resource '{linked}' to link was not found.")
        for other in arm.cloud.resources.of_type(self.name):
            same = other["properties"].get("resourceId", "").lower() == linked.lower()
            if same and other["id"].lower() != arm.path.id.lower():
                raise ServiceError(
                    409, "Conflict", f"The resource '{linked}' is linked with another workspace already."
                )
        body = await super().put(arm, stored)
        return {**body, "tags": arm.json().get("tags") or {}}
