"""Schedules of runbooks: the checks of their arguments, their names and their first start.

A schedule's name contains everything that the program says about it, so a changed schedule is another resource. Azure
requires a start in the future for every change of an existing schedule.

Sources: ``Microsoft.Automation/automationAccounts/schedules`` of the Automation REST reference (2024-10-23); the zones of
the IANA time zone database, and Unicode CLDR for the names that Windows gives them.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING, NamedTuple, Optional

from exchange_automation.catalog.enumerations import Weekday
from exchange_automation.core.problems import Problem

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

FREQUENCIES = {"Once": "OneTime", "Hour": "Hour", "Day": "Day", "Week": "Week", "Month": "Month"}
"""The word of the argument -> Azure's word."""
WEEK_DAYS = tuple(day.value for day in Weekday)
AHEAD = timedelta(minutes=15)
"""The least time between now and the start of a new schedule. Azure requires five minutes when it creates the schedule,
and a deployment takes a while until then."""

ANCHOR = date(2024, 1, 1)
"""The Monday from which intervals count where a schedule has no ``starts``, so that every deployment counts alike."""
LONGEST_NAME = 128
"""Characters that Azure Automation accepts for the name of a schedule."""
LONGEST_SLUG = 121
_DAYS_TO_LOOK_AHEAD = 366 * 9
"""100 months, the longest interval, and the months that lack a day."""


def zone_named(name: str) -> "ZoneInfo":
    """Returns the time zone with an IANA or a Windows name.

    Raises:
        KeyError: No zone has this name.
        ValueError: No zone can have this name.
        OSError: The name is that of a folder of the time zone database.
    """
    # 10 ms that programs without schedules do not spend.
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    from tzlocal.windows_tz import win_tz  # noqa: PLC0415

    return ZoneInfo(win_tz.get(name, name))


class ScheduleError(ValueError):
    """A schedule is not valid.

    Args:
        problems: What is wrong.

    Attributes:
        problems: What is wrong.
    """

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(str(problem) for problem in problems))
        self.problems: tuple[Problem, ...] = problems


class Plan(NamedTuple):
    """A checked schedule.

    Attributes:
        frequency: The frequency as the program gives it.
        interval: The number of hours, days, weeks or months between two runs.
        at: The local time of day.
        zone_name: The IANA or Windows name of the time zone, as the program gives it.
        week_days: The weekdays of a weekly schedule.
        month_days: The days of a monthly schedule.
        month_weekday: The number of the weekday in the month (-1 for the last), and the weekday.
        starts: Local time without a zone: the time of the only run, or the time before which no run is.
        expires: Local time without a zone after which no run is.
    """

    frequency: str
    interval: int
    at: time
    zone_name: str
    week_days: tuple[str, ...] = ()
    month_days: tuple[int, ...] = ()
    month_weekday: Optional[tuple[int, str]] = None
    starts: Optional[datetime] = None
    expires: Optional[datetime] = None

    @property
    def zone(self) -> "ZoneInfo":
        """The time zone."""
        return zone_named(self.zone_name)

    @property
    def slug(self) -> str:
        """The end of the schedule's name: all its values, in kebab-case and at most 121 characters."""
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

        A time that the clocks skip on a day does not count: Azure would use the hour after it for every later run.

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
        minutes = int(AHEAD.total_seconds() // 60)
        raise ScheduleError(
            Problem(
                "EXA157",
                f'The schedule "{self.slug}" would never fire: its time is past, less than {minutes} minutes ahead, or after '
                "its expiry",
                "Azure would refuse it",
                "Give a later starts or expires, or remove the schedule.",
            )
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
                if exists(moment) and moment.astimezone(timezone.utc) >= first:
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


def exists(moment: datetime) -> bool:
    """Whether the clocks show this local time on its day; they skip an hour when summer time begins."""
    return moment.astimezone(timezone.utc).astimezone(moment.tzinfo).replace(tzinfo=None) == moment.replace(tzinfo=None)


def shortened(text: str, longest: int) -> str:
    """Returns the text with at most this many characters. A longer text is cut and ends in a hash of the whole text."""
    if len(text) <= longest:
        return text
    return f"{text[: longest - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def schedule_name(runbook_name: str, plan: Plan) -> str:
    """Returns the name of a schedule in Azure, which takes at most 128 characters."""
    return shortened(f"{runbook_name}-{plan.slug}", LONGEST_NAME)


def text_of(moment: datetime) -> str:
    """Returns a time as Azure's schedules take it: ISO 8601 with the offset of its zone, without seconds."""
    return moment.replace(second=0, microsecond=0).isoformat(timespec="seconds")
