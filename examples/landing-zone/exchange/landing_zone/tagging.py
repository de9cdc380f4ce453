"""Tags by a transform: nobody has to remember them, and resources inside components get them too."""

from collections.abc import Mapping

import pulumi

TAGGED = {
    "azure-native:automation:AutomationAccount",
    "azure-native:automation:RuntimeEnvironment",
    "azure-native:managedidentity:UserAssignedIdentity",
    "azure-native:monitor:ActionGroup",
    "azure-native:monitor:ActivityLogAlert",
    "azure-native:monitor:MetricAlert",
    "azure-native:network:PrivateEndpoint",
    "azure-native:network:VirtualNetwork",
    "azure-native:privatedns:VirtualNetworkLink",
    "azure-native:resources:ResourceGroup",
    "azure-native:storage:StorageAccount",
}
"""Types that take tags. Not runbooks: an update sends the address of their text again, which has expired unless
ExchangeRunbook knows of the change. They get the tags as an argument."""


def tag_everything(tags: Mapping[str, str]) -> None:
    """Gives these tags to every resource of the program that can have tags; a resource's own tags win over them."""

    def transform(resource: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if resource.type_ not in TAGGED:
            return None
        own = pulumi.Output.from_input(resource.props.get("tags"))
        return pulumi.ResourceTransformResult(
            props={**resource.props, "tags": own.apply(lambda given: {**tags, **(given or {})})}, opts=resource.opts
        )

    pulumi.runtime.register_resource_transform(transform)
