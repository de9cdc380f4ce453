"""``evidence``: what ran, with every id, name and domain replaced."""

from __future__ import annotations

import re
from pathlib import Path

from localtenant.process import LocalTenant
from tests.cli.states import STACK, grant, state_of, write_state
from tests.cli.support import identity, run

VERDICT = (
    'a line before\n{"passed":true,"step":"done","organization":"contoso.onmicrosoft.com","module":"3.10.1",'
    '"powershell":"7.6.0","roles":["Set-Mailbox"],"error":null}\n'
)


def test_everything_of_a_run_is_there_and_nothing_of_whose_it_is(tenant: LocalTenant, tmp_path: Path) -> None:
    principal = identity(tenant, "Exchange Administrator", name="Müller's mail|job <x>")
    account = {
        "urn": f"{STACK}::azure-native:automation:AutomationAccount::exchange-account",
        "type": "azure-native:automation:AutomationAccount",
        "id": "/subscriptions/s/resourceGroups/rg-secret/providers/Microsoft.Automation/automationAccounts/aa-secret",
        "inputs": {"resourceGroupName": "rg-secret", "automationAccountName": "aa-secret"},
    }
    component = {
        "urn": f"{STACK}::exchange-automation:index:ExchangeAutomationAccount::exchange",
        "type": "exchange-automation:index:ExchangeAutomationAccount",
        "outputs": {"connect_command": "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com"},
    }
    held = {grant["grant"]: grant["id"] for grant in tenant.grants()}
    role = grant("fabrikam-mail-role", held["Exchange Administrator"], principal)
    state = write_state(tmp_path, state_of(account, component, role))
    (tmp_path / "job.txt").write_text(VERDICT)
    result = run(
        tenant, "evidence", "--state", state, "--smoke-test", str(tmp_path / "job.txt"), "--cwd", str(tmp_path)
    )
    assert result.code == 0, result.text
    for heading in ("Versions", "doctor, ", "report, ", "Smoke test", "Identities of the stacks"):
        assert f"## {heading}" in result.out
    for kept in ("Exchange Administrator", "Exchange.ManageAsApp", "7.6.0", "3.10.1", "Set-Mailbox", "not tracked"):
        assert kept in result.out, kept
    secret = ["Müller", "mail|job", "contoso", "rg-secret", "aa-secret", "fabrikam-mail-role", principal, str(tmp_path)]
    secret += [value for value in tenant.environment.values() if re.fullmatch(r"[0-9a-f-]{36}", value)]
    assert [text for text in secret if text in result.out] == []
    assert not re.search(r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-", result.out)
    assert "exchange-automation deployer" not in result.out
    # The same name is the same word, and the tables stay tables.
    assert (
        len({line.count("|") - line.count("\\|") for line in result.out.splitlines() if line.startswith("| ok")}) == 1
    )


def test_a_service_that_refuses_is_a_sentence_of_the_document(tenant: LocalTenant, tmp_path: Path) -> None:
    tenant.admin("POST", "deployer", {"roles": [], "arm": []})
    state = write_state(tmp_path, state_of(grant("a", "b", "11111111-1111-4111-8111-111111111111")))
    result = run(tenant, "evidence", "--state", state, "--cwd", str(tmp_path))
    assert result.code == 0
    assert "was refused with status 403" in result.out


def test_an_output_without_a_verdict_is_refused(tenant: LocalTenant, tmp_path: Path) -> None:
    for text in ("", "no JSON", "[]", '{"step": "done"}', "[" * 100_000):
        (tmp_path / "job.txt").write_text(text)
        result = run(tenant, "evidence", "--smoke-test", str(tmp_path / "job.txt"))
        assert result.code == 2
        assert "EXA453" in result.err
