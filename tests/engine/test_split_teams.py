"""Two teams with a program each, deployed with exactly the permissions that the example's README names."""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pulumi import automation as auto

from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.support import Deployment, Program

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "split-teams"
GRAPH = ("Application.Read.All", "AppRoleAssignment.ReadWrite.All", "RoleManagement.ReadWrite.Directory")
RUNBOOKS = "runbooks/count-mailboxes"


@pytest.fixture(autouse=True)
def restore_deployer(tenant: LocalTenant) -> Iterator[None]:
    yield
    tenant.set_deployer(roles=seed.DEPLOYER_GRAPH_ROLES, arm=seed.DEPLOYER_ARM_ROLES)


def program(name: str) -> Program:
    return lambda: runpy.run_path(str(EXAMPLE / name / "__main__.py"), run_name="__main__")


def as_platform_team(tenant: LocalTenant) -> None:
    tenant.set_deployer(roles=(), arm=("Contributor",))


def as_identity_team(tenant: LocalTenant) -> None:
    tenant.set_deployer(roles=GRAPH, arm=())


def test_neither_team_needs_what_the_other_one_has(tenant: LocalTenant, deploy: Callable[..., Deployment]) -> None:
    workload = deploy(program("workload"))
    as_platform_team(tenant)
    principal = str(workload.up().check().outputs["principalId"])
    assert tenant.grants() == []

    grants = deploy(program("grants"), config={"principalId": principal})
    as_identity_team(tenant)
    grants.up().check()
    assert {grant["grant"] for grant in tenant.grants()} == {"Exchange.ManageAsApp", "Global Reader"}
    assert grants.up().check().changes == {}

    as_platform_team(tenant)
    workload.stack.set_config("grantsExist", auto.ConfigValue("true"))
    workload.up().check()
    assert workload.up().check().changes == {}

    as_identity_team(tenant)
    grants.destroy().check()
    assert tenant.grants() == []
    as_platform_team(tenant)
    workload.destroy().check()


def test_the_platform_team_cannot_grant(tenant: LocalTenant, deploy: Callable[..., Deployment]) -> None:
    [identity] = tenant.add_service_principal("aa-mail", servicePrincipalType="ManagedIdentity", lag=0)
    as_platform_team(tenant)
    grants = deploy(program("grants"), config={"principalId": str(identity["id"])})
    assert "EXA205" in grants.up().text
    assert tenant.grants() == []
