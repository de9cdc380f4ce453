"""Where things are: the checkout, and the user's cache that outlives it."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def user_cache() -> Path:
    """The folder for what is worth keeping between clones: uv, the engine, the type checker's results.

    Follows the XDG Base Directory Specification; a relative ``XDG_CACHE_HOME`` is ignored, as it demands.
    """
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = configured if configured.is_absolute() else Path.home() / ".cache"
    return base / "exchange-automation"
