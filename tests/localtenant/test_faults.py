"""Faults: which request they strike, and what they do to it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from localtenant.core.messages import Response
from localtenant.faults.faults import FaultSet, operation_noun, parse, subject_of
from localtenant.http.dispatcher import ConnectionCutError
from tests.localtenant.support import (
    ACCOUNT,
    CONTOSO,
    EXCHANGE,
    FABRIKAM,
    GROUP,
    ROLE_ASSIGNMENTS,
    SUBSCRIPTION,
    Client,
    error,
)

PRINCIPAL = CONTOSO.principal_object_id
GUID = "99999999-9999-4999-8999-999999999999"


def fault(client: Client, operation: str, effect: str, **more: Any) -> str:
    return client.dispatcher.faults.add({"operation": operation, "effect": effect, **more}).id


@pytest.mark.parametrize(
    ("path", "noun", "item"),
    [
        ("/v1.0/servicePrincipals", "servicePrincipals", False),
        (f"/v1.0/servicePrincipals/{GUID}", "servicePrincipals", True),
        (f"/v1.0/servicePrincipals(appId='{GUID}')", "servicePrincipals", True),
        (f"/v1.0/servicePrincipals/{GUID}/appRoleAssignedTo", "appRoleAssignedTo", False),
        (f"/v1.0/servicePrincipals/{GUID}/appRoleAssignedTo/{'a' * 43}", "appRoleAssignedTo", True),
        (f"/v1.0/servicePrincipals/{GUID}/owners/$ref", "owners", False),
        (ROLE_ASSIGNMENTS, "roleAssignments", False),
        (f"{ROLE_ASSIGNMENTS}/{'a' * 43}-1", "roleAssignments", True),
        ("/v1.0/$batch", "$batch", False),
        (f"/v1.0/applications/{GUID}/addPassword", "addPassword", False),
        (SUBSCRIPTION, "subscriptions", True),
        (GROUP, "resourceGroups", True),
        (f"{GROUP}/resources", "resources", False),
        (ACCOUNT, "automationAccounts", True),
        (f"{ACCOUNT}/runtimeEnvironments", "runtimeEnvironments", False),
        (f"{ACCOUNT}/listKeys", "listKeys", False),
        (f"{ACCOUNT}/providers/Microsoft.Authorization/locks/l", "locks", True),
        (f"{SUBSCRIPTION}/operationresults/{GUID}", "operationresults", True),
        (f"/{GUID}/oauth2/v2.0/token", "token", False),
        ("/metadata/endpoints", "metadata", False),
    ],
)
def test_an_operation_is_named_by_the_last_collection(path: str, noun: str, *, item: bool) -> None:
    assert operation_noun(path) == (noun, item)


def affects(request: dict[str, Any], requests: int) -> list[bool]:
    faults = FaultSet()
    faults.add({"operation": "GET things", "effect": "cut", **request})
    subject = subject_of("GET", "/v1.0/things", "", None)
    return [bool(faults.matching(subject)) for _ in range(requests)]


@pytest.mark.parametrize(
    ("request_", "struck"),
    [
        ({}, [True, False, False, False]),
        ({"position": 3}, [False, False, True, False]),
        ({"count": 2}, [True, True, False, False]),
        ({"position": 2, "count": 2}, [False, True, True, False]),
        ({"position": 2, "count": None}, [False, True, True, True]),
    ],
)
def test_position_and_count(request_: dict[str, Any], struck: list[bool]) -> None:
    assert affects(request_, 4) == struck


@pytest.mark.parametrize(
    ("request_", "method", "path", "body", "tenant", "struck"),
    [
        ({"operation": "POST roleAssignments"}, "POST", ROLE_ASSIGNMENTS, "", None, True),
        ({"operation": "post ROLEASSIGNMENTS"}, "POST", ROLE_ASSIGNMENTS, "", None, True),
        ({"operation": "POST roleAssignments"}, "GET", ROLE_ASSIGNMENTS, "", None, False),
        ({"operation": "* roleAssignments"}, "GET", ROLE_ASSIGNMENTS, "", None, True),
        ({"operation": "* *"}, "GET", "/anything", "", None, True),
        ({"operation": "* *", "match": "needle"}, "GET", "/x", "a needle", None, True),
        ({"operation": "* *", "match": "needle"}, "GET", "/needle", "", None, True),
        ({"operation": "* *", "match": "needle"}, "GET", "/x", "hay", None, False),
        ({"operation": "* *", "tenant": FABRIKAM.tenant_id}, "GET", "/x", "", CONTOSO.tenant_id, False),
        ({"operation": "* *", "tenant": FABRIKAM.tenant_id}, "GET", "/x", "", FABRIKAM.tenant_id, True),
        ({"operation": "* roleAssignments", "item": True}, "GET", ROLE_ASSIGNMENTS, "", None, False),
        ({"operation": "* roleAssignments", "item": False}, "GET", ROLE_ASSIGNMENTS, "", None, True),
    ],
)
def test_which_request_a_fault_looks_at(
    request_: dict[str, Any], method: str, path: str, body: str, tenant: str | None, *, struck: bool
) -> None:
    faults = FaultSet()
    faults.add({"effect": "cut", **request_})
    assert bool(faults.matching(subject_of(method, path, body, tenant))) is struck


@pytest.mark.parametrize(
    ("request_", "text"),
    [
        ({}, "needs 'operation'"),
        ({"operation": "GET x"}, "needs 'effect'"),
        ({"operation": "GETx", "effect": "cut"}, "is no operation"),
        ({"operation": "GET x", "effect": "explode"}, "There is no effect 'explode'"),
        ({"operation": "GET x", "effect": "status"}, "needs 'status'"),
        ({"operation": "GET x", "effect": "slow"}, "needs 'seconds'"),
        ({"operation": "GET x", "effect": "hide"}, "needs 'reads'"),
        ({"operation": "GET x", "effect": "deny"}, "needs 'permission'"),
        ({"operation": "GET x", "effect": "cut", "position": 0}, "begin at 1"),
        ({"operation": "GET x", "effect": "cut", "count": 0}, "begin at 1"),
        ({"operation": "GET x", "effect": "cut", "when": "during"}, "'before' or 'after'"),
        ({"operation": "GET x", "effect": "cut", "retryafter": 1}, "A fault has no 'retryafter'"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(request_: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        parse(request_)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (403, "Authorization_RequestDenied"),
        (429, "TooManyRequests"),
        (500, "Service_InternalServerError"),
        (502, "BadGateway"),
        (503, "ServiceUnavailable"),
        (504, "GatewayTimeout"),
    ],
)
def test_a_status_has_graphs_own_code_and_nothing_happens(client: Client, status: int, code: str) -> None:
    fault(client, "POST appRoleAssignedTo", "status", status=status)
    assert error(client.assign_app_role(PRINCIPAL))[:2] == (status, code)
    assert client.grants() == []
    assert client.assign_app_role(PRINCIPAL).status == 201


def test_a_status_after_processing_hides_a_success(client: Client) -> None:
    fault(client, "POST roleAssignments", "status", status=504, when="after")
    assert client.assign_directory_role(PRINCIPAL).status == 504
    assert len(client.grants()) == 1
    assert client.assign_directory_role(PRINCIPAL).status == 400


def test_throttling_says_when_to_come_back(client: Client) -> None:
    fault(client, "PUT automationAccounts", "status", status=429, retryAfter=17)
    response = client.arm("PUT", ACCOUNT, {"location": "westeurope"})
    assert (response.status, response.headers["Retry-After"], response.body["error"]["code"]) == (
        429,
        "17",
        "TooManyRequests",
    )
    assert set(response.body["error"]) == {"code", "message"}


def test_code_and_message_can_be_given(client: Client) -> None:
    fault(client, "PUT automationAccounts", "status", status=409, code="Conflict", message="No.")
    assert error(client.arm("PUT", ACCOUNT, {"location": "westeurope"})) == (409, "Conflict", "No.")


def test_a_cut_before_loses_the_request_and_a_cut_after_loses_the_answer(client: Client) -> None:
    fault(client, "POST roleAssignments", "cut")
    fault(client, "POST roleAssignments", "cut", when="after", position=2)
    with pytest.raises(ConnectionCutError):
        client.assign_directory_role(PRINCIPAL)
    assert client.grants() == []
    with pytest.raises(ConnectionCutError):
        client.assign_directory_role(PRINCIPAL)
    assert len(client.grants()) == 1
    assert [entry["status"] for entry in client.dispatcher.request_log.since()] == [0, 0]
    assert client.dispatcher.request_log.since()[1]["remarks"] == ["fault f2: cut after", "no answer"]


def test_a_written_object_can_hide_from_some_reads(client: Client) -> None:
    fault(client, "POST roleAssignments", "hide", reads=2)
    path = f"{ROLE_ASSIGNMENTS}/{client.assign_directory_role(PRINCIPAL).body['id']}"
    assert [client.send("GET", path).status for _ in range(3)] == [404, 404, 200]


def test_a_read_can_hit_a_replica_that_is_behind(client: Client) -> None:
    created = client.assign_directory_role(PRINCIPAL).body["id"]
    client.clock.advance(5)
    fault(client, "GET roleAssignments", "replica", seconds=10, item=True)
    path = f"{ROLE_ASSIGNMENTS}/{created}"
    assert client.send("GET", path).status == 404
    assert client.send("GET", path).status == 200
    client.clock.advance(60)
    client.send("DELETE", path)
    client.clock.advance(5)
    fault(client, "GET roleAssignments", "replica", seconds=10, item=True)
    # The replica has not heard of the deletion yet.
    assert client.send("GET", path).status == 200
    assert client.send("GET", path).status == 404


def test_a_replica_shows_former_properties_and_former_resources(client: Client) -> None:
    client.account()
    client.clock.advance(100)
    client.arm("PATCH", ACCOUNT, {"tags": {"a": "b"}})
    fault(client, "GET automationAccounts", "replica", seconds=50)
    assert client.arm("GET", ACCOUNT).body["tags"] == {}
    assert client.arm("GET", ACCOUNT).body["tags"] == {"a": "b"}


def test_one_object_can_lag_behind_the_others(client: Client) -> None:
    fault(client, "PUT automationAccounts", "lag", seconds=30)
    late = str(client.account(type="SystemAssigned")["identity"]["principalId"])
    early = str(client.identity()["properties"]["principalId"])
    assert client.assign_app_role(early).status == 201
    assert client.assign_app_role(late).status == 400
    client.clock.advance(30)
    assert client.assign_app_role(late).status == 201


def test_a_slow_answer_takes_its_time_on_the_tenants_clock(client: Client) -> None:
    fault(client, "GET servicePrincipals", "slow", seconds=90)
    before = client.clock.now()
    assert client.send("GET", "/v1.0/servicePrincipals").status == 200
    assert (client.clock.now() - before).total_seconds() == 90


def test_an_answer_that_is_no_json(client: Client) -> None:
    fault(client, "GET servicePrincipals", "notJson", status=503)
    response = client.send("GET", "/v1.0/servicePrincipals")
    assert (response.status, response.content_type) == (503, "text/html; charset=utf-8")
    assert response.content().startswith(b"<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("path", "code"),
    [("/v1.0/domains", "InvalidAuthenticationToken"), (GROUP, "ExpiredAuthenticationToken")],
)
def test_every_api_reports_an_expired_token_in_its_own_words(client: Client, path: str, code: str) -> None:
    fault(client, "GET *", "expiredToken")
    response = client.arm("GET", path, version="2024-03-01")
    assert error(response)[:2] == (401, code)
    assert "invalid_token" in response.headers["WWW-Authenticate"]
    assert client.arm("GET", path, version="2024-03-01").status == 200


def test_one_permission_can_be_denied(client: Client) -> None:
    fault(client, "* *", "deny", permission="RoleManagement.ReadWrite.Directory", count=None)
    assert error(client.assign_directory_role(PRINCIPAL))[:2] == (403, "Authorization_RequestDenied")
    assert client.assign_app_role(PRINCIPAL).status == 201


def test_one_azure_action_or_role_can_be_denied(client: Client) -> None:
    fault(client, "PUT automationAccounts", "deny", permission="Microsoft.Automation/automationAccounts/write")
    response = client.arm("PUT", ACCOUNT, {"location": "westeurope"})
    assert error(response)[:2] == (403, "AuthorizationFailed")
    assert "action 'Microsoft.Automation/automationAccounts/write' over scope" in error(response)[2]
    fault(client, "PUT automationAccounts", "deny", permission="Owner")
    assert client.arm("PUT", ACCOUNT, {"location": "westeurope"}).status == 403
    assert client.arm("PUT", ACCOUNT, {"location": "westeurope"}).status == 201


def test_somebody_else_removes_the_object_addressed(client: Client) -> None:
    created = client.assign_directory_role(PRINCIPAL).body["id"]
    fault(client, "DELETE roleAssignments", "remove")
    assert client.send("DELETE", f"{ROLE_ASSIGNMENTS}/{created}").status == 404
    assert client.grants() == []


def test_somebody_else_removes_the_new_object(client: Client) -> None:
    fault(client, "POST roleAssignments", "remove", when="after")
    created = client.assign_directory_role(PRINCIPAL)
    assert created.status == 201
    assert client.grants() == []
    assert client.send("GET", f"{ROLE_ASSIGNMENTS}/{created.body['id']}").status == 404


def test_somebody_else_removes_the_principal(client: Client) -> None:
    principal = str(client.identity()["properties"]["principalId"])
    client.assign_app_role(principal)
    fault(client, "POST roleAssignments", "remove", object="principal")
    assert client.assign_directory_role(principal).status == 404
    assert client.grants() == []


def test_somebody_else_removes_a_resource(client: Client) -> None:
    client.account(type="SystemAssigned")
    fault(client, "GET automationAccounts", "remove")
    assert error(client.arm("GET", ACCOUNT))[:2] == (404, "ResourceNotFound")
    fault(client, "GET resourceGroups", "remove", object=EXCHANGE)
    client.arm("GET", GROUP, version="2024-03-01")
    assert client.send("GET", f"/v1.0/servicePrincipals/{EXCHANGE}").status == 404


def test_a_fault_strikes_inside_a_batch(client: Client) -> None:
    fault(client, "GET domains", "status", status=429, retryAfter=3)
    body = client.ok("POST", "/v1.0/$batch", {"requests": [{"id": "1", "method": "GET", "url": "/domains"}]})
    assert [(row["status"], row["headers"]["Retry-After"]) for row in body["responses"]] == [(429, "3")]


def test_sign_in_can_fail_too(client: Client) -> None:
    fault(client, "POST token", "status", status=503)
    response = client.send("POST", f"/{CONTOSO.tenant_id}/oauth2/v2.0/token", b"")
    assert response.status == 503
    assert response.body["error"] == "temporarily_unavailable"


async def held(client: Client, fault_id: str) -> tuple[Response, list[int]]:
    """Holds a POST, reads the grants while it is held, and releases it."""
    task = asyncio.create_task(client.dispatcher.answer(assign(client)))
    await asyncio.wait_for(client.dispatcher.hold(fault_id).hit.wait(), 5)
    assert not task.done()
    meanwhile = len(client.grants())
    client.dispatcher.hold(fault_id).released.set()
    response = await asyncio.wait_for(task, 5)
    return response, [meanwhile, len(client.grants())]


def assign(client: Client) -> Any:
    body = {
        "principalId": PRINCIPAL,
        "roleDefinitionId": "29232cdf-9323-42fd-ade2-1d097af3e4de",
        "directoryScopeId": "/",
    }
    return client.request("POST", ROLE_ASSIGNMENTS, body)


@pytest.mark.parametrize(("when", "counts"), [("before", [0, 1]), ("after", [1, 1])])
def test_a_request_is_held_before_or_after_it_is_processed(client: Client, when: str, counts: list[int]) -> None:
    fault_id = fault(client, "POST roleAssignments", "hold", when=when)
    response, seen = asyncio.run(held(client, fault_id))
    assert response.status == 201
    assert seen == counts


@pytest.mark.parametrize(("when", "grants"), [("before", 0), ("after", 1)])
def test_a_client_that_leaves_while_held_gets_no_answer(client: Client, when: str, grants: int) -> None:
    fault_id = fault(client, "POST roleAssignments", "hold", when=when)

    async def leave() -> None:
        await client.dispatcher.hold(fault_id).hit.wait()

    with pytest.raises(ConnectionCutError):
        asyncio.run(asyncio.wait_for(client.dispatcher.answer(assign(client), leave), 5))
    assert len(client.grants()) == grants


def test_clearing_the_faults_lets_go_of_what_is_held(client: Client) -> None:
    fault_id = fault(client, "POST roleAssignments", "hold")

    async def scenario() -> Response:
        task = asyncio.create_task(client.dispatcher.answer(assign(client)))
        await client.dispatcher.hold(fault_id).hit.wait()
        client.dispatcher.clear_faults()
        return await asyncio.wait_for(task, 5)

    assert asyncio.run(scenario()).status == 201
    assert client.dispatcher.faults.faults == []


def test_two_faults_can_strike_one_request(client: Client) -> None:
    fault(client, "POST roleAssignments", "slow", seconds=9)
    fault(client, "POST roleAssignments", "status", status=500, when="after")
    before = client.clock.now()
    assert client.assign_directory_role(PRINCIPAL).status == 500
    assert (client.clock.now() - before).total_seconds() == 9
    assert client.dispatcher.request_log.since()[0]["remarks"] == [
        "fault f1: slow before 9 s",
        "fault f2: status after 500",
    ]


def test_a_fault_tells_what_it_has_struck(client: Client) -> None:
    fault_id = fault(client, "GET domains", "status", status=500, position=2)
    for _ in range(3):
        client.send("GET", "/v1.0/domains")
    found = client.dispatcher.faults.get(fault_id)
    assert found is not None
    assert found.as_json() == {
        "id": "f1",
        "operation": "GET domains",
        "effect": "status",
        "position": 2,
        "count": 1,
        "when": "before",
        "status": 500,
        "object": "path",
        "seen": 3,
        "hits": 1,
    }
