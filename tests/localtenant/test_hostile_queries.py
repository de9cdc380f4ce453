"""Queries, batches and headers that no client writes by mistake end in an error of the service, at once."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest

from localtenant.state import seed
from tests.localtenant.bodies import STORAGE, with_every_permission
from tests.localtenant.support import Client, error


@pytest.fixture(scope="module")
def tenant() -> Client:
    return with_every_permission()


@pytest.mark.parametrize(
    "query",
    [
        f"$filter={'(' * 3000}id eq 'x'{')' * 3000}",
        f"$filter={'not ' * 3000}accountEnabled&$count=true",
        f"$filter={'tags/any(x: ' * 100}x eq 'a'{')' * 100}",
        "$filter=id eq",
        "$top=\u00b2",
        "$top=\u0663",
        f"$top={'9' * 5000}",
        "$top=-1",
        f"$skiptoken={'a' * 5000}",
        "$skiptoken=cGFnZTotMQ",
        "$expand=x=)(",
        "$search=displayName",
    ],
)
def test_a_query_that_cannot_be_read_is_refused(tenant: Client, query: str) -> None:
    status, code, message = error(tenant.send("GET", f"/v1.0/servicePrincipals?{query}"))
    assert (status, bool(code), bool(message)) == (400, True, True)


@pytest.mark.parametrize(
    "clause",
    [
        "alternativeNames gt null",
        "alternativeNames lt 5",
        "accountEnabled ge true",
        "accountEnabled/any(x:x eq true)",
        "info/any(x:x/id gt 5)",
        "appRoles/any(x:x/isEnabled gt 'a')",
        "displayName/$count eq 1",
        "accountEnabled/$count ge 0",
        "startswith(tags,5)",
    ],
)
def test_a_filter_that_compares_different_types_is_answered(tenant: Client, clause: str) -> None:
    query = f"$filter={clause}&$count=true"
    response = tenant.send("GET", f"/v1.0/servicePrincipals?{query}", headers={"consistencylevel": "eventual"})
    assert response.status == 200, response.body


def test_a_filter_of_fifty_levels_is_read(tenant: Client) -> None:
    query = f"$filter={'(' * 49}displayName eq 'Office 365 Exchange Online'{')' * 49}"
    assert len(tenant.ok("GET", f"/v1.0/servicePrincipals?{query}")["value"]) == 1


@pytest.mark.parametrize(
    "requests",
    [
        5,
        [],
        [5],
        [{}],
        [{"id": 5, "method": "GET", "url": "/users"}],
        [{"id": "1", "method": ["GET"], "url": "/users"}],
        [{"id": "1", "method": "GET", "url": "/users", "headers": []}],
        [{"id": "1", "method": "GET", "url": "/users", "dependsOn": [{}]}],
        [{"id": str(number), "method": "GET", "url": "/users"} for number in range(10_000)],
    ],
)
def test_a_batch_that_cannot_be_read_is_refused(tenant: Client, requests: Any) -> None:
    assert error(tenant.send("POST", "/v1.0/$batch", {"requests": requests}))[0] == 400


def test_a_batch_in_a_batch_is_answered_to_the_depth_of_its_json(tenant: Client) -> None:
    body: Any = {"requests": [{"id": "1", "method": "GET", "url": "/organization"}]}
    for _ in range(30):
        body = {"requests": [{"id": "1", "method": "POST", "url": "/$batch", "body": body}]}
    answer = tenant.ok("POST", "/v1.0/$batch", body)
    for _ in range(30):
        answer = answer["responses"][0]["body"]
    assert answer["responses"][0]["status"] == 200
    for _ in range(5):
        body = {"requests": [{"id": "1", "method": "POST", "url": "/$batch", "body": body}]}
    assert error(tenant.send("POST", "/v1.0/$batch", body))[0] == 400


def test_half_of_a_character_is_no_text(tenant: Client) -> None:
    halves = (
        b'{"displayName": "\\ud83d"}',
        b'{"displayName": "\xed\xa0\xbd"}',
        '{"displayName": "\\ud83d"}'.encode("utf-16-le"),
    )
    for body in halves:
        assert error(tenant.send("POST", "/v1.0/groups", body))[0] == 400


def test_a_body_cannot_change_what_the_tenant_keeps_for_itself(tenant: Client) -> None:
    application = f"/v1.0/applications/{seed.CONTOSO.application_object_id}"
    assert error(tenant.send("PATCH", application, b'{"_internals": {}}'))[0] == 400


def test_a_whole_character_is_text(tenant: Client) -> None:
    created = tenant.ok("POST", "/v1.0/applications", b'{"displayName": "\\ud83d\\ude00"}')
    assert created["displayName"] == "\U0001f600"


@pytest.fixture(scope="module")
def blob(tenant: Client) -> str:
    """The address of a public blob of four bytes."""
    tenant.arm(
        "PUT",
        STORAGE,
        {
            "location": "westeurope",
            "sku": {"name": "Standard_LRS"},
            "kind": "StorageV2",
            "properties": {"allowBlobPublicAccess": True},
        },
        "2024-01-01",
    )
    container = f"{STORAGE}/blobServices/default/containers/public"
    tenant.arm("PUT", container, {"properties": {"publicAccess": "Blob"}}, "2024-01-01")
    signed = sas(tenant, "2036-01-01T00:00:00Z")
    assert tenant.send("PUT", f"/blobs/stmail/public/a?{signed}", b"text").status == 201
    return "/blobs/stmail/public/a"


def sas(tenant: Client, expiry: str) -> str:
    wanted = {
        "canonicalizedResource": "/blob/stmail/public/a",
        "signedPermission": "rcw",
        "signedExpiry": expiry,
        "keyToSign": "key1",
    }
    answer = tenant.arm("POST", f"{STORAGE}/listServiceSas", wanted, "2024-01-01")
    return unquote(answer.body["serviceSasToken"])


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [
        ("bytes=1-2", 206, b"ex"),
        ("bytes=2-", 206, b"xt"),
        ("bytes=1-999", 206, b"ext"),
        ("bytes=4-", 416, None),
        ("bytes=3-1", 416, None),
        ("bytes=x-", 200, b"text"),
        ("bytes=\u00b2-", 200, b"text"),
        (f"bytes={'9' * 5000}-", 200, b"text"),
        ("bytes=", 200, b"text"),
        ("lines=1-2", 200, b"text"),
    ],
)
def test_a_range_that_cannot_be_read_is_ignored(
    tenant: Client, blob: str, wanted: str, status: int, content: bytes | None
) -> None:
    response = tenant.send("GET", blob, headers={"range": wanted, "authorization": ""})
    assert (response.status, content in (None, response.body)) == (status, True)


def test_a_signature_with_an_expiry_that_is_no_time_opens_nothing(tenant: Client, blob: str) -> None:
    response = tenant.send("GET", f"{blob}?{sas(tenant, 'tomorrow')}", headers={"authorization": ""})
    assert (response.status, response.headers["x-ms-error-code"]) == (403, "AuthenticationFailed")
