"""What the emulated azure-native fills in when it checks inputs: names and locations, by the plugin's rules."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from localtenant.environment import PluginEnvironment
from localtenant.providers.azure_native import AzureNative
from localtenant.providers.azure_native.resources import RESOURCES
from localtenant.providers.azure_native.schema import CREATE_BEFORE_DELETE
from localtenant.providers.provider import Autonaming

ACCOUNT = "azure-native:automation:AutomationAccount"
RUNBOOK = "azure-native:automation:Runbook"
ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment"
SEED = b"seed"


def named(token: str, mode: str | None, olds: dict[str, Any] | None = None) -> tuple[Any, Any]:
    """The name that a check gives, and whether a replacement comes before the deletion."""
    wish = None if mode is None else Autonaming(mode, "proposed-1a2b")
    inputs, _ = RESOURCES[token].check("mail", olds or {}, {"resourceGroupName": "rg"}, SEED, wish)
    return inputs.get(RESOURCES[token].name), inputs.get(CREATE_BEFORE_DELETE)


@pytest.mark.parametrize(
    ("token", "mode", "name", "first_create"),
    [
        (RUNBOOK, None, "mail", None),
        (RUNBOOK, "propose", "proposed-1a2b", True),
        (ACCOUNT, "propose", "proposed-1a2b", True),
        (ROLE_ASSIGNMENT, "enforce", "proposed-1a2b", True),
        (ROLE_ASSIGNMENT, "disable", None, None),
        (ACCOUNT, "disable", None, None),
    ],
)
def test_automatic_names_follow_the_configuration(token: str, mode: str | None, name: Any, first_create: Any) -> None:
    assert named(token, mode) == (name, first_create)


def test_a_uuid_that_is_proposed_a_name_stays_a_uuid() -> None:
    name, first_create = named(ROLE_ASSIGNMENT, "propose")
    assert len(name) == 36
    assert first_create is True


def test_a_name_is_kept_whatever_the_configuration_says() -> None:
    assert named(ACCOUNT, "enforce", {"automationAccountName": "aa-mail"}) == ("aa-mail", None)


def test_a_location_is_kept_when_the_configuration_has_another_one() -> None:
    provider = AzureNative(PluginEnvironment("https://localhost:1", Path("ca.pem"), {}))
    provider._location = "northeurope"

    def location(olds: dict[str, Any]) -> Any:
        inputs, _ = asyncio.run(provider.check(ACCOUNT, "urn", "mail", olds, {"resourceGroupName": "rg"}, SEED))
        return inputs["location"]

    assert location({"location": "westeurope"}) == "westeurope"
    assert location({}) == "northeurope"
