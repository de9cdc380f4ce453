"""A component that is called in another form than with a name, a dictionary and options."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from exchange_automation.core.errors import InvalidArgumentsError
from exchange_automation.plugin.provider import COMPONENTS


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_keyword_arguments_get_an_error_with_the_right_form(component: Any) -> None:
    name = component.__name__
    with pytest.raises(InvalidArgumentsError) as caught:
        component("x", organization="contoso.onmicrosoft.com", location="westeurope")
    [mistake] = caught.value.mistakes
    assert mistake == (
        "organization, location are keyword arguments, so the component would not get its arguments. "
        f'Write {name}("x", {{"organization": ..., "location": ...}}). [EXA100]'
    )


@pytest.mark.parametrize(
    ("given", "named", "form"),
    [
        (("x",), {}, '("x", {...}).'),
        ((), {"tags": {}}, '("name", {"tags": ...}).'),
        (("x", {}), {"parent": None}, '("x", {...}, opts=pulumi.ResourceOptions(parent=...)).'),
        (("x",), dict.fromkeys("abcd", 1), '("x", {"a": ..., "b": ..., "c": ..., ...}).'),
        (("x", {}, None, 4), {}, '("x", {...}).'),
        ((5,), {"tags": {}}, '("name", {"tags": ...}).'),
    ],
)
def test_the_form_has_what_the_call_had(given: tuple[Any, ...], named: dict[str, Any], form: str) -> None:
    component: Any = COMPONENTS[0]
    with pytest.raises(InvalidArgumentsError) as caught:
        component(*given, **named)
    assert f"Write {component.__name__}{form} [EXA100]" in caught.value.mistakes[0]


def test_the_right_form_may_name_its_three_parameters() -> None:
    component: Any = COMPONENTS[0]
    with pytest.raises(InvalidArgumentsError) as caught:
        component(name="x", args={}, opts=pulumi.ResourceOptions())
    assert all("[EXA102]" in mistake for mistake in caught.value.mistakes)
