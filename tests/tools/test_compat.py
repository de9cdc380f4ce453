"""What the package says it supports is what it was tried with."""

from __future__ import annotations

import re

from packaging.version import Version

from tools import compat
from tools.compat import Case
from tools.places import CHECKOUT

ROWS = {compat.case_of(row): row for row in compat.kept()}


PINS = dict(re.findall(r"^([\w-]+)==(\S+)", (CHECKOUT / "requirements.txt").read_text(), re.MULTILINE))


def test_every_case_is_recorded_and_passed() -> None:
    assert list(ROWS) == list(compat.all_cases())
    assert [row for row in ROWS.values() if row["failed"] or row["passed"] < 100] == []


def test_the_lower_bounds_are_versions_that_the_tests_ran_with() -> None:
    tried = ROWS[Case("3.10", "oldest")]["versions"]
    assert {name: compat.lowest(each) for name, each in compat.allowed().items()} == tried


def test_the_newest_case_is_not_older_than_the_pins() -> None:
    newest = ROWS[Case("3.13", "newest")]["versions"]
    assert {name for name in compat.SDKS if Version(newest[name]) < Version(PINS[name])} == set()


def test_the_classifiers_name_the_pythons_that_are_tried() -> None:
    text = (CHECKOUT / "components" / "pyproject.toml").read_text()
    assert re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text) == compat.supported_pythons()
    assert f'requires-python = ">={compat.supported_pythons()[0]}"' in text


def test_the_page_shows_the_rows() -> None:
    assert compat.table(compat.kept()) in compat.PAGE.read_text()


def test_the_oldest_case_is_made_of_the_lower_bounds_and_the_newest_of_the_whole_range() -> None:
    oldest = compat.overrides(Case("3.10", "oldest"))
    assert len(oldest) == len(compat.SDKS)
    assert all(re.fullmatch(r"[\w-]+==\d[\d.]*", each) for each in oldest)
    assert all("<" in each and ">=" in each for each in compat.overrides(Case("3.13", "newest")))
    assert compat.overrides(Case("3.12", "pinned")) == []
