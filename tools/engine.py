"""Finds, installs or builds the Pulumi engine: ``python -m tools.engine`` prints the directory that holds `pulumi`.

Three sources are tried in this order: `pulumi` on PATH, Pulumi's own installer, and a build of the Go module in
tools/pulumi-cli. The last two keep their result in the user's cache.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from semver import Version

from tools.places import CHECKOUT, create_once, user_cache

MODULE = CHECKOUT / "tools" / "pulumi-cli"
PACKAGE = "github.com/pulumi/pulumi/pkg/v3"
# Pulumi's installer sets no time limit; the default timeout ends it where the network drops packets.
INSTALL = (
    "import socket, sys; socket.setdefaulttimeout(10); from pulumi.automation import PulumiCommand; "
    "from semver import Version; PulumiCommand.install(root=sys.argv[1], version=Version.parse(sys.argv[2]))"
)


class NoEngineError(Exception):
    """No source gives an engine. The text lists what was tried, why each attempt failed, and the remedy."""


def engine_directory() -> Path:
    """Returns the directory of a `pulumi` that is at least the pinned version.

    Raises:
        NoEngineError: No source gives one.
    """
    version = pinned_version()
    failures: list[str] = []
    on_path = shutil.which("pulumi")
    try:
        if on_path is not None:
            return _checked(Path(on_path).absolute().parent, version)
        failures.append("pulumi on PATH: not found")
    except NoEngineError as error:
        failures.append(f"pulumi on PATH: {error}")
    # A home directory may be shared between machines of several kinds.
    stem = f"pulumi-{version}-{sys.platform}-{platform.machine()}"
    pins = hashlib.sha256((MODULE / "go.mod").read_bytes() + (MODULE / "go.sum").read_bytes()).hexdigest()[:16]
    sources = {
        "Pulumi's installer": (user_cache() / "engine" / f"{stem}-installed", _install),
        "the Go build": (user_cache() / "engine" / f"{stem}-built-{pins}", _build),
    }
    for folder, _ in sources.values():
        if (folder / "bin" / "pulumi").is_file():
            return folder / "bin"
    for name, (folder, create) in sources.items():
        try:
            return create_once(folder, create) / "bin"
        except NoEngineError as error:
            failures.append(f"{name}: {error}")
    raise NoEngineError(
        "No Pulumi engine can be found, installed or built here, so nothing can be deployed.\n"
        + "".join(f"  {failure}\n" for failure in failures)
        + f"Any one of these is enough: Pulumi {version} or later on PATH, a network that reaches its installer, or Go "
        "with access to its module proxy."
    )


def pinned_version() -> Version:
    """Returns the engine's version in tools/pulumi-cli/go.mod: the oldest accepted one, and the one to install."""
    found = re.search(rf"^\s*(?:require )?{re.escape(PACKAGE)} v(\S+)", (MODULE / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"{MODULE / 'go.mod'} does not require {PACKAGE}, so the engine's version is unknown.")
    return Version.parse(found[1])


def _checked(directory: Path, oldest: Version) -> Path:
    """Returns `directory` if its `pulumi` runs and is recent enough.

    Raises:
        NoEngineError: It does not run, or it is older than `oldest`.
    """
    text = _run([str(directory / "pulumi"), "version"], 60, PULUMI_SKIP_UPDATE_CHECK="true").strip()
    try:
        found = Version.parse(text.removeprefix("v"))
    except ValueError as error:
        raise NoEngineError(f"{directory / 'pulumi'} prints no version: {error}") from error
    if found < oldest:
        raise NoEngineError(f"{directory / 'pulumi'} is {found}, and at least {oldest} is needed")
    return directory


def _install(folder: Path) -> None:
    version = pinned_version()
    _say(f"installing Pulumi {version}")
    _run([sys.executable, "-c", INSTALL, str(folder), str(version)], 900)
    _checked(folder / "bin", version)


def _build(folder: Path) -> None:
    version = pinned_version()
    if shutil.which("go") is None:
        raise NoEngineError("go is not on PATH")
    _say(f"building Pulumi {version} with Go, about 5 minutes on two cores, once")
    stamp = f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v{version}"
    options = ("-trimpath", "-mod=readonly", "-buildvcs=false", "-ldflags", stamp, "-o", str(folder / "bin" / "pulumi"))
    # Released binaries are built without cgo as well, and no C compiler is needed. GOWORK is off because a user's
    # workspace must not change what is built.
    _run(["go", "build", *options, f"{PACKAGE}/cmd/pulumi"], None, CGO_ENABLED="0", GO111MODULE="on", GOWORK="off")
    _checked(folder / "bin", version)


def _say(text: str) -> None:
    print(f"engine: {text}", file=sys.stderr, flush=True)


def _run(command: Sequence[str], seconds: float | None, **environment: str) -> str:
    """Returns the standard output of a command.

    Raises:
        NoEngineError: It failed or took too long. The text is its last line.
    """
    try:
        return subprocess.run(
            command,
            check=True,
            capture_output=True,
            cwd=MODULE,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            timeout=seconds,
        ).stdout
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout).split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), f"exit code {error.returncode}")
        raise NoEngineError(f"{Path(command[0]).name} failed: {last}") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise NoEngineError(f"{command[0]} does not run: {error}") from error


if __name__ == "__main__":
    try:
        print(engine_directory())
    except NoEngineError as failure:
        sys.exit(f"engine: {failure}")
