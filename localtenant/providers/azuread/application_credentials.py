"""Credentials of applications: federated identity credentials and certificates.

Source: ``internal/services/applications`` and ``internal/services/serviceprincipals`` of
hashicorp/terraform-provider-azuread, and the requests of the real plugin. Properties that the project does not use are
not imitated; an input of that kind is refused as an unknown key.
"""

from __future__ import annotations

import base64
import re
import uuid
from typing import Any

from localtenant.providers.azuread.client import GraphClient, GraphResponse
from localtenant.providers.azuread.schema import DirectoryResourceType, Field, fields_by_name
from localtenant.providers.azuread.waiting import application_text, wait_until_gone, wait_until_there
from localtenant.providers.provider import ProviderError
from localtenant.providers.values import Properties, unwrap

_CREDENTIAL_ID = re.compile(r"([^/]+)/(certificate|federatedIdentityCredential)/([^/]+)")


class ApplicationFederatedIdentityCredential(DirectoryResourceType):
    """``azuread.ApplicationFederatedIdentityCredential``."""

    token = "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential"
    fields = fields_by_name(
        Field("applicationId", required=True, replaces=True),
        Field("audiences", required=True),
        Field("displayName", required=True, replaces=True),
        Field("issuer", required=True),
        Field("subject", required=True),
        Field("description"),
        Field("credentialId", settable=False, computed=True),
    )

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Adds the credential, and waits until five reads in a row find it: only then does the plugin know its id."""
        application = inputs["applicationId"]
        text = application_text(application.rsplit("/", 1)[-1])
        found = await client.request("GET", application)
        if not found.succeeded:
            raise ProviderError(f"retrieving {text}: {found.failure}: {found.failure}")
        created = await client.request(
            "POST", f"{application}/federatedIdentityCredentials", body=_federated_body(inputs)
        )
        if not created.succeeded:
            raise ProviderError(f"Adding federated identity credential for {text}: {created.failure}")
        credential = created.body["id"]
        path = f"{application}/federatedIdentityCredentials/{credential}"
        await wait_until_there(
            client, lambda: client.request("GET", path), lambda _: True, "Waiting for federated identity credential"
        )
        return f"{application.rsplit('/', 1)[-1]}/federatedIdentityCredential/{credential}"

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Reads the credential."""
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
        """Changes the credential."""
        match = _CREDENTIAL_ID.fullmatch(resource_id)
        assert match is not None
        path = f"/applications/{match[1]}/federatedIdentityCredentials/{match[3]}"
        body = {"@odata.type": "#microsoft.graph.federatedIdentityCredential", **changes}
        done = await client.request("PATCH", path, body=body)
        if not done.succeeded:
            raise ProviderError(f"Updating federated identity credential: {done.failure}")

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Removes the credential, and waits until no read finds it."""
        match = _CREDENTIAL_ID.fullmatch(resource_id)
        assert match is not None
        path = f"/applications/{match[1]}/federatedIdentityCredentials/{match[3]}"
        done = await client.request("DELETE", path)
        if not done.succeeded:
            raise ProviderError(f'Removing federated identity credential "{match[3]}": {done.failure}')
        await wait_until_gone(
            client, lambda: client.request("GET", path), "Waiting for deletion of federated identity credential"
        )


class ApplicationCertificate(DirectoryResourceType):
    """``azuread.ApplicationCertificate``: an entry in the application's list of keys."""

    token = "azuread:index/applicationCertificate:ApplicationCertificate"
    fields = fields_by_name(
        Field("applicationId", required=True, replaces=True),
        Field("value", required=True, replaces=True, secret=True),
        Field("type", replaces=True),
        Field("encoding", replaces=True, default="pem"),
        Field("endDate", computed=True, replaces=True),
        Field("keyId", computed=True, replaces=True),
        Field("startDate", computed=True, replaces=True),
    )

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Writes the list with the new key, and waits until five reads in a row find it."""
        application = inputs["applicationId"]
        object_id = application.rsplit("/", 1)[-1]
        key_id = inputs.get("keyId") or str(uuid.uuid4())
        text = application_text(object_id)
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
        await wait_until_there(
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
        """Reads the key's entry; Graph does not return its value."""
        match = _CREDENTIAL_ID.fullmatch(resource_id)
        if match is None:
            raise ProviderError(f'[id] Parsing certificate credential with ID "{resource_id}"')
        found = await client.request("GET", f"/applications/{match[1]}")
        if not found.succeeded:
            raise ProviderError(f"[application_id] Retrieving {application_text(match[1])}: {found.failure}")
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
        """Writes the list without the key, and waits until no read finds it."""
        match = _CREDENTIAL_ID.fullmatch(resource_id)
        assert match is not None
        application, key_id = f"/applications/{match[1]}", match[3]
        async with client.lock(match[1]):
            listed = await self._keys(client, application, application_text(match[1]))
            text = f'Removing certificate credential "{key_id}" from application with object ID "{match[1]}"'
            left = [item for item in listed if item.get("keyId", "").lower() != key_id.lower()]
            await self._write(client, match[1], left, text)

        async def still() -> GraphResponse:
            found = await client.request("GET", application)
            gone = found.succeeded and _key(found.body, key_id) is None
            return GraphResponse(404, None, "") if gone else found

        await wait_until_gone(client, still, "Waiting for deletion of certificate credential")


def _key(application: Any, key_id: str) -> dict[str, Any] | None:
    for key_credential in application.get("keyCredentials") or []:
        if str(key_credential.get("keyId", "")).lower() == key_id.lower():
            found: dict[str, Any] = key_credential
            return found
    return None


def _federated_body(inputs: Properties) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.federatedIdentityCredential",
        "audiences": inputs["audiences"],
        "description": inputs.get("description") or "",
        "issuer": inputs["issuer"],
        "name": inputs["displayName"],
        "subject": inputs["subject"],
    }
