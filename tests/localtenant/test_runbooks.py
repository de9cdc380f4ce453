"""Runbooks, schedules, links and variables as Resource Manager answers for them, and the files they are fetched from."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest

from localtenant.storage.blob_service import Blob
from tests.localtenant.support import ACCOUNT, GROUP, URL, Client, Json, error

STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stmail"
CONTAINER = f"{STORAGE}/blobServices/default/containers/runbooks"
RUNBOOK = f"{ACCOUNT}/runbooks/report"
SCHEDULE = f"{ACCOUNT}/schedules/daily"
LINK = f"{ACCOUNT}/jobSchedules/11111111-1111-4111-8111-111111111111"
OTHER_LINK = f"{ACCOUNT}/jobSchedules/22222222-2222-4222-8222-222222222222"
STORAGE_VERSION = "2024-01-01"
TEXT = b"\xef\xbb\xbfConnect-ExchangeOnline\r\n"


@pytest.fixture
def ready(client: Client) -> Client:
    """A tenant with an account."""
    client.account()
    return client


def storage(client: Client, **properties: Any) -> None:
    body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": properties}
    assert client.arm("PUT", STORAGE, body, STORAGE_VERSION).status < 300


def container(client: Client, access: str = "None") -> Json:
    response = client.arm("PUT", CONTAINER, {"properties": {"publicAccess": access}}, STORAGE_VERSION)
    assert response.status < 300, response.body
    shown: Json = response.body
    return shown


def sas(client: Client, *, minutes: float = 60, start: float = -15, blob: str = "report.ps1") -> str:
    now = client.clock.now()
    body = {
        "canonicalizedResource": f"/blob/stmail/runbooks/{blob}",
        "signedResource": "b",
        "signedPermission": "r",
        "signedProtocol": "https",
        "signedStart": (now + timedelta(minutes=start)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "signedExpiry": (now + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "keyToSign": "key1",
    }
    response = client.arm("POST", f"{STORAGE}/ListServiceSas", body, STORAGE_VERSION)
    assert response.status == 200, response.body
    return str(response.body["serviceSasToken"])


def upload(client: Client, content: bytes = TEXT, name: str = "report.ps1") -> str:
    """Writes a file into the container as the account's owner; returns its address."""
    held = client.cloud.resources.find(CONTAINER)
    assert held is not None
    blobs = client.cloud.blobs.setdefault(str(held["id"]).lower(), {})
    blobs[name] = Blob(content, "text/plain", client.clock.now(), {})
    return f"{URL}/blobs/stmail/runbooks/{name}"


def publish(client: Client, uri: str, **link: Any) -> Any:
    properties = {"runbookType": "PowerShell", "publishContentLink": {"uri": uri, **link}}
    return client.arm("PUT", RUNBOOK, {"location": "westeurope", "properties": properties})


def stored(client: Client, **properties: Any) -> str:
    storage(client, **properties)
    container(client)
    return upload(client)


def test_a_content_link_is_downloaded_while_the_put_is_answered(ready: Client) -> None:
    uri = stored(ready)
    response = publish(ready, f"{uri}?{sas(ready)}")
    assert response.status == 201, response.body
    assert response.body["properties"]["state"] == "Published"
    assert "publishContentLink" not in response.body["properties"]
    assert ready.arm("GET", f"{RUNBOOK}/content").body == TEXT
    assert "sig=***" in str(ready.dispatcher.request_log.since()) or "sig" not in str(
        ready.dispatcher.request_log.since()
    )


@pytest.mark.parametrize(
    "break_it",
    [
        lambda client, uri: uri,
        lambda client, uri: f"{uri}?{sas(client, minutes=-1, start=-10)}",
        lambda client, uri: f"{uri}?{sas(client)[:-6]}AAAAAA",
        lambda client, uri: f"{uri}?{sas(client, blob='other.ps1')}",
        lambda client, uri: f"{uri}x?{sas(client, blob='report.ps1x')}",
        lambda client, uri: "https://example.com/report.ps1",
    ],
    ids=["no signature", "expired", "another signature", "of another file", "no such file", "another host"],
)
def test_a_link_that_cannot_be_read_is_refused_in_the_services_words(ready: Client, break_it: Any) -> None:
    response = publish(ready, break_it(ready, stored(ready)))
    assert error(response) == (400, "BadRequest", "Validation errors while reading content link.")
    assert ready.arm("GET", RUNBOOK).status == 404


