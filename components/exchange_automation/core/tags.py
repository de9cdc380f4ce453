"""The check of Azure tags before anything is registered."""

from collections.abc import Mapping
from typing import Any

from exchange_automation.catalog import name_rules
from exchange_automation.catalog.name_rules import NameRule
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import name_problem

LONGEST_VALUE = 256
MOST = 50
MOST_IN_AUTOMATION = 15
"""Accounts, runbooks and runtime environments take fewer tags than other resources."""


def check_tags(
    mistakes: Mistakes, tags: Any, *, most: int = MOST_IN_AUTOMATION, rule: NameRule = name_rules.TAG
) -> None:
    """Adds the reasons why Azure would refuse the plain tags among the arguments.

    Args:
        mistakes: Receives the mistakes.
        tags: The argument tags, whose type was checked.
        most: The number of tags that every resource of the component takes.
        rule: The rule for their names that every resource of the component has.
    """
    if not isinstance(tags, Mapping):
        return
    if len(tags) > most:
        mistakes.add(
            "EXA117",
            f"tags has {len(tags)} entries, and some resources of this component take only {most}",
            "Azure would refuse it",
            "Remove some, or join several values in one tag.",
        )
    seen: dict[str, str] = {}
    for name, value in tags.items():
        where = f'tags["{name}"]'
        if (problem := name_problem("EXA117", where, name, rule)) is not None:
            mistakes.add_problem(problem)
        if name.lower() in seen:
            mistakes.add(
                "EXA117",
                f"{where} and {seen[name.lower()]} differ in letter case alone",
                "Azure takes them for one tag",
                "Remove one of them.",
            )
        seen[name.lower()] = where
        if isinstance(value, str) and len(value) > LONGEST_VALUE:
            mistakes.add(
                "EXA117",
                f"{where} has a value of {len(value)} characters, more than {LONGEST_VALUE}",
                "Azure would refuse it",
                "Give a shorter value.",
            )
