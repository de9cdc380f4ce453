"""Users, groups, custom roles and activated roles: what tests of other Graph clients create around their grants."""

from __future__ import annotations

from typing import Any

import pytest

from localtenant.state import seed
from tests.localtenant.support import CONTOSO, EXCHANGE, EXCHANGE_ADMINISTRATOR, Client, Json, error

HELPDESK = seed.DIRECTORY_ROLES["Helpdesk Administrator"]
UNIT = f"/administrativeUnits/{next(iter(CONTOSO.administrative_units.values()))}"
DEFINITIONS = "/v1.0/roleManagement/directory/roleDefinitions"
USER = {
    "accountEnabled": True,
    "displayName": "Megan Bowen",
    "mailNickname": "megan",
    "userPrincipalName": "megan@contoso.com",
    "passwordProfile": {"password": "local-tenant-only~megan"},
}
GROUP = {
    "displayName": "Mail team",
    "mailEnabled": False,
    "mailNickname": "mail-team",
    "securityEnabled": True,
    "isAssignableToRole": True,
}
CUSTOM = {
    "displayName": "Mail reader",
    "isEnabled": True,
    "rolePermissions": [{"allowedResourceActions": ["microsoft.directory/applications/standard/read"]}],
}


@pytest.fixture
def admin(client: Client) -> Client:
    """A tenant whose deployer may write users and groups as well."""
    deployer = client.cloud.tenants[CONTOSO.tenant_id].deployer
    deployer.graph_roles = (*deployer.graph_roles, "User.ReadWrite.All", "Group.ReadWrite.All")
    return client


def test_a_user_is_created_found_by_name_changed_deleted_and_restored(admin: Client) -> None:
    user = admin.ok("POST", "/v1.0/users", USER)
    assert admin.ok("GET", "/v1.0/users/megan@contoso.com")["id"] == user["id"]
    assert "local-tenant-only" not in str(admin.ok("GET", f"/v1.0/users/{user['id']}"))
    assert "local-tenant-only" not in str(admin.dispatcher.request_log.since())
    admin.ok("PATCH", f"/v1.0/users/{user['id']}", {"jobTitle": "Postmaster", "passwordProfile": {"password": "x"}})
    assert admin.ok("GET", f"/v1.0/users/{user['id']}")["jobTitle"] == "Postmaster"
    admin.assign_directory_role(user["id"])
    assert [grant["principalType"] for grant in admin.grants()] == ["User"]
    assert admin.send("DELETE", f"/v1.0/users/{user['id']}").status == 204
    assert admin.grants() == []
    admin.ok("POST", f"/v1.0/directory/deletedItems/{user['id']}/restore")
    assert admin.ok("GET", f"/v1.0/users/{user['id']}")["displayName"] == "Megan Bowen"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"displayName": None}, "displayName"),
        ({"passwordProfile": None}, "A password must be specified"),
        ({"userPrincipalName": "megan@example.com"}, "domain portion"),
        ({"userPrincipalName": "adele.vance@contoso.com"}, "already exists"),
    ],
)
def test_a_user_that_graph_would_not_take_is_refused(admin: Client, changes: Json, expected: str) -> None:
    status, _, message = error(admin.send("POST", "/v1.0/users", {**USER, **changes}))
    assert status == 400
    assert expected in message


def test_a_group_has_members_and_owners_and_can_hold_roles(admin: Client) -> None:
    group = admin.ok("POST", "/v1.0/groups", GROUP)
    user = admin.ok("POST", "/v1.0/users", USER)
    path = f"/v1.0/groups/{group['id']}"
    owners = admin.ok("GET", f"{path}/owners")["value"]
    assert [owner["id"] for owner in owners] == [CONTOSO.principal_object_id]
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user['id']}"}
    assert admin.send("POST", f"{path}/members/$ref", reference).status == 204
    assert admin.send("POST", f"{path}/members/$ref", reference).status == 400
    assert [member["id"] for member in admin.ok("GET", f"{path}/members")["value"]] == [user["id"]]
    assert admin.send("DELETE", f"{path}/members/{user['id']}/$ref").status == 204
    assert admin.assign_directory_role(group["id"]).status == 201
    assert [grant["principalType"] for grant in admin.grants()] == ["Group"]
    admin.ok("PATCH", path, {"description": "Who looks after mail."})
    assert admin.send("DELETE", path).status == 204
    assert admin.grants() == []


def test_a_user_has_a_manager_and_a_group_is_in_others(admin: Client) -> None:
    manager = f"/v1.0/users/{admin.ok('POST', '/v1.0/users', USER)['userPrincipalName']}/manager"
    assert error(admin.send("GET", manager))[0] == 404
    other = admin.ok("POST", "/v1.0/users", {**USER, "userPrincipalName": "lee@contoso.com", "mailNickname": "lee"})
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{other['id']}"}
    assert admin.send("PUT", f"{manager}/$ref", reference).status == 204
    assert admin.ok("GET", manager)["id"] == other["id"]
    assert admin.send("DELETE", f"/v1.0/users/{other['id']}").status == 204
    assert error(admin.send("DELETE", f"{manager}/$ref"))[0] == 404
    inner, outer = (
        admin.ok("POST", "/v1.0/groups", {**GROUP, "displayName": name, "isAssignableToRole": False}) for name in "ab"
    )
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/groups/{inner['id']}"}
    assert admin.send("POST", f"/v1.0/groups/{outer['id']}/members/$ref", reference).status == 204
    assert [group["id"] for group in admin.ok("GET", f"/v1.0/groups/{inner['id']}/memberOf")["value"]] == [outer["id"]]


