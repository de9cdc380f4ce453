"""Application registrations.

Source: ``internal/services/applications`` and ``internal/services/serviceprincipals`` of
hashicorp/terraform-provider-azuread, and the requests of the real plugin. Properties that the project does not use are
not imitated; an input of that kind is refused as an unknown key.
"""

from __future__ import annotations

import re
from typing import Any

from localtenant.providers.azuread.client import GraphClient
from localtenant.providers.azuread.schema import DirectoryResourceType, Field, fields_by_name
from localtenant.providers.azuread.waiting import application_text, wait_until_gone
from localtenant.providers.provider import ProviderError
from localtenant.providers.values import Properties

_APPLICATION_ID = re.compile(r"/applications/([^/]+)")


class ApplicationRegistration(DirectoryResourceType):
    """``azuread.ApplicationRegistration``: the application without its credentials and owners."""

    token = "azuread:index/applicationRegistration:ApplicationRegistration"
    fields = fields_by_name(
        Field("displayName", required=True),
        Field("description"),
        Field("notes"),
        Field("signInAudience", default="AzureADMyOrg"),
        Field("requestedAccessTokenVersion", default=2),
        Field("clientId", settable=False, computed=True),
        Field("disabledByMicrosoft", settable=False, computed=True),
        Field("objectId", settable=False, computed=True),
        Field("publisherDomain", settable=False, computed=True),
    )

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Registers the application."""
        created = await client.request("POST", "/applications", body=_application_body(inputs))
        if not created.succeeded:
            raise ProviderError(f"creating application: {created.failure}")
        return f"/applications/{created.body['id']}"

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Reads the application."""
        if not (match := _APPLICATION_ID.fullmatch(resource_id)):
            return None
        found = await client.request("GET", resource_id)
        if found.status == 404:
            return None
        if not found.succeeded:
            raise ProviderError(f"retrieving {application_text(match[1])}: {found.failure}")
        body = found.body
        return {
            "clientId": body["appId"],
            "description": body.get("description") or "",
            "disabledByMicrosoft": body.get("disabledByMicrosoftStatus") or "",
            "displayName": body.get("displayName") or "",
            "notes": body.get("notes") or "",
            "objectId": body["id"],
            "publisherDomain": body.get("publisherDomain") or "",
            "requestedAccessTokenVersion": (body.get("api") or {}).get("requestedAccessTokenVersion") or 0,
            "signInAudience": body.get("signInAudience") or "",
        }

    async def update(self, client: GraphClient, resource_id: str, changes: Properties) -> None:
        """Changes the application."""
        body: dict[str, Any] = {"@odata.type": "#microsoft.graph.application", **changes}
        if "requestedAccessTokenVersion" in body:
            body["api"] = {"requestedAccessTokenVersion": body.pop("requestedAccessTokenVersion")}
        done = await client.request("PATCH", resource_id, body=body)
        if not done.succeeded:
            raise ProviderError(f"updating {application_text(resource_id.rsplit('/', 1)[-1])}: {done.failure}")

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Deletes the application, and waits until no read finds it."""
        text = application_text(resource_id.rsplit("/", 1)[-1])
        done = await client.request("DELETE", resource_id)
        if not done.succeeded:
            raise ProviderError(f"deleting {text}: {done.failure}")
        await wait_until_gone(client, lambda: client.request("GET", resource_id), f"waiting for deletion of {text}")


def _application_body(inputs: Properties) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.application",
        "api": {"requestedAccessTokenVersion": inputs.get("requestedAccessTokenVersion", 2)},
        "description": inputs.get("description"),
        "displayName": inputs["displayName"],
        "groupMembershipClaims": None,
        "info": {"marketingUrl": None, "privacyStatementUrl": None, "supportUrl": None, "termsOfServiceUrl": None},
        "notes": inputs.get("notes"),
        "serviceManagementReference": None,
        "signInAudience": inputs.get("signInAudience", "AzureADMyOrg"),
        "web": {
            "homePageUrl": None,
            "implicitGrantSettings": {"enableAccessTokenIssuance": False, "enableIdTokenIssuance": False},
            "logoutUrl": None,
        },
    }
