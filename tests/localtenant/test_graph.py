"""Microsoft Graph: permissions, errors, pages, expansions and batches, which all operations share."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from localtenant.state import seed
from tests.localtenant.support import CONTOSO, EXCHANGE, FABRIKAM, ROLE_ASSIGNMENTS, URL, Client, error

EVENTUAL = {"consistencylevel": "eventual"}


def add_principals(client: Client, count: int) -> list[str]:
    directory = client.cloud.tenants[CONTOSO.tenant_id].directory
    access = client.cloud.access()
    return [
        directory.add_service_principal({"appId": client.cloud.ids.guid("a"), "displayName": f"sp {n}"}, access)["id"]
        for n in range(count)
    ]


def deployer_with(client: Client, *roles: str) -> str:
    client.cloud.tenants[CONTOSO.tenant_id].deployer.graph_roles = roles
    return client.token()


def test_an_error_has_graphs_form_and_the_ids_in_its_headers(client: Client) -> None:
    headers = {"client-request-id": "mine"}
    response = client.send("GET", "/v1.0/servicePrincipals/99999999-9999-4999-8999-999999999999", headers=headers)
    inner = response.body["error"]["innerError"]
    assert set(response.body) == {"error"}
    assert set(response.body["error"]) == {"code", "message", "innerError"}
    assert inner["request-id"] == response.headers["request-id"] == "request"
    assert inner["client-request-id"] == response.headers["client-request-id"] == "mine"
    assert inner["date"] == client.clock.now().strftime("%Y-%m-%dT%H:%M:%S")


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
def test_the_roles_in_the_token_decide(
    client: Client, method: str, path: str, body: Any, enough: list[str], lacking: list[str]
) -> None:
    refused = client.send(method, path, body, token=deployer_with(client, *lacking))
    assert error(refused) == (
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
    assert client.grants() == []
    assert client.send(method, path, body, token=deployer_with(client, *enough)).status < 300


def test_a_token_keeps_the_roles_that_it_was_issued_with(client: Client) -> None:
    token = client.token()
    deployer_with(client)
    assert client.send("GET", "/v1.0/domains", token=token).status == 200
    assert client.send("GET", "/v1.0/domains", token=client.token()).status == 403


def test_owned_by_reaches_only_what_the_caller_owns(client: Client) -> None:
    token = deployer_with(client, "Application.ReadWrite.All", "Application.ReadWrite.OwnedBy")
    created = client.ok("POST", "/v1.0/applications", {"displayName": "x"}, token=token)
    path = f"/v1.0/applications/{created['id']}"
    owned = deployer_with(client, "Application.ReadWrite.OwnedBy")
    assert client.send("PATCH", path, {"notes": "mine"}, token=owned).status == 204
    assert client.send("DELETE", f"{path}/owners/{CONTOSO.principal_object_id}/$ref", token=token).status == 204
    assert client.send("PATCH", path, {"notes": "mine"}, token=owned).status == 403
    assert (
        "backing application"
        in error(client.send("POST", "/v1.0/servicePrincipals", {"appId": created["appId"]}, token=owned))[2]
    )
    assert client.send("PATCH", path, {"notes": "all"}, token=token).status == 204


def test_a_token_of_another_tenant_sees_another_directory(client: Client) -> None:
    token = client.token(FABRIKAM)
    assert client.send("GET", f"/v1.0/servicePrincipals/{EXCHANGE}", token=token).status == 404
    assert client.ok("GET", "/v1.0/organization", token=token)["value"][0]["id"] == FABRIKAM.tenant_id


@pytest.mark.parametrize(
    ("token", "text"),
    [("", "Access token is empty."), ("nonsense", "The access token's signature is invalid.")],
)
def test_no_token_is_a_401(client: Client, token: str, text: str) -> None:
    response = client.send("GET", "/v1.0/servicePrincipals", token=token)
    assert error(response) == (401, "InvalidAuthenticationToken", text)


def test_a_token_for_resource_manager_does_not_open_graph(client: Client) -> None:
    response = client.send(
        "GET", "/v1.0/servicePrincipals", token=client.token(audience="https://management.azure.com")
    )
    assert error(response)[:2] == (401, "InvalidAuthenticationToken")
    assert "Invalid audience" in error(response)[2]


def test_a_token_expires_on_the_tenants_clock(client: Client) -> None:
    token = client.token()
    client.clock.advance(23 * 3600)
    assert client.send("GET", "/v1.0/domains", token=token).status == 200
    client.clock.advance(3600)
    response = client.send("GET", "/v1.0/domains", token=token)
    assert error(response)[2] == "Lifetime validation failed, the token is expired."
    assert client.send("GET", "/v1.0/domains", token=client.token()).status == 200


def test_the_pages_together_have_every_object_once(client: Client) -> None:
    created = add_principals(client, 250)
    path: str | None = "/v1.0/servicePrincipals?$top=100&$select=id&$filter=startswith(displayName,'sp ')"
    seen, sizes = [], []
    while path is not None:
        body = client.ok("GET", path)
        seen += [row["id"] for row in body["value"]]
        sizes.append(len(body["value"]))
        link = body.get("@odata.nextLink")
        path = unquote(link[len(URL) :]) if link else None
        if link:
            assert "$select=id" in unquote(link)
    assert sizes == [100, 100, 50]
    assert seen == created


def test_a_page_has_100_objects_by_default(client: Client) -> None:
    add_principals(client, 150)
    assert len(client.ok("GET", "/v1.0/servicePrincipals")["value"]) == 100
    assert "@odata.nextLink" not in client.ok("GET", "/v1.0/servicePrincipals?$top=999")


def test_a_count_is_in_the_first_page_and_at_an_address_of_its_own(client: Client) -> None:
    add_principals(client, 5)
    path = "/v1.0/servicePrincipals?$count=true&$top=2&$filter=startswith(displayName,'sp ')"
    first = client.ok("GET", path, headers=EVENTUAL)
    assert first["@odata.count"] == 5
    link = unquote(first["@odata.nextLink"][len(URL) :])
    assert "@odata.count" not in client.ok("GET", link, headers=EVENTUAL)
    counted = client.send("GET", "/v1.0/servicePrincipals/$count", headers=EVENTUAL)
    assert int(counted.content()) == 5 + 4
    assert client.send("GET", "/v1.0/servicePrincipals/$count").status == 400


def test_an_advanced_filter_needs_header_and_parameter(client: Client) -> None:
    path = "/v1.0/servicePrincipals?$filter=displayName ne 'x'"
    assert error(client.send("GET", path))[1] == "Request_UnsupportedQuery"
    assert client.send("GET", f"{path}&$count=true", headers=EVENTUAL).status == 200


def test_select_and_expand_choose_properties_and_relationships(client: Client) -> None:
    client.ok("POST", f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo", GRANT_BODY)
    client.ok("POST", ROLE_ASSIGNMENTS, ROLE_BODY)
    row = client.ok("GET", f"/v1.0/servicePrincipals/{PRINCIPAL}?$select=id&$expand=appRoleAssignments")
    assert [a["appRoleId"] for a in row.pop("appRoleAssignments")] == [seed.MANAGE_AS_APP_ID]
    assert row.pop("@odata.context")
    assert row == {"id": PRINCIPAL}
    expand = "$expand=principal($select=id,displayName),roleDefinition($select=displayName)"
    assigned = client.ok("GET", f"{ROLE_ASSIGNMENTS}?{expand}")["value"]
    assert assigned[0]["roleDefinition"] == {"displayName": "Exchange Administrator"}
    assert assigned[0]["principal"]["id"] == PRINCIPAL
    assert assigned[0]["principal"]["@odata.type"] == "#microsoft.graph.servicePrincipal"
    refused = client.send("GET", "/v1.0/servicePrincipals?$expand=secrets")
    assert "Could not find a property named 'secrets'" in error(refused)[2]


def test_an_expansion_has_20_objects_at_most(client: Client) -> None:
    for principal in add_principals(client, 25):
        assert client.assign_app_role(principal).status == 201
    row = client.ok("GET", f"/v1.0/servicePrincipals/{EXCHANGE}?$expand=appRoleAssignedTo")
    assert len(row["appRoleAssignedTo"]) == 20
    assert len(client.ok("GET", f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo")["value"]) == 25


def test_role_assignments_are_filtered_by_principal(client: Client) -> None:
    client.ok("POST", ROLE_ASSIGNMENTS, ROLE_BODY)
    path = f"{ROLE_ASSIGNMENTS}?$filter=principalId eq '{PRINCIPAL}'"
    assert [row["roleDefinitionId"] for row in client.ok("GET", path)["value"]] == [ADMIN]
    assert client.ok("GET", f"{ROLE_ASSIGNMENTS}?$filter=principalId eq '{EXCHANGE}'")["value"] == []


def test_service_principals_are_addressed_by_alternate_key(client: Client) -> None:
    for key in (f"(appId='{seed.EXCHANGE_APP_ID}')", f"('{EXCHANGE}')"):
        assert client.ok("GET", f"/v1.0/servicePrincipals{key}")["id"] == EXCHANGE


def test_no_answer_has_a_secret_or_a_private_value(client: Client) -> None:
    created = client.ok("POST", "/v1.0/applications", {"displayName": "x"})
    secret = client.ok("POST", f"/v1.0/applications/{created['id']}/addPassword", {"passwordCredential": {}})
    shown = client.ok("GET", f"/v1.0/applications/{created['id']}")
    assert [item["secretText"] for item in shown["passwordCredentials"]] == [None]
    assert not [name for name in shown if name.startswith("_")]
    assert secret["secretText"] not in str(shown)
    assert "_internals" not in client.ok("POST", ROLE_ASSIGNMENTS, ROLE_BODY)


@pytest.mark.parametrize("path", ["/v1.0/secrets", "/v1.0/servicePrincipals/x/y/z"])
def test_an_unknown_address_is_a_400(client: Client, path: str) -> None:
    assert "Resource not found for the segment" in error(client.send("GET", path))[2]


def test_an_unknown_method_is_a_405(client: Client) -> None:
    assert client.send("PUT", f"/v1.0/servicePrincipals/{EXCHANGE}", {}).status == 405


def test_a_body_that_is_not_an_object_is_a_400(client: Client) -> None:
    for body in (b"{", b"[]", b'"x"'):
        assert error(client.send("POST", "/v1.0/applications", body))[:2] == (400, "BadRequest")


def batch(client: Client, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    body = client.ok("POST", "/v1.0/$batch", {"requests": list(requests)})
    rows: list[dict[str, Any]] = body["responses"]
    return rows


def test_a_batch_answers_and_logs_every_request(client: Client) -> None:
    rows = batch(
        client,
        {"id": "1", "method": "GET", "url": f"/servicePrincipals/{EXCHANGE}?$select=displayName"},
        {"id": "2", "method": "POST", "url": ROLE_ASSIGNMENTS[5:], "body": ROLE_BODY},
        {"id": "3", "method": "GET", "url": "/servicePrincipals/99999999-9999-4999-8999-999999999999"},
    )
    assert [(row["id"], row["status"]) for row in rows] == [("1", 200), ("2", 201), ("3", 404)]
    assert rows[0]["body"]["displayName"] == "Office 365 Exchange Online"
    assert rows[2]["body"]["error"]["code"] == "Request_ResourceNotFound"
    request_log = [(entry["operation"], entry["remarks"]) for entry in client.dispatcher.request_log.since()]
    assert ("POST roleAssignments", ["in a batch"]) in request_log
    assert len(client.grants()) == 1


def test_a_failed_request_of_a_batch_fails_those_that_depend_on_it(client: Client) -> None:
    rows = batch(
        client,
        {"id": "1", "method": "GET", "url": "/servicePrincipals/99999999-9999-4999-8999-999999999999"},
        {"id": "2", "method": "POST", "url": ROLE_ASSIGNMENTS[5:], "body": ROLE_BODY, "dependsOn": ["1"]},
        {"id": "3", "method": "GET", "url": "/domains", "dependsOn": ["2"]},
    )
    assert [row["status"] for row in rows] == [404, 424, 424]
    assert client.grants() == []


def test_a_batch_has_at_most_20_requests(client: Client) -> None:
    requests = [{"id": str(n), "method": "GET", "url": "/domains"} for n in range(21)]
    assert "exceeds the maximum value of 20" in error(client.send("POST", "/v1.0/$batch", {"requests": requests}))[2]
    assert len(batch(client, *requests[:20])) == 20
    assert client.send("POST", "/v1.0/$batch", {"requests": [{"id": "1"}]}).status == 400
