"""Facts about a `pulumi` binary: which version is wanted, and which one a file is."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from semver import Version

from tools.engine.choice import Unavailable
from tools.places import CHECKOUT

MODULE_FOLDER = CHECKOUT / "tools" / "pulumi-cli"
MODULE = "github.com/pulumi/pulumi/pkg/v3"
SECONDS_TO_ANSWER = 60.0


def pinned_version(go_mod: str) -> Version:
    """The version that the module of the build pins: the oldest that is accepted, and the one that is installed."""
    found = re.search(rf"^\s*(?:require )?{re.escape(MODULE)} v(\S+)", go_mod, re.MULTILINE)
    if found is None:
        raise ValueError(f"go.mod does not require {MODULE}, so the engine's version is not known.")
    return Version.parse(found[1])


def version_of(pulumi: Path) -> Version:
    """What `pulumi version` answers.

    Raises:
        Unavailable: it does not run, or answers something else.
    """
    try:
        answer = subprocess.run(
            [str(pulumi), "version"],
            check=True,
            capture_output=True,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=SECONDS_TO_ANSWER,
        ).stdout.strip()
        return Version.parse(answer.removeprefix("v"))
    except (OSError, subprocess.SubprocessError) as error:
        raise Unavailable(f"{pulumi} does not run: {error}") from error
    except ValueError as error:
        raise Unavailable(f"{pulumi} does not tell its version: {error}") from error


def check(directory: Path, oldest: Version) -> Path:
    """`directory`, when the `pulumi` in it is at least `oldest`.

    Raises:
        Unavailable: it is older, or does not run.
    """
    found = version_of(directory / "pulumi")
    if found < oldest:
        raise Unavailable(f"{directory / 'pulumi'} is {found}, and at least {oldest} is needed")
    return directory
