"""What is in the wheel and the source distribution, that both can be built again, and what the page about them shows."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tarfile
import zipfile
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from packaging.requirements import Requirement

from exchange_automation import __version__
from tests.package.conftest import MOMENT
from tools.places import CHECKOUT
from tools.release import Distribution, build

COMPONENTS = CHECKOUT / "components"
ENTRIES = "exchange_automation/cli/error/entries.md"


def tracked(folder: Path) -> set[str]:
    """What git keeps of a folder, and would keep after the next commit."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return {name for name in listed if (folder / name).exists()}


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        return HeaderParser().parsestr(archive.read(f"exchange_automation-{__version__}.dist-info/METADATA").decode())


def test_the_wheel_holds_the_package_and_nothing_else(distribution: Distribution) -> None:
    with zipfile.ZipFile(distribution.wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}
    # The build adds the pages on errors.
    assert inside - {ENTRIES} == {f"exchange_automation/{name}" for name in tracked(COMPONENTS / "exchange_automation")}
    assert ENTRIES in inside
    assert "exchange_automation/py.typed" in inside
    assert any(name.endswith(".ps1") for name in inside)


def test_the_source_distribution_holds_the_folder_whole_and_nothing_else(distribution: Distribution) -> None:
    with tarfile.open(distribution.source) as archive:
        inside = {name.split("/", 1)[1] for name in archive.getnames()}
    # The build tool adds its metadata, and the ignore file that it found.
    assert inside - {"PKG-INFO", ".gitignore", ENTRIES} == tracked(COMPONENTS)
    assert ENTRIES in inside
    assert {"LICENSE", "README.md", "pyproject.toml"} <= inside


def test_no_file_knows_where_it_was_built(distribution: Distribution) -> None:
    contents = [distribution.materials.read_bytes()]
    with zipfile.ZipFile(distribution.wheel) as archive:
        contents += [archive.read(name) for name in archive.namelist()]
    with tarfile.open(distribution.source) as archive:
        contents += [taken.read() for member in archive if (taken := archive.extractfile(member))]
        assert {(member.uid, member.gid, member.uname, member.gname) for member in archive} == {(0, 0, "", "")}
    for content in contents:
        for path in (CHECKOUT, Path.home(), distribution.wheel.parent):
            assert f"{path}/".encode() not in content


def test_the_same_commit_gives_the_same_bytes(
    distribution: Distribution, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", MOMENT)
    monkeypatch.setenv("TZ", "Pacific/Apia")
    again = build(tmp_path / "again")
    for first, second in zip(distribution, again, strict=True):
        assert first.name == second.name
        assert first.read_bytes() == second.read_bytes(), first.name


def test_version_and_licence_come_from_one_place_each(distribution: Distribution) -> None:
    headers = metadata(distribution.wheel)
    assert headers["Version"] == __version__
    assert headers["License-Expression"] == "Apache-2.0"
    assert headers.get_all("License-File") == ["LICENSE"]
    assert (COMPONENTS / "LICENSE").read_bytes() == (CHECKOUT / "LICENSE").read_bytes()
    numbers = re.compile(rf"(?<![\w.]){re.escape(__version__)}(?!\.?\w)")
    code = [*COMPONENTS.rglob("*.py"), COMPONENTS / "pyproject.toml", COMPONENTS / "README.md"]
    # A line about an alias names the version that it is for, which no later release changes.
    found = {
        path.name
        for path in code
        for line in path.read_text().splitlines()
        if numbers.search(line) and "alias" not in line
    }
    assert found == {"_version.py"}


def test_no_address_is_promised_that_nobody_serves(distribution: Distribution) -> None:
    assert metadata(distribution.wheel).get_all("Project-URL") is None


def test_the_components_need_no_package_of_the_command_line_tool(distribution: Distribution) -> None:
    needed = [Requirement(line) for line in metadata(distribution.wheel).get_all("Requires-Dist") or []]
    plain = {requirement.name for requirement in needed if requirement.marker is None}
    assert plain == {
        "cryptography",
        "pulumi",
        "pulumi-azure-native",
        "pulumi-azuread",
        "typing-extensions",
        "tzdata",
        "tzlocal",
    }
    assert {str(requirement.marker) for requirement in needed if requirement.name not in plain} == {'extra == "cli"'}


def test_the_page_about_the_package_reads_the_same_without_the_repository(distribution: Distribution) -> None:
    headers = metadata(distribution.wheel)
    assert headers["Description-Content-Type"] == "text/markdown"
    text = str(headers.get_payload())
    assert text.strip() == (COMPONENTS / "README.md").read_text().strip()
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    inline = [child for token in tokens for child in token.children or []]
    targets = [
        str(token.attrGet("href") or token.attrGet("src")) for token in inline if token.type in {"link_open", "image"}
    ]
    assert [target for target in targets if not target.startswith("https://")] == []
    assert [token.content for token in [*tokens, *inline] if token.type in {"html_block", "html_inline"}] == []
    assert sum(token.type == "table_open" for token in tokens) == 2


def test_the_page_shows_the_program_of_the_readme() -> None:
    def program(path: Path) -> str:
        return re.split(r"```python.*\n", path.read_text(), maxsplit=1)[1].split("```", 1)[0]

    assert program(COMPONENTS / "README.md") == program(CHECKOUT / "README.md")


def test_the_bill_of_materials_names_the_wheel(distribution: Distribution) -> None:
    bill = json.loads(distribution.materials.read_text())
    root = bill["metadata"]["component"]
    assert (root["name"], root["version"]) == ("exchange-automation", __version__)
    assert root["purl"] == f"pkg:pypi/exchange-automation@{__version__}"
    assert root["hashes"][0]["content"] == hashlib.sha256(distribution.wheel.read_bytes()).hexdigest()


def test_the_bill_of_materials_lists_the_pinned_versions_of_everything_that_is_installed(
    distribution: Distribution,
) -> None:
    def normal(name: str) -> str:
        return re.sub(r"[-_.]+", "-", name).lower()

    bill = json.loads(distribution.materials.read_text())
    listed = {normal(component["name"]): component["version"] for component in bill["components"]}
    pinned = {}
    for line in (CHECKOUT / "requirements-dev.txt").read_text().splitlines():
        if line and not line.startswith((" ", "#")):
            requirement = Requirement(line.removesuffix(" \\"))
            if requirement.marker is None or requirement.marker.evaluate():
                pinned[normal(requirement.name)] = next(iter(requirement.specifier)).version
    assert listed.items() <= pinned.items()
    needed = {Requirement(line).name for line in metadata(distribution.wheel).get_all("Requires-Dist") or []}
    assert needed <= listed.keys()
    direct = next(
        dependency["dependsOn"] for dependency in bill["dependencies"] if dependency["ref"] == root_reference(bill)
    )
    assert {normal(requirement.partition("==")[0]) for requirement in direct} == needed


def root_reference(bill: dict[str, dict[str, dict[str, str]]]) -> str:
    return bill["metadata"]["component"]["bom-ref"]
