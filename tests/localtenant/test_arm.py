"""Resource Manager through the dispatcher, without a server."""

from __future__ import annotations

import asyncio

import pytest

from localtenant.arm.known_types import KNOWN_TYPES
from localtenant.state import seed
from tests.localtenant.support import (
    ACCOUNT,
    CONTOSO,
    FABRIKAM,
    GROUP,
    IDENTITY,
    SUBSCRIPTION,
    URL,
    Client,
    error,
)

GROUPS = "2024-03-01"
RUNTIME = f"{ACCOUNT}/runtimeEnvironments/PowerShell-74"
PACKAGE = f"{RUNTIME}/packages/ExchangeOnlineManagement"
GALLERY = "https://www.powershellgallery.com/api/v2/package/ExchangeOnlineManagement/3.9.0"


def runtime(client: Client) -> None:
    client.account()
    body = {"location": "westeurope", "properties": {"runtime": {"language": "PowerShell", "version": "7.4"}}}
    assert client.arm("PUT", RUNTIME, body).status == 201


def principals(client: Client) -> list[str]:
    return [
        body["displayName"]
        for body in client.cloud.tenants[CONTOSO.tenant_id].directory.live("servicePrincipals")
        if body["servicePrincipalType"] == "ManagedIdentity"
    ]


def test_an_error_has_resource_managers_form(client: Client) -> None:
    response = client.arm("GET", ACCOUNT)
    assert error(response) == (
        404,
        "ResourceNotFound",
        (
            "The Resource 'Microsoft.Automation/automationAccounts/aa-mail' under resource group 'rg-existing' was not "
            "found. For more details please go to https://aka.ms/ARMResourceNotFoundFix"
        ),
    )
    assert set(response.body["error"]) == {"code", "message"}
    assert {"x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id"} <= set(response.headers)


def test_an_api_version_is_needed_and_must_be_known(client: Client) -> None:
    assert error(client.send("GET", ACCOUNT))[:2] == (400, "MissingApiVersionParameter")
    unknown = client.arm("GET", ACCOUNT, version="1999-01-01")
    assert error(unknown)[:2] == (400, "NoRegisteredProviderFound")
    assert "2024-10-23" in error(unknown)[2]


def test_an_unknown_type_is_refused_by_name(client: Client) -> None:
    response = client.arm("GET", f"{GROUP}/providers/Microsoft.Automation/teapots/t")
    assert error(response)[:2] == (404, "InvalidResourceType")
    assert "teapots" in error(response)[2]


def test_responses_spell_a_type_differently_in_letter_case_alone() -> None:
    names = {known.name: known.shown or known.name for known in KNOWN_TYPES.values()}
    assert {name for name, shown in names.items() if shown.lower() != name.lower()} == set()


def test_an_account_is_created_then_changed(client: Client) -> None:
    body = {"location": "West Europe", "tags": {"a": "b"}, "properties": {"sku": {"name": "Basic"}}}
    created = client.arm("PUT", ACCOUNT, body)
    client.clock.advance(60)
    changed = client.arm("PUT", ACCOUNT, {**body, "properties": {"disableLocalAuth": True}})
    assert (created.status, changed.status) == (201, 200)
    first, second = created.body["properties"], changed.body["properties"]
    assert (first["state"], first["disableLocalAuth"], second["disableLocalAuth"]) == ("Ok", False, True)
    assert first["creationTime"] == second["creationTime"]
    assert first["lastModifiedTime"] < second["lastModifiedTime"]
    assert second["sku"]["name"] == "Basic"
    assert created.body["location"] == "westeurope"
    assert "identity" not in created.body
    assert client.arm("GET", ACCOUNT).body == changed.body


def test_ids_are_found_whatever_their_case_and_echoed_as_first_written(client: Client) -> None:
    client.account()
    assert client.arm("GET", ACCOUNT.upper().replace("/SUBSCRIPTIONS", "/subscriptions")).body["id"] == ACCOUNT
    assert client.arm("PUT", ACCOUNT.replace("aa-mail", "AA-MAIL"), {"location": "westeurope"}).status == 200
    assert client.arm("GET", ACCOUNT).body["name"] == "aa-mail"


