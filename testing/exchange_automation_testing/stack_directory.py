"""Stacks of the Automation API that run the engine once for each command, and are ready without ``pulumi stack init``.

The Automation API follows an update with three more processes of the engine: the outputs twice, and the history. Tests read
the state's file instead.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pulumi import automation as auto
from pulumi.automation._stack import StackInitMode

from exchange_automation_testing import key_service

SECRET = "4dabf18193072939515e22adb298388d"
"""The key that marks an encrypted value, and other things that JSON cannot say, in a state."""


class Stack(auto.Stack):
    """A stack in a directory of this machine."""

    def __init__(self, name: str, workspace: auto.LocalWorkspace, backend: Path, *, ready: bool = False) -> None:
        if ready:
            # The attributes of the base class, without a call of the engine to see whether the stack exists.
            self.name, self.workspace, self._mode = name, workspace, StackInitMode.SELECT
        else:
            super().__init__(name, workspace, StackInitMode.CREATE_OR_SELECT)
        self._backend = backend

    def resources(self) -> list[dict[str, Any]]:
        """Returns the resources in the state, with encrypted secrets and with the engine's own resources."""
        project = self.workspace.project_settings().name  # Stacks of several projects may share a backend.
        file = self._backend / ".pulumi" / "stacks" / project / f"{self.name}.json"
        latest = json.loads(file.read_text())["checkpoint"]["latest"] or {}
        return list(latest.get("resources") or [])

    def outputs(self) -> auto.OutputMap:
        """The outputs; from the engine only where one of them is secret."""
        stack = next((resource for resource in self.resources() if resource["type"] == "pulumi:pulumi:Stack"), {})
        outputs = stack.get("outputs") or {}
        if SECRET in json.dumps(outputs):
            return super().outputs()
        return {name: auto.OutputValue(value, secret=False) for name, value in outputs.items()}

    def info(self, show_secrets: bool = True) -> auto.UpdateSummary:
        """Nothing: no test reads the history, and the Automation API insists on some summary after each command."""
        return auto.UpdateSummary("none", datetime.now(timezone.utc), "", {}, {}, "not read")


@functools.cache
def command() -> auto.PulumiCommand:
    """Returns the engine on PATH, whose version is read once."""
    return auto.PulumiCommand()


_KEY = re.compile(r"^(encryptionsalt|encryptedkey|secretsprovider):.*\n?", re.MULTILINE)
"""The lines of a stack's settings that say how its secrets are encrypted."""


@functools.cache
def _template(name: str, project: str) -> tempfile.TemporaryDirectory[str]:
    """A stack as ``pulumi stack init`` leaves it, created once a process."""
    directory = tempfile.TemporaryDirectory(prefix="exchange-automation-stack-")
    work, backend = _folders(Path(directory.name))
    (work / "Pulumi.yaml").write_text(project)
    environment = {
        **key_service.environment(),
        "PULUMI_BACKEND_URL": backend.as_uri(),
        "PULUMI_HOME": str(Path(directory.name) / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    workspace = auto.LocalWorkspace(
        work_dir=str(work), env_vars=environment, pulumi_command=command(), secrets_provider=key_service.PROVIDER
    )
    workspace.create_stack(name)
    return directory


def _folders(directory: Path) -> tuple[Path, Path]:
    work, backend = directory / "work", directory / "backend"
    work.mkdir(parents=True, exist_ok=True)
    backend.mkdir(exist_ok=True)
    return work, backend


def _without_logs(home: Path) -> None:
    """Creates Pulumi's home with a file where the engine would put its logs, so that it writes none.

    The engine logs every detail of every command and encrypts it, which costs a tenth of its processor time.
    """
    home.mkdir(exist_ok=True)
    (home / "logs").touch()


def open_stack(directory: Path, name: str, program: Any, environment: Mapping[str, str], project: str | None) -> Stack:
    """Opens the stack in ``directory``, or creates it.

    Args:
        directory: The directory of its files.
        name: The stack's name.
        program: The program of its commands.
        environment: The variables of its commands.
        project: Text of ``Pulumi.yaml``; None where the test has brought its own files.
    """
    work, backend = _folders(directory)
    _without_logs(directory / "home")
    new = not any(backend.iterdir())
    if project is not None and new:
        _create(directory, name, project)
    workspace = auto.LocalWorkspace(work_dir=str(work), program=program, env_vars=environment, pulumi_command=command())
    return Stack(name, workspace, backend, ready=project is not None and new)


def _create(directory: Path, name: str, project: str) -> None:
    """Copies the template; settings of the test stay, encrypted as the new stack is."""
    settings = directory / "work" / f"Pulumi.{name}.yaml"
    given = _KEY.sub("", settings.read_text()) if settings.is_file() else ""
    shutil.copytree(_template(name, project).name, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("home"))
    if given:
        settings.write_text(f"{settings.read_text().rstrip()}\n{given}")
