"""Programs by name, for processes that a test starts and kills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from exchange_automation import (
    ApiPermissions,
    ExchangeAccess,
    ExchangeAccessArgs,
    ExchangeApplication,
    ExchangeApplicationArgs,
    ExchangeAutomationAccount,
    ExchangeAutomationAccountArgs,
    ExchangeRunbook,
    ExchangeRunbookArgs,
)
from tests.engine.support import Program

DOMAIN = "contoso.onmicrosoft.com"
GROUP = "rg-existing"


def access(**args: Any) -> Program:
    """One ExchangeAccess."""

    def program() -> None:
        ExchangeAccess("mail", cast("ExchangeAccessArgs", args))

    return program


def account(*beside: Callable[[ExchangeAutomationAccount], object], **args: Any) -> Program:
    """Returns a program with one ExchangeAutomationAccount and what ``beside`` creates.

    The resources have fixed names, so that a test finds them after an interruption.
    """
    given = {
        "organization": DOMAIN,
        "resource_group_name": GROUP,
        "location": "westeurope",
        "account_name": "aa-mail",
        **args,
    }
    if given.get("identity_type") == "UserAssigned":
        given.setdefault("user_assigned_identity_name", "id-mail")

    def program() -> None:
        created = ExchangeAutomationAccount("mail", cast("ExchangeAutomationAccountArgs", given))
        for more in beside:
            more(created)

    return program


def application(**args: Any) -> Program:
    """One ExchangeApplication with a federated credential."""
    given = {
        "organization": DOMAIN,
        "federated_credentials": [{"name": "ci", "issuer": "https://issuer.example", "subject": "main"}],
        **args,
    }

    def program() -> None:
        ExchangeApplication("mail", cast("ExchangeApplicationArgs", given))

    return program


def apis(**args: Any) -> Program:
    """ExchangeAccess and a permission of Microsoft Graph for the same service principal."""

    def program() -> None:
        ExchangeAccess("mail", cast("ExchangeAccessArgs", args))
        permissions = {"Microsoft Graph": ["User.Read.All"]}
        ApiPermissions("apis", {"principal_id": args["principal_id"], "permissions": permissions})

    return program


def runbook(**args: Any) -> Program:
    """An account whose runbook runs every day."""

    def report(created: ExchangeAutomationAccount) -> None:
        given = {
            "resource_group_name": args.get("resource_group_name", GROUP),
            "automation_account_name": created.account_name,
            "runtime_environment_name": created.runtime_environment_name,
            "location": "westeurope",
            "source": {"text": "Get-EXOMailbox\n"},
            "schedules": [{"frequency": "Day", "at": "06:30", "time_zone": "Europe/Berlin"}],
        }
        ExchangeRunbook("report", cast("ExchangeRunbookArgs", given))

    return account(report, **args)


PROGRAMS: Mapping[str, Callable[..., Program]] = {
    "access": access,
    "account": account,
    "application": application,
    "apis": apis,
    "runbook": runbook,
}
