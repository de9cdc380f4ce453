"""Parameters of jobs: the comparison with the script's parameters, and their text in Azure Automation.

Source: "Configure runbook input parameters in Azure Automation" on learn.microsoft.com.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Optional

import pulumi

from exchange_automation.core.errors import Mistakes
from exchange_automation.runbook import script_analysis

if TYPE_CHECKING:
    from exchange_automation.runbook.powershell import Parameter


def job_text(value: Any) -> Any:
    """Returns the value of a parameter as the text that Azure Automation takes."""
    if isinstance(value, pulumi.Output):
        return value.apply(job_text)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    # A program in another language gives the keys of a mapping in another order each time.
    return pulumi.Output.json_dumps(value, sort_keys=True) if _has_output(value) else json.dumps(value, sort_keys=True)


def _has_output(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_output, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(_has_output, value))
    return isinstance(value, pulumi.Output)


def check_parameters(
    mistakes: Mistakes,
    where: str,
    given: Mapping[str, Any],
    known: "Optional[Sequence[Parameter]]",
    filled: Sequence[str] = (),
) -> None:
    """Adds parameters that the script does not have, and mandatory parameters without a value.

    Args:
        mistakes: Receives the mistakes.
        where: The path of the schedule or the webhook inside the component's arguments.
        given: The parameters, whose types were checked.
        known: The script's parameters; None where the program does not have the script's text.
        filled: Names of parameters that Azure fills in.
    """
    if known is None:
        return
    has = ", ".join(parameter.name for parameter in known) or "none"
    for name in given:
        if script_analysis.closest(name, known) is None:
            mistakes.add(
                "EXA158",
                f"{where}.parameters has {name}, which the script's param() block does not have",
                "every job would fail",
                f"Remove it, or use one of the script's parameters: {has}.",
            )
    given_names = {name.lower() for name in (*given, *filled)}
    for parameter in known:
        if parameter.mandatory and parameter.name.lower() not in given_names:
            mistakes.add(
                "EXA158",
                f"{where}.parameters lacks {parameter.name}, which is mandatory in the script",
                "every job would fail",
                "Give it a value.",
            )
