"""Azure Resource Manager ids of the things that a program may bring along.

Source: "Resource naming" of Azure Resource Manager; resource types and provider names compare without regard to case.
"""

import re
from dataclasses import dataclass
from typing import Optional

AUTOMATION_ACCOUNT = "Microsoft.Automation/automationAccounts"
USER_ASSIGNED_IDENTITY = "Microsoft.ManagedIdentity/userAssignedIdentities"
WORKSPACE = "Microsoft.OperationalInsights/workspaces"

_ID = re.compile(
    r"/subscriptions/(?P<subscription>[^/]+)/resourceGroups/(?P<group>[^/]+)/providers/(?P<type>[^/]+/[^/]+)/(?P<name>[^/]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ResourceId:
    """The parts of an id such as ``/subscriptions/{}/resourceGroups/{}/providers/{type}/{name}``."""

    subscription_id: str
    resource_group_name: str
    name: str


def parse(resource_id: str, resource_type: str) -> Optional[ResourceId]:
    """The parts of ``resource_id``, or None when it is not the id of a ``resource_type``."""
    match = _ID.fullmatch(resource_id.strip())
    if match is None or match["type"].lower() != resource_type.lower():
        return None
    return ResourceId(match["subscription"], match["group"], match["name"])


def mistake(what: str, resource_id: str, resource_type: str) -> Optional[str]:
    """What is wrong with ``resource_id`` as an id of ``resource_type``; None when nothing is.

    :param what: the argument's name.
    """
    if parse(resource_id, resource_type) is not None:
        return None
    return (
        f'{what} "{resource_id}" is not the id of a {resource_type}, so it could not be found. Give '
        f"/subscriptions/{{subscription id}}/resourceGroups/{{group}}/providers/{resource_type}/{{name}}."
    )


def same(one: str, other: str) -> bool:
    """Whether both are ids of one resource; Azure hands ids out in varying case."""
    return one.strip().rstrip("/").lower() == other.strip().rstrip("/").lower()
