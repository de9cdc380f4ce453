"""No grant is ever lost or left behind, whatever goes wrong: the whole table on the real engine.

In every case, as the tenant shows it: after the last successful ``up`` the directory has the grants of the state; after
``destroy`` it has no grant of the program; the grants of another program's identity are unchanged; the message of the failed
attempt says what happened and what to do.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from localtenant.process import LocalTenant
from tests.engine.matrix import Case, cases
from tests.engine.programs import access, account, apis, application, runbook
from tests.engine.recovery import grants_in_directory, grants_in_state, plant_bystander, recover
from tests.engine.support import Deployment, Program

SEED = 20261124
QUICK = 24
"""How many cases `make test` runs; `make soak` runs all."""

ALL = list(cases())


def parameters() -> list[Any]:
    quick = set(random.Random(SEED).sample(range(len(ALL)), QUICK))
    return [
        pytest.param(case, id=case.name, marks=[] if number in quick else [pytest.mark.soak])
        for number, case in enumerate(ALL)
    ]


def program_for(case: Case, tenant: LocalTenant) -> Program:
    """The program whose grants are struck."""
    if case.identity == "system-assigned":
        return account()
    if case.identity == "user-assigned":
        return account(identity_type="UserAssigned")
    if case.identity == "application":
        return application()
    if case.identity == "with a runbook":
        return runbook()
    kind = "Application" if case.identity == "application's principal" else "ManagedIdentity"
    [created] = tenant.add_service_principal("job", servicePrincipalType=kind)
    return (apis if case.identity == "with Graph" else access)(principal_id=created["id"])


def test_the_table_has_at_least_120_cases_and_none_twice() -> None:
    assert len(ALL) >= 120
    assert len({case.name for case in ALL}) == len(ALL)


@pytest.mark.parametrize("case", parameters())
def test_no_grant_is_lost_or_left_behind(case: Case, tenant: LocalTenant, deploy: Callable[..., Deployment]) -> None:
    bystander, theirs = plant_bystander(tenant)
    stack = deploy(program_for(case, tenant))
    if case.phase != "up":
        stack.up().check()
    [fault] = tenant.faults([{"operation": case.operation, **case.fault}])
    first = stack.destroy() if case.phase == "destroy" else stack.up()
    assert tenant.fault(fault)["hits"] >= 1, "The fault struck nothing, so the case shows nothing."
    tenant.clear_faults()

    assert first.succeeded == case.first, first.text
    if not first.succeeded:
        assert any(expected in first.text for expected in case.says), first.text
        assert "Traceback" not in first.text
    if case.phase != "destroy":
        if not first.succeeded:
            recover(stack)
        directory = grants_in_directory(tenant, bystander)
        assert directory == grants_in_state(stack)
        assert len(directory) == case.grants
        assert stack.up().check().changes == {}
        stack.destroy().check()
    elif not first.succeeded:
        stack.destroy().check()
    assert grants_in_directory(tenant, bystander) == set()
    assert stack.state() == []
    assert [grant for grant in tenant.grants() if grant["principalId"] == bystander] == theirs
