"""Requests and responses of Azure Automation keep the REST contract, by the models of Microsoft's own client."""

from __future__ import annotations

import asyncio
import copy
from typing import Any

import pytest

from tests import contract
from tests.plugins import recordings

Json = dict[str, Any]


@pytest.fixture(scope="module")
def log() -> list[Json]:
    """The requests of all recorded programs, played on the tenant."""
    return [entry for name in recordings.names() for entry in asyncio.run(recordings.play(name)).log]


def test_every_request_and_response_keeps_the_contract(log: list[Json]) -> None:
    judged = contract.judge(log)
    assert judged.mismatches == []
    assert judged.requests > 50
    assert judged.responses > 100
    collections = {str(entry["operation"]).split()[-1].lower() for entry in log if entry["method"] == "PUT"}
    assert set(contract.COLLECTIONS) <= collections


@pytest.mark.parametrize(
    ("operation", "part", "names", "value", "expected"),
    [
        (
            "PUT runbooks",
            "body",
            ("properties", "logVerbose"),
            "yes",
            "request.properties.logVerbose: 'yes' is no bool",
        ),
        ("PUT runbooks", "body", ("properties", "runbookType"), "Bash", "'Bash' is not one of "),
        ("PUT packages", "body", ("properties", "contentLink"), None, "request.properties.contentLink: null"),
        ("PUT packages", "response", ("location",), ..., "response.location: missing"),
        ("PUT schedules", "response", ("properties", "nextRun"), "soon", "'soon' is no datetime"),
        ("PUT schedules", "body", ("properties", "advancedSchedule"), {"weekDays": "Monday"}, "is no list"),
        ("GET automationAccounts", "response", ("properties", "RegistrationUrl"), "https://x", "not in the contract"),
    ],
)
def test_a_mistake_is_found(
    log: list[Json], operation: str, part: str, names: tuple[str, ...], value: Any, expected: str
) -> None:
    entry = copy.deepcopy(next(e for e in log if e["operation"] == operation and e["status"] < 300))
    *parents, last = names
    target = entry[part]
    for name in parents:
        target = target[name]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    [mismatch] = contract.judge([entry]).mismatches
    assert expected in mismatch
