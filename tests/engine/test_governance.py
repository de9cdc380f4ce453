"""ExchangeAccountGovernance on the engine, around a new and around an existing account."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest
from pulumi_azure_native import authorization, managedidentity

from exchange_automation import (
    ExchangeAccountGovernance,
    ExchangeAccountGovernanceArgs,
    ExchangeAutomationAccount,
    IdentityType,
)
from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.azure import Azure
from tests.engine.programs import account
from tests.engine.support import Deployment, Program

Deploy = Callable[..., Deployment]
GROUP = f"/subscriptions/{seed.CONTOSO.subscription_id}/resourceGroups/rg-existing/providers"
ACCOUNT_ID = f"{GROUP}/Microsoft.Automation/automationAccounts/aa-mail"
WORKSPACE_ID = f"{GROUP}/Microsoft.OperationalInsights/workspaces/log-mail"
SUBNET_ID = f"{GROUP}/Microsoft.Network/virtualNetworks/vnet/subnets/endpoints"
ZONE_ID = f"{GROUP}/Microsoft.Network/privateDnsZones/privatelink.azure-automation.net"
AUTOMATION_OPERATOR = "d3881f73-407a-4167-8283-e981cbba0404"


@pytest.fixture
def azure(tenant: LocalTenant) -> Azure:
    return Azure(tenant)


@pytest.fixture
def principal(tenant: LocalTenant) -> str:
    """Who gets a role."""
    [created] = tenant.add_service_principal("operators", servicePrincipalType="Application", lag=0)
    return str(created["id"])


def everything(principal: str) -> dict[str, Any]:
    """All that there is."""
    return {
        "resource_group_name": "rg-existing",
        "location": "westeurope",
        "lock": "CanNotDelete",
        "workspace_id": WORKSPACE_ID,
        "private_endpoints": [
            {"group": "Webhook", "subnet_id": SUBNET_ID, "dns_zone_ids": [ZONE_ID]},
            {"group": "DSCAndHybridWorker", "subnet_id": SUBNET_ID},
        ],
        "role_assignments": [
            {"role": "Automation Operator", "principal_id": principal, "principal_type": "ServicePrincipal"}
        ],
        "alert_emails": ["mail-team@contoso.com"],
        "tags": {"owner": "mail"},
    }


def around(make_account: bool, *, knows: bool = True, **args: Any) -> Program:
    """Governance of a new account, or of one that exists."""

    def run() -> None:
        account_id: pulumi.Input[str] = ACCOUNT_ID
        within: list[pulumi.Resource] = []
        if make_account:
            whole = ExchangeAutomationAccount(
                "mail",
                {
                    "organization": "contoso.onmicrosoft.com",
                    "resource_group_name": "rg-existing",
                    "location": "westeurope",
                    "account_name": "aa-mail",
                },
            )
            account_id = whole.account_id
            within = [whole] if knows else []
        created = ExchangeAccountGovernance(
            "guard",
            cast("ExchangeAccountGovernanceArgs", {"account_id": account_id, **args}),
            pulumi.ResourceOptions(depends_on=within),
        )
        pulumi.export("endpoints", created.private_endpoint_ids)

    return run


@pytest.mark.parametrize("make_account", [True, False], ids=["new account", "existing account"])
def test_everything_is_created_stays_and_is_deleted(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, principal: str, make_account: bool
) -> None:
    if not make_account:
        deploy(account()).up().check()
    stack = deploy(around(make_account, **everything(principal)))
    outputs = stack.up().check().outputs
    assert len(outputs["endpoints"]) == 2
    below = f"{ACCOUNT_ID.removeprefix(GROUP + '/')}/providers"
    [role] = azure.get(f"{below}/Microsoft.Authorization/roleAssignments", "2022-04-01").json()["value"]
    assert role["properties"]["roleDefinitionId"].endswith(AUTOMATION_OPERATOR)
    assert role["properties"]["principalId"] == principal
    [logs] = azure.get(f"{below}/Microsoft.Insights/diagnosticSettings", "2021-05-01-preview").json()["value"]
    assert logs["properties"]["workspaceId"] == WORKSPACE_ID
    assert [log["categoryGroup"] for log in logs["properties"]["logs"]] == ["allLogs"]
    [alert] = azure.get("Microsoft.Insights/metricAlerts", "2018-03-01").json()["value"]
    assert alert["properties"]["scopes"] == [ACCOUNT_ID]
    [criterion] = alert["properties"]["criteria"]["allOf"]
    assert criterion["dimensions"] == [{"name": "Status", "operator": "Include", "values": ["Failed", "Suspended"]}]
    [changes] = azure.get("Microsoft.Insights/activityLogAlerts", "2020-10-01").json()["value"]
    watched = changes["properties"]["condition"]["allOf"][1]["anyOf"]
    assert {"field": "operationName", "equals": "Microsoft.Automation/automationAccounts/runbooks/write"} in watched
    assert stack.up().check().changes == {}
    stack.destroy().check()
    for path, version in (
        (f"{below}/Microsoft.Authorization/roleAssignments", "2022-04-01"),
        ("Microsoft.Insights/metricAlerts", "2018-03-01"),
        ("Microsoft.Network/privateEndpoints", "2024-05-01"),
    ):
        answer = azure.get(path, version)
        assert answer.status_code == 404 or answer.json()["value"] == [], path


def test_a_locked_account_is_not_deleted_by_others_and_is_by_its_program(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, principal: str
) -> None:
    stack = deploy(around(True, **everything(principal)))
    stack.up().check()
    refused = azure.send("DELETE", "Microsoft.Automation/automationAccounts/aa-mail")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "ScopeLocked")
    stack.destroy().check()
    assert stack.state() == []
    assert tenant.grants() == []


def test_a_lock_that_does_not_know_what_it_covers_is_warned_of(tenant: LocalTenant, deploy: Deploy) -> None:
    program = around(True, knows=False, resource_group_name="rg-existing", lock="CanNotDelete")
    stack = deploy(program)
    shown = " ".join(stack.up().check().text.split())
    assert "does not know the other resources of the program in the account" in shown
    refused = stack.destroy()
    assert not refused.succeeded
    assert "ScopeLocked" in refused.text
    stack.destroy(target=[stack.state_of("guard-lock")["urn"]]).check()
    stack.destroy().check()
    assert stack.state() == []


def test_without_anybody_to_tell_there_is_no_alert_and_without_a_sink_no_log(
    tenant: LocalTenant, deploy: Deploy, principal: str
) -> None:
    stack = deploy(around(True, resource_group_name="rg-existing"))
    created = stack.up().check().of("create")
    assert not [name for name in created if name.startswith("guard-")]
    stack.destroy().check()


def test_one_role_more_touches_no_other(tenant: LocalTenant, deploy: Deploy, principal: str) -> None:
    one = {"role": "Automation Operator", "principal_id": principal, "principal_type": "ServicePrincipal"}
    other = {**one, "role": "Monitoring Reader"}
    stack = deploy(around(True, resource_group_name="rg-existing", role_assignments=[one]))
    stack.up().check()
    stack.program = around(True, resource_group_name="rg-existing", role_assignments=[other, one])
    assert stack.up().check().changes == {"create": 1}
    stack.program = around(True, resource_group_name="rg-existing", role_assignments=[other])
    assert stack.up().check().changes == {"delete": 1}
    stack.destroy().check()


def test_a_role_that_edits_runbooks_is_warned_of(tenant: LocalTenant, deploy: Deploy, principal: str) -> None:
    editor = {"role": "Automation Contributor", "principal_id": principal, "principal_type": "ServicePrincipal"}
    shown = deploy(around(True, resource_group_name="rg-existing", role_assignments=[editor])).preview().check()
    assert "so do everything in Exchange Online that the account's identity can do" in " ".join(shown.text.split())


@pytest.mark.parametrize("identity_type", list(IdentityType))
def test_a_customer_managed_key_is_opened_by_an_identity_without_grants(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, identity_type: IdentityType
) -> None:
    def program() -> None:
        opener = managedidentity.UserAssignedIdentity(
            "opener", resource_group_name="rg-existing", location="westeurope", resource_name_="id-opener"
        )
        ExchangeAutomationAccount(
            "mail",
            {
                "organization": "contoso.onmicrosoft.com",
                "resource_group_name": "rg-existing",
                "location": "westeurope",
                "account_name": "aa-mail",
                "identity_type": identity_type,
                "public_network_access": False,
                "customer_managed_key": {
                    "key_vault_uri": "https://kv-mail.vault.azure.net/",
                    "key_name": "automation",
                    "key_version": "0123456789abcdef0123456789abcdef",
                    "user_assigned_identity_id": opener.id,
                },
            },
        )
        pulumi.export("opener", opener.principal_id)

    stack = deploy(program)
    outputs = stack.up().check().outputs
    shown = azure.get("Microsoft.Automation/automationAccounts/aa-mail").json()
    assert shown["properties"]["encryption"]["keySource"] == "Microsoft.Keyvault"
    assert shown["properties"]["publicNetworkAccess"] is False
    assert any(identity.lower().endswith("/id-opener") for identity in shown["identity"]["userAssignedIdentities"])
    assert len(tenant.grants()) == 2
    assert outputs["opener"] not in {grant["principalId"] for grant in tenant.grants()}
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


def test_a_customer_managed_key_is_opened_by_the_accounts_own_identity_in_the_second_update(
    tenant: LocalTenant, deploy: Deploy, azure: Azure
) -> None:
    vault = f"/subscriptions/{seed.CONTOSO.subscription_id}/resourceGroups/rg-existing/providers/Microsoft.KeyVault/vaults/kv-mail"
    key = {
        "key_vault_uri": "https://kv-mail.vault.azure.net",
        "key_name": "automation",
        "key_version": "0123456789abcdef",
    }

    def program(with_key: bool) -> Program:
        def run() -> None:
            account = ExchangeAutomationAccount(
                "mail",
                {
                    "organization": "contoso.onmicrosoft.com",
                    "resource_group_name": "rg-existing",
                    "location": "westeurope",
                    "account_name": "aa-mail",
                    **({"customer_managed_key": key} if with_key else {}),  # type: ignore[typeddict-item]
                },
            )
            authorization.RoleAssignment(
                "opens-the-key",
                scope=vault,
                principal_id=account.principal_id,
                principal_type="ServicePrincipal",
                role_definition_id=f"{vault}/providers/Microsoft.Authorization/roleDefinitions/"
                "e147488a-f6f5-4113-8e2d-b22465e65bf6",
            )

        return run

    stack = deploy(program(True))
    refused = stack.up()
    assert not refused.succeeded
    assert "has no access to the key" in refused.text
    stack.program = program(False)
    stack.up().check()
    stack.program = program(True)
    assert stack.up().check().of("update") == ["mail-account"]
    encryption = azure.get("Microsoft.Automation/automationAccounts/aa-mail").json()["properties"]["encryption"]
    assert encryption["keyVaultProperties"]["keyName"] == "automation"
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


def test_the_account_is_linked_with_a_workspace_and_unlinked(tenant: LocalTenant, deploy: Deploy, azure: Azure) -> None:
    workspace = "Microsoft.OperationalInsights/workspaces/log-mail"
    azure.send("PUT", workspace, "2023-09-01", {"location": "westeurope", "properties": {}}).raise_for_status()
    stack = deploy(around(True, resource_group_name="rg-existing", linked_workspace_id=WORKSPACE_ID))
    stack.up().check()
    shown = azure.get(f"{workspace}/linkedServices/Automation", "2023-09-01").json()
    assert shown["properties"]["resourceId"].lower() == ACCOUNT_ID.lower()
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert azure.get(f"{workspace}/linkedServices/Automation", "2023-09-01").status_code == 404
