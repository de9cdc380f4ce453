"""A finding in a script, and the functions that the checks of scripts share."""

from collections.abc import Collection
from typing import NamedTuple, Optional

from exchange_automation.catalog.script_facts import JOB_MARKS
from exchange_automation.runbook.powershell import Command, Script

_LONGEST_CONDITION = 2000
_DEEPEST = 64


class Finding(NamedTuple):
    """A part of a script that fails in a job, or may fail.

    Attributes:
        line: The line, counted from 1.
        message: What is wrong and what to do, without a full stop.
        fails: Whether every job that runs the line fails. ``strict`` refuses these findings only.
    """

    line: int
    message: str
    fails: bool = True

    def __str__(self) -> str:
        """Returns the finding as messages show it."""
        return f"line {self.line}: {self.message}"


def own_commands(script: Script) -> Collection[str]:
    """Returns the names, in lower case, of the commands that the script itself defines."""
    return {found.name.lower() for found in script.definitions if found.keyword in ("function", "filter", "workflow")}


def alias_names(script: Script) -> Collection[str]:
    """Returns the names, in lower case, that the script gives to other commands."""
    found = set()
    for command in script.commands:
        if command.key in ("set-alias", "sal", "new-alias", "nal"):
            named = [value for name, value in command.parameters() if name and "name".startswith(name.lower())]
            token = next(iter([*named, *command.arguments]), None)
            found.add((script.value(token) or "").lower())
    return found


def is_conditional(command: Command) -> bool:
    """Whether the command runs only under a condition, or only when a function is called."""
    return command.branch is not None or command.function is not None


def called_functions(script: Script, *, always: bool) -> Collection[str]:
    """Returns the names, in lower case, of the functions that the script calls from a line outside of functions.

    Args:
        script: The script.
        always: Whether only the functions count that every job calls.
    """
    calls: dict[Optional[str], set[str]] = {}
    for command in script.commands:
        if command.name and not (always and command.branch is not None):
            within = command.function.lower() if command.function is not None else None
            calls.setdefault(within, set()).add(command.name.lower())
    called: set[str] = set()
    waiting = list(calls.get(None, ()))
    while waiting:
        if (name := waiting.pop()) not in called:
            called.add(name)
            waiting.extend(calls.get(name, ()))
    return called & set(own_commands(script))


def runs_always(command: Command, called: Collection[str]) -> bool:
    """Whether every job runs the command.

    Args:
        command: The command.
        called: The functions that every job calls.
    """
    return command.branch is None and (command.function is None or command.function.lower() in called)


def is_for_people(script: Script, command: Command) -> bool:
    """Whether a condition around the command tells a job from a person's session."""
    branch, depth = command.branch, 0
    while branch is not None and depth < _DEEPEST:
        for start, end in branch.conditions:
            if JOB_MARKS.search(script.text, start, min(end, start + _LONGEST_CONDITION)):
                return True
        branch, depth = branch.parent, depth + 1
    return False


def argument(command: Command, *names: str) -> bool:
    """Whether one of the parameters is given, by a name that may be shortened."""
    given = [name.lower() for name, _ in command.parameters()]
    return any(name.lower().startswith(short) for short in given for name in names)


def has_default_parameters(script: Script) -> bool:
    """Whether the script may give commands parameters that do not stand beside them."""
    return script.mentions("PSDefaultParameterValues") > 0


def constant_arguments(script: Script, command: Command) -> list[str]:
    """Returns the constant text of every argument."""
    return [text for token in command.arguments if (text := script.value(token)) is not None]


def closest_name(short: str, known: Collection[str]) -> Optional[str]:
    """Returns the parameter with this name or with a name that begins so; an exact name has precedence."""
    lowered = short.lower()
    if lowered in known:
        return lowered
    return next((name for name in sorted(known, key=len) if name.startswith(lowered)), None)
