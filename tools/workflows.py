"""Lint the workflows: ``python -m tools.workflows``. Those of this project, and those that examples/ci gives to copy.

actionlint checks what GitHub would refuse or misread, and hands each shell step to ShellCheck; zizmor checks what an
attacker could use. Neither asks anything of the network.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.places import CHECKOUT, user_cache

SOURCE = CHECKOUT / "tools" / "actionlint"
PACKAGE = "github.com/rhysd/actionlint/cmd/actionlint"
FOLDERS = (".github/workflows", "examples/ci/github")


class NoLinterError(Exception):
    """actionlint is not to be had; the text says what to do."""


def workflows(checkout: Path = CHECKOUT) -> list[Path]:
    """The workflow files for GitHub, sorted."""
    return sorted(path for folder in FOLDERS for path in (checkout / folder).glob("*.yml"))


def actionlint() -> Path:
    """The linter of the pinned version, built once for each user and pins; seconds.

    Raises:
        NoLinterError: there is no Go to build it with, or the build failed.
    """
    pins = hashlib.sha256((SOURCE / "go.mod").read_bytes() + (SOURCE / "go.sum").read_bytes()).hexdigest()
    made = user_cache() / "actionlint" / pins[:16] / "actionlint"
    if made.is_file():
        return made
    go = shutil.which("go")
    if go is None:
        raise NoLinterError("actionlint is built with Go, and go is not on PATH. Install Go (1.21 or later).")
    made.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "on", "GOWORK": "off"}
    # Beside its place and renamed: two that build at the same time end with a whole file.
    with tempfile.TemporaryDirectory(dir=made.parent) as scratch:
        target = Path(scratch) / "actionlint"
        version = f"-X github.com/rhysd/actionlint.version={pinned_version()}"
        command = [
            go,
            "build",
            "-trimpath",
            "-mod=readonly",
            "-ldflags",
            f"-s -w {version}",
            "-o",
            str(target),
            PACKAGE,
        ]
        built = subprocess.run(command, cwd=SOURCE, env=environment, capture_output=True, text=True, check=False)
        if built.returncode != 0:
            raise NoLinterError(f"actionlint cannot be built here: {built.stderr.strip()}")
        target.replace(made)
    return made


def pinned_version() -> str:
    """The version in go.mod, without its v."""
    found = re.search(r"rhysd/actionlint v(\S+)", (SOURCE / "go.mod").read_text())
    assert found is not None
    return found[1]


def commands(files: Sequence[Path], tool: Path) -> list[list[str]]:
    """What is run, over the files."""
    beside = Path(sys.executable).parent
    names = [str(path) for path in files]
    return [
        [str(tool), "-no-color", "-shellcheck", str(beside / "shellcheck"), "-pyflakes", "", *names],
        [str(beside / "zizmor"), "--offline", "--no-progress", "--quiet", "--persona", "pedantic", *names],
    ]


def lint(files: Sequence[Path]) -> tuple[bool, str]:
    """Whether every linter passed, and what they said.

    Raises:
        NoLinterError: see `actionlint`.
    """
    said, passed = [], True
    for command in commands(files, actionlint()):
        # NO_COLOR would be enough for zizmor, and a token of the caller is nothing that a linter needs.
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("GH_", "GITHUB_"))}
        done = subprocess.run(
            command, env={**environment, "NO_COLOR": "1"}, capture_output=True, text=True, check=False, cwd=CHECKOUT
        )
        passed = passed and done.returncode == 0
        said.append(f"{done.stdout}{done.stderr}".strip())
    return passed, "\n".join(filter(None, said))


def main() -> int:
    try:
        passed, said = lint(workflows())
    except NoLinterError as error:
        print(f"workflows: {error}", file=sys.stderr)
        return 1
    if said:
        print(said)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