def test_an_account_stays_where_it_is(client: Client) -> None:
    client.account()
    assert error(client.arm("PUT", ACCOUNT, {"location": "eastus"}))[:2] == (409, "InvalidResourceLocation")
    assert error(client.arm("PUT", ACCOUNT.replace("aa-mail", "aa-more"), {}))[:2] == (400, "LocationRequired")


@pytest.mark.parametrize("name", ["1aa-mail", "short", "aa_mail", "a" * 51, "aa-mail-"])
def test_an_account_name_follows_azures_rule(client: Client, name: str) -> None:
    response = client.arm("PUT", ACCOUNT.replace("aa-mail", name), {"location": "westeurope"})
    assert error(response)[:2] == (400, "InvalidResourceName")


def test_a_system_assigned_identity_comes_and_goes_with_its_grants(client: Client) -> None:
    identity = client.account(type="SystemAssigned")["identity"]
    assert identity["tenantId"] == CONTOSO.tenant_id
    client.assign_app_role(identity["principalId"])
    client.assign_directory_role(identity["principalId"])
    assert principals(client) == ["aa-mail"]
    assert client.arm("DELETE", ACCOUNT).status == 200
    assert principals(client) == []
    assert client.grants() == []
    assert client.arm("DELETE", ACCOUNT).status == 204


def test_a_put_without_identity_leaves_it_and_type_none_takes_it_away(client: Client) -> None:
    before = client.account(type="SystemAssigned")["identity"]
    assert client.account()["identity"] == before
    assert client.account(type="None")["identity"] == {"type": "None"}
    assert principals(client) == []
    again = client.account(type="SystemAssigned")["identity"]
    assert again["principalId"] != before["principalId"]


def test_changing_from_system_to_user_assigned_removes_the_one_and_keeps_the_other(client: Client) -> None:
    user = client.identity()["properties"]
    system = client.account(type="SystemAssigned")["identity"]["principalId"]
    client.assign_app_role(system)
    client.assign_app_role(user["principalId"])
    after = client.account(type="UserAssigned", userAssignedIdentities={IDENTITY: {}})["identity"]
    assert after == {
        "type": "UserAssigned",
        "userAssignedIdentities": {
            IDENTITY: {"principalId": user["principalId"], "clientId": user["clientId"]},
        },
    }
    assert [row["principalId"] for row in client.grants()] == [user["principalId"]]


def test_both_kinds_of_identity_together(client: Client) -> None:
    client.identity()
    both = client.account(type="SystemAssigned,UserAssigned", userAssignedIdentities={IDENTITY: {}})["identity"]
    assert both["type"] == "SystemAssigned, UserAssigned"
    assert both["principalId"]
    assert list(both["userAssignedIdentities"]) == [IDENTITY]


def test_patching_the_identity_alone(client: Client) -> None:
    client.account()
    patched = client.arm("PATCH", ACCOUNT, {"identity": {"type": "SystemAssigned"}}).body
    assert patched["identity"]["principalId"]
    assert patched["properties"]["sku"]["name"] == "Basic"
    assert client.arm("PATCH", ACCOUNT, {"tags": {"x": "y"}}).body["identity"] == patched["identity"]


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        ({"type": "Magic"}, "InvalidIdentityType"),
        ({"type": "None,SystemAssigned"}, "InvalidIdentityType"),
        ({"type": "UserAssigned"}, "LinkedInvalidPropertyId"),
        ({"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}, "FailedIdentityOperation"),
        ({"type": "SystemAssigned", "userAssignedIdentities": {IDENTITY: {}}}, "InvalidUserAssignedIdentities"),
    ],
)
def test_an_identity_that_cannot_be_is_refused(client: Client, identity: dict[str, object], code: str) -> None:
    response = client.arm("PUT", ACCOUNT, {"location": "westeurope", "identity": identity})
    assert error(response)[:2] == (400, code)
    assert principals(client) == []


