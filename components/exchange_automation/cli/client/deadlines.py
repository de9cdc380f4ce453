"""Bounds of the time that a service may take: for one answer, for one sign-in, for everything that a command reads.

A timeout of a connection is the longest silence between two bytes. A service that sends a byte now and then never reaches it.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from exchange_automation.core.problems import Problem

LONGEST_ANSWER = 120.0
"""Seconds until an answer, or a sign-in, has to be complete. A page of 999 principals is about 3 MB."""
LONGEST_READING = 1800.0
"""Seconds that a command may read."""

T = TypeVar("T")


async def complete_within(seconds: float, work: Coroutine[Any, Any, T], late: Problem) -> T:
    """Returns the result of the work, which it ends after the seconds.

    Args:
        seconds: How long the work may take.
        work: What to do.
        late: What to raise when the time is over.

    Raises:
        Problem: The time is over.
    """
    try:
        return await asyncio.wait_for(work, seconds)
    except (asyncio.TimeoutError, TimeoutError):
        raise late from None


async def in_thread(function: Callable[[], T]) -> T:
    """Returns the result of a function that blocks.

    The thread of :func:`asyncio.to_thread` would keep the process alive until the function returns. This one ends with the process,
    so that a command can give up.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(setter: Callable[[Any], None], value: Any) -> None:
        if not result.done():
            setter(value)

    def call() -> None:
        try:
            outcome = partial(settle, result.set_result, function())
        except BaseException as failure:  # noqa: BLE001  (the caller gets it, and would wait for nothing otherwise)
            outcome = partial(settle, result.set_exception, failure)
        with contextlib.suppress(RuntimeError):  # The loop is closed: the command has given up.
            loop.call_soon_threadsafe(outcome)

    threading.Thread(target=call, daemon=True).start()
    return await result
