from __future__ import annotations

import json
from datetime import datetime, timezone

from localtenant.http.request_log import RequestLog, readable, redacted

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
JSON = "application/json"


def test_an_entry_has_what_a_test_asks_for() -> None:
    request_log = RequestLog()
    body = json.dumps({"principalId": "p"}).encode()
    entry = request_log.begin(NOON, "POST", "/v1.0/x?$filter=a eq 'b'", body, JSON, "POST x", "id")
    entry.status = 201
    assert request_log.since() == [
        {
            "number": 1,
            "time": "2026-03-01T12:00:00.0000000+00:00",
            "method": "POST",
            "path": "/v1.0/x?$filter=a eq 'b'",
            "body": {"principalId": "p"},
            "operation": "POST x",
            "requestId": "id",
            "status": 201,
            "code": None,
            "tenant": None,
            "who": None,
            "remarks": [],
        }
    ]
    assert request_log.since(1) == []


def test_numbers_start_over_when_the_journal_is_cleared() -> None:
    request_log = RequestLog()
    for _ in range(3):
        request_log.begin(NOON, "GET", "/x", b"", "", "GET x", "id")
    assert [entry["number"] for entry in request_log.since(1)] == [2, 3]
    request_log.clear()
    assert request_log.begin(NOON, "GET", "/x", b"", "", "GET x", "id").number == 1


def test_secrets_are_hidden_wherever_they_are() -> None:
    body = {
        "properties": {"password": "one", "name": "kept", "isEncrypted": True, "value": "two"},
        "list": [{"secretText": "three"}, "https://account/blob?sv=1&sig=four&se=2"],
        "plain": {"isEncrypted": False, "value": "shown"},
        "client_secret": None,
    }
    assert redacted(body) == {
        "properties": {"password": "***", "name": "kept", "isEncrypted": True, "value": "***"},
        "list": [{"secretText": "***"}, "https://account/blob?sv=1&sig=***&se=2"],
        "plain": {"isEncrypted": False, "value": "shown"},
        "client_secret": None,
    }


def test_bodies_that_are_not_json_are_logged_by_their_size() -> None:
    assert readable(b"", JSON) is None
    assert readable(b"\xff\xfe\x00", JSON) == "3 bytes"
    form = b"grant_type=client_credentials&client_secret=s"
    assert readable(form, "application/x-www-form-urlencoded") == {
        "grant_type": "client_credentials",
        "client_secret": "***",
    }
