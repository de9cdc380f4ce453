"""Fixtures: a tenant without a server for each test, one in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localtenant.process import LocalTenant
from tests.localtenant.support import Client


@pytest.fixture
def client() -> Client:
    """A tenant without a server and without lag."""
    return Client()


@pytest.fixture(scope="session")
def running_tenant() -> Iterator[LocalTenant]:
    """A tenant in a process of its own, without emulated providers, on virtual time."""
    with LocalTenant.start(providers=()) as tenant:
        yield tenant


@pytest.fixture
def tenant(running_tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch) -> LocalTenant:
    """The tenant of the process as new, with its environment in place."""
    running_tenant.reset(lag=0.0)
    for name, value in running_tenant.environment.items():
        monkeypatch.setenv(name, value)
    return running_tenant
