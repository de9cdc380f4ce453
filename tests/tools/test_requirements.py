"""The requirement files are one resolution, complete, and name no place to get things from."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement

from tools.places import CHECKOUT

FILES = ("requirements.txt", "requirements-localtenant.txt", "requirements-dev.txt")


def lines_of(name: str) -> list[str]:
    lines = (CHECKOUT / name).read_text().splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("name", FILES)
def test_every_package_is_pinned(name: str) -> None:
    for line in lines_of(name):
        if line == "-e ./components":
            continue
        specifiers = list(Requirement(line).specifier)
        assert [specifier.operator for specifier in specifiers] == ["=="], line


@pytest.mark.parametrize("name", FILES[:2])
def test_the_smaller_files_hold_the_pins_of_the_largest(name: str) -> None:
    assert set(lines_of(name)) <= set(lines_of("requirements-dev.txt"))


def test_pulumi_install_gets_the_components_and_nothing_of_the_local_tenant() -> None:
    lines = lines_of("requirements.txt")
    assert "-e ./components" in lines
    names = {Requirement(line).name for line in lines if not line.startswith("-e")}
    assert {"pulumi", "pulumi-azure-native", "pulumi-azuread"} <= names
    assert not names & {"starlette", "uvicorn", "trustme", "pytest"}


@pytest.mark.parametrize(
    "name", [*FILES, "requirements/runtime.in", "requirements/localtenant.in", "requirements/dev.in"]
)
def test_no_index_and_no_address_is_named(name: str) -> None:
    text = (CHECKOUT / name).read_text()
    assert re.search(r"://|--(extra-)?index-url|--find-links|@ ", text) is None
