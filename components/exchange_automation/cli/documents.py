"""Reads text and JSON from outside, and writes files: a mistyped, cut-off or hostile document ends in one message.

The commands read everything through this module: files, standard input, the engine's output and the answers of services.
"""

import contextlib
import json
import shutil
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from exchange_automation.core.problems import Problem

Refuse = Callable[[str], Problem]
"""Takes a fault of a document, such as ``value is a number, not a list``, and returns the problem."""

_NAMES: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    type(None): "null",
}


class Record:
    """A JSON object from outside. It reads its members by type, and a member of another type is refused.

    A member that is absent or null reads as empty, because services leave members out; ``required`` reads those that a
    command cannot do without.
    """

    def __init__(self, values: Mapping[str, Any], refuse: Refuse) -> None:
        self.values = values
        self._refuse = refuse

    def __contains__(self, name: object) -> bool:
        return name in self.values

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self.values == other.values

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def with_values(self, **values: Any) -> "Record":
        """Returns the record with more members."""
        return Record({**self.values, **values}, self._refuse)

    def text(self, name: str, default: str = "") -> str:
        """Returns a text.

        Raises:
            Problem: The member is something else.
        """
        found = self._read(name, str, "a text")
        return found or default

    def plain(self, name: str) -> str:
        """Returns a text; empty where the member is absent or something else, such as a secret that is encrypted."""
        found = self.values.get(name)
        return found if isinstance(found, str) else ""

    def required(self, name: str) -> str:
        """Returns a text that has to be there.

        Raises:
            Problem: The member is absent, empty or something else.
        """
        found = self.text(name)
        if not found:
            raise self._refuse(f"{name} is missing")
        return found

    def flag(self, name: str) -> bool | None:
        """Returns a flag; None where it is absent.

        Raises:
            Problem: The member is something else.
        """
        found: bool | None = self._read(name, bool, "true or false")
        return found

    def number(self, name: str) -> int | None:
        """Returns a whole number; None where it is absent.

        Raises:
            Problem: The member is something else.
        """
        found = self.values.get(name)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
            raise self._refuse(f"{name} is {_described(found)}, not a whole number")
        return found

    def record(self, name: str) -> "Record":
        """Returns an object.

        Raises:
            Problem: The member is something else.
        """
        return Record(self._read(name, dict, "an object") or {}, self._refuse)

    def records(self, name: str) -> list["Record"]:
        """Returns a list of objects.

        Raises:
            Problem: The member is something else, or holds something else.
        """
        return [Record(item, self._refuse) for item in self._items(name, dict, "an object")]

    def texts(self, name: str) -> list[str]:
        """Returns a list of texts.

        Raises:
            Problem: The member is something else, or holds something else.
        """
        return list(self._items(name, str, "a text"))

    def _items(self, name: str, kind: type, word: str) -> Iterator[Any]:
        for number, item in enumerate(self._read(name, list, "a list") or []):
            if not isinstance(item, kind):
                raise self._refuse(f"{name}[{number}] is {_described(item)}, not {word}")
            yield item

    def _read(self, name: str, kind: type, word: str) -> Any:
        found = self.values.get(name)
        if found is not None and not isinstance(found, kind):
            raise self._refuse(f"{name} is {_described(found)}, not {word}")
        return found


def _described(value: Any) -> str:
    return _NAMES.get(type(value), "a number")


def decode(data: bytes) -> str:
    """Returns the text of a file as Windows PowerShell, other shells and the engine write it: UTF-8 or UTF-16, with or
    without a byte order mark.

    Raises:
        UnicodeDecodeError: The bytes are no such text.
    """
    return data.decode(json.detect_encoding(data)).removeprefix("\ufeff")


def read_file(path: Path) -> str:
    """Returns the text of a file.

    Raises:
        OSError: It cannot be read.
        UnicodeDecodeError: It is not text.
    """
    return decode(path.read_bytes())


def read_text(path: str, what: str) -> str:
    """Returns the text of a file, or of standard input for ``-``.

    Args:
        path: Path of the file.
        what: What the file is, for messages: "The state file".

    Raises:
        Problem: The file cannot be read.
    """
    try:
        return _standard_input() if path == "-" else read_file(Path(path))
    except OSError as failure:
        why = failure.strerror or type(failure).__name__
        raise Problem(
            "EXA423",
            f"{what} {path} cannot be read: {why}",
            remedy="Give the path of a file that exists and that you may read.",
        ) from None
    except ValueError:
        # A path with a NUL is a ValueError too.
        raise Problem(
            "EXA423",
            f"{what} {path} is not text in UTF-8 or UTF-16",
            remedy="Give the file that the command in its help writes.",
        ) from None


def _standard_input() -> str:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is not None:
        return decode(stream.read())
    return (sys.stdin.read() if sys.stdin else "").removeprefix("\ufeff")


def write_whole(path: Path, text: str) -> None:
    """Writes a file whole or not at all: a full disk leaves the file as it was.

    Raises:
        OSError: The file cannot be written.
        ValueError: The path or the text cannot be encoded.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():  # A device, such as /dev/null: nobody may replace it.
        target.write_text(text, "utf-8", newline="\n")
        return
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    stream = draft.open("x", encoding="utf-8", newline="\n")
    try:
        with stream:
            stream.write(text)
        if target.exists():
            shutil.copymode(target, draft)
        draft.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def parse_json(text: str, source: str, remedy: str) -> dict[str, Any]:
    """Returns the object in ``text``.

    Args:
        text: The JSON.
        source: What the text came from, for messages.
        remedy: What to do about a text that is something else.

    Raises:
        Problem: The text is empty, cut off, or something else.
    """
    if not text.strip():
        raise Problem("EXA430", f"{source} is empty", remedy=remedy)
    try:
        document = json.loads(text)
    except ValueError as failure:
        at = getattr(failure, "pos", 0)
        cut = at >= len(text.rstrip()) - 1 or "Unterminated string" in str(failure)
        what = "ends in the middle: it was cut off" if cut else f"is not JSON (line {getattr(failure, 'lineno', 1)})"
        raise Problem("EXA430", f"{source} {what}", remedy=remedy) from None
    except RecursionError:
        raise Problem("EXA430", f"{source} is nested too deeply", remedy=remedy) from None
    if not isinstance(document, dict):
        raise Problem("EXA430", f"{source} is JSON, but not an object", remedy=remedy)
    return document
