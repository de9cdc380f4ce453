"""``explain``: a step, a count or a type that it cannot read is unknown, and no step is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli import plans
from tests.cli.explanations import ADMINISTRATOR, explain
from tests.cli.plans import preview, state, step

ROLE_URN = f"{plans.STACK}::{plans.ROLE}::mail-role"
UNREADABLE = [
    {"op": "create", "urn": ROLE_URN},
    {"op": "create", "urn": ROLE_URN, "newState": None},
    {"op": "create", "urn": ROLE_URN, "newState": []},
    {"op": "create", "urn": ROLE_URN, "newState": "a role"},
    {"op": "create", "urn": ROLE_URN, "newState": {}},
    {"op": "create", "urn": ROLE_URN, "newState": {"type": 7, "inputs": {}}},
    {"op": "create", "urn": ROLE_URN, "newState": {"type": "random:index/randomId:RandomId", "inputs": {}}},
    {"op": "create", "urn": ROLE_URN, "newState": {"type": plans.ROLE, "inputs": []}},
    {"op": "create", "urn": ROLE_URN, "newState": {"type": plans.ROLE, "inputs": "x", "propertyDependencies": 7}},
    {"op": "import", "urn": ROLE_URN},
    {"op": "update", "urn": ROLE_URN, "newState": ADMINISTRATOR},
    {"op": "update", "urn": ROLE_URN, "oldState": ADMINISTRATOR},
    {"op": "replace", "urn": ROLE_URN, "oldState": ADMINISTRATOR, "newState": {"type": plans.ACCOUNT, "inputs": {}}},
    {"op": "create", "urn": "urn", "newState": {"inputs": {}}},
    {"op": "create", "urn": ""},
    {"op": "create", "urn": "x", "newState": {"type": "x", "inputs": {}}},
    {"op": "import", "urn": "a::b::x::d", "newState": {"type": "x", "inputs": {}}},
]
"""Steps that could hide a grant, because a part of them is missing or of another form."""


@pytest.mark.parametrize("unreadable", UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_step_that_cannot_be_read_is_unknown_and_critical(unreadable: dict[str, Any]) -> None:
    outcome = explain(preview(unreadable), "--json")
    [change] = outcome.json["changes"]
    assert (outcome.code, outcome.json["risk"], change["change"]) == (1, "critical", "unknown")
    assert change["note"]
    assert "No grant changes" not in explain(preview(unreadable)).out


def test_a_removal_that_cannot_be_read_is_unknown() -> None:
    outcome = explain(preview({"op": "delete", "urn": ROLE_URN}), "--json")
    assert [(change["change"], change["risk"]) for change in outcome.json["changes"]] == [("unknown", "low")]


@pytest.mark.parametrize("operation", ["create", "update", "replace", "import"])
def test_changes_that_the_engine_counted_and_the_preview_lacks_are_unknown(operation: str) -> None:
    outcome = explain(json.dumps({"steps": [], "changeSummary": {operation: 2, "same": 4}}), "--json")
    assert (outcome.code, outcome.json["risk"]) == (1, "critical")
    assert outcome.json["changes"][0]["sentence"].startswith(f"2 more of the operation {operation}: unknown")


@pytest.mark.parametrize("counts", [[], "none", {"create": "two"}, {"create": -1}, {"create": None}, 7])
def test_counts_that_cannot_be_read_are_refused(counts: Any) -> None:
    outcome = explain(json.dumps({"steps": [], "changeSummary": counts}))
    assert outcome.code == 2
    assert "EXA434" in outcome.err


UNKNOWN_TYPES = [
    "azuread:index/accessPackageAssignmentPolicy:AccessPackageAssignmentPolicy",
    "azuread:index/administrativeUnitMember:AdministrativeUnitMember",
    "azuread:index/applicationPreAuthorized:ApplicationPreAuthorized",
    "azuread:index/groupRoleManagementPolicy:GroupRoleManagementPolicy",
    "azuread:index/ofTomorrow:OfTomorrow",
    "azure-native:authorization:PimRoleEligibilitySchedule",
    "azure-native:authorization:RoleDefinition",
    "azure-native:authorization/v20220401:RoleManagementPolicy",
    "azure:authorization/assignment:Assignment",
    "azure:automation/runBook:RunBook",
    "azapi:index/resource:Resource",
    "msgraph:index/resource:Resource",
]


@pytest.mark.parametrize("resource_type", UNKNOWN_TYPES)
def test_a_type_that_can_grant_and_is_not_known_is_unknown_and_high(resource_type: str) -> None:
    outcome = explain(preview(step("create", new=state("x", resource_type))), "--json")
    assert [(change["change"], change["risk"]) for change in outcome.json["changes"]] == [("unknown", "high")]


HARMLESS_TYPES = [
    "azuread:index/applicationRegistration:ApplicationRegistration",
    "azuread:index/servicePrincipal:ServicePrincipal",
    "azuread:index/namedLocation:NamedLocation",
    "azuread:index/application:Application",
    "azure-native:authorization:ManagementLockByScope",
    "azure-native:authorization:PolicyAssignment",
    "azure-native:storage:StorageAccount",
    "random:index/randomId:RandomId",
]


@pytest.mark.parametrize("resource_type", HARMLESS_TYPES)
def test_a_type_that_grants_nothing_is_left_out(resource_type: str) -> None:
    assert explain(preview(step("create", new=state("x", resource_type))), "--json").json["changes"] == []


def test_an_application_with_a_password_or_owners_of_its_own_is_unknown() -> None:
    application = "azuread:index/application:Application"
    cases: list[dict[str, Any]] = [{"password": {}, "owners": ["x"]}, {"owners": ["x"]}, {"passwords": [{}]}]
    for given in cases:
        outcome = explain(preview(step("create", new=state("x", application, **given))), "--json")
        assert [change["risk"] for change in outcome.json["changes"]] == ["high"], given
