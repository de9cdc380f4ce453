"""The files that GitHub and other tools read name things that exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.places import CHECKOUT

FORMS = sorted((CHECKOUT / ".github" / "ISSUE_TEMPLATE").glob("[0-9]*.yml"))


def test_every_path_with_an_owner_exists() -> None:
    lines = (CHECKOUT / ".github" / "CODEOWNERS").read_text().splitlines()
    paths = [line.split()[0] for line in lines if line and not line.startswith("#")]
    assert [path for path in paths if path != "*" and not list(CHECKOUT.glob(path.lstrip("/")))] == []
    assert {"/.github/", "/examples/ci/", "/SECURITY.md"} <= set(paths)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_an_issue_form_has_what_github_demands(path: Path) -> None:
    form: dict[str, Any] = yaml.safe_load(path.read_text())
    assert {"name", "description", "body"} <= form.keys()
    fields = [item for item in form["body"] if item["type"] != "markdown"]
    assert all(item["type"] in {"input", "textarea", "dropdown", "checkboxes"} for item in fields)
    assert all(item["attributes"]["label"] for item in fields)
    assert len({item["id"] for item in fields}) == len(fields)
    assert any(item.get("validations", {}).get("required") for item in fields)
    for item in fields:
        options = item["attributes"].get("options", [])
        assert (item["type"] in {"dropdown", "checkboxes"}) == bool(options)
        assert len({str(option) for option in options}) == len(options)


def test_the_hooks_run_the_tools_of_make_lint() -> None:
    [repository] = yaml.safe_load((CHECKOUT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        assert (CHECKOUT / hook["entry"].split()[0]).is_file()


def test_every_link_of_the_security_page_leads_somewhere() -> None:
    for target, anchor in re.findall(r"\]\(([^)#]+)(?:#([^)]+))?\)", (CHECKOUT / "SECURITY.md").read_text()):
        page = CHECKOUT / target
        assert page.is_file(), target
        headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
        assert not anchor or anchor in slugs, anchor


def test_no_text_file_has_windows_line_ends() -> None:
    listed = subprocess.run(["git", "ls-files", "--eol"], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    assert [line for line in listed.stdout.splitlines() if line.startswith(("i/crlf", "i/mixed"))] == []
