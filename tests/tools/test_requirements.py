"""The locks are one resolution, carry hashes, and name no address."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement

from tools.places import CHECKOUT

HASHED = ("requirements-dev.txt", "requirements-deploy.txt", "requirements-localtenant.txt")
LOCKS = ("requirements.txt", *HASHED)


def pins(name: str) -> dict[str, Requirement]:
    """The pinned requirements of a lock, by the line they stand on."""
    lines = (CHECKOUT / name).read_text().splitlines()
    found = [line.removesuffix(" \\") for line in lines if re.match(r"[A-Za-z0-9]", line)]
    return {line: Requirement(line) for line in found}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned(name: str) -> None:
    assert pins(name)
    for line, requirement in pins(name).items():
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], line


@pytest.mark.parametrize("name", HASHED)
def test_every_package_has_a_hash_and_none_comes_from_a_folder(name: str) -> None:
    blocks = re.split(r"^(?=[^\s#])", (CHECKOUT / name).read_text(), flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(name))
    assert [block for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_lock_holds_the_pins_of_the_largest(name: str) -> None:
    def versions(lock: str) -> set[tuple[str, str]]:
        return {(requirement.name, str(requirement.specifier)) for requirement in pins(lock).values()}

    assert versions(name) <= versions("requirements-dev.txt")


def test_pulumi_install_gets_the_components_and_nothing_of_the_local_tenant() -> None:
    assert "\n-e ./components\n" in (CHECKOUT / "requirements.txt").read_text()
    names = {requirement.name for requirement in pins("requirements.txt").values()}
    assert {"pulumi", "pulumi-azure-native", "pulumi-azuread"} <= names
    assert not names & {"starlette", "uvicorn", "trustme", "pytest"}


def test_a_deployment_has_the_command_line_tool_and_the_build_backend_and_no_web_server() -> None:
    names = {requirement.name for requirement in pins("requirements-deploy.txt").values()}
    assert {"pulumi-azuread", "azure-identity", "typer", "hatchling"} <= names
    assert not names & {"starlette", "uvicorn", "pytest"}


@pytest.mark.parametrize(
    "path", [*LOCKS, *(f"requirements/{path.name}" for path in CHECKOUT.glob("requirements/*.in"))]
)
def test_no_index_and_no_address_is_named(path: str) -> None:
    assert re.search(r"://|--(extra-)?index-url|--find-links|@ ", (CHECKOUT / path).read_text()) is None
