"""The arguments of ExchangeAccountAssets, and what of them is a secret."""

from __future__ import annotations

from typing import Any, cast

import pytest

from exchange_automation import ExchangeAccountAssets, ExchangeAccountAssetsArgs, InvalidArgumentsError
from tests.unit.support import Recorder, run


def made(**args: Any) -> Recorder:
    given = {"resource_group_name": "rg", "automation_account_name": "aa", **args}
    recorder = Recorder()
    run(lambda: ExchangeAccountAssets("mail", cast("ExchangeAccountAssetsArgs", given)), recorder)
    return recorder


def test_values_are_kept_as_json_whatever_their_type() -> None:
    variables = {"text": "a", "number": 3, "flag": True, "list": ["a"], "map": {"b": None}}
    found = made(variables={name: {"value": value} for name, value in variables.items()}).of("Variable")
    assert {each["name"]: each["value"] for each in found.values()} == {
        "text": '"a"',
        "number": "3",
        "flag": "true",
        "list": '["a"]',
        "map": '{"b": null}',
    }


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ({"variables": []}, "EXA180", "variables is not a mapping"),
        ({"variables": {"a": "b"}}, "EXA180", 'variables["a"] is not a mapping'),
        ({"variables": {"a/b": {"value": 1}}}, "EXA181", "has a name that Azure Automation refuses"),
        ({"variables": {"a": {"value": 1}, "A": {"value": 2}}}, "EXA181", "are one name to Azure"),
        ({"variables": {"a": {"value": {1}}}}, "EXA182", "of type set, which variables cannot hold"),
        ({"variables": {"a": {}}}, "EXA102", 'variables["a"].value is missing'),
        ({"credentials": {"a": {"user_name": "u"}}}, "EXA102", 'credentials["a"].password is missing'),
        ({"certificates": {"a": {"content": "%%"}}}, "EXA183", 'certificates["a"].content is not a file in base64'),
        ({"certificates": {"a": {"content": ""}}}, "EXA183", "without a password"),
        ({"certificates": {"a": {}}}, "EXA102", 'certificates["a"].content is missing'),
        ({"connections": {"a": {"type": "Azure"}}}, "EXA102", 'connections["a"].fields is missing'),
        (
            {"connections": {"a": {"type": "Azure", "fields": {"x": "y"}}}},
            "EXA184",
            "SubscriptionID, all of them needed",
        ),
        ({"connections": {"a": {"type": 3, "fields": {}}}}, "EXA184", "no type as plain text"),
    ],
)
def test_a_mistake_is_told_before_anything_is_registered(args: dict[str, Any], code: str, says: str) -> None:
    with pytest.raises(InvalidArgumentsError) as caught:
        made(**args)
    assert says in str(caught.value)
    assert f"[{code}]" in str(caught.value)