def test_a_group_that_was_not_created_for_roles_holds_none(admin: Client) -> None:
    group = admin.ok("POST", "/v1.0/groups", {**GROUP, "isAssignableToRole": False})
    assert error(admin.assign_directory_role(group["id"]))[0] == 400
    assert admin.send("PATCH", f"/v1.0/groups/{group['id']}", {"isAssignableToRole": True}).status == 400


def test_writing_users_and_groups_needs_its_permission(client: Client) -> None:
    assert client.send("POST", "/v1.0/users", USER).status == 403
    assert client.send("POST", "/v1.0/groups", GROUP).status == 403


def test_a_custom_role_is_created_assigned_on_an_application_changed_and_deleted(client: Client) -> None:
    role = client.ok("POST", DEFINITIONS, CUSTOM)
    assert role["isBuiltIn"] is False
    application = client.ok("POST", "/v1.0/applications", {"displayName": "reporter"})
    assigned = client.assign_directory_role(CONTOSO.principal_object_id, role["id"], f"/{application['id']}")
    assert assigned.status == 201
    assert error(client.send("DELETE", f"{DEFINITIONS}/{role['id']}"))[0] == 400
    path = f"/v1.0/roleManagement/directory/roleAssignments/{assigned.body['id']}"
    assert client.send("DELETE", path).status == 204
    assert client.send("PATCH", f"{DEFINITIONS}/{role['id']}", {"description": "New."}).status == 204
    assert client.ok("GET", f"{DEFINITIONS}/{role['id']}")["description"] == "New."
    assert client.send("POST", DEFINITIONS, CUSTOM).status == 400
    assert client.send("DELETE", f"{DEFINITIONS}/{role['id']}").status == 204
    assert client.send("GET", f"{DEFINITIONS}/{role['id']}").status == 404


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_built_in_role_stays_as_it_is(client: Client, method: str) -> None:
    assert client.send(method, f"{DEFINITIONS}/{EXCHANGE_ADMINISTRATOR}", {"displayName": "x"}).status == 400


def test_a_role_is_activated_once_and_lists_who_holds_it(client: Client) -> None:
    body = {"roleTemplateId": HELPDESK}
    assert client.ok("GET", f"/v1.0/directoryRoleTemplates/{HELPDESK}")["displayName"] == "Helpdesk Administrator"
    activated = client.ok("GET", "/v1.0/directoryRoles")["value"]
    assert [role["displayName"] for role in activated] == ["Global Administrator"]
    role = client.ok("POST", "/v1.0/directoryRoles", body)
    assert client.send("POST", "/v1.0/directoryRoles", body).status == 400
    assert client.ok("GET", f"/v1.0/directoryRoles/roleTemplateId={HELPDESK}")["id"] == role["id"]
    client.assign_directory_role(CONTOSO.principal_object_id, HELPDESK)
    members = client.ok("GET", f"/v1.0/directoryRoles/{role['id']}/members")["value"]
    assert [member["id"] for member in members] == [CONTOSO.principal_object_id]


def test_a_member_of_an_activated_role_holds_it_in_the_whole_tenant(admin: Client) -> None:
    role = admin.ok("POST", "/v1.0/directoryRoles", {"roleTemplateId": HELPDESK})
    user = admin.ok("POST", "/v1.0/users", USER)
    path = f"/v1.0/directoryRoles/{role['id']}/members"
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user['id']}"}
    assert admin.send("POST", f"{path}/$ref", reference).status == 204
    assert "already exist" in error(admin.send("POST", f"{path}/$ref", reference))[2]
    assert [(grant["grant"], grant["principalType"]) for grant in admin.grants()] == [
        ("Helpdesk Administrator", "User")
    ]
    assert admin.send("DELETE", f"{path}/{user['id']}/$ref").status == 204
    assert admin.send("DELETE", f"{path}/{user['id']}/$ref").status == 404
    assert admin.grants() == []


@pytest.mark.parametrize(("name", "status"), [("Helpdesk Administrator", 201), ("User Administrator", 201)])
def test_a_role_that_entra_scopes_is_taken_for_an_administrative_unit(client: Client, name: str, status: int) -> None:
    role_id = seed.DIRECTORY_ROLES[name]
    assert client.assign_directory_role(CONTOSO.principal_object_id, role_id, UNIT).status == status


@pytest.mark.parametrize(
    "name",
    ["Exchange Administrator", "Exchange Recipient Administrator", "Global Reader", "Security Reader"],
)
def test_a_role_that_entra_does_not_scope_is_refused_for_an_administrative_unit(client: Client, name: str) -> None:
    answered = client.assign_directory_role(CONTOSO.principal_object_id, seed.DIRECTORY_ROLES[name], UNIT)
    assert error(answered) == (
        400,
        "Request_BadRequest",
        "The given built-in role is not supported to be assigned to a single resource scope.",
    )


def test_microsofts_own_service_principals_cannot_be_deleted(admin: Client) -> None:
    deployer = admin.cloud.tenants[CONTOSO.tenant_id].deployer
    deployer.graph_roles = (*deployer.graph_roles, "Application.ReadWrite.All")
    assert error(admin.send("DELETE", f"/v1.0/servicePrincipals/{EXCHANGE}"))[0] == 403
    assert admin.ok("GET", f"/v1.0/servicePrincipals/{EXCHANGE}")["id"] == EXCHANGE


def test_microsoft_graph_has_delegated_permissions(client: Client) -> None:
    graph: Any = client.ok("GET", f"/v1.0/servicePrincipals(appId='{seed.GRAPH_APP_ID}')")
    scopes = {scope["value"]: scope["id"] for scope in graph["oauth2PermissionScopes"]}
    assert scopes["User.Read"] == "e1fe6dd8-ba31-4d61-89e7-88639da4683d"
