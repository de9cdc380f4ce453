"""Rows for people: a table where the terminal is wide enough for every word, else one block a row.

An identifier is never broken, because people copy it.
"""

import re
from collections.abc import Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

_INDENT = 2


class Listing:
    """Rows under column headings. Cells may hold rich markup; text of anybody's choosing is escaped before.

    Args:
        title: What the rows are.
        columns: Headings; the first column names a row, and a column without a heading holds a mark beside the name.
    """

    def __init__(self, title: str, *columns: str) -> None:
        self._title = title
        self._columns = columns
        self._rows: list[Sequence[Text]] = []

    def add(self, *cells: str) -> None:
        """Adds one row."""
        # A name such as ":bomb:" stays as it is.
        self._rows.append([Text.from_markup(cell, emoji=False) for cell in cells])

    def print(self, console: Console) -> None:
        """Prints the rows; nothing without a row."""
        if not self._rows:
            return
        widths = self._widths(console)
        if widths is None:
            self._print_blocks(console)
        else:
            console.print(self._table(widths))

    def _widths(self, console: Console) -> list[int] | None:
        """Returns the width of each column; None where a word would have to be broken."""
        least, most = [], []
        for number, heading in enumerate(self._columns):
            cells = [Text(heading), *(row[number] for row in self._rows)]
            measured = [Measurement.get(console, console.options.update_width(10_000), cell) for cell in cells]
            least.append(max(measurement.minimum for measurement in measured))
            most.append(max(measurement.maximum for measurement in measured))
        room = console.width - 3 * len(self._columns) - 1 - sum(least)
        if room < 0:
            return None
        widths = list(least)
        for number in sorted(range(len(widths)), key=lambda item: most[item] - least[item]):
            more = min(most[number] - least[number], room)
            widths[number] += more
            room -= more
        return widths

    def _table(self, widths: Sequence[int]) -> Table:
        table = Table(title=Text(self._title), title_justify="left", title_style="bold", header_style="bold")
        for heading, width in zip(self._columns, widths, strict=True):
            table.add_column(heading, width=width, overflow="fold")
        for row in self._rows:
            table.add_row(*row)
        return table

    def _print_blocks(self, console: Console) -> None:
        console.print(Text(self._title, style="bold"))
        for row in self._rows:
            console.print()
            name, *rest = row[0].split("\n")
            for heading, cell in zip(self._columns[1:], row[1:], strict=True):
                name += Text() if heading else Text("  ") + cell
            _print_words(console, name, indent=0)
            for line in rest:
                _print_words(console, line, indent=_INDENT)
            for heading, cell in zip(self._columns[1:], row[1:], strict=True):
                for number, line in enumerate(cell.split("\n") if heading and cell.plain else ()):
                    label = Text() if number else Text(f"{heading}: ", style="dim")
                    _print_words(console, label + line, indent=_INDENT * (2 if number else 1))
        console.print()


def _print_words(console: Console, text: Text, *, indent: int) -> None:
    """Prints words; one that is longer than the line stays whole, and the terminal breaks it."""
    room = max(console.width - indent, 1)
    cuts, used = [], 0
    for word in re.finditer(r"\s*\S+", text.plain):
        size = cell_len(word[0])
        if used and used + size > room:
            cuts.append(word.start())
            size = cell_len(word[0].lstrip())
            used = 0
        used += size
    for line in text.divide(cuts):
        line.rstrip()
        kept = line[len(line.plain) - len(line.plain.lstrip()) :]
        console.print(Text(" " * indent) + kept, soft_wrap=True)
