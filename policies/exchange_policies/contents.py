"""Content links of Azure Automation: an address, a version, a hash."""

import re
from collections.abc import Mapping
from typing import Any

from .reading import UNKNOWN, value

_SHA256 = re.compile(r"[0-9A-Fa-f]{64}")


def hash_fault(link: Mapping[str, Any]) -> str | None:
    """Returns what is wrong with a link's SHA-256; None when it is right or not known yet."""
    algorithm, digest = value(link, "contentHash", "algorithm"), value(link, "contentHash", "value")
    if UNKNOWN in (algorithm, digest) or value(link, "contentHash") is UNKNOWN:
        return None
    if digest is None:
        return "has no hash"
    if str(algorithm).upper() not in ("SHA256", "SHA-256") or not _SHA256.fullmatch(str(digest)):
        return "has a hash that is not a SHA-256 in 64 hexadecimal digits"
    return None
