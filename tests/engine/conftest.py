"""A tenant for each module, empty for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localtenant.process import LocalTenant
from tests.engine.support import Deployment, Program


@pytest.fixture(scope="module")
def module_tenant(stand_ins: tuple[str, ...]) -> Iterator[LocalTenant]:
    # A real plugin waits on the wall's clock, so the tenant has to use it as well.
    with LocalTenant.start(virtual_time="azuread" in stand_ins, stand_ins=stand_ins) as tenant:
        yield tenant


@pytest.fixture
def tenant(module_tenant: LocalTenant) -> LocalTenant:
    module_tenant.reset(lag=0.0)
    return module_tenant


@pytest.fixture
def deploy(tenant: LocalTenant, engine: None, tmp_path: Path) -> Callable[..., Deployment]:
    """Makes the stack of a test; several get a directory each."""
    made: list[Deployment] = []

    def make(program: Program, **options: Any) -> Deployment:
        deployment = Deployment(tmp_path / f"stack-{len(made)}", tenant, program, **options)
        made.append(deployment)
        return deployment

    return make
