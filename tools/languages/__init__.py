"""Builds what the tests of other languages need, once: SDK generators, Pulumi's language host of YAML, Node packages.

`go.mod` beside this file pins the Go tools, and an example's `package.json` pins its Node packages.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from tools.places import create_once, user_cache

SOURCE = Path(__file__).resolve().parent
GO_TOOLS = ("./sdkgen", "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml")


class MissingToolError(RuntimeError):
    """A program is not on PATH, or it fails."""


def go_tools() -> Path:
    """Returns the folder of `sdkgen` and `pulumi-language-yaml`. The first call builds them in about three minutes.

    Raises:
        MissingToolError: Go is not on PATH, or the build fails.
    """
    target = user_cache() / "languages" / f"go-{_digest('go.mod', 'go.sum', 'sdkgen/main.go')}"
    options = ("-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", "-s -w")
    return create_once(target, lambda folder: _run(SOURCE, "go", "build", *options, "-o", f"{folder}/", *GO_TOOLS))


def node_packages(package_json: Path) -> Path:
    """Returns the `node_modules` of a `package.json`. The first call installs them in about a minute.

    Raises:
        MissingToolError: Npm is not on PATH, or the installation fails.
    """

    def install(folder: Path) -> None:
        shutil.copy(package_json, folder)
        _run(folder, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock")

    return create_once(user_cache() / "languages" / f"node-{_digest(package_json)}", install) / "node_modules"


def _digest(*files: str | Path) -> str:
    return hashlib.sha256(b"".join((SOURCE / file).read_bytes() for file in files)).hexdigest()[:16]


def _run(folder: Path, program: str, *arguments: str) -> None:
    if shutil.which(program) is None:
        raise MissingToolError(f"{program} is not on PATH, so the tests of other languages cannot run. Install it.")
    environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    done = subprocess.run(
        [program, *arguments], cwd=folder, env=environment, check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise MissingToolError(f"{program} {arguments[0]} failed: {done.stderr.strip()[-2000:]}")
