"""Whether a runbook's text in Azure is still the one that its stack published.

Source: ``Microsoft.Automation/automationAccounts/runbooks/content``, API 2024-10-23.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from exchange_automation.cli.pulumi.states import ManagedRunbook, State
from exchange_automation.core.problems import Problem

from .errors import ServiceError
from .session import Session

VERSION = "2024-10-23"

Verdict = Literal["as published", "edited", "gone", "not compared"]


@dataclass(frozen=True)
class RunbookText:
    """A runbook, and what became of its text.

    Attributes:
        runbook: The runbook in the state.
        verdict: The comparison's result.
        why: Why it was not compared; empty otherwise.
    """

    runbook: ManagedRunbook
    verdict: Verdict
    why: str = ""

    @property
    def name(self) -> str:
        """The runbook's name."""
        return self.runbook.id.rsplit("/", 1)[-1]

    @property
    def account(self) -> str:
        """The name of the runbook's account."""
        parts = self.runbook.id.split("/")
        return parts[-3] if len(parts) > 3 else ""


async def compare_runbooks(session: Session, states: Sequence[State]) -> list[RunbookText]:
    """Compares the text of every runbook in the states with the hash that was published."""
    return [await _compare(session, runbook) for state in states for runbook in state.runbooks]


async def _compare(session: Session, runbook: ManagedRunbook) -> RunbookText:
    try:
        content = await session.resource_bytes(f"{runbook.id}/content", VERSION)
    except ServiceError as refused:
        if refused.absent:
            return RunbookText(runbook, "gone")
        return RunbookText(runbook, "not compared", f"{refused.code or refused.status}: its text may not be read")
    except Problem as problem:
        return RunbookText(runbook, "not compared", problem.statement)
    digests = {hashlib.sha256(form).hexdigest() for form in _forms(content)}
    return RunbookText(runbook, "as published" if runbook.sha256 in digests else "edited")


def _forms(content: bytes) -> Iterable[bytes]:
    """Returns the text with each line end and with or without what editors and services add at both ends."""
    plain = content.removeprefix(b"\xef\xbb\xbf")
    unix = plain.replace(b"\r\n", b"\n")
    for lines in dict.fromkeys((content, plain, unix, unix.replace(b"\n", b"\r\n"))):
        yield from _ends(lines)


def _ends(lines: bytes) -> Iterator[bytes]:
    bare = lines.rstrip(b"\r\n")
    for mark in (b"", b"\xef\xbb\xbf"):
        for text in (lines, bare, bare + b"\n", bare + b"\r\n"):
            yield text if text.startswith(mark) else mark + text
