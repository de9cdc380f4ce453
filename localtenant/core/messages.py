"""A request and its response, independent of an HTTP library, so that a request can contain others (``$batch``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from localtenant.core import json_text, shapes
from localtenant.core.errors import ServiceError


@dataclass
class Caller:
    """The caller that a verified token names."""

    tenant_id: str
    app_id: str
    object_id: str
    roles: frozenset[str]
    audience: str


@dataclass
class Request:
    """One request.

    Attributes:
        method: Upper case.
        path: Decoded path without query.
        raw_query: Undecoded query.
        headers: Names in lower case.
        body: The bytes as they came.
        base_url: ``https://localhost:PORT``, without a slash at the end.
        request_id: GUID that the answer repeats.
        caller: Set once the token has been checked.
        lag: Replication delay of objects that this request creates; None for the tenant's default.
        behind: Seconds that the replica answering this call is behind.
        denied: Permissions that the caller is treated as lacking.
        remarks: Faults that were applied, for the request log.
    """

    method: str
    path: str
    raw_query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = ""
    request_id: str = ""
    caller: Caller | None = None
    lag: float | None = None
    behind: float = 0.0
    denied: frozenset[str] = frozenset()
    remarks: list[str] = field(default_factory=list)

    @property
    def segments(self) -> list[str]:
        return [part for part in self.path.split("/") if part]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw_query, keep_blank_values=True))

    @property
    def full_path(self) -> str:
        return f"{self.path}?{unquote(self.raw_query.replace('+', ' '))}" if self.raw_query else self.path

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty object.

        Raises:
            ServiceError: 400, the body is something else, or a property in it has a wrong type.
        """
        if not self.body:
            return {}
        try:
            value = json_text.loads(self.body)
        except ValueError:
            raise ServiceError(400, "BadRequest", "Unable to read JSON request payload.") from None
        if not isinstance(value, dict):
            raise ServiceError(400, "BadRequest", "Unable to read JSON request payload: an object was expected.")
        hidden = next((name for name in value if name.startswith("_")), None)
        if hidden is not None:  # The tenant keeps what no service returns under such names.
            raise ServiceError(400, "BadRequest", f"Unable to read JSON request payload: '{hidden}' is not a property.")
        wrong = shapes.mismatch(value)
        if wrong is not None:
            raise ServiceError(400, "BadRequest", f"Unable to read JSON request payload: {wrong}.")
        return value

    def form(self) -> dict[str, str]:
        """The body as an HTML form."""
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))


@dataclass
class Response:
    """One response. ``body`` is JSON unless it is bytes or None."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = "application/json; charset=utf-8"

    def content(self) -> bytes:
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body, separators=(",", ":")).encode("utf-8")

    @property
    def error_code(self) -> str | None:
        """The service's error code, when this is an error with a JSON body."""
        if self.status < 400 or not isinstance(self.body, dict):
            return None
        error = self.body.get("error")
        return str(error.get("code")) if isinstance(error, dict) else str(error) if error else None
