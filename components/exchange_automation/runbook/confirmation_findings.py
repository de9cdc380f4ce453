"""Finds cmdlets of Exchange that ask for a confirmation, which no job can give."""

import re
from collections.abc import Iterator

from exchange_automation.catalog.script_facts import ASKS_FOR_CONFIRMATION
from exchange_automation.runbook.findings import Finding, argument, is_for_people, own_commands
from exchange_automation.runbook.powershell import Command, Script

_PREFERENCES = re.compile(r"(?i)\$(?:\w+:)?(?:ConfirmPreference|PSDefaultParameterValues)\b")


def check_confirmations(script: Script) -> Iterator[Finding]:
    """Finds cmdlets with a built-in pause that the script does not switch off.

    Args:
        script: The script.

    Yields:
        One finding for each cmdlet.
    """
    if _PREFERENCES.search(script.text):
        return
    seen = set(own_commands(script))
    for command in script.commands:
        name = command.key
        if name not in seen and _asks(command, name) and not is_for_people(script, command):
            seen.add(name)
            yield Finding(
                script.line(command.start),
                f"{command.name} asks for a confirmation, which a job cannot give. Add -Confirm:$false",
                fails=False,
            )


def _asks(command: Command, name: str) -> bool:
    if command.splats or argument(command, "Confirm", "cf", "Force", "WhatIf", "wi"):
        return False
    return ASKS_FOR_CONFIRMATION.fullmatch(name) is not None
