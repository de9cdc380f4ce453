"""From one pin to the next: at no moment is a runbook in a runtime environment that lacks its module."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import pytest

from exchange_automation import ExchangeAutomationAccount, ExchangeRunbook, ExchangeRunbookArgs
from exchange_automation.runtime.planned_runtime import PlannedRuntime
from localtenant.process import LocalTenant
from tests.engine.azure import Azure
from tests.engine.support import Deployment, Program

Deploy = Callable[..., Deployment]
SCRIPT = """Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com
try { Get-EXOMailbox } finally { Disconnect-ExchangeOnline -Confirm:$false }
"""
OLD, NEW = "ExchangeOnline-3-8-0-PowerShell-7-6", "ExchangeOnline-3-9-0-PowerShell-7-6"
ACCOUNT = "Microsoft.Automation/automationAccounts/aa-mail"
IMPORT = 60.0
"""Seconds that the tenant takes for an import."""


def program(**pin: Any) -> Program:
    """An account and a runbook in its runtime environment."""

    def run() -> None:
        account = ExchangeAutomationAccount(
            "mail",
            {
                "organization": "contoso.onmicrosoft.com",
                "resource_group_name": "rg-existing",
                "location": "westeurope",
                "account_name": "aa-mail",
                **pin,  # type: ignore[typeddict-item]
            },
        )
        given = {
            "resource_group_name": account.resource_group_name,
            "automation_account_name": account.account_name,
            "runtime_environment_name": account.runtime_environment_name,
            "location": "westeurope",
            "source": {"text": SCRIPT},
        }
        ExchangeRunbook("report", cast("ExchangeRunbookArgs", given))

    return run


def moments_without_module(tenant: LocalTenant, since: str) -> list[tuple[str, str]]:
    """Requests after which the runbook was in a runtime environment whose module was not imported, from the journal.

    The first deployment, before ``since``, has such moments: nothing can run before it is over.
    """
    imported: dict[str, datetime] = {}
    used, found = "", []
    for entry in tenant.request_log():
        now = datetime.fromisoformat(entry["time"][:19])
        if entry["method"] in ("PUT", "DELETE") and entry["status"] in (200, 201, 204):
            environment = re.search(r"/runtimeEnvironments/([^/?]+)", entry["path"])
            if "/packages/" in entry["path"] and environment is not None and entry["method"] == "PUT":
                imported[environment[1]] = now
            elif environment is not None and entry["method"] == "DELETE":
                imported.pop(environment[1], None)
            elif "/runbooks/" in entry["path"] and entry["method"] == "PUT":
                used = str(entry["body"]["properties"]["runtimeEnvironment"])
        if (
            entry["time"] >= since
            and used
            and (used not in imported or (now - imported[used]).total_seconds() < IMPORT)
        ):
            found.append((entry["operation"], used))
    return found


def test_a_pin_that_was_prepared_is_changed_to_without_a_gap(tenant: LocalTenant, deploy: Deploy) -> None:
    azure = Azure(tenant)
    stack = deploy(program(exchange_module_version="3.8.0"))
    stack.up().check()
    tenant.advance(IMPORT)
    since = tenant.now()
    stack.program = program(exchange_module_version="3.8.0", prepared_pins=[{"exchange_module_version": "3.9.0"}])
    first = stack.up().check()
    assert first.changes == {"create": 2}
    assert azure.get(f"{ACCOUNT}/runbooks/report").json()["properties"]["runtimeEnvironment"] == OLD
    package = azure.get(f"{ACCOUNT}/runtimeEnvironments/{NEW}/packages/ExchangeOnlineManagement")
    assert package.json()["properties"]["provisioningState"] != "Succeeded"
    tenant.advance(IMPORT)
    stack.program = program(exchange_module_version="3.9.0", prepared_pins=[{"exchange_module_version": "3.8.0"}])
    second = stack.up().check()
    assert "EXA308" not in second.text
    # The file is handed over anew with every change of a runbook.
    assert second.of("update") == ["report-content-record", "report-runbook"]
    assert not [name for name in (*second.of("delete"), *second.of("create")) if "runtime" in name]
    stack.program = program(exchange_module_version="3.9.0")
    third = stack.up().check()
    assert third.changes == {"delete": 2}
    assert moments_without_module(tenant, since) == []
    assert stack.up().check().changes == {}
    stack.destroy().check()


def test_a_pin_that_was_not_prepared_is_warned_of(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(program(exchange_module_version="3.8.0"))
    stack.up().check()
    tenant.advance(IMPORT)
    since = tenant.now()
    stack.program = program(exchange_module_version="3.9.0")
    up = stack.up().check()
    assert f'Runbook "report" changes to the runtime environment "{NEW}"' in up.text
    assert "[EXA308]" in up.text
    order = up.finished
    created = order.index(("create", "mail-runtime-ps-7.6-exo-3.9.0-module"))
    assert (
        created < order.index(("update", "report-runbook")) < order.index(("delete", "mail-runtime-ps-7.6-exo-3.8.0"))
    )
    assert moments_without_module(tenant, since)
    stack.destroy().check()


@pytest.mark.parametrize(
    ("pin", "says"),
    [
        ({"exchange_module_version": "3.6.9"}, "404 Not Found"),
        ({"exchange_module_uri": "https://packages.contoso.com/exo.nupkg"}, "not reachable"),
    ],
)
def test_an_import_that_fails_is_no_failure_of_the_update(
    tenant: LocalTenant, deploy: Deploy, pin: dict[str, str], says: str
) -> None:
    stack = deploy(program(**pin))
    stack.up().check()
    tenant.advance(IMPORT)
    [environment] = Azure(tenant).get(f"{ACCOUNT}/runtimeEnvironments").json()["value"]
    package = f"{ACCOUNT}/runtimeEnvironments/{environment['name']}/packages/ExchangeOnlineManagement"
    shown = Azure(tenant).get(package).json()["properties"]
    assert shown["provisioningState"] == "Failed"
    assert says in shown["error"]["message"]
    # It stays: Azure tells of it where somebody asks, which doctor does.
    assert stack.refresh().check().errors == []


def writes(tenant: LocalTenant) -> list[str]:
    """The requests that change something."""
    return [entry["operation"] for entry in tenant.request_log() if entry["method"] in ("PUT", "PATCH", "DELETE")]


def test_another_spelling_of_a_package_changes_nothing(
    tenant: LocalTenant, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_packages(**versions: str) -> Program:
        return program(extra_packages={name: {"version": version} for name, version in versions.items()})

    stack = deploy(with_packages(Pester="5.7.1", psframework="1.12.346"))
    with monkeypatch.context() as former:
        former.setattr(PlannedRuntime, "slug", PlannedRuntime.former_slug)
        stack.up().check()
    azure = Azure(tenant)
    before = azure.get(f"{ACCOUNT}/runbooks/report").json()["properties"]["runtimeEnvironment"]
    written = len(writes(tenant))
    assert stack.up().check().changes == {}
    stack.program = with_packages(pester="5.7.1", PSFramework="1.12.346")
    assert stack.up().check().changes == {}
    assert azure.get(f"{ACCOUNT}/runbooks/report").json()["properties"]["runtimeEnvironment"] == before
    assert len(writes(tenant)) == written
    stack.program = with_packages(pester="5.7.2", PSFramework="1.12.346")
    assert stack.up().check().changes["create"] == 4
    assert azure.get(f"{ACCOUNT}/runbooks/report").json()["properties"]["runtimeEnvironment"] != before