def test_a_user_assigned_identity_keeps_its_principal_and_outlives_the_account(client: Client) -> None:
    first = client.identity()["properties"]
    assert client.identity()["properties"] == first
    client.account(type="UserAssigned", userAssignedIdentities={IDENTITY: {}})
    client.assign_app_role(first["principalId"])
    client.arm("DELETE", ACCOUNT)
    assert len(client.grants()) == 1
    assert client.arm("DELETE", IDENTITY, version="2023-01-31").status == 200
    assert client.grants() == []
    assert principals(client) == []


def test_deleting_an_account_survives_a_principal_that_was_removed_by_hand(client: Client) -> None:
    principal = client.account(type="SystemAssigned")["identity"]["principalId"]
    directory = client.cloud.tenants[CONTOSO.tenant_id].directory
    directory.delete("servicePrincipals", principal, client.cloud.access())
    assert client.arm("DELETE", ACCOUNT).status == 200


def test_a_package_imports_after_its_put_has_answered(client: Client) -> None:
    runtime(client)
    made = client.arm("PUT", PACKAGE, {"properties": {"contentLink": {"uri": GALLERY}}})
    assert made.status == 201
    assert made.body["properties"]["provisioningState"] == "Creating"
    assert made.body["properties"]["version"] is None
    assert (made.body["location"], made.body["tags"]) == ("westeurope", {})
    states = []
    for _ in range(70):
        states.append(client.arm("GET", PACKAGE).body["properties"]["provisioningState"])
        client.clock.advance(1)
    assert states[0] == "Creating"
    assert states[-1] == "Succeeded"
    assert "ContentDownloaded" in states
    shown = client.arm("GET", PACKAGE).body
    assert "contentLink" not in str(shown)
    assert shown["properties"]["sizeInBytes"] > 0
    assert shown["properties"]["version"] == "3.9.0"


def imported(client: Client, uri: str, **content_hash: str) -> tuple[str, str | None]:
    """State and error of a package a minute after its PUT."""
    runtime(client)
    link = {"uri": uri, "contentHash": content_hash} if content_hash else {"uri": uri}
    assert client.arm("PUT", PACKAGE, {"properties": {"contentLink": link}}).status == 201
    client.clock.advance(60)
    shown = client.arm("GET", PACKAGE).body["properties"]
    return shown["provisioningState"], shown["error"]["message"]


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        (GALLERY.replace("3.9.0", "3.6.9"), "404 Not Found"),
        (GALLERY.replace("ExchangeOnlineManagement", "ExchangeOnlineManagment"), "not 'ExchangeOnlineManagement'"),
        ("https://packages.contoso.com/x.nupkg", "not reachable"),
        (f"{URL}/blobs/stmail/runbooks/x.nupkg", "could not be used"),
    ],
)
def test_an_import_fails_where_the_package_cannot_be_had(client: Client, uri: str, says: str) -> None:
    state, why = imported(client, uri)
    assert state == "Failed"
    assert says in str(why)


def test_an_import_fails_on_demand(client: Client) -> None:
    client.cloud.behaviour.package_imports_fail = True
    assert imported(client, GALLERY)[0] == "Failed"


@pytest.mark.parametrize("uri", ["", "ftp://gallery/x", "x"])
def test_a_package_needs_an_address(client: Client, uri: str) -> None:
    runtime(client)
    assert client.arm("PUT", PACKAGE, {"properties": {"contentLink": {"uri": uri}}}).status == 400


@pytest.mark.parametrize(("language", "version"), [("PowerShell", "7.5"), ("Perl", "5"), (None, None)])
def test_a_runtime_that_does_not_exist_is_refused(client: Client, language: str | None, version: str | None) -> None:
    client.account()
    body = {"location": "westeurope", "properties": {"runtime": {"language": language, "version": version}}}
    assert client.arm("PUT", RUNTIME, body).status == 400


