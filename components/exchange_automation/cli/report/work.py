"""Reads the states and the directory, prints the audit, and decides the exit code."""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange_automation.cli.client.session import open_session
from exchange_automation.cli.execution import DONE, WRONG, Context
from exchange_automation.cli.pulumi.engine import Engine, read_states
from exchange_automation.core.problems import Problem

from .audit import Audit, audit
from .rendering import as_json, print_csv, print_table, untracked_line


@dataclass(frozen=True)
class ReportOptions:
    """The options of the output, and whether untracked grants are an error."""

    json: bool
    csv: bool
    limit: int
    fail_on_untracked: bool


async def run(
    context: Context, form: ReportOptions, *, stacks: Sequence[str], states: Sequence[str], directory: str
) -> int:
    """Runs ``report``; returns the exit code.

    Raises:
        Problem: The options contradict each other, or a state, the directory or the sign-in cannot be read.
        ServiceError: The directory refused to be read.
    """
    if form.json and form.csv:
        raise Problem("EXA420", "--json and --csv are two forms of one output", remedy="Keep one of the two.")
    if form.fail_on_untracked and not stacks and not states:
        raise Problem("EXA420", "--fail-on-untracked has no stack to compare with", remedy="Give --stack or --state.")
    with context.output.progress("reading the stacks") as progress:
        managed = await read_states(stacks, states, Engine(directory, context.environment))
        async with open_session(context.environment, context.output.trace) as session:
            found = await audit(session, managed, progress)
            context.output.trace(f"{session.traffic.requests} requests, {session.traffic.retries} retries")
    _print(context, form, found)
    if form.fail_on_untracked and found.untracked:
        context.output.err.print(untracked_line(found), markup=False)
        return WRONG
    return DONE


def _print(context: Context, form: ReportOptions, found: Audit) -> None:
    if form.json:
        context.output.document(as_json(found))
    elif form.csv:
        print_csv(context.output, found)
    else:
        print_table(context.output, found, form.limit or len(found.holders))
