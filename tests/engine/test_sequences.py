"""Random sequences of edits, faults, hand changes, refreshes and kills, against the invariants of the matrix.

`make test` plays a few short ones, `make soak` 2,000 steps, in parts that run side by side. ``SEQUENCE_STEPS`` sets how many steps are
played together, ``SEQUENCE_SEED`` where they begin; a sequence that fails is printed and becomes a case with a name. The same run again:

    SEQUENCE_SEED=20261124 SEQUENCE_STEPS=2000 make soak ARGS="tests/engine/test_sequences.py"
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from localtenant.process import LocalTenant, TenantError
from tests.engine.driver import Running
from tests.engine.matrix import REPEATED, Fault
from tests.engine.programs import access
from tests.engine.recovery import grants_in_state, plant_bystander, recover
from tests.engine.support import Deployment

SEED = int(os.environ.get("SEQUENCE_SEED", "20261124"))
STEPS = int(os.environ.get("SEQUENCE_STEPS", "2000"))
LONGEST = 20
PARTS = 8
"""Parts of the long run; each has a seed of its own, counted on from ``SEED``."""
ROLES = ("Exchange Administrator", "Exchange Recipient Administrator", "Global Reader", "Security Reader")
OPERATIONS = (
    "POST appRoleAssignedTo",
    "POST roleAssignments",
    "GET roleAssignments",
    "GET servicePrincipals",
    "DELETE roleAssignments",
)
FAULTS: tuple[Fault, ...] = (
    *REPEATED.values(),
    {"effect": "cut"},
    {"effect": "cut", "when": "after"},
    {"effect": "status", "status": 500, "when": "after"},
    {"effect": "expiredToken"},
    {"effect": "remove", "object": "path"},
)

Step = tuple[Any, ...]


def recoverable(step: Step) -> bool:
    """Whether the program can go on: nobody removes the identity or Exchange Online itself."""
    return not (step[1] == "GET servicePrincipals" and step[2]["effect"] == "remove")


roles = st.sets(st.sampled_from(ROLES), min_size=1).map(lambda chosen: tuple(sorted(chosen)))
step: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("edit"), roles),
    st.tuples(st.just("up")),
    st.tuples(
        st.just("up with a fault"), st.sampled_from(OPERATIONS), st.sampled_from(FAULTS), st.integers(1, 2)
    ).filter(recoverable),
    st.tuples(st.just("remove by hand"), st.integers(0, 4)),
    st.tuples(st.just("grant by hand"), st.sampled_from(ROLES)),
    st.tuples(st.just("refresh")),
    st.tuples(st.just("kill"), st.integers(1, 14), st.sampled_from(["before", "after"])),
    st.tuples(st.just("destroy")),
)


class Play:
    """One stack that a sequence is played on."""

    def __init__(self, tenant: LocalTenant, directory: Path) -> None:
        tenant.reset(lag=0.0)
        self.tenant = tenant
        self.bystander, self.theirs = plant_bystander(tenant)
        [created] = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity")
        self.principal = str(created["id"])
        self.wanted: tuple[str, ...] = ROLES[:1]
        self.by_hand: set[str] = set()
        shutil.rmtree(directory, ignore_errors=True)
        self.stack = Deployment(directory, tenant, self.program)

    def program(self) -> None:
        """The program as it was edited last."""
        access(**self.arguments)()

    @property
    def arguments(self) -> dict[str, Any]:
        return {"principal_id": self.principal, "directory_roles": [{"role": role} for role in self.wanted]}

    def directory(self) -> set[str]:
        """Ids of the grants of the program's principal."""
        return {grant["id"] for grant in self.tenant.grants() if grant["principalId"] == self.principal}

    def recover(self, *, killed: bool = False) -> None:
        recover(self.stack, killed=killed)
        known = grants_in_state(self.stack)
        self.by_hand = {grant_id for grant_id in self.by_hand & self.directory() if grant_id not in known}
        assert self.directory() == known | self.by_hand
        assert len(known) == 1 + len(self.wanted)
        self.others_are_untouched()

    def others_are_untouched(self) -> None:
        assert [grant for grant in self.tenant.grants() if grant["principalId"] == self.bystander] == self.theirs

    def do(self, what: str, *arguments: Any) -> None:
        """Plays one step."""
        if what == "edit":
            self.wanted = arguments[0]
        elif what == "up":
            self.recover()
        elif what == "up with a fault":
            operation, fault, position = arguments
            self.tenant.faults([{"operation": operation, "position": position, **fault}])
            self.stack.up()
            self.tenant.clear_faults()
            self.recover()
        elif what == "remove by hand":
            held = sorted(self.directory())
            if held:
                self.tenant.remove_object(held[arguments[0] % len(held)])
        elif what == "grant by hand":
            try:
                self.by_hand.add(self.tenant.add_grant(self.principal, directoryRole=arguments[0])["id"])
            except TenantError as refused:
                assert "conflicting object" in str(refused)  # noqa: PT017  (it is held already)
        elif what == "refresh":
            self.stack.refresh().check()
        elif what == "kill":
            self.kill(*arguments)
            self.recover(killed=True)
        elif what == "destroy":
            self.destroy()

    def kill(self, position: int, when: str) -> None:
        [fault] = self.tenant.faults([{"operation": "* *", "effect": "hold", "position": position, "when": when}])
        running = Running(self.stack, "up", "access", self.arguments)
        caught = False
        while not caught and not running.ended:
            try:
                self.tenant.wait_for_hold(fault, timeout=0.5)
                caught = True
            except TenantError:
                pass  # Not yet; or it makes fewer requests than that, and ends.
        if caught:
            running.kill()
        self.tenant.clear_faults()

    def destroy(self) -> None:
        known = grants_in_state(self.stack)
        self.stack.destroy().check()
        assert not self.directory() & known
        assert self.directory() <= self.by_hand
        self.others_are_untouched()


def play(tenant: LocalTenant, directory: Path, sequence: list[Step]) -> None:
    """Plays a sequence to its end: a last recovery, and a destroy that leaves nothing of the program."""
    game = Play(tenant, directory)
    for action in sequence:
        game.do(*action)
    game.recover()
    game.destroy()


def sequences(count: int, length: int, start: int = SEED) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        configured = settings(
            max_examples=count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        )
        return seed(start)(configured(given(st.lists(step, min_size=length, max_size=length))(test)))

    return decorate


@sequences(2, 5)
def test_a_few_random_steps_lose_and_leave_nothing(
    module_tenant: LocalTenant, engine: None, tmp_path_factory: pytest.TempPathFactory, sequence: list[Step]
) -> None:
    play(module_tenant, tmp_path_factory.getbasetemp() / "sequence", sequence)


@pytest.mark.soak
@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_many_random_steps_lose_and_leave_nothing(
    module_tenant: LocalTenant, engine: None, tmp_path_factory: pytest.TempPathFactory, part: int
) -> None:
    played: list[int] = []

    @sequences(max(1, STEPS // LONGEST // PARTS + (part < STEPS // LONGEST % PARTS)), LONGEST, SEED + part)
    def sequence_after_sequence(sequence: list[Step]) -> None:
        play(module_tenant, tmp_path_factory.getbasetemp() / "sequence", sequence)
        played.append(len(sequence))

    sequence_after_sequence()
    print(f"seed {SEED + part}: {len(played)} sequences, {sum(played)} steps")
