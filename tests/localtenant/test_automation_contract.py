"""Azure Automation's answers where its REST contract (2024-10-23) and common sense differ."""

from __future__ import annotations

from typing import Any

import pytest

from tests.localtenant.support import ACCOUNT, Client, Json, error

RUNTIME = f"{ACCOUNT}/runtimeEnvironments/PowerShell-74"
RUNBOOK = f"{ACCOUNT}/runbooks/report"
LINK = f"{ACCOUNT}/jobSchedules/11111111-1111-4111-8111-111111111111"
SCHEDULE = {"startTime": "2031-01-01T06:00:00Z", "frequency": "Month", "interval": 1}
PYTHON = {"runtime": {"language": "PowerShell", "version": "7.4"}}


@pytest.fixture
def ready(client: Client) -> Client:
    client.account()
    return client


def named(collection: str, **properties: Any) -> tuple[str, Json]:
    return f"{ACCOUNT}/{collection}/one", {"name": "one", "properties": properties}


ASSETS: dict[str, tuple[Json, Json]] = {
    "variables": ({"value": '"a"'}, {"value": '"b"', "description": "New."}),
    "credentials": ({"userName": "mail", "password": "first"}, {"userName": "other", "description": "New."}),
    "certificates": ({"base64Value": "YQ=="}, {"description": "New."}),
    "connections": (
        {
            "connectionType": {"name": "Azure"},
            "fieldDefinitionValues": {"AutomationCertificateName": "a", "SubscriptionID": "b"},
        },
        {"fieldDefinitionValues": {"AutomationCertificateName": "c", "SubscriptionID": "d"}, "description": "New."},
    ),
}


@pytest.mark.parametrize("collection", list(ASSETS))
def test_an_asset_is_changed_by_patch_and_keeps_the_rest(ready: Client, collection: str) -> None:
    given, changes = ASSETS[collection]
    path, body = named(collection, **given)
    assert ready.arm("PUT", path, body).status == 201
    before = ready.arm("GET", path).body
    changed = ready.arm("PATCH", path, {"name": "one", "properties": changes})
    assert changed.status == 200, changed.body
    shown = ready.arm("GET", path).body["properties"]
    visible = {name: value for name, value in changes.items() if name in shown}
    assert {name: shown[name] for name in visible} == visible
    assert shown["creationTime"] == before["properties"]["creationTime"]


@pytest.mark.parametrize("path", [*(f"{ACCOUNT}/{name}/absent" for name in (*ASSETS, "schedules", "webhooks")), LINK])
def test_deleting_an_absent_asset_schedule_webhook_or_link_is_not_found(ready: Client, path: str) -> None:
    assert ready.arm("DELETE", path).status == 404


@pytest.mark.parametrize("path", [f"{ACCOUNT}/runbooks/absent", f"{ACCOUNT}/runtimeEnvironments/absent"])
def test_deleting_an_absent_runbook_or_runtime_environment_succeeds(ready: Client, path: str) -> None:
    assert ready.arm("DELETE", path).status == 204


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (RUNTIME, {"properties": PYTHON}, "location"),
        (ACCOUNT, {"location": "westeurope", "properties": {"disableLocalAuth": "yes"}}, "disableLocalAuth"),
        (ACCOUNT, {"location": "westeurope", "properties": {"encryption": {"keySource": "Foo"}}}, "Foo"),
        (RUNBOOK, {"properties": {"runbookType": "PowerShell", "logVerbose": "yes", "draft": {}}}, "logVerbose"),
        (
            RUNBOOK,
            {
                "properties": {
                    "runbookType": "PowerShell",
                    "publishContentLink": {"uri": "https://x", "contentHash": {"value": "ab"}},
                }
            },
            "algorithm",
        ),
        (*named("connections", fieldDefinitionValues={}), "connectionType"),
        (*named("connections", connectionType={"name": "Nonsense"}), "Nonsense"),
        (LINK, {"properties": {"schedule": {"name": "daily"}}}, "runbook"),
        (LINK, {"properties": {"runbook": {"name": "report"}, "schedule": {}}}, "name"),
        (f"{ACCOUNT}/schedules/one", {"name": "two", "properties": SCHEDULE}, "does not match"),
        (f"{ACCOUNT}/variables/one", {"name": "two", "properties": {"value": '"a"'}}, "does not match"),
    ],
)
def test_what_the_contract_requires_is_refused_with_400(ready: Client, path: str, body: Json, expected: str) -> None:
    status, _, message = error(ready.arm("PUT", path, body))
    assert status == 400
    assert expected in message


