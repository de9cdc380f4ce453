"""The environment is made with what the machine has, and a machine that has too little is told what it lacks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools import bootstrap
from tools.bootstrap import UV_VERSION, SetupError, find_python, find_uv
from tools.places import user_cache


@pytest.fixture(autouse=True)
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it and a cache with nothing in it; the folder is the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return folder


def write_program(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def test_the_interpreter_that_runs_is_used_when_it_is_supported() -> None:
    assert find_python() == sys.executable


@pytest.mark.parametrize("answer", ["echo 3 9", "echo 3 99", "exit 127", "echo nonsense"])
def test_another_python_is_found_when_the_running_one_does_not_do(
    answer: str, empty_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", write_program(empty_machine / "python3", answer))
    # A pyenv shim: on PATH, and not runnable.
    write_program(empty_machine / "python3.13", "exit 127")
    expected = write_program(empty_machine / "python3.12", "echo 3 12")
    write_program(empty_machine / "python3.11", "echo 3 11")
    assert find_python() == expected


def test_no_supported_python_says_what_to_install(empty_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", write_program(empty_machine / "python3", "echo 3 9"))
    with pytest.raises(SetupError, match=r"Install a Python from 3\.10 to 3\.13, or name one: make PYTHON="):
        find_python()


def test_uv_is_installed_once_and_then_taken_from_the_cache(empty_machine: Path) -> None:
    # Stands for a Python whose pip puts a uv where it is told to.
    python = write_program(
        empty_machine / "python3",
        'for last; do :; done; /bin/mkdir -p "$last/bin" && echo x > "$last/bin/uv"',
    )
    expected = user_cache() / f"uv-{UV_VERSION}" / "bin" / "uv"
    assert find_uv(python) == (expected, "")
    assert expected.exists()
    assert find_uv("/nonexistent/python") == (expected, "")
    assert [path.name for path in user_cache().iterdir()] == [f"uv-{UV_VERSION}"]


def test_a_uv_on_path_is_used_when_none_can_be_installed(empty_machine: Path) -> None:
    on_path = write_program(empty_machine / "uv", "exit 0")
    assert find_uv(write_program(empty_machine / "python3", "exit 1")) == (Path(on_path), "")


def test_without_any_uv_the_reason_is_told_and_nothing_is_left_behind(empty_machine: Path) -> None:
    python = write_program(empty_machine / "python3", "echo some words; echo the network is unreachable; exit 1")
    assert find_uv(python) == (None, "the network is unreachable")
    assert list(user_cache().iterdir()) == []


@pytest.mark.parametrize("value", ["", "relative/cache"])
def test_a_cache_folder_that_is_not_absolute_is_ignored(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert user_cache() == Path.home() / ".cache" / "exchange-automation"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Stand-ins for the two ways to fill an environment; the list tells what was called."""
    called: list[str] = []
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "find_uv", lambda _python: (Path("/uv"), ""))
    monkeypatch.setattr(bootstrap, "_fill_with_uv", lambda *_: called.append("uv"))
    monkeypatch.setattr(bootstrap, "_fill_with_pip", lambda *_: called.append("pip"))
    return called


def test_a_stamp_is_left_for_make(checkout: list[str], tmp_path: Path) -> None:
    bootstrap.bootstrap("dev")
    assert checkout == ["uv"]
    assert (tmp_path / ".venv" / ".installed-dev").exists()
    assert not (tmp_path / ".venv" / ".installed-runtime").exists()


def test_pip_takes_over_when_uv_fails(
    checkout: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise subprocess.CalledProcessError(2, ["uv"])

    monkeypatch.setattr(bootstrap, "_fill_with_uv", fail)
    bootstrap.bootstrap("runtime")
    assert checkout == ["pip"]
    assert "without uv (uv ended with exit code 2)" in capsys.readouterr().out


def test_a_failed_installation_leaves_no_stamp(
    checkout: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail(*_: object) -> None:
        raise SetupError("no environment")

    monkeypatch.setattr(bootstrap, "find_uv", lambda _python: (None, "no network"))
    monkeypatch.setattr(bootstrap, "_fill_with_pip", fail)
    assert bootstrap.main(["runtime"]) == 1
    assert checkout == []
    assert not (tmp_path / ".venv" / ".installed-runtime").exists()
