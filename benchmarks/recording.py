"""The file of results while it grows: written after every measurement, and continued after an interruption."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks.programs import VARIANTS
from benchmarks.results import Lag, Measurement, Results, ResultsError, about, read, write
from benchmarks.runner import Plan

_SAME = ("processor", "cores", "python", "engine", "packages", "commit", "providers", "backend", "plan")
"""What must be the same for two halves of one file."""


class Recording:
    """The results of a run and their file, which has every measurement as soon as there is one.

    Attributes:
        results: What was measured so far.
    """

    def __init__(self, path: Path, results: Results) -> None:
        self._path = path
        self.results = results

    @classmethod
    def begin(cls, path: Path, plan: Mapping[str, Any]) -> Recording:
        """Begins a file.

        Args:
            path: The file.
            plan: What decides which figures the file has, apart from the sizes and repetitions.

        Raises:
            ResultsError: The file has a run that was interrupted.
        """
        if path.exists() and not _is_complete(path):
            raise ResultsError(
                f"{path} has a run that was interrupted, so nothing was measured and the file is unchanged. Continue the "
                "run with --resume, give another --out, or delete the file. A new run starts with: make bench."
            )
        return cls(path, Results(about(plan), [], [], [], []))

    @classmethod
    def resume(cls, path: Path, plan: Mapping[str, Any]) -> Recording:
        """Continues the file of a run that was interrupted.

        Raises:
            ResultsError: The file cannot be read, or was measured on another machine, with other versions or another plan.
        """
        stored, present = read(path), about(plan)
        for name in _SAME:
            if stored.about.get(name) != present[name]:
                raise ResultsError(
                    f"{path} was measured with the {name} {_text_of(stored.about.get(name))}, and now the {name} is "
                    f"{_text_of(present[name])}, so old and new figures could not be compared and nothing was measured. Restore "
                    "the former one, or give another --out without --resume. A new run starts with: make bench."
                )
        again = [*stored.about["resumed"], present["began"]]
        return cls(path, replace(stored, about={**stored.about, "resumed": again, "complete": False}))

    def add(self, measurement: Measurement) -> None:
        """Adds a measurement, and writes the file."""
        self.results.measurements.append(measurement)
        self.save()

    def add_rest(self, program: Sequence[float], everything: Sequence[float], lags: Sequence[Lag]) -> None:
        """Adds what is measured once in a run: the times of both imports, and the replication lags; writes the file."""
        self.results = replace(
            self.results,
            program_milliseconds=list(program),
            import_milliseconds=list(everything),
            lags=list(lags),
        )
        self.save()

    def complete_or_removed(self, plan: Plan, repetition: int) -> bool:
        """Returns whether a repetition is complete. What an incomplete one has is removed: its stacks are gone."""
        of_it = [one for one in self.results.measurements if _key(one) == (plan.subject, plan.size, repetition)]
        if {(one.phase, one.variant) for one in of_it} >= {(phase, name) for phase in plan.phases for name in VARIANTS}:
            return True
        for measurement in of_it:
            self.results.measurements.remove(measurement)
        return False

    def save(self, *, complete: bool = False) -> None:
        """Writes the file."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        load = [round(load, 2) for load in os.getloadavg()]
        updated = {**self.results.about, "ended": now, "load_after": load, "complete": complete}
        self.results = replace(self.results, about=updated)
        write(self.results, self._path)


def _key(measurement: Measurement) -> tuple[str, int, int]:
    return measurement.subject, measurement.size, measurement.repetition


def _is_complete(path: Path) -> bool:
    try:
        return bool(read(path).about["complete"])
    except ResultsError:
        return True  # no run of this version, so there is nothing to continue


def _text_of(value: Any) -> str:
    return ", ".join(f"{name} {item}" for name, item in value.items()) if isinstance(value, dict) else str(value)
