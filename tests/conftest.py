"""What every test folder shares: which plugins are real, where the engine is, a tenant, stacks."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from exchange_automation.access import grant_errors
from exchange_automation_testing.tenant_process import TenantProcess
from localtenant.environment import PROVIDERS
from localtenant.process import LocalTenant
from tests import contract
from tests.engine.support import Deployment, Program


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--real",
        action="append",
        choices=PROVIDERS,
        default=[],
        help="use this provider's real plugin, found on PATH, in the engine tests (may be repeated)",
    )
    parser.addoption("--record", action="store_true", help="write down anew what the real azuread plugin on PATH says")


def pytest_configure() -> None:
    # An engine lives for a second. Collecting its garbage less often saves an eighth of its processor time.
    os.environ.setdefault("GOGC", "400")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collects no garbage while the tests are imported, and exempts what was imported from every later collection.

    Passing over the growing heap takes 40 % of the import's time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Fills a folder once for all processes of a test run."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def make(name: str, fill: Callable[[Path], object]) -> Path:
        folder, done = shared / name, shared / f"{name}.done"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not done.exists():
                fill(folder)
                done.touch()
        return folder

    return make


@pytest.fixture(scope="session")
def providers(pytestconfig: pytest.Config) -> tuple[str, ...]:
    """The plugins that the tenant imitates; the others are taken from PATH."""
    real: list[str] = pytestconfig.getoption("--real")
    missing = [name for name in real if shutil.which(f"pulumi-resource-{name}") is None]
    if missing:
        raise pytest.UsageError(f"--real {missing[0]} needs the program 'pulumi-resource-{missing[0]}' on PATH.")
    return tuple(name for name in PROVIDERS if name not in real)


@pytest.fixture(scope="session")
def engine() -> None:
    """Puts the engine on PATH, where the Automation API looks for it, unless PATH has one."""
    if shutil.which("pulumi") is None:
        from tools.engine import engine_directory  # noqa: PLC0415  (imported where there is none on PATH)

        os.environ["PATH"] = f"{engine_directory()}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture(scope="session")
def tenant_process(providers: tuple[str, ...]) -> Iterator[TenantProcess]:
    # A real plugin waits on the wall's clock, so the tenant has to use it as well.
    with closing(TenantProcess(virtual_time="azuread" in providers, providers=providers)) as process:
        yield process


@pytest.fixture(scope="module")
def module_tenant(tenant_process: TenantProcess) -> LocalTenant:
    tenant = tenant_process.current()
    tenant.keep_responses()
    tenant.reset(lag=0.0)
    return tenant


@pytest.fixture
def tenant(
    module_tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch, providers: tuple[str, ...]
) -> Iterator[LocalTenant]:
    module_tenant.reset(lag=0.0)
    if "azuread" in providers:

        async def sleep(seconds: float) -> None:
            module_tenant.advance(seconds)

        monkeypatch.setattr(grant_errors, "sleep", sleep)
    yield module_tenant
    # Every request of a test that Azure Automation accepted keeps its REST contract, and so does every response.
    assert contract.judge(module_tenant.request_log()).mismatches == []


@pytest.fixture
def deploy(tenant: LocalTenant, engine: None, tmp_path: Path) -> Callable[..., Deployment]:
    """Makes the stack of a test; several get a directory each."""
    created: list[Deployment] = []

    def make(program: Program, **options: Any) -> Deployment:
        deployment = Deployment(tmp_path / f"stack-{len(created)}", tenant, program, **options)
        created.append(deployment)
        return deployment

    return make
