"""The versions that the package says it supports are the versions it was tested with."""

from __future__ import annotations

import re

from packaging.version import Version

from tools import compat
from tools.places import CHECKOUT

ROWS = {row["SDKs"]: row for row in compat.recorded()}


def test_every_case_is_recorded() -> None:
    rows = compat.recorded()
    assert [(row["Python"].rpartition(".")[0], row["SDKs"]) for row in rows] == list(compat.CASES)


def test_the_lower_bounds_are_the_versions_of_the_oldest_case() -> None:
    lower = {name: compat.lowest(requirement) for name, requirement in compat.bounds().items()}
    assert lower == {name: ROWS["oldest"][name] for name in compat.SDKS}
    assert compat.overrides("oldest") == [f"{name}=={version}" for name, version in lower.items()]


def test_the_newest_case_is_not_older_than_the_pins() -> None:
    pins = dict(re.findall(r"^([\w-]+)==(\S+)", (CHECKOUT / "requirements.txt").read_text(), re.MULTILINE))
    assert {name for name in compat.SDKS if Version(ROWS["newest"][name]) < Version(pins[name])} == set()
    assert all("<" in line and ">=" in line for line in compat.overrides("newest"))


def test_the_classifiers_name_the_pythons_of_the_cases() -> None:
    text = (CHECKOUT / "components" / "pyproject.toml").read_text()
    assert tuple(re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text)) == compat.PYTHONS
    assert f'requires-python = ">={compat.PYTHONS[0]}"' in text
