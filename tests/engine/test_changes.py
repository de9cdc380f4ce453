"""What docs/operations.md promises about changes that people make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from exchange_automation import ExchangeAccess, ExchangeAutomationAccount, ExchangeAutomationAccountArgs
from localtenant.process import LocalTenant
from localtenant.state import seed
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
    [made] = tenant.add_service_principal("mail-job", servicePrincipalType="ManagedIdentity")
    return str(made["id"])


def test_a_grant_that_was_removed_by_hand_is_made_again(tenant: LocalTenant, deploy: Deploy) -> None:
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
