"""The client of the commands: bounded concurrency, Retry-After, next links, and instance discovery."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any, cast

import httpx
import pytest

from exchange_automation.cli.client.credentials import AccessToken, SignIn, sign_in
from exchange_automation.cli.client.endpoints import by_environment, from_metadata
from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.session import CONCURRENCY, Session
from exchange_automation.cli.documents import Record
from exchange_automation.core.problems import Problem

Handler = Callable[[httpx.Request], Any]
ENVIRONMENT = {
    "ARM_TENANT_ID": "11111111-1111-4111-8111-111111111111",
    "ARM_CLIENT_ID": "22222222-2222-4222-8222-222222222222",
    "ARM_CLIENT_SECRET": "secret",
}


def _no_problem(text: str) -> Problem:
    raise AssertionError(text)


def session(handler: Handler, waits: list[float]) -> Session:
    """Returns a session whose requests a function answers, and which adds its waits to a list."""

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    signed_in = SignIn("nothing", "", cast("Any", None))
    client = httpx.AsyncClient(transport=httpx.MockTransport(handler))
    created = Session(by_environment("public"), signed_in, client, sleep=sleep)
    created._tokens[created.endpoints.graph_scope] = AccessToken("a.b.c")
    return created


def test_no_more_requests_run_at_once_than_the_limit() -> None:
    under_way = most = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        return httpx.Response(200, json={})

    async def many() -> None:
        opened = session(answer, [])
        await asyncio.gather(*(opened.graph(f"users/{number}") for number in range(100)))

    asyncio.run(many())
    assert most == CONCURRENCY


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_client_waits_as_long_as_retry_after_says(form: str) -> None:
    later = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=40), usegmt=True)
    answers = [httpx.Response(429, headers={"Retry-After": "40" if form == "seconds" else later}, json={})]
    waits: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        return answers.pop() if answers else httpx.Response(200, json={"id": "x"})

    assert asyncio.run(session(answer, waits).graph("organization")).values == {"id": "x"}
    assert waits == [pytest.approx(40, abs=2)]


def test_the_client_gives_up_on_a_service_with_a_long_retry_after() -> None:
    waits: list[float] = []

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503, headers={"Retry-After": "3600"}, json={})

    with pytest.raises(ServiceError):
        asyncio.run(session(answer, waits).graph("organization"))
    assert waits == []


def test_a_next_link_to_another_host_gets_no_token() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(200, json={"value": [{}], "@odata.nextLink": "https://evil.example/v1.0/next"})

    with pytest.raises(Problem, match="the token was not sent"):
        asyncio.run(session(answer, []).listed("servicePrincipals"))
    assert asked == ["graph.microsoft.com"]


@pytest.mark.parametrize("custom", [True, False])
def test_instance_discovery_is_off_for_a_cloud_that_microsoft_does_not_know(
    monkeypatch: pytest.MonkeyPatch, custom: bool
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr("azure.identity.ClientSecretCredential", lambda *_, **options: given.update(options))
    metadata = {
        "name": "Private",
        "resourceManager": "https://arm.private.example",
        "microsoftGraphResourceId": "https://graph.private.example",
        "authentication": {
            "loginEndpoint": "https://login.private.example",
            "audiences": ["https://arm.private.example"],
        },
    }
    endpoints = (
        from_metadata("arm.private.example", Record(metadata, _no_problem)) if custom else by_environment("china")
    )
    sign_in(ENVIRONMENT, endpoints)
    assert given.get("disable_instance_discovery", False) is custom
    assert given["authority"] == ("https://login.private.example" if custom else "https://login.chinacloudapi.cn")