@pytest.mark.parametrize(("occurrence", "status"), [(1, 201), (5, 201), (-1, 201), (6, 400), (0, 400), (-2, 400)])
def test_an_occurrence_is_one_to_five_or_the_last(ready: Client, occurrence: int, status: int) -> None:
    advanced = {"monthlyOccurrences": [{"day": "Friday", "occurrence": occurrence}]}
    path, body = named("schedules", **SCHEDULE, advancedSchedule=advanced)
    assert ready.arm("PUT", path, body).status == status


@pytest.mark.parametrize(
    ("collection", "version", "status"),
    [
        ("webhooks", "2022-08-08", 400),
        ("webhooks", "2023-11-01", 400),
        ("webhooks", "2015-10-31", 200),
        ("webhooks", "2023-05-15-preview", 200),
        ("runbooks", "2021-06-22", 400),
        ("variables", "2021-06-22", 400),
        ("runbooks", "2019-06-01", 200),
        ("runtimeEnvironments", "2023-11-01", 400),
    ],
)
def test_each_type_has_the_api_versions_that_exist(ready: Client, collection: str, version: str, status: int) -> None:
    assert ready.arm("GET", f"{ACCOUNT}/{collection}", version=version).status == status


def test_an_account_has_no_registration_url(ready: Client) -> None:
    assert "RegistrationUrl" not in ready.arm("GET", ACCOUNT).body["properties"]


def test_a_draft_is_published_by_the_publish_action(ready: Client) -> None:
    body = {"location": "westeurope", "properties": {"runbookType": "PowerShell", "draft": {}}}
    assert ready.arm("PUT", RUNBOOK, body).body["properties"]["state"] == "New"
    assert ready.arm("GET", f"{RUNBOOK}/draft").body == {"inEdit": False}
    assert ready.arm("PUT", f"{RUNBOOK}/draft/content", b"Connect-ExchangeOnline").status == 202
    assert ready.arm("GET", f"{RUNBOOK}/draft").body == {"inEdit": True}
    assert ready.arm("GET", f"{RUNBOOK}/draft/content").body == b"Connect-ExchangeOnline"
    assert ready.arm("GET", f"{RUNBOOK}/content").status == 404
    published = ready.arm("POST", f"{RUNBOOK}/publish")
    assert published.status == 202
    assert published.headers["Location"].partition("?")[0].endswith(RUNBOOK)
    assert ready.arm("GET", f"{RUNBOOK}/content").body == b"Connect-ExchangeOnline"
    assert ready.arm("GET", RUNBOOK).body["properties"]["state"] == "Published"
    assert ready.arm("POST", f"{RUNBOOK}/start").status == 404


def test_a_long_put_says_creating_until_its_operation_ends(ready: Client) -> None:
    path = ACCOUNT.partition("/Microsoft.Automation")[0] + "/Microsoft.OperationalInsights/workspaces/log-mail"
    created = ready.arm("PUT", path, {"location": "westeurope", "properties": {}}, "2023-09-01")
    assert created.status == 202
    assert created.body["properties"]["provisioningState"] == "Creating"
    assert ready.arm("GET", path, version="2023-09-01").body["properties"]["provisioningState"] == "Creating"
    ready.clock.advance(5)
    assert ready.arm("GET", path, version="2023-09-01").body["properties"]["provisioningState"] == "Succeeded"
