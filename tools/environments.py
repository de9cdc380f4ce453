"""Creates throw-away virtual environments, for tests of the package as its users install it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from tools.places import CHECKOUT

UV = Path(sys.executable).with_name("uv")
PINS = CHECKOUT / "requirements-dev.txt"


def installed(folder: Path) -> Path:
    """Writes the versions of this environment into a constraints file, for a user who has the same SDKs."""
    target = folder / "constraints.txt"
    own = {"exchange-automation", "exchange-automation-testing"}
    versions = {found.name: found.version for found in metadata.distributions() if found.name not in own}
    target.write_text("".join(f"{name}=={version}\n" for name, version in sorted(versions.items())))
    return target


def fresh(
    folder: Path, wanted: Sequence[str | Path], *options: str | Path, python: str | Path = sys.executable
) -> Path:
    """Creates the environment `folder`, installs `wanted` into it and returns its interpreter.

    Args:
        folder: Must not exist.
        wanted: Wheels and requirements.
        options: Of ``uv pip install``, such as ``--constraint FILE``.
        python: The interpreter that the environment is created with.

    Raises:
        subprocess.CalledProcessError: Uv failed. Its message is on standard error.
    """
    interpreter = folder / "bin" / "python"
    for command in (
        ("venv", "--python", python, folder),
        ("pip", "install", "--python", interpreter, *options, *wanted),
    ):
        subprocess.run([str(part) for part in (UV, *command, "--quiet")], check=True, cwd=CHECKOUT)
    return interpreter
