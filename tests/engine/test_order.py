"""In which order access appears and vanishes when people change things, read from the tenant's journal.

docs/operations.md has these orders as a table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple, cast

import pulumi
import pytest

from exchange_automation import ExchangeAccess, ExchangeAccessArgs
from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.programs import account
from tests.engine.recovery import adopt, look
from tests.engine.support import Deployment, Program

Deploy = Callable[..., Deployment]
ROLES = {template: name for name, template in seed.DIRECTORY_ROLES.items()}
APP_ROLES = {identifier: value for value, (identifier, _) in seed.EXCHANGE_APP_ROLES.items()}


Grant = tuple[str, str]
"""What is granted, and to whom."""


class Event(NamedTuple):
    """A grant that appears or vanishes."""

    sign: str
    name: str
    who: str
    time: str


class Watch:
    """What happens to access while a command runs."""

    def __init__(self, tenant: LocalTenant) -> None:
        self.tenant = tenant
        self.before = {grant["id"]: grant for grant in tenant.grants()}
        self.since = len(tenant.request_log())
        self.names: dict[str, str] = {}

    def request_log(self) -> list[dict[str, Any]]:
        """The requests that succeeded."""
        return [
            request for request in self.tenant.request_log()[self.since :] if request["status"] in (200, 201, 202, 204)
        ]

    def events(self) -> list[Event]:
        """Returns the creations and deletions of grants, in the order of the requests."""
        found = []
        left = dict(self.before)
        there = {grant["id"] for grant in self.tenant.grants()}
        for request in self.request_log():
            if request["operation"] in ("POST appRoleAssignedTo", "POST roleAssignments"):
                body = request["body"]
                name = ROLES.get(body.get("roleDefinitionId")) or APP_ROLES[body["appRoleId"]]
                found.append(Event("+", name, body["principalId"], request["time"]))
            elif request["operation"] in ("DELETE appRoleAssignedTo", "DELETE roleAssignments"):
                gone = left.pop(request["path"].partition("?")[0].rsplit("/", 1)[-1])
                found.append(Event("-", gone["grant"], gone["principalId"], request["time"]))
            elif request["operation"] == "PUT automationAccounts" and "SystemAssigned" not in str(
                request["body"]["identity"]
            ):
                # With a system-assigned identity go its grants, without a request of their own.
                gone_with_it = [grant for grant in left.values() if grant["id"] not in there]
                found += [Event("-", grant["grant"], grant["principalId"], request["time"]) for grant in gone_with_it]
                left = {key: grant for key, grant in left.items() if grant["id"] in there}
        return found

    def order(self) -> list[str]:
        """The events in words, the principal as "old" or "new" identity."""
        old = {grant["principalId"] for grant in self.before.values()}
        return [f"{event.sign} {event.name} ({'old' if event.who in old else 'new'})" for event in self.events()]

    def moments(self) -> list[tuple[str, set[Grant]]]:
        """Time and grants before the first event and after each."""
        held = {(grant["grant"], grant["principalId"]) for grant in self.before.values()}
        moments = [("", held)]
        for event in self.events():
            one = {(event.name, event.who)}
            held = held | one if event.sign == "+" else held - one
            moments.append((event.time, held))
        return moments

    def held_at_once(self) -> list[set[str]]:
        """The grants that are held after each event."""
        return [{name for name, _ in held} for _, held in self.moments()]

    def gap(self) -> float | None:
        """Longest time in which no identity has both an app role and a directory role, in seconds of the tenant's clock."""
        began: datetime | None = None
        longest: float | None = None
        for time, held in self.moments():
            if not _works(held):
                began = began or moment(time)
            elif began is not None:
                longest = max(longest or 0.0, (moment(time) - began).total_seconds())
                began = None
        return float("inf") if began is not None else longest


def moment(time: str) -> datetime:
    """A time of the journal."""
    return datetime.fromisoformat(time[:26])


def _works(held: set[Grant]) -> bool:
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
    assert watch.gap() is None


def test_a_new_identity_has_its_grants_before_the_old_one_loses_them(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account())
    stack.up().check()
    watch = Watch(tenant)
    stack.program = account(identity_type="UserAssigned", keep_system_assigned_identity=True)
    stack.up().check()
    order = watch.order()
    assert sorted(order[:2]) == ["+ Exchange Administrator (new)", "+ Exchange.ManageAsApp (new)"]
    assert sorted(order[2:]) == ["- Exchange Administrator (old)", "- Exchange.ManageAsApp (old)"]
    assert watch.gap() is None


def test_back_to_a_system_assigned_identity_in_one_update_without_a_gap(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account(identity_type="UserAssigned"))
    stack.up().check()
    watch = Watch(tenant)
    stack.program = account()
    stack.up().check()
    order = watch.order()
    assert sorted(order[:2]) == ["+ Exchange Administrator (new)", "+ Exchange.ManageAsApp (new)"]
    assert sorted(order[2:]) == ["- Exchange Administrator (old)", "- Exchange.ManageAsApp (old)"]
    assert watch.gap() is None
    assert stack.up().check().changes == {}


