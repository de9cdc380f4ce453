"""The checkout's folder, and the user's cache that outlives a checkout."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent


def user_cache() -> Path:
    """Returns the cache folder that all clones share: the engine, language tools, the type checker's results.

    It follows the XDG Base Directory Specification, which demands that a relative ``XDG_CACHE_HOME`` is ignored.
    """
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = configured if configured.is_absolute() else Path.home() / ".cache"
    return base / "exchange-automation"


def create_once(target: Path, create: Callable[[Path], None]) -> Path:
    """Returns the folder `target`, and creates it first if it does not exist.

    One process creates at a time, and the others wait for it. A creation that fails or is killed leaves no `target`.

    Args:
        target: The folder. Its parent holds the lock.
        create: Fills an empty folder, which is renamed to `target` when it returns.
    """
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with (target.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            for leftover in target.parent.glob(".partial-*"):
                shutil.rmtree(leftover, ignore_errors=True)
            partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=target.parent))
            try:
                create(partial)
                partial.chmod(0o755)
                partial.rename(target)
            finally:
                shutil.rmtree(partial, ignore_errors=True)
    return target
