"""``report``: who holds what, who manages it, what looks wrong; and the size of a large tenant."""

from __future__ import annotations

import base64
import csv
import io
import os
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from localtenant.process import LocalTenant
from tests.cli.states import APP_ROLE, grant, state_of, write_state
from tests.cli.support import CommandResult, graph, identity, run
from tests.localtenant.test_login import certificate


def by_name(result: CommandResult) -> dict[str, dict[str, Any]]:
    """The principals of the JSON by display name."""
    return {principal["name"]: principal for principal in result.json["principals"]}


def grants_of(tenant: LocalTenant, principal_id: str) -> dict[str, str]:
    """Assignment ids of a principal by what they grant."""
    return {grant["grant"]: grant["id"] for grant in tenant.grants() if grant["principalId"] == principal_id}


def test_everybody_is_listed_with_what_looks_wrong(tenant: LocalTenant) -> None:
    identity(tenant, "Exchange Administrator", name="good")
    identity(tenant, "Exchange Administrator", app_role=False, name="half")
    identity(tenant, name="bare")
    identity(tenant, "Global Administrator", name="mighty")
    result = run(tenant, "report", "--json")
    found = by_name(result)
    assert result.code == 0
    assert {name: principal["findings"] for name, principal in found.items()} == {
        "good": [],
        "half": ["role without app role"],
        "bare": ["app role without role"],
        "mighty": ["Global Administrator"],
    }
    assert [grant["name"] for grant in found["good"]["grants"]] == ["Exchange.ManageAsApp", "Exchange Administrator"]
    assert found["good"]["kind"] == "system-assigned identity"
    assert found["good"]["grants"][0]["made"]
    assert result.json["summary"]["grants"] == 6
    assert result.json["tenantId"] == tenant.environment["ARM_TENANT_ID"]


def test_the_table_says_what_to_do_and_counts(tenant: LocalTenant) -> None:
    identity(tenant, "Exchange Administrator", app_role=False, name="half")
    identity(tenant, "Exchange Administrator", name="good")
    result = run(tenant, "report")
    assert result.out.index("half") < result.out.index("good")  # What looks wrong is first.
    assert "role without app role: it cannot open an Exchange session" in result.out
    assert "2 principals, 3 grants, 1 with something to look at." in result.out


def test_roles_that_microsoft_labels_privileged_are_named(tenant: LocalTenant) -> None:
    identity(tenant, "Exchange Administrator", name="good")
    assert "PRIVILEGED" not in run(tenant, "report").out
    identity(tenant, "Global Reader", name="reads")
    assert "Microsoft labels as PRIVILEGED: Global Reader." in run(tenant, "report").out
    grants = {name: principal["grants"] for name, principal in by_name(run(tenant, "report", "--json")).items()}
    assert [grant["privileged"] for grant in grants["reads"]] == [False, True]
    assert [grant["privileged"] for grant in grants["good"]] == [False, False]


def test_one_principal_is_counted_as_one(tenant: LocalTenant) -> None:
    identity(tenant, "Exchange Administrator", name="good")
    assert "1 principal, 2 grants, 0 with something to look at." in run(tenant, "report").out


def test_an_empty_tenant_is_no_failure(tenant: LocalTenant) -> None:
    result = run(tenant, "report")
    assert result.code == 0
    assert "0 principals, 0 grants, 0 with something to look at." in result.out


def test_a_state_tells_what_is_managed(tenant: LocalTenant, tmp_path: Path) -> None:
    principal, other = identity(tenant, "Exchange Administrator", name="ours"), identity(tenant, name="theirs")
    [exchange] = {grant["resourceId"] for grant in tenant.grants() if grant["kind"] == "appRole"}
    held = grants_of(tenant, principal)
    state = state_of(
        grant("role", held["Exchange Administrator"], principal),
        grant(
            "app-role",
            f"/servicePrincipals/{exchange}/appRoleAssignedTo/{held['Exchange.ManageAsApp']}",
            principal,
            APP_ROLE,
        ),
        grant("vanished", "an-assignment-that-is-gone", principal),
    )
    result = run(tenant, "report", "--state", write_state(tmp_path, state), "--json", "--fail-on-untracked")
    found = by_name(result)
    assert result.code == 1
    assert "1 not tracked: theirs" in result.err
    assert found["ours"]["findings"] == []
    assert {grant["stack"] for grant in found["ours"]["grants"]} == {"exchange-automation/prod"}
    assert {grant["made"][:10] for grant in found["ours"]["grants"] if grant["kind"] == "directory role"} == {
        "2026-01-02"
    }
    assert found["theirs"]["findings"] == ["app role without role", "not tracked"]
    assert [grant["name"] for grant in result.json["gone"]] == ["vanished"]

    tenant.remove_object(other)
    result = run(tenant, "report", "--state", write_state(tmp_path, state), "--fail-on-untracked")
    assert result.code == 0, result.text
    assert "In the state of exchange-automation/prod and not in the directory: vanished" in result.text


