"""The distribution as a release has it, and an environment with nothing but its wheel."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.package.support import User
from tools.environments import fresh, installed
from tools.release import Distribution, build

MOMENT = "1750000000"


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Callable[[Path], object]], Path]:
    """Makes a folder once for all processes of a test run."""
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
def distribution(once: Callable[[str, Callable[[Path], object]], Path]) -> Distribution:
    """Wheel, source distribution and bill of materials."""

    def make(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SOURCE_DATE_EPOCH", MOMENT)
            build(folder)

    return Distribution.in_folder(once("distribution", make))


@pytest.fixture(scope="session")
def user(once: Callable[[str, Callable[[Path], object]], Path], distribution: Distribution) -> User:
    """Somebody who has installed the wheel, without extras, and has no checkout."""

    def make(folder: Path) -> None:
        folder.mkdir()
        fresh(folder / "venv", [distribution.wheel], "--constraint", installed(folder))

    return User(once("user", make))
