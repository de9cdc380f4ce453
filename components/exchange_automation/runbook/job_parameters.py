"""Parameters of jobs: whether the script takes them, and how Azure Automation keeps them, which is as text.

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
    """A parameter as jobs take it."""
    if isinstance(value, pulumi.Output):
        return value.apply(job_text)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def check_parameters(
    mistakes: Mistakes,
    where: str,
    given: Mapping[str, Any],
    known: "Optional[Sequence[Parameter]]",
    filled: Sequence[str] = (),
) -> None:
    """Note parameters that the script does not have, and those that it demands and does not get.

    :param where: what they are parameters of, for the message.
    :param known: the script's; None when its text is not at hand.
    :param filled: names that Azure fills in by itself.
    """
    if not isinstance(given, Mapping):
        mistakes.add(
            "EXA158", f"{where}.parameters is not a mapping of names to values, so no job could start. Correct it."
        )
        return
    if known is None:
        return
    has = ", ".join(parameter.name for parameter in known) or "none"
    for name in given:
        if script_analysis.closest(name, known) is None:
            mistakes.add(
                "EXA158",
                f"{where}.parameters has {name}, which the script's param() block does not, so every job would fail. It has: "
                f"{has}.",
            )
    there = {name.lower() for name in (*given, *filled)}
    for parameter in known:
        if parameter.mandatory and parameter.name.lower() not in there:
            mistakes.add(
                "EXA158",
                f"{where}.parameters lacks {parameter.name}, which the script demands, so every job would fail. Give it.",
            )
