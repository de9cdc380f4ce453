"""The checks before the tests: one line each, all of them even when one fails."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tools import steps


@pytest.fixture(autouse=True)
def no_user_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def python(program: str) -> steps.Command:
    return (sys.executable, "-c", program)


def test_a_failed_step_shows_what_its_tool_said_and_the_others_still_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        steps,
        "STEPS",
        {
            "types": lambda: python("import sys; print('line 3 is wrong'); sys.exit('and line 4')"),
            "contracts": lambda: python("print('nothing to see')"),
        },
    )
    assert steps.main(["types", "contracts"]) == 1
    types, first, second, _, contracts = capsys.readouterr().out.splitlines()
    assert types.split()[:2] == ["types", "FAILED"]
    assert {first, second} == {"line 3 is wrong", "and line 4"}
    assert contracts.split()[:2] == ["contracts", "ok"]


def test_steps_that_pass_are_one_line_each_with_their_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(steps, "STEPS", {"format": lambda: python("print('37 files')")})
    assert steps.main(["format"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.split()[:2] == ["format", "ok"]
    assert line.endswith(" s")


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(SystemExit) as caught:
        steps.main(["spelling"])
    assert caught.value.code == 2
