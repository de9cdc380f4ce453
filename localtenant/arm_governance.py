"""What stands around a resource: role assignments, locks, diagnostic settings, alerts, private endpoints.

Behaviour from the REST specifications of Microsoft.Authorization (role assignments 2022-04-01, locks 2020-05-01),
Microsoft.Insights (diagnostic settings 2021-05-01-preview, metric alerts 2018-03-01, activity log alerts 2020-10-01, action
groups 2024-10-01-preview) and Microsoft.Network (2024-05-01). Alerts never fire here and endpoints carry nothing: these
keep what they are given, check what is required, and hang on what they name.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from localtenant import identities
from localtenant.arm_types import ArmCall, ResourceType, properties_of
from localtenant.clock import iso_fine
from localtenant.errors import ServiceError
from localtenant.ids import stable_guid
from localtenant.store import Body

AZURE_ROLES = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "Automation Contributor": "f353d9bd-d4a6-484e-a77a-8050b599b867",
    "Automation Job Operator": "4fe576fe-1146-4730-92eb-48519fa6bf9f",
    "Automation Operator": "d3881f73-407a-4167-8283-e981cbba0404",
    "Automation Runbook Operator": "5fb5aef8-1081-4b8e-bb16-9d5d0385bab5",
    "Managed Identity Contributor": "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
    "Managed Identity Operator": "f1a07417-d97a-45cb-824c-7a7467783830",
    "Key Vault Crypto Service Encryption User": "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    "Log Analytics Contributor": "92aaf0da-9dab-42b6-94a3-d43ce8d16293",
    "Log Analytics Reader": "73c42c96-874c-492b-b04d-ab87d138a893",
    "Monitoring Contributor": "749f88d5-cbae-40b8-bcfc-e573ddc772fa",
    "Monitoring Reader": "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
    "Role Based Access Control Administrator": "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
}
"""Azure's built-in roles that the tenant knows, with their ids, which are the same everywhere."""


class RoleAssignment(ResourceType):
    name = "Microsoft.Authorization/roleAssignments"
    api_versions = ("2020-04-01-preview", "2022-04-01")

    def check_name(self, path: Any) -> None:
        try:
            uuid.UUID(path.name)
        except ValueError:
            raise ServiceError(
                400, "InvalidRoleAssignmentId", f"The role assignment ID '{path.name}' is not valid. It must be a GUID."
            ) from None

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        wanted = properties_of(arm.json())
        principal, definition = str(wanted.get("principalId") or ""), str(wanted.get("roleDefinitionId") or "")
        names = {role_id: name for name, role_id in AZURE_ROLES.items()}
        role = names.get(definition.rsplit("/", 1)[-1].lower())
        if role is None:
            raise ServiceError(
                400,
                "RoleDefinitionDoesNotExist",
                f"The specified role definition with ID '{definition}' does not exist.",
            )
        try:
            identities.principal_of(arm.tenant, principal)
        except ServiceError:
            users = arm.tenant.directory.stores["users"]
            if users.get(principal) is None:
                raise ServiceError(
                    400,
                    "PrincipalNotFound",
                    f"Principal {principal.replace('-', '')} does not exist in the directory {arm.tenant.id}.",
                ) from None
        scope = arm.path.scope or "/"
        for other in arm.world.resources.store.bodies():
            if (
                other.get("_type") == self.name
                and other["id"].lower() != arm.path.id.lower()
                and other["properties"]["principalId"] == principal
                and other["_roleName"] == role
                and str(other["properties"]["scope"]).lower() == scope.lower()
            ):
                raise ServiceError(409, "RoleAssignmentExists", "The role assignment already exists.")
        if existing is not None and existing["properties"]["principalId"] != principal:
            raise ServiceError(
                400,
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            )
        properties = {
            "roleDefinitionId": f"/subscriptions/{arm.path.subscription}/providers/Microsoft.Authorization/roleDefinitions/{AZURE_ROLES[role]}",
            "principalId": principal,
            "principalType": wanted.get("principalType") or "ServicePrincipal",
            "scope": scope,
            "condition": wanted.get("condition"),
            "conditionVersion": wanted.get("conditionVersion"),
            "description": wanted.get("description"),
            "createdOn": (existing or {}).get("properties", {}).get("createdOn", iso_fine(arm.now)),
            "updatedOn": iso_fine(arm.now),
        }
        return {**self.envelope(arm, existing, {}, properties), "_roleName": role}

    def created_status(self, existing: Body | None) -> int:
        return 200 if existing else 201


class Lock(ResourceType):
    name = "Microsoft.Authorization/locks"
    api_versions = ("2016-09-01", "2017-04-01", "2020-05-01")

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        wanted = properties_of(arm.json())
        if wanted.get("level") not in ("CanNotDelete", "ReadOnly"):
            raise ServiceError(400, "InvalidLockLevel", f"The lock level '{wanted.get('level')}' is not valid.")
        return self.envelope(arm, existing, {}, {"level": wanted["level"], "notes": wanted.get("notes")})


