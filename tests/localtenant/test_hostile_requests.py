"""What a page in a browser, a client without a token or a mistyped number must not be able to do."""

from __future__ import annotations

import asyncio
import json
import resource
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from localtenant.core.clock import LATEST
from localtenant.http import request_log
from localtenant.http.admin_body import LONGEST_SECONDS
from localtenant.http.bodies import MAX_API_BYTES
from localtenant.process import LocalTenant
from tests.localtenant.support import Client

DEEP = b'{"a":' * 5000 + b"1" + b"}" * 5000
FLAT_BUT_DEEP = b'{"a":' * 300 + b"1" + b"}" * 300


@pytest.fixture
def http(tenant: LocalTenant) -> Iterator[httpx.Client]:
    context = ssl.create_default_context(cafile=str(tenant.authority))
    with httpx.Client(base_url=tenant.url, verify=context, trust_env=False) as client:
        yield client


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://localhost:3000"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "evil.example"}, 421),
        ({"Host": "localhost:1@evil.example"}, 421),
        ({"Host": "localhost.evil.example"}, 421),
        ({"Host": "[::1]"}, 200),
        ({"Host": "LOCALHOST:8443"}, 200),
        ({}, 200),
    ],
)
def test_a_page_of_another_origin_cannot_drive_the_admin_api(
    http: httpx.Client, tenant: LocalTenant, headers: dict[str, str], status: int
) -> None:
    refused = http.post("/_tenant/service-principals", json={"displayName": "planted"}, headers=headers)
    assert refused.status_code == status, refused.text
    origin = {"Origin": tenant.url}
    assert http.get("/_tenant/health", headers=origin).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clock", b'{"advance": 1e308}'),
        ("clock", b'{"advance": NaN}'),
        ("clock", b'{"advance": 1e999}'),
        ("clock", b'{"advance": -1}'),
        ("clock", b'{"advance": true}'),
        ("clock", b'{"advance": "1"}'),
        ("clock/sleep", b'{"seconds": 1e308}'),
        ("reset", b'{"lag": NaN}'),
        ("reset", b'{"lag": Infinity}'),
        ("reset", b'{"lag": [1]}'),
        ("reset", DEEP),
        ("reset", FLAT_BUT_DEEP),
        ("reset", b"[1]"),
        ("reset", b"{"),
        ("service-principals", b'{"count": 1e9}'),
        ("service-principals", b'{"count": 0}'),
        ("service-principals", b'{"count": "many"}'),
        ("service-principals", b'{"displayName": 5}'),
        ("faults", b'{"operation": "GET token", "effect": "slow", "seconds": 1e308}'),
        ("faults", b'{"operation": 5, "effect": "slow", "seconds": 1}'),
        ("faults", b'{"operation": "GET token", "effect": "status", "status": "404"}'),
        ("faults", b'{"operation": "GET token", "effect": "status", "status": 5}'),
        ("faults", b'{"operation": "GET token", "effect": "status", "status": 204}'),
        ("faults", b'{"operation": "GET token", "effect": "notJson", "status": 304}'),
        ("faults", b'{"operation": "GET token", "effect": "notJson", "status": 101}'),
        ("faults", b'{"faults": 5}'),
        ("behaviour", b'{"graphThrottling": "no"}'),
        ("behaviour", b'{"graphTrottling": true}'),
        ("exchange", b'{"present": "no"}'),
    ],
)
def test_a_value_that_is_wrong_is_refused_before_anything_is_changed(
    http: httpx.Client, tenant: LocalTenant, path: str, body: bytes
) -> None:
    before = (tenant.now()[:10], tenant.admin("GET", "health"), tenant.admin("GET", "faults"))
    refused = http.post(f"/_tenant/{path}", content=body)
    assert refused.status_code == 400, refused.text
    assert refused.json()["error"]
    assert (tenant.now()[:10], tenant.admin("GET", "health"), tenant.admin("GET", "faults")) == before


