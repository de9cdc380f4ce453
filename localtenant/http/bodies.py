"""Request bodies, read up to a limit: a client without a token must not fill the tenant's memory."""

from __future__ import annotations

from starlette.requests import Request as HttpRequest

MAX_API_BYTES = 4 * 1024 * 1024
"""Azure Resource Manager's limit of a request; Microsoft Graph's is the same."""
MAX_BLOB_BYTES = 64 * 1024 * 1024


class TooLargeError(Exception):
    """A request whose body is larger than the limit."""


async def read_body(http_request: HttpRequest, limit: int) -> bytes:
    """Reads a body.

    Raises:
        TooLargeError: It has more than ``limit`` bytes.
    """
    message = f"The request's body has more than {limit} bytes."
    announced = http_request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced[:20]) > limit:
        raise TooLargeError(message)
    chunks: list[bytes] = []
    size = 0
    async for chunk in http_request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLargeError(message)
        chunks.append(chunk)
    return b"".join(chunks)
