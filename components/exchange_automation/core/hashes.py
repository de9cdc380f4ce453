"""The form of a SHA-256 hash, with which arguments pin content that Azure reads from an address."""

import re

_SHA256 = r"[0-9a-fA-F]{64}"

SHA256_REMEDY = "Compute it with Get-FileHash -Algorithm SHA256 (PowerShell) or sha256sum."
"""How a user gets the hash of a file."""


def is_sha256(text: str) -> bool:
    """Returns whether the text is a SHA-256 hash in 64 hexadecimal digits."""
    return re.fullmatch(_SHA256, text) is not None
