"""The tutorial as somebody types it: its files, its commands, on the real engine's command line and a local tenant."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import of
from tools.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "first-grant.md"
HOST = CHECKOUT / "tests" / "engine" / "language"
SHELL = "python -m localtenant run -- bash\n"


@pytest.mark.usefixtures("engine")
def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    blocks = list(of(PAGE))
    files = {block.title: block.text for block in blocks if block.title}
    assert set(files) == {"Pulumi.yaml", "__main__.py"}
    commands = "".join(block.text for block in blocks if block.language == "sh")
    before, typed = commands.split(SHELL)
    assert before.splitlines() == ["make demo", ". .venv/bin/activate", "pip install './components[cli]'"]

    # What the reader does in an editor.
    script = typed.replace("cd first-grant\n", 'cd first-grant\ncp "$FILES"/* .\n').replace(
        "pulumi preview --json",
        "sed -i 's/Exchange Recipient Administrator/Global Reader/' __main__.py\npulumi preview --json",
    )
    assert script.count("\n") == typed.count("\n") + 2
    for name, text in files.items():
        (tmp_path / "files").mkdir(exist_ok=True)
        (tmp_path / "files" / name).write_text(text, "utf-8")

    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "localtenant",
            "run",
            "--lag",
            "5",
            "--virtual-time",
            "--",
            "bash",
            "-exc",
            f"cd {tmp_path}\n{script}",
        ],
        check=False,
        cwd=CHECKOUT,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith("PULUMI_")},
            "EXCHANGE_AUTOMATION_PYTHON": sys.executable,
            "FILES": str(tmp_path / "files"),
            "HOME": str(tmp_path),
            "PATH": os.pathsep.join([str(HOST), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPATH": str(CHECKOUT),
            "COLUMNS": "200",
            "TERM": "dumb",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = ran.stdout
    assert ran.returncode == 0, said
    [outputs] = [block.text for block in blocks if block.text.startswith("Outputs:")]
    assert outputs.splitlines()[1].strip() in said
    reports = said.split("+ exchange-automation report")
    assert "Exchange Recipient Administrator" in reports[1]
    assert "0 principals, 0 grants" in reports[2], reports[2]
    assert "Global Reader" in said
    assert "KeyboardInterrupt" not in said
