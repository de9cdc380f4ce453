"""Which way to the engine is taken, with stand-ins for the three ways: no network, no build."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tools.engine.choice import NoEngineError, Unavailable, Way, choose
from tools.engine.workshop import Workshop, open_workshop

REMEDY = "Do this."


@dataclass
class FakeWay:
    """A way that has an engine ready, can make one, or gives a reason; it records what it was asked."""

    name: str
    has: Path | None = None
    makes: Path | None = None
    no_use_asking: str | None = None
    fails_to_make: str = "cannot be made"
    asked: list[str] = field(default_factory=list)

    def ready(self) -> Path | None:
        self.asked.append("ready")
        if self.no_use_asking is not None:
            raise Unavailable(self.no_use_asking)
        return self.has

    def make(self, workshop: Workshop) -> Path:
        self.asked.append("make")
        assert workshop.folder.is_dir()
        if self.makes is None:
            raise Unavailable(self.fails_to_make)
        return self.makes


def decide(tmp_path: Path, *ways: Way) -> Path:
    return choose(ways, partial(open_workshop, tmp_path, io.StringIO()), REMEDY)


def test_an_engine_on_path_is_taken_and_nothing_else_is_asked(tmp_path: Path) -> None:
    path = FakeWay("path", has=Path("/usr/bin"))
    build = FakeWay("build", has=Path("/built"))
    assert decide(tmp_path, path, build) == Path("/usr/bin")
    assert build.asked == []


def test_an_engine_that_is_there_is_taken_without_waiting_for_a_run_that_makes_another() -> None:
    def closed() -> AbstractContextManager[Workshop]:
        pytest.fail("waited for the workshop")

    assert choose([FakeWay("path", has=Path("/usr/bin"))], closed, REMEDY) == Path("/usr/bin")


def test_an_old_engine_on_path_falls_through_to_the_next_way(tmp_path: Path) -> None:
    path = FakeWay("path", no_use_asking="too old")
    installer = FakeWay("installer", makes=Path("/installed"))
    assert decide(tmp_path, path, installer) == Path("/installed")
    assert path.asked.count("make") == 0


def test_a_cached_build_is_used_before_the_installer_is_tried_again(tmp_path: Path) -> None:
    installer = FakeWay("installer", makes=Path("/installed"))
    build = FakeWay("build", has=Path("/built"))
    assert decide(tmp_path, FakeWay("path", no_use_asking="none"), installer, build) == Path("/built")
    assert "make" not in installer.asked


def test_the_installer_comes_before_the_build(tmp_path: Path) -> None:
    build = FakeWay("build", makes=Path("/built"))
    assert decide(tmp_path, FakeWay("installer", makes=Path("/installed")), build) == Path("/installed")
    assert "make" not in build.asked


def test_a_failed_installer_leads_to_the_build(tmp_path: Path) -> None:
    assert decide(tmp_path, FakeWay("installer"), FakeWay("build", makes=Path("/built"))) == Path("/built")


def test_when_every_way_fails_one_message_says_what_was_tried_why_and_what_to_do(tmp_path: Path) -> None:
    ways = (
        FakeWay("pulumi on PATH", no_use_asking="there is none"),
        FakeWay("the official installer", fails_to_make="no network"),
        FakeWay("the Go build", fails_to_make="go is not on PATH"),
    )
    with pytest.raises(NoEngineError) as caught:
        decide(tmp_path, *ways)
    lines = str(caught.value).splitlines()
    assert lines[1:] == [
        "  1. pulumi on PATH: there is none",
        "  2. the official installer: no network",
        "  3. the Go build: go is not on PATH",
        REMEDY,
    ]


def test_who_waited_for_another_run_takes_what_that_run_made(tmp_path: Path) -> None:
    build = FakeWay("build", makes=Path("/second"))

    @contextmanager
    def made_meanwhile() -> Iterator[Workshop]:
        with open_workshop(tmp_path, io.StringIO()) as workshop:
            build.has = Path("/made-by-the-other-run")
            yield workshop

    assert choose([build], made_meanwhile, REMEDY) == Path("/made-by-the-other-run")
    assert "make" not in build.asked
