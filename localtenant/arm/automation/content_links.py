"""Downloads the content of links as Azure Automation does: it sends no credential."""

from __future__ import annotations

import hashlib

from localtenant.arm.resource_types import ArmRequest
from localtenant.core.messages import Request
from localtenant.state.store import Body
from localtenant.storage.blob_service import PREFIX, BlobService

_HASHES = {"SHA256": hashlib.sha256, "MD5": lambda data: hashlib.md5(data, usedforsecurity=False)}


class UnreadableError(Exception):
    """The link cannot be read, or its content differs from the hash."""


def downloaded(arm: ArmRequest, link: Body, largest: int = 100 * 1024 * 1024) -> bytes:
    """Returns the bytes at the link, ``largest`` at most. The tenant reaches only its own storage accounts.

    Raises:
        UnreadableError: The content does not exist, may not be read, or differs from the link's hash.
    """
    address, _, query = str(link.get("uri") or "").partition("?")
    base = f"{arm.request.base_url}/{PREFIX}/"
    if not address.startswith(base):
        raise UnreadableError(f"not reachable: {address}")
    path = "/" + address.removeprefix(f"{arm.request.base_url}/")
    request = Request("GET", path, query, {}, b"", arm.request.base_url, arm.request.request_id)
    response = BlobService(arm.cloud).handle(request, from_azure=True)
    if response.status != 200 or not isinstance(response.body, bytes):
        raise UnreadableError(f"{response.status} {response.headers.get('x-ms-error-code', '')}")
    content = response.body
    if not 0 < len(content) <= largest:
        raise UnreadableError(f"{len(content)} bytes")
    wanted = link.get("contentHash") or {}
    if wanted.get("value"):
        algorithm = _HASHES.get(str(wanted.get("algorithm")).upper())
        if algorithm is None or algorithm(content).hexdigest().lower() != str(wanted["value"]).lower():
            raise UnreadableError("the hash differs")
    return content
