"""The arguments of ExchangeAccountGovernance: every mistake is told before anything is registered."""

from __future__ import annotations

from typing import Any, cast

import pytest

from exchange_automation import (
    ExchangeAccountGovernance,
    ExchangeAccountGovernanceArgs,
    ExchangeAutomationError,
    InvalidArgumentsError,
)
from exchange_automation.account import governance
from exchange_automation.catalog.azure_roles import AZURE_ROLES, edits_runbooks, nearest, role_definition_id
from tests.unit.support import ACCOUNT_ID, PRINCIPAL_ID, Recorder, run

ROLE = {"role": "Automation Operator", "principal_id": PRINCIPAL_ID}
ENDPOINT = {"group": "Webhook", "subnet_id": "/subnet"}


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        ({"account_id": "aa-mail"}, "EXA160", "is not the id of a Microsoft.Automation/automationAccounts"),
        ({"linked_workspace_id": "law"}, "EXA192", "is not the id of a Microsoft.OperationalInsights/workspaces"),
        ({"lock": "Delete"}, "EXA161", "Use CanNotDelete or ReadOnly"),
        ({"alert_on_changes": True}, "EXA162", "alert_on_changes has nobody to tell"),
        ({"alert_emails": ["nobody"]}, "EXA163", '"nobody", which is no address'),
        ({"event_hub_name": "hub"}, "EXA164", "Give both"),
        ({"private_endpoints": [{**ENDPOINT, "group": "Jobs"}]}, "EXA165", "Use Webhook or DSCAndHybridWorker"),
        ({"private_endpoints": [ENDPOINT, ENDPOINT]}, "EXA165", "private_endpoints[1] is a second endpoint"),
        ({"private_endpoints": ["x"]}, "EXA165", "private_endpoints[0] is not of the form"),
        ({"private_endpoints": [{"group": "Webhook"}]}, "EXA102", "private_endpoints[0].subnet_id is missing"),
        ({"role_assignments": [{**ROLE, "role": "Automation Operater"}]}, "EXA166", 'Nearest: "Automation Operator"'),
        ({"role_assignments": [{**ROLE, "principal_type": "Robot"}]}, "EXA166", '"Robot" is none'),
        ({"role_assignments": ["x"]}, "EXA166", "role_assignments[0] is not of the form"),
        ({"role_assignments": [ROLE, ROLE]}, "EXA167", "says the same as another one"),
        ({"locks": "x"}, "EXA101", 'Did you mean "lock"?'),
    ],
)
def test_a_mistake_is_told_before_anything_is_registered(args: dict[str, Any], code: str, says: str) -> None:
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
    assert governance._workspace(workspace.replace("other", "sub"), ACCOUNT_ID).name == "law"
    with pytest.raises(ExchangeAutomationError, match=r"in another subscription than the account.*EXA192"):
        governance._workspace(workspace, ACCOUNT_ID)
    with pytest.raises(ExchangeAutomationError, match="EXA192"):
        governance._workspace("law", ACCOUNT_ID)
