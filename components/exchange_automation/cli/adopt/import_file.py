"""The import file of a preview: read, matched with the preview's steps, written with ids."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from exchange_automation.cli.documents import parse_json, write_whole
from exchange_automation.cli.pulumi.previews import Preview, Step
from exchange_automation.core.problems import Problem

PROVIDERS = "pulumi:providers:"
REMEDY = "Give what this writes: pulumi preview --import-file import.json"

Entry = dict[str, Any]
"""A resource in the import file."""


def parse_import_file(text: str, source: str) -> dict[str, Any]:
    """Returns the import file in ``text``.

    Raises:
        Problem: The text is not an import file.
    """
    document = parse_json(text, source, REMEDY)
    if "resources" not in document and document.keys() - {"nameTable"}:
        raise Problem("EXA438", f"{source} is not an import file: it has no resources", remedy=REMEDY)
    resources = document.get("resources") or []
    names = document.get("nameTable") or {}
    well = (
        isinstance(resources, list)
        and isinstance(names, dict)
        and all(
            isinstance(resource, dict)
            and isinstance(resource.get("type"), str)
            and isinstance(resource.get("name"), str)
            and isinstance(resource.get("inputs", {}), dict)
            for resource in resources
        )
    )
    if not well:
        raise Problem(
            "EXA438",
            f"{source} is not the import file of a preview: its resources have no type and name",
            remedy=REMEDY,
        )
    return {**document, "resources": resources}


def has_id(entry: Entry) -> bool:
    """Returns whether the entry is a resource with an id; components and providers have none."""
    return not entry.get("component") and not entry["type"].startswith(PROVIDERS)


def logical_name(entry: Entry) -> str:
    """Returns the logical name of an entry; its own name is unique in the file, and may differ."""
    return str(entry.get("logicalName") or entry["name"])


def match_steps(document: Mapping[str, Any], plan: Preview, source: str) -> list[tuple[Entry, Step | None]]:
    """Returns each entry of the import file with the preview's step for it; None for a provider.

    The file names resources by unique names and leaves the URN out. Type and logical name find the step, and the order
    decides between the few that share both.

    Raises:
        Problem: The file is of another preview.
    """
    waiting: dict[tuple[str, str], list[Step]] = {}
    for step in plan.steps:
        if step.operation == "create":
            waiting.setdefault((step.raw_type, step.name), []).append(step)
    matched: list[tuple[Entry, Step | None]] = []
    for entry in document["resources"]:
        if entry["type"].startswith(PROVIDERS):
            matched.append((entry, None))
            continue
        steps = waiting.get((entry["type"], logical_name(entry)))
        if not steps:
            raise Problem(
                "EXA439",
                f'{source} holds "{entry["name"]}" ({entry["type"]}), which the preview of this program does not create: it '
                "is of another program, stack or time.",
                remedy="Write both at once: pulumi preview --json --import-file import.json > preview.json",
            )
        matched.append((entry, steps.pop(0)))
    return matched


def write(document: Mapping[str, Any], path: Path) -> None:
    """Writes the import file, whole or not at all.

    Raises:
        Problem: It cannot be written.
    """
    try:
        write_whole(path, json.dumps(document, indent=4) + "\n")
    except (OSError, ValueError) as failure:
        why = (failure.strerror if isinstance(failure, OSError) else None) or str(failure)
        raise Problem("EXA424", f"{path} cannot be written: {why}", remedy="Give another file with --out.") from None
