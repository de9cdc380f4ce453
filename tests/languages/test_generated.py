"""The SDKs that other languages are given: the compiler, or the interpreter, takes them as they are."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.environments import fresh
from tools.languages import SOURCE
from tools.places import CHECKOUT

PAGE = CHECKOUT / "docs" / "languages.md"
GO_MODULE = "example.com/pulumi-exchange-automation/sdk/go/exchange-automation"
"""What the generator calls a package that names no repository."""


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_the_sdk_for_go_compiles_with_the_program_of_the_documentation(
    generate: Callable[[str, Path], Path], tmp_path: Path
) -> None:
    sdk = generate("go", tmp_path) / "exchangeautomation"
    pins = [line for line in (SOURCE / "go.mod").read_text().splitlines() if not line.startswith(("module ", "tool "))]
    (sdk / "go.mod").write_text("\n".join([f"module {GO_MODULE}", *pins]))
    shutil.copy(SOURCE / "go.sum", sdk)
    (sdk / "program").mkdir()
    (sdk / "program" / "main.go").write_text(PAGE.read_text().split("```go\n", 1)[1].split("```", 1)[0])
    environment = {**os.environ, "GOWORK": "off", "GOFLAGS": "-mod=readonly"}
    done = subprocess.run(["go", "vet", "./..."], cwd=sdk, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_the_sdk_for_python_is_installed_and_imported(generate: Callable[[str, Path], Path], tmp_path: Path) -> None:
    python = fresh(tmp_path / "venv", [generate("python", tmp_path / "sdk")])
    names = "ExchangeAccess, ExchangeAutomationAccount, ExchangeRunbook, ScheduleArgs"
    subprocess.run([python, "-W", "error", "-c", f"from pulumi_exchange_automation import {names}"], check=True)


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_the_sdk_for_csharp_is_written(generate: Callable[[str, Path], Path], tmp_path: Path) -> None:
    """Written only: its compiler comes from no registry that this project may ask."""
    written = {path.name for path in generate("dotnet", tmp_path).rglob("*.cs")}
    assert {"ExchangeAccess.cs", "ExchangeAutomationAccount.cs", "ExchangeRunbook.cs", "ScheduleArgs.cs"} <= written
