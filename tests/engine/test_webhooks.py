"""Webhooks on the engine: an address that Azure generated starts the runbook, and is nowhere in plain text."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pulumi
import pytest

from exchange_automation import ExchangeAutomationAccount, ExchangeRunbook, ExchangeRunbookArgs
from exchange_automation.runbook import runbook
from localtenant.process import LocalTenant
from tests.engine.azure import Azure
from tests.engine.support import Deployment, Program

Deploy = Callable[..., Deployment]
SCRIPT = """param([object]$WebhookData, [string]$Mailbox)
Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com
try { Get-EXOMailbox } finally { Disconnect-ExchangeOnline -Confirm:$false }
"""
AUTOMATION = "Microsoft.Automation/automationAccounts"


def moment(tenant: LocalTenant) -> datetime:
    """The tenant's time."""
    return datetime.fromisoformat(tenant.now()[:19]).replace(tzinfo=timezone.utc)


@pytest.fixture(autouse=True)
def one_clock(tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program has the tenant's time."""
    monkeypatch.setattr(runbook, "now", lambda: moment(tenant))


@pytest.fixture
def azure(tenant: LocalTenant) -> Azure:
    return Azure(tenant)


def program(hooks: Any = None, *, account_name: str = "aa-mail", local: bool = True, **more: Any) -> Program:
    """An account with a runbook and its webhooks."""

    def run() -> None:
        account = ExchangeAutomationAccount(
            "mail",
            {
                "organization": "contoso.onmicrosoft.com",
                "resource_group_name": "rg-existing",
                "location": "westeurope",
                "account_name": account_name,
                "disable_local_auth": not local,
            },
        )
        given = {
            "resource_group_name": account.resource_group_name,
            "automation_account_name": account.account_name,
            "runtime_environment_name": account.runtime_environment_name,
            "location": "westeurope",
            "source": {"text": SCRIPT},
            "webhooks": hooks or {},
            **more,
        }
        created = ExchangeRunbook("report", cast("ExchangeRunbookArgs", given))
        pulumi.export("webhook_names", created.webhook_names)

    return run


def generated(azure: Azure) -> str:
    """An address, as Azure makes it."""
    return str(azure.send("POST", f"{AUTOMATION}/aa-mail/webhooks/generateUri").json())


def hook(azure: Azure, **changes: Any) -> dict[str, Any]:
    expires = (moment(azure.tenant) + timedelta(days=90)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"address": generated(azure), "expires": expires, "parameters": {"mailbox": "a"}, **changes}


def called(azure: Azure, address: str) -> int:
    return azure.client.post(address, json={"ticket": 1}).status_code


def test_the_address_starts_the_runbook_and_is_nowhere_in_plain_text(
    tenant: LocalTenant, deploy: Deploy, azure: Azure
) -> None:
    stack = deploy(program())
    output = stack.up().check().text
    one = hook(azure)
    address = one["address"]
    assert called(azure, address) == 404
    stack.program = program({"ticket system": one})
    up = stack.up().check()
    output += up.text
    assert up.changes == {"create": 1}
    assert up.outputs["webhook_names"] == ["ticket system"]
    answer = azure.client.post(address, json={"ticket": 1})
    assert answer.status_code == 202
    assert len(answer.json()["JobIds"]) == 1
    tenant.advance(80 * 86_400)
    again = stack.up().check()
    assert again.changes == {}
    output += again.text
    texts = {"output": output, "journal": json.dumps(tenant.request_log()), "tenant's log": tenant.log()}
    texts["outputs"] = json.dumps({name: output.value for name, output in stack.stack.outputs().items()})
    for path in stack.directory.rglob("*"):
        if path.is_file():
            texts[str(path.relative_to(stack.directory))] = path.read_text("utf-8", "replace")
    token = address.partition("token=")[2]
    assert len(token) >= 32
    assert not [where for where, text in texts.items() if token in text]
    shown = azure.get(f"{AUTOMATION}/aa-mail/webhooks/ticket system").json()
    assert shown["properties"]["uri"] == ""
    tenant.advance(11 * 86_400)
    assert called(azure, address) == 400
    assert stack.up().check().changes == {}
    stack.destroy().check()


def test_a_changed_webhook_keeps_its_address_where_azure_lets_it(deploy: Deploy, azure: Azure) -> None:
    stack = deploy(program())
    stack.up().check()
    one = hook(azure)
    stack.program = program({"hook": one})
    stack.up().check()
    later = (moment(azure.tenant) + timedelta(days=200)).strftime("%Y-%m-%dT%H:%M:%SZ")
    stack.program = program({"hook": {**one, "expires": later, "parameters": {"mailbox": "b"}, "enabled": False}})
    assert stack.up().check().changes == {"update": 1}
    assert called(azure, one["address"]) == 400
    other = generated(azure)
    stack.program = program({"hook": {**one, "address": other}})
    assert stack.up().check().of("create-replacement") == ["report-hook-webhook"]
    assert (called(azure, one["address"]), called(azure, other)) == (404, 202)
    # Somebody deletes the runbook, and its webhook with it.
    assert azure.send("DELETE", f"{AUTOMATION}/aa-mail/runbooks/report").status_code == 200
    assert stack.up().check().of("create") == ["report-hook-webhook", "report-runbook"]
    assert called(azure, other) == 202
    stack.destroy().check()
    assert called(azure, other) == 404


def test_an_account_that_takes_entra_tokens_only_is_refused_before_the_webhook_is_created(
    tenant: LocalTenant, deploy: Deploy, azure: Azure
) -> None:
    deploy(program()).up().check()
    one = hook(azure)
    stack = deploy(program({"hook": one}, account_name="aa-closed", local=False))
    refused = stack.up()
    assert not refused.succeeded
    assert "disable_local_auth=False at ExchangeAutomationAccount. [EXA189]" in refused.text
    assert not [request for request in tenant.request_log() if request["operation"] == "PUT webhooks"]
    stack.destroy().check()


def test_an_address_of_another_account_is_azures_to_refuse(deploy: Deploy, azure: Azure) -> None:
    deploy(program()).up().check()
    one = hook(azure)
    stack = deploy(program({"hook": one}, account_name="aa-other"))
    refused = stack.up()
    assert not refused.succeeded
    assert "The uri of the webhook is not valid." in refused.text
    assert one["address"].partition("token=")[2] not in refused.text
    stack.destroy().check()
