"""Schedules: their names, and when they first fire, on every day of the year."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_automation.runbook.schedules import AHEAD, ScheduleError, plan, text_of

UTC = timezone.utc


def first(now: str, **schedule: Any) -> str:
    """When a schedule first fires, made at a moment of UTC."""
    return text_of(plan(schedule).first_start(datetime.fromisoformat(now).replace(tzinfo=UTC)))


BERLIN = {"time_zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("now", "schedule", "starts"),
    [
        ("2026-11-24T10:00", {"frequency": "Day", "at": "06:30", **BERLIN}, "2026-11-25T06:30:00+01:00"),
        ("2026-11-24T04:00", {"frequency": "Day", "at": "06:30", **BERLIN}, "2026-11-24T06:30:00+01:00"),
        # Fifteen minutes ahead, not less.
        ("2026-11-24T05:16", {"frequency": "Day", "at": "06:30", **BERLIN}, "2026-11-25T06:30:00+01:00"),
        # The hours of a change of clocks: 02:30 does not exist on the one day and is there twice on the other.
        ("2027-03-27T12:00", {"frequency": "Day", "at": "02:30", **BERLIN}, "2027-03-28T02:30:00+01:00"),
        ("2027-03-28T12:00", {"frequency": "Day", "at": "02:30", **BERLIN}, "2027-03-29T02:30:00+02:00"),
        ("2027-10-30T12:00", {"frequency": "Day", "at": "02:30", **BERLIN}, "2027-10-31T02:30:00+02:00"),
        ("2026-11-24T10:20", {"frequency": "Hour", "at": "00:10"}, "2026-11-24T11:10:00+00:00"),
        ("2026-11-24T10:50", {"frequency": "Hour", "at": "00:00"}, "2026-11-24T12:00:00+00:00"),
        ("2026-11-24T10:50", {"frequency": "Hour", "at": "23:30"}, "2026-11-24T11:30:00+00:00"),
        ("2026-11-24T10:50", {"frequency": "Hour", "interval": 6, "at": "02:00"}, "2026-11-24T14:00:00+00:00"),
        (
            "2026-11-24T10:00",
            {"frequency": "Week", "at": "08:00", "week_days": ["Monday"]},
            "2026-11-30T08:00:00+00:00",
        ),
        (
            "2026-11-24T10:00",
            {"frequency": "Week", "at": "08:00", "week_days": ["Friday", "Wednesday"]},
            "2026-11-25T08:00:00+00:00",
        ),
        ("2026-11-24T10:00", {"frequency": "Month", "month_days": [-1]}, "2026-11-30T00:00:00+00:00"),
        ("2027-02-01T10:00", {"frequency": "Month", "month_days": [31]}, "2027-03-31T00:00:00+00:00"),
        (
            "2026-11-24T10:00",
            {"frequency": "Month", "month_weekday": {"which": 2, "day": "Tuesday"}},
            "2026-12-08T00:00:00+00:00",
        ),
        (
            "2026-11-24T10:00",
            {"frequency": "Month", "month_weekday": {"which": -1, "day": "Friday"}},
            "2026-11-27T00:00:00+00:00",
        ),
        ("2026-11-24T10:00", {"frequency": "Once", "starts": "2027-01-01T00:00"}, "2027-01-01T00:00:00+00:00"),
        ("2026-11-24T10:00", {"frequency": "Day", "starts": "2027-01-01T00:00"}, "2027-01-01T00:00:00+00:00"),
    ],
)
def test_it_first_fires_at_the_next_time_that_it_says(now: str, schedule: dict[str, Any], starts: str) -> None:
    assert first(now, **schedule) == starts


def test_windows_names_are_the_same_zones() -> None:
    windows = {"time_zone": "W. Europe Standard Time"}
    assert first("2026-11-24T10:00", frequency="Day", **windows) == first("2026-11-24T10:00", frequency="Day", **BERLIN)


@given(
    st.integers(0, 2 * 366 * 24 * 60),
    st.sampled_from(["Hour", "Day", "Week", "Month"]),
    st.times(),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)
def test_at_any_moment_the_start_is_ahead_and_soon(minutes: int, frequency: str, at: Any, zone: str) -> None:
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    start = plan({"frequency": frequency, "at": at.strftime("%H:%M"), "time_zone": zone}).first_start(moment)
    ahead = start.astimezone(UTC) - moment
    assert AHEAD <= ahead <= timedelta(hours=26)


def test_a_name_says_everything_and_changes_with_everything() -> None:
    schedules: list[dict[str, Any]] = [
        {"frequency": "Day"},
        {"frequency": "Day", "at": "01:00"},
        {"frequency": "Day", "interval": 2},
        {"frequency": "Day", "time_zone": "Europe/Berlin"},
        {"frequency": "Day", "starts": "2027-01-01T00:00"},
        {"frequency": "Day", "expires": "2027-01-01T00:00"},
        {"frequency": "Hour"},
        {"frequency": "Week", "week_days": ["Monday", "Friday"]},
        {"frequency": "Month", "month_days": [1, -1]},
        {"frequency": "Month", "month_weekday": {"which": -1, "day": "Friday"}},
        {"frequency": "Once", "starts": "2027-01-01T00:00"},
    ]
    names = [plan(each).slug for each in schedules]
    assert len(set(names)) == len(names)
    assert names[3] == "day-at-0000-europe-berlin"
    assert names[7] == "week-mon-fri-at-0000-utc"
    assert names[8] == "month-last-day-day-1-at-0000-utc"
    assert all(len(name) < 100 for name in names)


def test_the_order_of_days_changes_nothing() -> None:
    one, other = ({"frequency": "Week", "week_days": days} for days in (["Monday", "Friday"], ["Friday", "Monday"]))
    assert plan(one) == plan(other)


@pytest.mark.parametrize(
    ("schedule", "says"),
    [
        ({"frequency": "Fortnight"}, 'frequency "Fortnight" is none'),
        ({}, 'frequency "None" is none'),
        ({"frequency": "Day", "interval": 0}, "not between 1 and 100"),
        ({"frequency": "Day", "interval": 101}, "not between 1 and 100"),
        ({"frequency": "Day", "interval": True}, "not between 1 and 100"),
        ({"frequency": "Day", "at": "24:00"}, "not a time of day"),
        ({"frequency": "Day", "at": "6:00"}, "not a time of day"),
        ({"frequency": "Day", "time_zone": "Mars/Olympus"}, 'time_zone "Mars/Olympus" is not known'),
        ({"frequency": "Day", "time_zone": "../etc"}, "is not known"),
        ({"frequency": "Day", "week_days": ["Monday"]}, 'belongs to the frequency "Week"'),
        ({"frequency": "Week", "week_days": ["Someday"]}, '"Someday", which is no day'),
        ({"frequency": "Day", "month_days": [1]}, 'belongs to the frequency "Month"'),
        ({"frequency": "Month", "month_days": [32]}, "give 1 to 31"),
        ({"frequency": "Month", "month_days": [1], "month_weekday": {"which": 1, "day": "Monday"}}, "Keep one of them"),
        ({"frequency": "Month", "month_weekday": {"which": 5, "day": "Monday"}}, "which is 1 to 4"),
        ({"frequency": "Once"}, "needs starts"),
        ({"frequency": "Once", "starts": "2027-01-01T00:00", "at": "06:00"}, "starts says it all"),
        ({"frequency": "Once", "starts": "2027-01-01T00:00Z"}, "not a local time without an offset"),
        ({"frequency": "Once", "starts": "2027-02-30T00:00"}, "a day that does not exist"),
    ],
)
def test_a_schedule_that_cannot_be(schedule: dict[str, Any], says: str) -> None:
    with pytest.raises(ScheduleError) as caught:
        plan(schedule)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "schedule",
    [
        {"frequency": "Once", "starts": "2026-11-24T10:10"},
        {"frequency": "Once", "starts": "2020-01-01T00:00"},
        {"frequency": "Day", "expires": "2026-11-24T11:00", "at": "12:00"},
    ],
)
def test_one_that_would_never_fire_is_told(schedule: dict[str, Any]) -> None:
    with pytest.raises(ScheduleError, match="would never fire"):
        first("2026-11-24T10:00", **schedule)
