"""Options and help of ``webhook-address``."""

from typing import Annotated

import typer

from exchange_automation.cli.execution import DONE, Context, execute
from exchange_automation.cli.options import Verbose, epilog

EPILOG = epilog(
    "exchange-automation webhook-address --account-id $(pulumi stack output accountId) | "
    "pulumi config set --secret mailHook",
    "the address is on standard output",
)


def webhook_address(
    account_id: Annotated[
        str, typer.Option("--account-id", metavar="ID", help="Resource id of the automation account.")
    ],
    verbose: Verbose = False,
) -> None:
    """Print a new address for a webhook.

    Azure creates the address, accepts no other, and shows it only this once; nothing in Azure changes. Whoever has the
    address can start the runbook, so pipe it into a secret. Needs Automation Contributor at the account.
    """

    async def work(context: Context) -> int:
        from exchange_automation.cli.client.session import open_session

        from .address import new_address

        async with open_session(context.environment, context.output.trace) as session:
            print(await new_address(session, account_id))
        return DONE

    execute(work, verbose=verbose)
