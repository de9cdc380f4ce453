"""When a runbook runs: what a schedule says, its name, and when it can first fire.

A schedule's name is made of what it says, so a changed schedule is another one; Azure refuses a start in the past, and
an existing schedule could not be changed without one.

Sources: ``Microsoft.Automation/automationAccounts/schedules`` of the Automation REST reference (2024-10-23); the zones of
the IANA time zone database, and Unicode CLDR for the names that Windows gives them.
"""

import hashlib
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
ANCHOR = date(2024, 1, 1)
"""The Monday from which intervals are counted where a schedule has no ``starts``, so that every deployment counts alike."""
LONGEST_NAME = 128
"""Characters that Azure Automation accepts for the name of a schedule."""
LONGEST_SLUG = 121
_DAYS_TO_LOOK_AHEAD = 366 * 9
"""100 months, the longest interval, and the months that lack a day."""
_LAST_YEAR = 2100
_MOST_MONTH_DAYS = 28
_MONTH_DAYS = (*range(1, 32), -1)
_NO_ZONE = re.compile(r"(?i)(?:right|posix)/|(?:Factory|localtime|posixrules)$")
"""Entries of the time zone database that are no zones of a place: with leap seconds, or placeholders."""
_EVERY_QUARTER = (
    'The shortest interval is an hour. For every 15 minutes give four schedules with the frequency "Hour" and at "00:00", '
    '"00:15", "00:30" and "00:45".'
)
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::00)?")


