"""A runbook's storage account with a closed firewall: no update opens it, and no request for the file fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange_automation import ExchangeRunbook
from exchange_automation.runbook.storage_account import storage_name
from localtenant.process import LocalTenant
from tests.engine.azure import Azure
from tests.engine.support import Deployment, Program
from tests.engine.test_runbook import SCRIPT, one_clock, program

__all__ = ["one_clock"]

Deploy = Callable[..., Deployment]
WITHOUT_REFRESH = "name: exchange-test\nruntime: python\n"
ADDRESS = {"defaultAction": "Deny", "ipRules": [{"value": "203.0.113.7"}]}
DENY = {"default_action": "Deny", "ip_rules": ["203.0.113.7"]}
VERSION = "2024-01-01"
ACCOUNT = "Microsoft.Automation/automationAccounts/aa-mail"
ENVIRONMENT = f"{ACCOUNT}/runtimeEnvironments/exchange"
RUNTIME = {"location": "westeurope", "properties": {"runtime": {"language": "PowerShell", "version": "7.6"}}}


@pytest.fixture
def azure(tenant: LocalTenant) -> Azure:
    return Azure(tenant)


def account(azure: Azure) -> str:
    [found] = azure.get("Microsoft.Storage/storageAccounts", VERSION).json()["value"]
    return f"Microsoft.Storage/storageAccounts/{found['name']}"


def close(azure: Azure, rules: dict[str, Any]) -> None:
    """Closes the firewall as a policy or a person does."""
    assert azure.send("PATCH", account(azure), VERSION, {"properties": {"networkAcls": rules}}).status_code == 200


def firewall(azure: Azure) -> tuple[str, list[str]]:
    rules = azure.get(account(azure), VERSION).json()["properties"]["networkAcls"]
    return rules["defaultAction"], [rule["value"] for rule in rules["ipRules"]]


def test_an_update_that_would_open_a_closed_account_is_stopped_and_the_rules_can_be_given(
    tenant: LocalTenant, deploy: Deploy, azure: Azure
) -> None:
    stack = deploy(program(), project=WITHOUT_REFRESH)
    stack.up().check()
    close(azure, {"defaultAction": "Deny"})
    assert stack.up().check().changes == {}
    stack.program = program(tags={"owner": "mail"})
    for failed in (stack.preview(), stack.up()):
        assert not failed.succeeded
        assert "outside this program, so the component stopped the update, which would open it" in " ".join(
            failed.text.split()
        )
        assert "EXA221" in failed.text
    assert firewall(azure) == ("Deny", [])

    stack.program = program(storage_network_rules=DENY)
    assert stack.up().check().of("update") == [storage_name("report")]
    stack.program = program(storage_network_rules=DENY, tags={"owner": "mail"})
    failed = stack.up()
    assert not failed.succeeded
    assert "EXA218" in failed.text
    assert firewall(azure) == ("Deny", ["203.0.113.7"])

    stack.program = program(storage_network_rules={"default_action": "Allow"}, tags={"owner": "mail"})
    stack.up().check()
    assert azure.content() == SCRIPT.encode()
    assert firewall(azure) == ("Allow", [])
    stack.program = program(storage_network_rules={"default_action": "Deny"}, tags={"owner": "mail"})
    assert stack.up().check().of("update") == [storage_name("report")]
    assert firewall(azure) == ("Deny", [])
    stack.destroy().check()
    assert azure.get("Microsoft.Storage/storageAccounts", VERSION).json()["value"] == []


def test_a_refresh_keeps_the_rules_that_somebody_set(tenant: LocalTenant, deploy: Deploy, azure: Azure) -> None:
    stack = deploy(program())
    stack.up().check()
    close(azure, ADDRESS)
    assert stack.up().check().changes == {}
    stack.program = program(tags={"owner": "mail"})
    failed = stack.up()
    assert not failed.succeeded
    assert "EXA218" in failed.text
    assert firewall(azure) == ("Deny", ["203.0.113.7"])
    stack.destroy().check()
    assert azure.get("Microsoft.Storage/storageAccounts", VERSION).json()["value"] == []


def six_runbooks(owner: str) -> Program:
    """Runbooks whose storage accounts change together."""

    def run() -> None:
        for number in range(6):
            ExchangeRunbook(
                f"report-{number}",
                {
                    "resource_group_name": "rg-existing",
                    "automation_account_name": "aa-mail",
                    "runtime_environment_name": "exchange",
                    "location": "westeurope",
                    "source": {"text": SCRIPT},
                    "tags": {"owner": owner},
                },
            )

    return run


def test_an_update_does_not_wait_for_itself_while_registrations_hold_every_thread_of_the_sdk(
    tenant: LocalTenant, deploy: Deploy, azure: Azure
) -> None:
    """The SDK has four threads for each slot of the engine, and a registration holds one until its resource is done."""
    azure.send("PUT", ACCOUNT, "2024-10-23", {"location": "westeurope", "properties": {"sku": {"name": "Basic"}}})
    azure.send("PUT", ENVIRONMENT, "2024-10-23", RUNTIME)
    stack = deploy(six_runbooks("mail"))
    stack.up().check()
    stack.program = six_runbooks("platform")
    accounts = {storage_name(f"report-{number}") for number in range(6)}
    assert accounts <= set(stack.preview(parallel=1).check().of("update"))
    assert accounts <= set(stack.up(parallel=1).check().of("update"))
