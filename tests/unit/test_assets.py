"""The arguments of ExchangeAccountAssets, and which of their values are secrets."""

from __future__ import annotations

from typing import Any, cast

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_automation import (
    ExchangeAccountAssets,
    ExchangeAccountAssetsArgs,
    ExchangeAutomationError,
    InvalidArgumentsError,
)
from exchange_automation.core.naming import former_name_part, name_part
from tests.unit.support import Recorder, run

PLACE = {"resource_group_name": "rg", "automation_account_name": "aa-mail"}


def created(recorder: Recorder | None = None, **args: Any) -> Recorder:
    given_args = {**PLACE, **args}
    recorder = recorder or Recorder()
    run(lambda: ExchangeAccountAssets("mail", cast("ExchangeAccountAssetsArgs", given_args)), recorder)
    return recorder


def test_a_variable_has_its_value_as_json_whatever_the_type() -> None:
    variables = {"text": "a", "blank": " ", "empty": "", "number": 3, "flag": True, "list": ["a"], "map": {"b": None}}
    found = created(variables={name: {"value": value} for name, value in variables.items()}).of("Variable")
    assert {variable["name"]: variable["value"] for variable in found.values()} == {
        "text": '"a"',
        "blank": '" "',
        "empty": '""',
        "number": "3",
        "flag": "true",
        "list": '["a"]',
        "map": '{"b": null}',
    }


def test_the_order_of_a_mapping_does_not_change_a_variable() -> None:
    first, second = (
        created(variables={"map": {"value": value}}).of("Variable")
        for value in ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1})
    )
    assert first == second


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ({"variables": []}, "EXA112", "variables is of type list"),
        ({"variables": {"a": "b"}}, "EXA112", 'variables["a"] is of type str'),
        ({"variables": {"a/b": {"value": 1}}}, "EXA181", 'variables["a/b"] contains /'),
        ({"variables": {"a": {"value": 1}, "A": {"value": 2}}}, "EXA181", "Azure takes them for one name"),
        ({"variables": {"a": {"value": {1}}}}, "EXA182", "it cannot be written as JSON"),
        ({"variables": {"a": {}}}, "EXA102", 'variables["a"].value is missing'),
        ({"variables": {"a#b": {"value": 1}}}, "EXA181", 'variables["a#b"] contains #'),
        ({"credentials": {"a ": {"user_name": "u", "password": "p"}}}, "EXA181", "ends with a blank"),
        ({"connections": {"": {"type": "x", "fields": {}}}}, "EXA181", 'connections[""] is empty'),
        ({"certificates": {"a" * 129: {"content": "YQ=="}}}, "EXA181", "has 129 characters, more than 128"),
        ({"variables": {"a": {"value": 1, "encrypted": "false"}}}, "EXA112", "encrypted is of type str"),
        ({"certificates": {"a": {"content": "YQ==", "exportable": "no"}}}, "EXA112", "exportable is of type str"),
        ({"resource_group_name": "rg-(mail)"}, "EXA114", 'resource_group_name "rg-(mail)" contains ( )'),
        ({"automation_account_name": "aamai"}, "EXA114", "has 5 of at least 6 characters"),
        ({"automation_account_name": "aa.mail"}, "EXA114", "contains ."),
        ({"automation_account_name": "1-mail"}, "EXA114", "begins with 1"),
        ({"credentials": {"a": {"user_name": "u"}}}, "EXA102", 'credentials["a"].password is missing'),
        ({"certificates": {"a": {"content": "%%"}}}, "EXA183", 'certificates["a"].content is not a file in base64'),
        ({"certificates": {"a": {"content": ""}}}, "EXA183", "without a password"),
        ({"certificates": {"a": {}}}, "EXA102", 'certificates["a"].content is missing'),
        ({"connections": {"a": {"type": "Azure"}}}, "EXA102", 'connections["a"].fields is missing'),
        (
            {"connections": {"a": {"type": "Azure", "fields": {"x": "y"}}}},
            "EXA184",
            "Give exactly these fields",
        ),
        ({"connections": {"a": {"type": 3, "fields": {}}}}, "EXA112", "type is of type int"),
    ],
)
def test_a_mistake_is_reported_before_anything_is_registered(args: dict[str, Any], code: str, says: str) -> None:
    recorder = Recorder()
    with pytest.raises(InvalidArgumentsError) as caught:
        created(recorder, **args)
    assert recorder.resources == {}
    assert says in str(caught.value)
    assert f"[{code}]" in str(caught.value)


