"""``make shell`` with a person's input: the prompt shows the tenant, and the shell finds every program."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tools import shell
from tools.places import CHECKOUT, user_cache


def test_the_prompt_shows_the_tenant_and_every_program_is_found(engine: None, tmp_path: Path) -> None:
    # What people have in their own settings: a PATH that forgets the given one, and a prompt.
    (tmp_path / ".bashrc").write_text("PATH=/usr/bin:/bin\nPS1='mine> '\nPROMPT_COMMAND=\"PS1='other> '\"\n")
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.shell"],
        cwd=CHECKOUT,
        env={**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(user_cache().parent), "TERM": "dumb"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    os.write(
        master,
        b"pulumi version && command -v pulumi-language-python exchange-automation && echo $ARM_TENANT_ID\nexit\n",
    )
    output = b""
    try:
        while part := os.read(master, 4096):
            output += part
    except OSError:
        pass  # The other side is closed.
    finally:
        os.close(master)
    text = output.decode()
    assert process.wait(60) == 0, text
    assert "(local tenant) mine> " in text
    assert "A local tenant takes the place of Azure in this shell" in text
    for found in ("v3.", "/pulumi-language-python", "/exchange-automation", "-0000-"):
        assert found in text.split("exit", 1)[1], text


def test_a_language_host_beside_the_engine_is_preferred_to_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert str(shell.HOST) in shell.environment(tmp_path)["PATH"].split(os.pathsep)
    (tmp_path / "pulumi-language-python").write_text("#!/bin/sh\n")
    (tmp_path / "pulumi-language-python").chmod(0o755)
    assert str(shell.HOST) not in shell.environment(tmp_path)["PATH"].split(os.pathsep)


def test_arguments_take_the_place_of_the_keyboard_and_their_exit_code_is_kept(engine: None) -> None:
    done = subprocess.run([sys.executable, "-m", "tools.shell", "-c", "exit 7"], cwd=CHECKOUT, check=False)
    assert done.returncode == 7
