"""A map that remembers earlier versions of its values.

A directory is replicated: the replica that answers a read may not have the latest writes. So every key keeps its versions
with the times at which they were written. A read of an earlier moment then finds an object that was deleted since, lacks
a new one, or returns the former value of a property.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Body = dict[str, Any]


@dataclass
class StoredObject:
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
        """Returns the body as of ``moment``, or the latest; None when the object did not exist then."""
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
    # A replica that is behind still shows the objects that were deleted last. Every listing looks at all kept records.
    KEPT_DELETED = 1000

    def __init__(self) -> None:
        self._records: dict[str, StoredObject] = {}
        self._deleted: deque[StoredObject] = deque()

    def add(self, key: str, body: Body, *, now: datetime, visible: datetime, creator: str = "") -> StoredObject:
        """Stores a new object, in place of a deleted one with the same id."""
        record = StoredObject(key, visible, creator, [(now, copy.deepcopy(body))])
        self._records[key] = record
        return record

    def update(self, key: str, body: Body, *, now: datetime) -> None:
        """Writes a new version of an existing object."""
        versions = self._records[key].versions
        versions.append((now, copy.deepcopy(body)))
        del versions[: -self.KEPT_VERSIONS]

    def remove(self, key: str, *, now: datetime) -> Body:
        """Deletes an object and returns its last body.

        Raises:
            KeyError: the object does not exist.
        """
        record = self._records.get(key)
        body = record.at() if record is not None else None
        if record is None or body is None:
            raise KeyError(key)
        record.versions.append((now, None))
        self._deleted.append(record)
        if len(self._deleted) > self.KEPT_DELETED:
            oldest = self._deleted.popleft()
            if self._records.get(oldest.key) is oldest and oldest.at() is None:
                del self._records[oldest.key]
        return body

    def record(self, key: str) -> StoredObject | None:
        """Returns the record of an object, also of a deleted one; None when there was never one."""
        return self._records.get(key)

    def get(self, key: str, as_of: datetime | None = None) -> Body | None:
        """Returns the body; None when the object does not exist. Callers do not change it, and write with :meth:`update`."""
        record = self._records.get(key)
        return record.at(as_of) if record is not None else None

    def __contains__(self, key: str) -> bool:
        return self.get(key) is not None

    def records(self) -> Iterator[StoredObject]:
        """Returns all records, also those of deleted objects."""
        return iter(list(self._records.values()))

    def bodies(self, as_of: datetime | None = None) -> Iterator[Body]:
        """Yields the bodies of the objects that exist at a moment; by default now."""
        for record in self.records():
            body = record.at(as_of)
            if body is not None:
                yield body

    def __len__(self) -> int:
        return sum(1 for _ in self.bodies())
