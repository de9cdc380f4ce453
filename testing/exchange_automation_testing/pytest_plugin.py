"""Fixtures: a local tenant, stacks on it, and programs run with mocks.

pytest loads this by itself where the distribution is installed.
"""

from __future__ import annotations

import gc
import importlib.util
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from exchange_automation_testing import leftovers
from exchange_automation_testing.programs import Program
from exchange_automation_testing.stack import PROJECT, PulumiStack
from exchange_automation_testing.tenant_process import TenantProcess
from localtenant.environment import PROVIDERS
from localtenant.process import LocalTenant

WAIT = "exchange_automation.access.grant_errors"
"""The module of exchange-automation that waits for replication."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option for real plugins."""
    parser.getgroup("exchange-automation-testing").addoption(
        "--real-provider",
        action="append",
        choices=PROVIDERS,
        default=[],
        help="run this provider's own plugin, found on PATH, against the local tenant (may be repeated)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker."""
    config.addinivalue_line(
        "markers", "azure_tenant(lag=0.0): how many seconds a new directory object of azure_tenant needs to replicate"
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Collects no garbage while a failure is put into words; exchange_automation_testing.leftovers says why."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_runtest_logfinish() -> None:
    """Collects what failed programs left."""
    leftovers.clear()


@pytest.fixture(scope="session")
def azure_tenant_process(pytestconfig: pytest.Config) -> Iterator[TenantProcess]:
    """The process behind ``azure_tenant``, which serves the tests of a session."""
    real: list[str] = pytestconfig.getoption("--real-provider")
    missing = [name for name in real if shutil.which(f"pulumi-resource-{name}") is None]
    if missing:
        raise pytest.UsageError(
            f"--real-provider {missing[0]} needs the program 'pulumi-resource-{missing[0]}' on PATH, and it is not there. "
            "Put the provider's plugin on PATH, or leave the option out to use the emulated provider."
        )
    emulated = [name for name in PROVIDERS if name not in real]
    # A real plugin waits on the wall's clock, so the tenant has to use it as well.
    with closing(TenantProcess(virtual_time=not real, providers=emulated)) as process:
        yield process


@pytest.fixture
def azure_tenant(
    azure_tenant_process: TenantProcess, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> LocalTenant:
    """A tenant as it is at the start: state, request log, faults, clock and the deployer's permissions.

    The environment of the test names this tenant, and no credentials for another.
    """
    marker = request.node.get_closest_marker("azure_tenant")
    tenant = azure_tenant_process.current()
    tenant.reset(lag=float(marker.kwargs.get("lag", 0.0)) if marker else 0.0)
    for name in [name for name in os.environ if name.startswith(("ARM_", "AZURE_"))]:
        monkeypatch.delenv(name)
    for name, value in tenant.environment.items():
        monkeypatch.setenv(name, value)
    if not request.config.getoption("--real-provider") and importlib.util.find_spec("exchange_automation"):

        async def sleep(seconds: float) -> None:
            tenant.advance(seconds)

        monkeypatch.setattr(f"{WAIT}.sleep", sleep)
    return tenant


@pytest.fixture
def pulumi_stack(azure_tenant: LocalTenant, tmp_path: Path) -> Callable[..., PulumiStack]:
    """Creates stacks on ``azure_tenant``: ``pulumi_stack(program, config={...})``.

    Each stack has a directory, a backend and a home of Pulumi of its own. A program in a folder brings its ``Pulumi.yaml``
    and the configuration in ``Pulumi.<stack>.yaml``; both are copied, so that nothing is written into the folder.
    """
    if shutil.which("pulumi") is None:
        pytest.fail(
            "There is no program 'pulumi' on PATH, so no stack can run. Install Pulumi (pulumi.com/docs/install; in a "
            "workflow the step of the page docs/testing.md), or test with run_with_mocks, which needs none.",
            pytrace=False,
        )
    made: list[PulumiStack] = []

    def make(program: Program | str | Path, *, stack: str = "test", **options: Any) -> PulumiStack:
        directory = tmp_path / f"stack-{len(made)}"
        if not callable(program) and "project" not in options:
            options["project"] = _copied(Path(program), directory / "work", stack)
        made.append(PulumiStack(directory, azure_tenant, program, stack=stack, **options))
        return made[-1]

    return make


def _copied(program: Path, work: Path, stack: str) -> str:
    """The project's text, with the stack's configuration copied beside it."""
    folder = program if program.is_dir() else program.parent
    settings = folder / f"Pulumi.{stack}.yaml"
    if settings.is_file():
        work.mkdir(parents=True)
        shutil.copy(settings, work)
    project = folder / "Pulumi.yaml"
    return project.read_text() if project.is_file() else PROJECT
