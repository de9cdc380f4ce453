"""Prints an audit as a table, JSON or CSV."""

from typing import Any

from exchange_automation.cli.listing import Listing
from exchange_automation.cli.output import Output, counted, printable, shown

from .audit import NOT_TRACKED, REMEDIES, Audit, Held, Holder

COLUMNS = ("principal", "id", "kind", "grant", "scope", "grant kind", "made", "stack", "findings", "resource")


def as_json(audit: Audit) -> dict[str, Any]:
    """Returns the audit as a document; keys are stable."""
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
                "certificateDaysLeft": holder.certificate_days,
                "grants": [
                    {
                        "id": grant.id,
                        "kind": grant.kind,
                        "name": grant.name,
                        "scope": grant.scope,
                        "privileged": grant.privileged,
                        "made": grant.created or None,
                        "stack": grant.stack or None,
                    }
                    for grant in holder.grants
                ],
                "findings": holder.findings,
            }
            for holder in audit.holders
        ],
        "gone": [
            {
                "stack": stale.grant.stack,
                "name": stale.grant.name,
                "id": stale.grant.id,
                "principalId": stale.grant.principal_id,
                "why": stale.why or None,
            }
            for stale in audit.stale
        ],
        "runbooks": [
            {
                "stack": runbook.runbook.stack,
                "id": runbook.runbook.id,
                "verdict": runbook.verdict,
                "why": runbook.why or None,
            }
            for runbook in audit.runbooks
        ],
        "summary": summary(audit),
    }


def summary(audit: Audit) -> dict[str, int]:
    """Returns the numbers of principals, grants and findings."""
    counts = {
        "principals": len(audit.holders),
        "grants": sum(len(holder.grants) for holder in audit.holders),
        "clean": sum(not holder.findings for holder in audit.holders),
    }
    for finding in REMEDIES:
        counts[finding] = sum(finding in holder.findings for holder in audit.holders)
    counts["in a state, not in the directory"] = len(audit.stale)
    counts["runbook edited"] = sum(runbook.verdict == "edited" for runbook in audit.runbooks)
    return counts


def print_csv(output: Output, audit: Audit) -> None:
    """Prints one row for each grant."""
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
    """Prints a table with the findings first, their meanings below it, and the numbers.

    Args:
        output: The streams.
        audit: The audit.
        limit: Rows to print; the summary counts all.
    """
    listing = Listing("Who holds Exchange Online", "principal", "grants", "stack", "what looks wrong")
    for holder in audit.holders[:limit]:
        listing.add(
            f"{shown(holder.name) or '-'}\n[dim]{shown(holder.id)}\n{shown(holder.kind)}{_certificate(holder)}[/dim]",
            "\n".join(f"{shown(grant.label)}[dim]{shown(_since(grant))}[/dim]" for grant in holder.grants),
            shown("\n".join(holder.stacks)) or ("-" if audit.stacks else "[dim]not asked[/dim]"),
            "\n".join(f"[yellow]{finding}[/yellow]" for finding in holder.findings) or "[green]nothing[/green]",
        )
    listing.print(output.out)
    if len(audit.holders) > limit:
        more = len(audit.holders) - limit
        output.line(
            f"{counted(more, 'principal')} more {'is' if more == 1 else 'are'} left out; --limit 0 shows all, --json and "
            "--csv have all."
        )
    _print_stale(output, audit)
    _print_runbooks(output, audit)
    seen = {finding for holder in audit.holders for finding in holder.findings}
    for finding, remedy in REMEDIES.items():
        if finding in seen:
            output.out.print(f"[yellow]{finding}[/yellow]: {remedy}.")
    privileged = sorted({grant.name for holder in audit.holders for grant in holder.grants if grant.privileged})
    if privileged:
        output.line(f"Microsoft labels as PRIVILEGED: {', '.join(privileged)}.")
    output.line(_summary_line(audit))


def _certificate(holder: Holder) -> str:
    days = holder.certificate_days
    if days is None:
        return ""
    return f"\ncertificate: {counted(days, 'day')} left" if days >= 0 else "\ncertificate: expired"


def _print_stale(output: Output, audit: Audit) -> None:
    for stale in audit.stale:
        grant = stale.grant
        why = f" ({stale.why})" if stale.why else ""
        output.line(
            f"In the state of {grant.stack} and not in the directory: {grant.name} for {grant.principal_id}{why}. The next "
            "pulumi up with --refresh creates it again."
        )


def _print_runbooks(output: Output, audit: Audit) -> None:
    for runbook in audit.runbooks:
        if runbook.verdict == "edited":
            output.line(
                f"Runbook {runbook.name} in {runbook.account} is not the text that {runbook.runbook.stack} published: somebody "
                "edited it. Look at it in the portal; pulumi up with --replace and the runbook's URN publishes the "
                "program's text again."
            )
        elif runbook.verdict == "gone":
            output.line(
                f"Runbook {runbook.name} in {runbook.account} is in the state of {runbook.runbook.stack} and not in Azure. The next "
                "pulumi up with --refresh creates it again."
            )
        elif runbook.verdict == "not compared":
            output.line(f"Runbook {runbook.name} in {runbook.account} was not compared: {runbook.why.rstrip('.')}.")


def _summary_line(audit: Audit) -> str:
    counts = summary(audit)
    wrong = counts["principals"] - counts["clean"]
    return (
        f"{counted(counts['principals'], 'principal')}, {counted(counts['grants'], 'grant')}, {wrong:,} with something to "
        "look at."
    )


def _since(grant: Held) -> str:
    """Returns the day that the grant was created, where it is known."""
    return f" since {grant.created[:10]}" if grant.created else ""


def untracked_line(audit: Audit) -> str:
    """Returns why ``--fail-on-untracked`` failed."""
    names = ", ".join(printable(holder.name or holder.id) for holder in audit.untracked[:5])
    more = f" and {len(audit.untracked) - 5} more" if len(audit.untracked) > 5 else ""
    return f"{len(audit.untracked)} {NOT_TRACKED}: {names}{more}."
