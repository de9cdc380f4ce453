"""Where a fact comes from, and when it was read."""

import datetime as dt
from typing import NamedTuple


class Source(NamedTuple):
    """A page that states a fact."""

    page: str
    """Address of the page."""
    read: dt.date
    """The day on which the page was last compared with the fact."""
    note: str = ""
    """What a reader must know about the source: the age of the copy that was read, or who says so when it is not the vendor."""


def spoken(day: dt.date) -> str:
    """Returns the day as messages write it, such as "10 November 2026"."""
    return f"{day.day} {day:%B %Y}"