class Kept(ResourceType):
    """A type that keeps what it is given."""

    required: ClassVar[tuple[str, ...]] = ()
    with_state: ClassVar[bool] = True

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        request = arm.json()
        wanted = properties_of(request)
        for name in self.required:
            if wanted.get(name) in (None, "", []):
                raise ServiceError(400, "BadRequest", f"The property '{name}' is required.")
        state = {"provisioningState": "Succeeded"} if self.with_state else {}
        return self.envelope(arm, existing, request, {**wanted, **state})


class DiagnosticSetting(Kept):
    name = "Microsoft.Insights/diagnosticSettings"
    api_versions = ("2017-05-01-preview", "2021-05-01-preview")
    with_state = False

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        wanted = properties_of(arm.json())
        if not any(
            wanted.get(name)
            for name in ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
        ):
            raise ServiceError(400, "BadRequest", "At least one data sink needs to be specified.")
        if not (wanted.get("logs") or wanted.get("metrics")):
            raise ServiceError(400, "BadRequest", "At least one category has to be enabled.")
        if arm.world.resources.find(arm.path.scope) is None:
            raise ServiceError(404, "ResourceNotFound", f"The Resource '{arm.path.scope}' was not found.")
        return await super().put(arm, existing)


class MetricAlert(Kept):
    name = "Microsoft.Insights/metricAlerts"
    api_versions = ("2018-03-01",)
    tracked = True
    required = ("scopes", "criteria", "evaluationFrequency", "windowSize")
    with_state = False


class ActivityLogAlert(Kept):
    name = "Microsoft.Insights/activityLogAlerts"
    api_versions = ("2020-10-01", "2023-01-01-preview")
    tracked = True
    required = ("scopes", "condition")
    with_state = False


class ActionGroup(Kept):
    name = "Microsoft.Insights/actionGroups"
    api_versions = ("2023-01-01", "2024-10-01-preview")
    tracked = True
    required = ("groupShortName",)
    with_state = False


class PrivateEndpoint(Kept):
    name = "Microsoft.Network/privateEndpoints"
    api_versions = ("2023-11-01", "2024-01-01", "2024-05-01", "2025-01-01")
    tracked = True
    required = ("subnet",)

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        body = await super().put(arm, existing)
        for connection in body["properties"].get("privateLinkServiceConnections") or []:
            properties = connection.get("properties") or {}
            groups = properties.get("groupIds") or []
            target = str(properties.get("privateLinkServiceId") or "")
            if "/automationaccounts/" in target.lower() and not set(groups) <= {"Webhook", "DSCAndHybridWorker"}:
                raise ServiceError(400, "InvalidGroupId", f"The group ids {groups} are not valid for '{target}'.")
            if arm.world.resources.find(target) is None:
                raise ServiceError(400, "LinkedAccessCheckFailed", f"The resource '{target}' was not found.")
            connection["id"] = f"{body['id']}/privateLinkServiceConnections/{connection.get('name')}"
        body["properties"]["networkInterfaces"] = [{"id": f"{body['id']}.nic.{stable_guid('nic', body['id'])}"}]
        return body


class PrivateDnsZoneGroup(Kept):
    name = "Microsoft.Network/privateEndpoints/privateDnsZoneGroups"
    api_versions = PrivateEndpoint.api_versions
    required = ("privateDnsZoneConfigs",)


class Workspace(Kept):
    name = "Microsoft.OperationalInsights/workspaces"
    api_versions = ("2022-10-01", "2023-09-01", "2025-02-01")
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]"
    tracked = True
    long_put = True

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        body = await super().put(arm, existing)
        body["properties"].setdefault("sku", {"name": "PerGB2018"})
        body["properties"].setdefault("retentionInDays", 30)
        return {**body, "properties": {**body["properties"], "customerId": stable_guid("workspace", body["id"])}}


class LinkedService(Kept):
    """What a workspace is linked with; an automation account is linked with one workspace at most."""

    name = "Microsoft.OperationalInsights/workspaces/linkedServices"
    api_versions = ("2020-08-01", "2023-09-01", "2025-02-01", "2025-07-01")
    long_put = True
    long_delete = True

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        wanted = properties_of(arm.json())
        linked = str(wanted.get("resourceId") or wanted.get("writeAccessResourceId") or "")
        if arm.world.resources.find(linked) is None:
            raise ServiceError(400, "InvalidParameter", f"The resource '{linked}' to link was not found.")
        for other in arm.world.resources.store.bodies():
            same = (
                other.get("_type") == self.name and other["properties"].get("resourceId", "").lower() == linked.lower()
            )
            if same and other["id"].lower() != arm.path.id.lower():
                raise ServiceError(
                    409, "Conflict", f"The resource '{linked}' is linked with another workspace already."
                )
        body = await super().put(arm, existing)
        return {**body, "tags": arm.json().get("tags") or {}}
