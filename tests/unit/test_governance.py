"""The arguments of ExchangeAccountGovernance: every mistake is reported before anything is registered."""

from __future__ import annotations

from typing import Any, cast

import pulumi
import pytest

from exchange_automation import (
    ExchangeAccountGovernance,
    ExchangeAccountGovernanceArgs,
    ExchangeAutomationError,
    InvalidArgumentsError,
)
from exchange_automation.account import diagnostics
from exchange_automation.catalog.azure_roles import AZURE_ROLES, edits_runbooks, nearest, role_definition_id
from tests.unit.support import ACCOUNT_ID, PRINCIPAL_ID, SUBSCRIPTION, Recorder, run

ROLE = {"role": "Automation Operator", "principal_id": PRINCIPAL_ID}
ACTION_GROUP_ID = f"{SUBSCRIPTION}/Microsoft.Insights/actionGroups/operations"
NO_ALERTS: dict[str, Any] = {"alert_on_changes": False, "alert_on_failed_jobs": False}
ENDPOINT = {"group": "Webhook", "subnet_id": f"{SUBSCRIPTION}/Microsoft.Network/virtualNetworks/vnet/subnets/default"}


@pytest.mark.parametrize("ending", ["\n", " ", "\u200b", "\u202e", "\0"])
def test_an_id_with_an_invisible_end_is_refused(ending: str) -> None:
    given: Any = {"account_id": ACCOUNT_ID + ending, "resource_group_name": "rg"}
    with pytest.raises(InvalidArgumentsError, match=r"\[EXA160\]"):
        run(lambda: ExchangeAccountGovernance("mail", given))


@pytest.mark.parametrize(
    ("args", "path"),
    [
        (lambda wrong: {"workspace_id": wrong}, "workspace_id"),
        (lambda wrong: {"diagnostic_storage_account_id": wrong}, "diagnostic_storage_account_id"),
        (lambda wrong: {"event_hub_authorization_rule_id": wrong}, "event_hub_authorization_rule_id"),
        (lambda wrong: {"action_group_ids": [wrong]}, "action_group_ids[0]"),
        (lambda wrong: {"private_endpoints": [{**ENDPOINT, "subnet_id": wrong}]}, "private_endpoints[0].subnet_id"),
        (
            lambda wrong: {"private_endpoints": [{**ENDPOINT, "dns_zone_ids": [wrong]}]},
            "private_endpoints[0].dns_zone_ids[0]",
        ),
    ],
)
def test_an_output_that_is_not_the_id_of_its_type_is_refused(args: Any, path: str) -> None:
    given: Any = {"account_id": ACCOUNT_ID, "resource_group_name": "rg", **args(pulumi.Output.from_input("nope"))}
    with pytest.raises(ExchangeAutomationError) as caught:
        run(lambda: ExchangeAccountGovernance("mail", given))
    assert str(caught.value).startswith(f'{path} "nope" is not the id of a ')


def test_an_output_of_none_is_no_id() -> None:
    nothing: Any = pulumi.Output.from_input(cast("Any", None))
    given: Any = {"account_id": ACCOUNT_ID, "resource_group_name": "rg", "linked_workspace_id": nothing}
    with pytest.raises(ExchangeAutomationError, match=r"linked_workspace_id is None, .*\[EXA112\]"):
        run(lambda: ExchangeAccountGovernance("mail", given))


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ({"account_id": "aa-mail"}, "EXA160", "is not the id of a Microsoft.Automation/automationAccounts"),
        ({"linked_workspace_id": "law"}, "EXA192", "is not the id of a Microsoft.OperationalInsights/workspaces"),
        ({"lock": "Delete"}, "EXA161", "Use CanNotDelete or ReadOnly"),
        ({"alert_on_changes": True}, "EXA162", "alert_on_changes has no receiver"),
        ({"tags": {"a/b": "x"}}, "EXA117", 'tags["a/b"] contains /'),
        ({"tags": {"Cost": "x", "cost": "y"}}, "EXA117", 'tags["cost"] and tags["Cost"] differ in letter case alone'),
        ({"tags": {"": "x"}}, "EXA117", 'tags[""] is empty'),
        ({"tags": {"a": "x" * 257}}, "EXA117", "has a value of 257 characters, more than 256"),
        ({"tags": {f"t{number}": "x" for number in range(51)}}, "EXA117", "tags has 51 entries"),
        ({"lock_notes": "x"}, "EXA194", "lock_notes is given without lock, so the component would ignore it"),
        (
            {"action_group_ids": [ACTION_GROUP_ID], **NO_ALERTS},
            "EXA194",
            "action_group_ids is given and every alert is turned off",
        ),
        ({"alert_emails": ["nobody"]}, "EXA163", '"nobody", which is not an email address'),
        ({"event_hub_name": "hub"}, "EXA164", "Give both, or neither"),
        ({"private_endpoints": [{**ENDPOINT, "group": "Jobs"}]}, "EXA165", "Use Webhook or DSCAndHybridWorker"),
        ({"private_endpoints": [ENDPOINT, ENDPOINT]}, "EXA165", "private_endpoints[1] is a second endpoint"),
        ({"private_endpoints": ["x"]}, "EXA112", "private_endpoints[0] is of type str"),
        ({"private_endpoints": [{"group": "Webhook"}]}, "EXA102", "private_endpoints[0].subnet_id is missing"),
        ({"role_assignments": [{**ROLE, "role": "Automation Operater"}]}, "EXA166", 'Nearest: "Automation Operator"'),
        ({"role_assignments": [{**ROLE, "principal_type": "Robot"}]}, "EXA166", '"Robot" is not a type of principal'),
        ({"role_assignments": ["x"]}, "EXA112", "role_assignments[0] is of type str"),
        ({"role_assignments": [ROLE, ROLE]}, "EXA167", "repeats another entry"),
        ({"role_assignments": [{**ROLE, "principal_id": "bob@contoso.com"}]}, "EXA166", "is not an object id"),
        ({"private_endpoints": [{**ENDPOINT, "subnet_id": "/subnet"}]}, "EXA168", "private_endpoints[0].subnet_id"),
        (
            {"private_endpoints": [{**ENDPOINT, "dns_zone_ids": ["x"]}]},
            "EXA168",
            "private_endpoints[0].dns_zone_ids[0]",
        ),
        ({"workspace_id": "law"}, "EXA168", "Microsoft.OperationalInsights/workspaces"),
        ({"diagnostic_storage_account_id": "st"}, "EXA168", "Microsoft.Storage/storageAccounts"),
        ({"event_hub_authorization_rule_id": "x"}, "EXA168", "namespaces/{name}/authorizationRules/{name}"),
        ({"action_group_ids": ["x"], "alert_on_changes": True}, "EXA168", "action_group_ids[0]"),
        ({"resource_group_name": "rg."}, "EXA114", "ends with ."),
        ({"alert_on_failed_jobs": "no"}, "EXA112", "Give True or False"),
        ({"locks": "x"}, "EXA101", 'Did you mean "lock"?'),
    ],
)
def test_a_mistake_is_reported_before_anything_is_registered(args: dict[str, Any], code: str, says: str) -> None:
    given = {"account_id": ACCOUNT_ID, "resource_group_name": "rg", **args}
    recorder = Recorder()
    with pytest.raises(InvalidArgumentsError) as caught:
        run(lambda: ExchangeAccountGovernance("guard", cast("ExchangeAccountGovernanceArgs", given)), recorder)
    assert says in str(caught.value)
    assert f"[{code}]" in str(caught.value)
    assert recorder.resources.keys() <= {"project-stack"}


