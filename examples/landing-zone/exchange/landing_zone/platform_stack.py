"""The outputs of the platform's stack, checked before a resource takes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pulumi

AUTOMATION_ZONE = "privatelink.azure-automation.net"
T = TypeVar("T")

_RESOURCE_ID = re.compile(r"/subscriptions/[^/]+/resourceGroups/[^/]+/providers/[^/]+(/[^/]+/[^/]+)+")


class PlatformError(pulumi.RunError):
    """The platform's stack lacks an output that a landing zone needs."""


@dataclass(frozen=True)
class Platform:
    """The outputs of the platform's stack.

    Attributes:
        workspace_id: Resource id of the Log Analytics workspace.
        zone_id: Resource id of the private DNS zone of Azure Automation.
    """

    workspace_id: pulumi.Output[str]
    zone_id: pulumi.Output[str]

    @property
    def subscription_id(self) -> pulumi.Output[str]:
        """The subscription of the DNS zone."""
        return self.zone_id.apply(lambda zone: zone.split("/")[2])

    @property
    def zone_group_name(self) -> pulumi.Output[str]:
        """The resource group of the DNS zone."""
        return self.zone_id.apply(lambda zone: zone.split("/")[4])

    def complete(self, value: pulumi.Input[T]) -> pulumi.Output[T]:
        """``value``, once no output is missing: a resource that takes it is not created before."""
        return pulumi.Output.all(value, self.workspace_id, self.zone_id).apply(lambda known: known[0])


def read_platform(stack: str) -> Platform:
    """Reads the platform's stack.

    Raises:
        PlatformError: Inside the outputs, with everything that is missing.
    """

    def checked(outputs: Mapping[str, Any]) -> Mapping[str, str]:
        zones = outputs.get("privateDnsZoneIds")
        zone = zones.get(AUTOMATION_ZONE) if isinstance(zones, Mapping) else None
        needed = {"workspaceId": outputs.get("workspaceId"), f'privateDnsZoneIds["{AUTOMATION_ZONE}"]': zone}
        wrong = [name for name, given in needed.items() if not _RESOURCE_ID.fullmatch(str(given))]
        if wrong:
            raise PlatformError(
                f'The stack "{stack}" has no resource id in {" and ".join(wrong)}, so nothing was created. It has: '
                f"{', '.join(sorted(outputs)) or 'no outputs'}. Deploy the platform first, or correct "
                "landing-zone:platformStack."
            )
        return {"workspace": str(outputs["workspaceId"]), "zone": str(zone)}

    found = pulumi.StackReference(stack).outputs.apply(checked)
    return Platform(found["workspace"], found["zone"])