@pytest.mark.parametrize("plain", [4711, {"key": "s"}, "text", ["a"]], ids=["number", "mapping", "text", "list"])
@pytest.mark.parametrize("explicit", [{}, {"encrypted": None}, {"encrypted": False}, {"encrypted": True}])
def test_a_secret_value_is_an_encrypted_variable(plain: Any, explicit: dict[str, Any]) -> None:
    found = created(variables={"Pin": {"value": pulumi.Output.secret(plain), **explicit}}).of("Variable")
    assert [variable["isEncrypted"] for variable in found.values()] == [True]


def test_a_value_with_a_secret_inside_is_an_encrypted_variable() -> None:
    value = {"user": "a", "pins": [pulumi.Output.secret(1)]}
    [found] = created(variables={"Pins": {"value": value}}).of("Variable").values()
    assert found["isEncrypted"] is True


@pytest.mark.parametrize("value", ["text", pulumi.Output.from_input("text"), {"a": pulumi.Output.from_input(1)}])
def test_a_plain_value_is_not_encrypted(value: Any) -> None:
    [found] = created(variables={"V": {"value": value}}).of("Variable").values()
    assert found["isEncrypted"] is False


@pytest.mark.parametrize("argument", ["variables", "credentials", "certificates", "connections"])
@pytest.mark.parametrize(
    "names", [("retention_days", "retention-days"), ("größe", "gr-e"), ("日本", "東京"), ("a b", "a-b", "a--b", "a_b")]
)
def test_names_that_azure_keeps_apart_are_kept_apart(argument: str, names: tuple[str, ...]) -> None:
    entry = {
        "variables": {"value": 1},
        "credentials": {"user_name": "u", "password": "p"},
        "certificates": {"content": "YQ=="},
        "connections": {"type": "Own", "fields": {}},
    }[argument]
    recorder = created(None, **{argument: dict.fromkeys(names, entry)})
    assert len(recorder.of(argument[:-1].capitalize())) == len(names)


@given(st.lists(st.text(min_size=1), min_size=2, max_size=2, unique_by=str.lower))
def test_different_names_have_different_parts(names: list[str]) -> None:
    one, other = map(name_part, names)
    assert one != other


@given(st.text(alphabet=st.characters(codec="ascii"), min_size=1))
def test_a_name_has_one_part_in_any_letter_case(name: str) -> None:
    assert name_part(name.upper()) == name_part(name.lower()) != ""


def test_a_name_in_kebab_case_keeps_its_part_and_others_keep_an_alias() -> None:
    assert name_part("Max-Days-2") == "max-days-2"
    assert former_name_part("max-days") is None
    assert name_part("max_days").startswith("max-days-")
    assert former_name_part("max_days") == "max-days"
    assert former_name_part("max_days", {"max_days", "max-days"}) is None
    assert former_name_part("日本") is None


@pytest.mark.parametrize("argument", ["resource_group_name", "automation_account_name"])
def test_a_name_in_an_output_is_checked_before_it_is_used(argument: str) -> None:
    given_as = {argument: pulumi.Output.from_input("rg-(mail)"), "variables": {"a": {"value": 1}}}
    recorder = Recorder()
    with pytest.raises(ExchangeAutomationError, match=rf'{argument} "rg-\(mail\)" contains \( \).*\[EXA114\]'):
        run(lambda: ExchangeAccountAssets("mail", cast("ExchangeAccountAssetsArgs", {**PLACE, **given_as})), recorder)
    assert recorder.of("Variable") == {}
