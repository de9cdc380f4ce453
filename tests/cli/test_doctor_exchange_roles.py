"""``doctor`` on the roles of Exchange itself, which Graph's beta shows."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from localtenant.process import LocalTenant
from localtenant.state import seed
from localtenant.state.exchange_roles import role_id_of
from tests.cli.support import checks, graph, identity, run

READING = (
    "Application.Read.All",
    "AppRoleAssignment.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory",
    "RoleManagement.Read.Exchange",
    "RoleManagement.ReadWrite.Exchange",
    "Organization.Read.All",
)


def assigned(tenant: LocalTenant, principal: str, role: str, **scope: str | None) -> None:
    body = {
        "principalId": f"/ServicePrincipals/{principal}",
        "roleDefinitionId": role_id_of(role),
        "directoryScopeId": "/",
        "appScopeId": None,
        **scope,
    }
    graph(tenant, "POST", "roleManagement/exchange/roleAssignments", body, version="beta")


def test_roles_in_exchange_that_may_not_be_read_are_not_known(tenant: LocalTenant) -> None:
    principal = identity(tenant)
    line = checks(run(tenant, "doctor", "--principal", principal, "--json"))["job: roles in Exchange"]
    assert line["level"] == "skipped"
    assert line["finding"].startswith("not known: Graph's beta does not show them (Authorization_RequestDenied")
    assert "RoleManagement.Read.Exchange" in line["remedy"]


@pytest.mark.parametrize(
    "answer", [{"status": 404}, {"status": 200, "body": {"value": 5}}, {"status": 200, "text": "<html>"}]
)
def test_an_answer_of_the_beta_that_cannot_be_used_is_never_taken_for_none(
    tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch, answer: dict[str, Any]
) -> None:
    send = httpx.AsyncClient.send

    async def other(client: httpx.AsyncClient, request: httpx.Request, **options: Any) -> httpx.Response:
        if "/beta/" not in str(request.url):
            return await send(client, request, **options)
        return httpx.Response(answer["status"], json=answer.get("body"), text=answer.get("text"), request=request)

    monkeypatch.setattr(httpx.AsyncClient, "send", other)
    outcome = run(tenant, "doctor", "--principal", identity(tenant, "Exchange Administrator"), "--json")
    line = checks(outcome)["job: roles in Exchange"]
    assert (outcome.code, line["level"]) == (0, "skipped")
    assert line["finding"].startswith("not known: ")


def test_an_identity_without_an_assignment_of_its_own_may_be_in_a_role_group(tenant: LocalTenant) -> None:
    tenant.admin("POST", "deployer", {"roles": READING})
    outcome = run(tenant, "doctor", "--principal", identity(tenant), "--json")
    line = checks(outcome)["job: roles in Exchange"]
    assert (outcome.code, line["level"]) == (1, "skipped")
    assert "whether it is a member of a role group is not known" in line["finding"]


def test_a_role_in_exchange_takes_the_place_of_a_directory_role(tenant: LocalTenant) -> None:
    tenant.admin("POST", "deployer", {"roles": READING})
    principal = identity(tenant)
    unit = next(iter(seed.CONTOSO.administrative_units.values()))
    assigned(tenant, principal, "Mail Recipients", directoryScopeId=f"/AdministrativeUnits/{unit}")
    assigned(tenant, identity(tenant, name="other"), "Role Management")
    outcome = run(tenant, "doctor", "--principal", principal, "--json")
    lines = [check for check in outcome.json["checks"] if check["subject"] == "job: roles in Exchange"]
    assert outcome.code == 0, outcome.out
    assert [line["level"] for line in lines] == ["ok"]
    assert lines[0]["finding"].startswith(f"Mail Recipients for administrative unit {unit}: ")
    assert lines[0]["finding"].endswith(" known cmdlets")
    assert checks(outcome)["job: directory role"]["finding"] == "none; roles in Exchange allow its cmdlets"


def test_an_application_role_opens_mailboxes_and_allows_no_cmdlet(tenant: LocalTenant) -> None:
    tenant.admin("POST", "deployer", {"roles": READING})
    principal = identity(tenant)
    assigned(tenant, principal, "Application Mail.Read")
    outcome = run(tenant, "doctor", "--principal", principal, "--json")
    found = checks(outcome)
    assert outcome.code == 1
    assert found["job: roles in Exchange"]["finding"] == (
        "Application Mail.Read for the whole organization: mailboxes through Microsoft Graph, no cmdlets"
    )
    assert found["job: directory role"]["level"] == "failed"


def test_a_role_group_is_taken_at_the_users_word_and_is_still_not_known(tenant: LocalTenant) -> None:
    principal = identity(tenant)
    assert run(tenant, "doctor", "--principal", principal, "--json").code == 1
    result = run(tenant, "doctor", "--principal", principal, "--role-group", "--json")
    found = checks(result)
    assert result.code == 0, result.out
    assert found["job: directory role"]["finding"].startswith("none, and none is needed where")
    assert found["job: roles in Exchange"]["level"] == "skipped"
    # The app role is needed whatever gives the permissions.
    bare = identity(tenant, app_role=False, name="bare")
    assert run(tenant, "doctor", "--principal", bare, "--role-group", "--json").code == 1
