"""What docs/operations.md promises about changes that people make."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from pulumi import automation as auto

from exchange_automation import (
    ApiPermissions,
    ExchangeAccess,
    ExchangeAccountAssets,
    ExchangeAutomationAccount,
    ExchangeAutomationAccountArgs,
    ExchangeRunbook,
)
from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.cli.support import graph
from tests.engine.azure import Azure
from tests.engine.programs import GROUP, runbook
from tests.engine.support import Deployment, Program

Deploy = Callable[..., Deployment]


def account(**arguments: Any) -> Program:
    """A program with one account."""
    given = {
        "organization": "contoso.onmicrosoft.com",
        "resource_group_name": seed.EXISTING_RESOURCE_GROUP,
        "account_name": "aa-mail",
        "location": "westeurope",
        **arguments,
    }

    def program() -> None:
        ExchangeAutomationAccount("mail", cast("ExchangeAutomationAccountArgs", given))

    return program


def access(principal_id: str) -> Program:
    """A program with one access."""

    def program() -> None:
        ExchangeAccess("mail", {"principal_id": principal_id})

    return program


def principal(tenant: LocalTenant) -> str:
    [created] = tenant.add_service_principal("mail-job", servicePrincipalType="ManagedIdentity")
    return str(created["id"])


def test_a_grant_that_was_removed_by_hand_is_created_again(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(access(principal(tenant)))
    stack.up().check()
    for gone in tenant.grants():
        tenant.remove_object(gone["id"])
        healed = stack.up().check()
        assert healed.changes == {"create": 1}
        assert len(tenant.grants()) == 2
    assert stack.up().check().changes == {}


def test_a_grant_that_was_removed_by_hand_does_not_stop_a_destroy(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(access(principal(tenant)))
    stack.up().check()
    tenant.remove_object(tenant.grants()[0]["id"])
    stack.destroy().check()
    assert tenant.grants() == []


def test_exchange_online_with_another_object_id_and_app_role_id_gets_one_new_grant(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    stack = deploy(access(principal(tenant)))
    stack.up().check()
    [old] = [grant for grant in tenant.grants() if grant["kind"] == "appRole"]
    tenant.remove_object(old["resourceId"])
    [new] = tenant.add_service_principal("Exchange", appId=seed.EXCHANGE_APP_ID, servicePrincipalType="Application")
    tenant.set_deployer(
        roles=["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]
    )
    role = {"id": "aaaaaaaa-0000-4000-8000-000000000001", "value": "Exchange.ManageAsApp", "isEnabled": True}
    role |= {"allowedMemberTypes": ["Application"], "displayName": "Manage Exchange", "description": "As application"}
    graph(tenant, "PATCH", f"servicePrincipals/{new['id']}", {"appRoles": [role]})
    assert stack.up().check().changes == {"create": 1}
    [grant] = [grant for grant in tenant.grants() if grant["kind"] == "appRole"]
    assert (grant["resourceId"], grant["grantId"]) == (new["id"], role["id"])
    assert stack.up().check().changes == {}


def test_without_a_refresh_a_destroy_says_that_the_grant_is_gone_and_with_one_it_passes(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    stack = deploy(access(principal(tenant)), project="name: exchange-test\nruntime: python\n")
    stack.up().check()
    [gone] = [grant for grant in tenant.grants() if grant["kind"] == "directoryRole"]
    tenant.remove_object(gone["id"])
    failed = stack.destroy()
    assert not failed.succeeded
    assert "404" in failed.text
    stack.destroy(refresh=True).check()
    assert tenant.grants() == []


def test_a_system_assigned_identity_is_exchanged_for_a_user_assigned_one_in_two_clean_updates(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    stack = deploy(account())
    stack.up().check()
    [old] = {grant["principalId"] for grant in tenant.grants()}

    stack.program = account(identity_type="UserAssigned", keep_system_assigned_identity=True)
    stack.up().check()
    [new] = {grant["principalId"] for grant in tenant.grants()}
    assert new != old
    assert len(tenant.grants()) == 2

    stack.program = account(identity_type="UserAssigned")
    assert stack.up().check().changes == {"update": 1}
    assert {grant["principalId"] for grant in tenant.grants()} == {new}
    assert stack.up().check().changes == {}

    stack.program = account()
    assert len(stack.up().check().of("create-replacement")) == 2
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


SCRIPT = "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com\nDisconnect-ExchangeOnline\n"


def spelled(spell: Callable[[str], str], principal_id: str) -> Program:
    """A program whose places, roles, scopes and ids have a spelling."""
    unit = next(iter(seed.CONTOSO.administrative_units.values()))

    def program() -> None:
        place = {"resource_group_name": spell(seed.EXISTING_RESOURCE_GROUP), "location": spell("West Europe")}
        created = ExchangeAutomationAccount(
            "mail",
            cast(
                "ExchangeAutomationAccountArgs",
                {
                    **place,
                    "organization": "contoso.onmicrosoft.com",
                    "account_name": "aa-Mail",
                    "identity_type": "UserAssigned",
                    "user_assigned_identity_name": "id-Mail",
                },
            ),
        )
        role = {"role": spell("Helpdesk Administrator"), "scope": spell(f"/administrativeUnits/{unit}")}
        ExchangeAccess("job", cast("Any", {"principal_id": spell(principal_id), "directory_roles": [role]}))
        permissions = {spell("Microsoft Graph"): ["User.Read.All"]}
        ApiPermissions("apis", {"principal_id": spell(principal_id), "permissions": permissions})
        there: Any = {
            "resource_group_name": spell(seed.EXISTING_RESOURCE_GROUP),
            "automation_account_name": created.account_name,
        }
        report = {
            "runbook_name": "Daily-Report",
            "runtime_environment_name": created.runtime_environment_name,
            "source": {"text": SCRIPT},
            "schedules": [{"frequency": "Day"}],
        }
        ExchangeRunbook("report", cast("Any", {**there, **report}))
        assets = {
            "variables": {"Days": {"value": 1}},
            "credentials": {"Graph-User": {"user_name": "a", "password": "b"}},
        }
        ExchangeAccountAssets("assets", cast("Any", {**there, **assets}))

    return program


def test_the_letter_case_of_places_roles_scopes_and_ids_changes_nothing(tenant: LocalTenant, deploy: Deploy) -> None:
    principal_id = principal(tenant)
    stack = deploy(spelled(str, principal_id))
    stack.up().check()
    for spell in (str.lower, str.upper):
        stack.program = spelled(spell, principal_id)
        changed = stack.up().check()
        assert changed.changes == {}, changed.text


def test_a_replaced_account_leaves_no_grant_of_the_old_one(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account())
    stack.up().check()
    [old] = {grant["principalId"] for grant in tenant.grants()}
    stack.program = account(account_name="aa-other")
    first = stack.up()
    if not first.succeeded:
        stack.up().check()
    [new] = {grant["principalId"] for grant in tenant.grants()}
    assert new != old
    assert len(tenant.grants()) == 2
    stack.destroy().check()
    assert tenant.grants() == []


def test_an_account_that_was_moved_keeps_its_grants_when_the_state_gets_the_new_ids_and_when_the_stack_is_renamed(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    azure = Azure(tenant)
    groups = f"/subscriptions/{azure.planted.subscription_id}/resourceGroups"
    stack = deploy(runbook())
    stack.up().check()
    before = tenant.grants()
    azure.request("PUT", f"{groups}/rg-new", "2024-03-01", {"location": "westeurope"}).raise_for_status()
    ids = [
        resource["id"]
        for resource in stack.state()
        if resource["type"].endswith((":AutomationAccount", ":StorageAccount"))
    ]
    moved = {"resources": ids, "targetResourceGroup": f"{groups}/rg-new"}
    azure.request("POST", f"{groups}/{GROUP}/moveResources", "2024-03-01", moved).raise_for_status()
    assert tenant.grants() == before

    exported = stack.stack.export_stack()
    text = json.dumps(exported.deployment).replace(f"/resourceGroups/{GROUP}/", "/resourceGroups/rg-new/")
    text = text.replace(f'"resourceGroupName": "{GROUP}"', '"resourceGroupName": "rg-new"')
    stack.stack.import_stack(auto.Deployment(version=exported.version, deployment=json.loads(text)))
    stack.program = runbook(resource_group_name="rg-new")
    updated = stack.up().check()
    touched = {name for operation, name in updated.steps if operation not in ("same", "refresh")}
    assert touched == {
        *("report-content", "report-content-file", "report-content-record", "report-runbook"),
        "report-day-at-0630-europe-berlin-link",
    }
    assert tenant.grants() == before
    assert stack.up().check().changes == {}

    stack.stack.rename("renamed")
    assert stack.up().check().changes == {}
    assert tenant.grants() == before
