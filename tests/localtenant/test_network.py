"""Networks, private DNS zones and their links, and a tenant's further subscription, through the dispatcher."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localtenant.support import CONTOSO, GROUP, Client, error

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
def zone(client: Client) -> str:
    """A zone in the further subscription."""
    group = ZONE.split("/providers/", maxsplit=1)[0]
    assert client.arm("PUT", group, {"location": "westeurope"}, "2024-03-01").status == 201
    assert client.arm("PUT", ZONE, {"location": "global"}, ZONES).status == 202
    return ZONE


def link(client: Client, name: str, network_id: str = NETWORK) -> Any:
    body = {"location": "global", "properties": {"virtualNetwork": {"id": network_id}}}
    return client.arm("PUT", f"{ZONE}/virtualNetworkLinks/{name}", body, ZONES)


def test_subscriptions_of_a_tenant_are_apart(client: Client, zone: str) -> None:
    listed = client.arm("GET", f"{FURTHER}/resources", version="2024-03-01").body["value"]
    assert [resource["id"] for resource in listed] == [zone]
    assert client.arm("GET", f"{GROUP}/resources", version="2024-03-01").body["value"] == []
    elsewhere = zone.replace(FURTHER, f"/subscriptions/{CONTOSO.subscription_id}")
    assert error(client.arm("GET", elsewhere, version=ZONES))[:2] == (404, "ResourceGroupNotFound")


def test_a_subnet_lies_in_its_network_and_gets_an_id(client: Client) -> None:
    assert error(client.arm("PUT", NETWORK, network("10.1.0.0/26"), NETWORKS))[:2] == (400, "NetcfgInvalidSubnet")
    created = client.arm("PUT", NETWORK, network(), NETWORKS)
    assert created.status == 202
    assert created.body["properties"]["subnets"][0]["id"] == f"{NETWORK}/subnets/endpoints"


def test_a_network_stays_while_an_endpoint_is_in_it(client: Client) -> None:
    account = client.account()
    client.arm("PUT", NETWORK, network(), NETWORKS)
    connection = {"name": "a", "properties": {"privateLinkServiceId": account["id"], "groupIds": ["Webhook"]}}
    endpoint = {"subnet": {"id": f"{NETWORK}/subnets/endpoints"}, "privateLinkServiceConnections": [connection]}
    created = client.arm("PUT", ENDPOINT, {"location": "westeurope", "properties": endpoint}, NETWORKS)
    assert created.status < 300, created.body
    assert error(client.arm("DELETE", NETWORK, version=NETWORKS))[:2] == (400, "InUseSubnetCannotBeDeleted")
    assert client.arm("DELETE", ENDPOINT, version=NETWORKS).status < 300
    assert client.arm("DELETE", NETWORK, version=NETWORKS).status == 202


def test_a_zone_is_linked_to_a_network_once_and_stays_while_it_is(client: Client, zone: str) -> None:
    assert error(link(client, "early"))[:2] == (400, "BadRequest")
    client.arm("PUT", NETWORK, network(), NETWORKS)
    assert link(client, "one").status == 202
    assert link(client, "one").status == 200
    assert error(link(client, "two"))[:2] == (409, "Conflict")
    assert error(client.arm("DELETE", zone, version=ZONES))[:2] == (409, "CannotDeleteResource")


def test_a_workspace_has_what_azure_adds(client: Client) -> None:
    path = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/log-mail"
    assert client.arm("PUT", path, {"location": "westeurope", "properties": {}}, "2023-09-01").status == 202
    shown = client.arm("GET", path, version="2023-09-01").body["properties"]
    assert (shown["retentionInDays"], shown["sku"]["name"]) == (30, "PerGB2018")
    assert shown["customerId"]
