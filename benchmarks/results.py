"""The file of results: what was measured, on what, and when; read back only if this version wrote it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

FORMAT = 2
"""Raised with every change of a field, so that no old file is read wrongly."""

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("pulumi", "pulumi-azuread", "pulumi-azure-native", "grpcio")


class ResultsError(ValueError):
    """A file of results cannot be read; the message says why and what to do."""


@dataclass(frozen=True)
class Measurement:
    """What one command cost.

    Attributes:
        subject: Key of the comparison.
        variant: Which program.
        size: Number of accounts or service principals.
        repetition: Counts from 0.
        parallel: ``--parallel`` of the engine.
        phase: Which command.
        wall_seconds: From the start of the engine to its end.
        program_seconds: Processor time of the program, without its imports.
        engine_seconds: Processor time of the engine.
        tenant_seconds: Processor time of the local tenant with the emulated providers.
        program_mib: Peak memory of the program.
        engine_mib: Peak memory of the engine.
        checkpoints: How often the state was written; None where it was not counted.
        requests: Number of requests by operation.
        resources: Resources in the state afterwards.
        state_bytes: Size of the state afterwards.
        load: Load average of the machine over the last minute, afterwards.
    """

    subject: str
    variant: str
    size: int
    repetition: int
    parallel: int
    phase: str
    wall_seconds: float
    program_seconds: float
    engine_seconds: float
    tenant_seconds: float
    program_mib: float
    engine_mib: float
    checkpoints: int | None
    requests: dict[str, int]
    resources: int
    state_bytes: int
    load: float


@dataclass(frozen=True)
class Lag:
    """How long a directory role waits for a new identity, on the tenant's clock.

    Attributes:
        lag_seconds: After its creation every replica knows the identity.
        grants_seconds: From its creation to the last grant.
    """

    lag_seconds: float
    grants_seconds: float


@dataclass(frozen=True)
class Results:
    """One run of the benchmark.

    Attributes:
        about: Machine, versions, times, load, and what the run leaves out.
        measurements: One for each command.
        lags: One for each replication lag.
        import_milliseconds: Import of every public name beyond the SDKs, one figure for each interpreter.
        program_milliseconds: Import of what a program with an ExchangeAutomationAccount needs beyond the SDKs.
    """

    about: dict[str, Any]
    measurements: list[Measurement]
    lags: list[Lag] = field(default_factory=list)
    import_milliseconds: list[float] = field(default_factory=list)
    program_milliseconds: list[float] = field(default_factory=list)


def about(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what a reader must know of the machine, the versions and the plan to judge the figures of a run that begins."""
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    load = [round(load, 2) for load in os.getloadavg()]
    return {
        "began": now,
        "ended": now,
        "resumed": [],
        "complete": False,
        "plan": dict(plan),
        "load_before": load,
        "load_after": load,
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "engine": _output("pulumi", "version"),
        "packages": {name: importlib.metadata.version(name) for name in PACKAGES},
        "commit": _output("git", "rev-parse", "--short", "HEAD"),
        "providers": "emulated by the local tenant, on a virtual clock",
        "backend": "a directory of this machine",
    }


def write(results: Results, path: Path) -> None:
    """Writes the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A kill while the file is written leaves the file before.
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_text(json.dumps({"format": FORMAT, **asdict(results)}, indent=1) + "\n", "utf-8")
    unfinished.replace(path)


def read(path: Path) -> Results:
    """Reads a file.

    Raises:
        ResultsError: It is not there, is no file of results, or another version wrote it.
    """
    try:
        stored = json.loads(path.read_text("utf-8"))
    except OSError as failure:
        raise ResultsError(f"{path} cannot be read: {failure.strerror}. Write it with: make bench.") from failure
    except ValueError as failure:
        raise ResultsError(f"{path} is not JSON, so it has no results. Write it with: make bench.") from failure
    found = stored.get("format") if isinstance(stored, dict) else None
    if found != FORMAT:
        raise ResultsError(
            f"{path} has format {found!r}, but this version reads format {FORMAT}: its figures could be taken for others. "
            "Measure again with: make bench, or read the file with the version that wrote it."
        )
    try:
        return Results(
            stored["about"],
            [Measurement(**measurement) for measurement in stored["measurements"]],
            [Lag(**lag) for lag in stored["lags"]],
            stored["import_milliseconds"],
            stored["program_milliseconds"],
        )
    except (KeyError, TypeError) as failure:
        raise ResultsError(
            f"{path} lacks fields of format {FORMAT}: {failure}. Measure again with: make bench."
        ) from failure


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
