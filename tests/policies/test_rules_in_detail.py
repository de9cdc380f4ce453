"""What each rule says about single resources, without the engine."""

from __future__ import annotations

import base64
import datetime as dt
import ssl
from collections.abc import Mapping
from typing import Any

import pytest
from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from exchange_automation.catalog.aging_facts import POWERSHELL_RELEASES
from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES
from exchange_policies import RULES, directory_roles, runtime
from exchange_policies.configuration import configuration_mistakes
from exchange_policies.grants import MANAGE_AS_APP
from exchange_policies.reading import is_azure
from exchange_policies.rule import ProgramRule, ResourceRule
from tests.policies.support import certificate

BY_NAME = {rule.name: rule for rule in RULES}
PRINCIPAL = "11111111-2222-4333-8444-555555555555"
OTHER = "99999999-2222-4333-8444-555555555555"
APP_ROLE = "azuread:index/appRoleAssignment:AppRoleAssignment"
DIRECTORY_ROLE = "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment"
ELIGIBLE = "azuread:index/directoryRoleEligibilityScheduleRequest:DirectoryRoleEligibilityScheduleRequest"
ACTIVATED = "azuread:index/directoryRole:DirectoryRole"
MEMBER = "azuread:index/directoryRoleMember:DirectoryRoleMember"
ACCOUNT = "azure-native:automation:AutomationAccount"
PACKAGE = "azure-native:automation:Package"
RUNBOOK = "azure-native:automation:Runbook"
SOURCE_CONTROL = "azure-native:automation:SourceControl"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
MACHINE = "azure-native:compute:VirtualMachine"
WEB = "azure-native:web:WebApp"
BELOW_ACCOUNT = "exchange-automation:index:ExchangeAutomationAccount$"
BELOW_PERMISSIONS = f"{BELOW_ACCOUNT}exchange-automation:index:ApiPermissions$"
BELOW_RUNBOOK = "exchange-automation:index:ExchangeRunbook$"
ADMINISTRATOR = directory_roles.EXCHANGE_ADMINISTRATOR
HASH = {"algorithm": "SHA256", "value": "0" * 64}
GALLERY = "https://www.powershellgallery.com/api/v2/package/ExchangeOnlineManagement/3.9.0"
CONTAINER = f"https://x.blob.core.windows.net/runbook-{'a' * 32}-20270101000000/report.ps1?sig=secret"
OPTIONS = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [])


def messages_of(
    rule: str, kind: str, properties: Mapping[str, Any], below: str = "", **configuration: Any
) -> list[str]:
    """What a rule about single resources says."""
    judge = BY_NAME[rule]
    assert isinstance(judge, ResourceRule)
    urn = f"urn:pulumi:test::test::{below}{kind}::it"
    resource = ResourceValidationArgs(kind, unknown_checking_proxy(dict(properties)), urn, "it", OPTIONS, None, {})
    return [str(violation) for violation in judge.check(resource, judge.configured(configuration))]


def resource(
    name: str, kind: str, properties: Mapping[str, Any], below: str = "", **sources: list[PolicyResource]
) -> PolicyResource:
    """A resource of a whole program; ``sources`` are the resources that a property comes from."""
    urn = f"urn:pulumi:test::test::{below}{kind}::{name}"
    proxy = unknown_checking_proxy(dict(properties))
    return PolicyResource(kind, proxy, urn, name, OPTIONS, None, None, [], dict(sources))


def violations(rule: str, *resources: PolicyResource, **configuration: Any) -> list[str]:
    """Names of the resources that a rule about the whole program finds fault with."""
    judge = BY_NAME[rule]
    assert isinstance(judge, ProgramRule)
    return [violation.name for violation, _ in judge.check(list(resources), judge.configured(configuration))]


