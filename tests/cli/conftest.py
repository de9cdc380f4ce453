"""Fixtures: one tenant for a process of the test run, as new for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localtenant.process import LocalTenant


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-snapshots", action="store_true", help="write tests/cli/snapshots anew")


@pytest.fixture(scope="session")
def running_tenant() -> Iterator[LocalTenant]:
    # The commands take no time from the tenant, so the clocks of both have to agree.
    with LocalTenant.start(virtual_time=False, providers=()) as tenant:
        yield tenant


@pytest.fixture
def tenant(running_tenant: LocalTenant) -> LocalTenant:
    """The tenant as new."""
    running_tenant.reset(lag=0.0)
    return running_tenant
