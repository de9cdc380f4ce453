"""``doctor``: its checks, its exit codes, its table and its JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.session import Session
from exchange_automation.cli.doctor.machine import module_line, powershell_line
from localtenant.process import LocalTenant
from tests.cli.states import APP_ROLE, STACK, grant, state_of, write_state
from tests.cli.support import checks, identity, run
from tests.engine.azure import Azure

DOMAIN = "contoso.onmicrosoft.com"
NEEDS = {
    "Application.Read.All": "Graph: read service principals",
    "AppRoleAssignment.ReadWrite.All": "Graph: grant app roles",
    "RoleManagement.ReadWrite.Directory": "Graph: grant directory roles",
}


def test_every_check_passes_before_a_deployment_that_will_work(tenant: LocalTenant) -> None:
    result = run(tenant, "doctor", "--organization", DOMAIN, "--json")
    found = checks(result)
    assert result.code == 0, result.out
    assert result.json["passed"] is True
    assert found["sign-in"]["finding"] == "exchange-automation deployer, with client secret (ARM_CLIENT_SECRET)"
    assert found["client id"]["finding"] == tenant.environment["ARM_CLIENT_ID"]
    assert found["tenant"]["finding"] == tenant.environment["ARM_TENANT_ID"]
    assert found["organization"]["finding"] == f"{DOMAIN} is the initial domain"
    assert found["app role"]["finding"] == "Exchange.ManageAsApp is enabled"
    assert found["module"]["level"] == found["clock"]["level"] == "ok"
    assert {found[subject]["finding"] for subject in NEEDS.values()} == set(NEEDS)
    assert not [line for line in found.values() if line["level"] == "failed"]


def test_the_table_has_a_remedy_for_every_failure_and_warning(tenant: LocalTenant) -> None:
    result = run(
        tenant, "doctor", "--organization", "fabrikam.onmicrosoft.com", "--powershell", "7.2", "--module", "3.9.0"
    )
    assert result.code == 1
    assert "fabrikam.onmicrosoft.com is not the initial domain" in result.out
    assert f"use {DOMAIN}, or sign in to the tenant of" in result.out
    assert "2 failed" in result.out
    assert result.out.count("->") == result.out.count("│ failed") + result.out.count("│ warning")


@pytest.mark.parametrize("missing", NEEDS)
def test_a_missing_permission_is_named(tenant: LocalTenant, missing: str) -> None:
    tenant.admin("POST", "deployer", {"roles": [role for role in NEEDS if role != missing]})
    result = run(tenant, "doctor", "--json")
    found = checks(result)
    assert result.code == 1
    assert found[NEEDS[missing]]["level"] == "failed"
    assert missing in found[NEEDS[missing]]["finding"]
    assert missing in found[NEEDS[missing]]["remedy"]
    assert {found[NEEDS[other]]["level"] for other in NEEDS if other != missing} == {"ok"}


def test_registering_applications_needs_one_more_permission(tenant: LocalTenant) -> None:
    assert checks(run(tenant, "doctor", "--applications", "--json"))["Graph: create applications"]["level"] == "ok"
    tenant.admin("POST", "deployer", {"roles": list(NEEDS)})
    result = run(tenant, "doctor", "--applications", "--json")
    assert result.code == 1
    assert "Application.ReadWrite.OwnedBy" in checks(result)["Graph: create applications"]["remedy"]


def test_a_tenant_without_exchange_online_fails(tenant: LocalTenant) -> None:
    tenant.admin("POST", "exchange", {"present": False})
    result = run(tenant, "doctor", "--json")
    assert result.code == 1
    line = checks(result)["Exchange Online"]
    assert line["level"] == "failed"
    assert "az ad sp create --id 00000002-0000-0ff1-ce00-000000000000" in line["remedy"]


def test_a_disabled_or_unknown_app_role_fails(tenant: LocalTenant) -> None:
    tenant.admin("POST", "exchange", {"present": True, "disabledAppRoles": ["Exchange.ManageAsApp"]})
    disabled = checks(run(tenant, "doctor", "--json"))["app role"]
    assert (disabled["level"], disabled["finding"]) == ("failed", "Exchange.ManageAsApp is disabled in this tenant")
    unknown = checks(run(tenant, "doctor", "--app-role", "Exchange.Nothing", "--json"))["app role"]
    assert unknown["level"] == "failed"
    assert "Exchange.ManageAsApp" in unknown["remedy"]


def test_a_wrong_secret_is_one_failed_line_and_is_not_printed(tenant: LocalTenant) -> None:
    result = run(tenant, "doctor", variables={"ARM_CLIENT_SECRET": "planted-wrong-secret"})
    assert result.code == 1
    assert "AADSTS7000215" in result.text
    assert "value of a current secret" in result.text
    assert "nobody is signed in" in result.text
    assert "planted-wrong-secret" not in result.out + result.err


def test_an_identity_with_both_grants_passes(tenant: LocalTenant) -> None:
    result = run(tenant, "doctor", "--principal", identity(tenant, "Exchange Administrator"), "--json")
    found = checks(result)
    assert result.code == 0
    assert found["job: app role"]["finding"] == "Exchange.ManageAsApp"
    assert found["job: directory role"]["finding"] == "Exchange Administrator; honoured for app-only sessions"
    # The identity is as new as its grants, so no job can have taken a token before them.
    assert found["job: cached token"]["level"] == "ok"


def test_a_token_from_before_a_later_grant_may_be_cached(patient: LocalTenant) -> None:
    principal = identity(patient, "Exchange Administrator", app_role=False)
    patient.advance(3600)
    patient.add_grant(principal, appRole="Exchange.ManageAsApp")
    line = checks(run(patient, "doctor", "--principal", principal, "--json"))["job: cached token"]
    assert line["level"] == "warning"
    assert "may be cached for 24 h" in line["finding"]


def test_an_identity_without_the_app_role_fails(tenant: LocalTenant) -> None:
    result = run(tenant, "doctor", "--principal", identity(tenant, "Exchange Administrator", app_role=False), "--json")
    assert result.code == 1
    assert "Connect-ExchangeOnline is refused" in checks(result)["job: app role"]["finding"]


def test_an_identity_whose_role_exchange_does_not_honour_fails(tenant: LocalTenant) -> None:
    result = run(tenant, "doctor", "--principal", identity(tenant, "Privileged Role Administrator"), "--json")
    line = checks(result)["job: directory role"]
    assert (result.code, line["level"]) == (1, "failed")
    assert "Privileged Role Administrator, which Exchange does not honour" in line["finding"]
    assert "isn't supported in this scenario" in line["finding"]


def test_an_identity_with_global_administrator_gets_a_warning(tenant: LocalTenant) -> None:
    result = run(tenant, "doctor", "--principal", identity(tenant, "Global Administrator"))
    assert result.code == 0
    assert "Global Administrator is never needed for Exchange" in result.text


def test_an_identity_that_does_not_exist_fails(tenant: LocalTenant) -> None:
    result = run(tenant, "doctor", "--principal", "99999999-9999-4999-8999-999999999999")
    assert result.code == 1
    assert "the directory has no such object" in result.text


def test_a_principal_is_given_by_its_id(tenant: LocalTenant) -> None:
    result = run(tenant, "doctor", "--principal", "aa-mail")
    assert result.code == 2
    assert '--principal "aa-mail" is not a GUID' in result.text
    assert tenant.request_log() == []


def test_the_identities_of_a_state_are_checked(tenant: LocalTenant, tmp_path: Any) -> None:
    principal = identity(tenant, "Exchange Administrator", app_role=False)
    state = state_of(grant("mail-exchange-administrator", "some-assignment", principal))
    result = run(tenant, "doctor", "--state", write_state(tmp_path, state), "--json")
    assert result.code == 1
    assert checks(result)["job: app role"]["level"] == "failed"
    assert checks(result)["job: cached token"]["level"] == "ok"  # The state knows since when it has the role.


def test_the_deployers_rights_in_azure_are_read(tenant: LocalTenant) -> None:
    tenant.admin("POST", "deployer", {"roles": list(NEEDS), "arm": []})
    result = run(tenant, "doctor", "--json")
    assert result.code == 1
    assert "Contributor" in checks(result)["Azure: subscription"]["remedy"]


@pytest.mark.parametrize(
    ("roles", "level"),
    [
        (["Contributor"], "ok"),
        (["Automation Contributor", "Managed Identity Contributor"], "failed"),
        (["Automation Contributor", "Managed Identity Contributor", "Managed Identity Operator"], "ok"),
    ],
)
def test_attaching_an_identity_needs_a_permission_of_its_own(tenant: LocalTenant, roles: list[str], level: str) -> None:
    tenant.admin("POST", "deployer", {"roles": list(NEEDS), "arm": roles})
    line = checks(run(tenant, "doctor", "--resource-group", "rg-existing", "--json"))["Azure: permissions"]
    assert line["level"] == level
    assert level == "ok" or "userAssignedIdentities/assign/action" in line["finding"]
    assert level == "ok" or "Managed Identity Operator" in line["remedy"]


def test_verbose_prints_the_requests_and_no_token(tenant: LocalTenant) -> None:
    result = run(tenant, "doctor", "--verbose")
    assert "GET /v1.0/servicePrincipals: 200" in result.err
    assert "eyJ" not in result.out + result.err


def test_a_request_to_a_busy_service_is_repeated(tenant: LocalTenant) -> None:
    tenant.faults([{"operation": "GET servicePrincipals", "effect": "status", "status": 429, "retryAfter": 1}])
    result = run(tenant, "doctor", "--verbose")
    assert result.code == 0
    assert "waiting 1 s" in result.err


def package(tenant: LocalTenant, version: str = "3.9.0") -> str:
    """Puts a package; returns its resource id."""
    account = "Microsoft.Automation/automationAccounts/aa-mail"
    environment = f"{account}/runtimeEnvironments/exchange"
    body = {"location": "westeurope", "properties": {"runtime": {"language": "PowerShell", "version": "7.4"}}}
    link = {"uri": f"https://www.powershellgallery.com/api/v2/package/ExchangeOnlineManagement/{version}"}
    azure, resource_id = Azure(tenant), ""
    for path, wanted in (
        (account, {"location": "westeurope", "properties": {"sku": {"name": "Basic"}}}),
        (environment, body),
        (f"{environment}/packages/ExchangeOnlineManagement", {"properties": {"contentLink": link}}),
    ):
        answer = azure.send("PUT", path, body=wanted)
        answer.raise_for_status()
        resource_id = str(answer.json()["id"])
    return resource_id


@pytest.fixture
def patient() -> Iterator[LocalTenant]:
    """A tenant whose clock can be moved."""
    with LocalTenant.start(virtual_time=True, providers=()) as tenant:
        yield tenant


def test_the_line_of_a_package_follows_its_import(patient: LocalTenant, tmp_path: Path) -> None:
    tenant = patient
    token = "azure-native:automation:Package"
    package_id = package(tenant)
    created = {"urn": f"{STACK}::{token}::module", "type": token, "id": package_id, "inputs": {}}
    principal = identity(tenant, "Exchange Administrator")
    file = write_state(tmp_path, state_of(grant("a", "b", principal), created))
    subject = "package ExchangeOnlineManagement in exchange of aa-mail"

    def line() -> dict[str, Any]:
        return checks(run(tenant, "doctor", "--state", file, "--json"))[subject]

    under_way = line()
    assert under_way["level"] == "warning"
    assert "the import is under way (Creat" in under_way["finding"]
    tenant.advance(60)
    assert (line()["level"], line()["finding"]) == ("ok", "version 3.9.0 is imported")
    package(tenant, "3.6.9")
    tenant.advance(60)
    failed = line()
    assert failed["level"] == "failed"
    assert "404 Not Found" in failed["finding"]
    assert "pulumi up --replace" in failed["remedy"]
    Azure(tenant).send("DELETE", package_id.partition("/providers/")[2])
    assert line()["finding"] == "it does not exist"


@pytest.mark.parametrize(
    ("powershell", "module", "level", "says"),
    [
        ("7.4", "3.9.0", "ok", "ExchangeOnlineManagement 3.9.0 on PowerShell 7.4"),
        ("7.6", "3.11.0", "warning", "is newer than what is known here (3.10.1)"),
        ("7.4", "3.10.1", "failed", "does not run on PowerShell 7.4"),
    ],
)
def test_a_pair_of_module_and_powershell_is_compared_with_the_tables(
    powershell: str, module: str, level: str, says: str
) -> None:
    line = module_line(powershell, module)
    assert line.level == level
    assert says in line.finding


@pytest.mark.parametrize(
    ("powershell", "day", "level", "says"),
    [
        ("5.1", date(2040, 1, 1), "ok", "as long as Windows is"),
        ("7.2", date(2026, 11, 25), "warning", "ended on 8 November 2024"),
        ("7.4", date(2026, 11, 10), "ok", "is supported until 10 November 2026"),
        ("7.4", date(2026, 11, 11), "warning", "ended on 10 November 2026"),
        ("7.6", date(2026, 11, 25), "ok", "is supported until 14 November 2028"),
        ("7.5", date(2026, 11, 25), "skipped", "nothing is known"),
    ],
)
def test_a_powershell_whose_support_ended_gets_a_warning_and_the_steps_to_the_next(
    powershell: str, day: date, level: str, says: str
) -> None:
    line = powershell_line(powershell, day)
    assert (line.level, says in line.finding) == (level, True)
    assert ("in two updates: put the new pair among prepared_pins" in line.remedy) == (level == "warning")


def test_a_resource_group_that_does_not_exist_is_reported(tenant: LocalTenant) -> None:
    existing = checks(run(tenant, "doctor", "--resource-group", "rg-existing", "--json"))["Azure: resource group"]
    assert (existing["level"], existing["finding"].startswith("rg-existing in ")) == ("ok", True)
    missing = checks(run(tenant, "doctor", "--resource-group", "rg-none", "--json"))["Azure: resource group"]
    assert missing["level"] == "warning"
    assert "ResourceGroupNotFound" in missing["finding"]
    assert "az group create --name rg-none" in missing["remedy"]


@pytest.mark.parametrize("wrong", ["contoso.com", "c0c0c0c0-0000-4000-8000-000000000001", "fabrikam.onmicrosoft.com"])
def test_a_wrong_organization_fails_and_the_right_one_is_named(tenant: LocalTenant, wrong: str) -> None:
    line = checks(run(tenant, "doctor", "--organization", wrong, "--json"))["organization"]
    assert line["level"] == "failed"
    assert line["remedy"].startswith(f"use {DOMAIN}")


@pytest.mark.parametrize(
    ("option", "value", "subject", "code"),
    [
        ("--organization", "contoso.com", "organization", "EXA120"),
        ("--module", "2.0.5", "module", "EXA130"),
    ],
)
def test_a_failed_check_of_an_argument_has_the_code_of_its_problem(
    tenant: LocalTenant, option: str, value: str, subject: str, code: str
) -> None:
    line = checks(run(tenant, "doctor", option, value, "--json"))[subject]
    assert line["level"] == "failed"
    assert line["remedy"].endswith(f" [{code}]")
    assert not line["finding"].endswith(".")


def test_reading_roles_asks_for_the_permission_to_read_them(tenant: LocalTenant) -> None:
    tenant.admin("POST", "deployer", {"roles": ["Application.Read.All"]})
    line = checks(run(tenant, "doctor", "--json"))["Graph: read directory roles"]
    assert line["level"] == "failed"
    assert "RoleManagement.Read.Directory" in line["remedy"]


def test_a_program_that_grants_nothing_needs_no_permission_in_graph(tenant: LocalTenant) -> None:
    tenant.admin("POST", "deployer", {"roles": []})
    assert run(tenant, "doctor").code == 1
    result = run(tenant, "doctor", "--no-grants", "--json")
    assert result.code == 0, result.out
    assert not [subject for subject in checks(result) if subject.startswith("Graph: ")]


COMPONENT = "exchange-automation:index:ExchangeAutomationAccount"


@pytest.mark.parametrize(
    "resources",
    [
        [{"urn": f"{STACK}::{COMPONENT}::exchange", "type": COMPONENT}],
        [{"urn": f"{STACK}::{COMPONENT}::exchange", "type": COMPONENT, "outputs": {"grants_managed_elsewhere": True}}],
        [grant("mail-role", "gone", "11111111-1111-4111-8111-111111111111")],
    ],
    ids=["grants lost or never created", "grants managed elsewhere", "grants without a component"],
)
def test_a_stack_with_a_component_or_a_grant_is_one_of_this_package(
    tenant: LocalTenant, tmp_path: Path, resources: list[dict[str, Any]]
) -> None:
    file = write_state(tmp_path, state_of(*resources))
    for command in ("report", "doctor"):
        result = run(tenant, command, "--state", file)
        assert result.code in (0, 1), result.text


def test_a_role_assigned_by_hand_at_another_scope_is_reported(tenant: LocalTenant, tmp_path: Path) -> None:
    principal = identity(tenant, "Helpdesk Administrator")
    [managed] = [grant["id"] for grant in tenant.grants() if grant["grant"] == "Helpdesk Administrator"]
    state = write_state(tmp_path, state_of(grant("mail-role", managed, principal)))
    assert "job: other grants" not in checks(run(tenant, "doctor", "--state", state, "--json"))
    tenant.add_grant(principal, directoryRole="Global Reader")
    line = checks(run(tenant, "doctor", "--state", state, "--json"))["job: other grants"]
    assert (line["level"], line["finding"]) == (
        "warning",
        "Global Reader is in none of the states: somebody assigned it by hand",
    )


def test_exchange_online_with_a_new_object_id_is_reported(tenant: LocalTenant, tmp_path: Path) -> None:
    principal = identity(tenant, "Exchange Administrator")
    old = grant("mail-app-role", "/servicePrincipals/an-old-one/appRoleAssignedTo/x", principal, APP_ROLE)
    old["inputs"]["appRoleId"] = "dc50a0fb-09a3-484d-be87-e023b12c6440"
    state = write_state(tmp_path, state_of(old))
    line = checks(run(tenant, "doctor", "--state", state, "--json"))["mail-app-role: app role"]
    assert line["level"] == "failed"
    assert "service principal an-old-one of Exchange Online" in line["finding"]
    [stale] = run(tenant, "report", "--state", state, "--json").json["gone"]
    assert "not the present one (an-old-one)" in stale["why"]


TEXT = b"Connect-ExchangeOnline -ManagedIdentity\r\nGet-EXOMailbox\r\n"


@pytest.mark.parametrize(
    ("now", "verdict"),
    [
        (TEXT, "as published"),
        (TEXT.replace(b"\r\n", b"\n"), "as published"),
        (b"\xef\xbb\xbf" + TEXT, "as published"),
        (TEXT.rstrip(), "as published"),
        (TEXT + b"Remove-Mailbox x\r\n", "edited"),
        (b"", "edited"),
        (None, "gone"),
    ],
)
def test_a_runbook_that_somebody_edited_is_reported(
    monkeypatch: pytest.MonkeyPatch, tenant: LocalTenant, tmp_path: Path, now: bytes | None, verdict: str
) -> None:
    async def content(self: Session, path: str, version: str) -> bytes:
        assert path.endswith("/runbooks/report/content")
        if now is None:
            raise ServiceError(404, "ResourceNotFound", "gone", "GET")
        return now

    monkeypatch.setattr(Session, "resource_bytes", content)
    token = "azure-native:automation:Runbook"
    runbook = {
        "urn": f"{STACK}::{token}::report",
        "type": token,
        "id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Automation/automationAccounts/aa-mail/runbooks/report",
        "inputs": {"publishContentLink": {"contentHash": {"value": hashlib.sha256(TEXT).hexdigest().upper()}}},
    }
    principal = identity(tenant, "Exchange Administrator")
    state = write_state(tmp_path, state_of(grant("a", "b", principal), runbook))
    [found] = run(tenant, "report", "--state", state, "--json").json["runbooks"]
    assert found["verdict"] == verdict
    line = checks(run(tenant, "doctor", "--state", state, "--json"))["runbook report in aa-mail"]
    assert line["level"] == {"as published": "ok", "edited": "warning", "gone": "failed"}[verdict]
    assert ("somebody edited it" in run(tenant, "report", "--state", state).text) == (verdict == "edited")
