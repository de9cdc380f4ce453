"""``make compat``: the tests on every supported Python, and with the oldest and the newest SDKs that the package allows.

Each case has an environment of its own, which is thrown away. ``--record`` keeps what passed in docs/compatibility.json and,
as a table, in docs/compatibility.md, a row a case; tests/tools/test_compat.py holds the package's own bounds against them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from packaging.requirements import Requirement

from tools.bootstrap import NEWEST_PYTHON, OLDEST_PYTHON
from tools.engine import engine_directory
from tools.environments import fresh
from tools.places import CHECKOUT

SDKS = ("pulumi", "pulumi-azure-native", "pulumi-azuread")
TESTS = ("tests/unit", "tests/package/test_program.py")
RESULTS = CHECKOUT / "docs" / "compatibility.json"
PAGE = CHECKOUT / "docs" / "compatibility.md"
BEGIN, END = "<!-- table: python -m tools.compat -->\n", "<!-- end of table -->"


@dataclass(frozen=True)
class Case:
    """What is tried.

    Attributes:
        python: "3.10" and the like.
        sdks: "pinned" as in requirements.txt, "oldest" that the package allows, "newest" that the registry has.
    """

    python: str
    sdks: str


@dataclass(frozen=True)
class Row:
    """How a case went: versions as installed, numbers of tests."""

    sdks: str
    python: str
    versions: Mapping[str, str]
    passed: int
    failed: int
    skipped: int
    day: str


def supported_pythons() -> list[str]:
    """Every minor version that the package supports, oldest first."""
    return [f"3.{minor}" for minor in range(OLDEST_PYTHON[1], NEWEST_PYTHON[1] + 1)]


def all_cases() -> list[Case]:
    """The oldest Python with the oldest SDKs, the newest with the newest, and all but that with the pinned ones."""
    *pythons, last = supported_pythons()
    return [Case(pythons[0], "oldest"), *(Case(each, "pinned") for each in pythons), Case(last, "newest")]


def allowed() -> dict[str, Requirement]:
    """The versions of each SDK that the package's metadata allows."""
    needed = [Requirement(line) for line in metadata.requires("exchange-automation") or []]
    return {each.name: each for each in needed if each.name in SDKS}


def lowest(requirement: Requirement) -> str:
    """The oldest version that a requirement allows."""
    [version] = [each.version for each in requirement.specifier if each.operator == ">="]
    return version


def find_interpreter(version: str) -> str | None:
    """A Python of this minor version: on PATH, or one of pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [
        shutil.which(f"python{version}"),
        *sorted(map(str, pyenv.glob(f"{version}.*/bin/python")), reverse=True),
    ]
    for candidate in filter(None, candidates):
        # A shim of pyenv is on PATH for versions that are not chosen, and ends with an error.
        asked = subprocess.run(
            [candidate, "-c", "import sys; print(sys.version)"], check=False, capture_output=True, text=True
        )
        if asked.returncode == 0 and asked.stdout.startswith(f"{version}."):
            return candidate
    return None


def overrides(case: Case) -> list[str]:
    """What replaces the pins of the SDKs."""
    if case.sdks == "pinned":
        return []
    bounds = allowed()
    if case.sdks == "newest":
        return [str(each) for each in bounds.values()]
    return [f"{name}=={lowest(each)}" for name, each in bounds.items()]


def run(case: Case, interpreter: str, options: Sequence[str]) -> Row:
    """Make the environment, run the tests in it and count."""
    with tempfile.TemporaryDirectory(prefix="compat-") as name:
        scratch = Path(name)
        (scratch / "overrides.txt").write_text("\n".join(overrides(case)) + "\n")
        python = fresh(
            scratch / "venv",
            ["-r", CHECKOUT / "requirements-dev.txt"],
            *("--override", scratch / "overrides.txt"),
            python=interpreter,
        )
        asked = subprocess.run(
            [python, "-c", f"import sys; print(sys.version.split()[0]); {_PRINT_VERSIONS}"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        report = scratch / "report.xml"
        subprocess.run(
            [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *TESTS, *options],
            check=False,
            cwd=CHECKOUT,
            env={**os.environ, "PATH": f"{engine_directory()}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
        )
        return _row(case, asked, report)


_PRINT_VERSIONS = f"from importlib.metadata import version; print(*map(version, {SDKS!r}))"


def _row(case: Case, versions: Sequence[str], report: Path) -> Row:
    suite = next(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314  (pytest wrote it a moment ago)
    count = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
    failed = count["failures"] + count["errors"]
    return Row(
        sdks=case.sdks,
        python=versions[0],
        versions=dict(zip(SDKS, versions[1:], strict=True)),
        passed=count["tests"] - failed - count["skipped"],
        failed=failed,
        skipped=count["skipped"],
        day=datetime.now(timezone.utc).date().isoformat(),
    )


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows as Markdown."""
    head = ["Python", *SDKS, "SDKs", "passed", "failed", "day"]
    lines = [head, ["---"] * len(head)]
    for row in rows:
        versions = [row["versions"][name] for name in SDKS]
        lines.append([row["python"], *versions, row["sdks"], row["passed"], row["failed"], row["day"]])
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def kept() -> list[dict[str, Any]]:
    """The rows that the documentation has."""
    rows: list[dict[str, Any]] = json.loads(RESULTS.read_text()) if RESULTS.exists() else []
    return rows


def case_of(row: Mapping[str, Any]) -> Case:
    """The case that a row is of."""
    return Case(".".join(row["python"].split(".")[:2]), row["sdks"])


def record(row: Row) -> None:
    """Put a row into the documentation, in place of an older one of its case."""
    rows = {case_of(each): each for each in [*kept(), asdict(row)]}
    ordered = [rows[case] for case in all_cases() if case in rows]
    RESULTS.write_text(json.dumps(ordered, indent=2) + "\n")
    before, rest = PAGE.read_text().split(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n{table(ordered)}\n{END}{rest.split(END)[1]}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 0 when everything asked for was run and passed."""
    parser = argparse.ArgumentParser(prog="python -m tools.compat", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--python", action="append", choices=supported_pythons(), help="only these (may be repeated)")
    parser.add_argument("--sdks", action="append", choices=("pinned", "oldest", "newest"), help="only these")
    parser.add_argument("--record", action="store_true", help="keep what passed in docs/compatibility.json and .md")
    parser.add_argument("pytest", nargs="*", help="after --, options for pytest")
    options = parser.parse_args(arguments)
    wanted = [
        case
        for case in all_cases()
        if case.python in (options.python or [case.python]) and case.sdks in (options.sdks or [case.sdks])
    ]
    interpreters = {version: find_interpreter(version) for version in {case.python for case in wanted}}
    missing = sorted(version for version, found in interpreters.items() if found is None)
    if missing:
        print(
            f"compat: no Python {', '.join(missing)} on PATH or in pyenv, so not every case can be run. Install it, or name "
            "the others with --python.",
            file=sys.stderr,
        )
        return 2
    rows = []
    for case in wanted:
        interpreter = interpreters[case.python]
        assert interpreter is not None
        print(f"compat: Python {case.python}, {case.sdks} SDKs", flush=True)
        rows.append(run(case, interpreter, options.pytest))
        if options.record and rows[-1].passed and not rows[-1].failed:
            record(rows[-1])
        print(table([asdict(rows[-1])]), flush=True)
    return 0 if all(row.passed and not row.failed for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
