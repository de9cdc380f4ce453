"""What all of Graph's addresses share: permissions, errors, pages, expansions, batches."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from localtenant.state import seed
from tests.localtenant.support import CONTOSO, EXCHANGE, FABRIKAM, ROLE_ASSIGNMENTS, URL, Wire, error

EVENTUAL = {"consistencylevel": "eventual"}


def add_principals(wire: Wire, count: int) -> list[str]:
    directory = wire.world.tenants[CONTOSO.tenant_id].directory
    access = wire.world.access()
    return [
        directory.add_service_principal({"appId": wire.world.ids.guid("a"), "displayName": f"sp {n}"}, access)["id"]
        for n in range(count)
    ]


def deployer_with(wire: Wire, *roles: str) -> str:
    wire.world.tenants[CONTOSO.tenant_id].deployer.graph_roles = roles
    return wire.token()


def test_an_error_has_graphs_form_and_the_ids_of_its_headers(wire: Wire) -> None:
    headers = {"client-request-id": "mine"}
    reply = wire.send("GET", "/v1.0/servicePrincipals/99999999-9999-4999-8999-999999999999", headers=headers)
    inner = reply.body["error"]["innerError"]
    assert set(reply.body) == {"error"}
    assert set(reply.body["error"]) == {"code", "message", "innerError"}
    assert inner["request-id"] == reply.headers["request-id"] == "request"
    assert inner["client-request-id"] == reply.headers["client-request-id"] == "mine"
    assert inner["date"] == wire.clock.now().strftime("%Y-%m-%dT%H:%M:%S")


ADMIN = seed.DIRECTORY_ROLES["Exchange Administrator"]
PRINCIPAL = CONTOSO.principal_object_id
GRANT_BODY = {"principalId": PRINCIPAL, "resourceId": EXCHANGE, "appRoleId": seed.MANAGE_AS_APP_ID}
ROLE_BODY = {"principalId": PRINCIPAL, "roleDefinitionId": ADMIN, "directoryScopeId": "/"}


@pytest.mark.parametrize(
    ("method", "path", "body", "enough", "lacking"),
    [
        (
            "POST",
            f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo",
            GRANT_BODY,
            ["AppRoleAssignment.ReadWrite.All", "Application.Read.All"],
            ["Application.Read.All", "RoleManagement.ReadWrite.Directory"],
        ),
        (
            "POST",
            f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo",
            GRANT_BODY,
            ["AppRoleAssignment.ReadWrite.All", "Directory.Read.All"],
            ["AppRoleAssignment.ReadWrite.All"],
        ),
        (
            "POST",
            ROLE_ASSIGNMENTS,
            ROLE_BODY,
            ["RoleManagement.ReadWrite.Directory"],
            ["RoleManagement.Read.Directory", "Directory.ReadWrite.All"],
        ),
        ("GET", ROLE_ASSIGNMENTS, None, ["RoleManagement.Read.Directory"], ["Application.Read.All"]),
        ("GET", "/v1.0/servicePrincipals", None, ["Application.Read.All"], ["RoleManagement.ReadWrite.Directory"]),
        (
            "POST",
            "/v1.0/applications",
            {"displayName": "x"},
            ["Application.ReadWrite.OwnedBy"],
            ["Application.Read.All"],
        ),
        (
            "POST",
            "/v1.0/directory/administrativeUnits",
            {"displayName": "x"},
            ["AdministrativeUnit.ReadWrite.All"],
            ["AdministrativeUnit.Read.All"],
        ),
        ("GET", "/v1.0/domains", None, ["Domain.Read.All"], ["Application.Read.All"]),
        ("GET", "/v1.0/users", None, ["User.Read.All"], ["Application.Read.All"]),
    ],
)
def test_the_tokens_roles_decide(
    wire: Wire, method: str, path: str, body: Any, enough: list[str], lacking: list[str]
) -> None:
    refused = wire.send(method, path, body, token=deployer_with(wire, *lacking))
    assert error(refused) == (
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
    assert wire.grants() == []
    assert wire.send(method, path, body, token=deployer_with(wire, *enough)).status < 300


def test_a_token_keeps_the_roles_it_was_made_with(wire: Wire) -> None:
    token = wire.token()
    deployer_with(wire)
    assert wire.send("GET", "/v1.0/domains", token=token).status == 200
    assert wire.send("GET", "/v1.0/domains", token=wire.token()).status == 403


def test_owned_by_reaches_only_what_the_caller_owns(wire: Wire) -> None:
    token = deployer_with(wire, "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy")
    made = wire.ok("POST", "/v1.0/applications", {"displayName": "x"}, token=token)
    path = f"/v1.0/applications/{made['id']}"
    owned = deployer_with(wire, "Application.ReadWrite.OwnedBy")
    assert wire.send("PATCH", path, {"notes": "mine"}, token=owned).status == 204
    assert wire.send("DELETE", f"{path}/owners/{CONTOSO.principal_object_id}/$ref", token=token).status == 204
    assert wire.send("PATCH", path, {"notes": "mine"}, token=owned).status == 403
    assert (
        "backing application"
        in error(wire.send("POST", "/v1.0/servicePrincipals", {"appId": made["appId"]}, token=owned))[2]
    )
    assert wire.send("PATCH", path, {"notes": "all"}, token=token).status == 204


def test_a_token_of_another_tenant_sees_another_directory(wire: Wire) -> None:
    token = wire.token(FABRIKAM)
    assert wire.send("GET", f"/v1.0/servicePrincipals/{EXCHANGE}", token=token).status == 404
    assert wire.ok("GET", "/v1.0/organization", token=token)["value"][0]["id"] == FABRIKAM.tenant_id


@pytest.mark.parametrize(
    ("token", "text"),
    [("", "Access token is empty."), ("nonsense", "The access token's signature is invalid.")],
)
def test_no_token_is_a_401(wire: Wire, token: str, text: str) -> None:
    reply = wire.send("GET", "/v1.0/servicePrincipals", token=token)
    assert error(reply) == (401, "InvalidAuthenticationToken", text)


def test_a_token_for_resource_manager_does_not_open_graph(wire: Wire) -> None:
    reply = wire.send("GET", "/v1.0/servicePrincipals", token=wire.token(audience="https://management.azure.com"))
    assert error(reply)[:2] == (401, "InvalidAuthenticationToken")
    assert "Invalid audience" in error(reply)[2]


def test_a_token_expires_on_the_tenants_clock(wire: Wire) -> None:
    token = wire.token()
    wire.clock.advance(23 * 3600)
    assert wire.send("GET", "/v1.0/domains", token=token).status == 200
    wire.clock.advance(3600)
    reply = wire.send("GET", "/v1.0/domains", token=token)
    assert error(reply)[2] == "Lifetime validation failed, the token is expired."
    assert wire.send("GET", "/v1.0/domains", token=wire.token()).status == 200


def test_pages_lead_to_one_another_and_hold_everything_once(wire: Wire) -> None:
    made = add_principals(wire, 250)
    path: str | None = "/v1.0/servicePrincipals?$top=100&$select=id&$filter=startswith(displayName,'sp ')"
    seen, sizes = [], []
    while path is not None:
        body = wire.ok("GET", path)
        seen += [row["id"] for row in body["value"]]
        sizes.append(len(body["value"]))
        link = body.get("@odata.nextLink")
        path = unquote(link[len(URL) :]) if link else None
        if link:
            assert "$select=id" in unquote(link)
    assert sizes == [100, 100, 50]
    assert seen == made


def test_a_page_holds_100_unless_asked(wire: Wire) -> None:
    add_principals(wire, 150)
    assert len(wire.ok("GET", "/v1.0/servicePrincipals")["value"]) == 100
    assert "@odata.nextLink" not in wire.ok("GET", "/v1.0/servicePrincipals?$top=999")


def test_counting(wire: Wire) -> None:
    add_principals(wire, 5)
    path = "/v1.0/servicePrincipals?$count=true&$top=2&$filter=startswith(displayName,'sp ')"
    first = wire.ok("GET", path, headers=EVENTUAL)
    assert first["@odata.count"] == 5
    link = unquote(first["@odata.nextLink"][len(URL) :])
    assert "@odata.count" not in wire.ok("GET", link, headers=EVENTUAL)
    counted = wire.send("GET", "/v1.0/servicePrincipals/$count", headers=EVENTUAL)
    assert int(counted.content()) == 5 + 4
    assert wire.send("GET", "/v1.0/servicePrincipals/$count").status == 400


def test_an_advanced_filter_says_it_is_one(wire: Wire) -> None:
    path = "/v1.0/servicePrincipals?$filter=displayName ne 'x'"
    assert error(wire.send("GET", path))[1] == "Request_UnsupportedQuery"
    assert wire.send("GET", f"{path}&$count=true", headers=EVENTUAL).status == 200


def test_select_and_expand(wire: Wire) -> None:
    wire.ok("POST", f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo", GRANT_BODY)
    wire.ok("POST", ROLE_ASSIGNMENTS, ROLE_BODY)
    row = wire.ok("GET", f"/v1.0/servicePrincipals/{PRINCIPAL}?$select=id&$expand=appRoleAssignments")
    assert [a["appRoleId"] for a in row.pop("appRoleAssignments")] == [seed.MANAGE_AS_APP_ID]
    assert row.pop("@odata.context")
    assert row == {"id": PRINCIPAL}
    expand = "$expand=principal($select=id,displayName),roleDefinition($select=displayName)"
    assigned = wire.ok("GET", f"{ROLE_ASSIGNMENTS}?{expand}")["value"]
    assert assigned[0]["roleDefinition"] == {"displayName": "Exchange Administrator"}
    assert assigned[0]["principal"]["id"] == PRINCIPAL
    assert assigned[0]["principal"]["@odata.type"] == "#microsoft.graph.servicePrincipal"
    refused = wire.send("GET", "/v1.0/servicePrincipals?$expand=secrets")
    assert "Could not find a property named 'secrets'" in error(refused)[2]


def test_an_expansion_holds_20_at_most(wire: Wire) -> None:
    for principal in add_principals(wire, 25):
        assert wire.assign_app_role(principal).status == 201
    row = wire.ok("GET", f"/v1.0/servicePrincipals/{EXCHANGE}?$expand=appRoleAssignedTo")
    assert len(row["appRoleAssignedTo"]) == 20
    assert len(wire.ok("GET", f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo")["value"]) == 25


def test_role_assignments_are_filtered_by_principal(wire: Wire) -> None:
    wire.ok("POST", ROLE_ASSIGNMENTS, ROLE_BODY)
    path = f"{ROLE_ASSIGNMENTS}?$filter=principalId eq '{PRINCIPAL}'"
    assert [row["roleDefinitionId"] for row in wire.ok("GET", path)["value"]] == [ADMIN]
    assert wire.ok("GET", f"{ROLE_ASSIGNMENTS}?$filter=principalId eq '{EXCHANGE}'")["value"] == []


def test_service_principals_are_addressed_by_alternate_key(wire: Wire) -> None:
    for key in (f"(appId='{seed.EXCHANGE_APP_ID}')", f"('{EXCHANGE}')"):
        assert wire.ok("GET", f"/v1.0/servicePrincipals{key}")["id"] == EXCHANGE


def test_nothing_private_is_shown(wire: Wire) -> None:
    made = wire.ok("POST", "/v1.0/applications", {"displayName": "x"})
    secret = wire.ok("POST", f"/v1.0/applications/{made['id']}/addPassword", {"passwordCredential": {}})
    shown = wire.ok("GET", f"/v1.0/applications/{made['id']}")
    assert [item["secretText"] for item in shown["passwordCredentials"]] == [None]
    assert not [name for name in shown if name.startswith("_")]
    assert secret["secretText"] not in str(shown)
    assert "_createdDateTime" not in wire.ok("POST", ROLE_ASSIGNMENTS, ROLE_BODY)


@pytest.mark.parametrize("path", ["/v1.0/secrets", "/v1.0/servicePrincipals/x/y/z"])
def test_an_unknown_address_is_a_400(wire: Wire, path: str) -> None:
    assert "Resource not found for the segment" in error(wire.send("GET", path))[2]


def test_an_unknown_method_is_a_405(wire: Wire) -> None:
    assert wire.send("PUT", f"/v1.0/servicePrincipals/{EXCHANGE}", {}).status == 405


def test_a_body_that_is_no_object_is_a_400(wire: Wire) -> None:
    for body in (b"{", b"[]", b'"x"'):
        assert error(wire.send("POST", "/v1.0/applications", body))[:2] == (400, "BadRequest")


def batch(wire: Wire, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    body = wire.ok("POST", "/v1.0/$batch", {"requests": list(requests)})
    rows: list[dict[str, Any]] = body["responses"]
    return rows


def test_a_batch_answers_each_request_and_the_journal_has_each(wire: Wire) -> None:
    rows = batch(
        wire,
        {"id": "1", "method": "GET", "url": f"/servicePrincipals/{EXCHANGE}?$select=displayName"},
        {"id": "2", "method": "POST", "url": ROLE_ASSIGNMENTS[5:], "body": ROLE_BODY},
        {"id": "3", "method": "GET", "url": "/servicePrincipals/99999999-9999-4999-8999-999999999999"},
    )
    assert [(row["id"], row["status"]) for row in rows] == [("1", 200), ("2", 201), ("3", 404)]
    assert rows[0]["body"]["displayName"] == "Office 365 Exchange Online"
    assert rows[2]["body"]["error"]["code"] == "Request_ResourceNotFound"
    journal = [(entry["operation"], entry["remarks"]) for entry in wire.gate.journal.since()]
    assert ("POST roleAssignments", ["in a batch"]) in journal
    assert len(wire.grants()) == 1


def test_a_batch_stops_at_what_a_request_depends_on(wire: Wire) -> None:
    rows = batch(
        wire,
        {"id": "1", "method": "GET", "url": "/servicePrincipals/99999999-9999-4999-8999-999999999999"},
        {"id": "2", "method": "POST", "url": ROLE_ASSIGNMENTS[5:], "body": ROLE_BODY, "dependsOn": ["1"]},
        {"id": "3", "method": "GET", "url": "/domains", "dependsOn": ["2"]},
    )
    assert [row["status"] for row in rows] == [404, 424, 424]
    assert wire.grants() == []


def test_a_batch_has_at_most_20_requests(wire: Wire) -> None:
    requests = [{"id": str(n), "method": "GET", "url": "/domains"} for n in range(21)]
    assert "exceeds the maximum value of 20" in error(wire.send("POST", "/v1.0/$batch", {"requests": requests}))[2]
    assert len(batch(wire, *requests[:20])) == 20
    assert wire.send("POST", "/v1.0/$batch", {"requests": [{"id": "1"}]}).status == 400
