"""The facts that age: each with its page and day, and the print-out of those that are due."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from exchange_automation.catalog import (
    aging_facts,
    app_roles,
    azure_roles,
    clouds,
    cmdlet_roles,
    directory_roles,
    graph_permissions,
    management_roles,
    name_rules,
)
from exchange_automation.catalog.aging_facts import AGING_FACTS, AgingFact
from exchange_automation.catalog.sources import Source
from tools import facts

DAY = dt.date(2026, 11, 25)


def fact(read: dt.date) -> AgingFact:
    return AgingFact("subject", "A statement.", Source("https://page.example", read, "A note."))


def test_every_fact_is_a_sentence_with_a_page_and_a_day() -> None:
    assert len(AGING_FACTS) > 15
    for known in AGING_FACTS:
        assert known.statement.endswith("."), known
        assert known.source.page.startswith("https://"), known
        assert known.source.read >= dt.date(2026, 1, 1), known
    assert len({(known.subject, known.statement) for known in AGING_FACTS}) == len(AGING_FACTS)


def test_every_name_rule_has_a_page_and_a_day() -> None:
    for name, rule in name_rules.NAME_RULES.items():
        assert rule.sources, name
        assert all(source.page.startswith("https://") for source in rule.sources), name


@pytest.mark.parametrize(
    "table", [app_roles, azure_roles, clouds, cmdlet_roles, directory_roles, graph_permissions, management_roles]
)
def test_every_table_names_its_pages_and_the_day(table: Any) -> None:
    assert table.SOURCES
    assert all(source.page.startswith("https://") and source.read.year >= 2026 for source in table.SOURCES)


def test_facts_older_than_the_limit_are_due_the_oldest_first() -> None:
    old, older, new = (fact(DAY - dt.timedelta(days=days)) for days in (91, 200, 90))
    assert facts.aged([new, old, older], DAY) == [older, old]


def test_the_tool_prints_the_facts_that_are_due(capsys: pytest.CaptureFixture[str]) -> None:
    facts.main([], today=max(known.source.read for known in facts.FACTS))
    assert "0 of" in capsys.readouterr().out
    facts.main([], today=max(known.source.read for known in facts.FACTS) + dt.timedelta(days=91))
    printed = capsys.readouterr().out
    assert f"{len(facts.FACTS)} of {len(facts.FACTS)} facts are older than 90 days." in printed
    assert "https://learn.microsoft.com/powershell/scripting/install/powershell-support-lifecycle" in printed


def test_the_tool_prints_every_fact_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    facts.main(["--all"], today=DAY)
    printed = capsys.readouterr().out
    assert all(known.statement in printed for known in facts.FACTS)


def test_every_row_of_the_cmdlets_is_counted_with_its_page() -> None:
    counts = [
        int(known.statement.split()[0]) for known in facts.FACTS if known.subject == "the management roles of cmdlets"
    ]
    assert sum(counts) == len(cmdlet_roles.ROWS)
    assert all(counts)


def test_the_default_runtime_is_supported_and_fits_its_module() -> None:
    releases = {release.version: release for release in aging_facts.POWERSHELL_RELEASES}
    end = releases[aging_facts.DEFAULT_POWERSHELL].support_ends
    assert end is None or end > DAY
