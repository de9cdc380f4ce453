"""What a reader does with a page: writes its files, types its commands, in an empty directory and with a Pulumi on PATH.

The language host of Python that Pulumi's installer brings is the one of the tests; it runs the program with the Python of the
reader's own ``.venv``, which holds what the page's commands installed and nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.docs.blocks import Block, of
from tools.places import CHECKOUT

HOST = CHECKOUT / "tools" / "language_host" / "host.py"


@dataclass(frozen=True)
class Page:
    """The files and the commands of a page or of one section of it."""

    files: dict[str, str]
    commands: list[str]

    @staticmethod
    def read(path: Path, heading: str = "") -> Page:
        """Reads a page, or the section below ``heading``."""
        text = path.read_text("utf-8")
        start = text.index(f"\n## {heading}\n") if heading else 0
        end = text.find("\n## ", start + 1) if heading else len(text)
        first, last = text.count("\n", 0, start), text.count("\n", 0, end)
        blocks: list[Block] = [block for block in of(path) if first <= block.line <= last and not block.reason]
        return Page(
            {block.title: block.text for block in blocks if block.title},
            [block.text for block in blocks if block.language == "sh"],
        )


def shell(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Type commands in a folder, with ``CLONE`` as the path of this checkout and no Python of ours on PATH."""
    ours = str(Path(sys.executable).parent)
    path = [entry for entry in os.environ["PATH"].split(os.pathsep) if entry != ours]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PULUMI_", "PYTHON", "EXCHANGE_")) and name != "VIRTUAL_ENV"
    }
    return subprocess.run(
        ["bash", "-exc", script],
        check=False,
        cwd=folder,
        env={**kept, "PATH": os.pathsep.join(path), "CLONE": str(CHECKOUT), "COLUMNS": "200", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def on_tenant(script: str, folder: Path, environment: Path, scratch: Path) -> subprocess.CompletedProcess[str]:
    """Type commands on a local tenant, with the environment ``.venv`` of the reader active."""
    host = scratch / "host"
    host.mkdir(exist_ok=True)
    launcher = host / "pulumi-language-python"
    launcher.write_text(f'#!/bin/sh\nexec "{environment}/bin/python" -I "{HOST}" "$@"\n', "utf-8")
    launcher.chmod(0o755)
    inner = f'export PATH="{host}:$PATH"\n. "{environment}/bin/activate"\ncd "{folder}"\n{script}'
    run = f'cd "{CHECKOUT}"\nexec "{sys.executable}" -m localtenant run --virtual-time -- bash -exc "$SCRIPT"'
    return shell(
        run,
        folder,
        SCRIPT=inner,
        HOME=str(scratch),
        # A person answers "yes" to the question of pulumi up; nobody is at this keyboard.
        PULUMI_SKIP_CONFIRMATIONS="true",
        PULUMI_CONFIG_PASSPHRASE="as-written",
        TERM="dumb",
    )
