"""Permissions files: ``report.permissions.json`` beside ``report.ps1`` has the permissions that the script needs."""

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
    """A script with its needs.

    Attributes:
        path: Path of the script.
        needs: The permissions that it needs.
    """

    path: Path
    needs: Needs

    @property
    def document(self) -> Mapping[str, Any]:
        """The right content of the permissions file."""
        return as_document(self.path.name, self.needs)


@dataclass(frozen=True)
class Written:
    """The names in a permissions file. The comparison uses nothing else of the file."""

    cmdlets: tuple[str, ...] = ()
    graph: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def file_beside(script: Path, directory: Path | None = None) -> Path:
    """Returns the path of a script's permissions file, beside the script or in another directory."""
    return (directory or script.parent) / f"{script.stem}.permissions.json"


def needs_of_file(script: Path) -> ScriptNeeds:
    """Returns a script with its needs.

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
    """Returns the names in a permissions file; None where the file does not exist.

    Raises:
        Problem: The file cannot be read.
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
    """Returns the needs of a script that the file does not have."""
    known = before or Written()
    return Written(
        tuple(added_names(known.cmdlets, [need.name for need in needs.cmdlets])),
        tuple(added_names(known.graph, [call for call, _ in needs.graph])),
        tuple(added_names(known.unknown, needs.unknown)),
    )


def removed(before: Written | None, needs: Needs) -> Written:
    """Returns the names in the file that the script no longer needs."""
    known = before or Written()
    return Written(
        tuple(added_names([need.name for need in needs.cmdlets], known.cmdlets)),
        tuple(added_names([call for call, _ in needs.graph], known.graph)),
        tuple(added_names(needs.unknown, known.unknown)),
    )
