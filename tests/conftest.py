"""What every test folder shares: which plugins are real, and where the engine is."""

from __future__ import annotations

import os
import shutil

import pytest

from localtenant.environment import STAND_INS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--real",
        action="append",
        choices=STAND_INS,
        default=[],
        help="use this provider's real plugin, found on PATH, in the engine tests (may be repeated)",
    )
    parser.addoption("--record", action="store_true", help="write down anew what the real azuread plugin on PATH says")


@pytest.fixture(scope="session")
def stand_ins(pytestconfig: pytest.Config) -> tuple[str, ...]:
    """The plugins that the tenant imitates; the others are taken from PATH."""
    real: list[str] = pytestconfig.getoption("--real")
    missing = [name for name in real if shutil.which(f"pulumi-resource-{name}") is None]
    if missing:
        raise pytest.UsageError(f"--real {missing[0]} needs the program 'pulumi-resource-{missing[0]}' on PATH.")
    return tuple(name for name in STAND_INS if name not in real)


@pytest.fixture(scope="session")
def engine() -> None:
    """Puts the engine on PATH, where the Automation API looks for it, unless it is there."""
    if shutil.which("pulumi") is None:
        from tools.engine import engine_directory  # noqa: PLC0415  (imported where there is none on PATH)

        os.environ["PATH"] = f"{engine_directory()}{os.pathsep}{os.environ['PATH']}"
