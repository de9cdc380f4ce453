"""One page for each code: ``python -m tools.site.errors`` compares them with the sources, ``--write`` brings them up to date.

A page shows the messages that carry its code as the sources have them, and says what they mean, what to do and where they
come from. Messages and the index are written by this; the rest is written by people, and a page without it is a problem.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.places import CHECKOUT
from tools.site.messages import CODE, read

PAGES = CHECKOUT / "docs" / "errors"
INDEX = "README.md"
WRITE = "python -m tools.site.errors --write"

SECTIONS = ("What it means", "What to do", "Where it comes from")
UNWRITTEN = "To be written."

_BLOCK = re.compile(r"^```text\n(?P<text>.*?)\n```$", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"^# (?P<code>EXA\d{3}): (?P<title>.+)$", re.MULTILINE)
_LIST = re.compile(r"(?<=<!-- codes -->\n).*(?=<!-- /codes -->)", re.DOTALL)

GROUPS: Mapping[str, str] = {
    "1": "Arguments, before anything is registered",
    "2": "What the directory and Azure hold",
    "3": "While resources are made and deleted",
    "4": "Commands",
}


def block(messages: Sequence[str]) -> str:
    """The messages as a page shows them."""
    return "\n\n".join(messages)


def section(page: str, name: str) -> str:
    """What stands below a heading, up to the next one of its level."""
    found = re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    return found[1].strip() if found else ""


def title(page: str) -> str:
    found = _TITLE.search(page)
    return found["title"] if found else ""


def code_of(path: Path) -> str:
    return path.stem.upper()


def pages(folder: Path = PAGES) -> list[Path]:
    return sorted(path for path in folder.glob("*.md") if path.name != INDEX)


def index(folder: Path = PAGES) -> str:
    """The lists of codes by what they are about."""
    lines: list[str] = []
    for digit, subject in GROUPS.items():
        members = [path for path in pages(folder) if path.stem.startswith(f"exa{digit}")]
        if members:
            lines += [f"\n## {subject}\n", "| code | |", "|---|---|"]
            lines += [f"| [{code_of(path)}]({path.name}) | {title(path.read_text('utf-8'))} |" for path in members]
    return "\n".join(lines) + "\n\n"


def problems(folder: Path = PAGES, sources: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """What keeps codes, messages and pages from fitting; each entry says what to do."""
    known = read() if sources is None else sources
    found = []
    there = {code_of(path): path for path in pages(folder)}
    for code, messages in known.items():
        if code not in there:
            found.append(
                f"{code} has no page. Run {WRITE}, then write docs/errors/{code.lower()}.md: a title, what it means, what to "
                f"do, where it comes from. Its message: {messages[0]}"
            )
    for code, path in there.items():
        where = f"docs/errors/{path.name}"
        page = path.read_text("utf-8")
        if not CODE.fullmatch(code) or code not in known:
            found.append(f"{where}: no message in the sources carries {code}. Delete the page, then run {WRITE}.")
            continue
        first = _TITLE.search(page)
        if first is None or first["code"] != code or first["title"].strip() == UNWRITTEN:
            found.append(f'{where}: the first line has to be "# {code}: " and a few words that say what is wrong.')
        shown = _BLOCK.search(page)
        if shown is None or shown["text"] != block(known[code]):
            found.append(f"{where}: shows other messages than the sources. Run {WRITE}, and read the page again.")
        found.extend(
            f'{where}: write the section "{name}".' for name in SECTIONS if section(page, name) in ("", UNWRITTEN)
        )
    if not found and _LIST.search((folder / INDEX).read_text("utf-8")) is None:
        found.append(f"docs/errors/{INDEX} has no <!-- codes --> and <!-- /codes --> to write the list between.")
    elif not found and (folder / INDEX).read_text("utf-8") != _with_index(folder):
        found.append(f"docs/errors/{INDEX} is not up to date. Run {WRITE}.")
    return found


def _with_messages(page: str, messages: Sequence[str]) -> str:
    return _BLOCK.sub(lambda _: f"```text\n{block(messages)}\n```", page, count=1)


def _with_index(folder: Path) -> str:
    return _LIST.sub(lambda _: index(folder), (folder / INDEX).read_text("utf-8"))


def write(folder: Path = PAGES, sources: Mapping[str, Sequence[str]] | None = None) -> list[str]:
    """Write the messages into the pages, a page with gaps for each new code, and the index; returns what changed."""
    changed = []
    for code, messages in (read() if sources is None else sources).items():
        path = folder / f"{code.lower()}.md"
        if path.exists():
            old = path.read_text("utf-8")
            new = _with_messages(old, messages)
        else:
            old = ""
            parts = [f"# {code}: {UNWRITTEN}", f"```text\n{block(messages)}\n```"]
            new = "\n\n".join([*parts, *(f"## {name}\n\n{UNWRITTEN}" for name in SECTIONS)]) + "\n"
        if new != old:
            path.write_text(new, "utf-8")
            changed.append(f"docs/errors/{path.name}")
    whole = _with_index(folder)
    if whole != (folder / INDEX).read_text("utf-8"):
        (folder / INDEX).write_text(whole, "utf-8")
        changed.append(f"docs/errors/{INDEX}")
    return changed


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.site.errors", description="Codes, messages and pages.")
    parser.add_argument("--write", action="store_true", help="bring messages and index up to date, make missing pages")
    if parser.parse_args(arguments).write:
        for path in write():
            print(f"written: {path}")
    left = problems()
    for problem in left:
        print(problem, file=sys.stderr)
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
