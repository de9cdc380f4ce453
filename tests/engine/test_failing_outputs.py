"""An output that fails is an error with its own message, and never the end of the process that runs the program.

The SDK's callback server, which the first hook of a program starts, crashes the process when the program fails while the
server starts (docs/adr/0008). Components start it before anything can fail.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange_automation_testing import leftovers
from localtenant.process import LocalTenant
from tests.engine.failing_outputs import CASES
from tests.engine.recovery import host_environment
from tests.engine.support import Deployment

ROOT = Path(__file__).resolve().parents[2]


def nothing() -> None:
    """A program without resources."""


def run_inline(stack: Deployment, command: str, cases: list[str]) -> dict[str, str]:
    """Runs the cases in a process of their own; returns what the engine printed, by case."""
    specification = {
        "work": str(stack.directory / "work"),
        "environment": stack.environment,
        "command": command,
        "cases": cases,
    }
    ran = subprocess.run(
        [sys.executable, "-m", "tests.engine.failing_outputs", json.dumps(specification)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert ran.returncode == 0, f"exit code {ran.returncode} at {lines[-1:]}: {ran.stderr[-2000:]}"
    return {line["case"]: line["text"] for line in lines if "case" in line}


def assert_told(texts: dict[str, str]) -> None:
    """Every case ended in its own message."""
    for name, text in texts.items():
        assert CASES[name].expected in text, f"{name}: {text or 'it passed'}"
        assert "exit code: -1" not in text, name


def test_every_output_that_fails_is_reported_in_a_preview(
    tenant: LocalTenant, deploy: Callable[..., Deployment]
) -> None:
    assert_told(run_inline(deploy(nothing), "preview", list(CASES)))
    assert tenant.grants() == []


def test_an_output_that_fails_is_reported_in_an_up(tenant: LocalTenant, deploy: Callable[..., Deployment]) -> None:
    cases = ["principal id of an access", "organization of an account", "beside after 0", "inside_apply after 0"]
    assert_told(run_inline(deploy(nothing), "up", cases))


@pytest.mark.parametrize("command", ["preview", "up"])
@pytest.mark.parametrize("case", ["principal id of an access", "beside after 0"])
def test_an_output_that_fails_is_reported_with_the_language_host(
    deploy: Callable[..., Deployment], case: str, command: str
) -> None:
    stack = deploy(nothing)
    work = stack.directory / "work"
    (work / "__main__.py").write_text(
        f"from tests.engine.failing_outputs import CASES\n\nCASES[{case!r}].program()\n", "utf-8"
    )
    pulumi = shutil.which("pulumi")
    assert pulumi is not None
    ran = subprocess.run(
        [pulumi, command, "--stack", "test", "--non-interactive", *(["--yes"] if command == "up" else [])],
        cwd=work,
        env={**os.environ, **host_environment(stack)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    leftovers.expect()
    assert ran.returncode != 0
    assert_told({case: ran.stdout + ran.stderr})
