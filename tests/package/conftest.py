"""The distribution as a release has it, and an environment with nothing but its wheel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.package.support import User
from tools.environments import fresh, installed
from tools.release import Distribution, build

MOMENT = "1750000000"


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
