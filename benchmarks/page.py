"""The figures of the results in the documentation: the table of goals, the comparisons at two sizes, and the plot."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.command import COMMANDS
from benchmarks.figures import Figure, growth_difference, median, ratio, select
from benchmarks.plot import plot
from benchmarks.programs import COMPONENT, HAND_WRITTEN, SUBJECTS
from benchmarks.results import Results, ResultsError
from benchmarks.table import CPU, FIGURES, about_lines, growths

PAGE = Path("benchmarks", "README.md")
PICTURE = Path("docs", "images", "cost.svg")
BEGIN = "<!-- figures of results/latest.json: make bench ARGS=--publish -->"
END = "<!-- end of the figures -->"
ACCOUNTS, PRINCIPALS = 100, 200
"""Sizes of the goals."""
SHOWN: Mapping[str, Figure] = {name: FIGURES[name] for name in ("wall s", "program CPU s", "engine CPU s", "state KiB")}


def goals(results: Results) -> Iterator[tuple[str, float, float]]:
    """Returns what was aimed at: what, measured, at most. Not a number stands for what was not measured."""
    measured = results.measurements
    wall = FIGURES["wall s"]
    for phase in ("preview", "up", "up without a change", "destroy"):
        yield f"{ACCOUNTS} accounts: wall of `{phase}`", ratio(measured, "account", phase, ACCOUNTS, wall), 1.30
    for label, limit in (("program CPU s", 1.25), ("engine CPU s", 1.30), ("state KiB", 1.20)):
        what = "state" if label == "state KiB" else label.removesuffix(" s")
        yield f"{ACCOUNTS} accounts: {what} of `up`", ratio(measured, "account", "up", ACCOUNTS, FIGURES[label]), limit
    yield "requests of `up` beyond the hand-written program's, per account", _requests_beyond(results), 0
    for name, phase, figure, limit in (
        ("wall", "up", wall, 1.10),
        ("CPU", "up", CPU, 1.25),
        ("wall", "destroy", wall, 1.30),
    ):
        value = ratio(measured, "access", phase, PRINCIPALS, figure)
        yield f"{PRINCIPALS} `ExchangeAccess`: {name} of `{phase}`", value, limit
    for label in ("program CPU s", "engine CPU s"):
        difference = growth_difference(measured, "account", "up", FIGURES[label])
        value = difference.exponent if difference else math.nan
        yield f"growth of the ratio of {label.removesuffix(' s')} of `up`, as an exponent", value, 0.05
    for what, times in (
        ("what a program with `ExchangeAutomationAccount` needs", results.program_milliseconds),
        ("every public name", results.import_milliseconds),
    ):
        yield f"import of {what} beyond the SDKs, ms", statistics.median(times) if times else math.nan, 15.0


def _requests_beyond(results: Results) -> float:
    figure = FIGURES["requests"]
    ours, theirs = (
        median(select(results.measurements, "account", "up", variant, ACCOUNTS), figure)
        for variant in (COMPONENT, HAND_WRITTEN)
    )
    return (ours - theirs) / ACCOUNTS


def goals_table(results: Results) -> str:
    """Returns the table of goals."""
    lines = ["| component / hand-written | measured | goal |", "|---|---|---|"]
    for what, value, limit in goals(results):
        measured = "not measured" if math.isnan(value) else f"{value:.2f}" + (" (missed)" if value > limit else "")
        lines.append(f"| {what} | {measured} | at most {limit:g} |")
    return "\n".join(lines) + "\n"


def figures(results: Results) -> str:
    """Returns the section of the page."""
    parts = [*about_lines(results), goals_table(results)]
    for subject, size in (("account", ACCOUNTS), ("access", PRINCIPALS)):
        rows = list(_rows(results, subject, size))
        if rows:
            parts += [f"{size} `{SUBJECTS[subject].title}`, component / hand-written (medians):", ""]
            parts += [f"| phase | {' | '.join(SHOWN)} |", f"|---{'|---' * len(SHOWN)}|", *rows, ""]
    parts += growths(results)
    return "\n".join(parts)


def _rows(results: Results, subject: str, size: int) -> Iterator[str]:
    for phase in COMMANDS:
        ours, theirs = (
            select(results.measurements, subject, phase, variant, size) for variant in (COMPONENT, HAND_WRITTEN)
        )
        if ours and theirs:
            cells = (f"{median(ours, item):.1f} / {median(theirs, item):.1f}" for item in SHOWN.values())
            yield f"| `{phase}` | {' | '.join(cells)} |"


def publish(results: Results, root: Path) -> None:
    """Writes the figures into the page and draws the plot that the README shows.

    Args:
        results: The latest results.
        root: The repository.

    Raises:
        ResultsError: The page has lost its marks.
    """
    page = root / PAGE
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ResultsError(
            f"{page} lacks the line {BEGIN!r} or {END!r}, so the figures have no place. Restore both lines."
        )
    page.write_text(f"{before}{BEGIN}\n\n{figures(results)}\n{END}{after}", "utf-8")
    (root / PICTURE).write_text(plot(results), "utf-8")
