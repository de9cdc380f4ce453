"""What tests of other languages need: the generators of SDKs, the language host of YAML, packages of Node.

Built and installed once, and kept in the user's cache. ``go.mod`` beside this file pins the Go tools, an example's
``package.json`` the packages of Node.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.engine.workshop import Workshop, open_workshop
from tools.places import user_cache

SOURCE = Path(__file__).resolve().parent
TOOLS = ("./sdkgen", "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml")


class MissingToolError(RuntimeError):
    """A program that is needed is not on PATH, or does not do its work."""


def go_tools() -> Path:
    """The directory with `sdkgen` and `pulumi-language-yaml`; three minutes the first time.

    Raises:
        MissingToolError: there is no Go, or it cannot build them.
    """
    pins = _digest(SOURCE / "go.mod", SOURCE / "go.sum", SOURCE / "sdkgen" / "main.go")
    folder = user_cache() / "languages"
    made = folder / f"go-{pins}"
    if not made.is_dir():
        with open_workshop(folder) as workshop, workshop.scratch(made.name) as scratch:
            environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly"}
            command = ["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", f"{scratch}/", *TOOLS]
            _run(workshop, "building the SDK generators", "go", command, SOURCE, environment)
    return made


def node_packages(package_json: Path) -> Path:
    """The `node_modules` of a `package.json`; a minute the first time.

    Raises:
        MissingToolError: there is no npm, or it cannot install them.
    """
    folder = user_cache() / "languages"
    made = folder / f"node-{_digest(package_json)}"
    if not made.is_dir():
        with open_workshop(folder) as workshop, workshop.scratch(made.name) as scratch:
            shutil.copy(package_json, scratch)
            command = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
            _run(workshop, "installing packages of Node", "npm", command, scratch, dict(os.environ))
    return made / "node_modules"


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _run(
    workshop: Workshop, what: str, program: str, arguments: Sequence[str], directory: Path, environment: dict[str, str]
) -> None:
    found = shutil.which(program)
    if found is None:
        raise MissingToolError(f"{program} is not on PATH, and the tests of other languages need it.")
    with workshop.progress(what):
        done = subprocess.run(
            [found, *arguments],
            cwd=directory,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
            pass_fds=(workshop.lock,),
        )
    if done.returncode != 0:
        raise MissingToolError(f"{program} {arguments[0]} failed: {done.stderr.strip()[-2000:]}")
