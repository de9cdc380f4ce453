"""The private endpoints of an automation account.

Source: "Use Azure Private Link to securely connect networks to Azure Automation" on learn.microsoft.com;
``Microsoft.Network/privateEndpoints`` of the Azure REST reference.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

import pulumi
from pulumi_azure_native import network
from typing_extensions import NotRequired

from exchange_automation.catalog import name_rules, resource_ids
from exchange_automation.catalog.enumerations import EndpointGroup, EndpointGroupText, OneOf
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import automatic_name_problem, check_resource_id, checked_resource_id
from exchange_automation.core.validation import entries, plain_list

ENDPOINT_GROUPS = tuple(group.value for group in EndpointGroup)


class PrivateEndpointArgs(TypedDict):
    """A private endpoint of the account."""

    group: OneOf[EndpointGroup, EndpointGroupText]
    """Required. The part of the account that the endpoint serves: "Webhook" (jobs that webhooks start) or
    "DSCAndHybridWorker" (hybrid workers)."""
    subnet_id: pulumi.Input[str]
    """Required. Resource id of the subnet."""
    dns_zone_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Optional. Resource ids of the private DNS zones (privatelink.azure-automation.net). Default: none."""


def check_private_endpoints(mistakes: Mistakes, name: str, args: Mapping[str, Any]) -> None:
    """Adds what is wrong with the private endpoints."""
    seen: set[str] = set()
    for where, entry in entries("private_endpoints", plain_list(args, "private_endpoints")):
        group = entry.get("group")
        if group is not None and group not in ENDPOINT_GROUPS:
            mistakes.add(
                "EXA165",
                f'{where}.group "{group}" is not a part of an automation account',
                "Azure would refuse the endpoint",
                f"Use {' or '.join(ENDPOINT_GROUPS)}.",
            )
        elif group is not None:
            _check_logical_name(mistakes, f"{name}-{group.lower()}-endpoint")
            if group in seen:
                mistakes.add(
                    "EXA165",
                    f"{where} is a second endpoint for {group}",
                    "the two would be one resource",
                    "Remove one of them: one endpoint serves every client.",
                )
        seen.add(str(group))
        check_resource_id(mistakes, "EXA168", f"{where}.subnet_id", entry.get("subnet_id"), resource_ids.SUBNET)
        for path, zone in entries(f"{where}.dns_zone_ids", entry.get("dns_zone_ids")):
            check_resource_id(mistakes, "EXA168", path, zone, resource_ids.PRIVATE_DNS_ZONE)


def _check_logical_name(mistakes: Mistakes, logical_name: str) -> None:
    problem = automatic_name_problem(
        "EXA114", logical_name, name_rules.PRIVATE_ENDPOINT, "Give the component a shorter name."
    )
    if problem is not None:
        mistakes.add_problem(problem)


def create_private_endpoints(
    component: pulumi.Resource, name: str, args: Mapping[str, Any], account_id: pulumi.Input[str]
) -> "Sequence[network.PrivateEndpoint]":
    """Creates the private endpoints, in the order of the argument."""
    given = cast("Sequence[PrivateEndpointArgs]", plain_list(args, "private_endpoints"))
    return [
        _private_endpoint(component, name, args, account_id, entry, where)
        for where, entry in entries("private_endpoints", given)
    ]


def _private_endpoint(
    component: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    account_id: pulumi.Input[str],
    entry: PrivateEndpointArgs,
    where: str,
) -> "network.PrivateEndpoint":
    logical_name = f"{name}-{entry['group'].lower()}-endpoint"
    endpoint = network.PrivateEndpoint(
        logical_name,
        resource_group_name=args["resource_group_name"],
        location=args.get("location"),
        subnet={"id": checked_resource_id("EXA168", f"{where}.subnet_id", entry["subnet_id"], resource_ids.SUBNET)},
        private_link_service_connections=[
            {
                "name": entry["group"],
                "private_link_service_id": account_id,
                "group_ids": [entry["group"]],
            }
        ],
        tags=args.get("tags"),
        # Azure refuses to move an endpoint.
        opts=pulumi.ResourceOptions(parent=component, replace_on_changes=["location"]),
    )
    zones = [
        checked_resource_id("EXA168", path, zone, resource_ids.PRIVATE_DNS_ZONE)
        for path, zone in entries(f"{where}.dns_zone_ids", entry.get("dns_zone_ids"))
    ]
    if zones:
        network.PrivateDnsZoneGroup(
            f"{logical_name}-dns",
            resource_group_name=args["resource_group_name"],
            private_endpoint_name=endpoint.name,
            private_dns_zone_group_name="default",
            private_dns_zone_configs=[
                {"name": f"zone-{number}", "private_dns_zone_id": zone} for number, zone in enumerate(zones, 1)
            ],
            opts=pulumi.ResourceOptions(parent=component),
        )
    return endpoint
