"""Microsoft.Authorization: role assignments.

Behaviour from the REST specification of Microsoft.Authorization, role assignments 2022-04-01.
"""

from __future__ import annotations

import uuid
from typing import Any

from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.state.directory import PRINCIPALS
from localtenant.state.internals import KEY, RoleAssignmentInternals, internals
from localtenant.state.store import Body

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

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        wanted = properties_of(arm.json())
        principal = str(wanted.get("principalId") or "")
        role = _role_name(str(wanted.get("roleDefinitionId") or ""))
        _check_principal(arm, principal)
        scope = arm.path.scope or "/"
        self._check_duplicate(arm, principal, role, scope)
        before = (stored or {}).get("properties") or {}
        if before and before["principalId"] != principal:
            raise ServiceError(
                400,
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            )
        definitions = f"/subscriptions/{arm.path.subscription}/providers/Microsoft.Authorization/roleDefinitions"
        properties = {
            "roleDefinitionId": f"{definitions}/{AZURE_ROLES[role]}",
            "principalId": principal,
            "principalType": wanted.get("principalType") or "ServicePrincipal",
            "scope": scope,
            "condition": wanted.get("condition"),
            "conditionVersion": wanted.get("conditionVersion"),
            "description": wanted.get("description"),
            "createdOn": before.get("createdOn", iso_fine(arm.now)),
            "updatedOn": iso_fine(arm.now),
        }
        return {**self.envelope(arm, stored, {}, properties), KEY: RoleAssignmentInternals(role)}

    def _check_duplicate(self, arm: ArmRequest, principal: str, role: str, scope: str) -> None:
        for other in arm.cloud.resources.of_type(self.name):
            if (
                other["id"].lower() != arm.path.id.lower()
                and other["properties"]["principalId"] == principal
                and internals(other, RoleAssignmentInternals).role_name == role
                and str(other["properties"]["scope"]).lower() == scope.lower()
            ):
                raise ServiceError(409, "RoleAssignmentExists", "The role assignment already exists.")

    def created_status(self, stored: Body | None) -> int:
        return 200 if stored else 201


def _role_name(definition: str) -> str:
    names = {role_id: name for name, role_id in AZURE_ROLES.items()}
    role = names.get(definition.rsplit("/", 1)[-1].lower())
    if role is None:
        raise ServiceError(
            400,
            "RoleDefinitionDoesNotExist",
            f"The specified role definition with ID '{definition}' does not exist.",
        )
    return role


def _check_principal(arm: ArmRequest, principal: str) -> None:
    stores = arm.tenant.directory.stores
    if all(stores[collection].get(principal) is None for collection in PRINCIPALS):
        raise ServiceError(
            400,
            "PrincipalNotFound",
            f"Principal {principal.replace('-', '')} does not exist in the directory {arm.tenant.id}.",
        )
