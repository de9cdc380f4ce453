"""Identifiers that are the same in every run.

Object ids are version 5 UUIDs over a seed and a counter: a test that fails names the same objects when it is run
again, and a reset with the same seed starts over with the same ids.
"""

from __future__ import annotations

import base64
import uuid

_NAMESPACE = uuid.UUID("5f0a3ed5-4f8b-5dc1-9a53-1f3ad3f2b6a4")


class IdSource:
    """Creates identifiers from a seed and one counter."""

    def __init__(self, seed: str = "local") -> None:
        self.seed = seed
        self._count = 0

    def _next(self, collection: str) -> uuid.UUID:
        self._count += 1
        return uuid.uuid5(_NAMESPACE, f"{self.seed}/{collection}/{self._count}")

    def guid(self, collection: str) -> str:
        """A GUID, for objects of the directory and of Resource Manager."""
        return str(self._next(collection))

    def opaque(self, collection: str) -> str:
        """43 characters of URL-safe base64, the shape of Graph's assignment ids."""
        raw = self._next(collection).bytes + self._next(collection).bytes
        return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def stable_guid(*parts: str) -> str:
    """A GUID that depends on nothing but its parts."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def is_guid(text: object) -> bool:
    """Whether ``text`` is a GUID in the form Microsoft's APIs accept in paths."""
    if not isinstance(text, str) or len(text) != 36:
        return False
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True
