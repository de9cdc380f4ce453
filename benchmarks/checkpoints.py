"""Counts how often the engine writes a stack's state. Linux reports it through inotify; other systems are not counted."""

from __future__ import annotations

import ctypes
import os
import select
import struct
import sys
import threading
from pathlib import Path

_MOVED_TO = 0x80
_EVENT = struct.Struct("iIII")


class Checkpoints:
    """Watches the folder of a state while a command runs.

    The engine writes a temporary file and renames it; each rename is a checkpoint.
    """

    def __init__(self, state: Path) -> None:
        """Starts to watch.

        Args:
            state: The state's file; its folder must exist.

        Raises:
            OSError: The system does not let the folder be watched.
        """
        self._name = state.name
        self._written = 0
        self._thread: threading.Thread | None = None
        if not sys.platform.startswith("linux"):
            return
        library = ctypes.CDLL(None, use_errno=True)
        self._events = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        watch = library.inotify_add_watch(self._events, os.fsencode(state.parent), ctypes.c_uint32(_MOVED_TO))
        if self._events < 0 or watch < 0:
            raise OSError(ctypes.get_errno(), f"The folder of {state.name} cannot be watched.")
        self._ended, self._end = os.pipe()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def count(self) -> int | None:
        """Stops watching and returns how often the state was written; None where that is not counted."""
        if self._thread is None:
            return None
        os.close(self._end)
        self._thread.join()
        for descriptor in (self._ended, self._events):
            os.close(descriptor)
        return self._written

    def _watch(self) -> None:
        while True:
            ready, _, _ = select.select([self._events, self._ended], [], [])
            if self._events in ready:
                self._note(os.read(self._events, 1 << 16))
            elif self._ended in ready:
                return

    def _note(self, events: bytes) -> None:
        position = 0
        while position < len(events):
            _, _, _, length = _EVENT.unpack_from(events, position)
            position += _EVENT.size
            name = events[position : position + length].rstrip(b"\0").decode(errors="replace")
            position += length
            self._written += name == self._name