def test_the_pack_and_the_components_know_the_same_roles() -> None:
    assert {role.name: role.template_id for role in EXCHANGE_ROLES} == directory_roles.ROLES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_says_nothing_about_what_is_not_known_yet(rule: Any) -> None:
    if isinstance(rule, ResourceRule):
        for kind in (APP_ROLE, DIRECTORY_ROLE, ELIGIBLE, ACCOUNT, PACKAGE, RUNBOOK):
            names = ("appRoleId", "roleId", "roleDefinitionId", "disableLocalAuth", "publicNetworkAccess")
            unknown = dict.fromkeys((*names, "contentLink", "publishContentLink"), UNKNOWN_STRING_VALUE)
            assert messages_of(rule.name, kind, unknown) == []
    else:
        unknown = dict.fromkeys(("appRoleId", "roleId", "principalObjectId", "identity"), UNKNOWN_STRING_VALUE)
        assert (
            violations(rule.name, *(resource(kind, kind, unknown) for kind in (APP_ROLE, DIRECTORY_ROLE, ACCOUNT)))
            == []
        )


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (DIRECTORY_ROLE, {"roleId": directory_roles.GLOBAL_ADMINISTRATOR.upper()}),
        (ELIGIBLE, {"roleDefinitionId": directory_roles.GLOBAL_ADMINISTRATOR}),
        (ACTIVATED, {"templateId": directory_roles.GLOBAL_ADMINISTRATOR}),
        (ACTIVATED, {"displayName": "Global Administrator"}),
    ],
)
def test_global_administrator_is_found_wherever_it_is_granted_and_reported_once(
    kind: str, properties: Mapping[str, Any]
) -> None:
    assert len(messages_of("no-global-administrator", kind, properties, BELOW_ACCOUNT)) == 1
    assert messages_of("directory-role-allowed", kind, properties, BELOW_ACCOUNT) == []


def test_roles_are_allowed_by_name_and_by_template_id() -> None:
    helpdesk = directory_roles.ROLES["Helpdesk Administrator"]
    [message] = messages_of("directory-role-allowed", DIRECTORY_ROLE, {"roleId": helpdesk})
    assert "Helpdesk Administrator" in message
    for allowed in ("helpdesk administrator", helpdesk.upper()):
        assert messages_of("directory-role-allowed", DIRECTORY_ROLE, {"roleId": helpdesk}, allowed=[allowed]) == []
    [message] = messages_of("directory-role-allowed", DIRECTORY_ROLE, {"roleId": OTHER})
    assert OTHER in message


def test_a_member_of_a_role_is_refused_because_its_role_cannot_be_seen() -> None:
    for role in (OTHER, UNKNOWN_STRING_VALUE):
        member = {"roleObjectId": role, "memberObjectId": PRINCIPAL}
        [message] = messages_of("directory-role-allowed", MEMBER, member, BELOW_ACCOUNT, allowed=[OTHER])
        assert "no rule can see which role it is" in message


def test_only_the_parent_chain_makes_a_grant_the_components_own() -> None:
    rule = "exchange-grants-through-components"
    for kind, properties in ((APP_ROLE, {"appRoleId": MANAGE_AS_APP}), (DIRECTORY_ROLE, {"roleId": ADMINISTRATOR})):
        assert len(messages_of(rule, kind, properties)) == 1
        assert len(messages_of(rule, kind, properties, "exchange-automation:index:ApiPermissions$")) == 1
        assert messages_of(rule, kind, properties, "exchange-automation:index:ExchangeAccess$") == []
        assert messages_of(rule, kind, properties, BELOW_ACCOUNT) == []
        assert len(messages_of(rule, kind, properties, BELOW_PERMISSIONS)) == 1
    assert messages_of(rule, APP_ROLE, {"appRoleId": OTHER}) == []
    assert len(messages_of(rule, APP_ROLE, {"appRoleId": OTHER}, appRoleIds=[OTHER])) == 1
    assert messages_of(rule, DIRECTORY_ROLE, {"roleId": directory_roles.ROLES["Global Reader"]}) == []


@pytest.mark.parametrize(
    ("link", "problem"),
    [
        ({"uri": GALLERY, "version": "3.9.0"}, None),
        ({"uri": GALLERY, "version": "3.9.0", "contentHash": HASH}, None),
        ({"uri": GALLERY}, "has no version"),
        ({"uri": GALLERY, "version": "3.9"}, "not the address of that version"),
        ({"uri": GALLERY, "version": ">=3.9.0"}, "not exact"),
        ({"uri": GALLERY.removesuffix("/3.9.0"), "version": "3.9.0"}, "not the address of that version"),
        ({"uri": GALLERY.replace("/3.9.0", "?/3.9.0"), "version": "3.9.0"}, "not the address of that version"),
        ({"uri": GALLERY.replace("/3.9.0", "#/3.9.0"), "version": "3.9.0"}, "not the address of that version"),
        ({"uri": GALLERY.replace("/3.9.0", "/3.8.0/3.9.0"), "version": "3.9.0"}, "not the address of that version"),
        ({"uri": GALLERY.replace("/3.9.0", "/3x9.0"), "version": "3.9.0"}, "not the address of that version"),
        (
            {"uri": "http://contoso.com/m.nupkg", "version": "3.9.0", "contentHash": HASH},
            "does not come from an https address",
        ),
        ({"uri": "https://contoso.com/m.nupkg", "version": "3.9.0", "contentHash": HASH}, None),
        ({"uri": "https://contoso.com/m.nupkg", "version": "3.9.0"}, "has no hash"),
        (
            {"uri": "https://contoso.com/m", "version": "3.9.0", "contentHash": {"algorithm": "MD5", "value": "0"}},
            "not a SHA-256",
        ),
        ({"uri": UNKNOWN_STRING_VALUE, "version": "3.9.0"}, None),
    ],
)
@pytest.mark.parametrize("kind", ["Package", "Module", "PowerShell72Module", "Python2Package", "Python3Package"])
def test_a_module_is_pinned_by_version_and_elsewhere_by_hash(
    kind: str, link: Mapping[str, Any], problem: str | None
) -> None:
    messages = messages_of("runtime-module-pinned", f"azure-native:automation:{kind}", {"contentLink": link})
    assert (messages == []) if problem is None else (problem in " ".join(messages))


