"""SDKs in other languages, generated from the stored schema."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.languages import go_tools
from tools.schema import SCHEMA


@pytest.fixture(scope="session")
def languages() -> Path:
    """The directory of the generators and of the language host of YAML."""
    return go_tools()


@pytest.fixture
def generate(languages: Path) -> Callable[[str, Path], Path]:
    """Writes the SDK of a language into a directory."""

    def run(language: str, directory: Path) -> Path:
        subprocess.run([languages / "sdkgen", SCHEMA, language, directory], check=True)
        return directory

    return run
