"""The record of every request, with nothing secret in it."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from localtenant.core.clock import iso_fine

HIDDEN = "***"
KEPT_ENTRIES = 200_000

SECRET_NAMES = frozenset(
    {
        "access_token",
        "assertion",
        "authorization",
        "base64value",
        "client_assertion",
        "client_secret",
        "fielddefinitionvalues",
        "password",
        "refresh_token",
        "secrettext",
        "sastoken",
        "accountsastoken",
        "servicesastoken",
    }
)
_SIGNED = re.compile(r"(?i)\b(sig|token)=[^&\s\"']+")


@dataclass
class Entry:
    """One request and what became of it.

    Attributes:
        number: counts from 1 since the last reset.
        time: when it came, on the tenant's clock.
        method: HTTP method.
        path: path with query, decoded, signatures hidden.
        body: request body as JSON, text, or None; secrets hidden.
        operation: as faults name it.
        request_id: the ``request-id`` of the answer.
        status: HTTP status; 0 while the request is under way and when the connection was cut.
        code: the service's error code.
        tenant: id of the caller's tenant.
        who: application id of the caller.
        remarks: faults, replicas and the like.
    """

    number: int
    time: datetime
    method: str
    path: str
    body: Any
    operation: str
    request_id: str
    status: int = 0
    code: str | None = None
    tenant: str | None = None
    who: str | None = None
    remarks: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "time": iso_fine(self.time),
            "method": self.method,
            "path": self.path,
            "body": self.body,
            "operation": self.operation,
            "requestId": self.request_id,
            "status": self.status,
            "code": self.code,
            "tenant": self.tenant,
            "who": self.who,
            "remarks": self.remarks,
        }


class RequestLog:
    """The latest requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT_ENTRIES)
        self._count = 0

    def begin(
        self, time: datetime, method: str, path: str, body: bytes, kind: str, operation: str, request_id: str
    ) -> Entry:
        """Note a request when it comes. ``kind`` is its content type."""
        self._count += 1
        entry = Entry(self._count, time, method, hide_signatures(path), readable(body, kind), operation, request_id)
        self._entries.append(entry)
        return entry

    def since(self, number: int = 0) -> list[dict[str, Any]]:
        """The entries after a number."""
        return [entry.as_json() for entry in self._entries if entry.number > number]

    def clear(self) -> None:
        self._entries.clear()
        self._count = 0


def readable(body: bytes, kind: str) -> Any:
    """A request body fit for a record."""
    if not body:
        return None
    if "x-www-form-urlencoded" in kind:
        pairs = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return redacted(pairs)
    try:
        return redacted(json.loads(body))
    except ValueError:
        return f"{len(body)} bytes"


def redacted(value: Any) -> Any:
    """A JSON value with its secrets hidden."""
    if isinstance(value, dict):
        encrypted = value.get("isEncrypted") is True
        return {
            name: HIDDEN
            if (name.lower() in SECRET_NAMES and item is not None) or (encrypted and name == "value")
            else redacted(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return hide_signatures(value) if isinstance(value, str) else value


def hide_signatures(text: str) -> str:
    """A text without the signatures and tokens that addresses carry in their query."""
    return _SIGNED.sub(lambda match: f"{match.group(1)}={HIDDEN}", text)