def test_a_hash_is_asked_for_of_the_gallery_too_where_configuration_says_so() -> None:
    link = {"uri": GALLERY, "version": "3.9.0"}
    [message] = messages_of("runtime-module-pinned", PACKAGE, {"contentLink": link}, requireHash=True)
    assert "has no hash" in message
    assert (
        messages_of("runtime-module-pinned", PACKAGE, {"contentLink": {**link, "contentHash": HASH}}, requireHash=True)
        == []
    )


def test_default_packages_of_a_runtime_environment_are_exact() -> None:
    kind = "azure-native:automation:RuntimeEnvironment"
    [message] = messages_of("runtime-module-pinned", kind, {"defaultPackages": {"Az": "12.3.0", "Azure CLI": "latest"}})
    assert "Azure CLI" in message


@pytest.mark.parametrize(
    ("link", "below", "problems"),
    [
        ({"uri": CONTAINER, "contentHash": HASH}, BELOW_RUNBOOK, 0),
        ({"uri": UNKNOWN_STRING_VALUE, "contentHash": HASH}, BELOW_RUNBOOK, 0),
        ({"uri": CONTAINER, "contentHash": HASH}, "", 1),
        ({"uri": "https://contoso.com/main/report.ps1", "contentHash": HASH}, BELOW_RUNBOOK, 1),
        ({"uri": "https://texts.contoso.com/mail/report.ps1", "contentHash": HASH}, "", 0),
        ({"uri": "https://texts.contoso.com/mail/report.ps1"}, "", 1),
        ({"uri": "https://texts.contoso.com.evil.example/mail/report.ps1"}, "", 2),
    ],
)
def test_a_text_comes_from_the_component_or_a_listed_address_and_has_a_hash(
    link: Mapping[str, Any], below: str, problems: int
) -> None:
    addresses = ["https://texts.contoso.com/"]
    messages = messages_of(
        "runbook-text-from-repository", RUNBOOK, {"publishContentLink": link}, below, addresses=addresses
    )
    assert len(messages) == problems
    assert "secret" not in " ".join(messages)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("x.ps1", True),
        ("a..b/...ps1", True),
        ("x.ps1?path=/../", True),
        ("../attacker/x.ps1", False),
        ("%2e%2E/attacker/x.ps1", False),
        ("%2e./attacker/x.ps1", False),
        ("..\\attacker/x.ps1", False),
        ("..%2Fattacker/x.ps1", False),
        ("..%5cattacker/x.ps1", False),
        ("./x.ps1", False),
    ],
)
def test_an_address_that_leaves_the_listed_folder_is_not_below_it(path: str, allowed: bool) -> None:
    address = "https://raw.githubusercontent.com/contoso/"
    link = {"publishContentLink": {"uri": address + path, "contentHash": HASH}}
    messages = messages_of("runbook-text-from-repository", RUNBOOK, link, addresses=[address])
    assert (messages == []) if allowed else ("nor below an allowed address" in "".join(messages))


@pytest.mark.parametrize(
    ("properties", "problems"),
    [
        ({}, 1),
        ({"publishRunbook": True}, 1),
        ({"publishRunbook": False}, 0),
        ({"publishRunbook": UNKNOWN_STRING_VALUE}, 0),
    ],
)
def test_a_source_control_publishes_no_texts(properties: Mapping[str, Any], problems: int) -> None:
    messages = messages_of("runbook-text-from-repository", SOURCE_CONTROL, properties)
    assert ["without a hash" in message for message in messages] == [True] * problems


