"""Puts the documentation's pages on errors into the distributions, for ``exchange-automation error``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TARGET = "exchange_automation/cli/error/entries.md"


class ErrorPages(BuildHookInterface[Any]):
    """Writes one file of all pages. A source distribution has the file already, and no pages beside it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  (hatchling's signature)
        """Adds the file to what is built."""
        pages = Path(self.root).parent / "docs" / "errors"
        if pages.is_dir():
            written = Path(self.directory) / "entries.md"
            written.parent.mkdir(parents=True, exist_ok=True)
            texts = [page.read_text("utf-8") for page in sorted(pages.glob("*.md")) if page.name != "README.md"]
            written.write_text("\n".join(texts), "utf-8")
            build_data["force_include"][str(written)] = TARGET
