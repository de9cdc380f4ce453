"""The testing kit as a user has it: two wheels, a fresh directory, the files of the page docs/testing.md, no checkout."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.docs.blocks import of
from tests.package.support import User
from tools.environments import fresh, installed
from tools.places import CHECKOUT
from tools.release import Distribution

PAGE = CHECKOUT / "docs" / "testing.md"
PROJECT = "name: mail\nruntime: python\n"
UNKNOWN = """\
from pulumi_azure_native import compute


def program():
    compute.Disk("disk", resource_group_name="rg-existing", location="westeurope", creation_data={"create_option": "Empty"})


def test_the_disk(azure_tenant, pulumi_stack):
    outcome = pulumi_stack(program).up()
    assert outcome.unknown_types == ["azure-native:compute:Disk"]
    outcome.check()
"""


@pytest.fixture(scope="module")
def tester(once: Callable[[str, Callable[[Path], object]], Path], distribution: Distribution) -> User:
    """An environment with both wheels."""

    def make(folder: Path) -> None:
        folder.mkdir()
        fresh(
            *(folder / "venv", [distribution.wheel, distribution.testing_wheel]),
            *("--constraint", installed(folder)),
        )

    return User(once("tester", make))


@pytest.fixture(scope="module")
def stranger(once: Callable[[str, Callable[[Path], object]], Path], distribution: Distribution) -> User:
    """An environment with the testing kit and Pulumi's SDKs, without our components."""

    def make(folder: Path) -> None:
        folder.mkdir()
        wanted: list[str | Path] = [distribution.testing_wheel, "pulumi-azuread", "pulumi-azure-native"]
        fresh(folder / "venv", wanted, "--constraint", installed(folder))

    return User(once("stranger", make))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The files of the page, in a directory of their own."""
    for block in of(PAGE):
        if block.language == "python" and block.title:
            (tmp_path / block.title).write_text(block.text)
    (tmp_path / "Pulumi.yaml").write_text(PROJECT)
    return tmp_path


def pytest_of(user: User, folder: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and output of pytest in the folder; its duration is printed for a reader of the test run."""
    began = time.monotonic()
    # Another person's credentials, which the fixtures have to keep from the program.
    result = user.run(
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        *arguments,
        folder=folder,
        environment={"ARM_CLIENT_CERTIFICATE_PATH": "/nowhere", "PULUMI_ACCESS_TOKEN": "of-somebody"},
    )
    print(f"\npytest {' '.join(arguments)}: {time.monotonic() - began:.1f} s\n{result.stdout}{result.stderr}")
    return result.returncode, result.stdout + result.stderr


def test_the_mocks_of_the_page_need_no_engine(tester: User, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    code, output = pytest_of(tester, project, "test_mocks.py")
    assert (code, "1 passed" in output) == (0, True), output


def test_the_tests_of_the_page_pass_from_the_wheels(tester: User, project: Path, engine: None) -> None:
    before = sorted(path.name for path in project.iterdir())
    code, output = pytest_of(tester, project)
    assert (code, "5 passed" in output) == (0, True), output
    assert [name for name in sorted(path.name for path in project.iterdir()) if name != "__pycache__"] == before
    assert (project / "Pulumi.yaml").read_text() == PROJECT


def test_the_tests_of_the_page_fail_when_the_program_is_wrong(tester: User, project: Path, engine: None) -> None:
    program = project / "__main__.py"
    role = '"location": "westeurope", "directory_roles": [{"role": "Global Reader"}]'
    program.write_text(program.read_text().replace('"location": "westeurope"}', f"{role}}}"))
    code, output = pytest_of(tester, project, "test_mocks.py", "test_tenant.py")
    assert code == 1
    failed = set(re.findall(r"^FAILED (\S+?)(?: - .*)?$", output, re.MULTILINE))
    assert failed == {
        "test_mocks.py::test_the_program_grants_exchange_and_nothing_else",
        "test_tenant.py::test_the_grants_come_and_go_with_the_program",
    }


def test_a_program_without_our_components_is_tested_where_they_are_not_installed(
    stranger: User, project: Path, engine: None
) -> None:
    assert stranger.run("-c", "import exchange_automation").returncode == 1
    code, output = pytest_of(stranger, project, "test_without_components.py")
    assert (code, "1 passed" in output) == (0, True), output


def test_a_type_that_the_tenant_does_not_know_is_named(stranger: User, tmp_path: Path, engine: None) -> None:
    (tmp_path / "test_disk.py").write_text(UNKNOWN)
    code, output = pytest_of(stranger, tmp_path)
    assert code == 1
    assert "The local tenant does not know azure-native:compute:Disk, so this program cannot run on it whole." in output


def test_without_an_engine_the_fixture_says_what_to_install(
    tester: User, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", os.defpath)
    assert shutil.which("pulumi", path=os.defpath) is None
    code, output = pytest_of(tester, project, "test_tenant.py")
    assert code == 1
    assert "There is no program 'pulumi' on PATH" in output


def test_the_tenant_runs_a_command_from_the_wheel_alone(stranger: User, tmp_path: Path) -> None:
    show = "import os; print(os.environ['LOCALTENANT_URL'], os.environ['PULUMI_DEBUG_PROVIDERS'])"
    result = stranger.run("-m", "localtenant", "run", "--", stranger.python, "-c", show, folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert re.fullmatch(r"https://localhost:\d+ azuread:\d+,azure-native:\d+", result.stdout.strip())
