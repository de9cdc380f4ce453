"""The checks that come before the tests, one line each: ``python -m tools.steps format lint types contracts workflows errors``.

All of them run even when one fails, so that one run tells everything. A step that passes says so with its time; a
step that fails shows what its tool said.
"""

from __future__ import annotations

import argparse
import fcntl
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tools.places import CHECKOUT, user_cache

Command = Sequence[str]


def _module(name: str, *arguments: str) -> Command:
    return (sys.executable, "-m", name, *arguments)


def _types() -> Command:
    # Outside the checkout, so that a fresh clone does not start from nothing.
    return _module("mypy", "--cache-dir", str(user_cache() / "mypy"))


def _contracts() -> Command:
    return (str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache")


STEPS: Mapping[str, Callable[[], Command]] = {
    "format": lambda: _module("ruff", "format", "--check"),
    "lint": lambda: _module("ruff", "check"),
    "types": _types,
    "contracts": _contracts,
    "workflows": lambda: _module("tools.workflows"),
}


def run(name: str) -> bool:
    """Run one step and say how it went; True when it passed."""
    started = time.monotonic()
    result = subprocess.run(
        STEPS[name](),
        check=False,
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    verdict = "ok" if result.returncode == 0 else "FAILED"
    print(f"{name:<10} {verdict:<7} {time.monotonic() - started:5.1f} s", flush=True)
    if result.returncode != 0:
        print(result.stdout, flush=True)
    return result.returncode == 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.steps", description="Run checks, one line each.")
    parser.add_argument("step", nargs="+", choices=sorted(STEPS))
    names = parser.parse_args(arguments).step
    user_cache().mkdir(parents=True, exist_ok=True)
    with (user_cache() / "steps.lock").open("w") as lock:
        # Clones share the type checker's cache, and it is written by one process at a time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        passed = [run(name) for name in names]
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
