"""``make shell``: a shell on a local tenant, with the engine, a language host of Python and `exchange-automation` on PATH.

Arguments go to bash in place of an interactive session: ``python -m tools.shell -c 'pulumi version'``.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from tools.engine import NoEngineError, engine_directory
from tools.places import CHECKOUT

HOST = CHECKOUT / "tools" / "language_host"
BASHRC = CHECKOUT / "tools" / "shell.bashrc"


def environment(engine: Path) -> dict[str, str]:
    """Returns the environment of the shell, without the tenant's part."""
    directories = [str(Path(sys.executable).parent), str(engine)]
    if shutil.which("pulumi-language-python", path=os.pathsep.join([str(engine), os.environ["PATH"]])) is None:
        directories.append(str(HOST))
    first = os.pathsep.join(directories)
    return {
        **os.environ,
        "EXCHANGE_AUTOMATION_PYTHON": sys.executable,
        "EXCHANGE_AUTOMATION_PATH": first,
        "PATH": f"{first}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def main(arguments: Sequence[str]) -> NoReturn:
    """Replaces this process by the tenant and its shell."""
    if shutil.which("bash") is None:
        sys.exit("shell: bash is not on PATH, so there is no shell to start. Install it.")
    try:
        given = environment(engine_directory())
    except NoEngineError as error:
        sys.exit(f"shell: {error}")
    bash = ["bash", *arguments] if arguments else ["bash", "--rcfile", str(BASHRC), "-i"]
    # Waiting for replication moves the tenant's clock and costs no time.
    command = [sys.executable, "-m", "localtenant", "run", "--lag", "5", "--virtual-time", "--", *bash]
    os.chdir(CHECKOUT)
    os.execve(sys.executable, command, given)  # noqa: S606  (fixed arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
