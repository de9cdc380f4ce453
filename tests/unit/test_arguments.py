"""The check of names and types of arguments, on every Python. Without postponed annotations, like the components."""

import asyncio
import enum
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi
import pytest
from typing_extensions import NotRequired

from exchange_automation.core.errors import ExchangeAutomationError, InvalidArgumentsError, Mistakes
from exchange_automation.core.validation import (
    OUTPUT_IN_TEXT,
    check_arguments,
    entries,
    plain_flag,
    required_names,
    with_checked_outputs,
)
from tests.unit.support import run


class Size(str, enum.Enum):
    LARGE = "Large"


class Inner(TypedDict):
    name: str
    value: NotRequired[pulumi.Input[Any]]
    shown: NotRequired[bool]
    note: NotRequired[str]
    description: NotRequired[str]


class Shape(TypedDict):
    needed: pulumi.Input[str]
    text: NotRequired[str]
    flag: NotRequired[bool]
    number: NotRequired[int]
    size: NotRequired[Size]
    input_flag: NotRequired[pulumi.Input[bool]]
    names: NotRequired[Sequence[str]]
    inputs: NotRequired[Sequence[pulumi.Input[str]]]
    inner: NotRequired[Inner]
    listed: NotRequired[list[Inner]]
    named: NotRequired[Mapping[str, Inner]]
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]


def problems(**arguments: Any) -> list[str]:
    mistakes = Mistakes("Component", "name")
    try:
        check_arguments(mistakes, {"needed": "x", **arguments}, Shape)
        mistakes.raise_any()
    except InvalidArgumentsError as error:
        return list(error.mistakes)
    return []


def output(value: Any = "x") -> Any:
    return pulumi.Output.from_input(value)


