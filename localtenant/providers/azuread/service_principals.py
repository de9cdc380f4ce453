"""Service principals of applications.

Source: ``internal/services/applications`` and ``internal/services/serviceprincipals`` of
hashicorp/terraform-provider-azuread, and the requests of the real plugin. Properties that the project does not use are
not imitated; an input of that kind is refused as an unknown key.
"""

from __future__ import annotations

import re
import uuid

from localtenant.providers.azuread.client import GraphClient
from localtenant.providers.azuread.schema import DirectoryResourceType, Field, fields_by_name
from localtenant.providers.azuread.waiting import wait_until_gone
from localtenant.providers.provider import ProviderError
from localtenant.providers.values import Properties

_SERVICE_PRINCIPAL_ID = re.compile(r"/servicePrincipals/([^/]+)")


class ServicePrincipal(DirectoryResourceType):
    """``azuread.ServicePrincipal``. Where the program gives no owners, the plugin removes the caller as an owner."""

    token = "azuread:index/servicePrincipal:ServicePrincipal"
    fields = fields_by_name(
        Field("clientId", required=True, replaces=True, uuid=True),
        Field("accountEnabled", default=True),
        Field("appRoleAssignmentRequired"),
        Field("description"),
        Field("notes"),
        Field("owners"),
        Field("tags"),
        Field("useExisting"),
        Field("applicationTenantId", settable=False, computed=True),
        Field("displayName", settable=False, computed=True),
        Field("objectId", settable=False, computed=True),
        Field("servicePrincipalNames", settable=False, computed=True),
        Field("signInAudience", settable=False, computed=True),
        Field("type", settable=False, computed=True),
    )

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Creates the service principal, or returns the existing one with ``useExisting``."""
        client_id = inputs["clientId"]
        listed = await client.request("GET", "/servicePrincipals", query={"$filter": f"appId eq '{client_id}'"})
        if not listed.succeeded:
            raise ProviderError(f"Could not list existing service principals: {listed.failure}")
        if listed.body["value"]:
            object_id = listed.body["value"][0]["id"]
            if inputs.get("useExisting"):
                return f"/servicePrincipals/{object_id}"
            raise ProviderError(
                f'A resource with the ID "{object_id}" already exists - to be managed via Terraform this resource needs to '
                'be imported into the State. Please see the resource documentation for "azuread_service_principal" for more '
                "information."
            )
        created = await client.request(
            "POST",
            "/servicePrincipals",
            body={
                "@odata.type": "#microsoft.graph.servicePrincipal",
                "accountEnabled": inputs.get("accountEnabled", True),
                "alternativeNames": [],
                "appId": client_id,
                "appRoleAssignmentRequired": bool(inputs.get("appRoleAssignmentRequired")),
                "description": f"TERRAFORM_UPDATE_{uuid.uuid4()}",
                "loginUrl": None,
                "notes": inputs.get("notes"),
                "notificationEmailAddresses": [],
                "owners@odata.bind": [client.reference(owner) for owner in self._owners(client, inputs)],
                "preferredSingleSignOnMode": None,
                "samlSingleSignOnSettings": {},
                "tags": inputs.get("tags") or [],
            },
            retry_if=lambda status, message: (
                (status == 400 and "does not reference a valid application object" in message)
                or (status == 403 and "When using this permission, the backing application" in message)
            ),
        )
        if not created.succeeded:
            raise ProviderError(f"Could not create service principal: {created.failure}")
        return f"/servicePrincipals/{created.body['id']}"

    def _owners(self, client: GraphClient, inputs: Properties) -> list[str]:
        caller = client.identity.object_id
        return [caller, *(owner for owner in inputs.get("owners") or [] if owner.lower() != caller.lower())]

    async def settle(self, client: GraphClient, resource_id: str, inputs: Properties) -> None:
        """Sets the description, and removes the caller as an owner unless the program names it."""
        if inputs.get("useExisting"):
            return
        body = {"@odata.type": "#microsoft.graph.servicePrincipal", "description": inputs.get("description")}
        patched = await client.request("PATCH", resource_id, body=body)
        if patched.status == 404:
            raise ProviderError(
                f"Timed out whilst waiting for new service principal to be replicated in Azure AD: {patched.failure}"
            )
        if not patched.succeeded:
            raise ProviderError(f"Failed to patch service principal after creating: {patched.failure}")
        caller = client.identity.object_id
        if caller.lower() not in (owner.lower() for owner in inputs.get("owners") or []):
            removed = await client.request("DELETE", f"{resource_id}/owners/{caller}/$ref")
            if not removed.succeeded:
                text = _service_principal_text(resource_id)
                raise ProviderError(f"Could not remove initial owner from {text}: {removed.failure}")

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Reads the service principal, its owners, and the property that only the beta API has."""
        if not _SERVICE_PRINCIPAL_ID.fullmatch(resource_id):
            return None
        text = _service_principal_text(resource_id)
        found = await client.request("GET", resource_id)
        if found.status == 404:
            return None
        if not found.succeeded:
            raise ProviderError(f"Retrieving {text}: {found.failure}")
        beta = await client.request("GET", resource_id, query={"$select": "samlMetadataUrl"}, version="beta")
        if not beta.succeeded:
            raise ProviderError(f"Retrieving {text} (beta API): {beta.failure}")
        owners = await client.request("GET", f"{resource_id}/owners")
        if not owners.succeeded:
            raise ProviderError(f"[owners] Could not retrieve owners for {text}: {owners.failure}")
        body = found.body
        return {
            "accountEnabled": bool(body.get("accountEnabled")),
            "appRoleAssignmentRequired": bool(body.get("appRoleAssignmentRequired")),
            "applicationTenantId": body.get("appOwnerOrganizationId") or "",
            "clientId": body["appId"],
            "description": body.get("description") or "",
            "displayName": body.get("displayName") or "",
            "notes": body.get("notes") or "",
            "objectId": body["id"],
            "owners": [item["id"] for item in owners.body["value"]],
            "servicePrincipalNames": [
                name for name in body.get("servicePrincipalNames") or [] if name.lower() != body["appId"].lower()
            ],
            "signInAudience": body.get("signInAudience") or "",
            "tags": body.get("tags") or [],
            "type": body.get("servicePrincipalType") or "",
            **({"useExisting": state["useExisting"]} if "useExisting" in state else {}),
        }

    async def update(self, client: GraphClient, resource_id: str, changes: Properties) -> None:
        """Changes the service principal and its owners."""
        text = _service_principal_text(resource_id)
        plain = {name: value for name, value in changes.items() if name not in ("owners", "useExisting")}
        if plain:
            body = {"@odata.type": "#microsoft.graph.servicePrincipal", **plain}
            done = await client.request("PATCH", resource_id, body=body)
            if not done.succeeded:
                raise ProviderError(f"Updating {text}: {done.failure}")
        if "owners" not in changes:
            return
        listed = await client.request("GET", f"{resource_id}/owners")
        now = {owner["id"] for owner in listed.body["value"]}
        wanted = set(changes["owners"] or [])
        for owner in sorted(wanted - now):
            added = await client.request(
                "POST", f"{resource_id}/owners/$ref", body={"@odata.id": client.reference(owner)}
            )
            if not added.succeeded:
                raise ProviderError(f"Could not add owners to {text}: {added.failure}")
        for owner in sorted(now - wanted):
            removed = await client.request("DELETE", f"{resource_id}/owners/{owner}/$ref")
            if not removed.succeeded:
                raise ProviderError(f"Could not remove owners from {text}: {removed.failure}")

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Deletes the service principal. Of one with ``useExisting`` the plugin tries to, and hides a failure."""
        done = await client.request("DELETE", resource_id)
        if state.get("useExisting"):
            return
        text = _service_principal_text(resource_id)
        if not done.succeeded:
            raise ProviderError(f"[id] Deleting {text}: {done.failure}")
        await wait_until_gone(client, lambda: client.request("GET", resource_id), f"Waiting for deletion of {text}")


def _service_principal_text(resource_id: str) -> str:
    return f'Service Principal (Service Principal: "{resource_id.rsplit("/", 1)[-1]}")'
