"""ExchangeAutomationAccount: the resources that it creates, the ones that it leaves out, and its outputs."""

from __future__ import annotations

from typing import Any, cast

import pulumi
import pytest
from pulumi.runtime import mocks

from exchange_automation import (
    ExchangeAutomationAccount,
    ExchangeAutomationError,
    IdentityType,
    InvalidArgumentsError,
)
from tests.unit.accounts import CONNECT, DOMAIN, KEY, SYSTEM, account, existing
from tests.unit.support import (
    ACCOUNT_ID,
    CLIENT_ID,
    IDENTITY_ID,
    PRINCIPAL_ID,
    TENANT_ID,
    Recorder,
    run,
)


def test_a_system_assigned_identity_is_the_default() -> None:
    recorder, outputs = account(account_name="aa-mail", location="westeurope", tags={"a" * 512: "b"})
    assert recorder.of("AutomationAccount") == {
        "mail-account": {
            "resourceGroupName": "rg",
            "automationAccountName": "aa-mail",
            "location": "westeurope",
            "sku": {"name": "Basic"},
            "disableLocalAuth": True,
            "identity": {"type": "SystemAssigned"},
            "tags": {"a" * 512: "b"},
        }
    }
    assert recorder.of("UserAssignedIdentity") == {}
    assert recorder.grants == ["mail-access-exchange-administrator", "mail-access-exchange-manageasapp"]
    assert outputs == {
        "account_id": "mail-account-id",
        "account_name": "aa-mail",
        "resource_group_name": "rg",
        "principal_id": PRINCIPAL_ID,
        "client_id": CLIENT_ID,
        "tenant_id": TENANT_ID,
        "connect_command": CONNECT,
        "runtime_environment_name": "ExchangeOnline-3-10-1-PowerShell-7-6",
        "grants_managed_here": True,
        "app_role_assignment_id": "mail-access-exchange-manageasapp-id",
        "directory_role_assignment_ids": {"Exchange Administrator": "mail-access-exchange-administrator-id"},
    }


def test_the_runtime_environment_holds_the_pinned_module_alone() -> None:
    recorder, _ = account(powershell_version="5.1", exchange_module_version="3.4.0", exchange_module_sha256="a" * 64)
    [(name, environment)] = recorder.of("RuntimeEnvironment").items()
    suffix = name.removeprefix("mail-runtime-ps-5.1-exo-3.4.0")
    assert environment == {
        "resourceGroupName": "rg",
        "automationAccountName": "auto-named",
        "runtimeEnvironmentName": f"ExchangeOnline-3-4-0-PowerShell-5-1{suffix}",
        "language": "PowerShell",
        "version": "5.1",
    }
    assert recorder.of("Package")[f"{name}-module"]["contentLink"] == {
        "uri": "https://www.powershellgallery.com/api/v2/package/ExchangeOnlineManagement/3.4.0",
        "version": "3.4.0",
        "contentHash": {"algorithm": "SHA256", "value": "a" * 64},
    }


def test_pins_are_prepared_beside_the_one_in_use() -> None:
    recorder, outputs = account(
        extra_packages={"PSFramework": {"version": "1.12.346"}},
        powershell_version="7.4",
        exchange_module_version="3.9.0",
        prepared_pins=[{"powershell_version": "7.6", "exchange_module_version": "3.10.1"}],
    )
    created = {
        environment["runtimeEnvironmentName"]: environment["version"]
        for environment in recorder.of("RuntimeEnvironment").values()
    }
    assert sorted(created.values()) == ["7.4", "7.6"]
    assert created[outputs["runtime_environment_name"]] == "7.4"
    packages = [
        (package["packageName"], package["contentLink"]["version"]) for package in recorder.of("Package").values()
    ]
    assert sorted(packages) == [
        ("ExchangeOnlineManagement", "3.10.1"),
        ("ExchangeOnlineManagement", "3.9.0"),
        *[("PSFramework", "1.12.346")] * 2,
    ]


def test_a_package_may_come_from_another_https_address() -> None:
    recorder, _ = account(exchange_module_uri="https://packages.contoso.com/exo.nupkg")
    [package] = recorder.of("Package").values()
    assert package["contentLink"]["uri"] == "https://packages.contoso.com/exo.nupkg"


@pytest.mark.parametrize("kind", [IdentityType.USER_ASSIGNED, "UserAssigned"])
def test_a_user_assigned_identity_is_created(kind: Any) -> None:
    recorder, outputs = account(identity_type=kind, user_assigned_identity_name="id-mail")
    assert recorder.of("UserAssignedIdentity") == {
        "mail-identity": {"resourceGroupName": "rg", "resourceName": "id-mail"}
    }
    identity = recorder.of("AutomationAccount")["mail-account"]["identity"]
    assert identity == {"type": "UserAssigned", "userAssignedIdentities": ["mail-identity-id"]}
    assert outputs["connect_command"] == (
        f"Connect-ExchangeOnline -ManagedIdentity -ManagedIdentityAccountId {CLIENT_ID} -Organization {DOMAIN}"
    )


