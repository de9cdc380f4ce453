"""Services that are broken or hostile: one message and exit code 2, and no token for another host."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from exchange_automation.cli.client import answers
from exchange_automation.cli.client.credentials import AccessToken, SignIn
from exchange_automation.cli.client.session import MOST_PAGES, Session
from exchange_automation.core.problems import Problem
from tests.cli import plans
from tests.cli.states import grant, state_of, write_state
from tests.cli.support import CommandResult, run
from tests.cli.test_session import session

ACCOUNT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Automation/automationAccounts/aa"
SIGNED_IN = {
    "ARM_TENANT_ID": "11111111-1111-4111-8111-111111111111",
    "ARM_CLIENT_ID": "22222222-2222-4222-8222-222222222222",
    "ARM_CLIENT_SECRET": "secret",
    "ARM_SUBSCRIPTION_ID": "33333333-3333-4333-8333-333333333333",
}
DEEP = b"[" * 200_000 + b"]" * 200_000

BODIES: dict[str, bytes] = {
    "empty": b"",
    "a number": b"5",
    "a text": b'"text"',
    "a list": b"[]",
    "null": b"null",
    "true": b"true",
    "not a number": b"NaN",
    "half": b'{"value": [',
    "a page of HTML": b"<html>Sign in</html>",
    "no UTF-8": b'{"value": "\xff\xfe\xfa"}',
    "deep": DEEP,
    "deep inside": b'{"value": ' + DEEP + b"}",
    "a number for a list": b'{"value": 5}',
    "a text for a list": b'{"value": "x"}',
    "an object for a list": b'{"value": {"id": "x"}}',
    "a list of numbers": b'{"value": [1, 2]}',
    "a list of null": b'{"value": [null]}',
    "a list of lists": b'{"value": [[]]}',
    "empty objects": b'{"value": [{}]}',
    "ids of other types": b'{"value": [{"id": 7, "principalId": [], "displayName": {}, "appRoles": "x"}]}',
    "roles of other types": b'{"value": [{"id": "x", "appRoles": [{"id": 1, "allowedMemberTypes": 7}]}]}',
    "dates of other types": b'{"value": [{"id": "x", "createdDateTime": 7, "accountEnabled": "yes"}]}',
    "a link that is a number": b'{"value": [], "@odata.nextLink": 7}',
    "a link that is no address": b'{"value": [], "@odata.nextLink": "https://[::1"}',
    "a link with a bad port": b'{"value": [], "@odata.nextLink": "https://graph.microsoft.com:bad/x"}',
    "responses of other types": b'{"responses": 5, "value": [{"id": "x"}]}',
    "a status that is endless": b'{"responses": [{"id": "0", "status": 1e999}], "value": [{"id": "x"}]}',
    "properties of other types": b'{"properties": 5, "value": 7}',
    "half a surrogate": b'{"value": [{"id": "x", "displayName": "\\ud800"}], "displayName": "\\ud800"}',
    "a byte order mark": b'\xef\xbb\xbf{"value": []}',
    "UTF-16": '{"value": []}'.encode("utf-16"),
    "a key twice": b'{"value": [], "value": 5}',
    "control characters": b'{"value": [{"id": "\\u001b[2J\\u0000\\r\\n\\u202e", "displayName": "\\u009b2J"}]}',
    "a reason without an end": b'{"error": {"code": "x", "message": "' + b"y" * 100_000 + b'"}}',
    "errors in a list": b'{"error": [{"code": 5}]}',
    "many digits": b'{"value": ' + b"9" * 10_000 + b"}",
}


Handler = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def engine_in_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives the commands an engine that names its version and can do nothing else.

    The answers under test are those of services; ``evidence`` asks the engine for its version in every run.
    """
    program = tmp_path / "engine" / "pulumi"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\n[ "$1" = version ] && echo v3.259.0\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    """Makes a function answer every request of the commands, without a network and without waiting."""
    client = httpx.AsyncClient

    async def at_once(self: Session, seconds: float) -> None:
        self.traffic.retries += 1

    def start(handler: Handler) -> None:
        monkeypatch.setattr(
            "exchange_automation.cli.client.session.httpx.AsyncClient",
            lambda **_: client(transport=httpx.MockTransport(handler)),
        )

    monkeypatch.setattr(SignIn, "token", lambda *_: AccessToken("a.b.c"))
    monkeypatch.setattr(Session, "_pause", at_once)
    return start