def test_required_names_are_the_same_on_every_python() -> None:
    # Python 3.10 has all of them in __required_keys__.
    assert required_names(Shape) == {"needed"}


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"needed": output(), "text": "x", "flag": False, "number": 0, "size": "Large"},
        {"size": Size.LARGE, "input_flag": output(True), "names": ("a", "b"), "inputs": ["a", output()]},
        {"inner": {"name": "a", "value": output()}, "listed": [{"name": "a"}], "named": {"a": {"name": "b"}}},
        {"tags": {"a": output()}, "named": {}, "listed": []},
        {"tags": output({"a": "b"})},
        {"text": None, "flag": None, "number": None, "inner": None, "tags": None},
        {"inner": {"name": "a", "value": {"deep": [1, 2.5, None, True, {"x": "y"}]}, "shown": None}},
        {"inner": {"name": "a", "value": " ", "description": ""}},
        {"listed": [{"name": "a", "value": ""}, {"name": "b", "value": ["", "x"]}]},
    ],
)
def test_arguments_of_the_right_types_pass(arguments: Any) -> None:
    assert problems(**arguments) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": 5}, "text is of type int, so the component cannot use it. Give text. [EXA112]"),
        ({"text": b"x"}, "text is of type bytes,"),
        (
            {"text": output()},
            "text is an output, whose value is not known before the program has run, so the component could",
        ),
        (
            {"needed": 5},
            "needed is of type int, so the component cannot use it. Give text or an output of that. [EXA112]",
        ),
        ({"needed": ["x"]}, "needed is of type list,"),
        ({"flag": "false"}, "flag is of type str, so the component cannot use it. Give True or False. [EXA112]"),
        ({"flag": 1}, "flag is of type int,"),
        ({"flag": output(True)}, "Give True or False as a plain value. [EXA112]"),
        ({"input_flag": "true"}, "input_flag is of type str,"),
        ({"number": True}, "number is of type bool, so the component cannot use it. Give a whole number. [EXA112]"),
        ({"number": 1.5}, "number is of type float,"),
        ({"size": 5}, 'size is of type int, so the component cannot use it. Give one of "Large". [EXA112]'),
        ({"names": "abc"}, "names is of type str, so the component cannot use it. Give a list. [EXA112]"),
        ({"names": ["a", 5]}, "names[1] is of type int,"),
        ({"names": ["a", output()]}, "names[1] is an output,"),
        ({"names": [None]}, "names[0] is None, so the component cannot use it. Give text. [EXA112]"),
        ({"inner": ["a"]}, "Give a mapping with the keys description, name, note, shown, value. [EXA112]"),
        ({"inner": {"name": "a", "shown": "no"}}, "inner.shown is of type str,"),
        ({"listed": {"name": "a"}}, "listed is of type dict, so the component cannot use it. Give a list. [EXA112]"),
        ({"listed": ["a"]}, "listed[0] is of type str,"),
        ({"named": {"a": "b"}}, 'named["a"] is of type str,'),
        ({"named": {5: {"name": "a"}}}, "named has the name 5, which is not text. Give names as text. [EXA112]"),
        ({"tags": {"cost": 5}}, 'tags["cost"] is of type int,'),
        ({"text": " "}, "text is empty. Give a value, or leave it out for the default. [EXA112]"),
        ({"inner": {"name": ""}}, "inner.name is empty. Give a name. [EXA112]"),
        ({"listed": [{"name": "a"}, {"name": "\t"}]}, "listed[1].name is empty. Give a name."),
        (
            {"named": {"a": {"name": "a", "note": " "}}},
            'named["a"].note is empty. Give a value, or leave it out for the default.',
        ),
        ({"names": ["a", ""]}, "names[1] is empty. Give a value, or remove the entry. [EXA112]"),
        ({"zebra": 1}, "zebra is not an argument, so its value would be ignored. Known are: "),
        (
            {"inner": {"name": "a", "nane": "b"}},
            'inner.nane is not an argument, so its value would be ignored. Did you mean "na',
        ),
        (
            {"listed": [{}]},
            "listed[0].name is missing, so nothing can be created without it. Give it a value. [EXA102]",
        ),
        ({"needed": None}, "needed is missing,"),
        ({"text": f"a {OUTPUT_IN_TEXT}"}, "text contains the text that Python makes of an output"),
        ({"needed": OUTPUT_IN_TEXT}, "Write pulumi.Output.format("),
        ({"names": [OUTPUT_IN_TEXT]}, "names[0] contains the text"),
        ({"inner": {"name": "a", "value": {"b": [OUTPUT_IN_TEXT]}}}, 'inner.value["b"][0] contains the text'),
        ({"tags": {OUTPUT_IN_TEXT: "a"}}, "tags: the name contains the text"),
        (
            {"text": "a\udc80"},
            "text contains U+DC80, a lone surrogate, which has no encoding in UTF-8, so the program could",
        ),
        ({"named": {"\ud800": {"name": "a"}}}, "named: the name contains U+D800"),
        ({"inner": {"name": "a", "value": {5: "x"}}}, "inner.value has the name 5, which is not text."),
        (
            {"inner": {"name": "a", "value": {"b": [b"x"]}}},
            'inner.value["b"][0] is of type bytes, so it cannot be written',
        ),
        (
            {"inner": {"name": "a", "value": float("nan")}},
            "inner.value is nan, so it cannot be written as JSON. Give text",
        ),
        ({"inner": {"name": "a", "value": {1}}}, "inner.value is of type set,"),
    ],
)
def test_a_mistake_has_its_path_and_its_remedy(arguments: Any, message: str) -> None:
    [found] = problems(**arguments)
    assert message in found


def test_a_message_never_has_a_lone_surrogate() -> None:
    [found] = problems(**{"\udc80": 1})
    assert found.startswith("\\udc80 is not an argument")