class ScheduleError(ValueError):
    """A schedule is not valid.

    Args:
        mistakes: What is wrong, in whole sentences, with what to do.

    Attributes:
        mistakes: What is wrong.
    """

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__(" ".join(mistakes))
        self.mistakes: tuple[str, ...] = tuple(mistakes)


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
        """Returns everything that the schedule says, in kebab-case and at most 121 characters: the end of its name."""
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
        return shortened("-".join(parts), LONGEST_SLUG)

    def first_start(self, now: datetime) -> datetime:
        """Returns when the schedule first fires if Azure creates it now.

        A time that the clocks skip on a day does not count: Azure would keep the hour after it for every later run.

        Args:
            now: The present, with a zone.

        Raises:
            ScheduleError: The schedule never fires.
        """
        earliest = now.astimezone(timezone.utc) + AHEAD
        expires = None if self.expires is None else self.expires.replace(tzinfo=self.zone).astimezone(timezone.utc)
        for moment in self._moments(earliest):
            begins = moment.astimezone(timezone.utc)
            if expires is not None and begins >= expires:
                break
            if begins >= earliest:
                return moment
        raise ScheduleError(
            [
                (
                    f'the schedule "{self.slug}" would never fire: its time lies less than '
                    f"{int(AHEAD.total_seconds() // 60)} minutes ahead, is over, or comes after its expiry, and Azure refuses "
                    "such a schedule. Give a later time."
                )
            ]
        )

    def _moments(self, earliest: datetime) -> Iterator[datetime]:
        if self.frequency == "Once":
            assert self.starts is not None
            yield self.starts.replace(tzinfo=self.zone)
            return
        begin = earliest.astimezone(self.zone)
        not_before = self.starts.replace(tzinfo=self.zone) if self.starts else begin
        first = max(begin, not_before).astimezone(timezone.utc)
        if self.frequency == "Hour":
            yield self._hour_after(first).astimezone(self.zone)
            return
        local = first.astimezone(self.zone).date()
        for offset in range(_DAYS_TO_LOOK_AHEAD):
            day = local + timedelta(days=offset)
            if self._fires(day):
                moment = datetime.combine(day, self.at, self.zone)
                if _exists(moment) and moment.astimezone(timezone.utc) >= first:
                    yield moment

    def _hour_after(self, first: datetime) -> datetime:
        """Returns the next full interval of hours, counted on the clock of UTC, which no change of clocks moves."""
        anchor = datetime.combine(self._anchor, self.at, self.zone).astimezone(timezone.utc)
        interval = timedelta(hours=self.interval)
        return anchor + -((anchor - first) // interval) * interval

    @property
    def _anchor(self) -> date:
        """The day that intervals are counted from: the day of ``starts``, else one Monday that is the same for all."""
        return self.starts.date() if self.starts else ANCHOR

    def _fires(self, day: date) -> bool:
        """Whether the schedule fires on a day, by its days and by its interval."""
        anchor = self._anchor
        if self.frequency == "Day":
            return (day - anchor).days % self.interval == 0
        if self.frequency == "Week":
            weeks = (_monday(day) - _monday(anchor)).days // 7
            days = self.week_days or ((WEEK_DAYS[anchor.weekday()],) if self.starts else WEEK_DAYS)
            return weeks % self.interval == 0 and WEEK_DAYS[day.weekday()] in days
        months = (day.year - anchor.year) * 12 + day.month - anchor.month
        return months % self.interval == 0 and self._fires_in_month(day)

    def _fires_in_month(self, day: date) -> bool:
        is_last = (day + timedelta(days=1)).month != day.month
        if self.month_days:
            return day.day in self.month_days or (is_last and -1 in self.month_days)
        if self.month_weekday is not None:
            which, name = self.month_weekday
            if WEEK_DAYS[day.weekday()] != name:
                return False
            is_last_weekday = (day + timedelta(days=7)).month != day.month
            return is_last_weekday if which == -1 else (day.day - 1) // 7 + 1 == which
        if self.starts is None:
            return True
        return day.day == self.starts.day or (is_last and day.day < self.starts.day)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _exists(moment: datetime) -> bool:
    """Whether the clocks show this local time on its day; they skip an hour when summer time begins."""
    return moment.astimezone(timezone.utc).astimezone(moment.tzinfo).replace(tzinfo=None) == moment.replace(tzinfo=None)


def shortened(text: str, longest: int) -> str:
    """Returns a text of at most so many characters; a longer one ends in a hash of the whole."""
    if len(text) <= longest:
        return text
    return f"{text[: longest - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def schedule_name(runbook_name: str, plan: Plan) -> str:
    """Returns the name of a schedule in Azure, which takes at most 128 characters."""
    return shortened(f"{runbook_name}-{plan.slug}", LONGEST_NAME)


def text_of(moment: datetime) -> str:
    """Returns a moment as Azure takes it for schedules: ISO 8601 with the offset of its zone, without seconds."""
    return moment.replace(second=0, microsecond=0).isoformat(timespec="seconds")


def plan(given: Mapping[str, Any]) -> Plan:
    """Checks a schedule.

    Args:
        given: The keys of ``ScheduleArgs`` with plain values.

    Raises:
        ScheduleError: At least one value is not valid. The exception has every mistake.
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
    if found.mistakes:
        raise ScheduleError(found.mistakes)
    return planned


class _Reader:
    """Reads the keys of one schedule and collects what is wrong with them."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        self._given = {key: value for key, value in given.items() if value is not None}
        self.mistakes: list[str] = []

    def frequency(self) -> str:
        frequency = self._given.get("frequency")
        if isinstance(frequency, str) and frequency in FREQUENCIES:
            return str(frequency)
        what = f'frequency "{frequency}" is not a frequency of Azure Automation, so nothing would run.'
        if "min" in str(frequency).lower():
            self.mistakes.append(f"{what} {_EVERY_QUARTER}")
        else:
            self.mistakes.append(f"{what} Use {', '.join(FREQUENCIES)}.")
        return ""

    def interval(self) -> int:
        interval = self._given.get("interval", 1)
        if isinstance(interval, int) and not isinstance(interval, bool) and 1 <= interval <= MOST:
            return interval
        is_part = isinstance(interval, float) and 0 < interval < 1
        self.mistakes.append(
            f"interval {interval!r} is not a whole number between 1 and {MOST}, so Azure would refuse the schedule. "
            + (_EVERY_QUARTER if is_part else "Give a number from that range.")
        )
        return 1

    def zone(self) -> str:
        name = str(self._given.get("time_zone") or "UTC")
        try:
            ZoneInfo(win_tz.get(name, name))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            is_known = False
        else:
            is_known = not _NO_ZONE.match(name)
        if not is_known:
            self.mistakes.append(
                f'time_zone "{name}" is not a time zone that Azure knows, so the schedule would run at another hour or not at '
                'all. Give an IANA name such as "Europe/Berlin", or a Windows name such as "W. Europe Standard Time".'
            )
        return name if is_known else "UTC"

    def time(self) -> time:
        text = self._given.get("at", "00:00")
        match = _AT.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            self.mistakes.append(f'at "{text}" is not a time of day. Give hours and minutes with two digits: "06:30".')
            return time()
        return time(int(match[1]), int(match[2]))

    def local(self, name: str) -> Optional[datetime]:
        text = self._given.get(name)
        if text is None:
            return None
        if not isinstance(text, str) or not _LOCAL.fullmatch(text):
            self.mistakes.append(
                f'{name} "{text}" is not a local time without an offset; the argument time_zone gives the zone. Give '
                '"2027-03-01T06:00".'
            )
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            self.mistakes.append(f'{name} "{text}" is a day that does not exist. Give a day of the calendar.')
            return None
        if not 2000 <= moment.year < _LAST_YEAR:
            self.mistakes.append(
                f'{name} "{text}" is not in the years 2000 to {_LAST_YEAR - 1}. Give a year of that range.'
            )
            return None
        return moment

    def week_days(self, frequency: str) -> tuple[str, ...]:
        days = self._days("week_days", "Week", frequency)
        wrong = [str(day) for day in days if day not in WEEK_DAYS]
        if wrong:
            self.mistakes.append(
                f'week_days has "{wrong[0]}", which is no day of the week. Use {", ".join(WEEK_DAYS)}.'
            )
            return ()
        return tuple(sorted({str(getattr(day, "value", day)) for day in days}, key=WEEK_DAYS.index))

    def month_days(self, frequency: str) -> tuple[int, ...]:
        days = self._days("month_days", "Month", frequency)
        wrong = [day for day in days if not isinstance(day, int) or isinstance(day, bool) or day not in _MONTH_DAYS]
        if wrong:
            self.mistakes.append(f"month_days has {wrong[0]!r}; give 1 to 31, or -1 for the last day of the month.")
            return ()
        if len(set(days)) > _MOST_MONTH_DAYS:
            self.mistakes.append(
                f"month_days has {len(set(days))} days; no month has more than {_MOST_MONTH_DAYS} of them for certain. Use "
                'the frequency "Day" for every day, or give fewer days.'
            )
            return ()
        return tuple(sorted(set(days)))

    def _days(self, name: str, belongs_to: str, frequency: str) -> Sequence[Any]:
        days = self._given.get(name) or ()
        if not isinstance(days, (list, tuple)):
            self.mistakes.append(f"{name} is not a list of days, so nothing would run. Give a list.")
            return ()
        if days and frequency not in (belongs_to, ""):
            self.mistakes.append(
                f'{name} belongs to the frequency "{belongs_to}" and would be ignored. Remove it, or change frequency.'
            )
            return ()
        return days

    def month_weekday(self, frequency: str) -> Optional[tuple[int, str]]:
        wanted = self._given.get("month_weekday")
        if wanted is None:
            return None
        if frequency not in ("Month", "") or self._given.get("month_days"):
            self.mistakes.append(
                'month_weekday belongs to the frequency "Month" without month_days and would be ignored. Keep one of them.'
            )
            return None
        which = wanted.get("which") if isinstance(wanted, Mapping) else None
        if isinstance(which, bool) or which not in (1, 2, 3, 4, -1) or wanted.get("day") not in WEEK_DAYS:
            self.mistakes.append(
                'month_weekday is not of the form {"which": 1, "day": "Monday"}; which is 1 to 4, or -1 for the last.'
            )
            return None
        return int(wanted["which"]), str(getattr(wanted["day"], "value", wanted["day"]))

    def check_times(self, planned: Plan) -> None:
        """Adds what is wrong with the times together."""
        starts, expires = planned.starts, planned.expires
        if starts is not None and expires is not None and expires <= starts:
            self.mistakes.append(
                f'expires "{self._given["expires"]}" is not after starts "{self._given["starts"]}", so the schedule would '
                "never fire. Give a later expires."
            )
        if planned.frequency != "Once":
            return
        if "starts" not in self._given:
            self.mistakes.append(
                'frequency "Once" needs starts, the local time at which the schedule runs: "2027-03-01T06:00".'
            )
        elif starts is not None and not _exists(starts.replace(tzinfo=planned.zone)):
            self.mistakes.append(
                f'starts "{self._given["starts"]}" does not exist in {planned.zone_name}: the clocks skip that hour. Give a '
                "time before or after it."
            )
        superfluous = [name for name in ("at", "interval", "expires") if name in self._given]
        if superfluous:
            self.mistakes.append(
                f'frequency "Once" takes no {" and no ".join(superfluous)}: starts is the only time. Remove what is too much.'
            )
