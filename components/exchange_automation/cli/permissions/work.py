"""Derives what scripts need, prints, writes or compares it, and decides the exit code."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from exchange_automation.catalog.cmdlet_roles import MANAGEMENT_ROLES
from exchange_automation.catalog.directory_roles import find_role, nearest_role_names
from exchange_automation.cli.documents import write_whole
from exchange_automation.cli.execution import DONE, WRONG, Context
from exchange_automation.cli.listing import Listing
from exchange_automation.cli.output import Output, shown
from exchange_automation.cli.permission_files import (
    ScriptNeeds,
    Written,
    added,
    file_beside,
    needs_of_file,
    read_written,
    removed,
    text_of,
)
from exchange_automation.core.problems import Problem

_LABELS = ("cmdlet", "call of Microsoft Graph", "command that no table has")


@dataclass(frozen=True)
class PermissionOptions:
    """What the command is asked to do."""

    paths: tuple[Path, ...]
    write: bool
    check: bool
    roles: tuple[str, ...]
    json: bool


@dataclass(frozen=True)
class _Result:
    """A script with its needs, and what is wrong with them.

    Attributes:
        found: The script and its needs.
        differences: How the file beside it differs; empty where it was not compared.
        refused: Cmdlets that no role allows; empty where no roles were given.
    """

    found: ScriptNeeds
    differences: tuple[str, ...]
    refused: tuple[str, ...]


def run(context: Context, request: PermissionOptions) -> int:
    """Runs ``permissions``; returns the exit code.

    Raises:
        Problem: A script, a file or a role cannot be read, or a file cannot be written.
    """
    if request.write and request.check:
        raise Problem("EXA463", "--write and --check were given together", remedy="Give one of them.")
    roles = [_role(name) for name in request.roles]
    results = [_result(script, request, roles) for script in _scripts(request.paths)]
    if request.write:
        for analysed in results:
            _write(analysed.found)
    if request.json:
        context.output.document({"scripts": [_document(item) for item in results]})
    else:
        _print(context.output, results, roles)
    return WRONG if any(result.differences or result.refused for result in results) else DONE


def _role(given: str) -> str:
    role = find_role(given)
    if role is not None:
        return role.name
    in_exchange = next((name for name in MANAGEMENT_ROLES if name.lower() == given.strip().lower()), None)
    if in_exchange is None:
        near = [*nearest_role_names(given), *get_close_matches(given, MANAGEMENT_ROLES, n=2)]
        raise Problem(
            "EXA462",
            f'"{given}" is neither a directory role that Exchange Online honours nor a management role of the table',
            "what it allows is not known",
            f"Give one of: {', '.join(near)}.",
        )
    return in_exchange


def _scripts(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(path.glob("*.ps1"))
            if not inside:
                raise Problem(
                    "EXA460",
                    f"The directory {path} has no script (*.ps1)",
                    remedy="Give a directory with scripts, or a script.",
                )
            yield from inside
        else:
            yield path


def _result(script: Path, request: PermissionOptions, roles: Sequence[str]) -> _Result:
    found = needs_of_file(script)
    differences = tuple(_differences(found)) if request.check else ()
    refused = tuple(need.name for need in found.needs.refused(roles)) if roles else ()
    return _Result(found, differences, refused)


def _differences(found: ScriptNeeds) -> Iterator[str]:
    path = file_beside(found.path)
    before = read_written(path)
    if before is None:
        yield f"{path.name} is missing"
        return
    yield from _named("adds", added(before, found.needs))
    yield from _named("does not use any more", removed(before, found.needs))
    if path.read_text("utf-8") != text_of(found.document):
        yield f"{path.name} is not what --write writes"


def _named(verb: str, names: Written) -> Iterator[str]:
    for label, group in zip(_LABELS, (names.cmdlets, names.graph, names.unknown), strict=True):
        for name in group:
            yield f"{verb} the {label} {name}"


def _write(found: ScriptNeeds) -> None:
    path = file_beside(found.path)
    try:
        write_whole(path, text_of(found.document))
    except OSError as failure:
        raise Problem(
            "EXA464", f"{path} cannot be written: {failure.strerror}", remedy="Give a directory in which you may write."
        ) from None


def _document(result: _Result) -> dict[str, Any]:
    return {
        "path": str(result.found.path),
        "needs": dict(result.found.document),
        "differences": list(result.differences),
        "refused": list(result.refused),
    }


def _print(output: Output, results: Sequence[_Result], roles: Sequence[str]) -> None:
    listing = Listing("What the scripts need", "script", "one directory role", "management roles", "Graph", "unknown")
    for item in results:
        needs = item.found.needs
        listing.add(
            shown(str(item.found.path)),
            ", ".join(needs.directory_roles) or ("none is enough" if needs.cmdlets else "none"),
            ", ".join(needs.management_roles) or "none",
            ", ".join(needs.graph_permissions) or "none",
            shown(", ".join(needs.unknown)) or "none",
        )
    listing.print(output.out)
    for result in results:
        for difference in result.differences:
            output.line(f"{shown(str(result.found.path))}: {shown(difference)}.")
        for name in result.refused:
            output.line(f"{shown(str(result.found.path))}: {' and '.join(roles)} does not allow {name}.")
