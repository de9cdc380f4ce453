"""The directory's state through Graph's addresses, without a server."""

from __future__ import annotations

import pytest

from localtenant.state import seed
from tests.localtenant.support import (
    CONTOSO,
    EXCHANGE,
    EXCHANGE_ADMINISTRATOR,
    FABRIKAM,
    ROLE_ASSIGNMENTS,
    Client,
    error,
)

DUPLICATE_ROLE = "A conflicting object with one or more of the specified property values is present in the directory."

HELPDESK = seed.DIRECTORY_ROLES["Helpdesk Administrator"]


def missing(object_id: str) -> str:
    return f"Resource '{object_id}' does not exist or one of its queried reference-property objects are not present."


@pytest.fixture
def principal(client: Client) -> str:
    """Object id of a managed identity's service principal."""
    return str(client.account(type="SystemAssigned")["identity"]["principalId"])


def test_a_fresh_tenant_holds_no_grant(client: Client) -> None:
    assert client.grants() == []


def test_exchange_online_is_found_by_its_app_id_and_has_another_object_id_in_each_tenant(client: Client) -> None:
    path = f"/v1.0/servicePrincipals?$filter=appId eq '{seed.EXCHANGE_APP_ID}'"
    here = client.ok("GET", path)["value"]
    there = client.ok("GET", path, token=client.token(FABRIKAM))["value"]
    assert [sp["displayName"] for sp in here] == ["Office 365 Exchange Online"]
    assert here[0]["id"] != there[0]["id"]
    roles = {role["value"]: role["id"] for role in here[0]["appRoles"]}
    assert roles["Exchange.ManageAsApp"] == seed.MANAGE_AS_APP_ID
    assert "Exchange.ManageAsAppV2" in roles


def test_both_grants_are_listed_with_their_names(client: Client, principal: str) -> None:
    assert client.assign_app_role(principal).status == 201
    assert client.assign_directory_role(principal).status == 201
    rows = client.grants()
    assert [(r["kind"], r["grant"], r["resource"], r["scope"], r["principalName"]) for r in rows] == [
        ("appRole", "Exchange.ManageAsApp", "Office 365 Exchange Online", "/", "aa-mail"),
        ("directoryRole", "Exchange Administrator", "directory", "/", "aa-mail"),
    ]
    assert {row["principalType"] for row in rows} == {"ManagedIdentity"}


def test_a_duplicate_has_a_text_of_its_own_for_each_kind_of_grant(client: Client, principal: str) -> None:
    client.assign_app_role(principal)
    client.assign_directory_role(principal)
    assert error(client.assign_app_role(principal)) == (
        400,
        "Request_BadRequest",
        "Permission being assigned already exists on the object",
    )
    assert error(client.assign_directory_role(principal)) == (400, "Request_BadRequest", DUPLICATE_ROLE)
    assert len(client.grants()) == 2


def test_the_same_role_in_another_scope_is_no_duplicate(client: Client, principal: str) -> None:
    unit = CONTOSO.administrative_units["Berlin"]
    assert client.assign_directory_role(principal, HELPDESK).status == 201
    assert client.assign_directory_role(principal, HELPDESK, f"/administrativeUnits/{unit}").status == 201
    assert [row["scope"] for row in client.grants()] == ["/", f"/administrativeUnits/{unit}"]


def test_a_new_identity_can_be_referred_to_once_it_has_replicated() -> None:
    client = Client(lag=20)
    principal = str(client.account(type="SystemAssigned")["identity"]["principalId"])
    assert error(client.send("GET", f"/v1.0/servicePrincipals/{principal}"))[2] == missing(principal)
    assert error(client.assign_app_role(principal)) == (400, "Request_BadRequest", "Not a valid reference update.")
    assert error(client.assign_directory_role(principal)) == (404, "Request_ResourceNotFound", missing(principal))
    client.clock.advance(19.9)
    assert client.assign_app_role(principal).status == 400
    client.clock.advance(0.1)
    assert client.send("GET", f"/v1.0/servicePrincipals/{principal}").status == 200
    assert client.assign_app_role(principal).status == 201
    assert client.assign_directory_role(principal).status == 201


