"""The stack's settings: typed, with all mistakes together."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pulumi
import pytest

from exchange_automation import IdentityType
from stacks.settings import InvalidSettingsError, Settings, load
from tests.unit.support import Recorder, run

ROOT = Path(__file__).resolve().parents[2]

GOOD = {"organization": "contoso.onmicrosoft.com", "location": "westeurope", "resourceGroupName": "rg"}


class Named(Recorder):
    """Answers the name of a resource group, which the program reads."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        identity, state = super().new_resource(args)
        return identity, {"name": args.name, **state}


def configure(**changes: Any) -> None:
    values = {**GOOD, **changes}
    pulumi.runtime.set_all_config({f"exchange-automation:{key}": value for key, value in values.items() if value})


def loaded(**changes: Any) -> Settings:
    configure(**changes)
    return load()


def test_what_is_left_out_has_a_default() -> None:
    assert loaded() == Settings("contoso.onmicrosoft.com", "westeurope", "rg")
    assert Settings("a", "b", "c").directory_roles is None


@pytest.mark.parametrize(("roles", "warnings"), [("", 1), ('[{"role": "Exchange Administrator"}]', 0)])
def test_a_stack_that_names_no_role_gets_the_warning_of_the_component(
    roles: str, warnings: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, resource: printed.append(text))
    configure(directoryRoles=roles)

    def program() -> None:
        runpy.run_path(str(ROOT / "__main__.py"))

    recorder = run(program, Named())
    assert list(recorder.of("DirectoryRoleAssignment")) == ["exchange-access-exchange-administrator"]
    assert [text.endswith("[EXA116]") for text in printed] == [True] * warnings


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
        (
            {"directoryRole": '[{"role": "Global Reader"}]'},
            "directoryRole is not a setting, and its value would be ignored. Did you mean directoryRoles?",
        ),
        ({"x": "1"}, "Known are organization, location, resourceGroupName, identityType, directoryRoles, tags."),
    ],
)
def test_a_mistake_says_what_to_do(changes: dict[str, str], expected: str) -> None:
    with pytest.raises(InvalidSettingsError) as refused:
        loaded(**changes)
    assert "1 mistake in its configuration, so nothing was registered" in str(refused.value)
    assert expected in str(refused.value)


def test_a_misspelled_key_of_the_environment_is_refused_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "PULUMI_CONFIG", '{"exchange-automation:organisation": "x", "azure-native:location": "westeurope"}'
    )
    with pytest.raises(InvalidSettingsError, match="Did you mean organization") as refused:
        loaded()
    assert str(refused.value).count("\n  - ") == 1


def test_all_mistakes_are_reported_together() -> None:
    with pytest.raises(InvalidSettingsError) as refused:
        loaded(organization="", location="", identityType="x", tags="x", directoryRoles="{}")
    assert str(refused.value).count("\n  - ") == 5
