"""Aliases of resources that belonged to a nested component in earlier versions.

An alias tells the engine that the resource in the state is the same one, so that it is neither deleted nor created.
"""

from typing import Optional, Union

import pulumi


class FormerParent:
    """A component that was nested in another one, and that no longer exists.

    The URNs are plain text where that is possible. For any other alias the SDK creates a dozen outputs, and the cost of
    its bookkeeping grows faster than the number of outputs.
    """

    def __init__(
        self, owner: pulumi.ComponentResource, opts: Optional[pulumi.ResourceOptions], resource_type: str
    ) -> None:
        """Describes the nested component.

        Args:
            owner: The component that it was nested in.
            opts: The options of the owner.
            resource_type: Type token of the nested component.
        """
        types = f"{owner.pulumi_resource_type}${resource_type}"
        self._prefix: Union[str, pulumi.Output[str]] = (
            f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{types}"
        )
        if opts is not None and opts.parent is not None:
            # The owner is nested itself, and only its URN has the types of its parents.
            self._prefix = owner.urn.apply(lambda urn: f"{urn.rpartition('::')[0]}${resource_type}")

    def alias(self, resource_type: str, name: str) -> pulumi.Input[str]:
        """Returns the URN that a resource had below the nested component.

        Args:
            resource_type: Type token of the resource.
            name: Logical name of the resource.
        """
        ending = f"${resource_type}::{name}"
        if isinstance(self._prefix, str):
            return self._prefix + ending
        return self._prefix.apply(lambda prefix: prefix + ending)
