"""One command of the engine with its program, in a process group that a test can kill: ``driver.py SPECIFICATION``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from pulumi import automation as auto

from tests.engine.programs import PROGRAMS
from tests.engine.support import Deployment

ROOT = Path(__file__).resolve().parents[2]


class Running:
    """A command that runs in a process group of its own."""

    def __init__(self, stack: Deployment, command: str, program: str, arguments: dict[str, Any]) -> None:
        specification = {
            "work": str(stack.directory / "work"),
            "environment": stack.environment,
            "command": command,
            "program": program,
            "arguments": arguments,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.driver", json.dumps(specification)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT / "testing")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        return self._process.poll() is not None

    def freeze(self) -> None:
        """Suspends every process of the group. Requests to them wait."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """Sends SIGKILL to the engine, the program and every other process of the group, and waits for the end."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def wait(self) -> int:
        """Waits for the end of the process and returns its exit code."""
        return self._process.wait(120)


def main() -> int:
    """Runs the command and returns the exit code, 0 when it succeeded."""
    given = json.loads(sys.argv[1])
    stack = auto.select_stack(
        stack_name="test",
        project_name="exchange-test",
        program=PROGRAMS[given["program"]](**given["arguments"]),
        opts=auto.LocalWorkspaceOptions(work_dir=given["work"], env_vars=given["environment"]),
    )
    try:
        stack.up() if given["command"] == "up" else stack.destroy()
    except auto.CommandError:
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
