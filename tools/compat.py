"""``make compat``: tests on every supported Python, and with the oldest and newest SDKs that the package allows.

``--record`` writes what ran into the table of docs/compatibility.md, if every case passed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from tools.engine import engine_directory
from tools.environments import PINS, fresh
from tools.places import CHECKOUT

PYTHONS = ("3.10", "3.11", "3.12", "3.13")
CASES = ((PYTHONS[0], "oldest"), *((python, "pinned") for python in PYTHONS[:-1]), (PYTHONS[-1], "newest"))
SDKS = ("pulumi", "pulumi-azure-native", "pulumi-azuread")
TESTS = ("tests/unit", "tests/package/test_program.py")
PAGE = CHECKOUT / "docs" / "compatibility.md"
TABLE = re.compile(r"(?<=<!-- table: make compat -->\n\n).*?(?=\n<!-- end of table -->)", re.DOTALL)
HEAD = ["Python", *SDKS, "SDKs", "day"]


def bounds() -> dict[str, Requirement]:
    """Returns the versions of each SDK that the package's metadata allows."""
    needed = [Requirement(line) for line in metadata.requires("exchange-automation") or []]
    return {requirement.name: requirement for requirement in needed if requirement.name in SDKS}


def lowest(requirement: Requirement) -> str:
    """Returns the oldest version that a requirement allows."""
    [version] = [specifier.version for specifier in requirement.specifier if specifier.operator == ">="]
    return version


def overrides(sdks: str) -> list[str]:
    """Returns the requirements that replace the pinned SDKs in a case."""
    if sdks == "oldest":
        return [f"{name}=={lowest(requirement)}" for name, requirement in bounds().items()]
    return [str(requirement) for requirement in bounds().values()] if sdks == "newest" else []


def recorded() -> list[dict[str, str]]:
    """Returns the rows of the table in the documentation."""
    found = TABLE.search(PAGE.read_text())
    assert found is not None
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in found[0].splitlines()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[2:]]


def run(python: str, sdks: str, options: list[str]) -> list[str] | None:
    """Runs the tests of one case and returns its row, or None when they fail."""
    with tempfile.TemporaryDirectory(prefix="compat-") as scratch:
        replaced = Path(scratch, "overrides.txt")
        replaced.write_text("".join(f"{line}\n" for line in overrides(sdks)))
        wanted: list[str | Path] = ["-r", PINS, "-e", CHECKOUT / "components", "-e", CHECKOUT / "testing"]
        # Hashes hold for the pinned versions alone.
        interpreter = fresh(Path(scratch, "venv"), wanted, "--no-verify-hashes", "--override", replaced, python=python)
        path = f"{engine_directory()}{os.pathsep}{os.environ['PATH']}"
        command = [str(interpreter), "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, *options]
        passed = subprocess.run(command, check=False, cwd=CHECKOUT, env={**os.environ, "PATH": path}).returncode == 0
        code = f"import platform, importlib.metadata as m; print(platform.python_version(), *map(m.version, {SDKS}))"
        versions = subprocess.run([interpreter, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    return [*versions, sdks, datetime.now(timezone.utc).date().isoformat()] if passed else None


def main(arguments: list[str]) -> int:
    """Runs every case; return 0 when all passed."""
    rows = []
    for python, sdks in CASES:
        print(f"compat: Python {python}, {sdks} SDKs", flush=True)
        row = run(python, sdks, [argument for argument in arguments if argument != "--record"])
        if row is None:
            print(f"compat: the tests fail on Python {python} with the {sdks} SDKs, so nothing is recorded.")
            return 1
        rows.append(row)
    table = "".join(f"| {' | '.join(line)} |\n" for line in [HEAD, ["---"] * len(HEAD), *rows])
    print(table)
    if "--record" in arguments:
        PAGE.write_text(TABLE.sub(lambda _: table, PAGE.read_text()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
