"""Prints changes of access: JSON for programs, a table for a terminal, Markdown for a pull request.

The author of a pull request chooses the names in it, and reviewers trust a comment more than a log. So in Markdown every
name is a code span, which cannot format, link, mention or hide anything.
"""

import re
from collections.abc import Sequence

from exchange_automation.cli.listing import Listing
from exchange_automation.cli.output import Output, printable, shown
from exchange_automation.cli.pulumi.previews import Preview, Step

from .changes import Change, Name, Phrase, Risk, highest, plain

HEADLINES = {
    Risk.NONE: "No grant changes.",
    Risk.LOW: "No access is added.",
    Risk.MEDIUM: "Limited access, or a new way to sign in or to start jobs, is added.",
    Risk.HIGH: "Access to Exchange Online, or control over an identity that has it, is added.",
    Risk.CRITICAL: "More access than Exchange Online needs is added.",
}
LONGEST_COMMENT = 60_000
"""Characters; GitHub takes 65,536 and Azure DevOps more."""
LONGEST_NAME = 200

_VERBS = {
    "create": "to create",
    "update": "to change",
    "replace": "to replace",
    "delete": "to delete",
    "import": "to import",
}


def as_json(preview: Preview, changes: Sequence[Change]) -> dict[str, object]:
    """Returns the changes as a document with stable keys."""
    return {
        "stack": preview.stack,
        "risk": highest(changes).word,
        "changes": [
            {
                "sentence": change.sentence,
                "kind": change.kind,
                "grant": plain(change.grant),
                "subject": plain(change.subject),
                "scope": plain(change.scope),
                "change": change.what,
                "risk": change.risk.word,
                "note": plain(change.note) or None,
                "urn": change.urn,
            }
            for change in changes
        ],
    }


def as_markdown(preview: Preview, changes: Sequence[Change], *, title: str = "", note: str = "") -> str:
    """Returns the changes as a comment of a pull request.

    The first line is a hidden mark, one for every stack, by which a pipeline finds the comment again.

    Args:
        preview: The preview.
        changes: Its changes.
        title: The name of the stack in heading and mark. Default: project and stack.
        note: A line of text below the headline, such as the origin of the preview.
    """
    risk = highest(changes)
    access = [change for change in changes if change.kind == "access"]
    runs = [change for change in changes if change.kind == "runs"]
    lines = [*_head(title or preview.stack), f"**{HEADLINES[risk]}** Highest risk: {risk.word}."]
    if note:
        lines += ["", *(f"> {_escaped(line)}" for line in note.splitlines())]
    head = "\n".join(lines)
    budget = LONGEST_COMMENT - len(head)
    parts = [head]
    for heading, rows in (
        ("", [f"| {change.risk.word} | {_cell(change.phrase)} |" for change in access]),
        ("What runs with this access:", [f"| {change.risk.word} | {_cell(change.phrase)} |" for change in runs]),
    ):
        text = _table(heading, "| risk | change |\n|---|---|", rows, budget)
        budget -= len(text)
        parts.append(text)
    parts.append(_everything(preview, budget))
    return "\n\n".join(part for part in parts if part)


def problem_as_markdown(what: str, remedy: str, *, title: str, note: str = "") -> str:
    """Returns a comment about a preview that cannot be read, in place of an outdated comment."""
    lines = [*_head(title), f"**The changes are not known.** {_cell((Name(what),))}", "", _escaped(remedy)]
    if note:
        lines += ["", *(f"> {_escaped(line)}" for line in note.splitlines())]
    return "\n".join(lines)


def print_table(output: Output, preview: Preview, changes: Sequence[Change]) -> None:
    """Prints the changes for a terminal."""
    for kind, title in (("access", "Access to Exchange Online"), ("runs", "What runs with this access")):
        where = f": {printable(preview.stack)}" if preview.stack else ""
        listing = Listing(title + where, "risk", "change")
        for change in changes:
            if change.kind == kind:
                colour = {Risk.CRITICAL: "red", Risk.HIGH: "yellow", Risk.MEDIUM: "cyan"}.get(change.risk, "green")
                listing.add(f"[{colour}]{change.risk.word}[/{colour}]", shown(change.sentence))
        listing.print(output.out)
    output.line(f"{HEADLINES[highest(changes)]} Highest risk: {highest(changes).word}.")


def _head(title: str) -> list[str]:
    # Two dashes would end the mark.
    mark = re.sub(r"[^A-Za-z0-9._/]+", "-", title)[:LONGEST_NAME]
    heading = _span(title) if title else "preview"
    return [f"<!-- exchange-automation explain: {mark} -->", f"### Access to Exchange Online: {heading}", ""]


def _everything(preview: Preview, budget: int) -> str:
    """Returns all changes of the preview, folded."""
    steps = [step for step in preview.changes() if step.operation in _VERBS and step.type != "pulumi:pulumi:Stack"]
    if not steps:
        return ""
    # The engine works on several steps at once, so its order differs from run to run.
    steps.sort(key=lambda step: (step.name, step.urn, step.operation))
    counts = {operation: sum(step.operation == operation for step in steps) for operation in _VERBS}
    summary = ", ".join(f"{count} {_VERBS[operation]}" for operation, count in counts.items() if count)
    text = _table("", "| | resource | type |\n|---|---|---|", [_row(step) for step in steps], budget - 200)
    return f"<details><summary>All changes: {summary}</summary>\n\n{text}\n\n</details>"


def _row(step: Step) -> str:
    return f"| {step.operation} | {_span(step.name)} | {_span(step.type)} |"


def _table(heading: str, head: str, rows: Sequence[str], budget: int) -> str:
    """Returns a table with as many rows as fit into the budget."""
    if not rows:
        return ""
    kept: list[str] = []
    room = budget - len(heading) - len(head) - 100
    for row in rows:
        room -= len(row) + 1
        if room < 0:
            break
        kept.append(row)
    lines = [*([heading, ""] if heading else []), head, *kept]
    if len(kept) < len(rows):
        lines += ["", f"And {len(rows) - len(kept)} more, which do not fit into a comment."]
    return "\n".join(lines)


def _cell(phrase: Phrase) -> str:
    return "".join(_span(part.text) if isinstance(part, Name) else _escaped(part) for part in phrase)


def _span(text: str) -> str:
    """Returns a name as a code span that fits into a table."""
    kept = " ".join(printable(text).split())
    cut = kept if len(kept) <= LONGEST_NAME else f"{kept[:LONGEST_NAME]}…"
    # No character of the name may end the span or the cell. A backslash before a bar would cancel the bar's own.
    inert = cut.replace("`", "'").replace("\\", "/").replace("|", "\\|")
    return f"`{inert}`" if inert else "(no name)"


def _escaped(text: str) -> str:
    """Returns words that are not a name, with an escape for every character that formats."""
    return "".join(f"\\{mark}" if mark in "\\`*_[]<>|" else mark for mark in printable(text))
