"""Each way to the engine by itself, on programs that only pretend to be `pulumi` and `go`."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from semver import Version

from tools.engine import installer
from tools.engine.choice import Unavailable
from tools.engine.go_build import GoBuild, go_version, refusal
from tools.engine.installer import OfficialInstaller, run_limited
from tools.engine.on_path import OnPath
from tools.engine.pulumi import MODULE_FOLDER, pinned_version
from tools.engine.workshop import Workshop, open_workshop

PINNED = Version.parse("3.259.0")


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole of PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def workshop(tmp_path: Path) -> Iterator[Workshop]:
    with open_workshop(tmp_path / "engines", io.StringIO()) as opened:
        yield opened


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "module"
    folder.mkdir()
    (folder / "go.mod").write_text("module pulumi-cli\n\ngo 1.25.11\n")
    (folder / "go.sum").write_text("sums\n")
    return folder


def write_program(folder: Path, name: str, text: str) -> None:
    program = folder / name
    program.write_text(f"#!{sys.executable}\n{text}\n")
    program.chmod(0o755)


def write_pulumi(folder: Path, answer: str) -> None:
    write_program(folder, "pulumi", f"print({answer!r})")


def write_go(folder: Path, *, version: str = "go1.25.11", toolchain: str = "local", fails: str = "") -> None:
    """A go that answers `env` and `list`, and whose `build` writes a pulumi or fails with `fails`."""
    text = f"""
import os, sys
from pathlib import Path
if sys.argv[1] == "env":
    print({version!r}); print({toolchain!r})
elif {fails!r}:
    sys.exit({fails!r})
elif sys.argv[1] == "list":
    print("example.org/a"); print(); print("example.org/b")
else:
    print("example.org/a", file=sys.stderr)
    target = Path(sys.argv[sys.argv.index("-o") + 1])
    target.parent.mkdir(parents=True)
    stamp = sys.argv[sys.argv.index("-ldflags") + 1].rpartition("=")[2]
    target.write_text("#!" + sys.executable + "\\nprint(" + repr(stamp) + ")\\n")
    target.chmod(0o755)
    Path("environment").write_text(os.environ["CGO_ENABLED"] + os.environ["GOWORK"])
    inherited = []
    for descriptor in map(int, os.listdir("/dev/fd")):
        try:
            inherited.append(os.fstat(descriptor).st_ino)
        except OSError:
            pass
    Path("inherited").write_text(" ".join(map(str, inherited)))
