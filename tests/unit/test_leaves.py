"""The leaf modules: names, ids and versions, once, without Pulumi."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_automation.access import connect_command
from exchange_automation.catalog import aging_facts, clouds, directory_roles, exchange_module, resource_ids
from exchange_automation.core.guids import is_guid
from exchange_automation.core.organization import organization_problem
from exchange_automation.runtime import module_versions


def test_role_names_and_template_ids_are_unique_and_well_formed() -> None:
    ids = [role.template_id for role in directory_roles.EXCHANGE_ROLES]
    assert len(ids) == len(set(ids)) == len({role.name for role in directory_roles.EXCHANGE_ROLES}) == 8
    assert all(is_guid(identifier) and identifier == identifier.lower() for identifier in ids)
    assert directory_roles.find_role("no such role") is None
    assert directory_roles.nearest_role_names("exchange recipents")[0] == "Exchange Recipient Administrator"
    assert len(directory_roles.nearest_role_names("zzz")) == 8


@pytest.mark.parametrize(
    ("organization", "environment"),
    [
        ("contoso.onmicrosoft.com", ""),
        ("contoso.onmicrosoft.us", " -ExchangeEnvironmentName O365USGovGCCHigh"),
        ("contoso.partner.onmschina.cn", " -ExchangeEnvironmentName O365China"),
    ],
)
def test_the_cloud_follows_from_the_organization(organization: str, environment: str) -> None:
    assert organization_problem(organization) is None
    command = connect_command.managed_identity_command(organization)
    assert command == f"Connect-ExchangeOnline -ManagedIdentity -Organization {organization}{environment}"


@given(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True))
def test_every_initial_domain_is_taken(label: str) -> None:
    for cloud in clouds.CLOUDS:
        assert organization_problem(label + cloud.organization_suffix) is None


@given(st.text(max_size=40))
def test_no_organization_brings_a_blank_or_quote_into_the_command(text: str) -> None:
    if organization_problem(text) is None:
        assert re.fullmatch(r"[A-Za-z0-9.-]+", text)


def test_the_pairs_of_module_and_powershell() -> None:
    works = {
        (powershell, version)
        for powershell in ("5.1", "7.2", "7.4", "7.6")
        for version in ("3.0.0", "3.4.0", "3.5.0", "3.9.0", "3.10.1", "3.8.1-Preview1")
        if module_versions.versions_problem(powershell, version) is None
    }
    ranges = {
        ("3.0.0", "3.4.0"): ("5.1", "7.2", "7.4"),
        ("3.5.0", "3.9.0", "3.8.1-Preview1"): ("5.1", "7.4", "7.6"),
        ("3.10.1",): ("5.1", "7.6"),
    }
    assert works == {(p, v) for versions, powershells in ranges.items() for v in versions for p in powershells}


def test_a_refused_pair_comes_with_the_pairs_that_work() -> None:
    problem = module_versions.versions_problem("7.2", "3.9.0")
    assert problem is not None
    assert (
        "What works: 3.10.0 and later on PowerShell 5.1 or 7.6; 3.5.0 to before 3.10.0 on PowerShell 5.1, 7.4 or 7.6; 3.0.0 to "
        "before 3.5.0 on PowerShell 5.1, 7.2 or 7.4." in problem.remedy
    )


def test_every_row_of_the_module_tables_has_its_source() -> None:
    sources = [row.source for row in aging_facts.MODULE_REQUIREMENTS]
    sources += [bad.source for bad in aging_facts.KNOWN_BAD_MODULES.values()]
    assert all(source.page.startswith("https://") for source in (*sources, *exchange_module.CLASHING.values()))
    since = [row.since for row in aging_facts.MODULE_REQUIREMENTS]
    assert since == sorted(since, reverse=True)


def test_a_version_that_nobody_looked_at_counts_as_newer() -> None:
    assert not module_versions.is_newer_than_known("3.10.1")
    assert module_versions.is_newer_than_known("3.10.2-Preview1")


@pytest.mark.parametrize("version", aging_facts.KNOWN_BAD_MODULES)
def test_a_known_bad_version_is_refused(version: str) -> None:
    problem = module_versions.versions_problem("7.4", version)
    assert problem is not None
    assert "has a known fault" in problem.what


def test_the_defaults_work_together() -> None:
    pair = aging_facts.DEFAULT_POWERSHELL, aging_facts.DEFAULT_MODULE_VERSION
    assert module_versions.versions_problem(*pair) is None


def test_resource_ids_compare_without_case() -> None:
    one = "/subscriptions/s/resourceGroups/RG/providers/Microsoft.Automation/automationAccounts/AA"
    parts = resource_ids.parse(one.replace("Microsoft", "microsoft"), resource_ids.AUTOMATION_ACCOUNT)
    assert parts == resource_ids.ResourceId("s", "RG", "AA")
    assert resource_ids.same(one, one.lower() + "/")
    assert resource_ids.parse(one + "/runbooks/x", resource_ids.AUTOMATION_ACCOUNT) is None


def test_importing_the_package_imports_neither_a_provider_nor_the_engine() -> None:
    program = (
        "import sys, exchange_automation as e; heavy = {'pulumi', 'pulumi_azuread', 'pulumi_azure_native'};"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules); e.ExchangeAccess; assert 'pulumi' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_public_name_can_be_imported_and_no_other() -> None:
    import exchange_automation  # noqa: PLC0415  (what is under test)

    for name in exchange_automation.__all__:
        assert getattr(exchange_automation, name) is not None
    assert dir(exchange_automation) == sorted(exchange_automation.__all__)
    with pytest.raises(AttributeError):
        exchange_automation.nothing  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("powershell", "day", "ended"),
    [
        ("7.4", dt.date(2026, 11, 10), None),
        ("7.4", dt.date(2026, 11, 11), "ended on 10 November 2026"),
        ("7.2", dt.date(2026, 1, 1), "ended on 8 November 2024"),
        ("7.6", dt.date(2028, 11, 14), None),
        ("5.1", dt.date(2099, 1, 1), None),
    ],
)
def test_the_end_of_support_is_warned_of_with_its_date(powershell: str, day: dt.date, ended: str | None) -> None:
    warning = module_versions.end_of_support(powershell, day)
    assert (warning is None) == (ended is None)
    if ended is not None and warning is not None:
        assert ended in warning
        assert "prepared_pins" in warning
