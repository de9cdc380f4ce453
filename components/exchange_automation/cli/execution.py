"""Runs a command: opens its streams and its environment, does its work, and returns an exit code."""

import asyncio
import os
import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import typer

from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.core.problems import Problem

from .output import Output, guarded

DONE, WRONG, UNABLE, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True)
class Context:
    """The streams and the environment of a command.

    Attributes:
        output: Where it prints.
        environment: The variables of the process.
    """

    output: Output
    environment: Mapping[str, str]


Work = Callable[[Context], Awaitable[int]]


def execute(work: Work, *, verbose: bool = False) -> None:
    """Does the work of a command and ends it with an exit code.

    Raises:
        typer.Exit: The work is done.
        Problem: The work cannot be done.
        ServiceError: A service refused a request.
    """
    context = Context(Output(verbose=verbose), os.environ)

    async def start() -> int:
        return await work(context)

    try:
        code = asyncio.run(start())
    except KeyboardInterrupt:
        context.output.err.print("exchange-automation: interrupted.", markup=False)
        code = INTERRUPTED
    raise typer.Exit(code)


def guard(program: Callable[[], object]) -> None:
    """Runs the program. Every failure ends in one message and exit code 2, never in a stack trace.

    Raises:
        SystemExit: The program has ended.
    """
    try:
        with guarded():
            program()
    except Problem as found:
        problem = found
    except ServiceError as refused:
        problem = as_problem(refused)
    except OSError as refused:
        problem = _of_a_file(refused)
    except Exception as mistake:  # noqa: BLE001  (exit code 1 has a meaning of its own, which a stack trace would take)
        problem = _unforeseen(mistake)
    else:
        return
    Output().problem(problem)
    sys.exit(UNABLE)


def _of_a_file(refused: OSError) -> Problem:
    why = refused.strerror or str(refused) or type(refused).__name__
    where = f": {refused.filename}" if refused.filename else ""
    return Problem(
        "EXA444",
        f"The system refused a file that the command needs: {why}{where}",
        remedy="Check that you may read it. For a temporary file, name a directory with space in which you may write in TMPDIR "
        "(on Windows in TEMP). Then run the command again.",
    )


def _unforeseen(mistake: Exception) -> Problem:
    where = traceback.extract_tb(mistake.__traceback__)[-1]
    return Problem(
        "EXA499",
        f"The command has a mistake of its own: {type(mistake).__name__} in {Path(where.filename).name}, line {where.lineno}: "
        f"{mistake}",
        remedy="Report it with the command that you ran.",
    )


def as_problem(refused: ServiceError) -> Problem:
    """Returns the refusal of a service as the problem of a command."""
    if refused.forbidden:
        remedy = (
            "The identity that is signed in lacks a permission. exchange-automation doctor names it; report needs the "
            "Microsoft Graph permissions Application.Read.All and RoleManagement.Read.Directory."
        )
    elif refused.status == 429 or refused.status >= 500:
        remedy = "The service is overloaded or down; run the command again later."
    else:
        remedy = "Run it again with --verbose to see which request it was."
    reason = next(iter(f"{refused.code}: {refused.message}".strip(": \n").splitlines()), "") or "no reason given"
    return Problem(
        "EXA414", f"{refused.operation} was refused with status {refused.status}: {reason.rstrip('.')}", remedy=remedy
    )
