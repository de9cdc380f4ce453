"""Microsoft.Network, as far as a landing zone uses it: virtual networks, private DNS zones and their links.

Behaviour from the REST specifications of Microsoft.Network (virtualNetworks 2024-05-01, privateDnsZones 2024-06-01).
The tenant stores them, checks the resources that they name, and refuses a deletion in another order than Azure's. It
resolves no name and routes no packet.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from localtenant.arm.resource_types import ArmRequest, StoredType, properties_of
from localtenant.core.errors import ServiceError
from localtenant.state.store import Body


class VirtualNetwork(StoredType):
    name = "Microsoft.Network/virtualNetworks"
    api_versions = ("2023-11-01", "2024-05-01", "2025-01-01")
    tracked = True
    long_put = True
    long_delete = True
    required = ("addressSpace",)

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        wanted = properties_of(arm.json())
        spaces = [_network(prefix) for prefix in (wanted.get("addressSpace") or {}).get("addressPrefixes") or []]
        body = await super().put(arm, stored)
        for subnet in body["properties"].get("subnets") or []:
            prefix = _network((subnet.get("properties") or {}).get("addressPrefix") or "0.0.0.0/0")
            if not any(prefix.version == space.version and prefix.subnet_of(space) for space in spaces):  # type: ignore[arg-type]
                raise ServiceError(
                    400,
                    "NetcfgInvalidSubnet",
                    f"Subnet '{subnet.get('name')}' is not valid in virtual network '{arm.path.name}'.",
                )
            subnet["id"] = f"{body['id']}/subnets/{subnet.get('name')}"
            subnet["properties"] = {**(subnet.get("properties") or {}), "provisioningState": "Succeeded"}
        return body

    def check_delete(self, arm: ArmRequest) -> None:
        endpoints = _naming(arm, "Microsoft.Network/privateEndpoints", f"{arm.path.id}/subnets/", "subnet")
        if endpoints:
            raise ServiceError(
                400,
                "InUseSubnetCannotBeDeleted",
                f"A subnet of '{arm.path.name}' is in use by '{endpoints[0]}' and cannot be deleted.",
            )


def _network(prefix: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(str(prefix))
    except ValueError:
        raise ServiceError(
            400, "InvalidAddressPrefixFormat", f"Address prefix '{prefix}' is not formatted correctly."
        ) from None


class PrivateDnsZone(StoredType):
    name = "Microsoft.Network/privateDnsZones"
    api_versions = ("2018-09-01", "2020-06-01", "2024-06-01")
    name_pattern = r"([A-Za-z0-9_-]{1,63}\.)+[A-Za-z0-9_-]{2,63}"
    tracked = True
    long_put = True
    long_delete = True

    def check_delete(self, arm: ArmRequest) -> None:
        if any(arm.cloud.resources.below(arm.path.id, VirtualNetworkLink.name)):
            raise ServiceError(
                409,
                "CannotDeleteResource",
                f"Cannot delete resource '{arm.path.id}' while nested resources exist. Some existing nested resource IDs "
                "include its virtual network links. Please delete all nested resources before deleting this resource.",
            )


class VirtualNetworkLink(StoredType):
    name = "Microsoft.Network/privateDnsZones/virtualNetworkLinks"
    api_versions = PrivateDnsZone.api_versions
    tracked = True
    long_put = True
    long_delete = True
    required = ("virtualNetwork",)

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        body = await super().put(arm, stored)
        network = str((body["properties"]["virtualNetwork"] or {}).get("id") or "")
        if arm.cloud.resources.find(network) is None:
            raise ServiceError(400, "BadRequest", f"The virtual network '{network}' does not exist.")
        for other in arm.cloud.resources.below(str(arm.path.parent_id), self.name):
            linked = str(other["properties"]["virtualNetwork"]["id"]).lower()
            if linked == network.lower() and other["id"].lower() != body["id"].lower():
                raise ServiceError(
                    409, "Conflict", f"The virtual network '{network}' is already linked to '{arm.path.parent_id}'."
                )
        body["properties"]["virtualNetworkLinkState"] = "Completed"
        return body


def _naming(arm: ArmRequest, kind: str, start: str, key: str) -> list[str]:
    """Returns the ids of the resources of a type whose property ``key`` names an id that begins with ``start``."""
    found: list[str] = []
    for body in arm.cloud.resources.of_type(kind):
        named: Any = (body.get("properties") or {}).get(key) or {}
        if str(named.get("id", "")).lower().startswith(start.lower()):
            found.append(str(body["id"]))
    return found
