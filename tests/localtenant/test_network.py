"""Networks, private DNS zones and their links, and a tenant's further subscription, through the gate."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localtenant.support import CONTOSO, GROUP, Wire, error

NETWORKS = "2024-05-01"
ZONES = "2024-06-01"
FURTHER = f"/subscriptions/{CONTOSO.further_subscription_ids[0]}"
NETWORK = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet"
ENDPOINT = f"{GROUP}/providers/Microsoft.Network/privateEndpoints/pe"
ZONE = f"{FURTHER}/resourceGroups/rg-dns/providers/Microsoft.Network/privateDnsZones/privatelink.azure-automation.net"


def network(prefix: str = "10.0.0.0/26") -> dict[str, Any]:
    subnets = [{"name": "endpoints", "properties": {"addressPrefix": prefix}}]
    return {
        "location": "westeurope",
        "properties": {"addressSpace": {"addressPrefixes": ["10.0.0.0/24"]}, "subnets": subnets},
    }


@pytest.fixture
def zone(wire: Wire) -> str:
    """A zone in the further subscription."""
    group = ZONE.split("/providers/", maxsplit=1)[0]
    assert wire.arm("PUT", group, {"location": "westeurope"}, "2024-03-01").status == 201
    assert wire.arm("PUT", ZONE, {"location": "global"}, ZONES).status == 202
    return ZONE


def link(wire: Wire, name: str, network_id: str = NETWORK) -> Any:
    body = {"location": "global", "properties": {"virtualNetwork": {"id": network_id}}}
    return wire.arm("PUT", f"{ZONE}/virtualNetworkLinks/{name}", body, ZONES)


def test_subscriptions_of_a_tenant_are_apart(wire: Wire, zone: str) -> None:
    listed = wire.arm("GET", f"{FURTHER}/resources", version="2024-03-01").body["value"]
    assert [each["id"] for each in listed] == [zone]
    assert wire.arm("GET", f"{GROUP}/resources", version="2024-03-01").body["value"] == []
    elsewhere = zone.replace(FURTHER, f"/subscriptions/{CONTOSO.subscription_id}")
    assert error(wire.arm("GET", elsewhere, version=ZONES))[:2] == (404, "ResourceGroupNotFound")


def test_a_subnet_lies_in_its_network_and_gets_an_id(wire: Wire) -> None:
    assert error(wire.arm("PUT", NETWORK, network("10.1.0.0/26"), NETWORKS))[:2] == (400, "NetcfgInvalidSubnet")
    made = wire.arm("PUT", NETWORK, network(), NETWORKS)
    assert made.status == 202
    assert made.body["properties"]["subnets"][0]["id"] == f"{NETWORK}/subnets/endpoints"


def test_a_network_stays_while_an_endpoint_is_in_it(wire: Wire) -> None:
    account = wire.account()
    wire.arm("PUT", NETWORK, network(), NETWORKS)
    connection = {"name": "a", "properties": {"privateLinkServiceId": account["id"], "groupIds": ["Webhook"]}}
    endpoint = {"subnet": {"id": f"{NETWORK}/subnets/endpoints"}, "privateLinkServiceConnections": [connection]}
    made = wire.arm("PUT", ENDPOINT, {"location": "westeurope", "properties": endpoint}, NETWORKS)
    assert made.status < 300, made.body
    assert error(wire.arm("DELETE", NETWORK, version=NETWORKS))[:2] == (400, "InUseSubnetCannotBeDeleted")
    assert wire.arm("DELETE", ENDPOINT, version=NETWORKS).status < 300
    assert wire.arm("DELETE", NETWORK, version=NETWORKS).status == 202


def test_a_zone_is_linked_to_a_network_once_and_stays_while_it_is(wire: Wire, zone: str) -> None:
    assert error(link(wire, "early"))[:2] == (400, "BadRequest")
    wire.arm("PUT", NETWORK, network(), NETWORKS)
    assert link(wire, "one").status == 202
    assert link(wire, "one").status == 200
    assert error(link(wire, "two"))[:2] == (409, "Conflict")
    assert error(wire.arm("DELETE", zone, version=ZONES))[:2] == (409, "CannotDeleteResource")


def test_a_workspace_has_what_azure_adds(wire: Wire) -> None:
    path = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-mail"
    assert wire.arm("PUT", path, {"location": "westeurope", "properties": {}}, "2023-09-01").status == 202
    shown = wire.arm("GET", path, version="2023-09-01").body["properties"]
    assert (shown["retentionInDays"], shown["sku"]["name"]) == (30, "PerGB2018")
    assert shown["customerId"]