def test_a_role_is_found_by_name_in_any_case_by_guid_and_by_id() -> None:
    role_id = AZURE_ROLES["Reader"]
    for given in ("Reader", "reader", role_id, role_id.upper(), f"/providers/x/roleDefinitions/{role_id}"):
        assert role_definition_id(given) == role_id
    assert role_definition_id("Nothing") is None
    assert nearest("Automation Operater")[0] == "Automation Operator"


def test_who_can_edit_runbooks_is_known() -> None:
    assert {name for name, role_id in AZURE_ROLES.items() if edits_runbooks(role_id)} == {
        "Owner",
        "Contributor",
        "Automation Contributor",
    }


def test_a_workspace_of_another_subscription_is_not_linked() -> None:
    workspace = "/subscriptions/other/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/law"
    assert diagnostics.linked_workspace(workspace.replace("other", "sub"), ACCOUNT_ID).name == "law"
    with pytest.raises(ExchangeAutomationError, match=r"in another subscription than the account.*EXA192"):
        diagnostics.linked_workspace(workspace, ACCOUNT_ID)
    with pytest.raises(ExchangeAutomationError, match="EXA192"):
        diagnostics.linked_workspace("law", ACCOUNT_ID)


@pytest.mark.parametrize("flags", [{}, {"alert_on_changes": None}, {"alert_on_failed_jobs": None}])
def test_an_alert_that_is_none_is_left_out_and_so_turned_on(flags: dict[str, Any]) -> None:
    recorder = governed(alert_emails=["a@contoso.com"], **flags)
    assert (len(recorder.of("MetricAlert")), len(recorder.of("ActivityLogAlert"))) == (1, 1)


def test_addresses_without_alerts_have_an_action_group_for_the_alerts_of_others() -> None:
    recorder = governed(alert_emails=["a@contoso.com"], **NO_ALERTS)
    assert list(recorder.of("ActionGroup")) == ["guard-alerts"]
    assert (recorder.of("MetricAlert"), recorder.of("ActivityLogAlert")) == ({}, {})


def test_an_address_in_two_letter_cases_is_one_receiver() -> None:
    [group] = governed(alert_emails=["a@contoso.com", "A@Contoso.com"]).of("ActionGroup").values()
    assert len(group["emailReceivers"]) == 1


def test_a_name_that_is_too_long_for_a_private_endpoint_is_refused() -> None:
    with pytest.raises(InvalidArgumentsError, match=r"has 65 characters, more than 64.*shorter name.*EXA114"):
        governed(name="g" * 40, private_endpoints=[ENDPOINT])
    governed(name="g" * 39, private_endpoints=[ENDPOINT])


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"account_id": pulumi.Output.from_input("aa-mail"), "lock": "ReadOnly"}, "EXA160"),
        ({"role_assignments": [{**ROLE, "principal_id": pulumi.Output.from_input("bob@contoso.com")}]}, "EXA166"),
    ],
)
def test_an_output_that_is_no_id_stops_the_program_before_it_is_used(args: dict[str, Any], code: str) -> None:
    recorder = Recorder()
    with pytest.raises(ExchangeAutomationError, match=code):
        governed(recorder, **args)
    assert (recorder.of("ManagementLockByScope"), recorder.of("RoleAssignment")) == ({}, {})


def governed(recorder: Recorder | None = None, name: str = "guard", **args: Any) -> Recorder:
    given = {"account_id": ACCOUNT_ID, "resource_group_name": "rg", **args}
    recorder = recorder or Recorder()
    run(lambda: ExchangeAccountGovernance(name, cast("ExchangeAccountGovernanceArgs", given)), recorder)
    return recorder
