"""Named locations and Conditional Access policies, as far as policies for service principals need them.

Source: ``internal/services/conditionalaccess`` of hashicorp/terraform-provider-azuread, and the requests of the real plugin.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localtenant.providers.azuread.client import GraphClient
from localtenant.providers.azuread.schema import DirectoryResourceType, Field, fields_by_name
from localtenant.providers.azuread.waiting import wait_until_gone
from localtenant.providers.provider import ProviderError
from localtenant.providers.values import Properties

_BASE = "/identity/conditionalAccess"
_IP_LOCATION = "#microsoft.graph.ipNamedLocation"
_LISTS: Mapping[str, Mapping[str, str]] = {
    "applications": {
        "includedApplications": "includeApplications",
        "excludedApplications": "excludeApplications",
        "includedUserActions": "includeUserActions",
    },
    "clientApplications": {
        "includedServicePrincipals": "includeServicePrincipals",
        "excludedServicePrincipals": "excludeServicePrincipals",
    },
    "locations": {"includedLocations": "includeLocations", "excludedLocations": "excludeLocations"},
    "users": {
        "includedUsers": "includeUsers",
        "excludedUsers": "excludeUsers",
        "includedGroups": "includeGroups",
        "excludedGroups": "excludeGroups",
        "includedRoles": "includeRoles",
        "excludedRoles": "excludeRoles",
    },
}
"""The lists of a policy's conditions: the plugin's names and Graph's."""


class _Stored(DirectoryResourceType):
    """An object with an address below Conditional Access.

    Attributes:
        collection: The last part of the address.
        title: The name of the type in messages.
    """

    collection: str
    title: str

    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Creates the object."""
        created = await client.request("POST", f"{_BASE}/{self.collection}", body=self.body(inputs))
        if not created.succeeded:
            raise ProviderError(f"Could not create {self.title}: {created.failure}")
        return f"{_BASE}/{self.collection}/{created.body['id']}"

    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Reads the object."""
        found = await client.request("GET", resource_id)
        if found.status == 404:
            return None
        if not found.succeeded:
            raise ProviderError(f"retrieving {self.title}: {found.failure}")
        return {"displayName": found.body["displayName"], "objectId": found.body["id"], **self.state_of(found.body)}

    whole_update = True

    async def update(self, client: GraphClient, resource_id: str, changes: Properties) -> None:
        """Updates the object."""
        done = await client.request("PATCH", resource_id, body=self.body(changes))
        if not done.succeeded:
            raise ProviderError(f"updating {self.title}: {done.failure}")

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Deletes the object and waits until it is gone."""
        done = await client.request("DELETE", resource_id)
        if not done.succeeded and done.status != 404:
            raise ProviderError(f"deleting {self.title}: {done.failure}")
        await wait_until_gone(
            client, lambda: client.request("GET", resource_id), f"waiting for deletion of {self.title}"
        )

    def body(self, inputs: Properties) -> dict[str, Any]:
        """Returns the body of a request."""
        raise NotImplementedError

    def state_of(self, body: Mapping[str, Any]) -> Properties:
        """Returns the outputs beside the name and the id."""
        raise NotImplementedError


class NamedLocation(_Stored):
    """``azuread.NamedLocation`` with addresses; countries are not imitated."""

    token = "azuread:index/namedLocation:NamedLocation"
    collection, title = "namedLocations", "named location"
    fields = fields_by_name(
        Field("displayName", required=True, not_empty=True),
        Field("ip", required=True),
        Field("objectId", settable=False, computed=True),
    )

    def body(self, inputs: Properties) -> dict[str, Any]:
        """Returns the location. The plugin sends every range as one of version 4."""
        ranges = [
            {"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": address}
            for address in inputs["ip"]["ipRanges"]
        ]
        return {
            "@odata.type": _IP_LOCATION,
            "displayName": inputs["displayName"],
            "ipRanges": ranges,
            "isTrusted": bool(inputs["ip"].get("trusted")),
        }

    def state_of(self, body: Mapping[str, Any]) -> Properties:
        """Returns the ranges and the trust."""
        ip: Properties = {"ipRanges": [found["cidrAddress"] for found in body["ipRanges"]]}
        return {"ip": {**ip, "trusted": True} if body.get("isTrusted") else ip}

    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Removes the trust first: Entra refuses to delete a trusted location."""
        whole = {"displayName": state["displayName"], "ip": {**state["ip"], "trusted": False}}
        await self.update(client, resource_id, whole)
        await super().delete(client, resource_id, state)


class ConditionalAccessPolicy(_Stored):
    """``azuread.ConditionalAccessPolicy`` with the conditions of :data:`_LISTS`; others are not imitated."""

    token = "azuread:index/conditionalAccessPolicy:ConditionalAccessPolicy"
    collection, title = "policies", "conditional access policy"
    fields = fields_by_name(
        Field("displayName", required=True, not_empty=True),
        Field("state", required=True),
        Field("conditions", required=True),
        Field("grantControls"),
        Field("objectId", settable=False, computed=True),
    )

    def body(self, inputs: Properties) -> dict[str, Any]:
        """Returns the policy."""
        given = inputs["conditions"]
        conditions: dict[str, Any] = {
            part: {theirs: given[part][ours] for ours, theirs in names.items() if given[part].get(ours)}
            for part, names in _LISTS.items()
            if given.get(part) is not None
        }
        conditions["clientAppTypes"] = given["clientAppTypes"]
        controls = inputs.get("grantControls")
        return {
            "@odata.type": "#microsoft.graph.conditionalAccessPolicy",
            "displayName": inputs["displayName"],
            "state": inputs["state"],
            "conditions": conditions,
            "grantControls": controls and {name: controls.get(name) for name in ("operator", "builtInControls")},
        }

    def state_of(self, body: Mapping[str, Any]) -> Properties:
        """Returns the state, the conditions and the controls."""
        found = body["conditions"]
        conditions: Properties = {"clientAppTypes": found["clientAppTypes"]}
        for part, names in _LISTS.items():
            if found.get(part) is not None:
                held = found[part]
                conditions[part] = {ours: held[theirs] for ours, theirs in names.items() if held.get(theirs)}
        controls = body.get("grantControls")
        shown = {} if controls is None else {"grantControls": controls}
        return {"state": body["state"], "conditions": conditions, **shown}
