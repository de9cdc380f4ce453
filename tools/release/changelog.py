"""CHANGELOG.md as data: one entry a version, newest first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from tools.places import CHECKOUT

CHANGELOG = CHECKOUT / "CHANGELOG.md"
UNRELEASED = "unreleased"

_HEADING = re.compile(r"^## (?P<version>\S+) - (?P<when>\S+)$", re.MULTILINE)


class ChangelogError(Exception):
    """The changelog is not as it has to be; the text says what to do."""


@dataclass(frozen=True)
class Entry:
    """What changed in one version.

    Attributes:
        version: the version's number.
        released: the day of its release; None while it is being worked on.
        notes: everything below its heading, as Markdown.
    """

    version: str
    released: date | None
    notes: str


def entries(text: str) -> list[Entry]:
    """The versions of a changelog, newest first.

    :raises ChangelogError: a heading of the second level is not ``## VERSION - DAY``.
    """
    headings = list(_HEADING.finditer(text))
    known = {heading.group() for heading in headings}
    for line in text.splitlines():
        if line.startswith("## ") and line not in known:
            raise ChangelogError(
                f'CHANGELOG.md has the heading "{line}", so no notes can be taken from it. Write "## VERSION - DAY" '
                f'with the day as 2026-01-31, or "{UNRELEASED}" while the version is being worked on.'
            )
    ends = [*(heading.start() for heading in headings), len(text)][1:]
    return [
        Entry(heading["version"], _day(heading["when"]), text[heading.end() : end].strip())
        for heading, end in zip(headings, ends, strict=True)
    ]


def newest(text: str) -> Entry:
    """The newest version, released or not.

    :raises ChangelogError: there is none.
    """
    found = entries(text)
    if not found:
        raise ChangelogError('CHANGELOG.md names no version. Begin with "## 0.1.0 - unreleased".')
    return found[0]


def entry(text: str, version: str) -> Entry:
    """The entry of ``version``.

    :raises ChangelogError: the changelog has none, or it is empty.
    """
    found = {each.version: each for each in entries(text)}
    if version not in found:
        raise ChangelogError(f"CHANGELOG.md has no version {version}, only {', '.join(found) or 'none'}.")
    if not found[version].notes:
        raise ChangelogError(f"CHANGELOG.md says nothing about {version}. Write what changes for users.")
    return found[version]


def _day(text: str) -> date | None:
    if text == UNRELEASED:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ChangelogError(
            f'CHANGELOG.md gives the day "{text}", which is none. Write it as 2026-01-31, or "{UNRELEASED}".'
        ) from error
