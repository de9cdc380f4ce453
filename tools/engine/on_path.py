"""The first way: `pulumi` is installed."""

from __future__ import annotations

import shutil
from pathlib import Path

from semver import Version

from tools.engine.choice import Unavailable
from tools.engine.pulumi import check
from tools.engine.workshop import Workshop


class OnPath:
    """The `pulumi` that a shell would run, if it is recent enough."""

    name = "pulumi on PATH"

    def __init__(self, oldest: Version) -> None:
        self._oldest = oldest

    def ready(self) -> Path | None:
        found = shutil.which("pulumi")
        if found is None:
            raise Unavailable("there is none")
        return check(Path(found).absolute().parent, self._oldest)

    def make(self, workshop: Workshop) -> Path:
        raise Unavailable(f"nothing to make in {workshop.folder}")
