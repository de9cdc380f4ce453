"""Azure Resource Manager ids: their form, and the types of the resources that a program can name by id.

Source: https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules and "Resource functions for
ARM templates" on learn.microsoft.com, read on 25 November 2026. Letter case makes no difference in an id.
"""

import re
from typing import NamedTuple, Optional

AUTOMATION_ACCOUNT = "Microsoft.Automation/automationAccounts"
USER_ASSIGNED_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
WORKSPACE = "Microsoft.OperationalInsights/workspaces"
STORAGE_ACCOUNT = "Microsoft.Storage/storageAccounts"
EVENT_HUB_RULE = "Microsoft.EventHub/namespaces/authorizationRules"
ACTION_GROUP = "Microsoft.Insights/actionGroups"
SUBNET = "Microsoft.Network/virtualNetworks/subnets"
PRIVATE_DNS_ZONE = "Microsoft.Network/privateDnsZones"

_ID = (
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/(?P<namespace>[^/]+)"
    r"(?P<path>(?:/[^/]+/[^/]+)+)"
)


class ResourceId(NamedTuple):
    """The parts of an id such as ``/subscriptions/{}/resourceGroups/{}/providers/{type}/{name}``."""

    subscription_id: str
    resource_group_name: str
    name: str


def parse(resource_id: str, resource_type: str) -> Optional[ResourceId]:
    """Returns the parts of an id; None when it is not the id of a resource of this type."""
    match = re.fullmatch(_ID, resource_id, re.IGNORECASE)
    # A line end or an invisible sign, from a file or a web page, would reach Azure as a part of the name.
    if match is None or not resource_id.isprintable() or resource_id != resource_id.strip():
        return None
    segments = match["path"].strip("/").split("/")
    if "/".join([match["namespace"], *segments[::2]]).lower() != resource_type.lower():
        return None
    return ResourceId(match["subscription"], match["group"], segments[-1])


def form(resource_type: str) -> str:
    """Returns how the id of a resource of this type looks."""
    namespace, *types = resource_type.split("/")
    path = "/".join(f"{part}/{{name}}" for part in types)
    return f"/subscriptions/{{subscription id}}/resourceGroups/{{group}}/providers/{namespace}/{path}"


def same(one: str, other: str) -> bool:
    """Returns whether both are ids of one resource. Azure returns ids in varying letter case."""
    return one.strip().rstrip("/").lower() == other.strip().rstrip("/").lower()
