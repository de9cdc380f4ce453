"""Runs the checks that need no engine, two at a time: ``python -m tools.checks [NAME ...]``.

All checks run even when one fails. One that passes prints a line, and one that fails prints its tool's output as well.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools.places import CHECKOUT, user_cache

Command = Sequence[str | Path]
BIN = Path(sys.executable).parent
WORKFLOWS = sorted(
    path
    for pattern in (".github/workflows/*.yml", "examples/ci/github/*.yml", "examples/github-runner/workflow.yml")
    for path in CHECKOUT.glob(pattern)
)


def workflow_linters(files: Sequence[Path]) -> list[Command]:
    """Returns the commands that lint workflow files for GitHub.

    actionlint finds what GitHub refuses or misreads, and gives each shell step to ShellCheck. zizmor finds what an
    attacker can use. Neither uses the network.
    """
    actionlint = CHECKOUT / "tools" / "actionlint"
    return [
        (
            "go",
            "-C",
            actionlint,
            "tool",
            "actionlint",
            "-no-color",
            "-shellcheck",
            BIN / "shellcheck",
            "-pyflakes",
            "",
            *files,
        ),
        (BIN / "zizmor", "--offline", "--no-progress", "--quiet", "--persona", "pedantic", *files),
    ]


CHECKS: dict[str, list[Command]] = {
    # The longest first. The type checker's results are shared by all clones.
    "types": [(BIN / "mypy", "--cache-dir", user_cache() / "mypy")],
    "workflows": workflow_linters(WORKFLOWS),
    "contracts": [(BIN / "lint-imports", "--no-logo", "--no-cache")],
    "lint": [(BIN / "ruff", "check")],
    "format": [(BIN / "ruff", "format", "--check")],
}


def run(commands: Sequence[Command]) -> tuple[bool, str]:
    """Runs commands one after the other. Returns whether all passed, and what they printed."""
    # Linters need no token of their caller.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GH_", "GITHUB_"))}
    environment |= {"NO_COLOR": "1", "CGO_ENABLED": "0", "GOWORK": "off"}
    passed, output = True, ""
    for command in commands:
        try:
            done = subprocess.run(
                [str(part) for part in command],
                check=False,
                cwd=CHECKOUT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        except OSError as error:
            passed, output = False, f"{output}{command[0]} cannot run: {error}. Install it.\n"
        else:
            passed, output = passed and done.returncode == 0, output + done.stdout
    return passed, output


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the checks of the command line, or all checks, and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.checks", description="Run checks.")
    parser.add_argument("check", nargs="*", help=f"{', '.join(CHECKS)} (default: all)")
    names = parser.parse_args(arguments).check or list(CHECKS)
    if unknown := [name for name in names if name not in CHECKS]:
        parser.error(f"there is no check {', '.join(unknown)}; the checks are {', '.join(CHECKS)}")

    def timed(name: str) -> bool:
        started = time.monotonic()
        passed, output = run(CHECKS[name])
        seconds = time.monotonic() - started
        print(
            f"{name:<10} {'ok' if passed else 'FAILED':<7} {seconds:5.1f} s\n{'' if passed else output}",
            end="",
            flush=True,
        )
        return passed

    user_cache().mkdir(parents=True, exist_ok=True)
    with (user_cache() / "checks.lock").open("w") as lock, ThreadPoolExecutor(2) as pool:
        # One process at a time writes the type checker's results.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return 0 if all(list(pool.map(timed, names))) else 1


if __name__ == "__main__":
    sys.exit(main())
