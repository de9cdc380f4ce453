"""A small stand-in for the platform team's program: the workspace and the private DNS zone that landing zones use."""

import pulumi
import pulumi_azure_native as azure_native
from pulumi_azure_native import operationalinsights, privatedns, resources

AUTOMATION_ZONE = "privatelink.azure-automation.net"

config = pulumi.Config("exchange-platform")
location = config.require("location")

platform = pulumi.ResourceOptions(
    provider=azure_native.Provider("platform", subscription_id=config.require("subscriptionId"))
)

management = resources.ResourceGroup(
    "management", resource_group_name="rg-management-prod", location=location, opts=platform
)
workspace = operationalinsights.Workspace(
    "logs",
    resource_group_name=management.name,
    workspace_name="log-management-prod",
    location=location,
    sku={"name": "PerGB2018"},
    retention_in_days=90,
    opts=platform,
)

connectivity = resources.ResourceGroup(
    "connectivity", resource_group_name="rg-connectivity-prod", location=location, opts=platform
)
zone = privatedns.PrivateZone(
    "automation-zone",
    resource_group_name=connectivity.name,
    private_zone_name=AUTOMATION_ZONE,
    location="global",
    opts=platform,
)

pulumi.export("workspaceId", workspace.id)
pulumi.export("privateDnsZoneIds", {AUTOMATION_ZONE: zone.id})
