"""Help texts as the commands print them, in place of ``<!-- help: exchange-automation doctor -->`` on a page."""

from __future__ import annotations

import re
from functools import cache

from typer.testing import CliRunner

from exchange_automation.cli.app import app
from localtenant.__main__ import parser

_MARK = re.compile(r"^<!-- help: (?P<command>[a-z -]+) -->$", re.MULTILINE)
WIDTH = 96


def filled(markdown: str) -> str:
    """The page with its help texts."""
    return _MARK.sub(lambda mark: f"```{{ .text .help }}\n{helptext(mark['command'])}\n```", markdown)


@cache
def helptext(command: str) -> str:
    """What ``command --help`` prints, without colours."""
    program, *words = command.split()
    if program == "exchange-automation":
        result = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": str(WIDTH), "TERM": "dumb"})
        if result.exit_code != 0:
            raise LookupError(f"{command} --help ended with {result.exit_code}: {result.output}")
        return "\n".join(line.rstrip() for line in result.output.strip("\n").splitlines())
    if command == "localtenant":
        return parser().format_help().strip()
    raise LookupError(f"There is no help text of {command}.")


def commands() -> list[str]:
    """Every command of the command line tool."""
    named = [
        registered_command.name or getattr(registered_command.callback, "__name__", "")
        for registered_command in app.registered_commands
    ]
    return [f"exchange-automation {name}" for name in sorted(named)]
