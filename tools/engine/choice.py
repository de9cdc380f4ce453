"""Which way to the engine is taken: what is there already first, then what has to be made, in the order given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from tools.engine.workshop import Workshop


class Unavailable(Exception):  # noqa: N818 - it is an answer, and reads as one where it is raised
    """This way gives no engine here; the text is the reason, as a clause."""


class NoEngineError(Exception):
    """No way gave an engine; the text says what was tried, why each failed and what to do."""


class Way(Protocol):
    """One way to an engine."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    def ready(self) -> Path | None:
        """The directory of an engine that is there already, None when one would have to be made.

        Raises:
            Unavailable: there is none and this way cannot make one.
        """

    def make(self, workshop: Workshop) -> Path:
        """Make one, which may take minutes, and return its directory.

        Raises:
            Unavailable: it cannot be made here.
        """


def choose(ways: Sequence[Way], open_workshop: Callable[[], AbstractContextManager[Workshop]], remedy: str) -> Path:
    """The directory of the first engine to be had from `ways`.

    Nothing is made while any way has an engine ready, so a build that was once made is not passed over for another
    attempt to install. The workshop is held by one process at a time; whoever had to wait for it looks again first.

    Raises:
        NoEngineError: no way gave one. `remedy` ends its text.
    """
    directory, _ = _first_ready(ways)
    if directory is not None:
        return directory
    with open_workshop() as workshop:
        directory, reasons = _first_ready(ways)
        if directory is not None:
            return directory
        for way in ways:
            if way.name in reasons:
                continue
            try:
                return way.make(workshop)
            except Unavailable as error:
                reasons[way.name] = str(error)
                workshop.say(f"{way.name}: {error}")
    tried = [f"  {number}. {way.name}: {reasons[way.name]}" for number, way in enumerate(ways, start=1)]
    raise NoEngineError(
        "\n".join(["no Pulumi engine is to be had here, so nothing can be deployed. What was tried:", *tried, remedy])
    )


def _first_ready(ways: Sequence[Way]) -> tuple[Path | None, dict[str, str]]:
    """The first engine that is there already, and why each way before it that can give none cannot."""
    reasons: dict[str, str] = {}
    for way in ways:
        try:
            directory = way.ready()
        except Unavailable as error:
            reasons[way.name] = str(error)
        else:
            if directory is not None:
                return directory, reasons
    return None, reasons
