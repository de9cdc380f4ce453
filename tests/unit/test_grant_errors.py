"""The error hook of the grants: what it waits out, what it explains, what it leaves alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest

from exchange_automation.access import grant_errors

APP_ROLE = "azuread:index/appRoleAssignment:AppRoleAssignment"
DIRECTORY_ROLE = "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment"
NOT_THERE = "Resource 'x' does not exist or one of its queried reference-property objects are not present."


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(grant_errors, "sleep", sleep)
    return waited


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(pulumi.log, "error", messages.append)
    return messages


def hook(text: str, operation: str = "create", kind: str = DIRECTORY_ROLE, attempts: int = 1) -> bool:
    args: Any = pulumi.ErrorHookArgs(
        urn="urn",
        id="",
        name="mail-exchange-administrator",
        type=kind,
        failed_operation=operation,
        errors=[text] * attempts,
    )
    return asyncio.run(grant_errors.on_grant_error(args))


@pytest.mark.parametrize("text", [NOT_THERE, "Not a valid reference update."])
def test_a_service_principal_that_is_not_replicated_is_waited_for(
    text: str, waits: list[float], logged: list[str]
) -> None:
    assert [hook(text, attempts=number) for number in range(1, 9)] == [True] * 8
    assert waits == list(grant_errors.WAITS_SECONDS)
    assert sum(waits) == 270
    assert logged == []


@pytest.mark.parametrize("text", [NOT_THERE, "Not a valid reference update."])
def test_an_app_role_for_which_the_provider_waited_is_not_waited_for_again(
    text: str, waits: list[float], logged: list[str]
) -> None:
    assert hook(text, kind=APP_ROLE) is False
    assert waits == []
    assert "[EXA303]" in logged[0]


def test_after_the_last_wait_it_gives_up_and_says_so(waits: list[float], logged: list[str]) -> None:
    assert hook(NOT_THERE, attempts=9) is False
    assert waits == []
    assert "[EXA303]" in logged[0]


@pytest.mark.parametrize(
    ("text", "operation", "kind", "code", "named"),
    [
        ("Authorization_RequestDenied: Insufficient", "create", APP_ROLE, "EXA301", "AppRoleAssignment.ReadWrite.All"),
        ("Authorization_RequestDenied", "delete", DIRECTORY_ROLE, "EXA301", "RoleManagement.ReadWrite.Directory"),
        (
            "Permission being assigned already exists on the object",
            "create",
            APP_ROLE,
            "EXA302",
            "adopt --yes",
        ),
        (
            "A conflicting object with one or more of the",
            "create",
            DIRECTORY_ROLE,
            "EXA302",
            "adopt --yes",
        ),
        (f"unexpected status 404 (404 Not Found): {NOT_THERE}", "delete", DIRECTORY_ROLE, "EXA304", "--refresh"),
        (f"with error: Request_ResourceNotFound: {NOT_THERE}", "delete", APP_ROLE, "EXA304", "--refresh"),
    ],
)
def test_every_other_error_surfaces_at_once_with_what_to_do(
    text: str, operation: str, kind: str, code: str, named: str, waits: list[float], logged: list[str]
) -> None:
    assert hook(text, operation, kind) is False
    assert waits == []
    [explanation] = logged
    assert code in explanation
    assert named in explanation


@pytest.mark.parametrize(("operation", "code"), [("create", "EXA305"), ("delete", "EXA306")])
def test_an_unclear_answer_is_reported_as_unclear(
    operation: str, code: str, waits: list[float], logged: list[str]
) -> None:
    assert hook("HTTP response was nil; connection may have been reset", operation) is False
    assert waits == []
    assert code in logged[0]


def test_an_id_with_404_in_it_does_not_say_that_the_grant_is_gone(waits: list[float], logged: list[str]) -> None:
    deleting = 'Deleting Role Management Directory Role Assignment (Unified Role Assignment: "0a4b4040-0000-4404-8404-404040404404")'
    assert hook(f"{deleting}: unexpected status 503 (503 Service Unavailable)", "delete") is False
    assert "[EXA306]" in logged[0]


@pytest.mark.parametrize("operation", ["create", "delete"])
def test_a_request_that_the_directory_refused_as_wrong_is_left_to_the_text_of_the_provider(
    operation: str, waits: list[float], logged: list[str]
) -> None:
    text = "unexpected status 400 (400 Bad Request) with error: Request_BadRequest: Invalid directory scope '/x'."
    assert hook(text, operation) is False
    assert (waits, logged) == ([], [])


def test_an_update_is_left_alone(waits: list[float], logged: list[str]) -> None:
    assert hook("unexpected status 500", "update") is False
    assert (waits, logged) == ([], [])
