"""The demonstration: what it shows when all is well, and that it fails when something is not."""

from __future__ import annotations

import errno
import io
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from rich.console import Console

from localtenant.process import LocalTenant
from tools import demo


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=80, highlight=False)


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_it_shows_both_grants_come_and_go(engine: None, console: Console) -> None:
    assert demo.run(console) == 0
    text = shown(console)
    for part in (
        "pulumi preview",
        "+ DirectoryRoleAssignment    exchange-access-exchange-administrator",
        "Exchange.ManageAsApp",
        "Exchange Administrator",
        "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com",
        "is the account's managed identity",
        "The app role came first",
        "No change.",
        "The directory holds no grant.",
        "Next: type make shell",
    ):
        assert part in text
    assert max(len(line) for line in text.splitlines()) <= 80


@pytest.mark.parametrize(
    ("moment", "expected"), [(0, "the preview created a grant"), (1, "should hold an app role and a directory role")]
)
def test_a_grant_that_should_not_be_there_ends_it(
    engine: None, console: Console, monkeypatch: pytest.MonkeyPatch, moment: int, expected: str
) -> None:
    calls: Iterator[int] = iter(range(10))
    real = LocalTenant.grants

    def grants(tenant: LocalTenant) -> list[dict[str, Any]]:
        if next(calls) == moment:
            [stranger] = tenant.add_service_principal("stranger", lag=0)
            tenant.add_grant(stranger["id"], appRole="Exchange.ManageAsApp")
        return real(tenant)

    monkeypatch.setattr(LocalTenant, "grants", grants)
    assert demo.run(console) == 1
    assert expected in " ".join(shown(console).split())


def test_a_directory_for_temporary_files_that_takes_none_is_named(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(**_: str) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "/read-only")

    monkeypatch.setattr("tools.demo.tempfile.TemporaryDirectory", refused)
    assert demo.run(console) == 1
    text = " ".join(shown(console).split())
    assert "Read-only file system: '/read-only'. For a temporary file, name a directory" in text


def test_it_ends_when_nobody_reads_its_output(engine: None) -> None:
    """As in ``make demo | head -1``: the pipe breaks while the thread of the engine's events writes a step."""
    running = subprocess.Popen([sys.executable, "-m", "tools.demo"], cwd=demo.ROOT, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    assert running.stdout.readline().startswith("An emulated Azure and Entra ID tenant answers")
    running.stdout.close()
    assert running.wait(120) == 141


def test_it_takes_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(["--fast"]) == 2
    assert "takes no arguments" in capsys.readouterr().err
