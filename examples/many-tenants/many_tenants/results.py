"""The results file: what happened to every tenant, written after every tenant, so that a run can be resumed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

VERSION = 1


class ResultsError(Exception):
    """The results file does not belong to this command."""


@dataclass(frozen=True)
class Result:
    """What happened to one tenant.

    Attributes:
        outcome: ``succeeded``, ``failed`` or ``interrupted``.
        seconds: How long it took.
        changes: The number of resources by kind of change.
    """

    outcome: str
    seconds: float
    changes: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """The result in one phrase: ``succeeded in 12 s, 9 create``."""
        parts = [f"{count} {kind}" for kind, count in sorted(self.changes.items())]
        return ", ".join([f"{self.outcome} in {self.seconds:.0f} s", *parts])


class Results:
    """The results of one command, by the tenant's name.

    Args:
        path: The file.
        command: ``preview``, ``up`` or ``destroy``.
        resume: Whether to go on where the file ends.

    Raises:
        ResultsError: The file is of another command or version, or is not a results file.
    """

    def __init__(self, path: Path, command: str, *, resume: bool) -> None:
        self.path = path
        self.command = command
        self.by_tenant: dict[str, Result] = self._read() if resume and path.exists() else {}

    def add(self, tenant: str, result: Result) -> None:
        """Adds a result and writes the whole file, or leaves the old one."""
        self.by_tenant[tenant] = result
        rows = {name: asdict(row) for name, row in self.by_tenant.items()}
        temporary = self.path.with_suffix(".writing")
        temporary.write_text(
            json.dumps({"version": VERSION, "command": self.command, "tenants": rows}, indent=2), "utf-8"
        )
        temporary.replace(self.path)

    def succeeded(self, tenant: str) -> bool:
        """Whether the tenant needs no further run."""
        return tenant in self.by_tenant and self.by_tenant[tenant].outcome == "succeeded"

    def _read(self) -> dict[str, Result]:
        try:
            stored: Any = json.loads(self.path.read_text("utf-8"))
            version, command = stored["version"], stored["command"]
            found = {str(name): Result(**row) for name, row in stored["tenants"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ResultsError(f"{self.path} is not a results file, so nothing can be resumed. Remove it.") from error
        if (version, command) != (VERSION, self.command):
            raise ResultsError(
                f"{self.path} is of '{command}', version {version}, so '{self.command}' cannot go on from it. "
                "Resume that command, or name another file with --results."
            )
        return found
