from __future__ import annotations

from typing import Any

import pytest

from localtenant.core.errors import ServiceError
from localtenant.graph import odata

ITEMS: list[dict[str, Any]] = [
    {
        "displayName": "Office 365 Exchange Online",
        "appId": "00000002-0000-0ff1-ce00-000000000000",
        "accountEnabled": True,
        "tags": ["microsoft", "mail"],
        "appRoles": [{"value": "Exchange.ManageAsApp", "isEnabled": True}, {"value": "old", "isEnabled": False}],
        "info": {"supportUrl": None},
        "createdDateTime": "2026-01-01T00:00:00Z",
    },
    {
        "displayName": "it's mine (really)",
        "appId": "11111111-1111-1111-1111-111111111111",
        "accountEnabled": False,
        "tags": [],
        "appRoles": [],
        "info": {"supportUrl": "https://example.com/a,b"},
        "createdDateTime": "2026-06-01T00:00:00Z",
    },
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("appId eq '00000002-0000-0ff1-ce00-000000000000'", [0]),
        ("displayName eq 'office 365 EXCHANGE online'", [0]),
        ("displayName eq 'it''s mine (really)'", [1]),
        ("displayName ne 'it''s mine (really)'", [0]),
        ("accountEnabled eq true", [0]),
        ("accountEnabled", [0]),
        ("not accountEnabled", [1]),
        ("info/supportUrl eq null", [0]),
        ("info/supportUrl eq 'https://example.com/a,b'", [1]),
        ("startswith(displayName,'Office')", [0]),
        ("startsWith(displayName, 'IT')", [1]),
        ("endswith(displayName,'Online')", [0]),
        ("contains(displayName,'365')", [0]),
        ("appId in ('11111111-1111-1111-1111-111111111111', 'x')", [1]),
        ("tags/any(t:t eq 'mail')", [0]),
        ("tags/any()", [0]),
        ("tags/all(t:t ne 'mail')", [1]),
        ("appRoles/any(r:r/value eq 'old' and r/isEnabled eq true)", []),
        ("appRoles/any(r:r/value eq 'old' and r/isEnabled eq false)", [0]),
        ("tags/$count eq 2", [0]),
        ("createdDateTime ge 2026-03-01T00:00:00Z", [1]),
        ("createdDateTime lt 2026-03-01T00:00:00Z", [0]),
        ("accountEnabled eq true or accountEnabled eq false and displayName eq 'nobody'", [0]),
        ("(accountEnabled eq true or accountEnabled eq false) and displayName eq 'nobody'", []),
        ("not (accountEnabled eq true) and startswith(displayName,'it')", [1]),
    ],
)
def test_a_filter_selects(text: str, expected: list[int]) -> None:
    matches = odata.parse_filter(text).matches
    assert [index for index, item in enumerate(ITEMS) if matches(item)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "appId eq",
        "eq 'x'",
        "appId eq 'x",
        "appId like 'x'",
        "(appId eq 'x'",
        "appId eq 'x')",
        "appId eq 'x' or",
        "appId in 'x'",
        "startswith(appId 'x')",
        "tags/any(t t eq 'x')",
        "appId eq x",
        "appId ? 'x'",
    ],
)
def test_a_filter_that_is_none_is_a_400_that_quotes_it(text: str) -> None:
    with pytest.raises(ServiceError, match="Invalid filter clause") as refusal:
        odata.parse_filter(text)
    assert refusal.value.status == 400
    assert text in refusal.value.message


@pytest.mark.parametrize(
    ("text", "advanced"),
    [
        ("appId eq 'x'", False),
        ("startswith(displayName,'x')", False),
        ("appId in ('x')", False),
        ("appId ne 'x'", True),
        ("not startswith(displayName,'x')", True),
        ("endswith(displayName,'x')", True),
        ("tags/$count eq 0", True),
    ],
)
def test_only_some_operators_make_a_query_advanced(text: str, *, advanced: bool) -> None:
    assert odata.parse_filter(text).advanced is advanced


def test_an_advanced_query_must_say_it_is_one() -> None:
    with pytest.raises(ServiceError, match="ConsistencyLevel"):
        odata.require_advanced({"$count": "true"}, {}, "x")
    with pytest.raises(ServiceError, match="ConsistencyLevel"):
        odata.require_advanced({}, {"consistencylevel": "eventual"}, "x")
    odata.require_advanced({"$count": "true"}, {"consistencylevel": "eventual"}, "x")


def test_search_finds_the_beginning_of_any_word() -> None:
    assert odata.search_terms('"displayName:exch"')(ITEMS[0])
    assert not odata.search_terms('"displayName:change"')(ITEMS[0])
    with pytest.raises(ServiceError, match="search"):
        odata.search_terms("exchange")


def test_order_by_several_properties() -> None:
    rows = [{"a": "x", "b": "1"}, {"a": "y", "b": "1"}, {"a": "x", "b": "2"}]
    assert odata.order(rows, "a desc,b") == [rows[1], rows[0], rows[2]]


def test_select_keeps_annotations() -> None:
    assert odata.select({"id": "1", "x": 2, "@odata.context": "c"}, "x") == {"x": 2, "@odata.context": "c"}


def test_expand_splits_outside_parentheses() -> None:
    text = "owners($select=id,displayName;$top=2),principal"
    assert odata.parse_expand(text) == [("owners", {"$select": "id,displayName", "$top": "2"}), ("principal", {})]


@pytest.mark.parametrize("text", ["0", "1000", "ten", "-1"])
def test_a_page_holds_1_to_999(text: str) -> None:
    with pytest.raises(ServiceError, match="between 1 and 999"):
        odata.page_size({"$top": text})


def test_a_page_token_holds_its_position_and_a_forged_one_is_refused() -> None:
    assert odata.position_of(odata.skip_token(998)) == 998
    assert odata.position_of(None) == 0
    for forged in ("x", "cGFnZTp4", "äöü"):
        with pytest.raises(ServiceError, match="page token"):
            odata.position_of(forged)
