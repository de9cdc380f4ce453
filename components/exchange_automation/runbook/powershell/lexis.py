"""Lexical rules of PowerShell: the words, patterns and states that the tokenizer works with."""

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Optional

from .tokens import BLANKS, DASHES, DOUBLE_QUOTES, NEWLINES, SINGLE_QUOTES, Kind, Token


class ParserState(Enum):
    """How the next characters are read."""

    START = auto()
    """The beginning of a statement."""
    PIPE = auto()
    """The beginning of a command after a pipe: keywords are commands there."""
    INVOKE = auto()
    """After ``&`` or ``.``: the next token names a command."""
    COMMAND = auto()
    """Among the arguments of a command."""
    EXPRESSION = auto()
    KEYWORD = auto()
    """Between a keyword and its block."""
    KEY = auto()
    """Before the equals sign in a hash table."""
    CLAUSE = auto()
    """In the body of a switch, before a block."""
    MEMBER = auto()
    """In the body of a class or an enumeration."""


@dataclass(slots=True, eq=False, repr=False)
class Branch:
    """A block that runs only under a condition, or the block of a ``try``.

    Attributes:
        keyword: The keyword of the block: if, elseif, else, switch, catch, trap or try.
        parent: The next such block around it.
        conditions: Beginnings and ends of the conditions of the statement.
        goes_on: Whether a ``catch`` of the ``try`` lets the script go on: no ``throw``, ``exit`` or ``Write-Error`` runs in it whatever happens.
    """

    keyword: str
    parent: "Optional[Branch]"
    conditions: tuple[tuple[int, int], ...]
    goes_on: bool = False


@dataclass(slots=True, eq=False, repr=False)
class Frame:
    """An open bracket or string."""

    token: Token
    opener: str
    state: ParserState
    home: ParserState
    """The state at the beginning of a statement inside it."""
    branch: Optional[Branch] = None
    function: Optional[str] = None
    keyword: str = ""
    opened_by: str = ""
    """The keyword whose brackets or block it is."""
    is_new_line: bool = False
    """Whether a line ended since the keyword's last token."""
    arguments: Optional[list[Token]] = None
    conditions: list[tuple[int, int]] = field(default_factory=list)
    attempt: Optional[Branch] = None
    """The block of the last ``try``."""
    ends: bool = False
    """Whether it has a ``throw``, ``exit`` or ``Write-Error`` that runs whenever the block does."""
    all_end: bool = False
    """Whether every block of the last ``if`` has one."""
    pieces: list[str] = field(default_factory=list)
    """The text of a string, in parts."""


CONDITIONAL = frozenset({"if", "elseif", "else", "switch", "catch", "trap"})
DEFINING = frozenset({"function", "filter", "workflow", "configuration", "class", "enum"})
WITH_BLOCK = frozenset(
    {"if", "elseif", "else", "while", "until", "for", "foreach", "switch", "catch", "trap", "do", "try", "finally"}
    | {"begin", "process", "end", "dynamicparam", "clean", "param", "data", "parallel", "sequence", "inlinescript"}
)
WITH_VALUE = frozenset({"return", "throw", "exit"})
ENDING = frozenset({"throw", "exit"})
"""Keywords with which a ``catch`` ends the script or hands the error on."""
WITH_LABEL = frozenset({"break", "continue"})
ATTRIBUTED = frozenset({"param", "class", "enum"})
"""Keywords before which attributes stand."""
ASSIGNING = frozenset({"param", "foreach", "function", "filter", "workflow"})
"""Keywords whose brackets name variables that get their values elsewhere."""
KEYWORDS = DEFINING | WITH_BLOCK | WITH_VALUE | WITH_LABEL | {"using"}
MOST_IDLE_STEPS = 3
MOST_CONDITIONS = 8
"""Conditions of one statement that are kept."""