def checked_values(**arguments: Any) -> list[Any]:
    """The arguments, in a program that waits for their outputs."""
    seen: list[Any] = []

    def program() -> Any:
        given = {name: make() if callable(make) else make for name, make in arguments.items()}
        outputs = with_checked_outputs({"needed": "x", **given}, Shape)
        return pulumi.Output.all(**outputs).apply(seen.append)

    run(program)
    return seen


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"needed": lambda: output(5)},
            "needed is of type int, so the component cannot use it. Give text or an output",
        ),
        ({"needed": lambda: output(None)}, "needed is None,"),
        ({"needed": lambda: output(f"a {OUTPUT_IN_TEXT}")}, "needed contains the text that Python makes of an output"),
        ({"input_flag": lambda: output("false")}, "input_flag is of type str,"),
        ({"inputs": lambda: ["a", output(["b"])]}, "inputs[1] is of type list,"),
        (
            {"tags": lambda: output("a")},
            "tags is of type str, so the component cannot use it. Give a mapping or an output",
        ),
        ({"tags": lambda: output({"a": 5})}, 'tags["a"] is of type int,'),
        ({"tags": lambda: {"a": output(5)}}, 'tags["a"] is of type int,'),
        ({"inner": lambda: {"name": "a", "value": {"b": [output({1})]}}}, 'inner.value["b"][0] is of type set,'),
        ({"listed": lambda: [{"name": "a", "value": output(float("inf"))}]}, "listed[0].value is inf,"),
    ],
)
def test_an_output_of_a_wrong_type_is_refused_with_the_name_of_its_argument(arguments: Any, message: str) -> None:
    with pytest.raises(ExchangeAutomationError, match=re.escape(message)):
        checked_values(**arguments)


def test_right_outputs_pass_and_an_output_of_none_is_left_out() -> None:
    [seen] = checked_values(
        needed=lambda: output("y"),
        input_flag=lambda: output(None),
        tags=lambda: {"a": output("b")},
        inner=lambda: {"name": "a", "value": output({"deep": [1, None, True]})},
        named={"a": {"name": "b"}},
    )
    assert seen["needed"] == "y"
    assert seen["input_flag"] is None
    assert seen["tags"] == {"a": "b"}
    assert seen["inner"] == {"name": "a", "value": {"deep": [1, None, True]}}


def test_a_checked_secret_stays_a_secret() -> None:
    def program() -> Any:
        given = with_checked_outputs({"needed": pulumi.Output.secret("y")}, Shape)
        known: Any = given["needed"].is_secret()
        return pulumi.Output.from_input(known).apply(secret.append)

    secret: list[bool] = []
    run(program)
    assert secret == [True]


def test_an_awaitable_is_an_output() -> None:
    async def later() -> str:
        return "x"

    waiting = later()
    try:
        assert problems(needed=waiting) == []
        assert len(problems(text=waiting)) == 1
    finally:
        asyncio.new_event_loop().run_until_complete(waiting)


@pytest.mark.parametrize("arguments", [None, "text", ["needed"], 5])
def test_arguments_that_are_no_mapping_are_refused(arguments: Any) -> None:
    mistakes = Mistakes("Component", "name")
    with pytest.raises(InvalidArgumentsError, match=r"Give a mapping with the keys flag, inner"):
        check_arguments(mistakes, arguments, Shape)


def test_every_mistake_in_names_and_types_is_in_one_message() -> None:
    found = problems(zebra=1, flag="no", number="one", listed=[{"nane": "a"}])
    assert len(found) == 5


def test_what_python_writes_for_an_output_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi.log, "warn", lambda *_: None)
    assert "[EXA113]" in problems(text=f"a{output()}b")[0]


def test_none_means_that_an_argument_is_left_out() -> None:
    assert plain_flag({"a": None}, "a", default=True) is True
    assert plain_flag({"a": False}, "a", default=True) is False


def test_entries_have_the_paths_of_messages() -> None:
    assert list(entries("a", ["x", "y"])) == [("a[0]", "x"), ("a[1]", "y")]
    assert list(entries("a", {"z": 1, "b": 2})) == [('a["b"]', 2), ('a["z"]', 1)]
    assert list(entries("a", None)) == []
