"""What a component's resources say of where they were registered: the program's line, and not the host's frames."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks

from exchange_automation import (
    ApiPermissions,
    ExchangeAccess,
    ExchangeAccountAssets,
    ExchangeAccountGovernance,
    ExchangeApplication,
    ExchangeAutomationAccount,
    ExchangeRunbook,
    ExchangeRuntimeEnvironment,
)
from exchange_automation.core.call_stacks import FRAMES, short_call_stacks
from tests.unit.support import ACCOUNT_ID, PRINCIPAL_ID, Recorder, run

DOMAIN = "contoso.onmicrosoft.com"
PLACE: dict[str, Any] = {"resource_group_name": "rg", "automation_account_name": "aa-mail", "location": "westeurope"}


class Empty(Recorder):
    """A tenant in which neither a runbook nor a schedule exists."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        identity, state = super().new_resource(args)
        return identity, {"name": args.name, "lastModifiedTime": "2026-01-01T00:00:00Z", "url": "https://x/y", **state}

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        if args.token.startswith("azuread:"):
            return super().call(args)
        return {"serviceSasToken": "s"} if "SAS" in args.token else {}


def _programs() -> dict[str, Callable[[], Any]]:
    account: dict[str, Any] = {"organization": DOMAIN, "resource_group_name": "rg", "identity_type": "UserAssigned"}
    runtime: dict[str, Any] = {**PLACE, "extra_packages": {"Pester": {"version": "5.7.1"}}}
    assets: dict[str, Any] = {**PLACE, "variables": {"days": {"value": 30}}}
    del assets["location"]
    governance: dict[str, Any] = {"account_id": ACCOUNT_ID, "resource_group_name": "rg", "lock": "CanNotDelete"}
    permissions: dict[str, Any] = {
        "principal_id": PRINCIPAL_ID,
        "permissions": {"Microsoft Graph": ["Exchange.ManageAsApp"]},
    }
    credential = {
        "name": "ci",
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:contoso/mail:environment:prod",
    }
    application: dict[str, Any] = {"organization": DOMAIN, "federated_credentials": [credential]}
    runbook: dict[str, Any] = {
        **PLACE,
        "runtime_environment_name": "rt",
        "source": {"uri": "https://contoso.example/job.ps1", "sha256": "a" * 64},
    }
    return {
        "access": lambda: ExchangeAccess("a", {"principal_id": PRINCIPAL_ID}),
        "account": lambda: ExchangeAutomationAccount("a", account),  # type: ignore[arg-type]
        "application": lambda: ExchangeApplication("a", application),  # type: ignore[arg-type]
        "runtime": lambda: ExchangeRuntimeEnvironment("a", runtime),  # type: ignore[arg-type]
        "assets": lambda: ExchangeAccountAssets("a", assets),  # type: ignore[arg-type]
        "governance": lambda: ExchangeAccountGovernance("a", governance),  # type: ignore[arg-type]
        "permissions": lambda: ApiPermissions("a", permissions),  # type: ignore[arg-type]
        "runbook": lambda: ExchangeRunbook("a", runbook),  # type: ignore[arg-type]
    }


@pytest.mark.parametrize("name", _programs())
def test_the_call_stack_of_every_resource_ends_shortly_after_the_programs_line(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: dict[str, list[str]] = {}
    register = mocks.MockMonitor.RegisterResource

    def note(self: Any, request: Any) -> Any:
        sent[request.name] = [frame.pc.uri for frame in request.stackTrace.frames]
        return register(self, request)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(mocks.MockMonitor, "RegisterResource", note)
    run(_programs()[name], Empty())
    stacks = {resource: frames for resource, frames in sent.items() if resource.startswith("a")}
    assert len(stacks) >= 2
    here = Path(__file__).as_uri()
    for resource, frames in stacks.items():
        assert here in frames, f"{resource}: {frames}"
        assert len(frames) <= 7, f"{resource}: {frames}"


def test_the_component_itself_points_at_the_programs_line(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[tuple[str, int]] = []
    register = mocks.MockMonitor.RegisterResource

    def note(self: Any, request: Any) -> Any:
        if request.type.endswith(":ExchangeAccess"):
            lines.append((request.sourcePosition.uri, request.sourcePosition.line))
        return register(self, request)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(mocks.MockMonitor, "RegisterResource", note)
    run(lambda: ExchangeAccess("a", {"principal_id": PRINCIPAL_ID}))
    assert lines == [(Path(__file__).as_uri(), sys._getframe().f_lineno - 1)]


def test_the_limit_ends_with_the_block_even_after_a_failure() -> None:
    assert not hasattr(sys, "tracebacklimit")

    def fail() -> None:
        with short_call_stacks():
            assert sys.tracebacklimit == FRAMES
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not hasattr(sys, "tracebacklimit")


def test_a_limit_of_the_program_is_kept_where_it_is_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "tracebacklimit", 5, raising=False)
    with short_call_stacks():
        assert sys.tracebacklimit == 5
    assert sys.tracebacklimit == 5
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)
    with short_call_stacks():
        assert sys.tracebacklimit == FRAMES
    assert sys.tracebacklimit == 1000


def test_of_several_threads_the_last_one_restores_what_was_there() -> None:
    entered, may_leave = threading.Event(), threading.Event()

    def other() -> None:
        with short_call_stacks():
            entered.set()
            may_leave.wait(10)

    thread = threading.Thread(target=other)
    with short_call_stacks():
        thread.start()
        assert entered.wait(10)
    assert sys.tracebacklimit == FRAMES
    may_leave.set()
    thread.join()
    assert not hasattr(sys, "tracebacklimit")
