"""Options and help of ``report``."""

from typing import Annotated

import typer

from exchange_automation.cli.execution import Context, execute
from exchange_automation.cli.options import AsJson, Directory, Stacks, StateFiles, Verbose, epilog

EPILOG = epilog(
    "exchange-automation report\n"
    "exchange-automation report --stack prod --stack test\n"
    "exchange-automation report --state prod.json --fail-on-untracked --csv > audit.csv",
    "the report is complete, whatever it found",
    "with --fail-on-untracked: none of the stacks manages a program's grant",
)


def report(
    stack: Stacks = [],
    state: StateFiles = [],
    fail_on_untracked: Annotated[
        bool, typer.Option("--fail-on-untracked", help="Exit with 1 when a grant is in none of the states.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV on standard output, one row a grant.")] = False,
    limit: Annotated[int, typer.Option(metavar="COUNT", min=0, help="Rows of the table; 0 for all.")] = 200,
    cwd: Directory = ".",
    json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """List who has access to Exchange Online.

    Lists every principal of the tenant that holds an app role of Exchange Online or a directory role that Exchange
    honours, the stacks that manage its grants, and what looks wrong. Needs the Graph permissions Application.Read.All and
    RoleManagement.Read.Directory, no more.
    """

    async def work(context: Context) -> int:
        from .work import ReportOptions, run

        form = ReportOptions(json=json, csv=csv, limit=limit, fail_on_untracked=fail_on_untracked)
        return await run(context, form, stacks=stack, states=state, directory=cwd)

    execute(work, verbose=verbose)
