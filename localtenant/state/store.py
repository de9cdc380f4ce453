"""A map that remembers earlier versions of its values.

A directory is replicated: a read may be answered by a replica that has not seen the latest writes. Each key keeps
its versions with the time they were written, so that a read can ask for the state as of an earlier moment and see
an object that is gone since, miss one that is new, or get a property's former value.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Body = dict[str, Any]


@dataclass
class Record:
    """One object and its history.

    Attributes:
        key: the object's id.
        visible: when other parties may refer to the object and read it.
        creator: application id of the writer, who reads its own writes at once.
        versions: (time of the write, body or None when deleted), oldest first.
    """

    key: str
    visible: datetime
    creator: str
    versions: list[tuple[datetime, Body | None]] = field(default_factory=list)

    def at(self, moment: datetime | None = None) -> Body | None:
        """The body as of ``moment`` (None: the latest), None when it did not exist then."""
        if moment is None:
            return self.versions[-1][1]
        found: Body | None = None
        for written, body in self.versions:
            if written > moment:
                break
            found = body
        return found


class Store:
    """Objects of one collection by id, in the order of their creation."""

    # A replica is minutes behind, not hours; older versions would only cost memory.
    KEPT_VERSIONS = 16

    def __init__(self) -> None:
        self._records: dict[str, Record] = {}

    def add(self, key: str, body: Body, *, now: datetime, visible: datetime, creator: str = "") -> Record:
        """Stores a new object; an object of the same id that was deleted before gives way."""
        record = Record(key, visible, creator, [(now, copy.deepcopy(body))])
        self._records[key] = record
        return record

    def update(self, key: str, body: Body, *, now: datetime) -> None:
        """Writes a new version of an existing object."""
        versions = self._records[key].versions
        versions.append((now, copy.deepcopy(body)))
        del versions[: -self.KEPT_VERSIONS]

    def remove(self, key: str, *, now: datetime) -> Body:
        """Deletes an object and return its last body.

        Raises:
            KeyError: there is no such object.
        """
        record = self._records.get(key)
        body = record.at() if record is not None else None
        if record is None or body is None:
            raise KeyError(key)
        record.versions.append((now, None))
        return body

    def record(self, key: str) -> Record | None:
        """The record, dead or alive."""
        return self._records.get(key)

    def get(self, key: str, as_of: datetime | None = None) -> Body | None:
        """The body, or None. Callers treat it as read-only and write with :meth:`update`."""
        record = self._records.get(key)
        return record.at(as_of) if record is not None else None

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def records(self) -> Iterator[Record]:
        """All records, deleted ones included."""
        return iter(list(self._records.values()))

    def bodies(self, as_of: datetime | None = None) -> Iterator[Body]:
        """The live bodies as of a moment."""
        for record in self.records():
            body = record.at(as_of)
            if body is not None:
                yield body

    def __len__(self) -> int:
        return sum(1 for _ in self.bodies())