def test_the_version_of_a_runtime_cannot_be_changed(client: Client) -> None:
    runtime(client)
    body = {"location": "westeurope", "properties": {"runtime": {"language": "PowerShell", "version": "7.2"}}}
    assert "cannot be changed" in error(client.arm("PUT", RUNTIME, body))[2]


def test_a_child_needs_its_parent_and_goes_with_it(client: Client) -> None:
    link = {"properties": {"contentLink": {"uri": GALLERY}}}
    assert error(client.arm("PUT", PACKAGE, link))[:2] == (404, "ParentResourceNotFound")
    runtime(client)
    client.arm("PUT", PACKAGE, link)
    listed = client.arm("GET", f"{RUNTIME}/packages").body["value"]
    assert [row["name"] for row in listed] == ["ExchangeOnlineManagement"]
    client.arm("DELETE", ACCOUNT)
    client.account()
    assert client.arm("GET", RUNTIME).status == 404
    assert client.arm("GET", f"{ACCOUNT}/runtimeEnvironments").body["value"] == []


def test_local_authentication_decides_about_keys(client: Client) -> None:
    client.account()
    assert [key["KeyName"] for key in client.arm("POST", f"{ACCOUNT}/listKeys").body["keys"]] == [
        "Primary",
        "Secondary",
    ]
    client.arm("PATCH", ACCOUNT, {"properties": {"disableLocalAuth": True}})
    assert client.arm("POST", f"{ACCOUNT}/listKeys").status == 403


# Resource groups


def test_a_resource_group_is_created_listed_and_found(client: Client) -> None:
    path = f"{SUBSCRIPTION}/resourceGroups/rg-new"
    assert error(client.arm("GET", path, version=GROUPS))[:2] == (404, "ResourceGroupNotFound")
    assert client.arm("HEAD", path, version=GROUPS).status == 404
    assert error(client.arm("PUT", path, {}, GROUPS))[:2] == (400, "LocationRequired")
    assert client.arm("PUT", path, {"location": "West Europe"}, GROUPS).status == 201
    assert client.arm("PUT", path, {"location": "westeurope", "tags": {"a": "b"}}, GROUPS).status == 200
    assert client.arm("HEAD", path, version=GROUPS).status == 204
    assert error(client.arm("PUT", path, {"location": "eastus"}, GROUPS))[:2] == (409, "InvalidResourceGroupLocation")
    names = [row["name"] for row in client.arm("GET", f"{SUBSCRIPTION}/resourceGroups", version=GROUPS).body["value"]]
    assert names == [seed.EXISTING_RESOURCE_GROUP, "rg-new"]


def test_a_group_lists_the_resources_in_it(client: Client) -> None:
    runtime(client)
    client.identity()
    rows = client.arm("GET", f"{GROUP}/resources", version=GROUPS).body["value"]
    # Runtime environments and packages are no tracked resources of their own.
    assert [row["type"] for row in rows] == [
        "Microsoft.Automation/AutomationAccounts",
        "Microsoft.ManagedIdentity/userAssignedIdentities",
    ]


def test_deleting_a_group_takes_time_and_everything_in_it(client: Client) -> None:
    principal = client.account(type="SystemAssigned")["identity"]["principalId"]
    client.assign_app_role(principal)
    started = client.arm("DELETE", GROUP, version=GROUPS)
    assert (started.status, started.headers["Retry-After"]) == (202, "1")
    poll = started.headers["Location"].removeprefix("https://localhost:8443")
    assert client.send("GET", poll).status == 202
    assert client.arm("GET", GROUP, version=GROUPS).body["properties"]["provisioningState"] == "Deleting"
    assert len(client.grants()) == 1
    client.clock.advance(5)
    assert client.send("GET", poll).status == 200
    assert client.arm("GET", GROUP, version=GROUPS).status == 404
    assert client.grants() == []


def test_polling_moves_a_virtual_clock_for_clients_that_wait_on_the_wall(client: Client) -> None:
    poll = client.arm("DELETE", GROUP, version=GROUPS).headers["Location"].removeprefix("https://localhost:8443")
    assert [client.send("GET", poll).status for _ in range(4)][-1] == 200