def test_an_assignment_is_readable_at_once_from_both_ends(principal: str, client: Client) -> None:
    created = client.assign_app_role(principal).body
    there = client.ok("GET", f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo/{created['id']}")
    here = client.ok("GET", f"/v1.0/servicePrincipals/{principal}/appRoleAssignments/{created['id']}")
    plain = {name: value for name, value in here.items() if name != "@odata.context"}
    assert plain == {name: value for name, value in there.items() if name != "@odata.context"}
    assert client.send("GET", f"/v1.0/servicePrincipals/{principal}/appRoleAssignedTo/{created['id']}").status == 404
    listed = client.ok("GET", f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo")["value"]
    assert [row["principalId"] for row in listed] == [principal]


def test_a_caller_reads_its_own_objects_at_once_and_others_do_not() -> None:
    client = Client(lag=30)
    created = client.ok("POST", "/v1.0/applications", {"displayName": "reporter"})
    path = f"/v1.0/applications/{created['id']}"
    assert client.send("GET", path).status == 200
    other = client.cloud.tenants[CONTOSO.tenant_id].directory
    assert other.find("applications", created["id"], client.cloud.access("somebody else")) is None
    refused = client.send("POST", "/v1.0/servicePrincipals", {"appId": created["appId"]})
    assert error(refused)[2] == (
        f"The appId '{created['appId']}' of the service principal does not reference a valid application object."
    )
    client.clock.advance(30)
    assert client.send("POST", "/v1.0/servicePrincipals", {"appId": created["appId"]}).status == 201


@pytest.mark.parametrize("kind", ["appRole", "directoryRole"])
def test_a_removed_grant_is_a_404_for_reading_and_for_removing(client: Client, principal: str, kind: str) -> None:
    if kind == "appRole":
        base = f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo"
        created = client.assign_app_role(principal).body
    else:
        base = ROLE_ASSIGNMENTS
        created = client.assign_directory_role(principal).body
    assert client.send("DELETE", f"{base}/{created['id']}").status == 204
    assert client.grants() == []
    for method in ("GET", "DELETE"):
        assert error(client.send(method, f"{base}/{created['id']}"))[:2] == (404, "Request_ResourceNotFound")


def test_a_grant_created_again_has_another_id(client: Client, principal: str) -> None:
    first = client.assign_directory_role(principal).body["id"]
    client.send("DELETE", f"{ROLE_ASSIGNMENTS}/{first}")
    assert client.assign_directory_role(principal).body["id"] != first


def test_deleting_a_principal_deletes_its_grants(client: Client) -> None:
    application = client.ok("POST", "/v1.0/applications", {"displayName": "reporter"})
    principal = client.ok("POST", "/v1.0/servicePrincipals", {"appId": application["appId"]})
    client.assign_app_role(principal["id"])
    client.assign_directory_role(principal["id"])
    assert len(client.grants()) == 2
    assert client.send("DELETE", f"/v1.0/servicePrincipals/{principal['id']}").status == 204
    assert client.grants() == []


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"principalId": "not a guid"}, "Invalid value specified for property 'principalId'"),
        ({"principalId": "99999999-9999-4999-8999-999999999999"}, "Not a valid reference update."),
        ({"appRoleId": "99999999-9999-4999-8999-999999999999"}, "Permission being assigned was not found"),
        ({"resourceId": CONTOSO.graph_object_id}, "Invalid value specified for property 'resourceId'"),
    ],
)
def test_an_app_role_assignment_that_names_nothing_is_a_400(
    client: Client, principal: str, change: dict[str, str], text: str
) -> None:
    body = {"principalId": principal, "resourceId": EXCHANGE, "appRoleId": seed.MANAGE_AS_APP_ID, **change}
    response = client.send("POST", f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo", body)
    assert error(response)[:2] == (400, "Request_BadRequest")
    assert text in error(response)[2]


def test_a_disabled_app_role_cannot_be_assigned(client: Client, principal: str) -> None:
    client.cloud.set_exchange(client.cloud.tenants[CONTOSO.tenant_id], True, ["Exchange.ManageAsApp"])
    assert "was not found on application" in error(client.assign_app_role(principal))[2]
    client.cloud.set_exchange(client.cloud.tenants[CONTOSO.tenant_id], True, [])
    assert client.assign_app_role(principal).status == 201


def test_exchange_online_can_be_missing_and_come_back(client: Client) -> None:
    tenant = client.cloud.tenants[CONTOSO.tenant_id]
    path = f"/v1.0/servicePrincipals?$filter=appId eq '{seed.EXCHANGE_APP_ID}'"
    client.cloud.set_exchange(tenant, False, [])
    assert client.ok("GET", path)["value"] == []
    client.cloud.set_exchange(tenant, True, [])
    assert [sp["id"] for sp in client.ok("GET", path)["value"]] == [EXCHANGE]


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"roleDefinitionId": "99999999-9999-4999-8999-999999999999"}, 404, "does not exist"),
        ({"directoryScopeId": "/administrativeUnits/99999999-9999-4999-8999-999999999999"}, 404, "does not exist"),
        ({"directoryScopeId": "/subscriptions/x"}, 400, "Invalid directory scope"),
        ({"directoryScopeId": "/", "appScopeId": "/x"}, 400, "Exactly one of"),
        ({"directoryScopeId": None}, 400, "Exactly one of"),
    ],
)
def test_a_directory_role_assignment_that_names_nothing_is_refused(
    client: Client, principal: str, change: dict[str, str], status: int, text: str
) -> None:
    body = {
        "principalId": principal,
        "roleDefinitionId": EXCHANGE_ADMINISTRATOR,
        "directoryScopeId": "/",
        **change,
    }
    response = client.send("POST", ROLE_ASSIGNMENTS, body)
    assert error(response)[0] == status
    assert text in error(response)[2]


