"""The tenant's time.

Every timestamp, token lifetime, replication delay and back-off in this package asks a :class:`Clock`. With a
:class:`VirtualClock` a scenario that spans an hour of replication lag takes as long as its requests take.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone
from typing import Protocol

LATEST = datetime(9900, 1, 1, tzinfo=timezone.utc)
"""No clock shows a later time: the expiry of a token has to be a date as well."""


class Clock(Protocol):
    """A source of time."""

    @property
    def virtual(self) -> bool:
        """Whether waiting moves the clock and not the wall."""

    def now(self) -> datetime:
        """The present, in UTC."""

    async def sleep(self, seconds: float) -> None:
        """Returns when the clock shows at least ``seconds`` more than at the call."""

    def advance(self, seconds: float) -> None:
        """Moves the clock forward.

        Raises:
            ValueError: ``seconds`` is negative, because time that runs backwards would revive expired tokens, or the
                clock would pass :data:`LATEST`.
        """


class SystemClock:
    """The wall clock plus the time by which somebody advanced it, for programs that wait in real time."""

    virtual = False

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(timezone.utc) + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += _forward(self.now(), seconds)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class VirtualClock:
    """A clock that moves only when somebody sleeps on it or advances it.

    It starts at the wall clock's present unless ``start`` says otherwise, because clients compare the validity of
    tokens and certificates with the wall clock. Concurrent sleepers share the time they wait, as they would on a
    real clock: two sleeps of 10 s that begin together end 10 s later.
    """

    virtual = True

    def __init__(self, start: datetime | None = None) -> None:
        moment = start if start is not None else datetime.now(timezone.utc)
        if moment.tzinfo is None:
            raise ValueError("A clock starts at a time with a zone; a naive time is ambiguous. Give it in UTC.")
        self._now = moment.astimezone(timezone.utc)

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        target = min(self._now + timedelta(seconds=max(0.0, seconds)), LATEST)
        # Concurrent sleepers have to take their targets from the same present, and a retry loop that never yielded
        # would starve every other task.
        await asyncio.sleep(0)
        self._now = max(self._now, target)

    def advance(self, seconds: float) -> None:
        self._now += _forward(self._now, seconds)


def _forward(now: datetime, seconds: float) -> timedelta:
    if seconds < 0:
        raise ValueError(f"The clock cannot go back by {-seconds} s. Start another tenant.")
    if seconds > (LATEST - now).total_seconds():
        raise ValueError(f"The clock cannot go beyond the year {LATEST.year}. Start another tenant.")
    return timedelta(seconds=seconds)


def iso(moment: datetime) -> str:
    """``2026-01-31T12:00:00Z``: the form of Graph's ``createdDateTime`` and of most timestamps, seconds precise."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_fine(moment: datetime) -> str:
    """``2026-01-31T12:00:00.1230000+00:00``: the form Resource Manager's services write, with seven digits."""
    utc = moment.astimezone(timezone.utc)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond:06d}0+00:00"
