"""Options and help of ``error``."""

from typing import Annotated

import typer

from exchange_automation.cli.execution import DONE, Context, execute
from exchange_automation.cli.options import epilog

EPILOG = epilog("exchange-automation error EXA302\nexchange-automation error", "the entry is printed")


def error(code: Annotated[str, typer.Argument(metavar="CODE", hidden=True)] = "") -> None:
    """Explain a code such as EXA302.

    CODE is the code at the end of a message. Without it the command lists all codes. Needs no sign-in and no network.
    """

    async def work(context: Context) -> int:
        from .entries import render, render_list

        context.output.plain(render(code) if code else render_list())
        return DONE

    execute(work)
