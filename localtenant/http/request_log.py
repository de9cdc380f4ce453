"""The log of requests, without secrets."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from localtenant.core import json_text
from localtenant.core.clock import iso_fine
from localtenant.core.messages import Response

HIDDEN = "***"
MAX_ENTRIES = 50_000
MAX_BYTES = 64 * 1024 * 1024
"""Of paths, bodies and responses together; the oldest entries are dropped first."""
MAX_BODY_BYTES = 256 * 1024
"""A larger body is logged as its size."""

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
_TOKEN = re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]+")


@dataclass
class LoggedRequest:
    """A logged request and its outcome.

    Attributes:
        number: Counts from 1 since the last reset.
        time: Its arrival on the tenant's clock.
        method: HTTP method.
        path: Path with query, decoded, signatures hidden.
        body: Request body as JSON, text, or None; secrets hidden.
        operation: As faults name it.
        request_id: The ``request-id`` of the answer.
        status: HTTP status; 0 while the request is under way and when the connection was cut.
        code: The service's error code.
        tenant: Id of the caller's tenant.
        who: The application id of the caller.
        remarks: Faults, replicas and the like.
        response: The response's JSON body with secrets hidden; None unless the log keeps responses.
        size: Bytes that the entry counts for.
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
    response: Any = None
    size: int = 0

    def as_json(self) -> dict[str, Any]:
        shown = {
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
        return shown if self.response is None else {**shown, "response": self.response}


class RequestLog:
    """The latest requests, oldest first.

    Attributes:
        keeps_responses: Whether the bodies of responses are logged as well.
    """

    def __init__(self) -> None:
        self._entries: deque[LoggedRequest] = deque()
        self._count = 0
        self._bytes = 0
        self.keeps_responses = False

    def begin(
        self, time: datetime, method: str, path: str, body: bytes, content_type: str, operation: str, request_id: str
    ) -> LoggedRequest:
        """Logs a request when it arrives."""
        self._count += 1
        entry = LoggedRequest(
            self._count, time, method, hide_signatures(path), readable(body, content_type), operation, request_id
        )
        self._entries.append(entry)
        self._grow(entry, len(path) + min(len(body), MAX_BODY_BYTES))
        return entry

    def finish(self, entry: LoggedRequest, response: Response) -> None:
        """Logs the response to a request."""
        entry.status, entry.code = response.status, response.error_code
        if self.keeps_responses and isinstance(response.body, (dict, list)):
            content = response.content()
            entry.response = redacted(response.body) if len(content) <= MAX_BODY_BYTES else f"{len(content)} bytes"
            self._grow(entry, min(len(content), MAX_BODY_BYTES))

    def _grow(self, entry: LoggedRequest, size: int) -> None:
        entry.size += size
        self._bytes += size
        while len(self._entries) > 1 and (len(self._entries) > MAX_ENTRIES or self._bytes > MAX_BYTES):
            self._bytes -= self._entries.popleft().size

    def since(self, number: int = 0) -> list[dict[str, Any]]:
        """Returns the entries after a number."""
        return [entry.as_json() for entry in self._entries if entry.number > number]

    def clear(self) -> None:
        self._entries.clear()
        self._count = self._bytes = 0


def readable(body: bytes, content_type: str) -> Any:
    """Returns a request body as it is logged."""
    if not body:
        return None
    if len(body) > MAX_BODY_BYTES:
        return f"{len(body)} bytes"
    if "x-www-form-urlencoded" in content_type:
        pairs = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return redacted(pairs)
    try:
        return redacted(json_text.loads(body))
    except ValueError:
        return f"{len(body)} bytes"


def redacted(value: Any) -> Any:
    """Returns a JSON value with its secrets hidden."""
    if isinstance(value, dict):
        holds_secret = value.get("isEncrypted") is True or "keyName" in value
        return {
            name: HIDDEN
            if (name.lower() in SECRET_NAMES and item is not None) or (holds_secret and name == "value")
            else redacted(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return hide_signatures(value) if isinstance(value, str) else value


def hide_signatures(text: str) -> str:
    """Returns a text without tokens, and without the signatures in the queries of its addresses."""
    return _TOKEN.sub(HIDDEN, _SIGNED.sub(lambda match: f"{match.group(1)}={HIDDEN}", text))
