"""The length of the call stack that the SDK sends with a resource.

The SDK sends the whole call stack of every resource, down to the interpreter's first frame. The engine stores it in the
resource's entry and writes it again with every checkpoint: two thirds of a state, most of it the frames of the language
host in every entry. The innermost frames are the ones that lead a reader to the line of the program.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Optional

FRAMES = 11
"""Frames that the SDK looks at: six of its own, which it leaves out, up to four of a component, and the program's line. The
storage account of a runbook has one frame more, so its call stack ends at the component."""


class _Limit:
    """Sets ``sys.tracebacklimit``, the only limit that the SDK obeys, while at least one user needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._before: Optional[int] = None

    def begin(self) -> None:
        with self._lock:
            if self._users == 0:
                self._before = getattr(sys, "tracebacklimit", None)
                sys.tracebacklimit = FRAMES if self._before is None else min(FRAMES, self._before)
            self._users += 1

    def end(self) -> None:
        with self._lock:
            self._users -= 1
            if self._users > 0:
                return
            if self._before is None:
                del sys.tracebacklimit
            else:
                sys.tracebacklimit = self._before


_limit = _Limit()


@contextmanager
def short_call_stacks() -> Iterator[None]:
    """Limits the call stacks of the resources that are registered inside to their innermost frames.

    A program that has set a smaller ``sys.tracebacklimit`` keeps it. Several threads may be inside at once, as programs
    of the Automation API are: the last one restores the limit from before the first one.
    """
    _limit.begin()
    try:
        yield
    finally:
        _limit.end()
