"""Prints the facts that nobody compared with their page for a long time: ``python -m tools.facts``.

Versions, ends of support and retirements are facts that age. They stand in ``catalog/aging_facts.py`` with the page that
each comes from and the day on which somebody read it. The tables of management roles name a page for each row.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Sequence

from exchange_automation.catalog import cmdlet_roles, management_roles
from exchange_automation.catalog.aging_facts import AGING_FACTS, AgingFact
from exchange_automation.catalog.sources import Source, spoken

DAYS = 90


def _rows_from(source: Source) -> AgingFact:
    count = sum(row.source == source for row in cmdlet_roles.ROWS)
    return AgingFact("the management roles of cmdlets", f"{count} rows of the table come from this page.", source)


FACTS: tuple[AgingFact, ...] = (
    *AGING_FACTS,
    *(_rows_from(source) for source in cmdlet_roles.SOURCES),
    *(
        AgingFact(
            f"the management roles of {name}",
            "They are all but those that nobody has at first."
            if brought.roles is None
            else f"They are {', '.join(sorted(brought.roles))}.",
            brought.source,
        )
        for name, brought in management_roles.BROUGHT.items()
    ),
)
"""Every fact that ages."""


def aged(facts: Sequence[AgingFact], today: dt.date, days: int = DAYS) -> list[AgingFact]:
    """Returns the facts that were read more than this number of days ago, the oldest first."""
    limit = today - dt.timedelta(days=days)
    return sorted((fact for fact in facts if fact.source.read < limit), key=lambda fact: fact.source.read)


def rendered(facts: Sequence[AgingFact]) -> str:
    """Returns the facts as text, with page and day."""
    parts = []
    for fact in facts:
        note = f"\n    {fact.source.note}" if fact.source.note else ""
        parts.append(
            f"{fact.subject}\n    {fact.statement}\n    read {spoken(fact.source.read)}: {fact.source.page}{note}"
        )
    return "\n".join(parts)


def main(arguments: Sequence[str] | None = None, today: dt.date | None = None) -> None:
    """Prints the facts that are due, or all of them."""
    parser = argparse.ArgumentParser(prog="tools.facts", description="Prints the facts that are due to be read again.")
    parser.add_argument(
        "--days", type=int, default=DAYS, help=f"the age in days from which a fact is due (default {DAYS})"
    )
    parser.add_argument("--all", action="store_true", help="print every fact that ages, whatever its age")
    given = parser.parse_args(arguments)
    today = today or dt.datetime.now(tz=dt.timezone.utc).date()
    facts = list(FACTS) if given.all else aged(FACTS, today, given.days)
    if facts:
        print(rendered(facts))
    print(f"{len(facts)} of {len(FACTS)} facts " + ("listed." if given.all else f"are older than {given.days} days."))


if __name__ == "__main__":
    main(sys.argv[1:])
