from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

from localtenant.core.clock import SystemClock, VirtualClock, iso, iso_fine

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=timezone.utc)


def test_a_virtual_sleep_moves_the_clock_and_takes_no_time() -> None:
    clock = VirtualClock(NOON)
    asyncio.run(asyncio.wait_for(clock.sleep(3600), timeout=1))
    assert clock.now() == NOON + timedelta(hours=1)


def test_sleepers_who_begin_together_share_the_time_they_wait() -> None:
    async def both(clock: VirtualClock) -> None:
        await asyncio.gather(clock.sleep(10), clock.sleep(4))

    clock = VirtualClock(NOON)
    asyncio.run(both(clock))
    assert clock.now() == NOON + timedelta(seconds=10)


def test_a_virtual_clock_starts_at_the_present() -> None:
    assert abs((VirtualClock().now() - datetime.now(timezone.utc)).total_seconds()) < 5


def test_a_clock_never_goes_back() -> None:
    clock = VirtualClock(NOON)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(-1)
    assert clock.now() == NOON


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="time with a zone"):
        VirtualClock(datetime(2026, 3, 1))  # noqa: DTZ001


def test_the_system_clock_waits_for_the_wall() -> None:
    clock = SystemClock()
    before = clock.now()
    asyncio.run(clock.sleep(0.02))
    assert clock.now() - before >= timedelta(seconds=0.02)
    assert not clock.virtual


def test_the_system_clock_can_be_set_ahead_and_goes_on_from_there() -> None:
    clock = SystemClock()
    clock.advance(86_400)
    ahead = clock.now() - datetime.now(timezone.utc)
    assert abs(ahead - timedelta(days=1)) < timedelta(seconds=5)
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(-1)


def test_timestamps_are_in_utc_whatever_the_zone() -> None:
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))
    assert iso(berlin) == "2026-03-01T12:00:00Z"
    assert iso_fine(berlin) == "2026-03-01T12:00:00.1234560+00:00"
