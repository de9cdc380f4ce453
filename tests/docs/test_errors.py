"""Every code in the sources has one entry in ``docs/errors``, and every entry belongs to a code."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from tools.places import CHECKOUT

PAGES = CHECKOUT / "docs" / "errors"
SOURCES = (CHECKOUT / "components" / "exchange_automation", CHECKOUT / "policies")
ENTRY = re.compile(r"^## (EXA\d{3})\n\n\*\*(.+?)\*\*\n\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)


def codes_in_sources() -> set[str]:
    return {code for path in python_files() for code in re.findall(r"\bEXA\d{3}\b", path.read_text("utf-8"))}


def python_files() -> list[Path]:
    return [path for folder in SOURCES for path in folder.rglob("*.py")]


def calls_with_a_code() -> list[tuple[str, ast.Call]]:
    """Every call whose first argument is a code, with the place of it."""
    return [
        (f"{path.relative_to(CHECKOUT)}:{node.lineno}", node)
        for path in python_files()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and node.args and re.fullmatch(r"'EXA\d{3}'", ast.unparse(node.args[0]))
    ]


def headings() -> list[str]:
    return [
        code
        for page in PAGES.glob("*.md")
        for code in re.findall(r"^## (EXA\d{3})$", page.read_text("utf-8"), re.MULTILINE)
    ]


def entries() -> dict[str, str]:
    return {code: body for page in PAGES.glob("*.md") for code, _, body in ENTRY.findall(page.read_text("utf-8"))}


def test_codes_and_entries_are_the_same_set() -> None:
    codes, anchors = codes_in_sources(), set(headings())
    assert not codes - anchors, f"Write an entry in a page of docs/errors for {sorted(codes - anchors)}."
    assert not anchors - codes, f"No message carries these codes, so delete their entries: {sorted(anchors - codes)}."


def test_a_code_is_never_part_of_a_text() -> None:
    assert [path for path in python_files() if "[EXA" in path.read_text("utf-8")] == []


def test_every_problem_says_what_to_do() -> None:
    problems = [
        (place, call) for place, call in calls_with_a_code() if ast.unparse(call.func).endswith(("Problem", ".add"))
    ]
    assert problems
    without = [
        place for place, call in problems if len(call.args) < 4 and "remedy" not in {word.arg for word in call.keywords}
    ]
    assert without == []


def test_no_code_has_two_entries() -> None:
    assert [code for code, count in Counter(headings()).items() if count > 1] == []


def test_the_index_leads_each_code_to_its_page() -> None:
    index: dict[str, str] = {}
    rows = re.compile(r"^\| (EXA.*?) \| \[.*?\]\((.*?)\) \|$", re.MULTILINE)
    for ranges, page in rows.findall((PAGES / "README.md").read_text("utf-8")):
        for first, last in re.findall(r"EXA(\d+)(?: to EXA(\d+))?", ranges):
            index |= {f"EXA{number}": page for number in range(int(first), int(last or first) + 1)}
    pages: dict[str, str] = {}
    for path in PAGES.glob("*.md"):
        pages |= dict.fromkeys(re.findall(r"^## (EXA\d{3})$", path.read_text("utf-8"), re.MULTILINE), path.name)
    assert {code: index.get(code) for code in pages} == pages


@pytest.mark.parametrize("part", ["**What to do.** ", "**Raised by** "])
def test_every_entry_has_a_title_a_remedy_and_an_origin(part: str) -> None:
    assert set(entries()) == set(headings())
    assert [code for code, body in entries().items() if body.count(part) != 1] == []
