"""``error``: what a code means, offline and without the extra."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from exchange_automation.cli.error.entries import read_entries
from tests.cli.support import run


@pytest.mark.parametrize("code", ["EXA302", "exa302", "302", "[EXA302]", " EXA302 "])
def test_a_code_is_explained_as_a_message_ends_in_it(code: str) -> None:
    result = run(None, "error", code)
    assert result.code == 0
    assert result.out.startswith("EXA302: ")
    assert "exchange-automation adopt --yes" in result.out
    assert "What to do. " in result.out
    assert "](" not in result.out


def test_every_code_has_an_entry_without_markdown_that_fits_a_terminal() -> None:
    for code in read_entries():
        result = run(None, "error", code)
        assert result.out.startswith(f"{code}: "), code
        assert "](" not in result.out, code
        assert "What to do. " in result.out, code


def test_without_a_code_all_codes_are_listed() -> None:
    lines = run(None, "error").out.splitlines()
    assert len(lines) == len(read_entries()) > 100
    assert lines == sorted(lines)


@pytest.mark.parametrize("code", ["EXA999", "nonsense", "EXA", "3021", "\x1b[2J"])
def test_what_is_no_code_is_refused(code: str) -> None:
    result = run(None, "error", code)
    assert result.code == 2
    assert "is not a code of this package" in result.text
    assert "\x1b" not in result.err


def test_it_needs_no_package_of_the_extra() -> None:
    hide = (
        "import sys\n"
        "for name in ('typer', 'rich', 'httpx', 'azure'): sys.modules[name] = None\n"
        "sys.argv = ['exchange-automation', *{arguments}]\n"
        "from exchange_automation.cli import main\n"
        "main()"
    )
    for arguments, code, says in (
        (["error", "EXA302"], 0, "EXA302: "),
        (["error", "EXA999"], 2, "EXA428"),
        (["report"], 2, "Install the extra"),
    ):
        ran = subprocess.run(
            [sys.executable, "-c", hide.replace("{arguments}", json.dumps(arguments))],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (ran.returncode, says in ran.stdout + ran.stderr) == (code, True), ran.stderr
