"""The three ways to the engine, put together for this checkout and this user."""

from __future__ import annotations

import platform
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from tools.engine.choice import Way, choose
from tools.engine.go_build import GoBuild
from tools.engine.installer import OfficialInstaller
from tools.engine.on_path import OnPath
from tools.engine.pulumi import MODULE_FOLDER, pinned_version
from tools.engine.workshop import open_workshop
from tools.places import user_cache


def engine_directory() -> Path:
    """The directory that holds a `pulumi` of at least the pinned version; put it first on PATH.

    Takes some tenths of a second when there is one, and minutes when it has to be made.

    Raises:
        NoEngineError: none is to be had.
    """
    folder = user_cache() / "engine"
    version = pinned_version((MODULE_FOLDER / "go.mod").read_text())
    # A home directory may be shared between machines of several kinds.
    kind = f"{sys.platform}-{platform.machine()}"
    ways: Sequence[Way] = (
        OnPath(version),
        OfficialInstaller(version, folder, kind),
        GoBuild(version, MODULE_FOLDER, folder, kind),
    )
    remedy = (
        f"Any one of these is enough: Pulumi {version} or later on PATH (pulumi.com/docs/install); "
        "a network from which its installer can download; Go with access to its module proxy."
    )
    return choose(ways, partial(open_workshop, folder), remedy)