def test_a_scope_that_goes_takes_its_assignments_along(client: Client, principal: str) -> None:
    unit = client.ok("POST", "/v1.0/directory/administrativeUnits", {"displayName": "Madrid"})
    client.assign_directory_role(principal, HELPDESK, f"/administrativeUnits/{unit['id']}")
    assert len(client.grants()) == 1
    # The azuread provider deletes units through beta, where the address has no "directory".
    assert client.send("DELETE", f"/beta/administrativeUnits/{unit['id']}").status == 204
    assert client.grants() == []


def test_a_deleted_application_takes_its_service_principal_along_and_can_be_restored(client: Client) -> None:
    application = client.ok("POST", "/v1.0/applications", {"displayName": "reporter"})
    principal = client.ok("POST", "/v1.0/servicePrincipals", {"appId": application["appId"]})
    client.assign_directory_role(principal["id"])
    assert client.send("DELETE", f"/v1.0/applications/{application['id']}").status == 204
    assert client.send("GET", f"/v1.0/servicePrincipals/{principal['id']}").status == 404
    assert client.grants() == []
    deleted = client.ok("GET", "/v1.0/directory/deletedItems/microsoft.graph.application")["value"]
    assert [item["id"] for item in deleted] == [application["id"]]
    client.ok("POST", f"/v1.0/directory/deletedItems/{application['id']}/restore")
    assert client.ok("GET", f"/v1.0/applications/{application['id']}")["deletedDateTime"] is None
    assert client.ok("GET", "/v1.0/directory/deletedItems/microsoft.graph.application")["value"] == []


def test_one_application_has_one_service_principal(client: Client) -> None:
    application = client.ok("POST", "/v1.0/applications", {"displayName": "reporter"})
    client.ok("POST", "/v1.0/servicePrincipals", {"appId": application["appId"]})
    again = client.send("POST", "/v1.0/servicePrincipals", {"appId": application["appId"]})
    assert error(again)[:2] == (409, "Request_MultipleObjectsWithSameKeyValue")


def test_patching_merges_complex_properties_and_replaces_lists(client: Client) -> None:
    application = client.ok("POST", "/v1.0/applications", {"displayName": "reporter", "tags": ["a", "b"]})
    path = f"/v1.0/applications/{application['id']}"
    client.ok("PATCH", path, {"web": {"homePageUrl": "https://contoso.com"}, "tags": ["c"], "notes": "n"})
    after = client.ok("GET", path)
    assert after["web"]["homePageUrl"] == "https://contoso.com"
    assert after["web"]["implicitGrantSettings"] == application["web"]["implicitGrantSettings"]
    assert (after["tags"], after["notes"], after["displayName"]) == (["c"], "n", "reporter")


def test_owners_are_the_maker_and_those_bound(client: Client) -> None:
    user = CONTOSO.users["Adele Vance"]
    body = {
        "displayName": "reporter",
        "owners@odata.bind": [f"https://graph.microsoft.com/v1.0/directoryObjects/{user}"],
    }
    application = client.ok("POST", "/v1.0/applications", body)
    path = f"/v1.0/applications/{application['id']}/owners"
    assert [owner["id"] for owner in client.ok("GET", path)["value"]] == [CONTOSO.principal_object_id, user]
    assert client.send("DELETE", f"{path}/{user}/$ref").status == 204
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user}"}
    assert client.send("POST", f"{path}/$ref", reference).status == 204
    assert client.send("POST", f"{path}/$ref", reference).status == 400
    assert "owners" not in application


