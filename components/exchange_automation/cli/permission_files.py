"""The file beside a script that says what the script needs: ``report.permissions.json`` beside ``report.ps1``."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange_automation.cli.documents import Record, parse_json, read_text
from exchange_automation.core.problems import Problem
from exchange_automation.runbook.permissions import VERSION, Needs, added_names, as_document, needs_of
from exchange_automation.runbook.script_analysis import read_file

_REMEDY = "Write it again: exchange-automation permissions <script> --write"


@dataclass(frozen=True)
class ScriptNeeds:
    """A script with what it needs.

    Attributes:
        path: Path of the script.
        needs: What it needs.
    """

    path: Path
    needs: Needs

    @property
    def document(self) -> Mapping[str, Any]:
        """What the file beside the script should have."""
        return as_document(self.path.name, self.needs)


@dataclass(frozen=True)
class Written:
    """What a file beside a script has: the names alone, which are what is compared."""

    cmdlets: tuple[str, ...] = ()
    graph: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def file_beside(script: Path, directory: Path | None = None) -> Path:
    """Returns the path of the file for a script, beside it or in another directory."""
    return (directory or script.parent) / f"{script.stem}.permissions.json"


def needs_of_file(script: Path) -> ScriptNeeds:
    """Returns what a script needs.

    Raises:
        Problem: The script cannot be read.
    """
    try:
        return ScriptNeeds(script, needs_of(read_file(str(script))))
    except Problem as problem:
        what = f"The script cannot be read: {problem.what}"
        raise Problem("EXA460", what, problem.consequence, problem.remedy) from None


def text_of(document: Mapping[str, Any]) -> str:
    """Returns the content of the file, byte for byte the same for the same needs."""
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def read_written(path: Path) -> Written | None:
    """Returns what a file has; None where there is no file.

    Raises:
        Problem: The file is there and cannot be read.
    """
    if not path.exists():
        return None
    source = f"The file {path}"

    def refuse(what: str) -> Problem:
        return Problem("EXA461", f"{source} is not a file of permissions: {what}", remedy=_REMEDY)

    record = Record(parse_json(read_text(str(path), "The file"), source, _REMEDY), refuse)
    if record.number("version") != VERSION:
        raise refuse(f"its version is not {VERSION}")
    cmdlets, graph = record.record("cmdlets"), record.record("graphCalls")
    return Written(tuple(cmdlets.values), tuple(graph.values), tuple(record.texts("unknown")))


def added(before: Written | None, needs: Needs) -> Written:
    """Returns what a script needs now and the file does not have."""
    known = before or Written()
    return Written(
        tuple(added_names(known.cmdlets, [need.name for need in needs.cmdlets])),
        tuple(added_names(known.graph, [call for call, _ in needs.graph])),
        tuple(added_names(known.unknown, needs.unknown)),
    )


def removed(before: Written | None, needs: Needs) -> Written:
    """Returns what the file has and the script does not need any more."""
    known = before or Written()
    return Written(
        tuple(added_names([need.name for need in needs.cmdlets], known.cmdlets)),
        tuple(added_names([call for call, _ in needs.graph], known.graph)),
        tuple(added_names(needs.unknown, known.unknown)),
    )
