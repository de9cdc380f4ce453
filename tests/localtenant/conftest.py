"""Fixtures: a tenant without a server for each test, one in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from exchange_automation_testing.tenant_process import TenantProcess
from localtenant.process import LocalTenant
from tests.localtenant.support import Client


@pytest.fixture
def client() -> Client:
    """A tenant without a server and without lag."""
    return Client()


@pytest.fixture(scope="session")
def server_process() -> Iterator[TenantProcess]:
    """The process of a tenant without emulated providers, on virtual time."""
    with closing(TenantProcess(virtual_time=True, providers=())) as process:
        yield process


@pytest.fixture
def tenant(server_process: TenantProcess, monkeypatch: pytest.MonkeyPatch) -> LocalTenant:
    """The tenant of the process as new, whose clock shows the present, with its environment in place."""
    tenant = server_process.current()
    tenant.reset(lag=0.0)
    for name, value in tenant.environment.items():
        monkeypatch.setenv(name, value)
    return tenant
