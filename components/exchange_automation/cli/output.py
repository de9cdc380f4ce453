"""The output of the commands: tables for people, JSON and CSV for programs, progress and problems on standard error.

Everybody who may create an object in the directory chooses its name. So the output never moves a terminal's cursor, never
reverses its text, and contains nothing that a spreadsheet would calculate.
"""

import contextlib
import csv
import io
import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TextIO, cast

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Spinner
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from exchange_automation.core.problems import Problem

Level = Literal["ok", "warning", "failed", "skipped"]
COLOURS: dict[str, str] = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}

# A spreadsheet calculates a cell that begins with one of these; full-width forms count, and so does what follows a
# character that some regions separate cells by.
_FORMULA = re.compile(r"(^|[;\t|])(\s*)(?=[=+\-@＝＋－＠])")  # noqa: RUF001  (full-width on purpose)


@dataclass
class Output:
    """The two streams of a command.

    Attributes:
        out: Tables and documents.
        err: Progress, the requests that ``--verbose`` prints, and problems.
        verbose: Whether each request is printed.
    """

    out: Console = field(default_factory=lambda: Console(highlight=False, emoji=False))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False, emoji=False))
    verbose: bool = False

    def trace(self, line: str) -> None:
        """Prints a line on standard error when ``--verbose`` is given."""
        if self.verbose:
            self.err.print(printable(line), style="dim", markup=False, soft_wrap=True)

    def document(self, value: Any) -> None:
        """Prints JSON, and nothing else, on standard output."""
        # Not through the console, which wraps lines at the terminal's width.
        sys.stdout.write(inert_json(json.dumps(value, indent=2, ensure_ascii=not _holds_any_text(sys.stdout))) + "\n")

    def rows(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Prints CSV with a header on standard output."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([inert_cell(cell) for cell in row] for row in rows)
        sys.stdout.write(text.getvalue())

    def line(self, text: str) -> None:
        """Prints one line of plain text on standard output; words wrap at the terminal's width."""
        self.out.print(printable(text), markup=False)

    def plain(self, text: str) -> None:
        """Prints text on standard output as it is, without wrapping."""
        sys.stdout.write(printable(text).rstrip() + "\n")

    def problem(self, problem: Problem) -> None:
        """Prints why a command could not do its work."""
        self.err.print(f"[red]exchange-automation:[/red] {shown(str(problem))}")

    @contextlib.contextmanager
    def progress(self, what: str) -> Iterator["Progress"]:
        """Shows the progress on standard error, if that is a terminal."""
        with Spinner(
            SpinnerColumn("line"),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self.err,
            transient=True,
            disable=not self.err.is_terminal or self.verbose,
        ) as spinner:
            task = spinner.add_task(escape(what), total=None)
            yield Progress(lambda text: spinner.update(task, description=escape(text)))


@dataclass(frozen=True)
class Progress:
    """The progress of a command."""

    show: Any


class _Guarded:
    """Standard output whose failures are problems of the command: a full disk, a reader that has ended."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._failure: Problem | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Writes text as it is.

        Raises:
            Problem: The stream takes no more.
        """
        if not isinstance(text, str):
            raise TypeError("this is a stream of text")
        if not text:
            return 0
        with self._failures():
            # A name from a service may hold half a surrogate pair, which no encoding has.
            return int(self._stream.write(text.encode("utf-8", "backslashreplace").decode("utf-8")))

    def flush(self) -> None:
        """Empties the stream's buffer.

        Raises:
            Problem: The stream takes no more.
        """
        with self._failures():
            self._stream.flush()

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        # The command may write again after a failure, and that must not look like success.
        if self._failure is not None:
            raise self._failure
        try:
            yield
        except OSError as failure:
            # Python would try once more when it ends, and print the failure.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            self._failure = _closed(failure)
            raise self._failure from None


def _closed(failure: OSError | None) -> Problem:
    why = "it is closed" if failure is None else failure.strerror or str(failure)
    if isinstance(failure, BrokenPipeError):
        why = "its reader has ended"
    return Problem(
        "EXA427",
        f"Standard output takes no more ({why})",
        "what was printed is not complete",
        "Write to a file on a disk with room, or let the reader take everything.",
    )


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    r"""Makes the streams print any text and report every failure, and empties standard output at the end.

    Characters that the encoding of a redirected stream lacks are written as ``\u65e5``.

    Raises:
        Problem: Standard output is closed, or takes no more.
    """
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115  (open as long as the process)
    if sys.stdout is None:
        raise _closed(None)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    guarded_output = _Guarded(sys.stdout)
    with contextlib.redirect_stdout(cast("TextIO", guarded_output)):
        try:
            yield
        finally:
            guarded_output.flush()


def shown(text: str) -> str:
    """Returns text of anybody's choosing for a table: nothing in it colours, and nothing moves the terminal's cursor."""
    return escape(printable(text))


def printable(text: str) -> str:
    """Returns ``text`` with a question mark for each control or formatting character, line ends apart."""
    return "".join(mark if mark == "\n" or mark.isprintable() else "?" for mark in text)


def mark(level: str) -> str:
    """Returns a level in its colour."""
    colour = COLOURS.get(level)
    return f"[{colour}]{level}[/{colour}]" if colour else escape(level)


def counted(number: int, one: str, many: str = "") -> str:
    """Returns a number with its noun: "1 grant", "1,100 grants"."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def inert_cell(cell: str) -> str:
    """Returns the cell so that a spreadsheet shows it instead of calculating it, on one line."""
    return _FORMULA.sub(r"\1\2'", printable(" ".join(cell.splitlines())))


def inert_json(text: str) -> str:
    """Returns JSON with an escape for each character that a terminal obeys; its values stay the same."""
    return "".join(item if item == "\n" or item.isprintable() else _escape(item) for item in text)


def _escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _holds_any_text(stream: TextIO) -> bool:
    return str(getattr(stream, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")
