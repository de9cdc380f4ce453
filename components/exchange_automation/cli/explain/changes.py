"""Changes of access in words: their parts and their risks."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, Union


@dataclass(frozen=True)
class Name:
    """A name or an id. Anybody can choose it, so the output marks it as a name."""

    text: str


Phrase: TypeAlias = tuple[Union[str, Name], ...]
"""A sentence of this tool, with the names in it."""


class Risk(enum.IntEnum):
    """The attention that a change needs from a reviewer, in rising order."""

    NONE = 0
    """No grant and no code that runs with a grant changes."""
    LOW = 1
    """Access is removed or created again, or code that runs with it changes."""
    MEDIUM = 2
    """Access that only reads, or that is for one administrative unit, is added; or a way to sign in or to start jobs."""
    HIGH = 3
    """Access to Exchange Online is added, or control over the identity that has it."""
    CRITICAL = 4
    """Global Administrator, or a grant that Exchange Online does not need, is added."""

    @property
    def word(self) -> str:
        """The name of the risk on the command line."""
        return self.name.lower()


@dataclass(frozen=True)
class Change:
    """One change of access, or of code that runs with it.

    Attributes:
        grant: The grant, such as "Exchange Administrator", or the code, such as "runbook report".
        subject: The holder of the grant, or the account of the code.
        scope: The scope of the grant.
        what: The change: "added", "removed", "replaced" and others.
        risk: The risk.
        urn: The URN of the resource.
        note: A remark.
        kind: "access" for a grant, "runs" for code.
    """

    grant: Phrase
    subject: Phrase
    scope: Phrase
    what: str
    risk: Risk
    urn: str
    note: Phrase = ()
    kind: Literal["access", "runs"] = "access"

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
    """Returns the text of a phrase."""
    return "".join(part.text if isinstance(part, Name) else part for part in phrase)


def highest(changes: Iterable[Change]) -> Risk:
    """Returns the highest risk; NONE without changes."""
    return max((change.risk for change in changes), default=Risk.NONE)
