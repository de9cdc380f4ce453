"""The second way: Pulumi's own installer, as its Automation API runs it. The language hosts come with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from semver import Version

from tools.engine.choice import Unavailable
from tools.engine.pulumi import check
from tools.engine.workshop import Workshop

SCRIPT = "https://get.pulumi.com/install.sh"
SECONDS_TO_REACH = 8.0
SECONDS_TO_INSTALL = 900.0

# The installer has no time limit of its own, so whether its script can be reached is asked first, in a process that
# can be ended: a resolver that does not answer cannot be interrupted from within.
REACH = "import sys, urllib.request as u; u.urlopen(u.Request(sys.argv[1], method='HEAD'), timeout=float(sys.argv[2]))"
INSTALL = (
    "import sys; from semver import VersionInfo; from pulumi.automation import PulumiCommand; "
    "PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))"
)


def run_limited(arguments: list[str], seconds: float, lock: int) -> str:
    """What a Python child printed, if it ended well in time; it and all that it started are ended otherwise.

    Raises:
        Unavailable: it did not.
    """
    child = subprocess.Popen(
        [sys.executable, "-c", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        pass_fds=(lock,),
    )
    try:
        output, _ = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"no answer within {seconds:.0f} s") from error
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if child.returncode != 0:
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        raise Unavailable(lines[-1] if lines else f"exit code {child.returncode}")
    return output


class OfficialInstaller:
    """An engine of the pinned version, downloaded."""

    name = "the official installer"

    def __init__(self, version: Version, folder: Path, platform: str) -> None:
        self._version = version
        self._folder = folder
        self._name = f"pulumi-{version}-{platform}-installed"

    def ready(self) -> Path | None:
        directory = self._folder / self._name / "bin"
        return directory if (directory / "pulumi").is_file() else None

    def make(self, workshop: Workshop) -> Path:
        with workshop.progress("asking for Pulumi's installer"):
            run_limited([REACH, SCRIPT, str(SECONDS_TO_REACH)], SECONDS_TO_REACH, workshop.lock)
        with workshop.scratch(self._name) as scratch:
            with workshop.progress(f"installing Pulumi {self._version}"):
                run_limited([INSTALL, str(scratch), str(self._version)], SECONDS_TO_INSTALL, workshop.lock)
            check(scratch / "bin", self._version)
        return self._folder / self._name / "bin"