def test_federated_credentials_are_unique_by_name_and_by_subject(client: Client) -> None:
    application = client.ok("POST", "/v1.0/applications", {"displayName": "reporter"})
    path = f"/v1.0/applications/{application['id']}/federatedIdentityCredentials"
    body = {"name": "ci", "issuer": "https://ci", "subject": "repo:x", "audiences": ["api://AzureADTokenExchange"]}
    created = client.ok("POST", path, body)
    assert error(client.send("POST", path, {**body, "subject": "y"}))[0] == 409
    assert error(client.send("POST", path, {**body, "name": "other"}))[0] == 409
    assert error(client.send("POST", path, {**body, "name": "z", "subject": ""}))[0] == 400
    assert client.send("PATCH", f"{path}/{created['id']}", {"subject": "repo:y"}).status == 204
    assert client.ok("GET", f"{path}/ci")["subject"] == "repo:y"
    assert client.send("DELETE", f"{path}/{created['id']}").status == 204
    assert client.ok("GET", path)["value"] == []
    assert client.send("GET", f"{path}/{created['id']}").status == 404


@pytest.mark.parametrize(
    ("issuer", "expression", "accepted"),
    [
        ("https://token.actions.githubusercontent.com", "claims['sub'] matches 'repo:a/b:*'", False),
        (
            "https://token.actions.githubusercontent.com",
            "claims['sub'] matches 'repo:a/b:*' and claims['repository_id'] eq '1'",
            True,
        ),
        (
            "https://token.actions.githubusercontent.com",
            "claims['sub'] matches 'repo:a/b:*' and claims['repository_owner_id'] eq '1' and claims['ref'] eq 'x'",
            False,
        ),
        ("https://gitlab.com", "claims['sub'] matches 'project_path:a/b:ref_type:branch:ref:*'", False),
        ("https://gitlab.com", "claims['sub'] matches 'project_path:a/b:*' and claims['project_id'] eq '1'", True),
        ("https://gitlab.contoso.com", "claims['sub'] matches 'project_id:1:*'", True),
        ("https://app.terraform.io", "claims['sub'] matches 'organization:a:*'", True),
    ],
)
def test_an_expression_needs_the_claims_that_entra_demands(
    client: Client, issuer: str, expression: str, accepted: bool
) -> None:
    application = client.ok("POST", "/v1.0/applications", {"displayName": "reporter"})
    path = f"/beta/applications/{application['id']}/federatedIdentityCredentials"
    body = {"name": "ci", "issuer": issuer, "audiences": ["api://AzureADTokenExchange"]}
    answer = client.send(
        "POST", path, {**body, "claimsMatchingExpression": {"value": expression, "languageVersion": 1}}
    )
    if accepted:
        assert answer.status == 201
        changed = {"claimsMatchingExpression": {"value": "claims['ref'] eq 'x'", "languageVersion": 1}}
        assert (client.send("PATCH", f"{path}/ci", changed).status == 400) == ("terraform" not in issuer)
    else:
        status, code, message = error(answer)
        assert (status, code) == (400, "InvalidFederatedIdentityCredentialValue")
        assert f"'{issuer}' either lacks all required claims or contains unallowed claims" in message


def test_administrative_units_have_members(client: Client) -> None:
    unit = CONTOSO.administrative_units["Berlin"]
    user = CONTOSO.users["Adele Vance"]
    path = f"/v1.0/directory/administrativeUnits/{unit}/members"
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user}"}
    assert client.send("POST", f"{path}/$ref", reference).status == 204
    assert error(client.send("POST", f"{path}/$ref", reference))[2] == DUPLICATE_ROLE
    assert [member["id"] for member in client.ok("GET", path)["value"]] == [user]
    assert client.send("DELETE", f"{path}/{user}/$ref").status == 204
    assert client.ok("GET", path)["value"] == []


def test_the_initial_domain_is_marked_and_the_custom_one_is_not(client: Client) -> None:
    domains = client.ok("GET", "/v1.0/domains")["value"]
    assert [(d["id"], d["isInitial"]) for d in domains] == [
        ("contoso.com", False),
        ("contoso.onmicrosoft.com", True),
    ]


def test_the_same_requests_give_the_same_ids_again() -> None:
    def ids() -> list[str]:
        client = Client()
        principal = str(client.account(type="SystemAssigned")["identity"]["principalId"])
        return [
            principal,
            client.assign_app_role(principal).body["id"],
            client.assign_directory_role(principal).body["id"],
        ]

    assert ids() == ids()
    assert len(set(ids())) == 3


def test_a_reset_plants_the_seed_again(client: Client, principal: str) -> None:
    client.assign_app_role(principal)
    client.dispatcher.reset(lag=7)
    assert client.grants() == []
    assert client.cloud.lag == 7
    assert client.send("GET", f"/v1.0/servicePrincipals/{principal}").status == 404
    assert [entry["number"] for entry in client.dispatcher.request_log.since()] == [1]
