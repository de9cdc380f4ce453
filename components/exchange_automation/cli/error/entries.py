"""The entries of the documentation's pages on errors, which the build puts into the package."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from exchange_automation.core.problems import Problem

PACKAGED = Path(__file__).with_name("entries.md")
"""Written by ``hatch_build.py``."""
CHECKOUT = Path(__file__).parents[4] / "docs" / "errors"
"""The pages themselves, where the package runs from a checkout."""
WIDTH = 100
_LONGEST_CODE = 40
"""Characters of an unknown code that the message repeats."""

_ENTRY = re.compile(r"^## (EXA\d{3})\n\n\*\*(.+?)\*\*\n\n(.*?)(?=^## |\Z)", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")


@dataclass(frozen=True)
class Entry:
    """One code.

    Attributes:
        code: Such as "EXA302".
        title: What is wrong, one sentence.
        text: Markdown: what it means, what to do, where it is raised.
    """

    code: str
    title: str
    text: str


def read_entries() -> Mapping[str, Entry]:
    """Returns all entries by code.

    Raises:
        Problem: The package was built without them.
    """
    pages = [PACKAGED] if PACKAGED.is_file() else sorted(CHECKOUT.glob("*.md"))
    found = (match for page in pages for match in _ENTRY.finditer(page.read_text("utf-8")))
    entries = {match[1]: Entry(match[1], match[2], match[3].strip()) for match in found}
    if not entries:
        raise Problem(
            "EXA429",
            "This package was built without its pages on errors",
            remedy="Install a release, or read docs/errors of the repository.",
        )
    return entries


def render(code: str) -> str:
    """Returns the entry of a code as plain text.

    Args:
        code: The code in any letter case, with or without its brackets and its letters, such as "302".

    Raises:
        Problem: No message has this code.
    """
    entries = read_entries()
    digits = re.sub(r"(?i)^exa", "", code.strip().strip("[]"))
    entry = entries.get(f"EXA{digits}")
    if entry is None:
        near = ", ".join(known for known in entries if known[:5] == f"EXA{digits[:2]}") or "exchange-automation error"
        given = code if len(code) <= _LONGEST_CODE else f"{code[:_LONGEST_CODE]}..."
        raise Problem("EXA428", f'"{given}" is not a code of this package', remedy=f"See {near}.")
    return "\n".join([f"{entry.code}: {entry.title}", "", *_plain(entry.text)])


def render_list() -> str:
    """Returns all codes with their titles, one a line."""
    return "\n".join(f"{entry.code}  {entry.title}" for _, entry in sorted(read_entries().items()))


def _plain(markdown: str) -> Iterator[str]:
    """Returns Markdown as lines of plain text; code blocks and tables stay as they are."""
    inside = False
    for block in markdown.split("\n\n"):
        starts = block.startswith("```")
        if inside or starts or block.startswith(("|", "-", "1.")):
            yield from (line for line in _LINK.sub(r"\1", block).splitlines() if not line.startswith("```"))
            inside = (inside or starts) and block.count("```") % 2 == int(starts and not inside)
        else:
            text = _LINK.sub(r"\1", block).replace("**", "").replace("`", "")
            yield from textwrap.wrap(" ".join(text.split()), WIDTH, break_long_words=False, break_on_hyphens=False)
        yield ""
