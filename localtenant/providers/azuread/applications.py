"""Application registrations, their service principals and their credentials.

Source: ``internal/services/applications`` and ``internal/services/serviceprincipals`` of
hashicorp/terraform-provider-azuread, and the requests of the real plugin. Properties that the project does not use are
not imitated; an input of that kind is refused as an unknown key.
"""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from localtenant.providers.azuread.client import GraphClient, GraphResponse
from localtenant.providers.azuread.schema import Field, ResourceType
from localtenant.providers.provider import ProviderError
from localtenant.providers.values import Properties, unwrap

_APPLICATION_ID = re.compile(r"/applications/([^/]+)")
_SERVICE_PRINCIPAL_ID = re.compile(r"/servicePrincipals/([^/]+)")
_CREDENTIAL_ID = re.compile(r"([^/]+)/(certificate|federatedIdentityCredential)/([^/]+)")

SEEN_IN_A_ROW = 5
DELETION_CHECK_SECONDS = 5.0
WAIT_TIMEOUT = 600.0


def _fields(*fields: Field) -> dict[str, Field]:
    return {field.name: field for field in fields}


class ApplicationRegistration(ResourceType):
    """``azuread.ApplicationRegistration``: the application without its credentials and owners."""

    token = "azuread:index/applicationRegistration:ApplicationRegistration"
    fields = _fields(
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
        """Register it."""
        made = await client.request("POST", "/applications", body=_application_body(inputs))
        if not made.succeeded:
            raise ProviderError(f"creating application: {made.failure}")
        return f"/applications/{made.body['id']}"

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Read it."""
        if not (match := _APPLICATION_ID.fullmatch(resource_id)):
            return None
        found = await client.request("GET", resource_id)
        if found.status == 404:
            return None
        if not found.succeeded:
            raise ProviderError(f"retrieving {_application_text(match[1])}: {found.failure}")
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
        """Change it."""
        body: dict[str, Any] = {"@odata.type": "#microsoft.graph.application", **changes}
        if "requestedAccessTokenVersion" in body:
            body["api"] = {"requestedAccessTokenVersion": body.pop("requestedAccessTokenVersion")}
        done = await client.request("PATCH", resource_id, body=body)
        if not done.succeeded:
            raise ProviderError(f"updating {_application_text(resource_id.rsplit('/', 1)[-1])}: {done.failure}")

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Delete it and wait until it is gone."""
        text = _application_text(resource_id.rsplit("/", 1)[-1])
        done = await client.request("DELETE", resource_id)
        if not done.succeeded:
            raise ProviderError(f"deleting {text}: {done.failure}")
        await _gone(client, lambda: client.request("GET", resource_id), f"waiting for deletion of {text}")


class ServicePrincipal(ResourceType):
    """``azuread.ServicePrincipal``. Without owners the caller is taken off the list of owners."""

    token = "azuread:index/servicePrincipal:ServicePrincipal"
    fields = _fields(
        Field("clientId", required=True, replaces=True, uuid=True),
        Field("accountEnabled", default=True),
        Field("appRoleAssignmentRequired"),
        Field("description"),
        Field("notes"),
        Field("owners"),
        Field("useExisting"),
        Field("applicationTenantId", settable=False, computed=True),
        Field("displayName", settable=False, computed=True),
        Field("objectId", settable=False, computed=True),
        Field("servicePrincipalNames", settable=False, computed=True),
        Field("signInAudience", settable=False, computed=True),
        Field("type", settable=False, computed=True),
    )

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Make it, unless the application has one already."""
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
        made = await client.request(
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
                "owners@odata.bind": [client.reference(each) for each in self._owners(client, inputs)],
                "preferredSingleSignOnMode": None,
                "samlSingleSignOnSettings": {},
                "tags": [],
            },
            retry_if=lambda status, message: (
                (status == 400 and "does not reference a valid application object" in message)
                or (status == 403 and "When using this permission, the backing application" in message)
            ),
        )
        if not made.succeeded:
            raise ProviderError(f"Could not create service principal: {made.failure}")
        return f"/servicePrincipals/{made.body['id']}"

    def _owners(self, client: GraphClient, inputs: Properties) -> list[str]:
        caller = client.identity.object_id
        return [caller, *(each for each in inputs.get("owners") or [] if each.lower() != caller.lower())]

    async def settle(self, client: GraphClient, resource_id: str, inputs: Properties) -> None:
        """Give it its description, and take the caller off the owners unless it is one of them."""
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
        if caller.lower() not in (each.lower() for each in inputs.get("owners") or []):
            removed = await client.request("DELETE", f"{resource_id}/owners/{caller}/$ref")
            if not removed.succeeded:
                text = _service_principal_text(resource_id)
                raise ProviderError(f"Could not remove initial owner from {text}: {removed.failure}")

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Read it, what only the beta API has, and its owners."""
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
            "owners": [each["id"] for each in owners.body["value"]],
            "servicePrincipalNames": [
                each for each in body.get("servicePrincipalNames") or [] if each.lower() != body["appId"].lower()
            ],
            "signInAudience": body.get("signInAudience") or "",
            "type": body.get("servicePrincipalType") or "",
            **({"useExisting": state["useExisting"]} if "useExisting" in state else {}),
        }

    async def update(self, client: GraphClient, resource_id: str, changes: Properties) -> None:
        """Change it and its owners."""
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
        now = {each["id"] for each in listed.body["value"]}
        wanted = set(changes["owners"] or [])
        for each in sorted(wanted - now):
            added = await client.request(
                "POST", f"{resource_id}/owners/$ref", body={"@odata.id": client.reference(each)}
            )
            if not added.succeeded:
                raise ProviderError(f"Could not add owners to {text}: {added.failure}")
        for each in sorted(now - wanted):
            removed = await client.request("DELETE", f"{resource_id}/owners/{each}/$ref")
            if not removed.succeeded:
                raise ProviderError(f"Could not remove owners from {text}: {removed.failure}")

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Delete it, also one that was there before: the plugin tries, and hides what comes of it."""
        done = await client.request("DELETE", resource_id)
        if state.get("useExisting"):
            return
        text = _service_principal_text(resource_id)
        if not done.succeeded:
            raise ProviderError(f"[id] Deleting {text}: {done.failure}")
        await _gone(client, lambda: client.request("GET", resource_id), f"Waiting for deletion of {text}")


class ApplicationFederatedIdentityCredential(ResourceType):
    """``azuread.ApplicationFederatedIdentityCredential``."""

    token = "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential"
    fields = _fields(
        Field("applicationId", required=True, replaces=True),
        Field("audiences", required=True),
        Field("displayName", required=True, replaces=True),
        Field("issuer", required=True),
        Field("subject", required=True),
        Field("description"),
        Field("credentialId", settable=False, computed=True),
    )

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Add it, and wait until it is read five times in a row: only then does the plugin know its id."""
        application = inputs["applicationId"]
        text = _application_text(application.rsplit("/", 1)[-1])
        found = await client.request("GET", application)
        if not found.succeeded:
            raise ProviderError(f"retrieving {text}: {found.failure}: {found.failure}")
        made = await client.request("POST", f"{application}/federatedIdentityCredentials", body=_federated_body(inputs))
        if not made.succeeded:
            raise ProviderError(f"Adding federated identity credential for {text}: {made.failure}")
        credential = made.body["id"]
        path = f"{application}/federatedIdentityCredentials/{credential}"
        await _there(
            client, lambda: client.request("GET", path), lambda _: True, "Waiting for federated identity credential"
        )
        return f"{application.rsplit('/', 1)[-1]}/federatedIdentityCredential/{credential}"

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Read it."""
        match = _CREDENTIAL_ID.fullmatch(resource_id)
        if match is None:
            raise ProviderError(f'[id] Parsing federated identity credential with ID "{resource_id}"')
        found = await client.request("GET", f"/applications/{match[1]}/federatedIdentityCredentials/{match[3]}")
        if found.status == 404:
            return None
        if not found.succeeded:
            raise ProviderError(
                f'[id] Retrieving federated identity credential with ID "{match[3]}" for application with object ID '
                f'"{match[1]}": {found.failure}'
            )
        body = found.body
        return {
            "applicationId": f"/applications/{match[1]}",
            "audiences": body.get("audiences") or [],
            "credentialId": match[3],
            "description": body.get("description") or "",
            "displayName": body["name"],
            "issuer": body["issuer"],
            "subject": body["subject"],
        }

    async def update(self, client: GraphClient, resource_id: str, changes: Properties) -> None:
        """Change it."""
        match = _CREDENTIAL_ID.fullmatch(resource_id)
        assert match is not None
        path = f"/applications/{match[1]}/federatedIdentityCredentials/{match[3]}"
        body = {"@odata.type": "#microsoft.graph.federatedIdentityCredential", **changes}
        done = await client.request("PATCH", path, body=body)
        if not done.succeeded:
            raise ProviderError(f"Updating federated identity credential: {done.failure}")

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Remove it and wait until it is gone."""
        match = _CREDENTIAL_ID.fullmatch(resource_id)
        assert match is not None
        path = f"/applications/{match[1]}/federatedIdentityCredentials/{match[3]}"
        done = await client.request("DELETE", path)
        if not done.succeeded:
            raise ProviderError(f'Removing federated identity credential "{match[3]}": {done.failure}')
        await _gone(
            client, lambda: client.request("GET", path), "Waiting for deletion of federated identity credential"
        )


