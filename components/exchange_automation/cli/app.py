"""The list of commands. The options of a command are in the package of its name.

Exit codes: 0, the command found nothing wrong; 1, it found something that its help describes; 2, it could not do its work
and wrote nothing.
"""

import logging
from typing import Annotated

import typer

from exchange_automation._version import __version__

from .adopt import command as adopt
from .doctor import command as doctor
from .error import command as error
from .evidence import command as evidence
from .execution import guard
from .explain import command as explain
from .permissions import command as permissions
from .report import command as report
from .webhook_address import command as webhook_address

app: typer.Typer = typer.Typer(
    name="exchange-automation",
    help="Check and explain the access of unattended identities to Exchange Online.\n\n"
    "Signs in with the variables of the Pulumi providers (ARM_*, with certificates and OIDC), or else with the default "
    "chain of azure-identity (such as az login). Reads the directory and Azure, and never changes either.",
    no_args_is_help=True,
    # Plain help is narrow, copies well, and prints in every code page.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog=doctor.EPILOG)(doctor.doctor)
app.command(epilog=report.EPILOG)(report.report)
app.command(epilog=adopt.EPILOG)(adopt.adopt)
app.command(epilog=explain.EPILOG)(explain.explain)
app.command(epilog=permissions.EPILOG)(permissions.permissions)
app.command(epilog=evidence.EPILOG)(evidence.evidence)
app.command(epilog=error.EPILOG)(error.error)
app.command("webhook-address", epilog=webhook_address.EPILOG)(webhook_address.webhook_address)


def _show_version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[  # noqa: ARG001  (its callback answers)
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    # Without this azure-identity would print every failure on standard error a second time.
    logging.getLogger("azure").addHandler(logging.NullHandler())


def run() -> None:
    """Runs the tool with the process's arguments; ends the process."""
    guard(app)