def test_without_a_state_nothing_is_called_untracked(tenant: LocalTenant) -> None:
    identity(tenant, "Exchange Administrator")
    result = run(tenant, "report")
    assert "not asked" in result.out
    assert "not tracked" not in result.out
    refused = run(tenant, "report", "--fail-on-untracked")
    assert refused.code == 2
    assert "Give --stack or --state." in refused.text


def test_csv_has_a_row_for_each_grant_and_no_formula(tenant: LocalTenant) -> None:
    identity(tenant, "Exchange Administrator", name='=HYPERLINK("http://evil")')
    result = run(tenant, "report", "--csv")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [row["grant"] for row in rows] == ["Exchange.ManageAsApp", "Exchange Administrator"]
    assert {row["principal"] for row in rows} == {'\'=HYPERLINK("http://evil")'}


def test_a_name_cannot_colour_or_move_the_terminal(tenant: LocalTenant) -> None:
    identity(tenant, "Exchange Administrator", name="[red]x[/red]\x1b[2J")
    result = run(tenant, "report")
    assert "[red]x[/red]" in result.out
    assert "\x1b" not in result.out


def test_it_needs_two_reading_permissions_and_no_more(tenant: LocalTenant) -> None:
    identity(tenant, "Exchange Administrator")
    tenant.admin("POST", "deployer", {"roles": ["Application.Read.All", "RoleManagement.Read.Directory"], "arm": []})
    assert run(tenant, "report").code == 0
    for left in ("Application.Read.All", "RoleManagement.Read.Directory"):
        tenant.admin("POST", "deployer", {"roles": [left], "arm": []})
        result = run(tenant, "report")
        assert result.code == 2, left
        assert "lacks a permission" in result.text
        assert "Application.Read.All and RoleManagement.Read.Directory" in result.text


def test_the_tenants_pages_are_followed(tenant: LocalTenant) -> None:
    created = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity", count=1100)
    for principal in created:
        tenant.add_grant(principal["id"], appRole="Exchange.ManageAsApp")
    since = len(tenant.request_log())
    result = run(tenant, "report", "--json")
    assert result.json["summary"]["principals"] == 1100
    pages = [request for request in tenant.request_log(since) if "appRoleAssignedTo" in request["path"]]
    assert len(pages) == 2


@pytest.mark.soak
def test_ten_thousand_principals(tenant: LocalTenant) -> None:
    created = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity", count=10_000)
    for principal in created:
        tenant.add_grant(principal["id"], appRole="Exchange.ManageAsApp")
        tenant.add_grant(principal["id"], directoryRole="Exchange Administrator")
    since = tenant.request_log()[-1]["number"] if tenant.request_log() else 0
    began = time.monotonic()
    result = run(tenant, "report", "--json", measured=True)
    seconds = time.monotonic() - began
    peak = int(result.err.splitlines()[-1]) / 1024
    requests = len(tenant.request_log(since))
    print(f"10,000 principals: {seconds:.1f} s, {requests} requests, {peak:.0f} MB at most, {os.cpu_count()} cores")
    assert result.json["summary"]["principals"] == 10_000
    assert seconds < 10
    assert requests < 150
    assert peak < 200


@pytest.mark.parametrize(
    ("days", "findings", "shown"),
    [
        (400, [], "certificate: 399 days left"),
        (20, ["certificate ends soon"], "certificate: 19 days left"),
        (-1, ["certificate expired"], "certificate: expired"),
    ],
)
def test_the_days_until_the_last_certificate_of_an_application_ends(
    tenant: LocalTenant, days: int, findings: list[str], shown: str
) -> None:
    created = graph(tenant, "POST", "applications", {"displayName": "job"})
    ends = (datetime.now(timezone.utc) + timedelta(days=days)).isoformat()
    older = (datetime.now(timezone.utc) - timedelta(days=500)).isoformat()
    key = base64.b64encode(certificate()[1]).decode()
    keys = [{"key": key, "keyId": str(number), "endDateTime": end} for number, end in enumerate((older, ends))]
    graph(tenant, "PATCH", f"applications/{created['id']}", {"keyCredentials": keys})
    principal = graph(tenant, "POST", "servicePrincipals", {"appId": created["appId"]})
    tenant.add_grant(principal["id"], appRole="Exchange.ManageAsApp")
    tenant.add_grant(principal["id"], directoryRole="Exchange Administrator")
    [found] = run(tenant, "report", "--json").json["principals"]
    assert (found["kind"], found["findings"]) == ("application", findings)
    assert found["certificateDaysLeft"] == days - 1
    assert shown in run(tenant, "report").out