def test_a_hash_is_compared(ready: Client) -> None:
    uri = stored(ready)
    right = {"algorithm": "SHA256", "value": hashlib.sha256(TEXT).hexdigest().upper()}
    assert publish(ready, f"{uri}?{sas(ready)}", contentHash=right).status == 201
    wrong = {"algorithm": "SHA256", "value": "0" * 64}
    assert publish(ready, f"{uri}?{sas(ready)}", contentHash=wrong).status == 400


@pytest.mark.parametrize(
    "closed",
    [{"publicNetworkAccess": "Disabled"}, {"networkAcls": {"defaultAction": "Deny"}}],
    ids=["closed", "firewall"],
)
def test_the_service_stands_outside_the_storage_accounts_firewall(ready: Client, closed: Json) -> None:
    uri = stored(ready, **closed)
    assert publish(ready, f"{uri}?{sas(ready)}").status == 400


def test_without_shared_keys_there_is_no_service_signature(ready: Client) -> None:
    stored(ready, allowSharedKeyAccess=False)
    with pytest.raises(AssertionError, match="KeyBasedAuthenticationNotPermitted"):
        sas(ready)


def test_a_rotated_key_ends_its_signatures(ready: Client) -> None:
    uri, signed = stored(ready), sas(ready)
    assert ready.arm("POST", f"{STORAGE}/regenerateKey", {"keyName": "key1"}, STORAGE_VERSION).status == 200
    assert publish(ready, f"{uri}?{signed}").status == 400
    assert publish(ready, f"{uri}?{sas(ready)}").status == 201


def test_a_public_file_needs_no_signature(ready: Client) -> None:
    storage(ready, allowBlobPublicAccess=True)
    container(ready, "Blob")
    assert publish(ready, upload(ready)).status == 201


def test_too_much_and_nothing_are_refused(ready: Client) -> None:
    storage(ready)
    container(ready)
    for content, status in ((b"", 400), (b"#" * 1024 * 1024, 201), (b"#" * (1024 * 1024 + 1), 400)):
        upload(ready, content)
        assert publish(ready, f"{URL}/blobs/stmail/runbooks/report.ps1?{sas(ready)}").status == status


# Schedules


def schedule(client: Client, *, minutes: float = 60, **properties: Any) -> Any:
    start = (client.clock.now() + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    wanted = {"startTime": start, "frequency": "Day", "interval": 1, **properties}
    return client.arm("PUT", SCHEDULE, {"name": "daily", "properties": wanted})


def test_a_schedule_begins_five_minutes_ahead_at_the_earliest(ready: Client) -> None:
    assert "at least 5 minutes" in error(schedule(ready, minutes=4))[2]
    created = schedule(ready, minutes=6)
    assert created.status == 201
    assert created.body["properties"]["startTime"].endswith(":00+00:00")  # Seconds are cut off.
    ready.clock.advance(86_400)
    assert "at least 5 minutes" in error(schedule(ready, minutes=-60))[2]


def test_a_time_is_shown_in_its_zone_whatever_it_is_called(ready: Client) -> None:
    for zone in ("Europe/Berlin", "W. Europe Standard Time"):
        response = schedule(ready, startTime="2027-07-01T06:00:00", timeZone=zone)
        assert response.body["properties"]["startTime"] == "2027-07-01T06:00:00+02:00"
    assert error(schedule(ready, timeZone="Mars/Olympus"))[0] == 400


def test_the_next_run_moves_on_and_nothing_else(ready: Client) -> None:
    schedule(ready)
    before = ready.arm("GET", SCHEDULE).body["properties"]
    ready.clock.advance(3 * 86_400)
    after = ready.arm("GET", SCHEDULE).body["properties"]
    assert (
        datetime.fromisoformat(after.pop("nextRun")) > ready.clock.now() > datetime.fromisoformat(before.pop("nextRun"))
    )
    assert after == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"interval": 0},
        {"interval": 101},
        {"frequency": "Fortnight"},
        {"frequency": "Minute", "interval": 5},
        {"advancedSchedule": {"weekDays": ["Monday"]}},
        {"frequency": "Month", "advancedSchedule": {"monthDays": [32]}},
    ],
)
def test_a_schedule_that_cannot_be_is_refused(ready: Client, wrong: Json) -> None:
    assert schedule(ready, **wrong).status == 400


