"""The benchmark runs at two accounts, its figures are computed rightly, and it refuses what it cannot use."""

from __future__ import annotations

import json
import math
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import FOLDER, LATEST, ROOT, main
from benchmarks.figures import growth, growth_difference, ratio
from benchmarks.page import BEGIN, END, PAGE, PICTURE, figures, goals, publish
from benchmarks.plot import plot
from benchmarks.programs import COMPONENT, HAND_WRITTEN
from benchmarks.recording import Recording
from benchmarks.results import FORMAT, Measurement, Results, ResultsError, about, read, write
from benchmarks.runner import TAGGED, Plan
from benchmarks.table import tables

ABOUT = {
    "began": "2026-11-25T20:00:00+00:00",
    "ended": "2026-11-25T21:00:00+00:00",
    "resumed": [],
    "complete": True,
    "plan": {"parallel": 16, "tag_up_to": 10_000},
    "load_before": [0.1, 0.1, 0.1],
    "load_after": [1.0, 1.0, 1.0],
    "processor": "a processor",
    "cores": 2,
    "memory_gib": 8.0,
    "system": "Linux",
    "python": "3.13",
    "engine": "v3",
    "packages": {"pulumi": "3"},
    "commit": "abc",
    "providers": "emulated",
    "backend": "a directory",
}


def measurement(variant: str, size: int, cost: float, phase: str = "up", repetition: int = 0) -> Measurement:
    return Measurement(
        subject="account",
        variant=variant,
        size=size,
        repetition=repetition,
        parallel=16,
        phase=phase,
        wall_seconds=cost,
        program_seconds=cost,
        engine_seconds=cost,
        tenant_seconds=0.1,
        program_mib=90.0,
        engine_mib=120.0,
        checkpoints=int(cost),
        requests={"GET": size},
        resources=size,
        state_bytes=size * 1000,
        load=0.5,
    )


def results(ours: float = 1.2) -> Results:
    """Both programs grow with the square of the size, and the component costs a constant factor more."""
    measured = [
        measurement(variant, size, factor * size**2, phase)
        for size in (1, 50, 100, 200)
        for phase in ("preview", "up", "up without a change", "destroy")
        for variant, factor in ((COMPONENT, ours), (HAND_WRITTEN, 1.0))
    ]
    return Results(ABOUT, measured, [], [12.0, 14.0, 13.0], [8.0, 9.0, 7.0])


