"""Parts of an application beside its other credentials: owners, declared APIs, and flexible federated credentials.

Source: ``internal/services/applications`` of hashicorp/terraform-provider-azuread, and the requests of the real plugin.
"""

from __future__ import annotations

import re
from typing import Any

from localtenant.providers.azuread.client import GraphClient
from localtenant.providers.azuread.schema import DirectoryResourceType, Field, fields_by_name
from localtenant.providers.azuread.waiting import wait_until_gone
from localtenant.providers.provider import ProviderError
from localtenant.providers.values import Properties

_PART_ID = re.compile(r"(/applications/[^/]+)/(owners|apiAccess)/([^/]+)")
_FLEXIBLE_ID = re.compile(r"/applications/([^/]+)/federatedIdentityCredentials/([^/]+)")
_REPLICATION_CHECKS = 600
_EXPRESSION_LANGUAGE = 1


def _parts(resource_id: str, kind: str) -> tuple[str, str]:
    match = _PART_ID.fullmatch(resource_id)
    if match is None or match[2] != kind:
        raise ProviderError(f'[id] parsing "{resource_id}"')
    return match[1], match[3]


class ApplicationOwner(DirectoryResourceType):
    """``azuread.ApplicationOwner``: one owner."""

    token = "azuread:index/applicationOwner:ApplicationOwner"
    fields = fields_by_name(
        Field("applicationId", required=True, replaces=True),
        Field("ownerObjectId", required=True, replaces=True, uuid=True),
    )

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Adds the owner, and refuses an owner that the application has."""
        application, owner = inputs["applicationId"], inputs["ownerObjectId"]
        resource_id = f"{application}/owners/{owner}"
        if await self._owns(client, application, owner):
            raise ProviderError(
                f'A resource with the ID "{resource_id}" already exists - to be managed via Terraform this resource needs to '
                'be imported into the State. Please see the resource documentation for "azuread_application_owner" for more '
                "information."
            )
        added = await client.request(
            "POST",
            f"{application}/owners/$ref",
            body={"@odata.id": client.reference(owner)},
            retry_if=lambda status, _: status == 404,
        )
        if not added.succeeded:
            raise ProviderError(f"adding owner to {application}: {added.failure}")
        return resource_id

    async def _owns(self, client: GraphClient, application: str, owner: str) -> bool:
        listed = await client.request("GET", f"{application}/owners", query={"$filter": f"id eq '{owner}'"})
        if not listed.succeeded:
            raise ProviderError(f"retrieving owners of {application}: {listed.failure}")
        return bool(listed.body["value"])

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Looks for the owner among the application's owners."""
        application, owner = _parts(resource_id, "owners")
        if not await self._owns(client, application, owner):
            return None
        return {"applicationId": application, "ownerObjectId": owner}

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Removes the owner."""
        application, owner = _parts(resource_id, "owners")
        removed = await client.request("DELETE", f"{application}/owners/{owner}/$ref")
        if not removed.succeeded:
            raise ProviderError(f"removing owner from {application}: {removed.failure}")


class ApplicationApiAccess(DirectoryResourceType):
    """``azuread.ApplicationApiAccess``: the permissions of one API in the application's list."""

    token = "azuread:index/applicationApiAccess:ApplicationApiAccess"
    fields = fields_by_name(
        Field("applicationId", required=True, replaces=True),
        Field("apiClientId", required=True, replaces=True, uuid=True),
        Field("roleIds"),
        Field("scopeIds"),
    )

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Adds the API to the list."""
        application, api = inputs["applicationId"], inputs["apiClientId"]
        listed = await self._listed(client, application)
        access = [
            *({"id": role_id, "type": "Role"} for role_id in inputs.get("roleIds") or []),
            *({"id": scope_id, "type": "Scope"} for scope_id in inputs.get("scopeIds") or []),
        ]
        await self._write(client, application, [*listed, {"resourceAppId": api, "resourceAccess": access}])
        return f"{application}/apiAccess/{api}"

    async def _listed(self, client: GraphClient, application: str) -> list[dict[str, Any]]:
        found = await client.request("GET", application)
        if not found.succeeded:
            raise ProviderError(f"retrieving {application}: {found.failure}")
        return list(found.body.get("requiredResourceAccess") or [])

    async def _write(self, client: GraphClient, application: str, listed: list[dict[str, Any]]) -> None:
        body = {
            "@odata.type": "#microsoft.graph.application",
            "id": application.rsplit("/", 1)[-1],
            "requiredResourceAccess": listed,
        }
        done = await client.request("PATCH", application, body=body)
        if not done.succeeded:
            raise ProviderError(f"updating {application}: {done.failure}")

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Looks for the API in the list."""
        application, api = _parts(resource_id, "apiAccess")
        for item in await self._listed(client, application):
            if item["resourceAppId"] == api:
                ids = {
                    kind: [a["id"] for a in item["resourceAccess"] if a["type"] == kind] for kind in ("Role", "Scope")
                }
                lists = {"roleIds": ids["Role"], "scopeIds": ids["Scope"]}
                return {
                    "applicationId": application,
                    "apiClientId": api,
                    **{name: value for name, value in lists.items() if value},
                }
        return None

    async def update(self, client: GraphClient, resource_id: str, changes: Properties) -> None:
        """Writes the list with other permissions."""
        application, api = _parts(resource_id, "apiAccess")
        listed = await self._listed(client, application)
        for item in listed:
            if item["resourceAppId"] == api:
                for name, kind in (("roleIds", "Role"), ("scopeIds", "Scope")):
                    if name in changes:
                        others = [access for access in item["resourceAccess"] if access["type"] != kind]
                        item["resourceAccess"] = [*others, *({"id": i, "type": kind} for i in changes[name] or [])]
        await self._write(client, application, listed)

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Writes the list without the API."""
        application, api = _parts(resource_id, "apiAccess")
        listed = await self._listed(client, application)
        await self._write(client, application, [item for item in listed if item["resourceAppId"] != api])


class ApplicationFlexibleFederatedIdentityCredential(DirectoryResourceType):
    """``azuread.ApplicationFlexibleFederatedIdentityCredential``: an expression matches the claims of the token. Graph beta."""

    token = (
        "azuread:index/applicationFlexibleFederatedIdentityCredential:ApplicationFlexibleFederatedIdentityCredential"
    )
    fields = fields_by_name(
        Field("applicationId", required=True, replaces=True),
        Field("audience", required=True),
        Field("claimsMatchingExpression", required=True),
        Field("displayName", required=True, replaces=True),
        Field("issuer", required=True),
        Field("description"),
        Field("credentialId", settable=False, computed=True),
    )
    whole_update = True

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Adds the credential."""
        application = inputs["applicationId"]
        found = await client.request("GET", application, version="beta")
        if not found.succeeded:
            raise ProviderError(f"retrieving {application}: {found.failure}")
        body = _flexible_body(inputs)
        created = await client.request("POST", f"{application}/federatedIdentityCredentials", body=body, version="beta")
        if not created.succeeded:
            raise ProviderError(f"adding flexible federated identity credential: {created.failure}")
        return f"{application}/federatedIdentityCredentials/{created.body['id']}"

    async def settle(self, client: GraphClient, resource_id: str, inputs: Properties) -> None:
        """Waits until the credential can be read."""
        for _ in range(_REPLICATION_CHECKS):
            found = await client.request("GET", resource_id, version="beta")
            if found.succeeded:
                return
            if found.status != 404:
                raise ProviderError(f"retrieving flexible federated identity credential: {found.failure}")
            await client.sleep(1.0)
        raise ProviderError("waiting for the flexible federated identity credential: timeout")

    def _path(self, resource_id: str) -> tuple[str, str]:
        match = _FLEXIBLE_ID.fullmatch(resource_id)
        if match is None:
            raise ProviderError(f'[id] parsing "{resource_id}"')
        return f"/applications/{match[1]}", match[2]

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Reads the credential."""
        application, credential = self._path(resource_id)
        found = await client.request("GET", f"{application}/federatedIdentityCredentials/{credential}", version="beta")
        if found.status == 404:
            return None
        if not found.succeeded:
            raise ProviderError(f"retrieving flexible federated identity credential: {found.failure}")
        body = found.body
        return {
            "applicationId": application,
            "audience": next(iter(body.get("audiences") or []), ""),
            "claimsMatchingExpression": (body.get("claimsMatchingExpression") or {}).get("value") or "",
            "credentialId": credential,
            "description": body.get("description") or "",
            "displayName": body["name"],
            "issuer": body["issuer"],
        }

    async def update(self, client: GraphClient, resource_id: str, changes: Properties) -> None:
        """Changes the credential."""
        _, credential = self._path(resource_id)
        body = {**_flexible_body(changes), "id": credential}
        done = await client.request("PATCH", resource_id, body=body, version="beta")
        if not done.succeeded:
            raise ProviderError(f"updating flexible federated identity credential: {done.failure}")

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Removes the credential."""
        self._path(resource_id)
        done = await client.request("DELETE", resource_id, version="beta")
        text = "flexible federated identity credential"
        if not done.succeeded:
            raise ProviderError(f"removing {text}: {done.failure}")
        await wait_until_gone(
            client, lambda: client.request("GET", resource_id, version="beta"), f"waiting for deletion of {text}"
        )


def _flexible_body(inputs: Properties) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.federatedIdentityCredential",
        "audiences": [inputs["audience"]],
        "claimsMatchingExpression": {
            "value": inputs["claimsMatchingExpression"],
            "languageVersion": _EXPRESSION_LANGUAGE,
        },
        "description": inputs.get("description") or None,
        "issuer": inputs["issuer"],
        "name": inputs["displayName"],
    }
