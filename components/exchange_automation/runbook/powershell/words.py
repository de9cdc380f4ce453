"""Tokens that read the same in every state: words, single-quoted strings and variables."""

import re

from . import lexis
from .tokens import DOUBLE_QUOTES, SINGLE_QUOTES, Kind, Token


def read_word(text: str, start: int) -> Token:
    """Reads a word: everything up to a blank or separator, with quoted parts and escapes."""
    constant, pieces = True, list[str]()
    position = start
    while position < len(text):
        if run := lexis.RUN.match(text, position):
            pieces.append(run[0])
            position = run.end()
            continue
        mark = text[position]
        if mark in SINGLE_QUOTES and position > start and (part := lexis.SINGLE.match(text, position)):
            pieces.append(_undoubled(part[1], SINGLE_QUOTES))
        elif mark in DOUBLE_QUOTES and position > start and (part := lexis.DOUBLE_IN_WORD.match(text, position)):
            constant = constant and not lexis.IN_STRING.search(part[1])
            pieces.append(_undoubled(part[1], DOUBLE_QUOTES))
        elif mark == "`" and not lexis.CONTINUED.match(text, position):
            pieces.append(text[position + 1 : position + 2])
            position += 2
            continue
        elif mark == "$" and not text.startswith("$(", position):
            constant = False
            pieces.append(mark)
            position += 1
            continue
        else:
            break
        position = part.end()
    position = min(max(position, start + 1), len(text))
    return Token(Kind.WORD, start, position, "".join(pieces) or text[start:position], constant)


def read_single_quoted(text: str, start: int) -> Token:
    """Reads a single-quoted string, which reaches to the end of the text where it is never closed."""
    single = lexis.SINGLE.match(text, start)
    assert single is not None
    return Token(Kind.STRING, start, single.end(), _undoubled(single[1], SINGLE_QUOTES))


def read_single_quoted_here_string(text: str, start: int, begin: int) -> Token:
    """Reads a single-quoted here-string whose first line begins after ``begin``."""
    end = lexis.HERE_SINGLE_END.search(text, begin)
    stop, after = (end.start(), end.end()) if end else (len(text), len(text))
    return Token(Kind.STRING, start, after, text[begin:stop].removeprefix("\r").removeprefix("\n"))


def read_braced_variable(text: str, start: int) -> Token:
    """Reads ``${name}``; a name that is never closed reaches to the end of the text."""
    end = text.find("}", start)
    stop = len(text) if end < 0 else end
    return Token(Kind.VARIABLE, start, min(stop + 1, len(text)), text[start + 2 : stop])


def without_scope(variable: str) -> str:
    """Returns the name of a variable without its scope; a drive such as ``env:`` is part of the name."""
    scope = lexis.SCOPE.match(variable)
    return variable[scope.end() :] if scope else variable


def _undoubled(text: str, quotes: str) -> str:
    """Returns the text of a string with its doubled quotes read as one."""
    return re.sub(f"([{quotes}])[{quotes}]", r"\1", text)
