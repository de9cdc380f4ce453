"""Collects the coroutines that failed programs leave behind.

A program that fails inside the SDK leaves coroutines that nobody waits for; they run code when they are collected as garbage. In
the middle of a parse CPython 3.11 answers that with a SystemError, and pytest parses sources to put failures into words. So
they are collected at the end of each test that let a program fail.
"""

from __future__ import annotations

import gc

_left = False


def expect() -> None:
    """Notes that a program failed."""
    global _left  # noqa: PLW0603  (one process, one flag)
    _left = True


def clear() -> None:
    """Collects what failed programs left, if any did.

    What survives is exempt from later collections: with the providers' SDKs imported, one pass over everything takes
    several tenths of a second, and hundreds of tests let a program fail.
    """
    global _left  # noqa: PLW0603
    if _left:
        _left = False
        gc.collect()
        gc.freeze()
