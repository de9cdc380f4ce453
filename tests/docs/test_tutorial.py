"""The tutorial as somebody types it: its files, its commands, on the real engine's command line and a local tenant."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import of
from tools.places import CHECKOUT, user_cache

PAGE = CHECKOUT / "docs" / "first-grant.md"
SHELL = "make shell\n"


@pytest.mark.usefixtures("engine")
def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    blocks = list(of(PAGE))
    files = {block.title: block.text for block in blocks if block.title}
    assert set(files) == {"Pulumi.yaml", "__main__.py"}
    commands = "".join(block.text for block in blocks if block.language == "sh")
    before, typed = commands.split(SHELL)
    assert before == "make demo\n"

    # What the reader does in an editor.
    script = typed.replace("cd first-grant\n", 'cd first-grant\ncp "$FILES"/* .\n').replace(
        "pulumi preview --json",
        "sed -i 's/Exchange Recipient Administrator/Global Reader/' __main__.py\npulumi preview --json",
    )
    assert script.count("\n") == typed.count("\n") + 2
    for name, text in files.items():
        (tmp_path / "files").mkdir(exist_ok=True)
        (tmp_path / "files" / name).write_text(text, "utf-8")

    # `make shell` runs this module; its arguments take the place of the keyboard.
    ran = subprocess.run(
        [sys.executable, "-m", "tools.shell", "-exc", f"cd {tmp_path}\n{script}"],
        check=False,
        cwd=CHECKOUT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")},
            "FILES": str(tmp_path / "files"),
            "HOME": str(tmp_path),
            "COLUMNS": "200",
            "TERM": "dumb",
            # The engine comes from the cache of the user who runs the tests.
            "XDG_CACHE_HOME": str(user_cache().parent),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = ran.stdout
    assert ran.returncode == 0, output
    [outputs] = [block.text for block in blocks if block.text.startswith("Outputs:")]
    assert outputs.splitlines()[1].strip() in output
    reports = output.split("+ exchange-automation report")
    assert "Exchange Recipient Administrator" in reports[1]
    assert "0 principals, 0 grants" in reports[2], reports[2]
    assert "Global Reader" in output
    assert "KeyboardInterrupt" not in output