@pytest.mark.parametrize(
    "path", ["/v1.0/servicePrincipals", "/subscriptions?api-version=2022-12-01", "/x/oauth2/token"]
)
def test_a_body_over_the_limit_is_refused_and_not_read(http: httpx.Client, path: str) -> None:
    refused = http.post(path, content=b"x" * (MAX_API_BYTES + 1))
    assert refused.status_code == 413
    chunked = http.post(path, content=(b"x" * 65536 for _ in range(MAX_API_BYTES // 65536 + 1)))
    assert chunked.status_code == 413


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/v1.0/users", lambda body: body["error"]["code"]),
        ("/subscriptions?api-version=2022-12-01", lambda body: body["error"]["code"]),
        ("/common/oauth2/v2.0/token", lambda body: body["error"]),
        ("/_tenant/clock", lambda body: body["error"] and "MethodNotAllowed"),
    ],
)
@pytest.mark.parametrize("method", ["BREW", "OPTIONS", "TRACE"])
def test_an_unknown_method_is_refused_as_each_api_refuses(
    http: httpx.Client, method: str, path: str, code: Callable[[Any], str]
) -> None:
    refused = http.request(method, path)
    assert (refused.status_code, code(refused.json())) == (405, "MethodNotAllowed")


def test_a_clock_that_is_advanced_again_and_again_stays_in_the_calendar(client: Client) -> None:
    client.clock.advance((LATEST - client.clock.now()).total_seconds() - LONGEST_SECONDS / 2)
    with pytest.raises(ValueError, match="beyond the year 9900"):
        client.clock.advance(LONGEST_SECONDS)
    asyncio.run(client.clock.sleep(LONGEST_SECONDS))
    asyncio.run(client.clock.sleep(LONGEST_SECONDS))
    assert client.clock.now() == LATEST
    assert client.account(type="SystemAssigned")["identity"]["principalId"]


def test_a_fault_that_removes_a_principal_survives_a_body_without_one(client: Client) -> None:
    client.dispatcher.faults.add(
        {"operation": "POST servicePrincipals", "effect": "remove", "object": "principal", "count": 3}
    )
    for body in (b"{", b"[1]", b""):
        assert client.send("POST", "/v1.0/servicePrincipals", body).status == 400


@pytest.mark.parametrize("body", [DEEP, FLAT_BUT_DEEP, b'{"a": NaN}', b'{"a": 1e999}'])
def test_json_that_is_too_deep_or_has_no_number_is_a_bad_request(client: Client, body: bytes) -> None:
    assert client.send("POST", "/v1.0/applications", body).status == 400
    assert client.dispatcher.request_log.since()[-1]["body"] == f"{len(body)} bytes"


def test_the_request_log_drops_the_oldest_when_it_is_full(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_log, "MAX_BYTES", 10_000)
    for number in range(50):
        client.send("POST", "/v1.0/users", json.dumps({"number": number, "text": "x" * 1000}).encode())
    kept = client.dispatcher.request_log.since()
    assert len(kept) < 12
    assert kept[-1]["number"] == 50
    assert [entry["number"] for entry in kept] == list(range(kept[0]["number"], 51))


def test_a_large_body_is_logged_as_its_size(client: Client) -> None:
    body = json.dumps({"text": "x" * request_log.MAX_BODY_BYTES}).encode()
    client.send("POST", "/v1.0/users", body)
    assert client.dispatcher.request_log.since()[-1]["body"] == f"{len(body)} bytes"


def send_many(client: Client, count: int) -> None:
    body: Any = {"displayName": "x" * 4000}
    ready = [client.request("POST", f"/v1.0/users?number={number}", body, token="none") for number in range(10)]

    async def run() -> None:
        for number in range(count):
            ready[number % 10].caller = None
            await client.dispatcher.answer(ready[number % 10])

    asyncio.run(run())


@pytest.mark.soak
def test_a_hundred_thousand_requests_without_a_token_take_bounded_memory(client: Client) -> None:
    send_many(client, 1000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    send_many(client, 100_000)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < 200, f"{grown:.0f} MiB"


def test_every_suffix_of_the_metadata_stays_on_this_machine(tenant: LocalTenant, http: httpx.Client) -> None:
    suffixes = http.get("/metadata/endpoints?api-version=2022-09-01").json()["suffixes"]
    suffix = tenant.url.removeprefix("https://")
    assert {"storage", "keyVaultDns"} <= set(suffixes)
    assert set(suffixes.values()) == {suffix}
    vault = http.get("/secrets/mail", headers={"Host": f"kv-mail.{suffix}"})
    assert vault.status_code == 404
    named = http.get("/container/file.txt", headers={"Host": f"stmail.blob.{suffix}"})
    assert named.status_code == 404
    assert named.headers["x-ms-error-code"] == "ResourceNotFound"
