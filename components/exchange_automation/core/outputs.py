"""Order between resources, carried by an output."""

from typing import TypeVar

import pulumi

T = TypeVar("T")


def available_after(value: pulumi.Input[T], *resources: pulumi.Resource) -> pulumi.Output[T]:
    """``value``, not available before ``resources`` exist.

    Whoever takes the output as an input is created after the resources and deleted before them, without knowing of
    them. The value stays known in a preview: a resource's URN is, its id is not.

    :param value: what the caller wants to hand out.
    :param resources: what has to exist first.
    """
    urns = [resource.urn for resource in resources]
    return pulumi.Output.all(value, *urns).apply(lambda resolved: resolved[0])
