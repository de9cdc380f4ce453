"""Each rule fails a program that breaks it and passes one that keeps it, on the engine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
import pulumi_azuread as azuread
import pytest
from pulumi_azure_native import automation, managedidentity

from exchange_automation import ExchangeAccess, ExchangeAutomationAccount, ExchangeRunbook
from exchange_policies import RULES
from exchange_policies.grants import MANAGE_AS_APP
from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.engine.programs import account
from tests.engine.support import Outcome, Program, program_of
from tests.policies.support import ALL_MANDATORY, Judged, certificate

SOMEBODY = seed.CONTOSO.principal_object_id
GROUP = "rg-existing"
HASH = {"algorithm": "SHA256", "value": "0" * 64}
BY_COMPONENTS = "exchange-grants-through-components"


def access(**args: Any) -> Program:
    return program_of(lambda: ExchangeAccess("mail", {"principal_id": SOMEBODY, **args}))  # type: ignore[typeddict-item]


def role(name: str) -> Program:
    return access(directory_roles=[{"role": name}], allow_global_administrator=True)


def app_role_by_hand() -> None:
    azuread.AppRoleAssignment(
        "by-hand",
        app_role_id=MANAGE_AS_APP,
        principal_object_id=SOMEBODY,
        resource_object_id=seed.CONTOSO.exchange_object_id,
    )


def role_by_hand() -> None:
    """A directory role for an identity that is not there yet, so its object id is unknown."""
    identity = managedidentity.UserAssignedIdentity("identity", resource_group_name=GROUP, location="westeurope")
    azuread.DirectoryRoleAssignment(
        "by-hand", role_id=seed.DIRECTORY_ROLES["Exchange Administrator"], principal_object_id=identity.principal_id
    )


def ended_runtime(name: str) -> automation.RuntimeEnvironment:
    return automation.RuntimeEnvironment(
        name,
        resource_group_name=GROUP,
        automation_account_name=plain_account("account").name,
        runtime_environment_name=name,
        language="PowerShell",
        version="7.2",
    )


def plain_account(name: str, **args: Any) -> automation.AutomationAccount:
    given = {"disable_local_auth": True, "public_network_access": False, **args}
    return automation.AutomationAccount(
        name, resource_group_name=GROUP, location="westeurope", sku={"name": "Basic"}, **given
    )


def shared_identity() -> None:
    identity = managedidentity.UserAssignedIdentity("identity", resource_group_name=GROUP, location="westeurope")
    ExchangeAutomationAccount(
        "mail",
        {
            "organization": "contoso.onmicrosoft.com",
            "resource_group_name": GROUP,
            "public_network_access": False,
            "identity_type": "UserAssigned",
            "user_assigned_identity_id": identity.id,
        },
    )
    plain_account("other", identity={"type": "UserAssigned", "user_assigned_identities": [identity.id]})


def package(**link: Any) -> Program:
    def program() -> None:
        automation.Package(
            "module",
            resource_group_name=GROUP,
            automation_account_name="aa",
            runtime_environment_name="exchange",
            content_link=cast("automation.ContentLinkArgsDict", link),
        )

    return program


def runbook(**link: Any) -> Program:
    def program() -> None:
        automation.Runbook(
            "report",
            resource_group_name=GROUP,
            automation_account_name="aa",
            runbook_type="PowerShell",
            location="westeurope",
            publish_content_link=cast("automation.ContentLinkArgsDict", link),
        )

    return program


VIOLATIONS: Mapping[str, tuple[Program, set[tuple[str, str]]]] = {
    "no-global-administrator": (
        role("Global Administrator"),
        {("no-global-administrator", "mail-global-administrator")},
    ),
    "directory-role-allowed": (
        role("Compliance Administrator"),
        {("directory-role-allowed", "mail-compliance-administrator")},
    ),
    BY_COMPONENTS: (app_role_by_hand, {(BY_COMPONENTS, "by-hand"), ("both-grants-together", "by-hand")}),
    "both-grants-together": (
        access(permissions_from_exchange_role_group=True),
        {("both-grants-together", "mail-exchange-manageasapp")},
    ),
    "identity-not-shared": (shared_identity, {("identity-not-shared", "other")}),
    "local-authentication-off": (
        program_of(lambda: plain_account("open", disable_local_auth=False)),
        {("local-authentication-off", "open")},
    ),
    "public-network-access-off": (
        program_of(lambda: plain_account("open", public_network_access=None)),
        {("public-network-access-off", "open")},
    ),
    "runtime-module-pinned": (
        package(uri="https://www.powershellgallery.com/api/v2/package/ExchangeOnlineManagement"),
        {("runtime-module-pinned", "module")},
    ),
    "runtime-powershell-supported": (
        program_of(lambda: ended_runtime("old")),
        {("runtime-powershell-supported", "old")},
    ),
    "runbook-text-from-repository": (
        runbook(uri="https://raw.example.com/main/report.ps1", content_hash=HASH, version="1.0.0.0"),
        {("runbook-text-from-repository", "report")},
    ),
    "certificate-lifetime": (
        program_of(
            lambda: azuread.ApplicationCertificate(
                "long",
                application_id=f"/applications/{seed.CONTOSO.application_object_id}",
                type="AsymmetricX509Cert",
                value=certificate(730),
            )
        ),
        {("certificate-lifetime", "long")},
    ),
}
"""A program that breaks each rule, and all violations with their resources."""


def clean() -> None:
    """Registers what the rules check, without a violation; a preview knows none of the outputs."""
    mail = ExchangeAutomationAccount(
        "mail",
        {
            "organization": "contoso.onmicrosoft.com",
            "resource_group_name": GROUP,
            "location": "westeurope",
            "public_network_access": False,
            "identity_type": "UserAssigned",
            "directory_roles": [{"role": "Exchange Recipient Administrator"}, {"role": "Global Reader"}],
        },
    )
    ExchangeRunbook(
        "report",
        {
            "resource_group_name": GROUP,
            "automation_account_name": mail.account_name,
            "runtime_environment_name": mail.runtime_environment_name,
            "source": {"text": "Get-Date"},
            "location": "westeurope",
        },
    )
    other = managedidentity.UserAssignedIdentity("other", resource_group_name=GROUP, location="westeurope")
    plain_account("other-account", identity={"type": "UserAssigned", "user_assigned_identities": [other.id]})
    pulumi.export("principalId", mail.principal_id)


@pytest.fixture(scope="module")
def judged(module_tenant: LocalTenant, engine: None, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """One stack for all previews: they change nothing."""
    return Judged(tmp_path_factory.mktemp("judged"), module_tenant)


@pytest.fixture
def apart(tenant: LocalTenant, engine: None, tmp_path: Path) -> Judged:
    """A stack of the test's own."""
    return Judged(tmp_path, tenant)


