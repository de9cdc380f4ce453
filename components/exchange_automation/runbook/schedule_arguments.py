"""The arguments of a schedule, and their checks."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional, TypedDict

import pulumi
from typing_extensions import NotRequired

from exchange_automation.catalog.enumerations import Frequency, FrequencyText, OneOf, TextOf, Weekday, WeekdayText
from exchange_automation.core.problems import Problem
from exchange_automation.runbook.schedules import FREQUENCIES, WEEK_DAYS, Plan, ScheduleError, exists, zone_named

MOST = 100
"""The longest interval, in units of the frequency."""

_AT = r"([01]\d|2[0-3]):([0-5]\d)"
_LOCAL = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::00)?"
_LAST_YEAR = 2100
_MONTH_DAYS = (*range(1, 32), -1)
_MOST_MONTH_DAYS = 28
_NO_ZONE = r"(?i)(?:right|posix)/|(?:Factory|localtime|posixrules)$"
"""Entries of the time zone database that are no zones of a place: with leap seconds, or placeholders."""
_SHORTEST = "the shortest interval of Azure Automation is an hour"
_EVERY_QUARTER = (
    'For every 15 minutes give four schedules with the frequency "Hour" and at "00:00", "00:15", "00:30" and "00:45".'
)


class MonthWeekdayArgs(TypedDict):
    """The n-th weekday of a month."""

    which: int
    """Required. 1 to 4, or -1 for the last."""
    day: OneOf[Weekday, WeekdayText]
    """Required. Weekday, "Monday" to "Sunday"."""


class ScheduleArgs(TypedDict):
    """When a runbook runs."""

    frequency: OneOf[Frequency, FrequencyText]
    """Required. Unit of the schedule: "Once", "Hour", "Day", "Week" or "Month"."""
    interval: NotRequired[int]
    """Optional. Number of hours, days, weeks or months between two runs: 1 to 100. Default: 1."""
    at: NotRequired[str]
    """Optional. Local time of day, such as "06:30". Default: "00:00"."""
    time_zone: NotRequired[str]
    """Optional. IANA or Windows name of the time zone. Default: "UTC"."""
    week_days: NotRequired[Sequence[TextOf[Weekday, WeekdayText]]]
    """Optional. With "Week": weekdays, such as "Monday". Default: the weekday of the first run."""
    month_days: NotRequired[Sequence[int]]
    """Optional. With "Month": days of the month, 1 to 31, and -1 for the last day. Default: the day of the first
    run."""
    month_weekday: NotRequired[MonthWeekdayArgs]
    """Optional. With "Month": the n-th weekday of the month. Default: none."""
    starts: NotRequired[str]
    """Optional. Local time without an offset, such as "2027-03-01T06:00". With "Once" it is required and is the
    time of the run. Otherwise no run is earlier. Default: the next time of day."""
    expires: NotRequired[str]
    """Optional. Local time without an offset. No run is later. Default: the schedule does not expire."""
    parameters: NotRequired[Mapping[str, pulumi.Input[Any]]]
    """Optional. The script's parameters for these runs: text, numbers, bools, and lists of text. Azure keeps them
    as plain text, so give no secrets. Default: none."""


def plan(given: Mapping[str, Any]) -> Plan:
    """Checks a schedule.

    Args:
        given: The keys of ``ScheduleArgs`` with plain values.

    Raises:
        ScheduleError: At least one value is not valid. The exception has every problem.
    """
    found = _Reader(given)
    frequency = found.frequency()
    planned = Plan(
        frequency,
        found.interval(),
        found.time(),
        found.zone(),
        found.week_days(frequency),
        found.month_days(frequency),
        found.month_weekday(frequency),
        found.local("starts"),
        found.local("expires"),
    )
    found.check_times(planned)
    if found.problems:
        raise ScheduleError(*found.problems)
    return planned


class _Reader:
    """Reads the keys of one schedule and collects what is wrong with them.

    Attributes:
        problems: What is wrong.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = {key: value for key, value in given.items() if value is not None}
        self.problems: list[Problem] = []

    def _add(self, what: str, consequence: str, remedy: str) -> None:
        self.problems.append(Problem("EXA155", what, consequence, remedy))

    def frequency(self) -> str:
        frequency = self._given.get("frequency")
        if isinstance(frequency, str) and frequency in FREQUENCIES:
            return str(frequency)
        what = f'frequency "{frequency}" is not a frequency of Azure Automation'
        if "min" in str(frequency).lower():
            self._add(f"{what}: {_SHORTEST}", "", _EVERY_QUARTER)
        else:
            self._add(what, "Azure would refuse the schedule", f"Use {', '.join(FREQUENCIES)}.")
        return ""

    def interval(self) -> int:
        interval = self._given.get("interval", 1)
        if isinstance(interval, int) and not isinstance(interval, bool) and 1 <= interval <= MOST:
            return interval
        what = f"interval {interval!r} is not a whole number between 1 and {MOST}"
        if isinstance(interval, float) and 0 < interval < 1:
            self._add(f"{what}, and {_SHORTEST}", "", _EVERY_QUARTER)
        else:
            self._add(what, "Azure would refuse the schedule", "Give a number from that range.")
        return 1

    def zone(self) -> str:
        name = str(self._given.get("time_zone") or "UTC")
        try:
            zone_named(name)
        except (KeyError, ValueError, OSError):
            is_known = False
        else:
            is_known = not re.match(_NO_ZONE, name)
        if not is_known:
            self._add(
                f'time_zone "{name}" is not a time zone that Azure knows',
                "the schedule would run at another hour or not at all",
                'Give an IANA name such as "Europe/Berlin", or a Windows name such as "W. Europe Standard Time".',
            )
        return name if is_known else "UTC"

    def time(self) -> dt.time:
        text = self._given.get("at", "00:00")
        match = re.fullmatch(_AT, text) if isinstance(text, str) else None
        if match is None:
            self._add(
                f'at "{text}" is not a time of day',
                "the schedule would have no time",
                'Give hours and minutes with two digits: "06:30".',
            )
            return dt.time()
        return dt.time(int(match[1]), int(match[2]))

    def local(self, name: str) -> Optional[dt.datetime]:
        text = self._given.get(name)
        if text is None:
            return None
        if not isinstance(text, str) or not re.fullmatch(_LOCAL, text):
            self._add(
                f'{name} "{text}" is not a local time without an offset',
                "it is not clear when that is in the zone of time_zone",
                'Give "2027-03-01T06:00".',
            )
            return None
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            self._add(
                f'{name} "{text}" is a day that does not exist',
                "the schedule would have no such time",
                "Give a day of the calendar.",
            )
            return None
        if not 2000 <= moment.year < _LAST_YEAR:
            self._add(
                f'{name} "{text}" is not in the years 2000 to {_LAST_YEAR - 1}',
                "Azure would refuse the schedule",
                "Give a year of that range.",
            )
            return None
        return moment

    def week_days(self, frequency: str) -> tuple[str, ...]:
        days = self._days("week_days", "Week", frequency)
        wrong = [str(day) for day in days if day not in WEEK_DAYS]
        if wrong:
            self._add(
                f'week_days has "{wrong[0]}", which is not a day of the week',
                "Azure would refuse the schedule",
                f"Use {', '.join(WEEK_DAYS)}.",
            )
            return ()
        return tuple(sorted({str(getattr(day, "value", day)) for day in days}, key=WEEK_DAYS.index))

    def month_days(self, frequency: str) -> tuple[int, ...]:
        days = self._days("month_days", "Month", frequency)
        wrong = [day for day in days if not isinstance(day, int) or isinstance(day, bool) or day not in _MONTH_DAYS]
        if wrong:
            self._add(
                f"month_days has {wrong[0]!r}, which is not a day of a month",
                "Azure would refuse the schedule",
                "Give 1 to 31, or -1 for the last day of the month.",
            )
            return ()
        if len(set(days)) > _MOST_MONTH_DAYS:
            self._add(
                f"month_days has {len(set(days))} days, and only {_MOST_MONTH_DAYS} exist in every month",
                "the schedule is almost one of every day",
                'Use the frequency "Day" for every day, or give fewer days.',
            )
            return ()
        return tuple(sorted(set(days)))

    def _days(self, name: str, belongs_to: str, frequency: str) -> Sequence[Any]:
        days = self._given.get(name) or ()
        if not isinstance(days, (list, tuple)):
            self._add(f"{name} is not a list of days", "Azure would refuse the schedule", "Give a list.")
            return ()
        if days and frequency not in (belongs_to, ""):
            self._add(
                f'{name} belongs to the frequency "{belongs_to}"',
                "Azure would ignore it",
                "Remove it, or change frequency.",
            )
            return ()
        return days

    def month_weekday(self, frequency: str) -> Optional[tuple[int, str]]:
        wanted = self._given.get("month_weekday")
        if wanted is None:
            return None
        if frequency not in ("Month", "") or self._given.get("month_days"):
            self._add(
                'month_weekday belongs to the frequency "Month" without month_days',
                "Azure would ignore it",
                "Keep one of them.",
            )
            return None
        which = wanted.get("which") if isinstance(wanted, Mapping) else None
        if isinstance(which, bool) or which not in (1, 2, 3, 4, -1) or wanted.get("day") not in WEEK_DAYS:
            self._add(
                'month_weekday is not of the form {"which": 1, "day": "Monday"}',
                "Azure would refuse the schedule",
                "Give 1 to 4 as which, or -1 for the last, and a weekday as day.",
            )
            return None
        return int(wanted["which"]), str(getattr(wanted["day"], "value", wanted["day"]))

    def check_times(self, planned: Plan) -> None:
        """Adds what is wrong with the times together."""
        starts, expires = planned.starts, planned.expires
        if starts is not None and expires is not None and expires <= starts:
            self._add(
                f'expires "{self._given["expires"]}" is not after starts "{self._given["starts"]}"',
                "the schedule would never fire",
                "Give a later expires.",
            )
        if planned.frequency != "Once":
            return
        if "starts" not in self._given:
            self._add(
                'starts is missing beside the frequency "Once"',
                "the schedule has no time",
                'Give the local time at which it runs: "2027-03-01T06:00".',
            )
        elif starts is not None and not exists(starts.replace(tzinfo=planned.zone)):
            self._add(
                f'starts "{self._given["starts"]}" does not exist in {planned.zone_name}: the clocks skip that hour',
                "Azure would run the script at another time",
                "Give a time before or after that hour.",
            )
        superfluous = [name for name in ("at", "interval", "expires") if name in self._given]
        if superfluous:
            self._add(
                f'the frequency "Once" takes no {" and no ".join(superfluous)}',
                "Azure would ignore it, because starts is the only time",
                f"Remove {' and '.join(superfluous)}.",
            )