def commands(folder: Path) -> dict[str, list[str]]:
    """Every command that asks a service, with what makes it ask for all that it can."""
    package = {
        "urn": f"{plans.STACK}::azure-native:automation:Package::p",
        "type": "azure-native:automation:Package",
        "id": f"{ACCOUNT}/runtimeEnvironments/e/packages/p",
    }
    runbook = {
        "urn": f"{plans.STACK}::azure-native:automation:Runbook::r",
        "type": "azure-native:automation:Runbook",
        "id": f"{ACCOUNT}/runbooks/r",
        "inputs": {"publishContentLink": {"contentHash": {"value": "00"}}},
    }
    state = write_state(folder, state_of(grant("a", "b", plans.PRINCIPAL), package, runbook))
    role = plans.role(plans.EXCHANGE_ADMINISTRATOR)
    account = plans.state("aa", plans.ACCOUNT, resourceGroupName="g", automationAccountName="aa")
    (folder / "preview.json").write_text(
        plans.preview(*(plans.step("create", new=holder) for holder in (role, account)))
    )
    resources = [{"type": plans.ROLE, "name": "mail-role"}, {"type": plans.ACCOUNT, "name": "aa"}]
    (folder / "import.json").write_text(json.dumps({"resources": resources}))
    files = ["--from", str(folder / "import.json"), "--preview-json", str(folder / "preview.json")]
    return {
        "report": ["report", "--state", state, "--json"],
        "doctor": ["doctor", "--state", state, "--resource-group", "g"],
        "adopt": ["adopt", *files, "--out", str(folder / "adopt.json")],
        "webhook-address": ["webhook-address", "--account-id", ACCOUNT],
        "evidence": ["evidence", "--state", state, "--cwd", str(folder)],
    }


COMMANDS = ("report", "doctor", "adopt", "webhook-address", "evidence")


def ended_well(result: CommandResult, command: str) -> None:
    """``run`` looks for stack traces and mistakes of the command's own; the codes are left."""
    assert result.code in (0, 1, 2)
    assert not (command == "report" and result.code == 1)  # 1 means that a grant is untracked.
    assert result.code != 2 or result.err.count("exchange-automation: ") == 1
    assert len(result.err) < 5_000
    assert not set("\x00\x07\x1b\x9b\u202e") & set(result.err)


@pytest.mark.parametrize("command", COMMANDS)
def test_whatever_a_service_answers_a_command_ends_with_one_message(
    serve: Callable[[Handler], None], tmp_path: Path, command: str
) -> None:
    arguments = commands(tmp_path)[command]
    tried = 0
    for name, body in BODIES.items():
        for status in (200, 403, 404, 500):
            serve(lambda _, body=body, status=status: httpx.Response(status, content=body))  # type: ignore[misc]
            result = run(None, *arguments, variables=SIGNED_IN)
            ended_well(result, command)
            assert status != 200 or command == "doctor" or result.code in (0, 1, 2), name
            tried += 1
    print(f"{command}: {tried} answers")


@pytest.mark.parametrize("command", COMMANDS)
def test_headers_that_make_no_sense(serve: Callable[[Handler], None], tmp_path: Path, command: str) -> None:
    arguments = commands(tmp_path)[command]
    odd = ["-5", "NaN", "1e9", "\u0663", "\u00b2", "9" * 400, "Mon", "Wed, 21 Oct 2015 07:28:00 -0000", "", "0", "inf"]
    for value in odd:
        headers = {"Retry-After": value.encode(), "Date": value.encode(), "Content-Type": value.encode()}
        for status in (429, 503, 200):
            serve(lambda _, h=headers, s=status: httpx.Response(s, headers=h, content=b'{"value": []}'))  # type: ignore[misc]
            ended_well(run(None, *arguments, variables=SIGNED_IN), command)


@pytest.mark.parametrize("command", COMMANDS)
def test_connections_that_break(serve: Callable[[Handler], None], tmp_path: Path, command: str) -> None:
    arguments = commands(tmp_path)[command]
    failures: list[Exception] = [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("half an answer"),
        httpx.ProxyError("no way"),
        httpx.DecodingError("no gzip"),
        httpx.InvalidURL("no address"),
    ]
    for failure in failures:

        def answer(_: httpx.Request, failure: Exception = failure) -> httpx.Response:
            raise failure

        serve(answer)
        result = run(None, *arguments, variables=SIGNED_IN)
        assert result.code == 2 or command == "evidence", result.text
        ended_well(result, command)


@pytest.mark.parametrize("status", [204, 206, 301, 302, 304, 307, 308, 418])
def test_no_other_status_is_followed_or_taken_for_an_answer(
    serve: Callable[[Handler], None], tmp_path: Path, status: int
) -> None:
    asked: set[str] = set()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.add(request.url.host)
        return httpx.Response(status, headers={"Location": "https://evil.example/x"})

    serve(answer)
    result = run(None, *commands(tmp_path)["report"], variables=SIGNED_IN)
    assert result.code == 2
    assert f"status {status}" in result.text
    assert asked == {"graph.microsoft.com"}


