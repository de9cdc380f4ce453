"""Schedules: their names, and when they first fire, on every day of the year."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_automation.runbook.schedule_arguments import plan
from exchange_automation.runbook.schedules import AHEAD, ScheduleError, schedule_name, text_of

UTC = timezone.utc


def first(now: str, **schedule: Any) -> str:
    """Returns the first run of a schedule that is created at a moment of UTC."""
    return text_of(plan(schedule).first_start(datetime.fromisoformat(now).replace(tzinfo=UTC)))


BERLIN = {"time_zone": "Europe/Berlin"}


@pytest.mark.parametrize(
    ("now", "schedule", "starts"),
    [
        ("2026-11-24T10:00", {"frequency": "Day", "at": "06:30", **BERLIN}, "2026-11-25T06:30:00+01:00"),
        ("2026-11-24T04:00", {"frequency": "Day", "at": "06:30", **BERLIN}, "2026-11-24T06:30:00+01:00"),
        # Fifteen minutes ahead, not less.
        ("2026-11-24T05:16", {"frequency": "Day", "at": "06:30", **BERLIN}, "2026-11-25T06:30:00+01:00"),
        # The hours of a change of clocks: 02:30 is skipped on the one day, which does not count, and comes twice on the other.
        ("2027-03-27T12:00", {"frequency": "Day", "at": "02:30", **BERLIN}, "2027-03-29T02:30:00+02:00"),
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
    # Two days where the clocks skip the hour of the first one.
    assert AHEAD <= ahead <= timedelta(hours=50)
    assert start.astimezone(UTC).astimezone(start.tzinfo).replace(tzinfo=None) == start.replace(tzinfo=None)


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
    names = [plan(schedule).slug for schedule in schedules]
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
        ({"frequency": "Fortnight"}, 'frequency "Fortnight" is not a frequency of Azure Automation'),
        ({}, 'frequency "None" is not a frequency of Azure Automation'),
        ({"frequency": "Day", "interval": 0}, "not a whole number between 1 and 100"),
        ({"frequency": "Day", "interval": 101}, "not a whole number between 1 and 100"),
        ({"frequency": "Day", "interval": True}, "not a whole number between 1 and 100"),
        ({"frequency": "Day", "at": "24:00"}, "not a time of day"),
        ({"frequency": "Day", "at": "6:00"}, "not a time of day"),
        (
            {"frequency": "Day", "time_zone": "Mars/Olympus"},
            'time_zone "Mars/Olympus" is not a time zone that Azure knows',
        ),
        ({"frequency": "Day", "time_zone": "../etc"}, "is not a time zone that Azure knows"),
        ({"frequency": "Day", "week_days": ["Monday"]}, 'belongs to the frequency "Week"'),
        ({"frequency": "Week", "week_days": ["Someday"]}, '"Someday", which is not a day'),
        ({"frequency": "Day", "month_days": [1]}, 'belongs to the frequency "Month"'),
        ({"frequency": "Month", "month_days": [32]}, "Give 1 to 31"),
        ({"frequency": "Month", "month_days": [1], "month_weekday": {"which": 1, "day": "Monday"}}, "Keep one of them"),
        ({"frequency": "Month", "month_weekday": {"which": 5, "day": "Monday"}}, "Give 1 to 4 as which"),
        ({"frequency": "Once"}, "starts is missing"),
        ({"frequency": "Once", "starts": "2027-01-01T00:00", "at": "06:00"}, "takes no at, so Azure would ignore it"),
        ({"frequency": "Once", "starts": "2027-01-01T00:00Z"}, "not a local time without an offset"),
        ({"frequency": "Once", "starts": "2027-02-30T00:00"}, "a day that does not exist"),
        ({"frequency": "Once", "starts": "2027-03-28T02:30", **BERLIN}, "the clocks skip that hour"),
        ({"frequency": "Day", "starts": "9999-12-31T00:00"}, "is not in the years 2000 to 2099"),
        ({"frequency": "Day", "time_zone": "right/UTC"}, "is not a time zone that Azure knows"),
        ({"frequency": "Day", "time_zone": "posix/Europe/Berlin"}, "is not a time zone that Azure knows"),
        ({"frequency": "Day", "time_zone": "Factory"}, "is not a time zone that Azure knows"),
        ({"frequency": "Minute", "interval": 15}, 'four schedules with the frequency "Hour"'),
        ({"frequency": "Hour", "interval": 0.25}, 'four schedules with the frequency "Hour"'),
        ({"frequency": "Month", "month_days": list(range(1, 32))}, 'Use the frequency "Day"'),
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
def test_a_schedule_that_would_never_fire_is_reported(schedule: dict[str, Any]) -> None:
    with pytest.raises(ScheduleError, match="would never fire"):
        first("2026-11-24T10:00", **schedule)


def test_all_mistakes_of_a_schedule_are_found_together() -> None:
    with pytest.raises(ScheduleError) as caught:
        plan(
            {
                "frequency": "Daily",
                "at": "6",
                "time_zone": "Mars",
                "interval": 0,
                "starts": "tomorrow",
                "week_days": "x",
            }
        )
    assert [problem.what.split(" ")[0] for problem in caught.value.problems] == [
        "frequency",
        "interval",
        "at",
        "time_zone",
        "week_days",
        "starts",
    ]


EVERY_OTHER_MONDAY = {"frequency": "Week", "interval": 2, "week_days": ["Monday"], "at": "06:00"}
QUARTER = {"frequency": "Month", "interval": 3, "month_days": [1], "at": "06:00"}
EVERY_THIRD_DAY = {"frequency": "Day", "interval": 3, "at": "06:00"}


@pytest.mark.parametrize(
    ("schedule", "starts", "now", "begins"),
    [
        (EVERY_OTHER_MONDAY, "2027-02-01T06:00", "2027-02-03T00:00", "2027-02-15T06:00:00+00:00"),
        (EVERY_OTHER_MONDAY, "2027-02-01T06:00", "2027-02-20T00:00", "2027-03-01T06:00:00+00:00"),
        (QUARTER, "2027-01-01T06:00", "2027-02-09T00:00", "2027-04-01T06:00:00+00:00"),
        (EVERY_THIRD_DAY, "2027-02-01T06:00", "2027-02-09T12:00", "2027-02-10T06:00:00+00:00"),
        (EVERY_THIRD_DAY, "2027-02-01T06:00", "2027-02-10T12:00", "2027-02-13T06:00:00+00:00"),
        ({"frequency": "Hour", "interval": 5}, "2027-02-01T00:00", "2027-02-02T00:00", "2027-02-02T01:00:00+00:00"),
        ({"frequency": "Week"}, "2027-02-03T00:00", "2027-02-05T00:00", "2027-02-10T00:00:00+00:00"),
        ({"frequency": "Month"}, "2027-01-31T00:00", "2027-02-05T00:00", "2027-02-28T00:00:00+00:00"),
        ({"frequency": "Month", "interval": 100}, "2027-01-05T00:00", "2027-02-05T00:00", "2035-05-05T00:00:00+00:00"),
    ],
)
def test_an_interval_is_counted_from_starts_whenever_the_schedule_is_created(
    schedule: dict[str, Any], starts: str, now: str, begins: str
) -> None:
    assert first(now, **schedule, starts=starts) == begins


@given(
    st.sampled_from([EVERY_OTHER_MONDAY, QUARTER, EVERY_THIRD_DAY, {"frequency": "Hour", "interval": 7}]),
    st.integers(0, 400 * 24 * 60),
)
def test_without_starts_the_day_of_the_deployment_does_not_move_the_rhythm(
    schedule: dict[str, Any], minutes: int
) -> None:
    now = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    begins = plan(schedule).first_start(now)
    just_before = plan(schedule).first_start(begins.astimezone(UTC) - AHEAD)
    assert just_before == begins
    assert plan(schedule).first_start(begins.astimezone(UTC) - AHEAD + timedelta(minutes=1)) > begins


@given(st.lists(st.integers(1, 31), min_size=1, max_size=28), st.integers(1, 63), st.integers(1, 100))
def test_no_name_is_longer_than_azure_takes(days: list[int], length: int, interval: int) -> None:
    planned = plan({"frequency": "Month", "month_days": days, "interval": interval, "expires": "2030-01-01T00:00"})
    assert len(schedule_name("r" * length, planned)) <= 128


def test_a_name_that_was_short_enough_stays_as_it_was() -> None:
    planned = plan({"frequency": "Month", "month_days": list(range(1, 11)), "at": "06:30"})
    assert schedule_name("report", planned) == (
        "report-month-day-1-day-2-day-3-day-4-day-5-day-6-day-7-day-8-day-9-day-10-at-0630-utc"
    )


def test_long_names_of_different_schedules_differ() -> None:
    one, other = ({"frequency": "Month", "month_days": list(range(start, start + 27))} for start in (1, 2))
    assert plan(one).slug != plan(other).slug