# Links


@pytest.fixture
def linkable(ready: Client) -> Client:
    """A runbook and a schedule."""
    uri = stored(ready)
    assert publish(ready, f"{uri}?{sas(ready)}").status == 201
    assert schedule(ready).status == 201
    return ready


def link(client: Client, path: str = LINK, **more: Any) -> Any:
    body = {"properties": {"runbook": {"name": "report"}, "schedule": {"name": "daily"}, **more}}
    return client.arm("PUT", path, body)


def test_a_link_is_created_and_deleted_and_never_changed(linkable: Client) -> None:
    assert link(linkable, parameters={"days": "3"}).status == 201
    assert linkable.arm("GET", LINK).body["properties"]["parameters"] == {"days": "3"}
    assert link(linkable, parameters={"days": "4"}).status == 409
    assert error(link(linkable, OTHER_LINK))[2].endswith("for the specified runbook and schedule already exists.")
    assert linkable.arm("DELETE", LINK).status == 200
    assert link(linkable, OTHER_LINK).status == 201


def test_a_second_link_may_also_be_answered_with_the_first(linkable: Client) -> None:
    linkable.cloud.behaviour.second_link_is_refused = False
    link(linkable)
    assert link(linkable, OTHER_LINK).body["name"] == LINK.rsplit("/", 1)[-1]


@pytest.mark.parametrize("gone", [RUNBOOK, SCHEDULE, ACCOUNT])
def test_a_link_vanishes_with_what_it_links(linkable: Client, gone: str) -> None:
    link(linkable)
    linkable.arm("DELETE", gone)
    assert linkable.arm("GET", LINK).status == 404


def test_a_published_text_may_take_the_links_along(linkable: Client) -> None:
    uri = f"{URL}/blobs/stmail/runbooks/report.ps1?{sas(linkable)}"
    link(linkable)
    publish(linkable, uri)
    assert linkable.arm("GET", LINK).status == 200
    linkable.cloud.behaviour.runbook_update_drops_links = True
    publish(linkable, uri)
    assert linkable.arm("GET", LINK).status == 404


def test_a_link_needs_both_ends(ready: Client) -> None:
    assert link(ready).status == 404


# Variables


def test_an_encrypted_value_is_never_shown(ready: Client) -> None:
    path = f"{ACCOUNT}/variables/token"
    body = {"name": "token", "properties": {"value": '"planted"', "isEncrypted": True}}
    assert ready.arm("PUT", path, body).status == 201
    assert "value" not in ready.arm("GET", path).body["properties"]
    assert "planted" not in str(ready.dispatcher.request_log.since())
    plain = {"name": "token", "properties": {"value": '"x"', "isEncrypted": False}}
    assert ready.arm("PUT", path, plain).status == 400
    assert ready.arm("PUT", f"{ACCOUNT}/variables/a", {"name": "a", "properties": {"value": "no json"}}).status == 400


def test_a_package_from_a_storage_account_is_checked_by_its_hash(ready: Client) -> None:
    storage(ready)
    container(ready)
    address = f"{upload(ready, b'a package', 'exo.nupkg')}?{sas(ready, blob='exo.nupkg')}"
    environment = f"{ACCOUNT}/runtimeEnvironments/exchange"
    body = {"location": "westeurope", "properties": {"runtime": {"language": "PowerShell", "version": "7.4"}}}
    assert ready.arm("PUT", environment, body).status == 201
    package = f"{environment}/packages/ExchangeOnlineManagement"
    for content, state in ((b"a package", "Succeeded"), (b"another", "Failed")):
        digest = {"algorithm": "SHA256", "value": hashlib.sha256(content).hexdigest()}
        link = {"properties": {"contentLink": {"uri": address, "contentHash": digest}}}
        assert ready.arm("PUT", package, link).status < 300
        ready.clock.advance(60)
        assert ready.arm("GET", package).body["properties"]["provisioningState"] == state
