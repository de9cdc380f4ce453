"""Answers of the services, read so that a hostile or broken one ends in one message."""

import contextlib
import json
import math
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import httpx

from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.documents import Record, decode
from exchange_automation.core.problems import Problem

LARGEST_ANSWER = 64 * 2**20
"""Bytes, decompressed; a page of 999 principals is about 3 MB."""
LONGEST_REASON = 1_000
"""Characters of a service's reason that a message has at most."""
_NETWORK = "Look for a proxy or a sign-in page of the network (HTTPS_PROXY, NO_PROXY), then run the command again."


async def read_body(answer: httpx.Response) -> bytes:
    """Returns the body of a streamed answer.

    Raises:
        Problem: It is larger than any page.
    """
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise unreadable(answer, f"it is larger than {LARGEST_ANSWER // 2**20} MB")
    return bytes(body)


def parse(answer: httpx.Response, data: bytes, operation: str) -> Record:
    """Returns the object of an answer; a text comes as the member ``value``.

    Args:
        answer: Status and headers.
        data: The body.
        operation: Method and path of the request.

    Raises:
        ServiceError: The status is a refusal.
        Problem: The answer is not the service's, or is not an object.
    """
    body: Any = None
    if data or answer.status_code not in (401, 403, 404):
        try:
            body = json.loads(decode(data))
        except RecursionError:
            raise unreadable(answer, "it is nested too deeply", operation) from None
        except ValueError:
            kind = answer.headers.get("Content-Type", "no content type").partition(";")[0]
            raise Problem(
                "EXA412",
                f"{operation} on {answer.url.host} was answered with status {answer.status_code} and {kind} instead of "
                "JSON: something on the way answered in the service's place",
                remedy=_NETWORK,
            ) from None
    if answer.status_code >= 300:
        raise refusal(answer.status_code, body, operation)
    if isinstance(body, str):
        body = {"value": body}
    if not isinstance(body, dict):
        raise unreadable(answer, "it is not an object", operation)
    return Record(body, lambda what: unreadable(answer, what, operation))


def unreadable(answer: httpx.Response, what: str, operation: str = "") -> Problem:
    """Returns the problem of an answer that has another form than the service's documentation gives it."""
    request = operation or f"{answer.request.method} {answer.url.path}"
    return Problem("EXA416", f"The answer of {answer.url.host} to {request} cannot be read: {what}", remedy=_NETWORK)


def refusal(status: int, body: Any, operation: str) -> ServiceError:
    """Returns the error that a body describes; the service's texts are taken only where they are texts."""
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return ServiceError(status, "", "the service gave no reason", operation)
    code, message = (_text(error, name) for name in ("code", "message"))
    return ServiceError(status, code, message, operation)


def _text(error: Mapping[str, Any], name: str) -> str:
    found = error.get(name)
    if not isinstance(found, str):
        return ""
    return found if len(found) <= LONGEST_REASON else f"{found[:LONGEST_REASON]} ... ({len(found):,} characters)"


def retry_after(answer: httpx.Response) -> float | None:
    """Returns the seconds in ``Retry-After``; None without a value that can be read."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) < 10 else math.inf
    moment = date(text)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds()) if moment else None


def date(text: str) -> datetime | None:
    """Returns the moment of an HTTP date; None where the text is not one."""
    with contextlib.suppress(ValueError, TypeError, OverflowError, IndexError):
        moment = parsedate_to_datetime(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return None


def network_problem(url: str, failure: Exception) -> Problem:
    """Returns the problem of a host that cannot be reached."""
    host = host_of(url)
    if isinstance(failure, httpx.ProxyError):
        return Problem(
            "EXA411",
            f"The proxy refused the way to {host}: {failure}",
            remedy="Check HTTPS_PROXY and its credentials, or add the host to NO_PROXY.",
        )
    if "CERTIFICATE_VERIFY_FAILED" in str(failure):
        return Problem(
            "EXA409",
            f"The certificate of {host} is not signed by an authority that this machine trusts",
            "nothing was sent",
            "If a proxy signs with its own authority, name its file in SSL_CERT_FILE.",
        )
    if isinstance(failure, httpx.InvalidURL):
        return Problem(
            "EXA416",
            f"An id for a request to {host} has characters that no address can have",
            "nothing was sent",
            f"Check what is between this machine and {host}, and the ids in the state or preview that you gave.",
        )
    return Problem(
        "EXA410",
        f"{host} cannot be reached: {str(failure) or type(failure).__name__}",
        remedy="Check the network and the proxy variables (HTTPS_PROXY, NO_PROXY), then run the command again.",
    )


def late_answer(url: str, seconds: float) -> Problem:
    """Returns the problem of a host that sends its answer too slowly."""
    return Problem("EXA410", f"{host_of(url)} sent no complete answer within {seconds:.0f} seconds", remedy=_NETWORK)


def endless_reading(seconds: float) -> Problem:
    """Returns the problem of services that answer too slowly for everything that a command reads."""
    return Problem(
        "EXA419",
        f"The command has read for {seconds / 60:.0f} minutes and has not read everything",
        "it gave up",
        "Run it again with --verbose, which shows how long each request takes. Name fewer stacks, accounts or identities "
        "at a time.",
    )


def require_host(url: str, endpoint: str) -> None:
    """Refuses an address outside ``endpoint``, because the token would go there.

    Raises:
        Problem: The address is on another host.
    """
    try:
        asked, own = urlsplit(url), urlsplit(endpoint)
    except ValueError:
        asked, own = urlsplit("invalid:"), urlsplit(endpoint)
    if (asked.scheme, asked.netloc) != (own.scheme, own.netloc):
        raise Problem(
            "EXA413",
            f"An address on another host ({host_of(url) or 'none'}) was named in place of one on {own.netloc}; the token "
            "was not sent",
            remedy=f"Check what is between this machine and {own.netloc}, and the ids in the state or preview that you gave.",
        )


def host_of(url: str) -> str:
    """Returns the host and port of an address; the address itself where it has none."""
    try:
        return urlsplit(url).netloc
    except ValueError:
        return url