def reported(outcome: Outcome) -> set[tuple[str, str]]:
    """Rule and logical name of each violation."""
    return {(rule, name) for rule, _, name in outcome.violations}


def test_every_rule_has_a_program_that_breaks_it() -> None:
    assert set(VIOLATIONS) == {rule.name for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_rule_fails_a_program_that_breaks_it(judged: Judged, rule: Any) -> None:
    program, expected = VIOLATIONS[rule.name]
    outcome = judged.run("preview", program, {rule.name: {"enforcementLevel": "mandatory"}})
    assert not outcome.succeeded
    assert {(name, level) for name, level, _ in outcome.violations} >= {(rule.name, "mandatory")}
    assert reported(outcome) == expected
    assert rule.remedy in outcome.text
    assert rule.statement in outcome.text


def test_a_program_that_keeps_every_rule_passes_before_and_after_its_values_are_known(
    tenant: LocalTenant, apart: Judged
) -> None:
    before, created, after = (
        apart.run(command, clean, ALL_MANDATORY).check() for command in ("preview", "up", "preview")
    )
    for outcome in (before, created, after):
        assert outcome.violations == []
        assert "can't run policy" not in outcome.text
    assert after.changes == {}
    assert len(tenant.grants()) == 3
    apart.deployment.destroy().check()
    assert tenant.grants() == []


def test_a_role_without_its_app_role_is_seen_while_the_principal_is_not_known(judged: Judged) -> None:
    outcome = judged.run("preview", role_by_hand)
    assert reported(outcome) == {("both-grants-together", "by-hand"), (BY_COMPONENTS, "by-hand")}


def test_a_level_can_be_lowered_and_turned_off(judged: Judged) -> None:
    program = VIOLATIONS["local-authentication-off"][0]
    lowered = judged.run("preview", program, {"local-authentication-off": "advisory"})
    assert lowered.check().violations == [("local-authentication-off", "advisory", "open")]
    off = judged.run("preview", program, {"local-authentication-off": "disabled"})
    assert off.check().violations == []


def test_a_remedy_is_applied_where_it_is_safe_and_stays(tenant: LocalTenant, apart: Judged) -> None:
    program = account(disable_local_auth=False)
    created, after = (apart.run(command, program, {"all": "remediate"}).check() for command in ("up", "preview"))
    assert (created.violations, after.violations, after.changes) == ([], [], {})
    answer = apart.deployment.state_of("mail-account")["outputs"]
    assert (answer["disableLocalAuth"], answer["publicNetworkAccess"]) == (True, False)


def test_wrong_configuration_is_refused_with_all_its_mistakes_and_nothing_is_created(apart: Judged) -> None:
    outcome = apart.run(
        "up",
        clean,
        {
            "local-authentication": "mandatory",
            "directory-role-allowed": {"allowed": ["Exchange Adminstrator"]},
            "runtime-module-pinned": {"requireHashes": True},
            "runbook-text-from-repository": {"addresses": ["https://contoso.com"]},
        },
    )
    assert not outcome.succeeded
    for needed_text in (
        "the pack checked nothing and the engine deployed nothing",
        'there is no rule "local-authentication", so it would check nothing. Did you mean "local-authentication-off"?',
        '"Exchange Adminstrator" is neither a known display name nor a template id. Give "Exchange Administrator"',
        'it has no option "requireHashes", so nothing would change. Did you mean "requireHash"?',
        '"https://contoso.com" is not the beginning of an https address up to a slash',
    ):
        assert needed_text in outcome.text
    assert "Traceback" not in outcome.text
    assert apart.deployment.state() == []


def test_an_option_of_the_wrong_type_is_refused_by_its_schema(judged: Judged) -> None:
    outcome = judged.run("preview", clean, {"directory-role-allowed": {"allowed": "Global Reader"}})
    assert not outcome.succeeded
    assert "allowed" in outcome.text
    assert "array" in outcome.text
