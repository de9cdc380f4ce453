"""Virtual environments that are thrown away: what a user has who installs the package and nothing else.

uv fills them with hard links into its cache, which takes seconds; without uv the standard library and pip do the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from tools.bootstrap import find_python, find_uv, uv_environment
from tools.places import CHECKOUT

PINS = CHECKOUT / "requirements-dev.txt"


def pins(folder: Path) -> Path:
    """Write the pinned versions of everything, the checkout's own package left out, as constraints for an installer."""
    target = folder / "constraints.txt"
    lines = [line for line in PINS.read_text().splitlines() if not line.lstrip().startswith(("-e", "#"))]
    target.write_text("\n".join(lines) + "\n")
    return target


def installed(folder: Path) -> Path:
    """Write what is installed here as constraints: a user of the SDKs that the tests are running with."""
    target = folder / "constraints.txt"
    found = {each.name: each.version for each in metadata.distributions() if each.name != "exchange-automation"}
    target.write_text("".join(f"{name}=={version}\n" for name, version in sorted(found.items())))
    return target


def fresh(
    folder: Path, wanted: Sequence[str | Path], *options: str | Path, python: str | Path = sys.executable
) -> Path:
    """Make the environment ``folder``, install ``wanted`` into it, and return its interpreter.

    :param wanted: wheels and requirements.
    :param options: of the installer, such as ``--constraint FILE``, which uv and pip read alike.
    :raises subprocess.CalledProcessError: the installer failed; its words are on standard error.
    """
    interpreter = folder / "bin" / "python"
    uv, _ = find_uv(find_python())
    if uv is not None:
        environment = {**os.environ, **uv_environment()}
        _run([uv, "venv", "--quiet", "--python", python, folder], environment)
        _run([uv, "pip", "install", "--quiet", "--python", interpreter, *options, *wanted], environment)
    else:
        _run([python, "-m", "venv", folder], os.environ.copy())
        _run([interpreter, "-m", "pip", "install", "--quiet", "--no-input", *options, *wanted], os.environ.copy())
    return interpreter


def _run(command: Sequence[str | Path], environment: dict[str, str]) -> None:
    subprocess.run([str(part) for part in command], check=True, cwd=CHECKOUT, env=environment, stdin=subprocess.DEVNULL)
