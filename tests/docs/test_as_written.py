"""Programs and commands of the README and the examples run as they are written, with what the text says is installed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.docs.written import Page, on_tenant, shell
from tools.environments import UV
from tools.places import CHECKOUT

README = CHECKOUT / "README.md"
EXAMPLES = CHECKOUT / "examples"
CONNECT = "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com"
PYTHON_EXAMPLES = (
    "ci-identities",
    "container-apps-job",
    "function-app",
    "github-runner",
    "python-mailbox-report",
    "registered-app",
)

pytestmark = [pytest.mark.usefixtures("engine"), pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def reader(once: Callable[[str, Callable[[Path], object]], Path]) -> Path:
    """An empty directory in which somebody has typed the first commands of "Use it"."""

    def type_commands(home: Path) -> None:
        home.mkdir()
        environment, pip, packages = Page.read(README, "Use it").commands[0].partition("pip install ")
        # Most of pip's time goes into the 6,000 files of azure-native. uv links them from its cache; pip finds them there.
        linked = f'"{UV}" pip install --quiet --no-deps pulumi-azure-native=={version("pulumi-azure-native")}\n'
        # The files that it compiles are more than a program imports.
        typed = shell(environment + linked + pip + packages, home, PIP_NO_COMPILE="1")
        assert typed.returncode == 0, typed.stdout

    return once("reader", type_commands)


def write(files: dict[str, str], folder: Path) -> None:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")


def test_use_it_in_the_readme_works_from_an_empty_directory(reader: Path, tmp_path: Path) -> None:
    page = Page.read(README, "Use it")
    assert set(page.files) == {"Pulumi.yaml", "__main__.py"}
    write(page.files, reader / "exchange")
    script = "\n".join([*page.commands[1:], "pulumi up --expect-no-changes", "pulumi destroy", *REPORT])
    ran = on_tenant(script, reader / "exchange", reader / "exchange" / ".venv", tmp_path)
    assert ran.returncode == 0, ran.stdout
    assert CONNECT in ran.stdout
    assert "0 principals, 0 grants" in ran.stdout


REPORT = ("exchange-automation report",)


def test_a_wrong_line_in_the_readme_is_found(reader: Path, tmp_path: Path) -> None:
    """Without this, the test above could pass on anything."""
    page = Page.read(README, "Use it")
    without_group = re.sub(r"group = .*?\n\n", "", page.files["__main__.py"], flags=re.DOTALL)
    folder = tmp_path / "exchange"
    folder.mkdir()
    write({**page.files, "__main__.py": without_group.replace("group.name", '"rg-missing"')}, folder)
    ran = on_tenant(page.commands[-1], folder, reader / "exchange" / ".venv", tmp_path)
    assert ran.returncode != 0
    assert "location" in ran.stdout
    assert "errored" in ran.stdout


@pytest.mark.parametrize("name", PYTHON_EXAMPLES)
def test_an_example_works_as_its_readme_says(reader: Path, tmp_path: Path, name: str) -> None:
    page = Page.read(EXAMPLES / name / "README.md")
    environment, *deployment = page.commands
    assert environment.splitlines() == [
        f"cd examples/{name}",
        "python3 -m venv .venv",
        ". .venv/bin/activate",
        "pip install -r requirements.txt",
    ]
    assert (EXAMPLES / name / "requirements.txt").read_text().split() == ["-e", "../../components"]
    folder = tmp_path / name
    shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    ran = on_tenant("\n".join([*deployment, *REPORT]), folder, reader / "exchange" / ".venv", tmp_path)
    assert ran.returncode == 0, ran.stdout
    assert "0 principals, 0 grants" in ran.stdout
