"""The third way: the engine's Go module, built with the sums that tools/pulumi-cli pins. Minutes once, then cached.

It gives the engine alone. A language host is not part of that module; programs run through the Automation API.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from semver import Version

from tools.engine.choice import Unavailable
from tools.engine.pulumi import MODULE, check
from tools.engine.workshop import Workshop

PACKAGE = f"{MODULE}/cmd/pulumi"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
FIRST_GO_THAT_FETCHES_TOOLCHAINS = (1, 21)
FLAGS = ("-trimpath", "-mod=readonly", "-buildvcs=false")


def go_version(text: str) -> tuple[int, ...]:
    """``go1.25.11`` or ``1.25.11`` as numbers; a release candidate counts as its release."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        raise Unavailable(f"go does not tell its version but {text!r}")
    return tuple(int(part or 0) for part in found.groups())


def refusal(installed: str, toolchain: str, wanted: str) -> str | None:
    """Why this Go cannot build a module that wants Go `wanted`, or None when it can.

    `installed` is GOVERSION and `toolchain` is GOTOOLCHAIN, as `go env` gives them: since 1.21 a Go that is too old
    fetches the one that it needs, unless that is switched off.
    """
    if go_version(installed) >= go_version(wanted):
        return None
    fetches = toolchain == "auto" or toolchain.endswith("+auto")
    if fetches and go_version(installed) >= FIRST_GO_THAT_FETCHES_TOOLCHAINS:
        return None
    return f"{installed} is too old, and at least {wanted} is needed"


class GoBuild:
    """An engine of the pinned version, compiled from the module in `source`."""

    name = "the Go build"

    def __init__(self, version: Version, source: Path, folder: Path, platform: str) -> None:
        self._version = version
        self._source = source
        self._folder = folder
        pins = hashlib.sha256((source / "go.mod").read_bytes() + (source / "go.sum").read_bytes()).hexdigest()
        self._name = f"pulumi-{version}-{platform}-built-{pins[:16]}"
        # Without cgo, as the released binaries are: no C compiler is needed. Nothing of the user's own settings for
        # other Go work may change what is built.
        self._environment = {**os.environ, "CGO_ENABLED": "0", "GO111MODULE": "on", "GOWORK": "off"}

    def ready(self) -> Path | None:
        directory = self._folder / self._name / "bin"
        return directory if (directory / "pulumi").is_file() else None

    def make(self, workshop: Workshop) -> Path:
        go = self._find_go()
        flags = ("-ldflags", f"-s -w -X {VERSION_VARIABLE}=v{self._version}")
        with workshop.scratch(self._name) as scratch:
            with workshop.progress(f"fetching the Go modules of Pulumi {self._version}"):
                stale = "{{if .Stale}}{{.ImportPath}}{{end}}"
                missing: list[str] = []
                self._run([go, "list", "-deps", *FLAGS, "-f", stale, PACKAGE], workshop.lock, out=missing.append)
                total = sum(map(bool, missing))
            with workshop.progress(f"building Pulumi {self._version}, about 5 minutes the first time") as progress:
                built = 0

                def count(line: str) -> None:
                    nonlocal built
                    # Downloads and the compiler's remarks come on the same stream; a package is a bare import path.
                    if " " not in line and not line.startswith("#"):
                        built += 1
                        progress.text = f"building Pulumi {self._version}: {min(built, total)} of {total} packages"

                target = str(scratch / "bin" / "pulumi")
                self._run([go, "build", "-v", *FLAGS, *flags, "-o", target, PACKAGE], workshop.lock, err=count)
            check(scratch / "bin", self._version)
        return self._folder / self._name / "bin"

    def _find_go(self) -> str:
        go = shutil.which("go")
        if go is None:
            raise Unavailable("go is not on PATH")
        wanted = re.search(r"^go (\S+)", (self._source / "go.mod").read_text(), re.MULTILINE)
        try:
            # Asked outside the module, where a go that fetches toolchains has no reason to fetch one yet.
            installed, toolchain = subprocess.run(
                [go, "env", "GOVERSION", "GOTOOLCHAIN"],
                check=True,
                capture_output=True,
                cwd=self._source.anchor,
                stdin=subprocess.DEVNULL,
                text=True,
                timeout=60,
            ).stdout.splitlines()
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            raise Unavailable(f"{go} does not run: {error}") from error
        reason = refusal(installed, toolchain, wanted[1] if wanted else "1.0")
        if reason is not None:
            raise Unavailable(reason)
        return go

    def _run(
        self,
        command: Sequence[str],
        lock: int,
        *,
        out: Callable[[str], object] | None = None,
        err: Callable[[str], object] | None = None,
    ) -> None:
        """Run go, giving its lines away as they come.

        Raises:
            Unavailable: it failed; the text is its last words.
        """
        last: deque[str] = deque(maxlen=3)

        def read_errors(lines: Sequence[str]) -> None:
            for line in map(str.rstrip, lines):
                last.append(line)
                if err is not None:
                    err(line)

        with subprocess.Popen(
            command,
            cwd=self._source,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            pass_fds=(lock,),
        ) as child:
            errors = threading.Thread(target=read_errors, args=(child.stderr,))
            errors.start()
            for line in map(str.rstrip, child.stdout or ()):
                if out is not None:
                    out(line)
            errors.join()
        if child.returncode != 0:
            raise Unavailable(f"go {command[1]} ended with exit code {child.returncode}: {' / '.join(last)}")