def test_an_existing_identity_is_attached_and_not_created() -> None:
    recorder, outputs = account(identity_type="UserAssigned", user_assigned_identity_id=IDENTITY_ID)
    assert recorder.of("UserAssignedIdentity") == {}
    identity = recorder.of("AutomationAccount")["mail-account"]["identity"]
    assert identity["userAssignedIdentities"] == [IDENTITY_ID]
    assert (outputs["principal_id"], outputs["client_id"], outputs["tenant_id"]) == (PRINCIPAL_ID, CLIENT_ID, TENANT_ID)


def test_a_system_assigned_identity_can_stay_for_the_time_of_a_change() -> None:
    recorder, _ = account(identity_type="UserAssigned", keep_system_assigned_identity=True)
    assert recorder.of("AutomationAccount")["mail-account"]["identity"]["type"] == "SystemAssigned, UserAssigned"


def test_an_existing_account_is_used_and_not_created() -> None:
    recorder, outputs = account(Recorder(account=existing(SYSTEM)), account_id=ACCOUNT_ID)
    assert recorder.of("AutomationAccount") == {}
    assert outputs["account_id"] == ACCOUNT_ID
    assert outputs["resource_group_name"] == "rg"
    assert outputs["account_name"] == "aa-existing"
    assert recorder.grants == ["mail-access-exchange-administrator", "mail-access-exchange-manageasapp"]
    [runtime] = recorder.of("RuntimeEnvironment").values()
    assert (runtime["automationAccountName"], runtime["location"]) == ("aa-existing", "westeurope")


def test_an_existing_account_with_an_existing_identity() -> None:
    identity = {
        "type": "SystemAssigned, UserAssigned",
        "principalId": "system",
        "tenantId": TENANT_ID,
        "userAssignedIdentities": {IDENTITY_ID.upper(): {}},
    }
    _, outputs = account(
        Recorder(account=existing(identity)),
        account_id=ACCOUNT_ID,
        identity_type="UserAssigned",
        user_assigned_identity_id=IDENTITY_ID,
    )
    assert outputs["principal_id"] == PRINCIPAL_ID


def test_grants_that_are_managed_elsewhere_are_not_created_and_the_directory_is_not_read() -> None:
    recorder, outputs = account(grants_managed_elsewhere=True)
    assert recorder.grants == []
    assert recorder.calls == []
    assert outputs["grants_managed_here"] is False
    assert outputs["client_id"] is None
    assert outputs["app_role_assignment_id"] is None
    assert outputs["directory_role_assignment_ids"] == {}
    assert outputs["principal_id"] == PRINCIPAL_ID


def test_the_grant_arguments_are_those_of_the_access() -> None:
    recorder, _ = account(
        directory_roles=[{"role": "Global Administrator"}],
        allow_global_administrator=True,
        app_role="Exchange.ManageAsApp",
    )
    assert recorder.grants == ["mail-access-exchange-manageasapp", "mail-access-global-administrator"]


def test_a_national_cloud_is_named_in_the_command() -> None:
    _, outputs = account(organization="contoso.onmicrosoft.us", exchange_environment="O365USGovDoD")
    assert outputs["connect_command"].endswith(
        "-Organization contoso.onmicrosoft.us -ExchangeEnvironmentName O365USGovDoD"
    )


def test_more_modules_are_another_runtime_environment() -> None:
    packages = {"PSFramework": {"version": "1.12.346"}, "Microsoft.Graph.Users": {"version": "2.0.0"}}
    (plain, _), (more, _) = account(), account(extra_packages=packages, allow_clashing_packages=True)
    [name] = [environment["runtimeEnvironmentName"] for environment in plain.of("RuntimeEnvironment").values()]
    [other] = [environment["runtimeEnvironmentName"] for environment in more.of("RuntimeEnvironment").values()]
    assert name == "ExchangeOnline-3-10-1-PowerShell-7-6"
    assert other.startswith(f"{name}-")
    links = {package["packageName"]: package["contentLink"]["uri"] for package in more.of("Package").values()}
    assert links["PSFramework"] == "https://www.powershellgallery.com/api/v2/package/PSFramework/1.12.346"
    assert set(links) == {"ExchangeOnlineManagement", "PSFramework", "Microsoft.Graph.Users"}


@pytest.mark.parametrize(
    ("pin", "of_module", "of_extra"),
    [
        ({}, [], []),
        ({"exchange_module_uri": "https://packages.contoso.com/exo.nupkg"}, [], []),
        ({"exchange_module_sha256": "A" * 64}, ["packageName", "contentLink"], []),
        ({"extra_packages": {"Pester": {"version": "5.7.1"}}}, [], ["packageName", "contentLink"]),
    ],
)
def test_an_update_restores_a_link_unless_its_spelling_may_differ(
    monkeypatch: pytest.MonkeyPatch, pin: dict[str, Any], of_module: list[str], of_extra: list[str]
) -> None:
    ignored: dict[str, list[str]] = {}
    register = mocks.MockMonitor.RegisterResource

    def note(self: Any, request: Any) -> Any:
        ignored[request.name] = list(request.ignoreChanges)
        return register(self, request)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(mocks.MockMonitor, "RegisterResource", note)
    recorder, _ = account(**pin)
    found = {inputs["packageName"]: ignored[name] for name, inputs in recorder.of("Package").items()}
    assert found.pop("ExchangeOnlineManagement") == of_module
    assert found.pop("Pester", []) == of_extra