@pytest.mark.parametrize(("lag", "gap"), [(0, 0), (20, 31)])
def test_exchanged_in_one_update_access_is_away_until_the_new_identity_has_replicated_and_the_next_update_completes(
    tenant: LocalTenant, deploy: Deploy, lag: int, gap: int
) -> None:
    tenant.reset(lag=lag)
    stack = deploy(account())
    stack.up().check()
    watch = Watch(tenant)
    stack.program = account(identity_type="UserAssigned")
    failed = stack.up()
    assert not failed.succeeded
    assert "is gone from the directory already" in failed.text
    assert "EXA304" in failed.text
    order = watch.order()
    # The grants of the new identity do not wait for the account, whose update ends those of the old one.
    removed = ["- Exchange Administrator (old)", "- Exchange.ManageAsApp (old)"]
    created = ["+ Exchange Administrator (new)", "+ Exchange.ManageAsApp (new)"]
    assert sorted(order) == sorted(removed + created)
    assert (watch.gap() or 0) <= gap + 1
    stack.up().check()
    assert len(tenant.grants()) == 2
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


def test_replacing_a_named_account_leaves_nobody_access_for_as_long_as_replication_takes(
    tenant: LocalTenant, deploy: Deploy
) -> None:
    tenant.reset(lag=20)
    stack = deploy(account())
    stack.up().check()
    watch = Watch(tenant)
    stack.program = account(account_name="aa-other")
    stack.up().check()
    # Five back-offs; on the wall's clock the requests of a busy machine take time as well.
    assert watch.gap() == pytest.approx(34, abs=4)


def test_a_role_removed_by_hand_is_all_that_the_next_update_makes(tenant: LocalTenant, deploy: Deploy) -> None:
    who = principal(tenant)
    stack = deploy(access(who, "Exchange Administrator"))
    stack.up().check()
    [gone] = [grant for grant in tenant.grants() if grant["kind"] == "directoryRole"]
    tenant.remove_object(gone["id"])
    watch = Watch(tenant)
    stack.up().check()
    assert watch.order() == ["+ Exchange Administrator (old)"]


def test_what_is_protected_is_neither_replaced_nor_removed(tenant: LocalTenant, deploy: Deploy) -> None:
    who = principal(tenant)
    stack = deploy(access(who, "Exchange Administrator", protect=True))
    stack.up().check()
    watch = Watch(tenant)
    assert not stack.destroy().succeeded
    stack.program = access(who, "Security Reader", protect=True)
    assert not stack.up().succeeded
    assert watch.order() == ["+ Security Reader (old)"]
    stack.program = access(who, "Exchange Administrator", "Security Reader")
    stack.up().check()
    stack.program = access(who, "Security Reader")
    assert stack.up().check().changes == {"delete": 1}
    stack.destroy().check()
    assert tenant.grants() == []


def test_what_is_adopted_is_not_touched(tenant: LocalTenant, deploy: Deploy) -> None:
    who = principal(tenant)
    tenant.add_grant(who, appRole="Exchange.ManageAsApp")
    tenant.add_grant(who, directoryRole="Exchange Administrator")
    watch = Watch(tenant)
    stack = deploy(access(who, "Exchange Administrator"))
    adopt(stack)
    assert stack.up().check().changes == {}
    assert watch.events() == []


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
    assert watch.gap() is not None


def test_a_replacement_of_an_auto_named_account_is_created_before_the_old_one_is_deleted(
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
    assert watch.gap() is None


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
    assert "If the program renamed it, give it the old name again" in " ".join(failed.text.split())
    assert watch.events() == []

    result, written = look(stack)  # Adopted under its new name, it would be deleted with its old one.
    assert result.code == 2
    assert "post-exchange-manageasapp is in the state already, under the name mail-exchange-manageasapp" in result.text
    assert not written.exists()

    stack.program = access(who, "Exchange Administrator")
    assert stack.up().check().changes == {"delete": 1}  # The new component, which has nothing in it.
    stack.program = access(who, "Exchange Administrator", name="post", aliases=[pulumi.Alias(name="mail")])
    assert stack.up().check().changes == {}
    assert watch.events() == []


def test_a_role_granted_again_by_hand_in_another_scope_is_left_alone(tenant: LocalTenant, deploy: Deploy) -> None:
    who = principal(tenant)
    unit = next(iter(seed.CONTOSO.administrative_units.values()))
    stack = deploy(access(who, "Helpdesk Administrator"))
    stack.up().check()
    theirs = tenant.add_grant(who, directoryRole="Helpdesk Administrator", scope=f"/administrativeUnits/{unit}")
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
