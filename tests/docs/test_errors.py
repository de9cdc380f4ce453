"""Every code in the sources has one entry in ``docs/errors``, and every entry belongs to a code."""

from __future__ import annotations

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


def test_no_code_has_two_entries() -> None:
    assert [code for code, count in Counter(headings()).items() if count > 1] == []


@pytest.mark.parametrize("part", ["**What to do.** ", "**Raised by** "])
def test_every_entry_has_a_title_a_remedy_and_an_origin(part: str) -> None:
    assert set(entries()) == set(headings())
    assert [code for code, body in entries().items() if body.count(part) != 1] == []
