"""The Python of the documentation as parts of one Pulumi program.

A deployment for each would take minutes. Each runs below a component of its own, so that names which occur on two pages do
not meet, with whatever a reader has beside it: an account, a group, the outputs of another stack.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import pulumi
import pulumi_azure_native as azure_native
from pulumi.runtime import settings

import exchange_automation
from exchange_automation import ExchangeAutomationAccount, ExchangeAutomationAccountArgs, ExchangeRunbook
from localtenant.state import seed
from tests.docs.blocks import Block

GROUP = "rg-exchange-automation"
DOMAIN = "contoso.onmicrosoft.com"
ARGUMENTS = {"organization": DOMAIN, "resource_group_name": GROUP}
RESOURCES = f"/subscriptions/{seed.CONTOSO.subscription_id}/resourceGroups/{GROUP}"
WITH_WEBHOOKS = f"{RESOURCES}/providers/Microsoft.Automation/automationAccounts/aa-webhooks"
# Ids that stand on pages, and what they are in the tenant.
REPLACED = {"11111111-2222-3333-4444-555555555555": seed.CONTOSO.subscription_id}

_NETWORK = f"{RESOURCES}/providers/Microsoft.Network"


class OtherStack:
    """Replaces pulumi.StackReference, because the test has no other stack."""

    def __init__(self, principal_id: str) -> None:
        self._outputs = {"principalId": principal_id}

    def __call__(self, name: str) -> OtherStack:
        return self

    def require_output(self, name: str) -> pulumi.Output[str]:
        return pulumi.Output.from_input(self._outputs[name])


class Page(pulumi.ComponentResource):
    """Stands for the stack while one block runs."""

    def __init__(self, number: int) -> None:
        super().__init__(f"docs:index:Block{number}", f"block-{number}")


def run(blocks: Sequence[Block], principals: Sequence[str]) -> dict[str, Any]:
    """Runs every block, with the identities of another program; returns the exports by page and name."""
    stack = settings.get_root_resource()
    exported: dict[str, Any] = {}
    export, pulumi.export = pulumi.export, lambda name, value: exported.__setitem__(f"{where}: {name}", value)
    reference, pulumi.StackReference = pulumi.StackReference, cast("Any", OtherStack(principals[1]))  # type: ignore[misc]
    try:
        for number, block in enumerate(blocks):
            where = block.where
            settings.set_root_resource(Page(number))
            # Every block has its own account: the lock of one page must not protect the resources of another.
            _run(block, {} if block.is_program else _beside(block.text, principals[0]))
    finally:
        settings.set_root_resource(cast("pulumi.Resource", stack))
        pulumi.export, pulumi.StackReference = export, reference  # type: ignore[misc]
    return exported


def _run(block: Block, beside: dict[str, Any]) -> None:
    text = block.text
    for shown, real in REPLACED.items():
        text = text.replace(shown, real)
    space = {"__name__": "__main__", **beside}
    tree = ast.parse(text, block.where)
    if len(tree.body) == 1 and isinstance(tree.body[0], ast.Expr) and isinstance(tree.body[0].value, ast.Dict):
        # Arguments alone: of an account.
        given = eval(compile(ast.Expression(tree.body[0].value), block.where, "eval"), space)  # noqa: S307  (our own pages)
        ExchangeAutomationAccount("exchange", cast("ExchangeAutomationAccountArgs", {**ARGUMENTS, **given}))
    else:
        exec(compile(tree, block.where, "exec"), space)  # noqa: S102  (our own pages)


def _account(name: str, text: str) -> ExchangeAutomationAccount:
    # Azure generates the address of a webhook for an existing account.
    given = {"organization": DOMAIN, "account_id": WITH_WEBHOOKS} if "webhooks" in text else ARGUMENTS
    return ExchangeAutomationAccount(name, cast("ExchangeAutomationAccountArgs", given))


def _beside(text: str, principal_id: str) -> dict[str, Any]:
    """Returns the names that a part of a program uses and its page does not define."""
    beside: dict[str, Any] = {name: getattr(exchange_automation, name) for name in exchange_automation.__all__}
    if re.search(r"\baccount\.", text):
        beside["account"] = account = _account("beside", text)
        if re.search(r"\brunbook\b", text):
            beside["runbook"] = ExchangeRunbook(
                "beside",
                {
                    "resource_group_name": GROUP,
                    "automation_account_name": account.account_name,
                    "runtime_environment_name": account.runtime_environment_name,
                    "source": {"text": "Write-Output 'nothing'\n"},
                },
            )
    return {
        **beside,
        "pulumi": pulumi,
        "azure_native": azure_native,
        "args": ARGUMENTS,
        "access_args": {"principal_id": principal_id},
        "group": SimpleNamespace(name=GROUP),
        "operators": principal_id,
        "script": "param([int] $Days, [object] $WebhookData)\n",
        "subnet": f"{_NETWORK}/virtualNetworks/vnet/subnets/endpoints",
        "workspace_id": f"{_NETWORK.replace('Network', 'OperationalInsights')}/workspaces/logs",
        "zone": f"{_NETWORK}/privateDnsZones/privatelink.azure-automation.net",
    }
