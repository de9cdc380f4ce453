"""How the commands print: tables for people, JSON and CSV for programs, progress and problems on standard error."""

import contextlib
import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from .problems import Problem

Level = Literal["ok", "warning", "failed", "skipped"]
COLOURS: dict[str, str] = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "dim"}


@dataclass
class Output:
    """The two streams of a command.

    Attributes:
        out: tables and documents.
        err: progress, what ``--verbose`` tells, and problems.
        verbose: whether each request is told.
    """

    out: Console = field(default_factory=lambda: Console(highlight=False))
    err: Console = field(default_factory=lambda: Console(stderr=True, highlight=False))
    verbose: bool = False

    def trace(self, line: str) -> None:
        """Tell a step, when asked to."""
        if self.verbose:
            self.err.print(printable(line), style="dim", markup=False, soft_wrap=True)

    def document(self, value: Any) -> None:
        """Print JSON, and nothing else, on standard output."""
        # Not through the console, which wraps lines at the terminal's width.
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    def rows(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Print CSV with a header on standard output."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_inert(cell) for cell in row] for row in rows)
        sys.stdout.write(text.getvalue())

    def line(self, text: str) -> None:
        """Print one line of plain text on standard output."""
        self.out.print(printable(text), markup=False)

    def problem(self, problem: Problem) -> None:
        """Tell why a command could not do its work."""
        self.err.print(f"[red]exchange-automation:[/red] {shown(problem.what)} {shown(problem.remedy)}")

    @contextlib.contextmanager
    def progress(self, what: str) -> Iterator["Step"]:
        """Tell on standard error that something long goes on, when a person watches."""
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            console=self.err,
            transient=True,
            disable=not self.err.is_terminal or self.verbose,
        ) as progress:
            task = progress.add_task(what, total=None)
            yield Step(lambda text: progress.update(task, description=text))


@dataclass(frozen=True)
class Step:
    """What goes on just now."""

    say: Any


def table(title: str, *columns: str) -> Table:
    """An empty table in the style of all commands."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold", expand=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def shown(text: str) -> str:
    """Text of anybody's choosing for a table: nothing in it colours, and nothing moves the terminal's cursor."""
    return escape(printable(text))


def printable(text: str) -> str:
    """``text`` with a question mark for each control character, line ends apart: names come from whoever may make one."""
    return "".join(mark if mark == "\n" or mark.isprintable() else "?" for mark in text)


def mark(level: str) -> str:
    """A level in its colour."""
    colour = COLOURS.get(level)
    return f"[{colour}]{level}[/{colour}]" if colour else escape(level)


def _inert(cell: str) -> str:
    """The cell so that a spreadsheet shows it instead of calculating it: display names are anybody's to choose."""
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell
