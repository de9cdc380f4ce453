"""What the type checkers of a user say, who has installed the wheel: nothing about right use, and every mistake."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.package.support import User
from tools.environments import fresh, installed
from tools.places import CHECKOUT, user_cache
from tools.release import Distribution

PROGRAMS = Path(__file__).with_name("programs")
OLDEST = "3.10"


def marked(program: str) -> set[int]:
    """The lines that say of themselves that they are wrong."""
    lines = (PROGRAMS / program).read_text().splitlines()
    return {number for number, line in enumerate(lines, 1) if "  # wrong: " in line}


def mypy(user: User, *options: str, environment: Mapping[str, str] | None = None) -> dict[str, dict[int, str]]:
    """What mypy reports, by program and line."""
    cache = user_cache() / "mypy-users"
    result = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull, "--python-version", OLDEST),
            *("--python-executable", str(user.python), "--cache-dir", str(cache), "--sqlite-cache", *options),
            *("right.py", "wrong.py"),
        ],
        check=False,
        cwd=PROGRAMS,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
    )
    found: dict[str, dict[int, str]] = {"right.py": {}, "wrong.py": {}}
    for line in result.stdout.splitlines():
        if match := re.match(r"(\S+\.py):(\d+): error: (.*)", line):
            found[match[1]][int(match[2])] = match[3]
    assert result.returncode == 1, result.stdout + result.stderr
    return found


def pyright(user: User, folder: Path, *options: str) -> dict[str, Any]:
    """What pyright reports. Its package on PyPI carries it whole; what it needs beside is Node.js."""
    node = shutil.which("node")
    assert node, "pyright runs on Node.js, and there is no 'node' on PATH: install Node.js 18 or later."
    (folder / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict", "pythonVersion": OLDEST}))
    result = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", *options],
        check=False,
        cwd=folder,
        # It looks for the package with the first Python on PATH.
        env={**os.environ, "PATH": f"{user.python.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert result.stdout.startswith("{"), result.stdout + result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def test_mypy_reports_every_mistake_of_a_user_and_nothing_else(user: User) -> None:
    # azure-native's list of its 300 modules takes minutes to type; the checkout has a short one, of those that are used.
    found = mypy(user, environment={"MYPYPATH": str(CHECKOUT / "tools" / "typings")})
    assert found["right.py"] == {}
    assert set(found["wrong.py"]) == marked("wrong.py")


@pytest.mark.soak
@pytest.mark.timeout(1200)  # 2.5 minutes where nothing else runs
def test_mypy_says_the_same_with_all_of_azure_native(user: User, tmp_path: Path) -> None:
    found = mypy(user, "--cache-dir", str(tmp_path / "cache"))
    assert found["right.py"] == {}
    assert set(found["wrong.py"]) == marked("wrong.py")


def test_pyright_reports_every_mistake_of_a_user_and_nothing_else(user: User, tmp_path: Path) -> None:
    for program in PROGRAMS.glob("*.py"):
        shutil.copy(program, tmp_path)
    found: dict[str, set[int]] = {"right.py": set(), "wrong.py": set()}
    for diagnostic in pyright(user, tmp_path)["generalDiagnostics"]:
        found[Path(diagnostic["file"]).name].add(diagnostic["range"]["start"]["line"] + 1)
    assert found["right.py"] == set()
    assert found["wrong.py"] == marked("wrong.py")


def test_every_public_name_has_a_known_type(
    once: Callable[[str, Callable[[Path], object]], Path], distribution: Distribution, tmp_path: Path
) -> None:
    def make(folder: Path) -> None:
        folder.mkdir()
        fresh(folder / "venv", [f"{distribution.wheel}[cli]"], "--constraint", installed(folder))

    whole = User(once("user-with-cli", make))
    answer = pyright(whole, tmp_path, "--verifytypes", "exchange_automation", "--ignoreexternal")["typeCompleteness"]
    unknown = {
        symbol["name"]: [problem["message"] for problem in symbol["diagnostics"]]
        for symbol in answer["symbols"]
        if symbol["isExported"] and not symbol["isTypeKnown"]
    }
    assert unknown == {}
    assert answer["completenessScore"] == 1.0
    assert answer["exportedSymbolCounts"]["withKnownType"] > 1000
