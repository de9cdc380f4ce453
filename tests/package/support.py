"""Somebody who has the wheel and no checkout."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path


class User:
    """An environment with the wheel, and what is run in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "venv" / "bin" / "python"

    def run(
        self, *arguments: str | Path, environment: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs the environment's interpreter outside the checkout and without the settings of the tests."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV"))}
        return subprocess.run(
            [str(self.python), *map(str, arguments)],
            check=False,
            cwd=folder or self.folder,
            env={**inherited, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )

    def says(self, program: str, *options: str) -> str:
        """What a program prints; it has to succeed."""
        result = self.run(*options, "-c", program)
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()
