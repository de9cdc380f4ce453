"""The fenced blocks of the documentation, and why some of them are not run."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.places import CHECKOUT

PAGES = (
    CHECKOUT / "README.md",
    CHECKOUT / "CONTRIBUTING.md",
    *sorted((CHECKOUT / "docs").rglob("*.md")),
)

RUN = ("python", "sh")
CHECKED = ("yaml", "json", "powershell")
SHOWN = {
    "text": "what a command prints, or a request",
    "bicep": "another tool's program, for comparison",
    "markdown": "what a command prints",
    "hcl": "another tool's program, for comparison",
    "go": "compiled with the SDK, in tests/languages",
    "typescript": "compiled and run with the examples",
}

_FENCE = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]+) -->\n+)?"
    r"(?P<indent> *)(?P<fence>```+)(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)(?P=fence)[ ]*$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    path: Path
    line: int
    language: str
    title: str
    text: str
    reason: str
    """Why it is not run; empty when it is."""

    @property
    def where(self) -> str:
        return f"{self.path.relative_to(CHECKOUT)}:{self.line}"

    @property
    def is_program(self) -> bool:
        """A whole program, not a part of one."""
        return "import pulumi\n" in self.text


def blocks(*languages: str) -> list[Block]:
    """All blocks, or those of these languages."""
    return [block for path in PAGES for block in of(path) if not languages or block.language in languages]


def of(path: Path) -> Iterator[Block]:
    """The blocks of one page."""
    page = path.read_text("utf-8")
    for found in _FENCE.finditer(page):
        language, _, rest = found["info"].strip().partition(" ")
        title = re.search(r'title="([^"]*)"', rest)
        line = page.count("\n", 0, found.start("fence")) + 1
        text = textwrap.dedent(found["text"])
        yield Block(path, line, language, title[1] if title else "", text, found["reason"] or "")
