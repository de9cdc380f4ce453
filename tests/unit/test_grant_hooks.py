"""The hook that asks for the principal of a grant: when it asks, and what it lets pass."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from exchange_automation import DirectoryLookupError, ExchangeAccess
from exchange_automation.access.grant_hooks import grant_hooks
from tests.unit.support import PRINCIPAL_ID, Recorder, Refused, run

GET_DIRECTORY_OBJECT = "azuread:index/getDirectoryObject:getDirectoryObject"
ABSENT = f'[object_id] Directory Object (Directory Object: "{PRINCIPAL_ID}") was not found'


class Directory(Recorder):
    """Answers the question for an object with a failure, if it has one."""

    answer: str | None = None

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        found = super().call(args)
        if args.token == GET_DIRECTORY_OBJECT and self.answer is not None:
            raise Refused(self.answer)
        return found

    @property
    def asked(self) -> list[str]:
        return [given["objectId"] for token, given in self.calls if token == GET_DIRECTORY_OBJECT]


def create(directory: Directory, *principal_ids: Any) -> None:
    """Lets the engine's call for each grant happen: what the hook does before the grant is created."""

    def program() -> pulumi.Output[Any]:
        component = ExchangeAccess("mail", {"principal_id": PRINCIPAL_ID})
        [hook] = grant_hooks(component).before_create or []
        assert isinstance(hook, pulumi.ResourceHook)

        async def call() -> None:
            for principal_id in principal_ids:
                given = {"principalObjectId": principal_id}
                await hook(pulumi.ResourceHookArgs("urn", "", "mail-role", "type", new_inputs=given))  # type: ignore[misc]

        return pulumi.Output.from_input(call())

    run(program, directory, preview=True)


def test_it_asks_once_for_a_principal_with_several_grants() -> None:
    directory = Directory()
    create(directory, PRINCIPAL_ID, PRINCIPAL_ID, PRINCIPAL_ID)
    assert directory.asked == [PRINCIPAL_ID]


def test_an_absent_principal_ends_the_preview() -> None:
    directory = Directory()
    directory.answer = ABSENT
    with pytest.raises(DirectoryLookupError, match=f"{PRINCIPAL_ID}.*EXA309"):
        create(directory, PRINCIPAL_ID)


@pytest.mark.parametrize("text", ["Authorization_RequestDenied: Insufficient privileges", "unexpected status 503"])
def test_another_failure_is_left_to_the_grant(text: str) -> None:
    directory = Directory()
    directory.answer = text
    create(directory, PRINCIPAL_ID)
    assert directory.asked == [PRINCIPAL_ID]


def test_a_principal_that_the_run_creates_is_not_asked_for() -> None:
    directory = Directory()
    create(directory, pulumi.output.Unknown(), None)  # type: ignore[no-untyped-call]
    assert directory.asked == []


def test_an_update_has_no_such_hook() -> None:
    seen: list[Any] = []
    run(lambda: seen.append(grant_hooks(ExchangeAccess("mail", {"principal_id": PRINCIPAL_ID}))), Directory())
    [hooks] = seen
    assert hooks.before_create is None
    assert len(hooks.on_error) == 1
