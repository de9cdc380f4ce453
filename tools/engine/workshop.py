"""Where an engine is made: one process at a time, whole or not at all, with a word now and then."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

PARTIAL = ".partial-"
SECONDS_BETWEEN_LINES = 30.0
SECONDS_BETWEEN_FRAMES = 0.5


class Workshop:
    """A folder of finished engines, open to one process at a time."""

    def __init__(self, folder: Path, lock: int, stream: TextIO) -> None:
        self.folder = folder
        self.lock = lock
        """The descriptor that holds the lock. A child that gets it (`pass_fds`) keeps the workshop closed to others
        even when this process is killed and the child works on."""
        self._stream = stream

    def say(self, text: str) -> None:
        """One line for the person who waits."""
        print(f"engine: {text}", file=self._stream, flush=True)

    @contextmanager
    def scratch(self, name: str) -> Iterator[Path]:
        """An empty folder that becomes ``folder/name`` when the block ends well, and vanishes when it does not."""
        made = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=self.folder))
        try:
            yield made
            made.chmod(0o755)
            target = self.folder / name
            if target.exists():
                shutil.rmtree(target)
            made.rename(target)
        finally:
            shutil.rmtree(made, ignore_errors=True)

    @contextmanager
    def progress(self, text: str) -> Iterator[Progress]:
        """Show `text` and the time that passes until the block ends."""
        progress = Progress(text, self._stream)
        try:
            yield progress
        finally:
            progress.stop()


class Progress:
    """What goes on and for how long: one line repainted on a terminal, a line now and then elsewhere."""

    def __init__(self, text: str, stream: TextIO, *, seconds_between_lines: float = SECONDS_BETWEEN_LINES) -> None:
        self.text = text
        self._stream = stream
        self._terminal = stream.isatty()
        self._started = time.monotonic()
        self._ended = threading.Event()
        self._pause = SECONDS_BETWEEN_FRAMES if self._terminal else seconds_between_lines
        self._show()
        self._thread = threading.Thread(target=self._repeat, daemon=True)
        self._thread.start()

    def _show(self) -> None:
        elapsed = int(time.monotonic() - self._started)
        line = f"engine: {self.text} ({elapsed // 60}:{elapsed % 60:02})"
        if self._terminal:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write(f"\r\x1b[K{line[:width]}")
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()

    def _repeat(self) -> None:
        while not self._ended.wait(self._pause):
            self._show()

    def stop(self) -> None:
        """Show where it ended, and leave the line."""
        self._ended.set()
        self._thread.join()
        if self._terminal or time.monotonic() - self._started >= 1:
            self._show()
        if self._terminal:
            self._stream.write("\n")
            self._stream.flush()


@contextmanager
def open_workshop(folder: Path, stream: TextIO = sys.stderr) -> Iterator[Workshop]:
    """The workshop in `folder`, as soon as no other process uses it; what a killed one left half made is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        workshop = Workshop(folder, lock, stream)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with workshop.progress("another run is making the engine, waiting for it"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in folder.glob(f"{PARTIAL}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield workshop
    finally:
        with suppress(OSError):
            os.close(lock)