"""
    write_program(folder, "go", text)


def test_the_pinned_version_is_read_from_the_module_of_the_build() -> None:
    assert pinned_version((MODULE_FOLDER / "go.mod").read_text()) >= PINNED
    with pytest.raises(ValueError, match="does not require"):
        pinned_version("module pulumi-cli\n")


@pytest.mark.parametrize("answer", ["v3.259.0", "v3.260.1", "3.300.0-alpha.1+abc"])
def test_a_pulumi_on_path_that_is_recent_enough_is_taken(bin_folder: Path, answer: str) -> None:
    write_pulumi(bin_folder, answer)
    assert OnPath(PINNED).ready() == bin_folder


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("v3.258.9", "at least 3.259.0 is needed"), ("v3.259.0-alpha.1", "at least"), ("hello", "does not tell")],
)
def test_a_pulumi_on_path_that_is_not_is_refused_with_the_reason(bin_folder: Path, answer: str, reason: str) -> None:
    write_pulumi(bin_folder, answer)
    with pytest.raises(Unavailable, match=reason):
        OnPath(PINNED).ready()


def test_a_pulumi_that_crashes_is_refused(bin_folder: Path) -> None:
    write_program(bin_folder, "pulumi", "raise SystemExit(3)")
    with pytest.raises(Unavailable, match="does not run"):
        OnPath(PINNED).ready()


@pytest.mark.usefixtures("bin_folder")
def test_no_pulumi_on_path_is_said_so() -> None:
    with pytest.raises(Unavailable, match="there is none"):
        OnPath(PINNED).ready()


def test_a_build_is_kept_and_found_again(bin_folder: Path, source: Path, workshop: Workshop) -> None:
    write_go(bin_folder)
    way = GoBuild(PINNED, source, workshop.folder, "test")
    assert way.ready() is None
    made = way.make(workshop)
    assert way.ready() == made
    assert (made / "pulumi").is_file()
    assert (source / "environment").read_text() == "0off"


def test_the_build_holds_the_lock_so_that_it_outlives_a_killed_parent(
    bin_folder: Path, source: Path, workshop: Workshop
) -> None:
    write_go(bin_folder)
    GoBuild(PINNED, source, workshop.folder, "test").make(workshop)
    assert str((workshop.folder / ".lock").stat().st_ino) in (source / "inherited").read_text().split()


def test_another_sum_is_another_build(bin_folder: Path, source: Path, workshop: Workshop) -> None:
    write_go(bin_folder)
    GoBuild(PINNED, source, workshop.folder, "test").make(workshop)
    (source / "go.sum").write_text("other sums\n")
    assert GoBuild(PINNED, source, workshop.folder, "test").ready() is None


def test_a_failed_build_gives_gos_last_words_and_leaves_nothing(
    bin_folder: Path, source: Path, workshop: Workshop
) -> None:
    write_go(bin_folder, fails="dial tcp: no such host")
    with pytest.raises(Unavailable, match="no such host"):
        GoBuild(PINNED, source, workshop.folder, "test").make(workshop)
    assert [path.name for path in workshop.folder.iterdir()] == [".lock"]


def test_a_build_that_reports_another_version_is_not_kept(bin_folder: Path, source: Path, workshop: Workshop) -> None:
    write_go(bin_folder)
    program = (bin_folder / "go").read_text()
    (bin_folder / "go").write_text(program.replace("repr(stamp)", "repr('v3.0.0')"))
    way = GoBuild(PINNED, source, workshop.folder, "test")
    with pytest.raises(Unavailable, match=r"at least 3\.259\.0"):
        way.make(workshop)
    assert way.ready() is None


@pytest.mark.usefixtures("bin_folder")
def test_no_go_is_said_so(source: Path, workshop: Workshop) -> None:
    with pytest.raises(Unavailable, match="go is not on PATH"):
        GoBuild(PINNED, source, workshop.folder, "test").make(workshop)


def test_a_go_that_is_too_old_is_refused_before_anything_is_fetched(
    bin_folder: Path, source: Path, workshop: Workshop
) -> None:
    write_go(bin_folder, version="go1.24.3", fails="must not be reached")
    with pytest.raises(Unavailable, match=r"go1\.24\.3 is too old, and at least 1\.25\.11 is needed"):
        GoBuild(PINNED, source, workshop.folder, "test").make(workshop)


@pytest.mark.parametrize(
    ("installed", "toolchain", "can"),
    [
        ("go1.25.11", "local", True),
        ("go1.26", "local", True),
        ("go1.25.10", "local", False),
        ("go1.25.10", "auto", True),
        ("go1.22.1", "go1.22.1+auto", True),
        ("go1.20.14", "auto", False),
        ("devel go1.27-abc", "local", True),
    ],
)
def test_a_go_can_build_when_it_is_recent_or_may_fetch_a_recent_one(installed: str, toolchain: str, can: bool) -> None:
    assert (refusal(installed, toolchain, "1.25.11") is None) is can


def test_a_go_without_a_version_is_refused() -> None:
    with pytest.raises(Unavailable, match="does not tell"):
        go_version("unknown")


def test_an_installer_that_cannot_be_reached_fails_before_anything_is_installed(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installer, "REACH", "raise SystemExit('Name or service not known')")
    monkeypatch.setattr(installer, "INSTALL", "raise SystemExit('must not be reached')")
    with pytest.raises(Unavailable, match="Name or service not known"):
        OfficialInstaller(PINNED, workshop.folder, "test").make(workshop)


def test_what_the_installer_installs_is_kept_and_found_again(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installer, "REACH", "")
    monkeypatch.setattr(
        installer,
        "INSTALL",
        "import sys; from pathlib import Path; target = Path(sys.argv[1], 'bin', 'pulumi'); target.parent.mkdir(); "
        "target.write_text(f'#!{sys.executable}\\nprint({sys.argv[2]!r})\\n'); target.chmod(0o755)",
    )
    way = OfficialInstaller(PINNED, workshop.folder, "test")
    assert way.ready() is None
    made = way.make(workshop)
    assert way.ready() == made
    assert (made / "pulumi").is_file()


def test_an_installer_that_does_not_answer_is_ended_with_all_that_it_started(
    workshop: Workshop, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    program = (
        "import subprocess, sys; from pathlib import Path; child = subprocess.Popen(['sleep', '60']); "
        "Path(sys.argv[1]).write_text(str(child.pid)); child.wait()"
    )
    started = time.monotonic()
    with pytest.raises(Unavailable, match="no answer within 1 s"):
        run_limited([program, str(pid)], 1.0, workshop.lock)
    assert time.monotonic() - started < 10
    # Ended, and collected by whoever inherits it, in a moment.
    grandchild = int(pid.read_text())
    for _ in range(100):
        try:
            state = Path(f"/proc/{grandchild}/stat").read_text() if sys.platform == "linux" else ""
            os.kill(grandchild, 0)
        except (OSError, ProcessLookupError):
            return
        if ") Z " in state:
            return
        time.sleep(0.05)
    pytest.fail("the grandchild lives on")
