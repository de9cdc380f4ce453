"""Directories and disks that take no file: one message, exit code 2, and what was there stays whole."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path
from typing import Any, NoReturn

import pytest

from exchange_automation.cli import documents
from exchange_automation.cli.adopt.import_file import write
from exchange_automation.core.problems import Problem
from tests.cli.support import run

SCRIPT = "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com\nGet-EXOMailbox\n"


def refuse(number: int) -> Any:
    """A function of files that the system refuses."""

    def refused(*_: Any, **__: Any) -> NoReturn:
        raise OSError(number, os.strerror(number), "/read-only/file")

    return refused


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES, errno.EDQUOT, errno.EMFILE])
def test_a_directory_for_temporary_files_that_takes_none(
    number: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryDirectory", refuse(number))
    result = run(None, "adopt", "--cwd", str(tmp_path))
    assert result.code == 2
    assert f"The system refused a file that the command needs: {os.strerror(number)}: /read-only/file" in result.text
    assert "EXA444" in result.text


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC])
@pytest.mark.parametrize("function", ["open", "replace"])
def test_a_file_that_cannot_be_written_stays_as_it_was(
    number: int, function: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = tmp_path / "report.ps1"
    script.write_text(SCRIPT)
    assert run(None, "permissions", str(script), "--write").code == 0
    [written] = set(tmp_path.iterdir()) - {script}
    before = written.read_bytes()
    script.write_text(f"{SCRIPT}Get-Mailbox\n")
    plain = getattr(Path, function)

    def refused(path: Path, *given: Any, **named: Any) -> Any:
        if function == "replace" or "x" in given:
            raise OSError(number, os.strerror(number), str(path))
        return plain(path, *given, **named)

    monkeypatch.setattr(Path, function, refused)
    result = run(None, "permissions", str(script), "--write")
    monkeypatch.undo()
    assert result.code == 2
    assert "EXA464" in result.text
    assert written.read_bytes() == before
    assert set(tmp_path.iterdir()) == {script, written}
    assert run(None, "permissions", str(script), "--write").code == 0
    assert written.read_bytes() != before


def test_an_import_file_in_a_directory_that_takes_none(tmp_path: Path) -> None:
    for path in (Path("/proc/adopt.json"), tmp_path / "none" / "adopt.json", tmp_path / ("x" * 300)):
        with pytest.raises(Problem, match="EXA424"):
            write({"resources": []}, path)


def test_a_device_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    documents.write_whole(Path(os.devnull), "text")
    assert not Path(os.devnull).is_file()
    linked = tmp_path / "link"
    linked.symlink_to(tmp_path / "file")
    documents.write_whole(linked, "text")
    assert (linked.is_symlink(), (tmp_path / "file").read_text()) == (True, "text")
