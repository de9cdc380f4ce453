"""Runs the phases of both variants in turn, on stacks of their own and one local tenant."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.command import COMMANDS, CommandFailedError
from benchmarks.programs import SUBJECTS, VARIANTS, Request
from benchmarks.results import Measurement
from localtenant.process import LocalTenant

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "name: benchmark\nruntime: python\noptions:\n  refresh: always\n"
STACK = "measured"
TAGGED = "up with a changed tag"


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        subject: Key of a comparison in ``SUBJECTS``.
        size: Number of accounts or service principals.
        parallel: ``--parallel`` of the engine.
        changes_tag: Whether the phase with a changed tag is measured, if the subject has tags.
    """

    subject: str
    size: int
    parallel: int
    changes_tag: bool = True

    @property
    def phases(self) -> Sequence[str]:
        """The phases in their order."""
        changes_tag = self.changes_tag and SUBJECTS[self.subject].has_tags
        return [phase for phase in COMMANDS if phase != TAGGED or changes_tag]


class Measured:
    """The stack of one variant in one repetition."""

    def __init__(
        self, directory: Path, tenant: LocalTenant, plan: Plan, variant: str, principals: Sequence[str]
    ) -> None:
        """Creates the stack.

        Args:
            directory: An empty folder.
            tenant: Where its resources are created.
            plan: What is measured.
            variant: Which program.
            principals: Service principals that exist already.
        """
        self._work, backend = directory / "work", directory / "backend"
        self._work.mkdir(parents=True)
        backend.mkdir()
        (self._work / "Pulumi.yaml").write_text(PROJECT, "utf-8")
        self._environment = {
            **tenant.environment,
            "PULUMI_BACKEND_URL": backend.as_uri(),
            "PULUMI_HOME": str(directory / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "benchmark",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        self._state = backend / ".pulumi" / "stacks" / "benchmark" / f"{STACK}.json"
        self._tenant, self._plan, self._variant = tenant, plan, variant
        self._request = Request(plan.size, "first", principals)
        subprocess.run(
            ["pulumi", "stack", "init", STACK, "--non-interactive"],
            cwd=self._work,
            env={**os.environ, **self._environment},
            check=True,
            capture_output=True,
        )

    def run(self, phase: str, repetition: int) -> Measurement:
        """Runs one phase.

        Raises:
            CommandFailedError: The command failed.
        """
        if phase == TAGGED:
            self._request = replace(self._request, tag="second")
        log = self._tenant.request_log()
        last = log[-1]["number"] if log else 0
        used = _cpu_seconds(self._tenant.process_id)
        cost = self._command(phase)
        requests = self._tenant.request_log(since=last)
        kinds = Counter(str(request["operation"]) for request in requests)
        resources, size = self._state_figures()
        return Measurement(
            subject=self._plan.subject,
            variant=self._variant,
            size=self._plan.size,
            repetition=repetition,
            parallel=self._plan.parallel,
            phase=phase,
            tenant_seconds=round(_cpu_seconds(self._tenant.process_id) - used, 3),
            requests=dict(sorted(kinds.items())),
            resources=resources,
            state_bytes=size,
            load=round(os.getloadavg()[0], 2),
            **cost,
        )

    def _command(self, phase: str) -> dict[str, Any]:
        specification = {
            "subject": self._plan.subject,
            "variant": self._variant,
            "request": vars(self._request),
            "phase": phase,
            "stack": STACK,
            "parallel": self._plan.parallel,
            "work": str(self._work),
            "state": str(self._state),
            "environment": self._environment,
        }
        ran = subprocess.run(
            [sys.executable, "-m", "benchmarks.command", json.dumps(specification)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        if ran.returncode != 0:
            raise CommandFailedError(f"{self._plan.size} x {self._variant}: {ran.stderr.strip()}")
        cost: dict[str, Any] = json.loads(ran.stdout)
        return cost

    def _state_figures(self) -> tuple[int, int]:
        text = self._state.read_text("utf-8")
        latest = json.loads(text)["checkpoint"]["latest"] or {}
        return len(latest.get("resources") or []), len(text.encode())


@contextmanager
def stacks_of(
    tenant: LocalTenant, plan: Plan, order: Sequence[str], *, lag: float = 0.0
) -> Iterator[dict[str, Measured]]:
    """Creates a stack for each variant, with service principals of its own where the subject needs them."""
    tenant.reset(lag=lag)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as directory:
        yield {
            variant: Measured(Path(directory, variant), tenant, plan, variant, _principals(tenant, plan))
            for variant in order
        }


def _principals(tenant: LocalTenant, plan: Plan) -> list[str]:
    if not SUBJECTS[plan.subject].needs_principals:
        return []
    made = tenant.add_service_principal("measured", servicePrincipalType="ManagedIdentity", lag=0, count=plan.size)
    return [str(principal["id"]) for principal in made]


def run_plan(tenant: LocalTenant, plan: Plan, repetition: int, report: Callable[[Measurement], None]) -> None:
    """Runs every phase of both variants, one variant directly after the other.

    Args:
        tenant: A tenant without load; it is reset.
        plan: What to measure.
        repetition: Counts from 0; every second one runs the variants in the other order.
        report: Takes each measurement.

    Raises:
        CommandFailedError: A command failed.
    """
    order = VARIANTS if repetition % 2 == 0 else VARIANTS[::-1]
    with stacks_of(tenant, plan, order) as stacks:
        for phase in plan.phases:
            for variant in order:
                report(stacks[variant].run(phase, repetition))


def _cpu_seconds(process_id: int | None) -> float:
    """Returns the processor time of a process so far; 0 where the system does not tell."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text("ascii").rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
