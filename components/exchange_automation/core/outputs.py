"""Outputs that express an order between resources, and outputs that cost nothing until the program reads them."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import pulumi

T = TypeVar("T")


def available_after(value: pulumi.Input[T], *resources: pulumi.Resource) -> pulumi.Output[T]:
    """Returns the value as an output that is not available before the resources exist.

    The engine creates a resource that takes the output as an input after the resources, and deletes it before them. The
    value stays known in a preview: the URN of a resource is known there, its id is not.

    Args:
        value: The value of the output.
        resources: The resources that have to exist first.
    """
    urns = [resource.urn for resource in resources]
    return pulumi.Output.all(value, *urns).apply(lambda resolved: resolved[0])


def computed_when_read(compute: Callable[[Any], pulumi.Output[T]]) -> Any:
    """Returns an attribute of a component that is computed when the program first reads it, and then kept.

    The cost of the SDK's bookkeeping grows faster than the number of outputs of a program, and most programs read few
    outputs of a component.

    Args:
        compute: Takes the component and returns the output.

    Returns:
        The value of an annotated class attribute, ``name: pulumi.Output[str] = computed_when_read(...)``.
    """
    return cached_property(compute)
