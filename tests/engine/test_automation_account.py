"""ExchangeAutomationAccount with every kind of account and identity: after ``destroy`` the directory holds no grant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest
from pulumi_azure_native import automation, managedidentity, resources

from exchange_automation import ExchangeAccess, ExchangeAutomationAccount, ExchangeAutomationAccountArgs
from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.support import Deployment, Program

Deploy = Callable[..., Deployment]
DOMAIN = "contoso.onmicrosoft.com"
GROUP = seed.EXISTING_RESOURCE_GROUP
BASE = f"/subscriptions/{seed.CONTOSO.subscription_id}/resourceGroups/{GROUP}/providers"
ACCOUNT_ID = f"{BASE}/Microsoft.Automation/automationAccounts/aa-existing"
IDENTITY_ID = f"{BASE}/Microsoft.ManagedIdentity/userAssignedIdentities/id-existing"


def account(**arguments: Any) -> Program:
    """A program with one ExchangeAutomationAccount; exports its outputs."""

    def program() -> None:
        given = {"organization": DOMAIN, **arguments}
        if "account_id" not in given:
            given.setdefault("resource_group_name", GROUP)
        created = ExchangeAutomationAccount("mail", cast("ExchangeAutomationAccountArgs", given))
        for output in ExchangeAutomationAccount.__annotations__:
            pulumi.export(output, getattr(created, output))

    return program


def existing(identity: dict[str, Any] | None, with_identity: bool = False) -> Program:
    """Returns the program that owns the account and the user-assigned identity."""

    def program() -> None:
        created: list[pulumi.Resource] = []
        if with_identity:
            created.append(
                managedidentity.UserAssignedIdentity(
                    "identity", resource_group_name=GROUP, resource_name_="id-existing", location="westeurope"
                )
            )
        if identity is not None:
            automation.AutomationAccount(
                "account",
                resource_group_name=GROUP,
                automation_account_name="aa-existing",
                location="westeurope",
                sku={"name": automation.SkuNameEnum.BASIC},
                identity=cast("automation.IdentityArgsDict", identity),
                opts=pulumi.ResourceOptions(depends_on=created),
            )

    return program


def principals(tenant: LocalTenant) -> dict[str, set[str]]:
    """Grants by principal."""
    held: dict[str, set[str]] = {}
    for grant in tenant.grants():
        held.setdefault(grant["principalId"], set()).add(grant["grant"])
    return held


BOTH = {"Exchange.ManageAsApp", "Exchange Administrator"}


def lives(stack: Deployment, tenant: LocalTenant) -> dict[str, Any]:
    """Previews, deploys twice and refreshes: both grants exist and nothing else changes. Returns the outputs."""
    previewed = stack.preview().check().of("create")
    assert {"mail-access-exchange-manageasapp", "mail-access-exchange-administrator"} <= set(previewed)
    outputs = stack.up().check().outputs
    assert principals(tenant) == {outputs["principal_id"]: BOTH}
    assert stack.up().check().changes == {}
    assert stack.refresh().check().changes == {}
    assert outputs["grants_managed_here"] is True
    assert outputs["tenant_id"] == seed.CONTOSO.tenant_id
    return outputs


def test_a_system_assigned_identity(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account(account_name="aa-mail"))
    outputs = lives(stack, tenant)
    assert outputs["account_name"] == "aa-mail"
    assert outputs["resource_group_name"] == GROUP
    assert outputs["runtime_environment_name"] == "ExchangeOnline-3-10-1-PowerShell-7-6"
    assert outputs["connect_command"] == f"Connect-ExchangeOnline -ManagedIdentity -Organization {DOMAIN}"
    assert stack.state_of("mail-account")["inputs"]["disableLocalAuth"] is True
    link = stack.state_of("mail-runtime-ps-7.6-exo-3.10.1-module")["inputs"]["contentLink"]
    assert link["uri"] == "https://www.powershellgallery.com/api/v2/package/ExchangeOnlineManagement/3.10.1"

    stack.destroy().check()
    assert tenant.grants() == []


def test_the_component_creates_a_user_assigned_identity(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account(identity_type="UserAssigned", location="westeurope"))
    outputs = lives(stack, tenant)
    assert f"-ManagedIdentityAccountId {outputs['client_id']} " in outputs["connect_command"]
    stack.destroy().check()
    assert tenant.grants() == []


def test_an_existing_user_assigned_identity(tenant: LocalTenant, deploy: Deploy) -> None:
    theirs = deploy(existing(None, with_identity=True))
    theirs.up().check()
    stack = deploy(account(identity_type="UserAssigned", user_assigned_identity_id=IDENTITY_ID, location="westeurope"))
    lives(stack, tenant)
    stack.destroy().check()
    assert tenant.grants() == []
    assert theirs.refresh().check().changes == {}


def test_an_existing_account(tenant: LocalTenant, deploy: Deploy) -> None:
    theirs = deploy(existing({"type": "SystemAssigned"}))
    theirs.up().check()
    stack = deploy(account(account_id=ACCOUNT_ID))
    outputs = lives(stack, tenant)
    assert outputs["account_id"] == ACCOUNT_ID
    stack.destroy().check()
    assert tenant.grants() == []
    assert theirs.refresh().check().changes == {}


def test_an_existing_account_with_an_existing_identity(tenant: LocalTenant, deploy: Deploy) -> None:
    theirs = deploy(existing({"type": "UserAssigned", "user_assigned_identities": [IDENTITY_ID]}, with_identity=True))
    theirs.up().check()
    stack = deploy(
        account(account_id=ACCOUNT_ID, identity_type="UserAssigned", user_assigned_identity_id=IDENTITY_ID.lower())
    )
    lives(stack, tenant)
    stack.destroy().check()
    assert tenant.grants() == []
    assert theirs.refresh().check().changes == {}


@pytest.mark.parametrize(
    ("there", "arguments", "expected"),
    [
        (
            {"type": "UserAssigned", "user_assigned_identities": [IDENTITY_ID]},
            {"account_id": ACCOUNT_ID},
            'The automation account "aa-existing" has no system-assigned identity',
        ),
        (
            {"type": "SystemAssigned"},
            {"account_id": ACCOUNT_ID, "identity_type": "UserAssigned", "user_assigned_identity_id": IDENTITY_ID},
            "does not have the user-assigned identity",
        ),
        (
            {"type": "SystemAssigned"},
            {"account_id": ACCOUNT_ID.replace("aa-existing", "aa-other")},
            "The component could not read the automation account of account_id",
        ),
        (
            {"type": "SystemAssigned"},
            {"account_id": ACCOUNT_ID.replace(seed.CONTOSO.subscription_id, seed.FABRIKAM.subscription_id)},
            "in another subscription",
        ),
    ],
)
def test_an_existing_account_that_is_not_as_it_has_to_be_gets_no_grant(
    tenant: LocalTenant, deploy: Deploy, there: dict[str, Any], arguments: dict[str, Any], expected: str
) -> None:
    deploy(existing(there, with_identity=True)).up().check()
    stack = deploy(account(**arguments))
    failed = stack.up()
    assert not failed.succeeded
    assert expected in failed.text
    assert "Traceback" not in failed.text
    assert tenant.grants() == []
    stack.destroy().check()


def test_the_grants_can_be_left_to_another_program(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account(grants_managed_elsewhere=True, account_name="aa-mail"))
    tenant.set_deployer(roles=[])
    outputs = stack.up().check().outputs
    assert outputs["grants_managed_here"] is False
    assert outputs.get("client_id") is None
    assert outputs.get("app_role_assignment_id") is None
    assert outputs["directory_role_assignment_ids"] == {}
    assert tenant.grants() == []
    assert not any("servicePrincipals" in entry["path"] for entry in tenant.request_log())
    tenant.set_deployer(roles=seed.DEPLOYER_GRAPH_ROLES)

    def security() -> None:
        ExchangeAccess("mail", {"principal_id": outputs["principal_id"]})

    theirs = deploy(security)
    theirs.up().check()
    assert principals(tenant) == {outputs["principal_id"]: BOTH}
    theirs.destroy().check()
    stack.destroy().check()
    assert tenant.grants() == []


def test_nothing_that_takes_an_output_is_created_before_both_grants(tenant: LocalTenant, deploy: Deploy) -> None:
    def program() -> None:
        created = ExchangeAutomationAccount("mail", {"organization": DOMAIN, "resource_group_name": GROUP})
        for name in ("account_name", "runtime_environment_name", "connect_command"):
            resources.ResourceGroup(
                name.replace("_", "-"), location="westeurope", tags={"after": getattr(created, name)}
            )

    stack = deploy(program)
    order = stack.up().check().finished
    grants = [order.index(("create", f"mail-access-exchange-{end}")) for end in ("manageasapp", "administrator")]
    dependents = ("account-name", "runtime-environment-name", "connect-command")
    assert all(order.index(("create", name)) > max(grants) for name in dependents)
    order = stack.destroy().check().finished
    grants = [order.index(("delete", f"mail-access-exchange-{end}")) for end in ("manageasapp", "administrator")]
    assert all(order.index(("delete", name)) < min(grants) for name in dependents)


def test_a_changed_account_keeps_its_grants(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account(tags={"environment": "dev"}))
    stack.up().check()
    before = {grant["id"] for grant in tenant.grants()}
    stack.program = account(tags={"environment": "prod"})
    changed = stack.up().check()
    assert changed.of("update") == ["mail-account", "mail-runtime-ps-7.6-exo-3.10.1"]
    assert changed.changes == {"update": 2}
    assert {grant["id"] for grant in tenant.grants()} == before