def test_a_runbook_without_a_published_text_is_edited_by_somebody() -> None:
    [message] = messages_of("runbook-text-from-repository", RUNBOOK, {"draft": {}})
    assert "edits it in the portal" in message


def test_grants_of_the_same_principal_find_each_other_by_id_and_by_where_the_id_comes_from() -> None:
    identity = resource("identity", IDENTITY, {})
    unknown = UNKNOWN_STRING_VALUE
    for principal, sources in ((PRINCIPAL, []), (unknown, [identity])):
        app = resource(
            "app", APP_ROLE, {"appRoleId": MANAGE_AS_APP, "principalObjectId": principal}, principalObjectId=sources
        )
        role = resource(
            "role", DIRECTORY_ROLE, {"roleId": ADMINISTRATOR, "principalObjectId": principal}, principalObjectId=sources
        )
        assert violations("both-grants-together", identity, app, role) == []
        assert violations("both-grants-together", identity, app) == ["app"]
        assert violations("both-grants-together", identity, role) == ["role"]


def test_grants_of_different_principals_do_not_count_for_each_other() -> None:
    app = resource("app", APP_ROLE, {"appRoleId": MANAGE_AS_APP, "principalObjectId": PRINCIPAL})
    role = resource("role", DIRECTORY_ROLE, {"roleId": ADMINISTRATOR, "principalObjectId": OTHER})
    assert violations("both-grants-together", app, role) == ["app", "role"]
    assert violations("both-grants-together", app, role, exempt=["APP", OTHER]) == []


@pytest.mark.parametrize(
    ("below", "counts"),
    [
        ("", False),
        (BELOW_ACCOUNT, True),
        ("exchange-automation:index:ExchangeApplication$", True),
        (f"{BELOW_ACCOUNT}exchange-automation:index:ExchangeAccess$", True),
        ("contoso:index:Team$exchange-automation:index:ExchangeAccess$", True),
        (BELOW_PERMISSIONS, False),
        (f"{BELOW_ACCOUNT}contoso:index:Team$", False),
    ],
)
def test_a_grant_whose_role_is_not_known_yet_counts_where_a_component_owns_it(below: str, counts: bool) -> None:
    properties = {"appRoleId": UNKNOWN_STRING_VALUE, "principalObjectId": PRINCIPAL}
    app = resource("app", APP_ROLE, properties, below)
    role = resource("role", DIRECTORY_ROLE, {"roleId": ADMINISTRATOR, "principalObjectId": PRINCIPAL})
    assert violations("both-grants-together", app, role) == ([] if counts else ["role"])


def test_a_role_that_is_not_only_about_exchange_needs_no_app_role() -> None:
    reader = {"roleId": directory_roles.ROLES["Global Reader"], "principalObjectId": PRINCIPAL}
    assert violations("both-grants-together", resource("role", DIRECTORY_ROLE, reader)) == []


ID = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-mail"


def attached(name: str, kind: str, below: str = "", **more: Any) -> PolicyResource:
    answer = {ID: {"clientId": OTHER, "principalId": PRINCIPAL}}
    return resource(name, kind, {"identity": {"userAssignedIdentities": answer}, **more}, below)


def test_an_existing_identity_is_shared_when_anything_but_accounts_for_exchange_has_it() -> None:
    mail, second = attached("mail", ACCOUNT, BELOW_ACCOUNT), attached("second", ACCOUNT, BELOW_ACCOUNT)
    assert violations("identity-not-shared", mail, second) == []
    assert violations("identity-not-shared", mail, attached("vm", MACHINE), attached("plain", ACCOUNT)) == [
        "vm",
        "plain",
    ]


def test_only_the_components_own_account_is_no_other_workload() -> None:
    mail = attached("mail", ACCOUNT, BELOW_ACCOUNT)
    others = [attached("web", WEB, BELOW_ACCOUNT), attached("second", ACCOUNT, f"{BELOW_ACCOUNT}contoso:index:Team$")]
    assert violations("identity-not-shared", mail, *others) == ["web", "second"]


def test_without_our_account_the_grant_tells_which_identity_it_is_about() -> None:
    grant = resource("app", APP_ROLE, {"appRoleId": MANAGE_AS_APP, "principalObjectId": PRINCIPAL})
    account, machine = attached("account", ACCOUNT), attached("vm", MACHINE)
    assert violations("identity-not-shared", grant, account, machine) == ["account", "vm"]
    assert violations("identity-not-shared", grant, machine) == []
    assert violations("identity-not-shared", account, machine) == []


