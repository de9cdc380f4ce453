"""docs/policies.md says of every rule what the pack does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from exchange_policies import RULES
from exchange_policies.configuration import configuration_mistakes
from exchange_policies.rule import ResourceRule
from tests.policies.support import PACK

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "policies.md").read_text()


def test_the_table_has_every_rule_with_its_level_its_options_and_whether_it_repairs() -> None:
    rows = re.findall(r"^\| \[`([a-z-]+)`\]\(#\1\) \| (.+) \| (\w+) \| (.+) \| (.*)\|$", PAGE, re.MULTILINE)
    assert [row[0] for row in rows] == [rule.name for rule in RULES]
    for rule, (name, _, level, remedy, options) in zip(RULES, rows, strict=True):
        assert level == rule.level.value, name
        assert re.findall(r"`(\w+)`", options) == list(rule.options), name
        repairs = isinstance(rule, ResourceRule) and rule.repair is not None
        assert ("can be remediated" in remedy) is repairs, name
        assert f"\n### {name}\n" in PAGE


def test_the_configuration_that_is_shown_is_accepted() -> None:
    shown = json.loads(PAGE.split("```json\n", 1)[1].split("```", 1)[0])
    options = {
        name: {key: option for key, option in given.items() if key != "enforcementLevel"}
        for name, given in shown.items()
        if isinstance(given, dict)
    }
    names: dict[str, dict[str, object]] = {name: {} for name in shown}
    assert configuration_mistakes(RULES, {**names, **options}) == []


def test_the_pack_needs_what_it_was_tried_with() -> None:
    tried = (PACK.parent / "requirements-dev.txt").read_text()
    for line in (PACK / "requirements.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            assert f"\n{line}" in tried