@pytest.mark.parametrize("identity_type", ["SystemAssigned", "UserAssigned"])
def test_the_identity_that_opens_the_key_is_attached_beside_the_one_with_the_grants(identity_type: str) -> None:
    recorder, _ = account(customer_managed_key=KEY, identity_type=identity_type)
    [inputs] = recorder.of("AutomationAccount").values()
    assert inputs["encryption"] == {
        "keySource": "Microsoft.Keyvault",
        "keyVaultProperties": {
            "keyvaultUri": "https://kv-mail.vault.azure.net",
            "keyName": "automation",
            "keyVersion": "0123456789abcdef",
        },
        "identity": {"userAssignedIdentity": IDENTITY_ID},
    }
    assert IDENTITY_ID in inputs["identity"]["userAssignedIdentities"]
    wanted = {"SystemAssigned": ("SystemAssigned, UserAssigned", 1), "UserAssigned": ("UserAssigned", 2)}
    assert (inputs["identity"]["type"], len(inputs["identity"]["userAssignedIdentities"])) == wanted[identity_type]


def test_one_identity_that_opens_the_key_and_has_the_grants_is_attached_once() -> None:
    recorder, _ = account(
        customer_managed_key=KEY, identity_type="UserAssigned", user_assigned_identity_id=IDENTITY_ID.lower()
    )
    [inputs] = recorder.of("AutomationAccount").values()
    assert len(inputs["identity"]["userAssignedIdentities"]) == 1


def test_modules_that_differ_in_letter_case_are_one_module() -> None:
    modules = {"Pester": {"version": "5.0.0"}, "pester": {"version": "5.0.0"}}
    with pytest.raises(InvalidArgumentsError, match=r"letter case alone.*EXA133"):
        account(extra_packages=modules)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("exchange_prod", "contains _"),
        ("365-exchange", "begins with 3"),
        ("e" * 35, "has 51 characters, more than 50"),
    ],
)
def test_an_automatic_name_that_azure_would_refuse_is_found(name: str, fault: str) -> None:
    given = {"organization": "contoso.onmicrosoft.com", "resource_group_name": "rg"}
    with pytest.raises(InvalidArgumentsError) as refused:
        run(lambda: ExchangeAutomationAccount(name, cast("Any", given)))
    [mistake] = refused.value.mistakes
    assert f'the automatic name "{name}-account00000000" {fault}' in mistake
    assert mistake.endswith("Give account_name, or give the component another name. [EXA114]")
    run(lambda: ExchangeAutomationAccount(name, cast("Any", {**given, "account_name": "aa-mail"})))


@pytest.mark.parametrize("argument", ["resource_group_name", "account_name", "user_assigned_identity_name"])
def test_a_name_that_comes_as_an_output_is_checked_before_it_is_used(argument: str) -> None:
    recorder = Recorder()
    with pytest.raises(ExchangeAutomationError, match=rf'{argument} "a\*" contains \*.*\[EXA114\]'):
        account(recorder, identity_type="UserAssigned", **{argument: pulumi.Output.from_input("a*")})
    assert recorder.of("AutomationAccount") == {}


@pytest.mark.parametrize("left_out", [None, pulumi.Output.from_input(None)])
def test_none_turns_no_security_off(left_out: Any) -> None:
    recorder, _ = account(disable_local_auth=left_out)
    [created] = recorder.of("AutomationAccount").values()
    assert created["disableLocalAuth"] is True


def test_another_place_of_the_module_is_another_runtime_environment() -> None:
    names = set()
    places: list[dict[str, Any]] = [{}, {"exchange_module_uri": "https://a/x"}, {"exchange_module_sha256": "a" * 64}]
    for where in places:
        recorder, _ = account(**where)
        names |= {environment["runtimeEnvironmentName"] for environment in recorder.of("RuntimeEnvironment").values()}
    assert len(names) == 3


@pytest.mark.parametrize(
    ("organization", "warned"),
    [(DOMAIN, False), ("contoso.onmicrosoft.us", True), ("contoso.partner.onmschina.cn", True)],
)
def test_a_national_cloud_is_warned_of(monkeypatch: pytest.MonkeyPatch, organization: str, warned: bool) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: warnings.append(text))
    account(organization=organization)
    assert any("belongs to a national cloud" in text for text in warnings) == warned


def test_a_scope_may_be_an_awaitable() -> None:
    async def unit() -> str:
        return f"/administrativeUnits/{CLIENT_ID}"

    recorder = Recorder()

    def program() -> None:
        roles: Any = [{"role": "Helpdesk Administrator", "scope": unit()}]
        ExchangeAutomationAccount(
            "mail", {"organization": DOMAIN, "resource_group_name": "rg", "directory_roles": roles}
        )

    run(program, recorder)
    [grant] = recorder.of("DirectoryRoleAssignment").values()
    assert grant["directoryScopeId"] == f"/administrativeUnits/{CLIENT_ID}"
