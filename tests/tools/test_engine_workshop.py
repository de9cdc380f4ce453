"""An engine is made by one process at a time, whole or not at all."""

from __future__ import annotations

import fcntl
import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tools.engine.workshop import PARTIAL, Progress, Workshop, open_workshop


def test_what_is_made_appears_under_its_name_only_when_it_is_whole(tmp_path: Path) -> None:
    with open_workshop(tmp_path, io.StringIO()) as workshop, workshop.scratch("engine") as scratch:
        (scratch / "pulumi").write_text("binary")
        assert not (tmp_path / "engine").exists()
    assert (tmp_path / "engine" / "pulumi").read_text() == "binary"


def test_a_failure_half_way_leaves_nothing(tmp_path: Path) -> None:
    def fail_half_way(workshop: Workshop) -> None:
        with workshop.scratch("engine") as scratch:
            (scratch / "pulumi").write_text("half")
            raise RuntimeError

    with open_workshop(tmp_path, io.StringIO()) as workshop:
        with pytest.raises(RuntimeError):
            fail_half_way(workshop)
        assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_what_a_killed_run_left_is_removed_and_finished_engines_stay(tmp_path: Path) -> None:
    (tmp_path / f"{PARTIAL}left" / "bin").mkdir(parents=True)
    (tmp_path / "engine").mkdir()
    with open_workshop(tmp_path, io.StringIO()):
        assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "engine"]


def test_a_second_run_says_that_it_waits_and_goes_on_when_the_first_is_done(tmp_path: Path) -> None:
    said = io.StringIO()
    inside = threading.Event()

    def second() -> None:
        with open_workshop(tmp_path, said):
            inside.set()

    waiting = threading.Thread(target=second)
    with open_workshop(tmp_path, io.StringIO()):
        waiting.start()
        assert not inside.wait(0.3)
        assert "another run is making the engine" in said.getvalue()
    waiting.join(10)
    assert inside.is_set()


def test_a_child_keeps_the_workshop_closed_after_its_parent_was_killed(tmp_path: Path) -> None:
    # The parent opens the workshop, gives the lock to a child that outlives it, and is killed.
    program = (
        "import os, signal, subprocess, sys\n"
        "from pathlib import Path\n"
        "from tools.engine.workshop import open_workshop\n"
        "with open_workshop(Path(sys.argv[1])) as workshop:\n"
        "    child = subprocess.Popen(['cat'], stdin=0, stdout=subprocess.DEVNULL, pass_fds=(workshop.lock,))\n"
        "    print('started', flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # The child lives until its standard input ends, which is ours.
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    assert parent.stdout.readline() == "started\n"
    parent.wait(10)
    lock = os.open(tmp_path / ".lock", os.O_RDWR)
    try:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        parent.stdin.close()
        fcntl.flock(lock, fcntl.LOCK_EX)
    finally:
        parent.stdout.close()
        os.close(lock)


def test_progress_without_a_terminal_is_whole_lines_now_and_then() -> None:
    said = io.StringIO()
    progress = Progress("building", said, seconds_between_lines=0.05)
    progress.text = "building: 7 of 9"
    threading.Event().wait(0.3)
    progress.stop()
    lines = said.getvalue().splitlines()
    assert lines[0] == "engine: building (0:00)"
    assert "engine: building: 7 of 9 (0:00)" in lines
    assert "\r" not in said.getvalue()


def test_progress_on_a_terminal_is_one_line() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    said = Terminal()
    Progress("building", said).stop()
    assert said.getvalue().startswith("\r\x1b[Kengine: building (0:00)")
    assert said.getvalue().count("\n") == 1
