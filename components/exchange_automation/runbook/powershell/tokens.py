"""The tokens of a script, and the characters that PowerShell treats alike."""

from dataclasses import dataclass, field
from enum import Enum, auto

SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b"
"""PowerShell takes every one of these for an apostrophe; a string may end with another one than it began with."""
DOUBLE_QUOTES = '"\u201c\u201d\u201e'
"""PowerShell takes every one of these for a double quote; a string may end with another one than it began with."""
DASHES = "-\u2013\u2014\u2015"
"""Characters that begin a parameter or an operator."""
BLANKS = " \t\v\f\x85\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
"""Characters that separate tokens on one line, as the inside of a regular expression's character class."""
NEWLINES = "\r\n"


class Kind(Enum):
    """What a token is."""

    WORD = auto()
    """A command's name or a bare argument; quotes and escapes are resolved in its text."""
    NAME = auto()
    """A bare word in an expression: a type, a member, a key of a hash table, a pattern of a switch."""
    PARAMETER = auto()
    """``-Name`` or ``-Name:`` of a command; the text has neither the dash nor the colon."""
    VARIABLE = auto()
    """``$name`` or ``${name}``; the text is the name with its scope."""
    SPLAT = auto()
    """``@name``, a hash table or an array that is passed as arguments; the text is the name."""
    STRING = auto()
    """A string or here-string; groups inside it are its items."""
    NUMBER = auto()
    OPERATOR = auto()
    KEYWORD = auto()
    COMMA = auto()
    END = auto()
    """The end of a statement."""
    GROUP = auto()
    """Something in brackets; the text is the opening bracket, the tokens inside are its items."""


@dataclass(slots=True, eq=False, repr=False)
class Token:
    """A token of a script.

    Attributes:
        kind: What it is.
        start: Offset of its first character.
        end: Offset after its last character.
        text: Its value where that is constant, else its source text.
        constant: Whether the text is the value, that is: nothing in it is a variable or an expression.
        items: The tokens inside a group, and the groups inside a string.
    """

    kind: Kind
    start: int
    end: int
    text: str = ""
    constant: bool = True
    items: "list[Token]" = field(default_factory=list)

    def __repr__(self) -> str:
        """Shows the token without the tokens inside it, which may be nested deeply."""
        return f"Token({self.kind.name}, {self.text!r}, {self.start}:{self.end}, {len(self.items)} items)"
