"""Prints the result of ``adopt``: a table, JSON, and the sentence at the end."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from exchange_automation.cli.listing import Listing
from exchange_automation.cli.output import Output, shown
from exchange_automation.cli.pulumi.previews import Step

from .adoption import Adoption

_COLOURS = {"found": "green", "missing": "dim", "ambiguous": "red", "not looked for": "yellow"}


def as_document(found: Adoption, written: Path | None, left: Sequence[Step] | None) -> dict[str, Any]:
    """Returns the adoption as a document; keys are stable.

    Args:
        found: The adoption.
        written: The import file; None where none was written.
        left: The changes of the next deployment; None without an import.
    """
    return {
        "resources": [
            {
                "name": candidate.name,
                "type": candidate.entry["type"],
                "urn": candidate.step.urn if candidate.step else None,
                "verdict": candidate.outcome.verdict,
                "id": candidate.outcome.id or None,
                "why": candidate.outcome.why,
                "candidates": list(candidate.outcome.candidates),
            }
            for candidate in found.candidates
        ],
        "file": str(written) if written else None,
        "imported": left is not None,
        "remaining": None if left is None else [{"operation": step.operation, "urn": step.urn} for step in left],
    }


def print_listing(output: Output, found: Adoption) -> None:
    """Prints the adoption as a table; nothing for a program that creates nothing."""
    if not found.candidates:
        return
    listing = Listing("What the program would create", "resource", "", "why", "id")
    for candidate in found.candidates:
        outcome = candidate.outcome
        colour = _COLOURS[outcome.verdict]
        resource_type = str(candidate.entry["type"]).rpartition(":")[2]
        listing.add(
            f"{shown(candidate.name)}\n[dim]{shown(resource_type)}[/dim]",
            f"[{colour}]{outcome.verdict}[/{colour}]",
            shown(outcome.why),
            shown(outcome.id or "\n".join(outcome.candidates)),
        )
    listing.print(output.out)
    counts = {verdict: len(found.of(verdict)) for verdict in _COLOURS}
    output.line(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) + ".")


def print_outcome(output: Output, found: Adoption, out: Path, left: Sequence[Step] | None, *, expected: bool) -> None:
    """Prints what the command did, and the next step.

    Args:
        output: The streams.
        found: The adoption.
        out: The import file.
        left: The changes of the next deployment; None without an import.
        expected: Whether these changes are normal after an import.
    """
    if not found.candidates:
        output.line("The program creates nothing: everything is under management.")
    elif not found.resources:
        output.line("Nothing of it exists, so there is nothing to adopt and no file was written. pulumi up creates it.")
    elif left is None:
        output.line(
            f"Written: {out}. Import it with --yes, which corrects what the providers read differently as well."
        )
    elif not left:
        output.line("Imported. The preview is empty.")
    else:
        output.line(f"Imported. The next preview still shows {len(left)}:")
        for step in left:
            output.line(f"  {step.operation} {step.name}")
        if expected:
            output.line(
                "All of it is to be expected after an import, and no grant is touched: what was missing is created, and "
                "resources of Azure are updated in place. pulumi up completes it."
            )
