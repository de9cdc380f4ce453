"""Exchange's own roles over Graph's beta: definitions, assignments and custom app scopes."""

from __future__ import annotations

import pytest

from localtenant.graph.exchange_roles import WRITE
from localtenant.state.exchange_roles import role_id_of
from tests.localtenant.support import CONTOSO, Client, Json, error

ROOT = "/beta/roleManagement/exchange"
ASSIGNMENTS = f"{ROOT}/roleAssignments"
SCOPES = f"{ROOT}/customAppScopes"
PRINCIPAL = f"/ServicePrincipals/{CONTOSO.principal_object_id}"
UNIT = f"/AdministrativeUnits/{next(iter(CONTOSO.administrative_units.values()))}"
MAIL_RECIPIENTS = role_id_of("Mail Recipients")
ASSIGNMENT: Json = {
    "principalId": PRINCIPAL,
    "roleDefinitionId": MAIL_RECIPIENTS,
    "directoryScopeId": "/",
    "appScopeId": None,
}
SCOPE: Json = {
    "type": "RecipientScope",
    "displayName": "Sales",
    "customAttributes": {"Exclusive": False, "RecipientFilter": "Department -eq 'Sales'"},
}


@pytest.fixture
def exchange(client: Client) -> Client:
    """A tenant whose deployer may write Exchange's own roles."""
    deployer = client.cloud.tenants[CONTOSO.tenant_id].deployer
    deployer.graph_roles = (*deployer.graph_roles, *WRITE)
    return client


def test_an_assignment_is_created_listed_read_and_deleted(exchange: Client) -> None:
    created = exchange.ok("POST", ASSIGNMENTS, {**ASSIGNMENT, "directoryScopeId": UNIT})
    assert (created["principalId"], created["directoryScopeId"]) == (PRINCIPAL, UNIT)
    listed = exchange.ok("GET", f"{ASSIGNMENTS}?$filter=principalId eq '{PRINCIPAL}'")["value"]
    assert [assignment["id"] for assignment in listed] == [created["id"]]
    path = f"{ASSIGNMENTS}/{created['id']}"
    assert exchange.ok("GET", path)["roleDefinitionId"] == MAIL_RECIPIENTS
    assert exchange.ok("GET", f"{ROOT}/roleDefinitions/{MAIL_RECIPIENTS}")["displayName"] == "Mail Recipients"
    assert exchange.send("DELETE", path).status == 204
    assert exchange.send("GET", path).status == exchange.send("DELETE", path).status == 404
    assert exchange.ok("GET", ASSIGNMENTS)["value"] == []


def test_the_same_assignment_twice_is_two(exchange: Client) -> None:
    ids = {exchange.ok("POST", ASSIGNMENTS, ASSIGNMENT)["id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("changes", "status", "result"),
    [
        ({"principalId": CONTOSO.principal_object_id}, 400, "principalId"),
        ({"principalId": "/ServicePrincipals/99999999-9999-4999-8999-999999999999"}, 404, "99999999"),
        ({"principalId": None}, 400, "principalId"),
        ({"roleDefinitionId": "nope"}, 404, "nope"),
        ({"directoryScopeId": None}, 400, "Exactly one"),
        ({"appScopeId": "x"}, 400, "Exactly one"),
        ({"directoryScopeId": "/OrganizationalUnits/x"}, 400, "directoryScopeId"),
        ({"directoryScopeId": "/Groups/99999999-9999-4999-8999-999999999999"}, 404, "99999999"),
        ({"directoryScopeId": None, "appScopeId": "99999999-9999-4999-8999-999999999999"}, 404, "99999999"),
    ],
)
def test_what_no_assignment_can_be_is_refused(exchange: Client, changes: Json, status: int, result: str) -> None:
    refused = error(exchange.send("POST", ASSIGNMENTS, {**ASSIGNMENT, **changes}))
    assert refused[0] == status
    assert result in refused[2]
    assert exchange.ok("GET", ASSIGNMENTS)["value"] == []


def test_a_scope_with_a_filter_stays_while_an_assignment_names_it(exchange: Client) -> None:
    scope = exchange.ok("POST", SCOPES, SCOPE)
    assert error(exchange.send("POST", SCOPES, SCOPE))[0] == 409
    assigned = exchange.ok("POST", ASSIGNMENTS, {**ASSIGNMENT, "directoryScopeId": None, "appScopeId": scope["id"]})
    assert error(exchange.send("DELETE", f"{SCOPES}/{scope['id']}"))[0] == 400
    assert exchange.send("DELETE", f"{ASSIGNMENTS}/{assigned['id']}").status == 204
    assert exchange.ok("GET", f"{SCOPES}/{scope['id']}")["customAttributes"] == SCOPE["customAttributes"]
    assert exchange.send("DELETE", f"{SCOPES}/{scope['id']}").status == 204
    assert exchange.ok("GET", SCOPES)["value"] == []


@pytest.mark.parametrize(
    "changes", [{"type": "ConfigScope"}, {"displayName": ""}, {"customAttributes": {"Exclusive": False}}]
)
def test_a_scope_without_type_name_or_filter_is_refused(exchange: Client, changes: Json) -> None:
    assert error(exchange.send("POST", SCOPES, {**SCOPE, **changes}))[0] == 400


def test_they_need_their_own_permissions_and_are_beta_alone(client: Client) -> None:
    assert client.send("GET", ASSIGNMENTS).status == 403
    assert client.send("POST", ASSIGNMENTS, ASSIGNMENT).status == 403
    deployer = client.cloud.tenants[CONTOSO.tenant_id].deployer
    deployer.graph_roles = (*deployer.graph_roles, "RoleManagement.Read.Exchange")
    assert client.send("GET", ASSIGNMENTS).status == 200
    assert client.send("POST", ASSIGNMENTS, ASSIGNMENT).status == 403
    assert client.send("GET", ASSIGNMENTS.replace("beta", "v1.0")).status == 400
