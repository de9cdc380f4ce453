"""The root program as a platform engineer runs it, with each stack file."""

from __future__ import annotations

import runpy
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pulumi.automation import ConfigValue

from localtenant.process import LocalTenant
from tests.engine.support import Deployment

Deploy = Callable[..., Deployment]
ROOT = Path(__file__).resolve().parents[2]
STACKS = sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in ROOT.glob("stacks/Pulumi.*.yaml"))


def root_program() -> None:
    """Runs ``__main__.py`` as the language host does, with its folder first on the path."""
    sys.path.insert(0, str(ROOT))
    try:
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")
    finally:
        sys.path.remove(str(ROOT))


@pytest.fixture
def root(deploy: Deploy, tmp_path: Path) -> Callable[[str], Deployment]:
    """Creates a stack of a copy of the root project, because a run writes to the project's files."""

    def make(stack: str) -> Deployment:
        work = tmp_path / "stack-0" / "work"
        (work / "stacks").mkdir(parents=True)
        shutil.copy(ROOT / "Pulumi.yaml", work)
        shutil.copy(ROOT / "stacks" / f"Pulumi.{stack}.yaml", work / "stacks")
        return deploy(root_program, stack=stack, project=None)

    return make


def test_the_project_has_a_local_a_development_and_a_production_stack() -> None:
    assert STACKS == ["dev", "local", "prod"]


@pytest.mark.parametrize("stack", STACKS)
def test_every_stack_comes_up_stays_as_it_is_and_leaves_no_grant_behind(
    tenant: LocalTenant, root: Callable[[str], Deployment], stack: str
) -> None:
    deployment = root(stack)
    preview = deployment.preview().check()
    assert any("exchange-access-exchange-" in name and "administrator" in name for name in preview.of("create"))
    outputs = deployment.up().check().outputs
    assert {grant["principalId"] for grant in tenant.grants()} == {outputs["principalId"]}
    assert len(tenant.grants()) == 2
    assert outputs["connectCommand"].startswith("Connect-ExchangeOnline -ManagedIdentity")
    assert deployment.up().check().changes == {}
    deployment.destroy().check()
    assert tenant.grants() == []


def test_all_mistakes_of_a_stack_are_reported_together(tenant: LocalTenant, root: Callable[[str], Deployment]) -> None:
    deployment = root("local")
    for key, value in (("organization", ""), ("identityType", "Managed"), ("tags", "dev")):
        deployment.stack.set_config(f"exchange-automation:{key}", ConfigValue(value))
    failed = deployment.up()
    assert "Stack local: 3 mistakes in its configuration, so nothing was registered" in failed.text
    for expected in ("organization is missing", 'identityType "Managed"', "tags is not"):
        assert expected in failed.text
    assert "Traceback" not in failed.text
    assert deployment.state() == []
