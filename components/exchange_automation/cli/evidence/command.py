"""Options and help of ``evidence``."""

from typing import Annotated

import typer

from exchange_automation.cli.execution import Context, execute
from exchange_automation.cli.options import Directory, Stacks, StateFiles, Verbose, epilog

EPILOG = epilog(
    "exchange-automation evidence --stack prod > evidence.md\n"
    "exchange-automation evidence --stack prod --smoke-test job-output.txt > evidence.md",
    "the document is written, whatever it shows",
)


def evidence(
    stack: Stacks = [],
    state: StateFiles = [],
    smoke_test: Annotated[
        str,
        typer.Option("--smoke-test", metavar="FILE", help="Output of the smoke test's job; - reads standard input."),
    ] = "",
    subscription: Annotated[
        str, typer.Option(metavar="ID", envvar="ARM_SUBSCRIPTION_ID", help="Azure subscription to check.")
    ] = "",
    cwd: Directory = ".",
    verbose: Verbose = False,
) -> None:
    """Write down what ran, with every name replaced.

    Prints versions, the checks of doctor, the findings of report, how long each took, and the smoke test's verdict as
    Markdown, to attach to an issue. Every id, name, domain and address is replaced: the same one by the same word. Read
    it before you send it.
    """

    async def work(context: Context) -> int:
        from .work import Sources, run

        return await run(context, Sources(stack, state, smoke_test, subscription, cwd))

    execute(work, verbose=verbose)
