"""Options and help of ``permissions``."""

from pathlib import Path
from typing import Annotated

import typer

from exchange_automation.cli.execution import Context, execute
from exchange_automation.cli.options import AsJson, epilog

EPILOG = epilog(
    "exchange-automation permissions runbooks\n"
    "exchange-automation permissions runbooks --write\n"
    'exchange-automation permissions runbooks --check --role "Exchange Recipient Administrator"',
    "the needs are printed, or written, or are those in the files",
    "with --check: a file is missing or differs; with --role: the roles do not allow a cmdlet",
)


def permissions(
    scripts: Annotated[
        # Described in the help text, because a list of arguments would show Python's type as well.
        list[Path], typer.Argument(metavar="PATH", hidden=True)
    ],
    write: Annotated[bool, typer.Option("--write", help="Write <name>.permissions.json beside each script.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Compare each script with the file beside it; write nothing.")
    ] = False,
    role: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Directory role or management role that the identity has; may be repeated."),
    ] = None,
    json: AsJson = False,
) -> None:
    """Derive the permissions that scripts need.

    PATH is a script, or a directory with scripts (*.ps1). Prints the directory roles, of which one is
    enough, the management roles of Exchange, the permissions of Microsoft Graph, and the commands that this package does not
    know. Ignores parameters. Needs no network and no sign-in.
    """

    async def work(context: Context) -> int:
        from .work import PermissionOptions, run

        return run(context, PermissionOptions(tuple(scripts), write, check, tuple(role or ()), json))

    execute(work)
