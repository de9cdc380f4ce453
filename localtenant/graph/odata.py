"""Query options of Microsoft Graph: ``$filter``, ``$select``, ``$expand``, ``$orderby``, ``$search``, paging.

The part of OData that clients of the directory use, with the rules of the pages "Use query parameters" and "Advanced
query capabilities on Microsoft Entra ID objects" of the Graph documentation: strings compare without regard to case,
and ``ne``, ``not``, ``endswith``, ``$search`` and counting inside a filter need ``ConsistencyLevel: eventual`` and
``$count=true``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from localtenant.core.errors import ServiceError, graph_bad_request
from localtenant.state.store import Body

Predicate = Callable[[Any], bool]
MAX_PAGE = 999
MAX_DEPTH = 50
"""Levels of parentheses and ``not`` in a filter."""
DEFAULT_PAGE = 100

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<date>\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d))"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>\$?[A-Za-z_][A-Za-z0-9_.]*)|(?P<mark>[(),:/]))"
)


@dataclass(frozen=True)
class Filter:
    """A parsed ``$filter``.

    Attributes:
        matches: Takes an object and returns whether it passes.
        advanced: Whether the filter uses what only advanced queries allow.
    """

    matches: Predicate
    advanced: bool


def parse_filter(text: str) -> Filter:
    """Parses a ``$filter``.

    Raises:
        ServiceError: 400, the text is not a filter of the supported part of OData.
    """
    parser = _Parser(text)
    predicate = parser.expression()
    parser.end()
    return Filter(predicate, parser.advanced)


class _Parser:
    """Recursive descent over ``or``, ``and``, ``not``, comparisons, functions and lambdas."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        self.at = 0
        self.advanced = False
        self.variables: list[str] = []
        self.depth = 0
        position = 0
        stripped = text.rstrip()
        while position < len(stripped):
            match = _TOKEN.match(stripped, position)
            if match is None or match.lastgroup is None:
                raise self.fail(f"Syntax error at position {position}")
            self.tokens.append((match.lastgroup, match.group(match.lastgroup)))
            position = match.end()

    def fail(self, why: str) -> ServiceError:
        return graph_bad_request(f"Invalid filter clause: {why} in '{self.text}'.")

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def next(self) -> tuple[str, str]:
        token = self.peek()
        self.at += 1
        return token

    def take(self, value: str) -> bool:
        kind, text = self.peek()
        if kind in ("name", "mark") and text.lower() == value:
            self.at += 1
            return True
        return False

    def expect(self, value: str) -> None:
        if not self.take(value):
            raise self.fail(f"'{value}' was expected before '{self.peek()[1] or 'the end'}'")

    def end(self) -> None:
        if self.peek()[0] != "end":
            raise self.fail(f"'{self.peek()[1]}' was not expected")

    def expression(self) -> Predicate:
        terms = [self.conjunction()]
        while self.take("or"):
            terms.append(self.conjunction())
        return terms[0] if len(terms) == 1 else lambda item: any(term(item) for term in terms)

    def conjunction(self) -> Predicate:
        terms = [self.negation()]
        while self.take("and"):
            terms.append(self.negation())
        return terms[0] if len(terms) == 1 else lambda item: all(term(item) for term in terms)

    def negation(self) -> Predicate:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise graph_bad_request(f"Invalid filter clause: it is nested more than {MAX_DEPTH} levels deep.")
        predicate = self.operand()
        self.depth -= 1
        return predicate

    def operand(self) -> Predicate:
        if self.take("not"):
            self.advanced = True
            inner = self.negation()
            return lambda item: not inner(item)
        if self.take("("):
            predicate = self.expression()
            self.expect(")")
            return predicate
        return self.comparison()

    def comparison(self) -> Predicate:
        name = self.peek()[1].lower()
        if self.peek()[0] == "name" and name in ("startswith", "endswith", "contains"):
            following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else ("end", "")
            if following[1] == "(":
                return self.function(name)
        path = self.path()
        if path[-1] in ("any", "all") and len(path) > 1:
            return self.quantifier(path[:-1], path[-1])
        kind, operator = self.next()
        operator = operator.lower()
        if kind == "name" and operator == "in":
            self.expect("(")
            choices = [self.literal()]
            while self.take(","):
                choices.append(self.literal())
            self.expect(")")
            return lambda item: any(_equal(_value(item, path), choice) for choice in choices)
        if kind != "name" or operator not in ("eq", "ne", "gt", "ge", "lt", "le"):
            if operator in ("", "and", "or") or kind == "mark":
                # A lone boolean property is a filter of its own.
                self.at -= 1
                return lambda item: _value(item, path) is True
            raise self.fail(f"'{operator}' is not an operator")
        literal = self.literal()
        if operator == "ne" or path[-1] == "$count":
            self.advanced = True
        return _comparison(path, operator, literal)

    def function(self, name: str) -> Predicate:
        self.next()
        self.expect("(")
        path = self.path()
        self.expect(",")
        literal = str(self.literal()).lower()
        self.expect(")")
        if name != "startswith":
            self.advanced = True
        test = {"startswith": str.startswith, "endswith": str.endswith, "contains": str.__contains__}[name]
        return lambda item: isinstance(value := _value(item, path), str) and test(value.lower(), literal)

    def quantifier(self, path: list[str], which: str) -> Predicate:
        self.expect("(")
        if self.take(")"):
            return lambda item: bool(_value(item, path))
        variable = self.next()[1]
        self.expect(":")
        self.variables.append(variable)
        inner = self.expression()
        self.variables.pop()
        self.expect(")")
        test = any if which == "any" else all
        return lambda item: test(inner(element) for element in _elements(_value(item, path)))

    def path(self) -> list[str]:
        kind, first = self.next()
        if kind != "name":
            raise self.fail(f"a property was expected before '{first or 'the end'}'")
        path = [first]
        while self.take("/"):
            path.append(self.next()[1])
        # Inside a lambda the variable stands for the element itself.
        return path[1:] or ["$it"] if self.variables and path[0] in self.variables else path

    def literal(self) -> Any:
        kind, text = self.next()
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return float(text)
        if kind in ("guid", "date"):
            return text
        if kind == "name" and text.lower() in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text.lower()]
        raise self.fail(f"a value was expected before '{text or 'the end'}'")


