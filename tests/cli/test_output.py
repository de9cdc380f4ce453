"""What is printed: in every encoding, to a full disk and a closed pipe, and neutral for terminals and spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from exchange_automation.cli.output import inert_cell, inert_json, printable
from localtenant.process import LocalTenant
from tests.cli import plans
from tests.cli.support import identity, run

ENCODINGS = ("utf-8", "cp1252", "ascii", "cp437", "cp932", "cp936", "cp949", "utf-16")
NAME = "größe 日本 \u202eevil \x1b[2J\x9b1m\x00 😀"
BETWEEN = "-- the next output --"
COMMANDS = ("", "doctor", "report", "adopt", "explain", "evidence", "error", "webhook-address")


def start(*arguments: str, environment: dict[str, str] | None = None, **more: object) -> subprocess.Popen[bytes]:
    """The tool in a process of its own."""
    running: subprocess.Popen[bytes] = subprocess.Popen(
        [sys.executable, "-m", "exchange_automation.cli", *arguments],
        env={**os.environ, "COLUMNS": "80", **(environment or {})},
        stderr=subprocess.PIPE,
        **more,  # type: ignore[call-overload]
    )
    return running


@pytest.fixture
def odd_name(tenant: LocalTenant) -> LocalTenant:
    identity(tenant, "Exchange Administrator", name=NAME)
    return tenant


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_output_prints_in_every_encoding(odd_name: LocalTenant, encoding: str) -> None:
    # One process prints all three, because importing the clients takes longer than a report.
    script = (
        "import sys\n"
        "from exchange_automation.cli.app import run\n"
        "for form in ([], ['--csv'], ['--json']):\n"
        "    sys.argv = ['exchange-automation', 'report', *form]\n"
        "    try:\n"
        "        run()\n"
        "    except SystemExit as end:\n"
        "        assert not end.code, end.code\n"
        f"    print({BETWEEN!r})\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, **odd_name.environment, "PYTHONIOENCODING": encoding, "COLUMNS": "80"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b""), ran.stderr
    text = ran.stdout.decode(encoding)
    assert not re.search("[\x1b\x9b\x00\u202e]", text)
    table, rows, document, rest = text.split(f"{BETWEEN}\n")
    assert "grants" in table
    assert len(list(csv.DictReader(io.StringIO(rows)))) == 2
    assert [principal["name"] for principal in json.loads(document)["principals"]] == [NAME]
    assert rest == ""


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_help_prints_in_every_encoding(encoding: str) -> None:
    script = (
        "import contextlib, sys\n"
        "from exchange_automation.cli.app import run\n"
        f"for command in {COMMANDS!r}:\n"
        "    sys.argv = ['exchange-automation', *filter(None, [command]), '--help']\n"
        "    with contextlib.suppress(SystemExit):\n"
        "        run()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "80"},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert ran.stdout.decode(encoding).count("Usage: exchange-automation") == len(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_a_help_names_values_as_people_do_and_breaks_no_word(command: str, columns: str) -> None:
    result = run(None, *filter(None, [command]), "--help", variables={"COLUMNS": columns})
    assert result.code == 0
    for mark in ("<", "[[", "│", "\b", "\\b"):
        assert mark not in result.out, mark
    words = set(re.findall(r"--[a-z][a-z-]+", result.out))
    assert not re.search(r"\w-$", result.out, re.MULTILINE)
    if command == "explain":
        assert {"--format", "--fail-on", "--title", "--note", "--json", "--help"} <= words
        assert "low, medium, high, critical or never" in " ".join(result.out.split())


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full disk to write to")


@FULL
@pytest.mark.parametrize("arguments", [["report", "--csv"], ["report", "--json"], ["report"], ["error"], ["--help"]])
def test_a_full_disk_is_one_message(tenant: LocalTenant, arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        ran = start(*arguments, environment=dict(tenant.environment), stdout=full)
        _, err = ran.communicate(timeout=60)
    text = " ".join(err.decode().split())
    assert ran.returncode == 2, text
    assert "Standard output takes no more (No space left on device)" in text
    assert text.count("EXA427") == 1
    assert "Traceback" not in text
    assert "Exception ignored" not in text


@pytest.mark.parametrize("arguments", [["error"], ["explain", "--json"], ["--help"]])
def test_a_reader_that_has_ended_is_one_message(arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    steps = [plans.step("create", new=plans.role(plans.GLOBAL_READER, name=f"role-{n}")) for n in range(3000)]
    ran = start(*arguments, stdin=subprocess.PIPE, stdout=write)
    os.close(write)
    _, err = ran.communicate(plans.preview(*steps).encode() if arguments[0] == "explain" else b"", timeout=60)
    text = " ".join(err.decode().split())
    assert ran.returncode == 2, text
    assert "its reader has ended" in text
    assert "Traceback" not in text
    assert "Exception ignored" not in text


def test_a_standard_output_that_is_closed_is_one_message() -> None:
    command = f"{sys.executable} -m exchange_automation.cli error EXA302 >&-"
    ran = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "Standard output takes no more (it is closed)" in " ".join(ran.stderr.split())


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("plain", "plain"),
        ("", ""),
        ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
        *((f"{mark}1+1", f"'{mark}1+1") for mark in "=+-@＝＋－＠"),  # noqa: RUF001  (full-width on purpose)
        ("  =1", "  '=1"),
        ("\n=1", " '=1"),
        ("\r\n=1", " '=1"),
        ("a\n=1", "a =1"),
        ("a\t=1", "a?=1"),
        ("a;=1", "a;'=1"),
        ("a; ＝1", "a; '＝1"),  # noqa: RUF001
        ("a|@x", "a|'@x"),
        ("\x00=1", "?=1"),
        ("\u202e=1", "?=1"),
        ("\ufeff=1", "?=1"),
        ("\x1b]0;x\x07", "?]0;x?"),
        ("\x9b2J", "?2J"),
        ("\u2028=1", " '=1"),
        ("\ud800", "?"),
    ],
)
def test_a_cell_is_shown_and_never_calculated(cell: str, shown: str) -> None:
    assert inert_cell(cell) == shown


@pytest.mark.parametrize(
    "character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\u200f", "\u202e", "\u2066", "\ufeff"]
)
def test_no_character_that_a_terminal_obeys_is_printed(character: str) -> None:
    document = json.dumps({"name": f"a{character}b"}, ensure_ascii=False)
    inert = inert_json(document)
    assert character not in inert
    assert json.loads(inert) == {"name": f"a{character}b"}
    assert character not in printable(f"a{character}b")


def test_a_name_is_no_picture(tenant: LocalTenant) -> None:
    identity(tenant, "Exchange Administrator", name="the :bomb: [red]job[/red]")
    assert "the :bomb: [red]job[/red]" in run(tenant, "report").out
