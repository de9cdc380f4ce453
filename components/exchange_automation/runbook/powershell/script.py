"""A script that was read: what it runs, defines, assigns and declares."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Optional

from .lexis import Branch
from .tokenizer import Tokenizer
from .tokens import Kind, Token
from .words import without_scope

_VARIABLE_ALONE = re.compile(r"\$((?:\w+:)?\w+)")
_QUALIFIED = re.compile(r"[\w.]+\\(?P<name>[\w-]+)")


@dataclass(frozen=True)
class Command:
    """A command that the script runs, at whatever depth.

    Attributes:
        name: Its name without its module's; None where the name is an expression.
        start: Offset of its first character.
        arguments: The tokens after the name.
        function: Name of the function that contains it; None outside of functions.
        branch: The innermost block that runs only under a condition, or whose failure a ``catch`` handles; None where none
            contains it.
    """

    name: Optional[str]
    start: int
    arguments: Sequence[Token]
    function: Optional[str]
    branch: Optional[Branch]

    @cached_property
    def key(self) -> str:
        """Its name in lower case, because PowerShell ignores the letter case; empty where the name is an expression."""
        return (self.name or "").lower()

    @property
    def splats(self) -> list[str]:
        """Names of the variables that are passed as arguments with ``@name``."""
        return [without_scope(token.text) for token in self.arguments if token.kind is Kind.SPLAT]

    def parameters(self) -> Iterator[tuple[str, Optional[Token]]]:
        """Yields the name of every parameter as it is written, and the argument after it, if there is one."""
        for index, token in enumerate(self.arguments):
            if token.kind is Kind.PARAMETER:
                following = self.arguments[index + 1] if index + 1 < len(self.arguments) else None
                has_value = following is not None and following.kind not in (Kind.PARAMETER, Kind.OPERATOR)
                yield token.text, following if has_value else None


@dataclass(frozen=True)
class Definition:
    """A function, filter, workflow, configuration, class or enumeration that the script defines."""

    keyword: str
    name: str
    start: int


@dataclass(frozen=True)
class Parameter:
    """A parameter of a script's ``param()`` block.

    Attributes:
        name: Its name.
        mandatory: Whether PowerShell refuses to run the script without it. A default does not change that; a parameter
            that is mandatory in some parameter sets only is not.
    """

    name: str
    mandatory: bool


@dataclass(frozen=True)
class Script:
    """What a script consists of, in the order of the text.

    Attributes:
        text: The whole text.
        commands: Every command.
        definitions: Every function, filter, workflow, configuration, class and enumeration.
        requires: Offset and text of every ``#Requires`` comment.
        strings: Every string, here-string and word; where it is not constant, its text lacks the expressions inside it.
        using: The tokens of every ``using`` statement.
        broken_continuations: Offsets of backticks that something follows on the line, so that they do not continue it.
        parameters: Those of the script's own ``param()`` block.
    """

    text: str
    commands: Sequence[Command]
    definitions: Sequence[Definition]
    requires: Sequence[tuple[int, str]]
    strings: Sequence[Token]
    using: Sequence[Sequence[Token]]
    broken_continuations: Sequence[int]
    parameters: Sequence[Parameter]
    _assignments: "dict[str, list[Optional[Token]]]" = field(repr=False)

    def line(self, offset: int) -> int:
        """Returns the number of the line, counted from 1, that contains an offset."""
        return bisect_left(self._line_ends, offset) + 1

    @cached_property
    def _line_ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self.text)]

    def value(self, token: Optional[Token]) -> Optional[str]:
        """Returns the constant text of an argument; None where it depends on what happens at run time.

        A variable counts as constant when the script assigns it once, and assigns a constant.
        """
        seen = 0
        while token is not None and seen < _HOPS:
            variable = _sole_variable(token)
            if variable is None:
                break
            token, seen = self.assigned(variable), seen + 1
        if token is None or not token.constant or token.kind not in (Kind.WORD, Kind.STRING, Kind.NUMBER):
            return None
        return token.text

    def assigned(self, variable: str) -> Optional[Token]:
        """Returns what the script assigns to a variable; None where it assigns several things or none."""
        values = self._assignments.get(without_scope(variable).lower(), [])
        return values[0] if len(values) == 1 else None

    def mentions(self, variable: str) -> int:
        """Returns how often the text names a variable with its dollar sign, comments and strings included."""
        return self._mentions[variable.lower()]

    @cached_property
    def _mentions(self) -> "Counter[str]":
        return Counter(match[1].lower() for match in re.finditer(r"\$\{?(?:\w+:)?(\w+)", self.text))

    def source(self, token: Optional[Token]) -> str:
        """Returns what is known of the text of an argument: variables inside it keep their names, expressions are left out."""
        seen = 0
        while token is not None and token.kind is Kind.VARIABLE and seen < _HOPS:
            token, seen = self.assigned(token.text), seen + 1
        return token.text if token is not None and token.kind in (Kind.WORD, Kind.STRING) else ""

    def table(self, variable: str) -> Optional[dict[str, Optional[Token]]]:
        """Returns the entries of the hash table that a variable is assigned once, with keys in lower case.

        None where there is no such table, or where a key is known only at run time.
        """
        token = self.assigned(variable)
        if token is None or token.kind is not Kind.GROUP or token.text != "@{":
            return None
        entries: dict[str, Optional[Token]] = {}
        for statement in _split(token.items, Kind.END):
            if statement and (statement[0].kind is Kind.VARIABLE or not statement[0].constant):
                return None
            if len(statement) > 1 and statement[1].kind is Kind.OPERATOR and statement[1].text == "=":
                entries[statement[0].text.lower()] = _sole(statement[2:])
        return entries


_HOPS = 4
_ASSIGNMENT = 3
_DEEPEST = 64
"""Blocks of one another's ``try`` that are looked at; deeper ones count as handled."""


