"""Programs by name, for processes that a test starts and kills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from exchange_automation import (
    ExchangeAccess,
    ExchangeAccessArgs,
    ExchangeApplication,
    ExchangeApplicationArgs,
    ExchangeAutomationAccount,
    ExchangeAutomationAccountArgs,
)
from tests.engine.support import Program

DOMAIN = "contoso.onmicrosoft.com"
GROUP = "rg-existing"


def access(**args: Any) -> Program:
    """One ExchangeAccess."""

    def program() -> None:
        ExchangeAccess("mail", cast("ExchangeAccessArgs", args))

    return program


def account(**args: Any) -> Program:
    """One ExchangeAutomationAccount; its resources have names of their own, so that what was interrupted can be found."""
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
        ExchangeAutomationAccount("mail", cast("ExchangeAutomationAccountArgs", given))

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


PROGRAMS: Mapping[str, Callable[..., Program]] = {"access": access, "account": account, "application": application}