def test_an_answer_that_is_compressed_wrongly(serve: Callable[[Handler], None]) -> None:
    serve(lambda _: httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=b"no gzip"))
    assert run(None, "report", variables=SIGNED_IN).code == 2


def test_an_answer_without_an_end_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "LARGEST_ANSWER", 1000)
    bomb = gzip.compress(b'{"value": "' + b"x" * 1_000_000 + b'"}')

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(bomb))

    with pytest.raises(Problem, match="it is larger than") as caught:
        asyncio.run(session(answer, []).graph("organization"))
    assert caught.value.code == "EXA416"


def pages(next_link: Callable[[int], str]) -> tuple[Handler, list[str]]:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"value": [{"id": "x"}], "@odata.nextLink": next_link(len(asked))})

    return answer, asked


@pytest.mark.parametrize(
    ("next_link", "most"),
    [
        (lambda _: "https://graph.microsoft.com/v1.0/users", 2),
        (lambda number: f"https://graph.microsoft.com/v1.0/users?page={number % 3}", 4),
        (lambda number: f"https://graph.microsoft.com/v1.0/users?page={number}", MOST_PAGES + 1),
    ],
    ids=["to itself", "in a ring", "always another"],
)
def test_pages_that_do_not_end_are_given_up_on(next_link: Callable[[int], str], most: int) -> None:
    answer, asked = pages(next_link)
    with pytest.raises(Problem) as caught:
        asyncio.run(session(answer, []).listed("users"))
    assert caught.value.code == "EXA417"
    assert len(asked) == most


def test_pages_of_azure_that_do_not_end_are_given_up_on() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"value": [], "nextLink": "https://management.azure.com/x?api-version=1"})

    opened = session(answer, [])
    opened._tokens[opened.endpoints.resource_manager_scope] = AccessToken("a.b.c")
    with pytest.raises(Problem) as caught:
        asyncio.run(opened.azure_listed("/x", "1"))
    assert caught.value.code == "EXA417"
    assert len(asked) == 2


ELSEWHERE = [
    "https://evil.example/v1.0/next",
    "http://graph.microsoft.com/v1.0/next",
    "https://graph.microsoft.com@evil.example/next",
    "https://graph.microsoft.com.evil.example/next",
    "https://graph.microsoft.com:8443/next",
    "https://user@graph.microsoft.com/next",
    "//evil.example/next",
    "https://[::1",
    "ftp://graph.microsoft.com/next",
]


@pytest.mark.parametrize("link", ELSEWHERE)
@pytest.mark.parametrize("where", ["pages", "batch"])
def test_no_link_takes_the_token_to_another_host(link: str, where: str) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        page: dict[str, Any] = {"value": [{}], "@odata.nextLink": link}
        if request.url.path.endswith("$batch"):
            return httpx.Response(200, json={"responses": [{"id": "0", "status": 200, "body": page}]})
        return httpx.Response(200, json=page if len(asked) == 1 else {"value": []})

    opened = session(answer, [])

    async def read() -> None:
        if where == "pages":
            await opened.listed("users")
            return
        [first] = await opened.batch(["users"])
        assert not isinstance(first, Exception)
        async for _ in opened.following(first):
            pass

    if "://" in link:
        with pytest.raises(Problem) as caught:
            asyncio.run(read())
        assert caught.value.code == "EXA413"
    else:
        asyncio.run(read())  # Without a scheme it is a path below the endpoint.
    assert set(asked) == opened.traffic.hosts == {"graph.microsoft.com"}


@pytest.mark.parametrize("path", ["@evil.example/x", ".evil.example/x", ":1@evil.example/x", ":8443/x"])
def test_no_id_in_a_state_takes_the_token_to_another_host(
    serve: Callable[[Handler], None], tmp_path: Path, path: str
) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.netloc.decode())
        return httpx.Response(404, json={"error": {"code": "NotFound"}})

    serve(answer)
    package = {
        "urn": f"{plans.STACK}::azure-native:automation:Package::p",
        "type": "azure-native:automation:Package",
        "id": path,
    }
    file = write_state(tmp_path, state_of(grant("a", "b", plans.PRINCIPAL), package))
    result = run(None, "doctor", "--state", file, variables=SIGNED_IN)
    assert result.code == 2
    assert "the token was not sent" in result.text
    assert set(asked) <= {"graph.microsoft.com", "management.azure.com"}