def read_script(text: str) -> Script:
    """Reads a script, in time that grows linearly with its length.

    Text that PowerShell would refuse is read as far as it can be understood; nothing raises.

    Args:
        text: The script's text.

    Returns:
        What it consists of.
    """
    found = Tokenizer(text)
    found.run()
    commands = [
        Command(_name(head), head.start, arguments, function, _condition(branch))
        for head, arguments, function, branch in found.commands
    ]
    return Script(
        text=text,
        commands=commands,
        definitions=[Definition(keyword, name, start) for keyword, name, start in found.definitions],
        requires=found.requires,
        strings=found.strings,
        using=found.using,
        broken_continuations=found.broken_continuations,
        parameters=_parameters(found.parameters),
        _assignments={
            name: [_assigned(items, index) for items, index in places] for name, places in found.assignments.items()
        },
    )


def _condition(branch: Optional[Branch]) -> Optional[Branch]:
    """Returns the innermost block that may not run to its end: one of a ``try`` counts only where a ``catch`` goes on."""
    depth = 0
    while branch is not None and branch.keyword == "try" and not branch.goes_on and depth < _DEEPEST:
        branch, depth = branch.parent, depth + 1
    return branch


def _name(head: Token) -> Optional[str]:
    if not head.constant or head.kind not in (Kind.WORD, Kind.STRING):
        return None
    qualified = _QUALIFIED.fullmatch(head.text)
    return qualified["name"] if qualified else head.text


def _assigned(items: Sequence[Token], index: int) -> Optional[Token]:
    """Returns the token after an assignment's operator if it is the whole right side, beside a type."""
    if index >= len(items):
        return None
    return _sole(items[index : index + 3])


def _sole(right_side: Sequence[Token]) -> Optional[Token]:
    """Returns the value that is a whole statement; None for a longer statement, and for a command."""
    has_type = len(right_side) > 1 and right_side[0].kind is Kind.GROUP and right_side[0].text == "["
    right_side = right_side[1:] if has_type else right_side[:2]
    if not right_side or right_side[0].kind is Kind.WORD:
        return None
    is_whole = len(right_side) == 1 or right_side[1].kind is Kind.END
    return right_side[0] if is_whole else None


def _sole_variable(token: Token) -> Optional[str]:
    """Returns the name of the variable that a token is, or that a string contains and nothing else."""
    if token.kind is Kind.VARIABLE:
        return token.text
    is_string = token.kind is Kind.STRING and not token.constant and not token.items
    variable = _VARIABLE_ALONE.fullmatch(token.text) if is_string else None
    return variable[1] if variable else None


def _split(items: Sequence[Token], kind: Kind) -> Iterator[list[Token]]:
    part: list[Token] = []
    for token in items:
        if token.kind is kind:
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _parameters(block: Optional[Token]) -> list[Parameter]:
    if block is None:
        return []
    found = []
    for part in _split([token for token in block.items if token.kind is not Kind.END], Kind.COMMA):
        index = next((index for index, token in enumerate(part) if token.kind is Kind.VARIABLE), None)
        if index is not None:
            found.append(Parameter(part[index].text, _is_mandatory(part[:index])))
    return found


def _is_mandatory(attributes: Sequence[Token]) -> bool:
    """Whether a parameter is mandatory in every parameter set that its attributes name."""
    settings = [setting for attribute in attributes if (setting := _parameter_attribute(attribute)) is not None]
    is_optional_in_a_set = any(named_set and not mandatory for mandatory, named_set in settings)
    return not is_optional_in_a_set and any(mandatory and not named_set for mandatory, named_set in settings)


def _parameter_attribute(attribute: Token) -> Optional[tuple[bool, bool]]:
    """Returns whether a ``[Parameter()]`` attribute says mandatory, and whether it names a parameter set."""
    if attribute.kind is not Kind.GROUP or not attribute.items:
        return None
    name = attribute.items[0].text.lower().rpartition(".")[2]
    arguments = next((token for token in attribute.items if token.kind is Kind.GROUP), None)
    if name not in ("parameter", "parameterattribute") or arguments is None:
        return None
    mandatory = named_set = False
    for argument in _split([token for token in arguments.items if token.kind is not Kind.END], Kind.COMMA):
        key = argument[0].text.lower() if argument else ""
        if key == "mandatory":
            mandatory = len(argument) < _ASSIGNMENT or argument[-1].text.lower() not in ("false", "null", "0")
        elif key == "parametersetname" and argument[-1].text.lower() != "__allparametersets":
            named_set = True
    return mandatory, named_set
