"""How ``report`` shows an audit: a table, JSON or CSV."""

from typing import Any

from exchange_automation.cli.output import Output, shown, table

from .audit import NOT_TRACKED, REMEDIES, Audit, Held

GUID_WIDTH = 36
COLUMNS = ("principal", "id", "kind", "grant", "scope", "grant kind", "made", "stack", "findings", "resource")


def as_json(audit: Audit) -> dict[str, Any]:
    """The audit as a document; keys are stable."""
    return {
        "tenantId": audit.tenant_id,
        "stacks": audit.stacks,
        "principals": [
            {
                "id": holder.id,
                "name": holder.name,
                "kind": holder.kind,
                "clientId": holder.app_id or None,
                "made": holder.created or None,
                "resource": holder.resource or None,
                "grants": [
                    {
                        "id": grant.id,
                        "kind": grant.kind,
                        "name": grant.name,
                        "scope": grant.scope,
                        "made": grant.created or None,
                        "stack": grant.stack or None,
                    }
                    for grant in holder.grants
                ],
                "findings": holder.findings,
            }
            for holder in audit.holders
        ],
        "gone": audit.stale,
        "summary": summary(audit),
    }


def summary(audit: Audit) -> dict[str, int]:
    """How many of what."""
    counts = {
        "principals": len(audit.holders),
        "grants": sum(len(holder.grants) for holder in audit.holders),
        "clean": sum(not holder.findings for holder in audit.holders),
    }
    for finding in REMEDIES:
        counts[finding] = sum(finding in holder.findings for holder in audit.holders)
    counts["in a state, not in the directory"] = len(audit.stale)
    return counts


def print_csv(output: Output, audit: Audit) -> None:
    """One row for each grant."""
    output.rows(
        COLUMNS,
        (
            (
                holder.name,
                holder.id,
                holder.kind,
                grant.name,
                grant.scope,
                grant.kind,
                grant.created,
                grant.stack,
                "; ".join(holder.findings),
                holder.resource,
            )
            for holder in audit.holders
            for grant in holder.grants
        ),
    )


def print_table(output: Output, audit: Audit, limit: int) -> None:
    """A table with what looks wrong first, what it means below, and how many there are.

    :param limit: rows to print; the summary counts all.
    """
    made = table("Who holds Exchange Online", "principal", "grants", "stack", "what looks wrong")
    made.columns[0].min_width = GUID_WIDTH
    for holder in audit.holders[:limit]:
        made.add_row(
            f"{shown(holder.name) or '-'}\n[dim]{holder.id}\n{holder.kind}[/dim]",
            "\n".join(f"{shown(grant.label)}[dim]{_since(grant)}[/dim]" for grant in holder.grants),
            shown("\n".join(holder.stacks)) or ("-" if audit.stacks else "[dim]not asked[/dim]"),
            "\n".join(f"[yellow]{finding}[/yellow]" for finding in holder.findings) or "[green]nothing[/green]",
        )
    output.out.print(made)
    if len(audit.holders) > limit:
        output.line(
            f"{len(audit.holders) - limit:,} more are left out; --limit 0 shows all, --json and --csv have all."
        )
    for grant in audit.stale:
        output.line(
            f"In the state of {grant['stack']} and not in the directory: {grant['name']} for {grant['principalId']}. The "
            "next pulumi up with --refresh makes it again."
        )
    seen = {finding for holder in audit.holders for finding in holder.findings}
    for finding, remedy in REMEDIES.items():
        if finding in seen:
            output.out.print(f"[yellow]{finding}[/yellow]: {remedy}.", soft_wrap=True)
    counts = summary(audit)
    wrong = counts["principals"] - counts["clean"]
    output.line(
        f"{_counted(counts['principals'], 'principal')}, {_counted(counts['grants'], 'grant')}, {wrong:,} with something to "
        "look at."
    )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _since(grant: Held) -> str:
    """The day that the grant was made, where anybody knows it."""
    return f" since {grant.created[:10]}" if grant.created else ""


def untracked_line(audit: Audit) -> str:
    """Why ``--fail-on-untracked`` failed."""
    names = ", ".join(holder.name or holder.id for holder in audit.untracked[:5])
    more = f" and {len(audit.untracked) - 5} more" if len(audit.untracked) > 5 else ""
    return f"{len(audit.untracked)} {NOT_TRACKED}: {names}{more}."
