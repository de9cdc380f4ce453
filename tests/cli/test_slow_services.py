"""Services that send a byte now and then: every command gives up with one message and exit code 2."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from exchange_automation.cli.client import deadlines
from exchange_automation.cli.client.credentials import SignIn
from exchange_automation.core.problems import Problem
from tests.cli.support import run
from tests.cli.test_hostile_services import COMMANDS, SIGNED_IN, commands, ended_well, serve
from tests.cli.test_session import session

__all__ = ["serve"]

Serve = Callable[[Any], None]
METADATA = {**SIGNED_IN, "ARM_METADATA_HOSTNAME": "arm.private.example"}


class Dripping(httpx.AsyncByteStream):
    """A body whose first byte arrives, and whose second does not."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()


async def drips(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, stream=Dripping())


async def no_end_of_headers(_: httpx.Request) -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little time for an answer."""
    monkeypatch.setattr(deadlines, "LONGEST_ANSWER", 0.01)


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("slow", [drips, no_end_of_headers])
@pytest.mark.parametrize("command", COMMANDS)
def test_an_answer_that_does_not_end_ends_the_command(
    serve: Serve,
    tmp_path: Path,
    command: str,
    slow: Any,
) -> None:
    serve(slow)
    result = run(None, *commands(tmp_path)[command], variables=SIGNED_IN)
    ended_well(result, command)
    assert "sent no complete answer within 0 seconds" in result.text
    assert (
        result.code == 2 or command == "evidence"
    )  # Evidence says what it could not read, and is complete without it.


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("slow", [drips, no_end_of_headers])
@pytest.mark.parametrize("command", COMMANDS)
def test_metadata_of_a_cloud_that_do_not_end_end_the_command(
    serve: Serve,
    tmp_path: Path,
    command: str,
    slow: Any,
) -> None:
    serve(slow)
    result = run(None, *commands(tmp_path)[command], variables=METADATA)
    ended_well(result, command)
    assert result.code == 2
    assert "arm.private.example sent no complete answer" in result.text


@pytest.fixture
def silent_sign_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A sign-in that returns after the test."""
    over = threading.Event()
    monkeypatch.setattr(SignIn, "token", lambda *_: over.wait())
    yield
    over.set()


@pytest.mark.usefixtures("short", "silent_sign_in")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_sign_in_that_does_not_end_ends_the_command(tmp_path: Path, command: str) -> None:
    result = run(None, *commands(tmp_path)[command], variables=SIGNED_IN)
    ended_well(result, command)
    assert "client secret (ARM_CLIENT_SECRET) got no token" in result.text
    assert result.code == (0 if command == "evidence" else 1 if command == "doctor" else 2)


def test_answers_that_are_all_just_in_time_end_after_half_an_hour() -> None:
    now = 0.0
    asked = 0

    def answer(request: httpx.Request) -> httpx.Response:
        nonlocal now, asked
        now += 100.0
        asked += 1
        link = f"https://graph.microsoft.com/v1.0/users?page={asked}"
        return httpx.Response(200, json={"value": [], "@odata.nextLink": link})

    opened = session(answer, [])
    opened.clock = lambda: now
    opened.begin()
    with pytest.raises(Problem, match="has read for 30 minutes") as caught:
        asyncio.run(opened.listed("users"))
    assert (caught.value.code, asked) == ("EXA419", 18)


def test_a_function_that_does_not_return_keeps_no_process_alive() -> None:
    over = threading.Event()
    before = set(threading.enumerate())

    async def give_up() -> None:
        with pytest.raises(Problem):
            await deadlines.complete_within(0.01, deadlines.in_thread(over.wait), Problem("EXA402", "late"))

    asyncio.run(give_up())
    [left] = set(threading.enumerate()) - before
    over.set()
    assert left.daemon
