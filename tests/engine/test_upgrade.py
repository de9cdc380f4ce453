"""The present version updates the state of an earlier version and replaces no grant.

``tests/engine/states/VERSION.json`` is the exported state of a deployment with that version. A tenant chooses new ids for every
deployment, so the test replaces the ids in it, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi
import pulumi_azuread as azuread
import pytest
from pulumi import automation as auto
from pulumi_azure_native import automation

from exchange_automation import ExchangeAccess, ExchangeAutomationAccount
from localtenant.process import LocalTenant
from tests.engine.programs import DOMAIN, GROUP, account
from tests.engine.recovery import grants_in_directory, grants_in_state
from tests.engine.support import Deployment

EXCHANGE_ADMINISTRATOR = "29232cdf-9323-42fd-ade2-1d097af3e4de"
EXCHANGE_ONLINE = "00000002-0000-0ff1-ce00-000000000000"
STATES = Path(__file__).parent / "states"
ACCOUNT = {
    "directory_roles": [{"role": "Exchange Administrator"}, {"role": "Security Reader"}],
    "tags": {"owner": "mail"},
    # The defaults of that time; the present ones are newer.
    "powershell_version": "7.4",
    "exchange_module_version": "3.9.0",
}


def program(tenant: LocalTenant) -> Callable[[], None]:
    """Returns the deployed program: an account with its own identity, and access for an existing identity."""
    [created] = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity", lag=0)
    whole, other = account(**ACCOUNT), created["id"]

    def run() -> None:
        whole()
        ExchangeAccess("other", {"principal_id": other})

    return run


def ids(deployment: Any) -> dict[tuple[str, str, str], str]:
    """Returns the ids that a directory chooses, by type and name of the resource and by property."""
    found: dict[tuple[str, str, str], str] = {}
    for resource in deployment["resources"]:
        if not resource.get("custom") or resource["type"].startswith("pulumi:"):
            continue
        name = resource["urn"].rsplit("::", 1)[-1]
        found[resource["type"], name, "id"] = resource["id"]
        principal_id = ((resource.get("outputs") or {}).get("identity") or {}).get("principalId")
        if principal_id:
            found[resource["type"], name, "principal id"] = principal_id
    return found


def of_this_tenant(text: str, present: Any) -> auto.Deployment:
    """The stored state with the ids that the same resources have in ``present``."""
    theirs, ours = ids(json.loads(text)["deployment"]), ids(present)
    assert theirs.keys() == ours.keys()
    for place, old in theirs.items():
        text = text.replace(old.rsplit("/", 1)[-1], ours[place].rsplit("/", 1)[-1])
    return auto.Deployment(**json.loads(text))


def assignments_requested(tenant: LocalTenant, since: int) -> list[str]:
    """The requests since a number that create or delete an assignment."""
    return [
        f"{request['method']} {request['path']}"
        for request in tenant.request_log(since)
        if request["method"] in ("POST", "DELETE", "PUT", "PATCH") and "ssign" in request["path"]
    ]


def last_request(tenant: LocalTenant) -> int:
    """The number of the last request."""
    return int(tenant.request_log()[-1]["number"])


@pytest.mark.parametrize("file", sorted(STATES.glob("*.json")), ids=lambda file: file.stem)
def test_the_state_of_an_earlier_version_is_taken_over_without_a_request_for_a_grant(
    tenant: LocalTenant, deploy: Callable[..., Deployment], file: Path
) -> None:
    created = program(tenant)
    first = deploy(created)
    first.up().check()
    before = tenant.grants()

    stack = deploy(created)
    stack.stack.import_stack(of_this_tenant(file.read_text(), first.stack.export_stack().deployment))
    assert grants_in_state(stack) == grants_in_directory(tenant, "")
    number = last_request(tenant)
    # What goes are the entries of the two nested components, which are nothing but entries in the state.
    assert stack.up().check().of("delete") == ["mail-access", "mail-runtime"]
    assert assignments_requested(tenant, number) == []
    assert stack.up().check().changes == {}
    assert tenant.grants() == before
    stack.destroy().check()
    assert tenant.grants() == []


class Former(pulumi.ComponentResource):
    """A component as an earlier version registered it."""

    def __init__(self, kind: str, name: str, parent: pulumi.Resource | None = None) -> None:
        """Registers the component.

        Args:
            kind: its class name in the package, or a whole type token.
            name: its logical name.
            parent: its parent.
        """
        token = kind if ":" in kind else f"exchange-automation:index:{kind}"
        super().__init__(token, name, None, pulumi.ResourceOptions(parent=parent))


def former_grants(owner: pulumi.Resource, principal_id: pulumi.Input[str], app_role_id: str, exchange: str) -> None:
    """Both grants as earlier versions nested them, with the logical names that they have kept."""
    access = Former("ExchangeAccess", "mail-access", owner)
    below = pulumi.ResourceOptions(parent=access)
    app_role = azuread.AppRoleAssignment(
        "mail-access-exchange-manageasapp",
        app_role_id=app_role_id,
        principal_object_id=principal_id,
        resource_object_id=exchange,
        opts=below,
    )
    azuread.DirectoryRoleAssignment(
        "mail-access-exchange-administrator",
        role_id=EXCHANGE_ADMINISTRATOR,
        principal_object_id=principal_id,
        directory_scope_id="/",
        opts=pulumi.ResourceOptions(parent=access, depends_on=[app_role]),
    )


@pytest.mark.parametrize("nested", [False, True], ids=["at the top", "inside a component of the user's"])
def test_grants_move_out_of_the_nested_component_without_being_replaced(
    tenant: LocalTenant, deploy: Callable[..., Deployment], *, nested: bool
) -> None:
    def outer() -> pulumi.Resource | None:
        return Former("mine:index:Team", "team") if nested else None

    def before() -> None:
        exchange = azuread.get_service_principal(client_id=EXCHANGE_ONLINE)
        owner = Former("ExchangeAutomationAccount", "mail", outer())
        account = automation.AutomationAccount(
            "mail-account",
            resource_group_name=GROUP,
            automation_account_name="aa-mail",
            location="westeurope",
            sku={"name": automation.SkuNameEnum.BASIC},
            disable_local_auth=True,
            identity={"type": automation.ResourceIdentityType.SYSTEM_ASSIGNED},
            opts=pulumi.ResourceOptions(parent=owner, replace_on_changes=["location"], delete_before_replace=True),
        )
        principal_id = account.identity.apply(lambda identity: str(identity.principal_id if identity else ""))
        former_grants(owner, principal_id, exchange.app_role_ids["Exchange.ManageAsApp"], exchange.object_id)

    def after() -> None:
        ExchangeAutomationAccount(
            "mail",
            {"organization": DOMAIN, "resource_group_name": GROUP, "account_name": "aa-mail", "location": "westeurope"},
            pulumi.ResourceOptions(parent=outer()),
        )

    stack = deploy(before)
    stack.up().check()
    grants, number = tenant.grants(), last_request(tenant)
    stack.program = after
    assert stack.up().check().of("delete") == ["mail-access"]
    assert assignments_requested(tenant, number) == []
    assert tenant.grants() == grants
    assert stack.up().check().changes == {}
