"""In which order access appears and vanishes when people change things, read from the tenant's journal.

docs/operations.md has these orders as a table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest

from exchange_automation import ExchangeAccess, ExchangeAccessArgs
from localtenant import seed
from localtenant.process import LocalTenant
from tests.engine.programs import account
from tests.engine.recovery import look
from tests.engine.support import Deployment, Program

Deploy = Callable[..., Deployment]
ROLES = {template: name for name, template in seed.DIRECTORY_ROLES.items()}
APP_ROLES = {identifier: value for value, (identifier, _) in seed.EXCHANGE_APP_ROLES.items()}


class Watch:
    """What happens to access while a command runs."""

    def __init__(self, tenant: LocalTenant) -> None:
        self.tenant = tenant
        self.before = {grant["id"]: grant for grant in tenant.grants()}
        self.since = len(tenant.journal())
        self.names: dict[str, str] = {}

    def events(self) -> list[tuple[str, str, str]]:
        """Sign, grant and principal of each grant made or removed, in the order of the requests."""
        found = []
        for each in self.tenant.journal()[self.since :]:
            if each["status"] not in (200, 201, 204):
                continue
            if each["operation"] in ("POST appRoleAssignedTo", "POST roleAssignments"):
                body = each["body"]
                name = ROLES.get(body.get("roleDefinitionId")) or APP_ROLES[body["appRoleId"]]
                found.append(("+", name, body["principalId"]))
            elif each["operation"] in ("DELETE appRoleAssignedTo", "DELETE roleAssignments"):
                gone = self.before[each["path"].partition("?")[0].rsplit("/", 1)[-1]]
                found.append(("-", gone["grant"], gone["principalId"]))
        return found

    def order(self) -> list[str]:
        """The events in words, the principal as "old" or "new" identity."""
        old = {grant["principalId"] for grant in self.before.values()}
        return [f"{sign} {name} ({'old' if who in old else 'new'})" for sign, name, who in self.events()]

    def held_at_once(self) -> list[set[str]]:
        """The grants that are held after each event."""
        held = {(grant["grant"], grant["principalId"]) for grant in self.before.values()}
        moments = [{name for name, _ in held}]
        for sign, name, who in self.events():
            held = held | {(name, who)} if sign == "+" else held - {(name, who)}
            moments.append({name for name, _ in held})
        return moments

    def without_access(self) -> bool:
        """Whether there is a moment in which no identity has both an app role and a directory role."""
        held = [(grant["grant"], grant["principalId"]) for grant in self.before.values()]
        for sign, name, who in self.events():
            held = [*held, (name, who)] if sign == "+" else [each for each in held if each != (name, who)]
            if not _works(held):
                return True
        return False


def _works(held: list[tuple[str, str]]) -> bool:
    people = {who for _, who in held}
    mine = ({name for name, who in held if who == person} for person in people)
    return any(grants & set(seed.EXCHANGE_APP_ROLES) and grants & set(seed.DIRECTORY_ROLES) for grants in mine)


def access(principal_id: str, *roles: str, name: str = "mail", **options: Any) -> Program:
    """One ExchangeAccess with these roles."""
    args = {"principal_id": principal_id, "directory_roles": [{"role": role} for role in roles]}

    def program() -> None:
        ExchangeAccess(name, cast("ExchangeAccessArgs", args), pulumi.ResourceOptions(**options))

    return program


def principal(tenant: LocalTenant) -> str:
    [made] = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity", lag=0)
    return str(made["id"])


def test_a_changed_role_is_held_beside_the_old_one_and_nothing_else_is(tenant: LocalTenant, deploy: Deploy) -> None:
    who = principal(tenant)
    stack = deploy(access(who, "Exchange Administrator"))
    stack.up().check()
    watch = Watch(tenant)
    stack.program = access(who, "Exchange Recipient Administrator")
    stack.up().check()
    assert watch.order() == ["+ Exchange Recipient Administrator (old)", "- Exchange Administrator (old)"]
    union = {"Exchange.ManageAsApp", "Exchange Administrator", "Exchange Recipient Administrator"}
    assert all(held <= union for held in watch.held_at_once())
    assert not watch.without_access()


def test_a_new_identity_has_its_grants_before_the_old_one_loses_them(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account())
    stack.up().check()
    watch = Watch(tenant)
    stack.program = account(identity_type="UserAssigned", keep_system_assigned_identity=True)
    stack.up().check()
    order = watch.order()
    assert sorted(order[:2]) == ["+ Exchange Administrator (new)", "+ Exchange.ManageAsApp (new)"]
    assert sorted(order[2:]) == ["- Exchange Administrator (old)", "- Exchange.ManageAsApp (old)"]
    assert not watch.without_access()


@pytest.mark.parametrize("change", [{"account_name": "aa-other"}, {"location": "northeurope"}])
def test_an_account_that_is_replaced_is_deleted_first_so_access_is_away_meanwhile(
    tenant: LocalTenant, deploy: Deploy, change: dict[str, Any]
) -> None:
    stack = deploy(account())
    stack.up().check()
    watch = Watch(tenant)
    stack.program = account(**change)
    stack.up().check()
    order = watch.order()
    assert sorted(order[:2]) == ["- Exchange Administrator (old)", "- Exchange.ManageAsApp (old)"]
    assert sorted(order[2:]) == ["+ Exchange Administrator (new)", "+ Exchange.ManageAsApp (new)"]
    assert watch.without_access()


def test_an_account_with_a_name_of_pulumis_own_is_made_anew_before_the_old_one_goes(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    stack = deploy(account(account_name=None))
    stack.up().check()
    watch = Watch(tenant)
    stack.program = account(account_name=None, location="northeurope")
    stack.up().check()
    order = watch.order()
    assert sorted(order[:2]) == ["+ Exchange Administrator (new)", "+ Exchange.ManageAsApp (new)"]
    assert sorted(order[2:]) == ["- Exchange Administrator (old)", "- Exchange.ManageAsApp (old)"]
    assert not watch.without_access()


def test_a_new_name_or_parent_with_an_alias_touches_no_grant(tenant: LocalTenant, deploy: Deploy) -> None:
    who = principal(tenant)
    stack = deploy(access(who, "Exchange Administrator"))
    stack.up().check()
    watch = Watch(tenant)
    stack.program = access(who, "Exchange Administrator", name="post", aliases=[pulumi.Alias(name="mail")])
    assert stack.up().check().changes == {}

    def moved() -> None:
        parent = pulumi.ComponentResource("landing:zone:Mail", "zone")
        args: ExchangeAccessArgs = {"principal_id": who, "directory_roles": [{"role": "Exchange Administrator"}]}
        alias = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
        ExchangeAccess("post", args, pulumi.ResourceOptions(parent=parent, aliases=[alias]))

    stack.program = moved
    assert stack.up().check().changes == {"create": 1}  # The parent itself.
    assert watch.events() == []


def test_a_new_name_without_an_alias_finds_the_grants_there_and_loses_none(tenant: LocalTenant, deploy: Deploy) -> None:
    who = principal(tenant)
    stack = deploy(access(who, "Exchange Administrator"))
    stack.up().check()
    watch = Watch(tenant)
    stack.program = access(who, "Exchange Administrator", name="post")
    failed = stack.up()
    assert not failed.succeeded
    assert "before it was renamed" in " ".join(failed.text.split())
    assert watch.events() == []

    said, written = look(stack)  # Adopted under its new name, it would be deleted with its old one.
    assert said.code == 2
    assert "post-exchange-manageasapp is in the state already, under the name mail-exchange-manageasapp" in said.text
    assert not written.exists()

    stack.program = access(who, "Exchange Administrator")
    assert stack.up().check().changes == {"delete": 1}  # The new component, which has nothing in it.
    stack.program = access(who, "Exchange Administrator", name="post", aliases=[pulumi.Alias(name="mail")])
    assert stack.up().check().changes == {}
    assert watch.events() == []


def test_a_role_granted_again_by_hand_in_another_scope_is_left_to_who_made_it(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    who = principal(tenant)
    stack = deploy(access(who, "Exchange Administrator"))
    stack.up().check()
    theirs = tenant.add_grant(who, directoryRole="Exchange Administrator", scope=f"/{who}")
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert [grant["id"] for grant in tenant.grants()] == [theirs["id"]]


def test_a_grant_taken_out_of_the_program_but_retained_stays(tenant: LocalTenant, deploy: Deploy) -> None:
    who = principal(tenant)
    stack = deploy(access(who, "Exchange Administrator", retain_on_delete=True))
    stack.up().check()
    watch = Watch(tenant)
    stack.program = lambda: None
    stack.up().check()
    assert watch.events() == []
    assert len(tenant.grants()) == 2
