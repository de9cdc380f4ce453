"""The landing zone of the examples, on the platform's stack, in two tenants and three subscriptions."""

from __future__ import annotations

import os
import runpy
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.automation import ConfigValue

from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.azure import Azure
from tests.engine.support import Deployment, Program
from tests.policies.support import PACK, launcher

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "examples" / "landing-zone"
PLATFORM = seed.CONTOSO.further_subscription_ids[0]
LINK = "Microsoft.Network/privateDnsZones/virtualNetworkLinks"
TAGS = {"costCenter": "4711", "owner": "messaging-team@contoso.com", "environment": "prod"}
NAMED = {
    "Microsoft.Automation/automationAccounts",
    "Microsoft.ManagedIdentity/userAssignedIdentities",
    "Microsoft.Network/virtualNetworks",
    "Microsoft.Resources/resourceGroups",
}
"""Types that the program names, by its convention."""


def program(name: str) -> Program:
    """One of the example's two programs, run as the language host does: with its own modules."""
    folder = EXAMPLE / name

    def run() -> None:
        for module in [loaded for loaded in sys.modules if loaded.split(".")[0] == "landing_zone"]:
            del sys.modules[module]
        sys.path.insert(0, str(folder))
        try:
            runpy.run_path(str(folder / "__main__.py"), run_name="__main__")
        finally:
            sys.path.remove(str(folder))

    return run


class Both:
    """The two stacks on one backend, each in a copy of its project: a run writes to the project's files."""

    def __init__(self, tenant: LocalTenant, directory: Path) -> None:
        self._backend = directory / "backend"
        self._backend.mkdir()
        path = f"{launcher(directory / 'launcher')}{os.pathsep}{os.environ['PATH']}"
        self._environment = {"PULUMI_BACKEND_URL": self._backend.as_uri(), "PATH": path}
        self._tenant, self._directory = tenant, directory
        self.platform = self._stack("platform")
        self.exchange = self._stack("exchange")
        self.exchange.stack.set_config(
            "landing-zone:secrets.fabrikam", ConfigValue(seed.FABRIKAM.client_secret, secret=True), path=True
        )

    def _stack(self, name: str) -> Deployment:
        work = self._directory / name / "work"
        work.mkdir(parents=True)
        (work.parent / "backend").symlink_to(self._backend)
        for file in ("Pulumi.yaml", "Pulumi.prod.yaml"):
            shutil.copy(EXAMPLE / name / file, work)
        return Deployment(
            self._directory / name,
            self._tenant,
            program(name),
            stack="prod",
            project=None,
            environment=self._environment,
        )


@pytest.fixture
def both(tenant: LocalTenant, engine: None, tmp_path: Path) -> Both:
    return Both(tenant, tmp_path)


def everything(tenant: LocalTenant) -> dict[str, list[dict[str, Any]]]:
    """Resource groups and resources of every subscription: subscription -> what Azure lists."""
    planted = {subscription: Azure(tenant, by) for by in seed.TENANTS for subscription in by.subscription_ids}
    return {subscription: azure.listed(subscription) for subscription, azure in planted.items()}


def test_the_landing_zone_comes_up_on_the_platform_keeps_every_policy_stays_and_goes(
    tenant: LocalTenant, both: Both
) -> None:
    before = everything(tenant)
    both.platform.up().check()
    created = both.exchange.up(policy_packs=[str(PACK)]).check()
    assert created.violations == []

    # Two accounts of their own in two tenants with two grants each; one shared identity with two grants.
    grants = tenant.grants()
    principals = created.outputs["principalIds"]
    assert principals["joiners"] == principals["leavers"]
    assert {grant["principalId"] for grant in grants} == set(principals.values())
    assert {grant["tenant"] for grant in grants} == {seed.CONTOSO.tenant_id, seed.FABRIKAM.tenant_id}
    shared = [grant for grant in grants if grant["principalId"] == principals["joiners"]]
    assert len(shared) == 2
    assert {grant["scope"] for grant in grants} == {"/"}

    after = everything(tenant)
    for subscription, listed in after.items():
        for resource in listed:
            if resource in before[subscription] or (subscription == PLATFORM and resource["type"] != LINK):
                continue
            assert resource["tags"].items() >= TAGS.items(), resource["id"]
            assert "-prod-weu" in resource["name"] or resource["type"] not in NAMED, resource["id"]
    assert [resource["type"] for resource in after[PLATFORM]].count(LINK) == 1

    assert both.exchange.up().check().changes == {}
    # The platform cannot delete what the landing zone uses.
    assert "CannotDeleteResource" in both.platform.destroy().text
    both.exchange.destroy().check()
    assert tenant.grants() == []
    both.platform.destroy().check()
    assert everything(tenant) == before


ZONE = "privatelink.azure-automation.net"
GIVEN = f"/subscriptions/{PLATFORM}/resourceGroups/rg-platform/providers/Contoso.Platform/things/one"
INCOMPLETE: tuple[tuple[dict[str, Any], str], ...] = (
    (
        {},
        f'has no resource id in workspaceId and privateDnsZoneIds["{ZONE}"], so nothing was created. It has: no outputs.',
    ),
    (
        {"workspaceId": GIVEN, "privateDnsZoneIds": {ZONE: "/subscriptions/x"}},
        f'has no resource id in privateDnsZoneIds["{ZONE}"]',
    ),
)


def stating(outputs: Mapping[str, Any]) -> Program:
    """A platform that makes nothing and says this."""

    def run() -> None:
        for name, value in outputs.items():
            pulumi.export(name, value)

    return run


def test_a_platform_without_the_outputs_is_reported_and_nothing_is_created(tenant: LocalTenant, both: Both) -> None:
    before = everything(tenant)
    for outputs, expected in INCOMPLETE:
        both.platform.program = stating(outputs)
        both.platform.up().check()
        failed = both.exchange.up()
        assert not failed.succeeded
        text = " ".join(failed.text.split())
        assert 'The stack "organization/exchange-platform/prod"' in text
        assert expected in text
        assert "Deploy the platform first, or correct landing-zone:platformStack." in text
        assert "Traceback" not in failed.text
        assert everything(tenant) == before
        assert tenant.grants() == []
        created = [resource["type"] for resource in both.exchange.state() if resource["custom"]]
        assert created == []


def test_all_mistakes_of_the_settings_are_reported_together(tenant: LocalTenant, both: Both) -> None:
    for key, value in {
        "location": "moon",
        "addressSpace": "10.64",
        "accounts.reports.tenant": "northwind",
        "accounts.joiners.role": "Global Reader",
        "accounts.leavers.identity": "senders",
        "identities.recipients.unit": "Berlin",
    }.items():
        both.exchange.stack.set_config(f"landing-zone:{key}", ConfigValue(value), path=True)
    failed = both.exchange.preview()
    for expected in (
        'location "moon" has no short name. Use westeurope',
        'addressSpace "10.64" is not a network such as 10.64.0.0/24.',
        'accounts["reports"].tenant "northwind" is not one of tenants: contoso, fabrikam.',
        'accounts["joiners"] needs either role',
        'accounts["leavers"].identity "senders" is not one of the identities of its tenant.',
        'identities["recipients"] is not a mapping with role, tenant.',
    ):
        assert expected in failed.text
    assert "Traceback" not in failed.text
