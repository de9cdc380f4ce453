"""Changes of access in words: what a change is, how risky it is, and whose words its parts are."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, Union


@dataclass(frozen=True)
class Name:
    """A name or an id: of anybody's choosing, so never to be taken for words of this tool."""

    text: str


Phrase: TypeAlias = tuple[Union[str, Name], ...]
"""Words of this tool, and names among them."""


class Risk(enum.IntEnum):
    """How much a reviewer should care, in rising order."""

    NONE = 0
    """No grant changes, and nothing that runs with one."""
    LOW = 1
    """Access vanishes, is made again, or what runs with it changes."""
    MEDIUM = 2
    """Access that only reads or holds for one administrative unit appears, or a new way to sign in or to start jobs."""
    HIGH = 3
    """Access to Exchange Online appears, or power over the identity that has it."""
    CRITICAL = 4
    """Global Administrator, or something that Exchange Online does not need, appears."""

    @property
    def word(self) -> str:
        """Its name on the command line."""
        return self.name.lower()


@dataclass(frozen=True)
class Change:
    """One change of access, or of what runs with it."""

    grant: Phrase
    """What is granted: "Exchange Administrator", "app role Exchange.ManageAsApp"; or what runs: "runbook report"."""
    subject: Phrase
    """Who gets or loses it; where it runs."""
    scope: Phrase
    """Where it holds."""
    what: str
    """ "added", "removed", "replaced" and the like."""
    risk: Risk
    urn: str
    note: Phrase = ()
    kind: Literal["access", "runs"] = "access"
    """Whether access changes, or what runs with it."""

    @property
    def phrase(self) -> Phrase:
        """The change in words."""
        link = " for " if self.kind == "access" else " in "
        subject: Phrase = (link, *self.subject) if self.subject else ()
        scope: Phrase = (", ", *self.scope) if self.scope else ()
        note: Phrase = (" (", *self.note, ")") if self.note else ()
        return (*self.grant, *subject, *scope, f": {self.what}", *note)

    @property
    def sentence(self) -> str:
        """The change in words, as plain text."""
        return plain(self.phrase)


def plain(phrase: Phrase) -> str:
    """The text of a phrase."""
    return "".join(part.text if isinstance(part, Name) else part for part in phrase)


def highest(changes: Iterable[Change]) -> Risk:
    """The highest risk; none without changes."""
    return max((change.risk for change in changes), default=Risk.NONE)
