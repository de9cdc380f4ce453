"""SIGKILL for the engine and the program at each request of ``up`` and of ``destroy``, then what the documentation says.

Each request is caught three times: before the tenant has processed it; after, when the answer is on its way and the plugin does not
know of it; and unrecorded, when the plugin has ended the whole operation and answered, but the engine has not written its checkpoint.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from localtenant.process import LocalTenant
from tests.engine.driver import Running
from tests.engine.programs import account
from tests.engine.recovery import grants_in_directory, grants_in_state, plant_bystander, recover, unlock
from tests.engine.support import Deployment

SEED = 20261124
QUICK = 4
REQUESTS = {"up": 24, "destroy": 15}
"""How many requests a command makes; a test holds these against the journal."""

STEPS = [
    (command, position, when)
    for command, count in REQUESTS.items()
    for position in range(1, count + 1)
    for when in ("before", "after", "unrecorded")
]
GRANTS = (
    ("up", "POST appRoleAssignedTo"),
    ("up", "POST roleAssignments"),
    ("destroy", "DELETE appRoleAssignedTo"),
    ("destroy", "DELETE roleAssignments"),
)
"""The requests that make and remove grants; killed before the checkpoint in every run of the tests."""


def parameters() -> list[Any]:
    quick = set(random.Random(SEED).sample(range(len(STEPS)), QUICK))
    return [
        pytest.param(*step, id="-".join(map(str, step)), marks=[] if number in quick else [pytest.mark.soak])
        for number, step in enumerate(STEPS)
    ]


def test_every_request_of_both_commands_is_in_the_table(tenant: LocalTenant, deploy: Callable[..., Deployment]) -> None:
    stack = deploy(account())
    counts = {}
    for command in ("up", "destroy"):
        before = len(tenant.request_log())
        (stack.up() if command == "up" else stack.destroy()).check()
        counts[command] = len(tenant.request_log()) - before
    assert counts == REQUESTS


def test_a_kill_while_the_state_is_written_leaves_an_empty_side_file_that_may_be_removed(
    tenant: LocalTenant, deploy: Callable[..., Deployment]
) -> None:
    stack = deploy(account())
    stack.up().check()
    [side] = (stack.directory / "backend").rglob("test.json.attrs")
    side.write_bytes(b"")
    unlock(stack)
    assert stack.up().check().changes == {}


@pytest.mark.parametrize(("command", "position", "when"), parameters())
def test_a_killed_deployment_loses_no_grant_and_leaves_none(
    tenant: LocalTenant, deploy: Callable[..., Deployment], command: str, position: int, when: str
) -> None:
    killed_and_recovered(tenant, deploy, command, {"operation": "* *", "position": position}, when)


@pytest.mark.parametrize(("command", "operation"), GRANTS)
def test_a_grant_that_the_engine_had_not_written_down_is_neither_lost_nor_left(
    tenant: LocalTenant, deploy: Callable[..., Deployment], command: str, operation: str
) -> None:
    killed_and_recovered(tenant, deploy, command, {"operation": operation}, "unrecorded")


def killed_and_recovered(
    tenant: LocalTenant, deploy: Callable[..., Deployment], command: str, request: dict[str, Any], when: str
) -> None:
    """Kill a command at a request, recover as documented, and hold the directory against the state."""
    bystander, theirs = plant_bystander(tenant)
    stack = deploy(account())
    if command == "destroy":
        stack.up().check()
    [fault] = tenant.faults([{**request, "effect": "hold", "when": "before" if when == "before" else "after"}])
    running = Running(stack, command, "account", {})
    tenant.wait_for_hold(fault, timeout=120)  # Starting a process takes long on a busy machine.
    if when == "unrecorded":
        running.freeze()
        tenant.clear_faults()
        wait_for_silence(tenant)
    running.kill()
    tenant.clear_faults()

    if command == "up":
        recover(stack, killed=True)
        directory = grants_in_directory(tenant, bystander)
        assert directory == grants_in_state(stack)
        assert len(directory) == 2
        assert stack.up().check().changes == {}
    else:
        unlock(stack)
    stack.destroy().check()
    assert grants_in_directory(tenant, bystander) == set()
    assert stack.state() == []
    assert [grant for grant in tenant.grants() if grant["principalId"] == bystander] == theirs


def wait_for_silence(tenant: LocalTenant) -> None:
    """Waits until the plugin has ended its requests; the engine is frozen, so no new ones begin."""
    before: list[dict[str, Any]] | None = None
    now = tenant.request_log()
    while now != before or any(entry["status"] == 0 and "no answer" not in entry["remarks"] for entry in now):
        time.sleep(0.25)
        before, now = now, tenant.request_log()