def _value(item: Any, path: list[str]) -> Any:
    for name in path:
        if name == "$it":
            continue
        if name == "$count":
            return len(_elements(item))
        if not isinstance(item, dict):
            return None
        item = item.get(name)
    return item


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _equal(value: Any, literal: Any) -> bool:
    if isinstance(value, str) and isinstance(literal, str):
        return value.lower() == literal.lower()
    if isinstance(value, bool) or isinstance(literal, bool):
        return value is literal
    return bool(value == literal)


def _comparison(path: list[str], operator: str, literal: Any) -> Predicate:
    if operator == "eq":
        return lambda item: _equal(_value(item, path), literal)
    if operator == "ne":
        return lambda item: not _equal(_value(item, path), literal)

    def ordered(item: Any) -> bool:
        value = _value(item, path)
        numbers = all(isinstance(side, (int, float)) and not isinstance(side, bool) for side in (value, literal))
        if not numbers and not (isinstance(value, str) and isinstance(literal, str)):
            return False
        return bool(
            {"gt": value > literal, "ge": value >= literal, "lt": value < literal, "le": value <= literal}[operator]
        )

    return ordered


def require_advanced(query: dict[str, str], headers: Any, what: str) -> None:
    """Refuses an advanced query without the header and the parameter that advanced queries need.

    Raises:
        ServiceError: 400 ``Request_UnsupportedQuery``.
    """
    eventual = str(headers.get("consistencylevel", "")).lower() == "eventual"
    if eventual and (query.get("$count", "").lower() == "true" or "$search" in query):
        return
    raise ServiceError(
        400,
        "Request_UnsupportedQuery",
        f"{what} is supported only by advanced queries: send the header 'ConsistencyLevel: eventual' and '$count=true'.",
    )


def search_terms(text: str) -> Predicate:
    """Returns the predicate of ``$search="displayName:exchange"``: a word of the property begins with the term."""
    match = re.fullmatch(r'\s*"([A-Za-z]+):([^"]*)"\s*', text)
    if match is None:
        raise graph_bad_request(f"Syntax error: invalid $search clause '{text}'.")
    name, term = match.group(1), match.group(2).lower()

    def matches(item: Any) -> bool:
        value = str(_value(item, [name]) or "").lower()
        return value.startswith(term) or any(part.startswith(term) for part in re.split(r"[^a-z0-9]+", value))

    return matches


def order(bodies: Iterable[Body], text: str) -> list[Body]:
    """Returns the bodies in the order of ``$orderby``, which may name several properties with ``desc``."""
    result = list(bodies)
    for clause in reversed([part.split() for part in text.split(",") if part.strip()]):
        descending = len(clause) > 1 and clause[1].lower() == "desc"
        path = clause[0].split("/")
        result.sort(key=lambda item: str(_value(item, path) or "").lower(), reverse=descending)
    return result


def select(body: Body, text: str | None) -> Body:
    """Keeps the properties that ``$select`` names, and always the annotations."""
    if not text:
        return body
    names = {name.strip().split("/")[0] for name in text.split(",")}
    return {key: value for key, value in body.items() if key in names or key.startswith("@")}


def parse_expand(text: str) -> list[tuple[str, dict[str, str]]]:
    """Returns the names in ``owners($select=id;$top=5),members``, with the options of each name."""
    result, depth, start = [], 0, 0
    for index, char in enumerate(text + ","):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "," and depth == 0:
            clause = text[start:index].strip()
            start = index + 1
            name, _, inner = clause.partition("(")
            options = dict(part.split("=", 1) for part in inner.rstrip(")").split(";") if "=" in part)
            result.append((name.strip(), options))
    return result


def page_size(query: dict[str, str]) -> int:
    """Returns ``$top``, or the default.

    Raises:
        ServiceError: 400, it is not between 1 and 999.
    """
    text = query.get("$top")
    if text is None:
        return DEFAULT_PAGE
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= MAX_PAGE:
        raise graph_bad_request(f"Invalid page size specified: '{text}'. Must be between 1 and {MAX_PAGE} inclusive.")
    return int(text)


def skip_token(position: int) -> str:
    """Returns the opaque token of the page that begins at a position."""
    return base64.urlsafe_b64encode(f"page:{position}".encode()).decode("ascii").rstrip("=")


def position_of(token: str | None) -> int:
    """Returns the position at which the page of a token begins.

    Raises:
        ServiceError: 400, this tenant did not issue the token.
    """
    if token is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode("ascii")
        head, _, number = text.partition(":")
        if head == "page" and number.isdigit():
            return int(number)
    except (ValueError, UnicodeDecodeError):
        pass
    raise graph_bad_request("The specified page token value is invalid or has expired.")
