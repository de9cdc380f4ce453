"""Options and help of ``adopt``."""

from pathlib import Path
from typing import Annotated

import typer

from exchange_automation.cli.execution import Context, execute
from exchange_automation.cli.options import AsJson, Directory, Verbose, epilog

EPILOG = epilog(
    "exchange-automation adopt --stack prod\n"
    "exchange-automation adopt --stack prod --yes\n"
    "exchange-automation adopt --from import.json --preview-json preview.json --out adopt.json\n"
    "exchange-automation adopt --pick exchange-account=/subscriptions/.../automationAccounts/exchange-account1a2b3c4d",
    "the file is written (and imported), or the program creates nothing",
    "nothing that the program creates was found, or the preview after the import is not empty",
)


def adopt(
    stack: Annotated[str, typer.Option("--stack", "-s", metavar="NAME", help="Stack. Default: the selected one.")] = "",
    from_file: Annotated[
        str, typer.Option("--from", metavar="FILE", help="Import file of a preview, in place of running one.")
    ] = "",
    preview_json: Annotated[
        str, typer.Option("--preview-json", metavar="FILE", help="JSON of the same preview; with --from.")
    ] = "",
    out: Annotated[Path, typer.Option(metavar="FILE", help="Path of the import file.")] = Path("adopt.json"),
    pick: Annotated[
        list[str], typer.Option("--pick", metavar="NAME=ID", help="Decide an ambiguous match; may be repeated.")
    ] = [],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Import the file into the stack.")] = False,
    subscription: Annotated[
        str, typer.Option(metavar="ID", envvar="ARM_SUBSCRIPTION_ID", help="Azure subscription to search.")
    ] = "",
    cwd: Directory = ".",
    json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Bring existing grants and resources under management.

    Previews the program, finds each resource that it would create in the directory and in Azure, and writes an import
    file with the ids. The file has no resource that does not exist; pulumi up creates those. Nothing in the directory or
    in Azure changes.
    """

    async def work(context: Context) -> int:
        from .work import AdoptOptions, run

        request = AdoptOptions(stack, from_file, preview_json, out, tuple(pick), yes, subscription, cwd)
        return await run(context, request, as_json=json)

    execute(work, verbose=verbose)
