"""What docs/operations.md tells people to do after a deployment that failed or was killed, and what must hold then."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from pulumi import automation as auto

from localtenant.process import LocalTenant
from tests.cli.support import CommandResult, run
from tests.engine.support import Deployment, Outcome

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE = ROOT / "tools" / "language_host"

EXISTS = ("exists in the directory already", "cannot create already existing resource", "already exists")


@dataclass
class Recovery:
    """What it took.

    Attributes:
        ups: how many ``up`` it took until one succeeded.
        adopted: whether something had to be adopted.
        last: the ``up`` that succeeded.
    """

    ups: int = 0
    adopted: bool = False
    last: Outcome = field(default_factory=lambda: Outcome(succeeded=False, text=""))


def recover(stack: Deployment, *, killed: bool = False, attempts: int = 4) -> Recovery:
    """Cancel the lock of a killed engine, then ``up``; adopt what exists already; until an ``up`` succeeds."""
    if killed:
        unlock(stack)
    recovery = Recovery()
    for _ in range(attempts):
        recovery.last = stack.up()
        recovery.ups += 1
        if recovery.last.succeeded:
            return recovery
        if any(sign in recovery.last.text for sign in EXISTS):
            adopt(stack)
            recovery.adopted = True
    raise AssertionError(f"Not recovered after {attempts} attempts:\n{recovery.last.text}")


def unlock(stack: Deployment) -> None:
    """``pulumi cancel``, after the empty ``.attrs`` file that a kill may leave beside a state in a directory is gone."""
    try:
        stack.stack.cancel()
    except auto.CommandError as failure:
        empty = [file for file in (stack.directory / "backend").rglob("*.attrs") if file.stat().st_size == 0]
        if not empty or "failed to load checkpoint: EOF" not in str(failure):
            raise
        for file in empty:
            file.unlink()
        stack.stack.cancel()


def adopt(stack: Deployment) -> str:
    """``exchange-automation adopt``, from a preview of the Automation API, and the import of what it wrote.

    With ``--yes`` the command would import by itself and preview again, for which it needs the program's language host.
    """
    work = stack.directory / "work"
    import_file, preview_json, adopted = work / "import.json", work / "preview.json", work / "adopt.json"
    stack.write_preview(import_file, preview_json)
    environment = {**os.environ, **host_environment(stack)}
    command = [sys.executable, "-m", "exchange_automation.cli", "adopt", "--stack", "test", "--cwd", str(work)]
    command += ["--from", str(import_file), "--preview-json", str(preview_json), "--out", str(adopted)]
    found = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert found.returncode in (0, 1), found.stdout + found.stderr
    command = ["pulumi", "import", "--stack", "test", "--file", str(adopted)]
    command += ["--yes", "--protect=false", "--generate-code=false", "--non-interactive"]
    done = subprocess.run(command, cwd=work, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return found.stdout


def host_environment(stack: Deployment) -> dict[str, str]:
    """What ``pulumi import`` needs beside the stack's environment: something in place of the language host."""
    return {
        **stack.environment,
        "PATH": f"{LANGUAGE}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "EXCHANGE_AUTOMATION_PYTHON": sys.executable,
    }


def look(stack: Deployment, *arguments: str) -> tuple[CommandResult, Path]:
    """What the command says of the next preview, and the file that it may have written."""
    work = stack.directory / "work"
    written = work / "adopt.json"
    written.unlink(missing_ok=True)
    stack.write_preview(work / "import.json", work / "preview.json")
    files = ("--from", str(work / "import.json"), "--preview-json", str(work / "preview.json"), "--out", str(written))
    return run(stack.tenant, "adopt", *files, "--json", *arguments), written


def grants_in_state(stack: Deployment) -> set[str]:
    """Ids of the assignments that the state knows."""
    return {
        resource["id"].rsplit("/", 1)[-1] for resource in stack.state() if resource["type"].endswith("RoleAssignment")
    }


def grants_in_directory(tenant: LocalTenant, bystander: str) -> set[str]:
    """Ids of the assignments in the directory, those of the bystander left out."""
    return {grant["id"] for grant in tenant.grants() if grant["principalId"] != bystander}


def plant_bystander(tenant: LocalTenant) -> tuple[str, list[dict[str, str]]]:
    """Creates an identity of another program with both grants; returns its id and its grants."""
    [created] = tenant.add_service_principal("bystander", servicePrincipalType="ManagedIdentity", lag=0)
    tenant.add_grant(created["id"], appRole="Exchange.ManageAsApp")
    tenant.add_grant(created["id"], directoryRole="Exchange Administrator")
    return created["id"], [grant for grant in tenant.grants() if grant["principalId"] == created["id"]]
