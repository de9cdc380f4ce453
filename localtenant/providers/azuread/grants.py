"""App role assignments and directory role assignments.

Sources: ``internal/services/approleassignments`` and ``internal/services/directoryroles`` of
hashicorp/terraform-provider-azuread.
"""

from __future__ import annotations

import re

from localtenant.providers.azuread.client import GraphClient
from localtenant.providers.azuread.schema import DirectoryResourceType, Field, fields_by_name
from localtenant.providers.provider import ProviderError
from localtenant.providers.values import Properties

_APP_ROLE_ID = re.compile(r"/servicePrincipals/([^/]+)/appRoleAssignedTo/([^/]+)")
_DIRECTORY_ROLE_ID = re.compile(r"/roleManagement/directory/roleAssignments/([^/]+)")

WAIT_TIMEOUT = 300.0
SUCCESSES_IN_A_ROW = 3


class AppRoleAssignment(DirectoryResourceType):
    """``azuread.AppRoleAssignment``. Waits until a new principal has replicated; a grant that others deleted is an error."""

    token = "azuread:index/appRoleAssignment:AppRoleAssignment"
    fields = fields_by_name(
        Field("appRoleId", required=True, replaces=True, uuid=True),
        Field("principalObjectId", required=True, replaces=True, uuid=True),
        Field("resourceObjectId", required=True, replaces=True, uuid=True),
        Field("principalDisplayName", settable=False, computed=True),
        Field("principalType", settable=False, computed=True),
        Field("resourceDisplayName", settable=False, computed=True),
    )

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Reads the API's service principal, then assigns the app role."""
        resource = inputs["resourceObjectId"]
        found = await client.request("GET", f"/servicePrincipals/{resource}")
        if found.status == 404:
            raise ProviderError(
                f'[principal_object_id] Service principal not found for resource (Object ID: "{resource}"): {found.failure}'
            )
        if not found.succeeded:
            raise ProviderError(
                f'Could not retrieve service principal for resource (Object ID: "{resource}"): {found.failure}'
            )
        created = await client.request(
            "POST",
            f"/servicePrincipals/{resource}/appRoleAssignedTo",
            body={
                "@odata.type": "#microsoft.graph.appRoleAssignment",
                "appRoleId": inputs["appRoleId"],
                "principalId": inputs["principalObjectId"],
                "resourceId": resource,
            },
            retry_if=lambda status, message: (
                status == 404 or (status == 400 and "Not a valid reference update" in message)
            ),
        )
        if not created.succeeded:
            raise ProviderError(f"Could not create app role assignment: {created.failure}")
        if not isinstance(created.body, dict) or not created.body.get("id"):
            raise ProviderError("Could not create app role assignment: model was nil")
        return f"/servicePrincipals/{created.body['resourceId']}/appRoleAssignedTo/{created.body['id']}"

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Reads the assignment from the API's service principal."""
        if not (match := _APP_ROLE_ID.fullmatch(resource_id)):
            return None
        found = await client.request("GET", resource_id)
        if found.status == 404:
            return None
        if not found.succeeded:
            raise ProviderError(f"retrieving {_app_role_text(match)}: {found.failure}")
        body = found.body
        return {
            "appRoleId": body["appRoleId"],
            "principalDisplayName": body.get("principalDisplayName") or "",
            "principalObjectId": body["principalId"],
            "principalType": body.get("principalType") or "",
            "resourceDisplayName": body.get("resourceDisplayName") or "",
            "resourceObjectId": body["resourceId"],
        }

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Deletes the assignment; a missing one is an error."""
        match = _APP_ROLE_ID.fullmatch(resource_id)
        done = await client.request("DELETE", resource_id)
        if not done.succeeded:
            text = _app_role_text(match) if match else resource_id
            raise ProviderError(f"[id] Deleting {text}: {done.failure}: {done.failure}")


class DirectoryRoleAssignment(DirectoryResourceType):
    """``azuread.DirectoryRoleAssignment``. Does not wait for the principal; waits until the assignment is readable."""

    token = "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment"
    fields = fields_by_name(
        Field("roleId", required=True, replaces=True, uuid=True),
        Field("principalObjectId", required=True, replaces=True, uuid=True),
        Field("appScopeId", computed=True, replaces=True, not_empty=True, conflicts="directoryScopeId"),
        Field("directoryScopeId", computed=True, replaces=True, not_empty=True, conflicts="appScopeId"),
    )

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Assigns the role; a principal that has not replicated is an error."""
        body = {
            "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
            "principalId": inputs["principalObjectId"],
            "roleDefinitionId": inputs["roleId"],
        }
        if inputs.get("appScopeId"):
            body["appScopeId"] = inputs["appScopeId"]
        else:
            body["directoryScopeId"] = inputs.get("directoryScopeId") or "/"
        created = await client.request("POST", "/roleManagement/directory/roleAssignments", body=body)
        if not created.succeeded:
            raise ProviderError(
                f'Assigning directory role "{inputs["roleId"]}" to directory principal "{inputs["principalObjectId"]}": '
                f"{created.failure}: {created.failure}"
            )
        if not isinstance(created.body, dict) or not created.body.get("id"):
            raise ProviderError("API Error: returned role assignment ID was nil")
        return f"/roleManagement/directory/roleAssignments/{created.body['id']}"

    async def settle(self, client: GraphClient, resource_id: str, inputs: Properties) -> None:
        """Reads until three answers in a row have the assignment."""
        waiting = (
            f'Waiting for role assignment for "{inputs["principalObjectId"]}" to reflect in directory role '
            f'"{inputs["roleId"]}"'
        )
        seen, wait, waited = 0, 0.1, 0.0
        while True:
            found = await client.request("GET", resource_id)
            if found.succeeded:
                seen += 1
                if seen == SUCCESSES_IN_A_ROW:
                    return
            elif found.status == 404:
                seen = 0
                wait *= 2
            else:
                raise ProviderError(f"{waiting}: retrieving role assignment")
            wait = min(max(wait, 1.0), 10.0)
            waited += wait
            if waited > WAIT_TIMEOUT:
                raise ProviderError(
                    f"{waiting}: timeout while waiting for state to become 'Done' (last state: 'Waiting', timeout: 5m0s)"
                )
            await client.sleep(wait)

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Reads the assignment."""
        if not (match := _DIRECTORY_ROLE_ID.fullmatch(resource_id)):
            return None
        found = await client.request("GET", resource_id)
        if found.status == 404:
            return None
        if not found.succeeded:
            raise ProviderError(f"Retrieving {_directory_role_text(match)}: {found.failure}")
        return {
            "appScopeId": found.body.get("appScopeId") or "",
            "directoryScopeId": found.body.get("directoryScopeId") or "",
            "principalObjectId": found.body["principalId"],
            "roleId": found.body["roleDefinitionId"],
        }

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Deletes the assignment; a missing one is an error."""
        match = _DIRECTORY_ROLE_ID.fullmatch(resource_id)
        done = await client.request("DELETE", resource_id)
        if not done.succeeded:
            text = _directory_role_text(match) if match else resource_id
            raise ProviderError(f"Deleting {text}: {done.failure}")


def _app_role_text(match: re.Match[str]) -> str:
    return f'Service Principal Id App Role Assigned To (Service Principal: "{match[1]}"\nApp Role Assignment: "{match[2]}")'


def _directory_role_text(match: re.Match[str]) -> str:
    return f'Role Management Directory Role Assignment (Unified Role Assignment: "{match[1]}")'
