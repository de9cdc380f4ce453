"""How grants are called (leaf)."""

import re


def slug(text: str) -> str:
    """``text`` in kebab-case: the end of a logical name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
