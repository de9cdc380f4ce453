"""Options and help of ``doctor``."""

from typing import Annotated

import typer

from exchange_automation.cli.client.exchange import MANAGE_AS_APP
from exchange_automation.cli.execution import Context, execute
from exchange_automation.cli.options import AsJson, Directory, Stacks, StateFiles, Verbose, epilog

from .questions import Questions

EPILOG = epilog(
    "exchange-automation doctor\n"
    "exchange-automation doctor --organization contoso.onmicrosoft.com --resource-group rg-exchange\n"
    "exchange-automation doctor --stack prod\n"
    "exchange-automation doctor --principal 11111111-2222-3333-4444-555555555555 --json",
    "no check failed (warnings do not count)",
    "at least one check failed",
)


def doctor(
    stack: Stacks = [],
    state: StateFiles = [],
    principal: Annotated[
        list[str],
        typer.Option("--principal", metavar="ID", help="Object id of an identity to check; may be repeated."),
    ] = [],
    organization: Annotated[
        str, typer.Option(metavar="DOMAIN", help="Domain that the program connects to. Default: the stack's.")
    ] = "",
    subscription: Annotated[
        str, typer.Option(metavar="ID", envvar="ARM_SUBSCRIPTION_ID", help="Azure subscription to check.")
    ] = "",
    resource_group: Annotated[
        str, typer.Option(metavar="NAME", help="Resource group of the account. Default: the stack's.")
    ] = "",
    app_role: Annotated[str, typer.Option(metavar="VALUE", help="App role of Exchange Online.")] = MANAGE_AS_APP,
    powershell: Annotated[
        str, typer.Option(metavar="VERSION", help="PowerShell version. Default: the stack's or the package's.")
    ] = "",
    module: Annotated[
        str,
        typer.Option(
            metavar="VERSION", help="ExchangeOnlineManagement version. Default: the stack's or the package's."
        ),
    ] = "",
    applications: Annotated[bool, typer.Option("--applications", help="The program registers applications.")] = False,
    no_grants: Annotated[
        bool,
        typer.Option("--no-grants", help="Another team creates the grants: do not check the permissions for them."),
    ] = False,
    role_group: Annotated[
        bool,
        typer.Option(
            "--role-group", help="A role group in Exchange gives the permissions, so no directory role is needed."
        ),
    ] = False,
    cwd: Directory = ".",
    json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Check a deployment, before it runs and afterwards.

    Before a deployment: sign-in, permissions in Graph and Azure, Exchange Online and its app role, the organization's
    initial domain, module and PowerShell, the clock. With --principal, --stack or --state, the identities as well: both
    grants, whether Exchange honours the role, and whether Azure may have cached an old token.
    """
    questions = Questions(
        organization=organization,
        subscription=subscription,
        resource_group=resource_group,
        app_role=app_role,
        powershell=powershell,
        module=module,
        applications=applications,
        grants=not no_grants,
        role_group=role_group,
        principals=tuple(principal),
    )

    async def work(context: Context) -> int:
        from .diagnosis import run

        return await run(context, questions, stacks=stack, states=state, directory=cwd, as_json=json)

    execute(work, verbose=verbose)
