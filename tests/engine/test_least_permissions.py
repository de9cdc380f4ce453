"""Deployments with exactly the permissions in docs/permissions.md, and with one of them missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.programs import access, account, apis, application, runbook
from tests.engine.support import Deployment, Program

READ, APP_ROLES, ROLES = (
    "Application.Read.All",
    "AppRoleAssignment.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory",
)
OWNED = "Application.ReadWrite.OwnedBy"
AUTOMATION, MAKE, ASSIGN, STORAGE = (
    "Automation Contributor",
    "Managed Identity Contributor",
    "Managed Identity Operator",
    "Storage Account Contributor",
)


@dataclass(frozen=True)
class Least:
    """What one kind of program needs."""

    make: Callable[..., Program]
    graph: tuple[str, ...]
    azure: tuple[str, ...]
    for_a_principal: bool = False


def user_assigned() -> Program:
    return account(identity_type="UserAssigned")


PROGRAMS = {
    "access": Least(access, (READ, APP_ROLES, ROLES), (), for_a_principal=True),
    "permissions of other APIs": Least(apis, (READ, APP_ROLES, ROLES), (), for_a_principal=True),
    # Whoever may make applications may read service principals as well.
    "application": Least(application, (OWNED, APP_ROLES, ROLES), ()),
    "system-assigned": Least(account, (READ, APP_ROLES, ROLES), (AUTOMATION,)),
    "user-assigned": Least(user_assigned, (READ, APP_ROLES, ROLES), (AUTOMATION, MAKE, ASSIGN)),
    "runbook": Least(runbook, (READ, APP_ROLES, ROLES), (AUTOMATION, STORAGE)),
}
NAMED = {
    READ: (READ,),
    APP_ROLES: (APP_ROLES,),
    ROLES: (ROLES,),
    OWNED: ("EXA205", "Authorization_RequestDenied", "403"),
    AUTOMATION: ("Microsoft.Automation/automationAccounts/read", "Microsoft.Automation/automationAccounts/write"),
    MAKE: ("Microsoft.ManagedIdentity/userAssignedIdentities/write",),
    ASSIGN: ("Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",),
    STORAGE: ("Microsoft.Storage/storageAccounts/write", "Microsoft.Storage/storageAccounts/read"),
}
"""Missing permission -> the permissions of which the failed deployment names one."""


@pytest.fixture(autouse=True)
def everything_again(tenant: LocalTenant) -> Iterator[None]:
    yield
    tenant.set_deployer(roles=seed.DEPLOYER_GRAPH_ROLES, arm=seed.DEPLOYER_ARM_ROLES)


def program_of(least: Least, tenant: LocalTenant) -> Program:
    """Returns the program, with an existing service principal where it needs one."""
    if not least.for_a_principal:
        return least.make()
    arguments: dict[str, Any] = {}
    [created] = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity")
    arguments["principal_id"] = created["id"]
    return least.make(**arguments)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_documented_permissions_are_enough(
    tenant: LocalTenant, deploy: Callable[..., Deployment], name: str
) -> None:
    least = PROGRAMS[name]
    program = program_of(least, tenant)
    tenant.set_deployer(roles=least.graph, arm=least.azure)
    stack = deploy(program)
    stack.up().check()
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


@pytest.mark.parametrize(
    ("name", "taken"),
    [(name, permission) for name, least in PROGRAMS.items() for permission in (*least.graph, *least.azure)],
)
def test_without_one_of_them_the_deployment_fails_names_it_and_can_be_completed(
    tenant: LocalTenant, deploy: Callable[..., Deployment], name: str, taken: str
) -> None:
    least = PROGRAMS[name]
    program = program_of(least, tenant)
    graph, azure = ([permission for permission in kept if permission != taken] for kept in (least.graph, least.azure))
    tenant.set_deployer(roles=graph, arm=azure)
    stack = deploy(program)
    failed = stack.up()
    assert not failed.succeeded
    assert any(sign in " ".join(failed.text.split()) for sign in NAMED[taken]), failed.text
    assert "Traceback" not in failed.text
    tenant.set_deployer(roles=least.graph, arm=least.azure)
    stack.up().check()
    stack.destroy().check()
    assert tenant.grants() == []
