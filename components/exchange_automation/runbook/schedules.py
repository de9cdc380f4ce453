"""When a runbook runs: what a schedule says, its name, and when it can first fire.

A schedule's name is made of what it says, so a changed schedule is another one; Azure refuses a start in the past, and
an existing schedule could not be changed without one.

Sources: ``Microsoft.Automation/automationAccounts/schedules`` of the Automation REST reference (2024-10-23); the zones of
the IANA time zone database, and Unicode CLDR for the names that Windows gives them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Optional
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

from exchange_automation.catalog.enumerations import Weekday

FREQUENCIES = {"Once": "OneTime", "Hour": "Hour", "Day": "Day", "Week": "Week", "Month": "Month"}
"""What a program says -> what Azure calls it."""
WEEK_DAYS = tuple(each.value for each in Weekday)
MOST = 100
"""The longest interval, in units of the frequency."""
AHEAD = timedelta(minutes=15)
"""How far ahead a new schedule begins at least: Azure asks for five minutes when it is made, which is a while after the
program has begun."""

_AT = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::00)?")


class ScheduleError(ValueError):
    """A schedule that cannot be; the message says what, the consequence and the remedy."""


@dataclass(frozen=True)
class Plan:
    """A checked schedule."""

    frequency: str
    interval: int
    at: time
    zone_name: str
    """As the program gave it; IANA or Windows."""
    week_days: tuple[str, ...] = ()
    month_days: tuple[int, ...] = ()
    month_weekday: Optional[tuple[int, str]] = None
    """Which one in the month (-1 for the last), and the day."""
    starts: Optional[datetime] = None
    """Local time without a zone: when it is, or not before when."""
    expires: Optional[datetime] = None

    @property
    def zone(self) -> ZoneInfo:
        """The zone."""
        return ZoneInfo(win_tz.get(self.zone_name, self.zone_name))

    @property
    def slug(self) -> str:
        """Everything that it says, in kebab-case: the end of its name."""
        every = f"every-{self.interval}-" if self.interval > 1 else ""
        parts = [f"{every}{self.frequency.lower()}"]
        parts += [day.lower()[:3] for day in self.week_days]
        parts += ["last-day" if day == -1 else f"day-{day}" for day in self.month_days]
        if self.month_weekday is not None:
            which, day = self.month_weekday
            parts.append(f"{'last' if which == -1 else which}-{day.lower()[:3]}")
        if self.starts is not None:
            parts.append(f"{'on' if self.frequency == 'Once' else 'from'}-{self.starts:%Y%m%d-%H%M}")
        if self.frequency != "Once":
            parts.append(f"at-{self.at:%H%M}")
        if self.expires is not None:
            parts.append(f"until-{self.expires:%Y%m%d-%H%M}")
        parts.append(re.sub(r"[^a-z0-9]+", "-", self.zone_name.lower()).strip("-"))
        return "-".join(parts)

    def first_start(self, now: datetime) -> datetime:
        """When it first fires if it is made now.

        :raises ScheduleError: never.
        """
        earliest = now.astimezone(timezone.utc) + AHEAD
        expires = None if self.expires is None else self.expires.replace(tzinfo=self.zone)
        for moment in self._moments(earliest):
            if expires is not None and moment.astimezone(timezone.utc) >= expires.astimezone(timezone.utc):
                break
            if moment.astimezone(timezone.utc) >= earliest:
                return moment
        raise ScheduleError(
            f'the schedule "{self.slug}" would never fire: its time lies less than {int(AHEAD.total_seconds() // 60)} '
            "minutes ahead, is over, or comes after its expiry, and Azure refuses such a schedule. Give a later time."
        )

    def _moments(self, earliest: datetime) -> Iterator[datetime]:
        if self.frequency == "Once":
            assert self.starts is not None
            yield self.starts.replace(tzinfo=self.zone)
            return
        begin = earliest.astimezone(self.zone)
        not_before = self.starts.replace(tzinfo=self.zone) if self.starts else begin
        first = max(begin, not_before)
        if self.frequency == "Hour":
            moment = datetime.combine(first.date() - timedelta(days=1), self.at, self.zone).astimezone(timezone.utc)
            # Hours pass on the clock of the world, not on the wall's.
            while moment < first.astimezone(timezone.utc):
                moment += timedelta(hours=self.interval)
            yield moment.astimezone(self.zone)
            return
        for offset in range(800):
            day = first.date() + timedelta(days=offset)
            moment = datetime.combine(day, self.at, self.zone)
            if self._fires(day) and moment.astimezone(timezone.utc) >= first.astimezone(timezone.utc):
                yield moment

    def _fires(self, day: date) -> bool:
        if self.frequency == "Week" and self.week_days:
            return WEEK_DAYS[day.weekday()] in self.week_days
        if self.frequency == "Month" and self.month_days:
            is_last = (day + timedelta(days=1)).month != day.month
            return day.day in self.month_days or (is_last and -1 in self.month_days)
        if self.frequency == "Month" and self.month_weekday is not None:
            which, name = self.month_weekday
            if WEEK_DAYS[day.weekday()] != name:
                return False
            is_last = (day + timedelta(days=7)).month != day.month
            return is_last if which == -1 else (day.day - 1) // 7 + 1 == which
        return True


def text_of(moment: datetime) -> str:
    """A moment as schedules are given it: ISO 8601 with the offset that its zone has then, without seconds."""
    return moment.replace(second=0, microsecond=0).isoformat(timespec="seconds")


def plan(given: Mapping[str, Any]) -> Plan:
    """Check a schedule.

    :param given: the keys of ``ScheduleArgs``, plain values only.
    :raises ScheduleError: it cannot be.
    """
    frequency = given.get("frequency")
    if not isinstance(frequency, str) or frequency not in FREQUENCIES:
        raise ScheduleError(f'frequency "{frequency}" is none, so nothing would run. Use {", ".join(FREQUENCIES)}.')
    interval = given.get("interval", 1)
    if not isinstance(interval, int) or isinstance(interval, bool) or not 1 <= interval <= MOST:
        raise ScheduleError(f"interval {interval!r} is not between 1 and {MOST}, so Azure would refuse the schedule.")
    zone_name = str(given.get("time_zone") or "UTC")
    try:
        ZoneInfo(win_tz.get(zone_name, zone_name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ScheduleError(
            f'time_zone "{zone_name}" is not known, so the schedule would run at another hour or not at all. Give an IANA '
            'name such as "Europe/Berlin", or a Windows name such as "W. Europe Standard Time".'
        ) from None
    made = Plan(
        frequency,
        interval,
        _time(given.get("at", "00:00")),
        zone_name,
        _week_days(given, frequency),
        _month_days(given, frequency),
        _month_weekday(given, frequency),
        _local(given, "starts"),
        _local(given, "expires"),
    )
    if frequency == "Once" and made.starts is None:
        raise ScheduleError('frequency "Once" needs starts, the local time at which it runs: "2027-03-01T06:00".')
    if made.starts is not None and made.expires is not None and made.expires <= made.starts:
        raise ScheduleError(
            f'expires "{given["expires"]}" is not after starts "{given["starts"]}", so the schedule would never fire. Give a later '
            "expires."
        )
    if frequency == "Once" and ("at" in given or "interval" in given or "expires" in given):
        raise ScheduleError('frequency "Once" has no at, interval or expires: starts says it all. Remove them.')
    return made


def _time(text: Any) -> time:
    match = _AT.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ScheduleError(
            f'at "{text}" is not a time of day, so nobody knows when to run. Give hours and minutes: "06:30".'
        )
    return time(int(match[1]), int(match[2]))


def _local(given: Mapping[str, Any], name: str) -> Optional[datetime]:
    text = given.get(name)
    if text is None:
        return None
    if not isinstance(text, str) or not _LOCAL.fullmatch(text):
        raise ScheduleError(
            f'{name} "{text}" is not a local time without an offset; the time zone is said by time_zone. Give '
            '"2027-03-01T06:00".'
        )
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise ScheduleError(f'{name} "{text}" is a day that does not exist. Correct it.') from None


def _listed(given: Mapping[str, Any], name: str) -> Sequence[Any]:
    days = given.get(name) or ()
    if not isinstance(days, (list, tuple)):
        raise ScheduleError(f"{name} is not a list of days, so nothing would run. Give a list.")
    return days


def _week_days(given: Mapping[str, Any], frequency: str) -> tuple[str, ...]:
    days = _listed(given, "week_days")
    if days and frequency != "Week":
        raise ScheduleError(
            'week_days belongs to the frequency "Week" and would be ignored. Remove it, or change frequency.'
        )
    wrong = [str(day) for day in days if day not in WEEK_DAYS]
    if wrong:
        raise ScheduleError(f'week_days has "{wrong[0]}", which is no day. Use {", ".join(WEEK_DAYS)}.')
    return tuple(sorted(set(days), key=WEEK_DAYS.index))


def _month_days(given: Mapping[str, Any], frequency: str) -> tuple[int, ...]:
    days = _listed(given, "month_days")
    if days and frequency != "Month":
        raise ScheduleError(
            'month_days belongs to the frequency "Month" and would be ignored. Remove it, or change frequency.'
        )
    wrong = [day for day in days if not isinstance(day, int) or day not in (*range(1, 32), -1)]
    if wrong:
        raise ScheduleError(f"month_days has {wrong[0]!r}; give 1 to 31, or -1 for the last day of the month.")
    return tuple(sorted(set(days)))


def _month_weekday(given: Mapping[str, Any], frequency: str) -> Optional[tuple[int, str]]:
    wanted = given.get("month_weekday")
    if wanted is None:
        return None
    if frequency != "Month" or given.get("month_days"):
        raise ScheduleError(
            'month_weekday belongs to the frequency "Month" without month_days and would be ignored. Keep one of them.'
        )
    if (
        not isinstance(wanted, Mapping)
        or wanted.get("day") not in WEEK_DAYS
        or wanted.get("which") not in (1, 2, 3, 4, -1)
    ):
        raise ScheduleError(
            'month_weekday is not of the form {"which": 1, "day": "Monday"}; which is 1 to 4, or -1 for the last.'
        )
    return int(wanted["which"]), str(wanted["day"])
