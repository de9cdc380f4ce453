"""Every name argument of every component: one character too few, too many, forbidden, or forbidden at an end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from exchange_automation import (
    ExchangeAccountAssets,
    ExchangeAccountGovernance,
    ExchangeApplication,
    ExchangeAutomationAccount,
    ExchangeAutomationError,
    ExchangeRunbook,
    ExchangeRuntimeEnvironment,
    ExchangeSmokeTest,
    InvalidArgumentsError,
)
from exchange_automation.catalog import name_rules
from exchange_automation.catalog.name_rules import NameRule
from tests.unit.support import Recorder, run

DOMAIN = "contoso.onmicrosoft.com"
PLACE = {"resource_group_name": "rg", "automation_account_name": "aa-mail"}
THERE = {"resource_group_name": name_rules.RESOURCE_GROUP, "automation_account_name": name_rules.AUTOMATION_ACCOUNT}
STORAGE = {
    "storage_account_name": name_rules.STORAGE_ACCOUNT,
    "storage_resource_group_name": name_rules.PLAIN_RESOURCE_GROUP,
}
RUNS = {**PLACE, "runtime_environment_name": "exchange", "storage_account_name": "stmail"}
RUNBOOK = {**RUNS, "source": {"text": "Get-EXOMailbox\n"}}
ACCOUNT_ID = (
    "/subscriptions/33333333-3333-4333-8333-333333333333/resourceGroups/rg/providers/Microsoft.Automation"
    "/automationAccounts/aa-mail"
)
FEDERATED = [{"name": "ci", "issuer": "https://issuer.example", "subject": "main"}]
COMPONENTS: list[tuple[Any, dict[str, Any], dict[str, NameRule]]] = [
    (
        ExchangeAutomationAccount,
        {"organization": DOMAIN, "resource_group_name": "rg", "identity_type": "UserAssigned"},
        {
            "resource_group_name": name_rules.RESOURCE_GROUP,
            "account_name": name_rules.AUTOMATION_ACCOUNT,
            "user_assigned_identity_name": name_rules.USER_ASSIGNED_IDENTITY,
        },
    ),
    (ExchangeRunbook, RUNBOOK, {**THERE, **STORAGE}),
    (
        ExchangeSmokeTest,
        {**RUNS, "organization": DOMAIN},
        {**THERE, **STORAGE},
    ),
    (ExchangeRuntimeEnvironment, PLACE, THERE),
    (ExchangeAccountAssets, PLACE, THERE),
    (
        ExchangeAccountGovernance,
        {"account_id": ACCOUNT_ID, "resource_group_name": "rg"},
        {"resource_group_name": name_rules.PLAIN_RESOURCE_GROUP},
    ),
    (
        ExchangeApplication,
        {"organization": DOMAIN, "federated_credentials": FEDERATED},
        {"display_name": name_rules.APPLICATION},
    ),
]


class Answers(Recorder):
    """Answers every look-up."""

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        return {"serviceSasToken": "s"} if args.token.startswith("azure-native:") else super().call(args)


def wrong(rule: NameRule) -> Iterator[str]:
    """Names that break one part of a rule each."""
    letters = "a" * rule.longest
    if rule.shortest > 1:
        yield letters[: rule.shortest - 1]
    yield letters + "a"
    forbidden = next(sign for sign in "\x1f/#é🙂" if not re.fullmatch(rule.characters, sign))
    yield f"aaa{forbidden}aaa"
    signs = [sign for sign in "-._1A " if re.fullmatch(rule.characters, sign)]
    yield from (f"{sign}aaaaaaa" for sign in signs if not re.fullmatch(rule.first, sign))
    yield from (f"aaaaaaa{sign}" for sign in signs if not re.fullmatch(rule.last, sign))


CASES = [
    pytest.param(component, {**args, argument: name}, argument, id=f"{component.__name__}-{argument}-{number}")
    for component, args, rules in COMPONENTS
    for argument, rule in rules.items()
    for number, name in enumerate(wrong(rule))
]


@pytest.mark.parametrize(("component", "args", "argument"), CASES)
def test_a_name_that_breaks_a_rule_is_refused_before_anything_is_registered(
    component: Any, args: dict[str, Any], argument: str
) -> None:
    recorder = Recorder()
    with pytest.raises(InvalidArgumentsError, match=argument):
        run(lambda: component("job", args), recorder)
    assert recorder.resources.keys() <= {"project-stack"}


@pytest.mark.parametrize(("component", "args", "argument"), CASES)
def test_an_output_with_such_a_name_ends_the_program(component: Any, args: dict[str, Any], argument: str) -> None:
    given = {**args, argument: pulumi.Output.from_input(args[argument])}
    with pytest.raises(ExchangeAutomationError, match=argument):
        run(lambda: component("job", given), Answers())
