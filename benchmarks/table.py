"""The results as Markdown tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping

from benchmarks.command import COMMANDS
from benchmarks.figures import GROWTH_FROM, Figure, growth_difference, growth_of, median, select
from benchmarks.programs import COMPONENT, HAND_WRITTEN, SUBJECTS
from benchmarks.results import Results

FIGURES: Mapping[str, Figure] = {
    "wall s": lambda measurement: measurement.wall_seconds,
    "program CPU s": lambda measurement: measurement.program_seconds,
    "engine CPU s": lambda measurement: measurement.engine_seconds,
    "program MiB": lambda measurement: measurement.program_mib,
    "engine MiB": lambda measurement: measurement.engine_mib,
    "checkpoints": lambda measurement: measurement.checkpoints or 0,
    "requests": lambda measurement: sum(measurement.requests.values()),
    "resources": lambda measurement: measurement.resources,
    "state KiB": lambda measurement: measurement.state_bytes / 1024,
}
CPU: Figure = lambda measurement: measurement.program_seconds + measurement.engine_seconds  # noqa: E731  (beside the other figures)


def tables(results: Results) -> str:
    """Returns all tables."""
    return "\n".join(
        [*about_lines(results), *_comparisons(results), "### Growth", "", *growths(results), *_rest(results)]
    )


def about_lines(results: Results) -> Iterator[str]:
    """Returns what a reader must know to judge the figures."""
    about = results.about
    yield f"Measured from {about['began']} to {about['ended']}, commit {about['commit']}."
    yield (
        f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB, {about['system']}. "
        f"Load average before {about['load_before']}, after {about['load_after']}."
    )
    versions = ", ".join(f"{name} {version}" for name, version in about["packages"].items())
    yield f"Python {about['python']}, engine {about['engine']}, {versions}."
    yield f"Providers: {about['providers']}. State: {about['backend']}."
    tagged = about["plan"]["tag_up_to"]
    if any(measurement.subject == "account" and measurement.size > tagged for measurement in results.measurements):
        yield f"The update of one tag was measured up to {tagged} accounts; above, it would take a quarter of the whole run."
    if about["resumed"]:
        yield f"The run was interrupted, and continued at {', '.join(about['resumed'])}."
    if not about["complete"]:
        yield "The run is not complete."
    yield ""


def _comparisons(results: Results) -> Iterator[str]:
    for subject in SUBJECTS:
        sizes = sorted({measurement.size for measurement in results.measurements if measurement.subject == subject})
        for size in sizes:
            yield f"### {SUBJECTS[subject].title}, {size}: component / hand-written (medians)"
            yield ""
            yield f"| phase | {' | '.join(FIGURES)} | tenant CPU s |"
            yield f"|---{'|---' * (len(FIGURES) + 1)}|"
            for phase in COMMANDS:
                ours = select(results.measurements, subject, phase, COMPONENT, size)
                theirs = select(results.measurements, subject, phase, HAND_WRITTEN, size)
                if not ours or not theirs:
                    continue
                cells = [_compared(median(ours, figure), median(theirs, figure)) for figure in FIGURES.values()]
                tenant = [median(item, lambda measurement: measurement.tenant_seconds) for item in (ours, theirs)]
                yield f"| {phase} | {' | '.join(cells)} | {tenant[0]:.1f} / {tenant[1]:.1f} |"
            yield ""


def _compared(ours: float, theirs: float) -> str:
    numbers = f"{_short(ours)} / {_short(theirs)}"
    return f"{numbers} = {ours / theirs:.2f}" if theirs else numbers


def _short(number: float) -> str:
    return f"{number:.0f}" if number == int(number) or number >= 100 else f"{number:.1f}"


def growths(results: Results) -> Iterator[str]:
    """Returns how the costs grow with the number; nothing where fewer than two sizes were measured from GROWTH_FROM on."""
    sizes = sorted({measurement.size for measurement in results.measurements if measurement.size >= GROWTH_FROM})
    if len(sizes) < 2:
        return
    yield f"The cost grows with the number to this power, from {sizes[0]} to {sizes[-1]}, with its 95 % confidence interval:"
    yield ""
    yield "| subject | phase | figure | component | hand-written | difference |"
    yield "|---|---|---|---|---|---|"
    for subject in SUBJECTS:
        for phase in COMMANDS:
            for label in ("wall s", "program CPU s", "engine CPU s"):
                figure = FIGURES[label]
                difference = growth_difference(results.measurements, subject, phase, figure)
                if difference is None:
                    continue
                ours, theirs = (
                    growth_of(results.measurements, subject, phase, variant, figure)
                    for variant in (COMPONENT, HAND_WRITTEN)
                )
                yield f"| {SUBJECTS[subject].title} | {phase} | {label} | {ours} | {theirs} | {difference} |"
    yield ""


def _rest(results: Results) -> Iterator[str]:
    if results.lags:
        yield "### From the moment the identity is visible to both grants, on the tenant's clock"
        yield ""
        yield "| replication lag s | grants after the creation s | after it is visible s |"
        yield "|---|---|---|"
        for lag in results.lags:
            after = max(0.0, lag.grants_seconds - lag.lag_seconds)
            yield f"| {lag.lag_seconds:.0f} | {lag.grants_seconds:.1f} | {after:.1f} |"
        yield ""
    for what, times in (
        ("what a program with ExchangeAutomationAccount needs", results.program_milliseconds),
        ("every public name", results.import_milliseconds),
    ):
        if times:
            yield (
                f"Import of {what} beyond the SDKs: median {statistics.median(times):.1f} ms of {len(times)} runs, "
                f"{min(times):.1f} to {max(times):.1f} ms."
            )