SPACE = f"{BLANKS}{NEWLINES}"
QUOTES = SINGLE_QUOTES + DOUBLE_QUOTES
ENDS_WORD = r"&(),;{}|<>\x00"
BLANK = re.compile(f"[{BLANKS}]+")
NEWLINE = re.compile(r"\r\n|\r|\n")
CONTINUED = re.compile("`(?:\r\n|\r|\n)")
BROKEN = re.compile(f"`[{BLANKS}]+(?=[{NEWLINES}#])")
COMMENT = re.compile(f"#[^{NEWLINES}]*")
REQUIRES = re.compile(r"(?i)#requires\s")
RUN = re.compile(f"[^{SPACE}{ENDS_WORD}{QUOTES}$`]+")
SINGLE = re.compile(f"[{SINGLE_QUOTES}]((?:[^{SINGLE_QUOTES}]|[{SINGLE_QUOTES}]{{2}})*)(?:[{SINGLE_QUOTES}]|\\Z)")
DOUBLE_IN_WORD = re.compile(
    f"[{DOUBLE_QUOTES}]((?:[^{DOUBLE_QUOTES}`$]|`[\\s\\S]|[{DOUBLE_QUOTES}]{{2}}|\\$(?!\\())*)[{DOUBLE_QUOTES}]"
)
HERE = re.compile(f"@([{QUOTES}])[{BLANKS}]*(?=[{NEWLINES}])")
HERE_SINGLE_END = re.compile(f"[{NEWLINES}][{SINGLE_QUOTES}]@")
HERE_DOUBLE_END = re.compile(f"(?:\r\n|\r|\n)[{DOUBLE_QUOTES}]@")
STRING_RUN = re.compile(f"[^{DOUBLE_QUOTES}`$]+")
HERE_RUN = re.compile(f"[^{NEWLINES}`$]+")
VARIABLE = re.compile(r"\$(?:(?:[A-Za-z_]\w*:(?!:))?[\w?]+|[$^])")
IN_STRING = re.compile(r"\$(?:[\w?{$^]|:\w)")
NUMBER = re.compile(
    rf"(?:0[xX][0-9A-Fa-f]+|(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"
    rf"(?i:u?[lsy]|[dnu])?(?i:[kmgtp]b)?(?=[{SPACE}{ENDS_WORD}\]+*/%=!,.\-]|\Z)"
)
PARAMETER = re.compile(
    f"[{DASHES}]([A-Za-z_?][^{SPACE}{ENDS_WORD}{QUOTES}.\\[:`]*)(?:(:)|(?=[{SPACE}{ENDS_WORD}.`\\[]|\\Z))"
)
DASH_OPERATOR = re.compile(f"[{DASHES}][A-Za-z]+")
REDIRECTION = re.compile(r"[1-6*]?>>?(?:&[12])?|<")
ASSIGN = re.compile(rf"(?:[-+*/%]|\?\?)?=(?!=)|[{DASHES}]=")
OPERATOR = re.compile(rf"::|\.\.|\?\?|\?\.|\+\+|[{DASHES}]{{2}}|&&|\|\||[\s\S]")
SPLAT = re.compile(r"@([A-Za-z_?][\w:?]*)")
NAME = re.compile(r"\w+")
KEY = re.compile(f"[^{SPACE}=;{{}}()\\[\\]{QUOTES}$@,#|&]+")
LABEL = re.compile(r":[A-Za-z_]\w*")
AFTER_VARIABLE = re.compile(f"[{SPACE}{ENDS_WORD}.\\[]")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b"}
CLOSES = {")": "(", "}": "{", "]": "["}
NOT_BINARY = frozenset({"++", "--"})


INDEXED = frozenset({Kind.VARIABLE, Kind.GROUP, Kind.NAME})
MEMBER = re.compile(r"(\??\.|::)(\w+)")
REST = re.compile(f'(?:[^{NEWLINES}|&"]|&(?!&)|"[^"{NEWLINES}]*"?)*')
"""What follows ``--%``: everything to the end of the line or to a pipe outside of quotes."""
SCOPE = re.compile(r"(?i)(?:global|local|script|private|using|variable):")