@pytest.mark.usefixtures("engine")
def test_it_measures_both_programs_and_they_create_the_same(tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    assert main(["--sizes", "2", "--repetitions", "1", "--quick", "--tag-up-to", "1", "--out", str(out)]) == 0
    measured = read(out).measurements
    assert not any(each.phase == TAGGED for each in measured)
    assert {measurement.variant for measurement in measured} == {COMPONENT, HAND_WRITTEN}
    for subject, resources in (("account", 5), ("access", 2)):
        ups = {
            measurement.variant: measurement
            for measurement in measured
            if (measurement.subject, measurement.phase) == (subject, "up")
        }
        # The component is one entry in the state for each account, and not one request.
        engine_entries = ups[HAND_WRITTEN].resources - 2 * resources
        assert ups[COMPONENT].resources == engine_entries + 2 * (resources + 1)
        assert ups[COMPONENT].requests == ups[HAND_WRITTEN].requests
        assert ups[COMPONENT].engine_seconds > 0
        assert ups[COMPONENT].program_seconds > 0
        again = [
            measurement
            for measurement in measured
            if (measurement.subject, measurement.phase) == (subject, "up without a change")
        ]
        assert not any(
            re.match("POST |PUT |DELETE ", kind)
            for measurement in again
            for kind in measurement.requests
            if "token" not in kind
        )
    assert [lag.lag_seconds for lag in read(out).lags] == [0.0, 5.0]
    assert all(lag.grants_seconds >= lag.lag_seconds for lag in read(out).lags)
    if subject == "account":
        ET.fromstring(out.with_suffix(".svg").read_text("utf-8"))  # noqa: S314  (our own file)


def test_growth_is_the_exponent_of_a_power_law() -> None:
    assert growth([(10, 100.0), (100, 10_000.0)]).exponent == pytest.approx(2.0)  # type: ignore[union-attr]
    exact = growth([(size, 3.0 * size**1.5) for size in (50, 100, 200, 500)])
    assert exact is not None
    assert exact.exponent == pytest.approx(1.5)
    assert exact.margin == pytest.approx(0.0, abs=1e-9)
    noisy = growth([(50, 55.0), (100, 95.0), (200, 210.0)])
    assert noisy is not None
    assert noisy.margin > 0.1
    assert growth([(50, 1.0), (50, 2.0)]) is None


def test_a_constant_factor_is_a_ratio_and_no_growth() -> None:
    measured = results().measurements
    figure = lambda measurement: measurement.wall_seconds  # noqa: E731
    assert ratio(measured, "account", "up", 100, figure) == pytest.approx(1.2)
    difference = growth_difference(measured, "account", "up", figure)
    assert difference is not None
    assert difference.exponent == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(ratio(measured, "account", "up", 7, figure))


def test_the_tables_say_what_was_measured_on_what() -> None:
    text = tables(results())
    assert "| up | 12000 / 10000 = 1.20" in text
    assert "a processor, 2 cores" in text
    assert "needs beyond the SDKs: median 8.0 ms of 3 runs" in text
    assert "every public name beyond the SDKs: median 13.0 ms of 3 runs" in text
    assert "to this power, from 50 to 200" in text


PLAN = {"parallel": 16, "tag_up_to": 50}


def interrupted_run(file: Path) -> Recording:
    """A run with one complete repetition of one service principal, which ended during the second one."""
    recording = Recording.begin(file, PLAN)
    for repetition, phases in ((0, Plan("access", 1, 16).phases), (1, ["preview"])):
        for phase in phases:
            for variant in (COMPONENT, HAND_WRITTEN):
                recording.add(replace(measurement(variant, 1, 1.0, phase, repetition), subject="access"))
    return recording


def test_the_file_has_every_measurement_and_a_run_that_was_interrupted_continues(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    before = interrupted_run(file).results
    assert read(file).measurements == before.measurements
    assert "The run is not complete." in tables(read(file))

    again = Recording.resume(file, PLAN)
    assert again.complete_or_removed(Plan("access", 1, 16), 0)
    assert not again.complete_or_removed(Plan("access", 1, 16), 1)
    assert not again.complete_or_removed(Plan("account", 1, 16), 0)
    # What the incomplete repetition had is measured again.
    assert {each.repetition for each in again.results.measurements} == {0}
    again.save(complete=True)
    assert "continued at" in tables(read(file))
    assert "not complete" not in tables(read(file))


def test_a_new_run_does_not_overwrite_one_that_was_interrupted(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    interrupted_run(file)
    text = file.read_text()
    with pytest.raises(ResultsError, match="Continue the run with --resume"):
        Recording.begin(file, PLAN)
    assert file.read_text() == text
    Recording.resume(file, PLAN).save(complete=True)
    assert Recording.begin(file, PLAN).results.measurements == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("commit", "0000000"), ("packages", {"pulumi": "1"}), ("engine", "v0"), ("processor", "another")],
)
def test_a_run_of_another_version_or_machine_is_not_continued(tmp_path: Path, name: str, value: object) -> None:
    file = tmp_path / "results.json"
    write(Results({**about(PLAN), name: value}, []), file)
    with pytest.raises(ResultsError, match=f"was measured with the {name} .* nothing was measured"):
        Recording.resume(file, PLAN)


@pytest.mark.usefixtures("engine")
def test_what_cannot_be_continued_is_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"
    arguments = ["--quick", "--out", str(file)]
    assert main([*arguments, "--resume"]) == 2
    assert "cannot be read" in capsys.readouterr().err
    interrupted_run(file)
    text = file.read_text()
    assert main(arguments) == 2
    assert "has a run that was interrupted" in capsys.readouterr().err
    assert main([*arguments, "--resume"]) == 2
    assert (
        "with the plan parallel 16, tag_up_to 50, and now the plan is parallel 16, tag_up_to 10000"
        in capsys.readouterr().err
    )
    assert file.read_text() == text


def test_the_tables_say_which_phase_was_left_out() -> None:
    text = tables(replace(results(), about={**ABOUT, "plan": PLAN}))
    assert "The update of one tag was measured up to 50 accounts" in text
    assert "The update of one tag" not in tables(results())


def test_the_plot_has_a_line_for_each_phase_and_the_goal() -> None:
    picture = ET.fromstring(plot(results()))  # noqa: S314  (our own text)
    assert len([node for node in picture.iter() if node.tag.endswith("polyline")]) == 4
    texts = [node.text or "" for node in picture.iter() if node.tag.endswith("text")]
    assert "goal 1.30" in texts
    assert any(text == "up 1.20" for text in texts)
    with pytest.raises(ValueError, match="nothing to draw"):
        plot(replace(results(), measurements=[]))


@pytest.mark.parametrize("value", ["0", "-1", "1025", "many", "1.5", ""])
def test_a_parallelism_that_makes_no_sense_is_refused_before_anything_runs(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([f"--parallel={value}"])
    assert ended.value.code == 2
    assert "is not a whole number from 1 to 1024, so nothing was measured" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["0", "1,-5", "x", "99999"])
def test_sizes_that_make_no_sense_are_refused(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([f"--sizes={value}"])
    assert "is not a whole number" in capsys.readouterr().err


def test_a_place_where_no_results_can_be_written_is_refused_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([f"--out={tmp_path}"])
    assert ended.value.code == 2
    assert "the results would be lost and nothing was measured" in capsys.readouterr().err


def test_the_goals_say_what_was_missed_and_what_nobody_measured() -> None:
    rows = {what: (value, limit) for what, value, limit in goals(results(1.4))}
    value, limit = rows["100 accounts: wall of `up`"]
    assert (round(value, 6), limit) == (1.4, 1.30)
    assert math.isnan(rows["200 `ExchangeAccess`: wall of `up`"][0])
    text = figures(results(1.4))
    assert "| 100 accounts: wall of `up` | 1.40 (missed) | at most 1.3 |" in text
    assert "| 200 `ExchangeAccess`: wall of `up` | not measured | at most 1.1 |" in text
    assert "| 100 accounts: wall of `up` | 1.20 | at most 1.3 |" in figures(results(1.2))


def test_the_figures_are_published_between_their_marks(tmp_path: Path) -> None:
    for path in (PAGE, PICTURE):
        (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / PAGE).write_text(f"Before.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    publish(results(), tmp_path)
    text = (tmp_path / PAGE).read_text()
    assert text.startswith(f"Before.\n\n{BEGIN}")
    assert text.endswith(f"{END}\n\nAfter.\n")
    assert "old" not in text
    assert figures(results()) in text
    assert (tmp_path / PICTURE).read_text().startswith("<svg")
    (tmp_path / PAGE).write_text("no marks")
    with pytest.raises(ResultsError, match="Restore both lines"):
        publish(results(), tmp_path)


def test_the_page_has_the_figures_of_the_latest_results() -> None:
    assert figures(read(LATEST)) in (ROOT / PAGE).read_text("utf-8"), "Run: make bench ARGS=--publish"
    assert plot(read(LATEST)) == (ROOT / PICTURE).read_text("utf-8"), "Run: make bench ARGS=--publish"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read"),
        ("nonsense", "is not JSON"),
        ("[]", f"has format None, but this version reads format {FORMAT}"),
        (json.dumps({"format": FORMAT + 1}), f"has format {FORMAT + 1}"),
        (json.dumps({"format": FORMAT, "about": {}}), "lacks fields"),
        (json.dumps({"format": FORMAT, "about": {}, "measurements": [{"x": 1}], "lags": []}), "lacks fields"),
    ],
)
def test_a_file_of_results_that_another_version_wrote_is_refused(
    tmp_path: Path, text: str | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"
    if text is not None:
        file.write_text(text)
    assert main(["--show", str(file)]) == 2
    assert message in capsys.readouterr().err
    with pytest.raises(ResultsError, match="make bench"):
        read(file)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_the_stored_results_can_be_read_and_name_no_place_of_a_machine(file: Path) -> None:
    assert read(file).measurements
    assert not re.search(r"/(?:root|home|work|tmp)/", file.read_text("utf-8"))
