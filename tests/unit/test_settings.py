"""The stack's settings: typed, with all mistakes together."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pytest

from exchange_automation import IdentityType
from stacks.settings import InvalidSettingsError, Settings, load

GOOD = {"organization": "contoso.onmicrosoft.com", "location": "westeurope", "resourceGroupName": "rg"}


def loaded(**changes: Any) -> Settings:
    values = {**GOOD, **changes}
    pulumi.runtime.set_all_config({f"exchange-automation:{key}": value for key, value in values.items() if value})
    return load()


def test_what_is_left_out_has_a_default() -> None:
    assert loaded() == Settings("contoso.onmicrosoft.com", "westeurope", "rg")
    assert Settings("a", "b", "c").directory_roles == [{"role": "Exchange Administrator"}]


def test_everything_can_be_set() -> None:
    roles = [{"role": "Global Reader"}, {"role": "Security Reader", "scope": "/administrativeUnits/x"}]
    settings = loaded(identityType="UserAssigned", directoryRoles=json.dumps(roles), tags=json.dumps({"a": "b"}))
    assert settings.identity_type is IdentityType.USER_ASSIGNED
    assert settings.directory_roles == roles
    assert settings.tags == {"a": "b"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"organization": ""}, "organization is missing. Set it: pulumi config set organization VALUE"),
        ({"identityType": "Managed"}, "Use SystemAssigned or UserAssigned."),
        ({"directoryRoles": "Global Reader"}, "directoryRoles is not structured configuration"),
        ({"directoryRoles": "[]"}, "directoryRoles is not a list with an entry for each role"),
        (
            {"directoryRoles": '["Global Reader"]'},
            "directoryRoles[0] does not have the name of a role under the key role",
        ),
        ({"directoryRoles": '[{"role": "a", "scoep": "b"}]'}, "directoryRoles[0]"),
        ({"tags": '{"a": 1}'}, "tags is not a map of text to text"),
    ],
)
def test_a_mistake_says_what_to_do(changes: dict[str, str], expected: str) -> None:
    with pytest.raises(InvalidSettingsError) as refused:
        loaded(**changes)
    assert "1 mistake in its configuration, so nothing was registered" in str(refused.value)
    assert expected in str(refused.value)


def test_all_mistakes_are_reported_together() -> None:
    with pytest.raises(InvalidSettingsError) as refused:
        loaded(organization="", location="", identityType="x", tags="x", directoryRoles="{}")
    assert str(refused.value).count("\n  - ") == 5
