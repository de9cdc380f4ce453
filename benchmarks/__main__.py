"""Measures the components against hand-written programs: ``python -m benchmarks`` (``make bench``).

Writes a file of results and prints the tables; ``--publish`` puts the latest results into the documentation. ``--quick``
takes about two minutes; without it the command takes hours, because ``up`` of 500 accounts costs the engine many minutes.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.command import CommandFailedError
from benchmarks.imports import import_milliseconds, program_milliseconds
from benchmarks.lags import LAGS, measure_lags
from benchmarks.page import goals_table, publish
from benchmarks.plot import plot
from benchmarks.programs import SUBJECTS
from benchmarks.recording import Recording
from benchmarks.results import Measurement, Results, ResultsError, read, write
from benchmarks.runner import Plan, run_plan
from benchmarks.table import tables
from localtenant.process import LocalTenant

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "benchmarks" / "results"
LATEST = FOLDER / "latest.json"
MOST_PARALLEL = 1024
DEFAULT_PARALLEL = 16
MOST_ACCOUNTS = 10_000
SIZES = (1, 10, 50, 100, 200, 500)
QUICK_SIZES = (1, 10)
REPETITIONS = 3
MANY = 100


@dataclass(frozen=True)
class Options:
    """What the command line asks for.

    Attributes:
        sizes: Numbers of accounts and of service principals.
        subjects: Keys of ``SUBJECTS``.
        repetitions: Runs of each size; sizes above MANY run once.
        tag_up_to: The largest size at which the phase with a changed tag is measured.
        parallel: ``--parallel`` of the engine.
        out: Where the results are written.
        resume: Whether the file is one of an interrupted run, which continues.
        lags: Replication lags to measure.
        import_runs: Interpreters that measure the import.
    """

    sizes: Sequence[int]
    subjects: Sequence[str]
    repetitions: int
    tag_up_to: int
    parallel: int
    out: Path
    resume: bool
    lags: Sequence[float]
    import_runs: int


def run(options: Options) -> Results:
    """Measures everything, the smallest sizes first, and writes the file after each measurement.

    Raises:
        CommandFailedError: A command failed.
        ResultsError: The file cannot be continued.
    """
    start = Recording.resume if options.resume else Recording.begin
    recording = start(options.out, {"parallel": options.parallel, "tag_up_to": options.tag_up_to})

    def report(measurement: Measurement) -> None:
        recording.add(measurement)
        _report(measurement)

    with LocalTenant.start() as tenant:
        if not recording.results.lags:
            runs = options.import_runs
            imports = program_milliseconds(runs), import_milliseconds(runs)
            recording.add_rest(*imports, measure_lags(tenant, options.parallel, options.lags))
        for size in options.sizes:
            for subject in options.subjects:
                plan = Plan(subject, size, options.parallel, changes_tag=size <= options.tag_up_to)
                for repetition in range(options.repetitions if size <= MANY else 1):
                    if not recording.complete_or_removed(plan, repetition):
                        run_plan(tenant, plan, repetition, report)
    recording.save(complete=True)
    return recording.results


def _report(measured: Measurement) -> None:
    sys.stderr.write(
        f"{measured.subject} {measured.size:4} {measured.variant:12} {measured.phase:22} "
        f"wall {measured.wall_seconds:8.1f} s, program {measured.program_seconds:7.1f} s, "
        f"engine {measured.engine_seconds:7.1f} s, load {measured.load}\n"
    )


def _number(name: str, most: int) -> Callable[[str], int]:
    """Returns an argument type for whole numbers from 1 to ``most``."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = 0
        if not 1 <= number <= most:
            raise argparse.ArgumentTypeError(
                f"{name} {text!r} is not a whole number from 1 to {most}, so nothing was measured. Give such a number."
            )
        return number

    return parse


def _sizes(text: str) -> Sequence[int]:
    parse = _number("size", MOST_ACCOUNTS)
    return tuple(sorted({parse(part) for part in text.split(",")}))


def _file(text: str) -> Path:
    """Returns a path that a file can be written to, before hours of measuring."""
    path = Path(text)
    if path.is_dir() or (path.exists() and not os.access(path, os.W_OK)):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no file that can be written, so the results would be lost and nothing was measured. "
            "Give the name of a file."
        )
    return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m benchmarks", description="Measures the components against hand-written programs."
    )
    parser.add_argument("--quick", action="store_true", help="sizes 1 and 10 once: about two minutes")
    parser.add_argument("--sizes", type=_sizes, help=f"numbers of accounts, such as {','.join(map(str, SIZES))}")
    parser.add_argument("--subject", choices=SUBJECTS, action="append", help="measure this component only")
    parser.add_argument(
        "--repetitions", type=_number("repetitions", 100), help=f"runs of each size up to {MANY}; {REPETITIONS}"
    )
    parser.add_argument(
        "--tag-up-to",
        type=_number("size", MOST_ACCOUNTS),
        default=MOST_ACCOUNTS,
        metavar="SIZE",
        help="leave the update of one tag out above this size; at 500 accounts it takes a quarter of the time",
    )
    parser.add_argument(
        "--parallel",
        type=_number("parallelism", MOST_PARALLEL),
        default=DEFAULT_PARALLEL,
        help=f"--parallel of the engine; {DEFAULT_PARALLEL}",
    )
    parser.add_argument(
        "--out",
        type=_file,
        help="file of results; the plot gets the same name with .svg",
    )
    parser.add_argument(
        "--resume", action="store_true", help="continue the run of the file of results that was interrupted"
    )
    parser.add_argument(
        "--show", type=Path, metavar="FILE", help="print the tables of a file of results, draw its plot"
    )
    parser.add_argument(
        "--publish",
        type=Path,
        nargs="?",
        const=LATEST,
        metavar="FILE",
        help="copy a file of results to results/latest.json, put the figures of that into benchmarks/README.md and its plot "
        "into docs/images/cost.svg",
    )
    return parser


def _options(given: argparse.Namespace) -> Options:
    quick = bool(given.quick)
    return Options(
        sizes=given.sizes or (QUICK_SIZES if quick else SIZES),
        subjects=given.subject or tuple(SUBJECTS)[::-1],
        repetitions=given.repetitions or (1 if quick else REPETITIONS),
        tag_up_to=given.tag_up_to,
        parallel=given.parallel,
        out=given.out or FOLDER / ("quick.json" if quick else "running.json"),
        resume=given.resume,
        lags=LAGS[:2] if quick else LAGS,
        import_runs=3 if quick else 20,
    )


def _show(results: Results, file: Path) -> None:
    sys.stdout.write(tables(results) + "\n")
    if file.resolve() != LATEST and any(measurement.subject == "account" for measurement in results.measurements):
        file.with_suffix(".svg").write_text(plot(results), "utf-8")
    sys.stdout.write("\n" + goals_table(results))


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        if given.show:
            _show(read(given.show), given.show)
            return 0
        if given.publish:
            results = read(given.publish)
            write(results, LATEST)
            publish(results, ROOT)
            return 0
        if shutil.which("pulumi") is None:
            sys.stderr.write("pulumi is not on PATH, so nothing can be measured. Run: make bench.\n")
            return 2
        options = _options(given)
        _show(run(options), options.out)
    except (CommandFailedError, ResultsError) as failure:
        sys.stderr.write(f"{failure}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted: the file of results has what was measured. --resume continues the run.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
