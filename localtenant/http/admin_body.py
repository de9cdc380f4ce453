"""The body of a request to the admin API, read name by name; a value of the wrong type or out of range is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from localtenant.core import json_text
from localtenant.core.ids import is_guid

LONGEST_SECONDS = 1e9
"""About thirty years: no lag, wait or step of the clock is longer."""


class RefusedError(Exception):
    """A request to the admin API that is refused.

    Attributes:
        status: HTTP status.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class AdminBody:
    """The JSON object of a request. Every reader returns None for a name that is absent or null."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = dict(values)

    @classmethod
    def read(cls, raw: bytes) -> AdminBody:
        """Reads a request's body; an empty one is an empty object.

        Raises:
            RefusedError: It is no JSON object.
        """
        try:
            values = json_text.loads(raw) if raw else {}
        except ValueError as error:
            raise RefusedError(400, f"The body is no JSON: {error}") from None
        if not isinstance(values, dict):
            raise RefusedError(400, "A request to the admin API is a JSON object.")
        return cls(values)

    def __contains__(self, name: str) -> bool:
        return self.values.get(name) is not None

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise RefusedError(400, f"'{name}' is a text, not {value!r}.")
        return value

    def guid(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is not None and not is_guid(value):
            raise RefusedError(400, f"'{name}' is a GUID.")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.values.get(name, default)
        if not isinstance(value, bool):
            raise RefusedError(400, f"'{name}' is true or false, not {value!r}.")
        return value

    def seconds(self, name: str) -> float | None:
        value = self.values.get(name)
        return None if value is None else seconds(name, value)

    def count(self, name: str, largest: int) -> int | None:
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= largest:
            raise RefusedError(400, f"'{name}' is a whole number from 1 to {largest}, not {value!r}.")
        return value

    def names(self, name: str) -> tuple[str, ...]:
        value = self.values.get(name)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise RefusedError(400, f"'{name}' is a list of names.")
        return tuple(value)


def seconds(name: str, value: Any) -> float:
    """Returns a number of seconds.

    Raises:
        RefusedError: It is not a number, or it is negative or unreasonably large.
    """
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan
    if not 0 <= number <= LONGEST_SECONDS:
        raise RefusedError(
            400, f"'{name}' is a number of seconds from 0 to {LONGEST_SECONDS:.0f}, not {str(value)[:40]}."
        )
    return float(number)


def parsed_seconds(name: str, text: str) -> float:
    """A number of seconds from a query."""
    try:
        return seconds(name, float(text))
    except ValueError:
        raise RefusedError(400, f"'{name}' is a number of seconds, not '{text[:40]}'.") from None