def test_a_resource_needs_its_group(client: Client) -> None:
    elsewhere = ACCOUNT.replace(seed.EXISTING_RESOURCE_GROUP, "rg-none")
    assert error(client.arm("PUT", elsewhere, {"location": "westeurope"}))[:2] == (404, "ResourceGroupNotFound")


# Above groups, and who may do what


def test_subscriptions_and_tenants_of_the_caller(client: Client) -> None:
    own = client.arm("GET", "/subscriptions", version="2022-12-01").body["value"]
    assert [row["subscriptionId"] for row in own] == list(CONTOSO.subscription_ids)
    tenants = client.arm("GET", "/tenants", version="2022-12-01").body["value"]
    assert [row["defaultDomain"] for row in tenants] == ["contoso.com"]
    unknown = client.arm("GET", "/subscriptions/99999999-9999-4999-8999-999999999999", version="2022-12-01")
    assert error(unknown)[:2] == (404, "SubscriptionNotFound")


def test_a_token_of_another_tenant_opens_nothing(client: Client) -> None:
    response = client.send("GET", f"{GROUP}?api-version={GROUPS}", token=client.token(FABRIKAM))
    assert error(response)[:2] == (401, "InvalidAuthenticationTokenTenant")


def test_no_token_is_a_401_in_resource_managers_words(client: Client) -> None:
    request = client.request("GET", f"{GROUP}?api-version={GROUPS}")
    request.headers = {}
    response = asyncio.run(client.dispatcher.answer(request))
    assert error(response)[:2] == (401, "AuthenticationFailed")
    assert "authorization_uri" in response.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("roles", "account", "identity", "group"),
    [
        (["Owner"], 201, 201, 201),
        (["Contributor"], 201, 201, 201),
        (["Reader"], 403, 403, 403),
        (["Automation Contributor"], 201, 403, 403),
        (["Automation Contributor", "Managed Identity Contributor"], 201, 201, 403),
        ([], 403, 403, 403),
    ],
)
def test_azure_roles_decide(client: Client, roles: list[str], account: int, identity: int, group: int) -> None:
    client.cloud.tenants[CONTOSO.tenant_id].deployer.arm_roles = tuple(roles)
    body = {"location": "westeurope"}
    assert client.arm("PUT", ACCOUNT, body).status == account
    assert client.arm("PUT", IDENTITY, body, "2023-01-31").status == identity
    assert client.arm("PUT", f"{SUBSCRIPTION}/resourceGroups/rg-new", body, GROUPS).status == group


@pytest.mark.parametrize(
    ("roles", "status"),
    [
        (["Contributor"], 201),
        (["Automation Contributor", "Managed Identity Contributor"], 403),
        (["Automation Contributor", "Managed Identity Operator"], 201),
    ],
)
def test_giving_an_identity_to_an_account_is_a_right_of_its_own(client: Client, roles: list[str], status: int) -> None:
    client.identity()
    client.cloud.tenants[CONTOSO.tenant_id].deployer.arm_roles = tuple(roles)
    identity = {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}}
    response = client.arm("PUT", ACCOUNT, {"location": "westeurope", "identity": identity})
    assert response.status == status
    if status == 403:
        assert error(response)[1] == "LinkedAuthorizationFailed"
        assert (
            "'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action' on the linked scope(s)"
            in error(response)[2]
        )


def test_a_namespace_must_be_registered_and_can_be(client: Client) -> None:
    provider = f"{SUBSCRIPTION}/providers/Microsoft.Automation"
    client.arm("POST", f"{provider}/unregister", version=GROUPS)
    refused = client.arm("PUT", ACCOUNT, {"location": "westeurope"})
    assert error(refused)[:2] == (409, "MissingSubscriptionRegistration")
    assert client.arm("POST", f"{provider}/register", version=GROUPS).body["registrationState"] == "Registered"
    assert client.arm("PUT", ACCOUNT, {"location": "westeurope"}).status == 201