def test_an_identity_given_by_id_is_compared_without_regard_to_case() -> None:
    given = {"identity": {"userAssignedIdentities": [ID.upper()]}}
    ours = resource("mail", ACCOUNT, {"identity": {"userAssignedIdentities": [ID]}}, BELOW_ACCOUNT)
    assert violations("identity-not-shared", ours, resource("vm", MACHINE, given)) == ["vm"]


def test_the_identity_that_opens_the_accounts_key_may_open_others() -> None:
    opener = {"encryption": {"identity": {"userAssignedIdentity": ID}}}
    assert (
        violations("identity-not-shared", attached("mail", ACCOUNT, BELOW_ACCOUNT, **opener), attached("vm", MACHINE))
        == []
    )


@pytest.mark.parametrize(
    ("kind", "same"),
    [
        ("azure-native:automation:Runbook", True),
        ("azure-native:automation/v20241023:Runbook", True),
        ("azure-native_automation_v20241023:automation:Runbook", True),
        ("azure-native:automation:Schedule", False),
        ("azure:automation:Runbook", False),
    ],
)
def test_a_type_is_known_by_every_name_of_its_api_versions(kind: str, same: bool) -> None:
    assert is_azure(kind, "automation", "Runbook") is same


def test_the_name_for_all_rules_is_no_mistake_and_every_default_passes_its_own_check() -> None:
    assert configuration_mistakes(RULES, {"all": {}, **{rule.name: rule.configured({}) for rule in RULES}}) == []


def test_the_pack_and_the_components_know_the_same_ends_of_support() -> None:
    assert {
        release.version: release.support_ends for release in POWERSHELL_RELEASES if release.support_ends is not None
    } == runtime.ENDS_OF_SUPPORT


@pytest.mark.parametrize(
    ("properties", "day", "refused"),
    [
        ({"language": "PowerShell", "version": "7.4"}, dt.date(2026, 11, 11), True),
        ({"language": "PowerShell", "version": "7.4"}, dt.date(2026, 11, 10), False),
        ({"language": "PowerShell", "version": "7.2"}, dt.date(2026, 11, 11), True),
        ({"language": "PowerShell", "version": "5.1"}, dt.date(2099, 1, 1), False),
        ({"language": "Python", "version": "7.4"}, dt.date(2099, 1, 1), False),
        ({"language": "PowerShell", "version": UNKNOWN_STRING_VALUE}, dt.date(2099, 1, 1), False),
    ],
)
def test_a_powershell_without_support_is_found(
    properties: Mapping[str, Any], day: dt.date, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "today", lambda: day)
    kind = "azure-native:automation:RuntimeEnvironment"
    assert bool(messages_of("runtime-powershell-supported", kind, properties)) is refused
    assert messages_of("runtime-powershell-supported", kind, properties, accepted=["7.2", "7.4"]) == []


def test_a_certificate_may_be_valid_for_as_long_as_it_is_configured() -> None:
    kind = "azuread:index/applicationCertificate:ApplicationCertificate"
    assert messages_of("certificate-lifetime", kind, {"value": certificate(398)}) == []
    [problem] = messages_of("certificate-lifetime", kind, {"value": certificate(399)})
    assert "valid for 399 days, more than 398" in problem
    assert "until 2027-02-04" in problem
    assert messages_of("certificate-lifetime", kind, {"value": certificate(60)}, days=30)
    assert messages_of("certificate-lifetime", kind, {"value": certificate(999)}, days=1000) == []
    for days, problems in ((398, 0), (399, 1)):
        der = ssl.PEM_cert_to_DER_cert(certificate(days))
        for encoding, text in (
            ("base64", base64.b64encode(der).decode()),
            ("hex", der.hex()),
            ("pem", certificate(days)),
        ):
            given = {"value": text, "encoding": encoding}
            assert len(messages_of("certificate-lifetime", kind, given)) == problems, (encoding, days)
    for encoding in ("base64", "hex", "pem"):
        assert messages_of("certificate-lifetime", kind, {"value": "no certificate", "encoding": encoding}) == []
    for unknown in (
        UNKNOWN_STRING_VALUE,
        "no certificate",
        "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----",
    ):
        assert messages_of("certificate-lifetime", kind, {"value": unknown}) == []
    assert messages_of("certificate-lifetime", RUNBOOK, {"value": certificate(999)}) == []