class ApplicationCertificate(ResourceType):
    """``azuread.ApplicationCertificate``: an entry in the application's list of keys."""

    token = "azuread:index/applicationCertificate:ApplicationCertificate"
    fields = _fields(
        Field("applicationId", required=True, replaces=True),
        Field("value", required=True, replaces=True, secret=True),
        Field("type", replaces=True),
        Field("encoding", replaces=True, default="pem"),
        Field("endDate", computed=True, replaces=True),
        Field("keyId", computed=True, replaces=True),
        Field("startDate", computed=True, replaces=True),
    )

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Write the list with the new key, and wait until it is read five times in a row."""
        application = inputs["applicationId"]
        object_id = application.rsplit("/", 1)[-1]
        key_id = inputs.get("keyId") or str(uuid.uuid4())
        text = _application_text(object_id)
        async with client.lock(object_id):
            listed = await self._keys(client, application, text)
            key = {
                "displayName": None,
                "key": base64.b64encode(str(unwrap(inputs["value"])).encode()).decode(),
                "keyId": key_id,
                "type": inputs.get("type"),
                "usage": "Verify",
                **({"endDateTime": inputs["endDate"]} if inputs.get("endDate") else {}),
                **({"startDateTime": inputs["startDate"]} if inputs.get("startDate") else {}),
            }
            await self._write(client, object_id, [*listed, key], f"Adding certificate for {text}")
        await _there(
            client,
            lambda: client.request("GET", application),
            lambda body: _key(body, key_id) is not None,
            f"Waiting for certificate credential for {text}",
        )
        return f"{object_id}/certificate/{key_id}"

    async def _keys(self, client: GraphClient, application: str, text: str) -> list[dict[str, Any]]:
        found = await client.request("GET", application)
        if not found.succeeded:
            raise ProviderError(f"[application_id] Retrieving {text}: {found.failure}")
        return list(found.body.get("keyCredentials") or [])

    async def _write(self, client: GraphClient, object_id: str, keys: list[dict[str, Any]], text: str) -> None:
        body = {"@odata.type": "#microsoft.graph.application", "id": object_id, "keyCredentials": keys}
        done = await client.request("PATCH", f"/applications/{object_id}", body=body)
        if not done.succeeded:
            raise ProviderError(f"{text}: {done.failure}")

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Read the key's entry; its value never comes back."""
        match = _CREDENTIAL_ID.fullmatch(resource_id)
        if match is None:
            raise ProviderError(f'[id] Parsing certificate credential with ID "{resource_id}"')
        found = await client.request("GET", f"/applications/{match[1]}")
        if not found.succeeded:
            raise ProviderError(f"[application_id] Retrieving {_application_text(match[1])}: {found.failure}")
        key = _key(found.body, match[3])
        if key is None:
            return None
        return {
            "applicationId": f"/applications/{match[1]}",
            "encoding": state.get("encoding", "pem"),
            "endDate": key.get("endDateTime") or "",
            "keyId": match[3],
            "startDate": key.get("startDateTime") or "",
            "type": key.get("type") or "",
            **({"value": unwrap(state["value"])} if "value" in state else {}),
        }

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Write the list without the key, and wait until it is gone."""
        match = _CREDENTIAL_ID.fullmatch(resource_id)
        assert match is not None
        application, key_id = f"/applications/{match[1]}", match[3]
        async with client.lock(match[1]):
            listed = await self._keys(client, application, _application_text(match[1]))
            text = f'Removing certificate credential "{key_id}" from application with object ID "{match[1]}"'
            left = [each for each in listed if each.get("keyId", "").lower() != key_id.lower()]
            await self._write(client, match[1], left, text)

        async def still() -> GraphResponse:
            found = await client.request("GET", application)
            gone = found.succeeded and _key(found.body, key_id) is None
            return GraphResponse(404, None, "") if gone else found

        await _gone(client, still, "Waiting for deletion of certificate credential")


async def _there(
    client: GraphClient,
    ask: Callable[[], Awaitable[GraphResponse]],
    has: Callable[[Any], bool],
    waiting: str,
) -> None:
    """Wait until it was seen five times in a row."""
    seen, wait, waited = 0, 0.1, 0.0
    while True:
        found = await ask()
        if found.succeeded and has(found.body):
            seen += 1
            if seen == SEEN_IN_A_ROW:
                return
        elif found.succeeded or found.status == 404:
            seen, wait = 0, wait * 2
        else:
            raise ProviderError(f"{waiting}: {found.failure}")
        wait = min(max(wait, 1.0), 10.0)
        waited += wait
        if waited > WAIT_TIMEOUT:
            raise ProviderError(f"{waiting}: timeout while waiting for state to become 'Done' (last state: 'Waiting')")
        await client.sleep(wait)


async def _gone(client: GraphClient, ask: Callable[[], Awaitable[GraphResponse]], waiting: str) -> None:
    """Wait until it was not found five times in a row."""
    seen, waited = 0, 0.0
    while True:
        found = await ask()
        if found.status == 404:
            seen += 1
            if seen == SEEN_IN_A_ROW:
                return
        elif found.succeeded:
            seen = 0
        else:
            raise ProviderError(f"{waiting}: retrieving resource: {found.failure}")
        waited += DELETION_CHECK_SECONDS
        if waited > WAIT_TIMEOUT:
            raise ProviderError(f"{waiting}: timeout while waiting for state to become 'Deleted'")
        await client.sleep(DELETION_CHECK_SECONDS)


def _key(application: Any, key_id: str) -> dict[str, Any] | None:
    for each in application.get("keyCredentials") or []:
        if str(each.get("keyId", "")).lower() == key_id.lower():
            found: dict[str, Any] = each
            return found
    return None


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


def _federated_body(inputs: Properties) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.federatedIdentityCredential",
        "audiences": inputs["audiences"],
        "description": inputs.get("description") or "",
        "issuer": inputs["issuer"],
        "name": inputs["displayName"],
        "subject": inputs["subject"],
    }


def _application_text(object_id: str) -> str:
    return f'Application (Application: "{object_id}")'


def _service_principal_text(resource_id: str) -> str:
    return f'Service Principal (Service Principal: "{resource_id.rsplit("/", 1)[-1]}")'
