"""The engine comes from PATH, from the user's cache, from Pulumi's installer or from the Go build, in this order."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from semver import Version

from tools import engine
from tools.engine import NoEngineError, engine_directory, pinned_version
from tools.places import create_once, user_cache

# Stands for Go. `go build -o TARGET` writes a `pulumi` that prints the version of the linker flags.
GO = """
import os, sys
from pathlib import Path
target = Path(sys.argv[sys.argv.index("-o") + 1])
target.parent.mkdir(parents=True)
version = sys.argv[sys.argv.index("-ldflags") + 1].rpartition("=")[2]
target.write_text(f"#!{sys.executable}\\nprint({version!r})\\n")
target.chmod(0o755)
print(os.environ["CGO_ENABLED"], os.environ["GOWORK"], file=open(Path(__file__).with_name("environment"), "w"))
"""
INSTALLER = """
import sys
from pathlib import Path
target = Path(sys.argv[1], "bin", "pulumi")
target.parent.mkdir()
target.write_text(f"#!{sys.executable}\\nprint({sys.argv[2]!r})\\n")
target.chmod(0o755)
"""


@pytest.fixture(autouse=True)
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH. The cache is empty, and the installer is not reached."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(engine, "INSTALL", "raise SystemExit('Name or service not known')")
    return folder


def write_program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!{sys.executable}\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("newer", ["patch", "minor"])
def test_a_pulumi_on_path_that_is_recent_enough_comes_first(programs: Path, newer: str) -> None:
    version = pinned_version()
    write_program(programs, "pulumi", f"print('v{version.bump_minor() if newer == 'minor' else version}')")
    write_program(programs, "go", "raise SystemExit('not needed')")
    assert engine_directory() == programs


@pytest.mark.parametrize("answer", ["print('v3.0.0')", "print('hello')", "raise SystemExit(3)"])
def test_a_pulumi_on_path_that_is_old_or_broken_is_passed_over_for_the_build(programs: Path, answer: str) -> None:
    write_program(programs, "pulumi", answer)
    write_program(programs, "go", GO)
    assert engine_directory().is_relative_to(user_cache() / "engine")
    assert (programs / "environment").read_text() == "0 off\n"


def test_a_build_is_kept_under_a_name_that_changes_with_its_pins(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_program(programs, "go", GO)
    built = engine_directory()
    (programs / "go").unlink()
    assert engine_directory() == built
    module = tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text((engine.MODULE / "go.mod").read_text())
    (module / "go.sum").write_text("other sums\n")
    monkeypatch.setattr(engine, "MODULE", module)
    with pytest.raises(NoEngineError, match="go is not on PATH"):
        engine_directory()


def test_the_installer_comes_before_the_build(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "INSTALL", INSTALLER)
    write_program(programs, "go", "raise SystemExit('not needed')")
    installed = engine_directory()
    assert installed.parent.name.endswith("-installed")
    monkeypatch.setattr(engine, "INSTALL", "raise SystemExit('not needed twice')")
    assert engine_directory() == installed


@pytest.mark.parametrize("fault", ["raise SystemExit('dial tcp: no such host')", GO.replace("{version!r}", "'v3.0.0'")])
def test_a_build_that_fails_or_has_another_version_leaves_nothing(programs: Path, fault: str) -> None:
    write_program(programs, "go", fault)
    with pytest.raises(NoEngineError, match=r"no such host|is 3\.0\.0, and at least"):
        engine_directory()
    assert [path.name for path in (user_cache() / "engine").iterdir()] == [".lock"]


def test_one_message_lists_every_attempt_and_the_remedies(programs: Path) -> None:
    write_program(programs, "pulumi", "print('v3.0.0')")
    with pytest.raises(NoEngineError) as caught:
        engine_directory()
    lines = str(caught.value).splitlines()
    assert lines[1].startswith(f"  pulumi on PATH: {programs / 'pulumi'} is 3.0.0, and at least {pinned_version()}")
    assert lines[2] == f"  Pulumi's installer: {Path(sys.executable).name} failed: Name or service not known"
    assert lines[3] == "  the Go build: go is not on PATH"
    assert lines[4].startswith("Any one of these is enough: ")


def test_the_pinned_version_is_the_one_of_the_go_module() -> None:
    assert pinned_version() >= Version.parse("3.259.0")


def test_a_second_process_waits_and_takes_the_folder_of_the_first(tmp_path: Path) -> None:
    target, entered, go_on = tmp_path / "made", threading.Event(), threading.Event()

    def slow(folder: Path) -> None:
        entered.set()
        assert go_on.wait(10)
        assert not target.exists()
        (folder / "file").write_text("whole")

    first = threading.Thread(target=create_once, args=(target, slow))
    first.start()
    assert entered.wait(10)
    program = (
        "import sys; from pathlib import Path; from tools.places import create_once\n"
        "def create(folder): raise SystemExit('created twice')\n"
        "print((create_once(Path(sys.argv[1]), create) / 'file').read_text())"
    )
    second = subprocess.Popen([sys.executable, "-c", program, str(target)], stdout=subprocess.PIPE, text=True)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(0.5)
    go_on.set()
    assert second.communicate(timeout=10)[0] == "whole\n"
    first.join()


def test_leftovers_of_a_killed_process_are_removed_and_finished_folders_stay(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    (cache / ".partial-left" / "bin").mkdir(parents=True)
    (cache / "finished").mkdir()
    created = create_once(cache / "new", lambda folder: None)
    assert sorted(path.name for path in cache.iterdir()) == [".lock", "finished", "new"]
    assert stat.S_IMODE(created.stat().st_mode) == 0o755


@pytest.mark.parametrize("value", ["", "relative/cache"])
def test_a_cache_folder_that_is_not_absolute_is_ignored(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert user_cache() == Path.home() / ".cache" / "exchange-automation"
