"""Names in Azure, whose letter case alone never replaces a resource.

Azure takes "aa-mail" and "AA-Mail" for one name. The azure-native provider compares the two letter by letter, and would
delete the account with its identity and its grants to create the same account again. So the engine ignores the name that
the provider compares, and replaces the resource when the name changes without regard to its letter case.
"""

from collections.abc import Mapping
from typing import Any, Optional, cast

import pulumi

from exchange_automation.core.errors import ExchangeAutomationError
from exchange_automation.core.problems import Problem

_AUTOMATIC = "(automatic)"
"""Stands for a name that the provider generates; parentheses are in no name that a user gives."""


def letter_case_kept(name: "Optional[pulumi.Input[str]]", *properties: str) -> Mapping[str, Any]:
    """Returns the options of a resource whose spelling stays as it is while nothing but its letter case changes.

    Args:
        name: The name; None where the provider generates it.
        properties: The provider's properties that have the name.
    """
    if name is None:
        return {"replacement_trigger": _AUTOMATIC}
    folded = name.lower() if isinstance(name, str) else pulumi.Output.from_input(cast("Any", name)).apply(str.lower)
    return {"ignore_changes": list(properties), "replacement_trigger": folded}


def spelling_in_azure(
    resource: pulumi.Resource, deployed: pulumi.Output[str], name: "Optional[pulumi.Input[str]]"
) -> pulumi.Output[str]:
    """Returns the name that a resource has in Azure, which may differ from the argument's in letter case.

    Args:
        resource: The resource.
        deployed: The name that Azure answered with.
        name: The argument; None where the provider generates the name.

    Raises:
        ExchangeAutomationError: Inside the output, when the names differ in more: the engine ignored another name. It does so
            once, when a name changes in the update that follows an import or an earlier version of this package.
    """
    if name is None:
        return deployed

    def compare(found: str, wanted: Any) -> str:
        if found.lower() == str(wanted).lower():
            return found
        raise ExchangeAutomationError(
            Problem(
                "EXA118",
                f'The resource is still named "{found}" and not "{wanted}"',
                "the engine took the change for one of letter case: the name changed in the first update after an import or "
                "after an earlier version of this package",
                f"Replace the resource once: pulumi up --replace '**::{resource.pulumi_resource_name}'.",
            )
        )

    if isinstance(name, str):
        return deployed.apply(lambda found: compare(found, name))
    return pulumi.Output.all(deployed, name).apply(lambda known: compare(*known))
