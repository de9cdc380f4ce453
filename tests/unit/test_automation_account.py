"""ExchangeAutomationAccount: what is made, what is absent, what is handed out, and every mistake."""

from __future__ import annotations

from typing import Any, cast

import pulumi
import pytest

from exchange_automation import (
    DirectoryLookupError,
    ExchangeAutomationAccount,
    ExchangeAutomationError,
    ExistingResourceError,
    IdentityType,
    InvalidArgumentsError,
)
from tests.unit.support import (
    ACCOUNT_ID,
    CLIENT_ID,
    IDENTITY_ID,
    PRINCIPAL_ID,
    TENANT_ID,
    Recorder,
    Refused,
    run,
    values,
)

DOMAIN = "contoso.onmicrosoft.com"
CONNECT = f"Connect-ExchangeOnline -ManagedIdentity -Organization {DOMAIN}"


KEY = {
    "key_vault_uri": "https://kv-mail.vault.azure.net/",
    "key_name": "automation",
    "key_version": "0123456789abcdef",
    "user_assigned_identity_id": IDENTITY_ID,
}


def account(recorder: Recorder | None = None, **arguments: Any) -> tuple[Recorder, dict[str, Any]]:
    """What a program with one account registers, and the account's outputs."""
    given = {"organization": DOMAIN, **arguments}
    if "account_id" not in given:
        given.setdefault("resource_group_name", "rg")
    seen: dict[str, Any] = {}

    def program() -> None:
        seen["outputs"] = values(ExchangeAutomationAccount("mail", cast("Any", given)))

    recorder = run(program, recorder)
    return recorder, seen["outputs"]


def existing(identity: dict[str, Any] | None, account_id: str = ACCOUNT_ID) -> dict[str, Any]:
    """The answer of the look-up of an existing account."""
    body = {"id": account_id, "name": "aa-existing", "location": "westeurope"}
    return {**body, "identity": identity} if identity else body


SYSTEM = {"type": "SystemAssigned", "principalId": PRINCIPAL_ID, "tenantId": TENANT_ID}


def test_a_system_assigned_identity_is_the_default() -> None:
    recorder, outputs = account(account_name="aa-mail", location="westeurope", tags={"a": "b"})
    assert recorder.of("AutomationAccount") == {
        "mail-account": {
            "resourceGroupName": "rg",
            "automationAccountName": "aa-mail",
            "location": "westeurope",
            "sku": {"name": "Basic"},
            "disableLocalAuth": True,
            "identity": {"type": "SystemAssigned"},
            "tags": {"a": "b"},
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
    made = {each["runtimeEnvironmentName"]: each["version"] for each in recorder.of("RuntimeEnvironment").values()}
    assert sorted(made.values()) == ["7.4", "7.6"]
    assert made[outputs["runtime_environment_name"]] == "7.4"
    packages = [(each["packageName"], each["contentLink"]["version"]) for each in recorder.of("Package").values()]
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


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        ({"organization": "contoso.com"}, "EXA120", "is not the initial domain of a tenant"),
        ({"organization": ""}, "EXA120", "organization is empty"),
        ({"organization": TENANT_ID}, "EXA120", "is a tenant id"),
        ({"organization": "a b.onmicrosoft.com"}, "EXA120", "is not a domain of the form"),
        ({"organization": None}, "EXA102", "organization is missing"),
        ({"resource_group_name": None}, "EXA102", "resource_group_name is missing"),
        ({"exchange_environment": "Moon"}, "EXA121", "Use one of O365Default"),
        ({"exchange_environment": "O365China"}, "EXA121", "belongs to another cloud"),
        ({"account_id": "/subscriptions/x"}, "EXA122", "is not the id of a Microsoft.Automation/automationAccounts"),
        (
            {"identity_type": "UserAssigned", "user_assigned_identity_id": ACCOUNT_ID},
            "EXA122",
            "is not the id of a Microsoft.ManagedIdentity/userAssignedIdentities",
        ),
        ({"resource_group_name": "rg-(mail)"}, "EXA114", "contains ( )"),
        ({"resource_group_name": "rg-größe"}, "EXA114", "contains ö ß"),
        ({"resource_group_name": "rg."}, "EXA114", "ends with ."),
        ({"resource_group_name": "r" * 91}, "EXA114", "has 91 characters, more than 90"),
        ({"account_name": "aamai"}, "EXA114", "has 5 of at least 6 characters"),
        ({"account_name": "a" * 51}, "EXA114", "has 51 characters, more than 50"),
        ({"account_name": "aa_mail"}, "EXA114", "contains _"),
        ({"account_name": "aa.mail-1"}, "EXA114", "contains ."),
        ({"account_name": "1-mail-account"}, "EXA114", "begins with 1"),
        ({"account_name": "aa-mail-"}, "EXA114", "ends with -"),
        ({"account_name": ""}, "EXA112", "account_name is empty"),
        ({"identity_type": "UserAssigned", "user_assigned_identity_name": "id"}, "EXA114", "has 2 of at least 3"),
        ({"identity_type": "UserAssigned", "user_assigned_identity_name": "-id"}, "EXA114", "begins with -"),
        ({"extra_packages": {" Pester": {"version": "5.0.0"}}}, "EXA114", "contains a blank"),
        ({"extra_packages": {"Pester": {"version": "5.*"}}}, "EXA133", "is not an exact version"),
        ({"extra_packages": {"Pester": {"version": "latest"}}}, "EXA133", "is not an exact version"),
        ({"extra_packages": {"Pester": {"version": "../../x"}}}, "EXA133", "is not an exact version"),
        ({"disable_local_auth": "true"}, "EXA112", "Give True or False"),
        ({"organization": ["contoso.onmicrosoft.com"]}, "EXA112", "organization is of type list"),
        ({"identity_type": "Managed"}, "EXA123", 'Use "SystemAssigned" or "UserAssigned"'),
        ({"identity_type": pulumi.Output.from_input("x")}, "EXA112", "identity_type is an output"),
        ({"user_assigned_identity_id": IDENTITY_ID}, "EXA123", "identity_type is SystemAssigned"),
        ({"user_assigned_identity_name": "id-mail"}, "EXA123", "identity_type is SystemAssigned"),
        ({"keep_system_assigned_identity": True}, "EXA123", "has that identity in any case"),
        (
            {
                "identity_type": "UserAssigned",
                "user_assigned_identity_id": IDENTITY_ID,
                "user_assigned_identity_name": "id-mail",
            },
            "EXA123",
            "Keep one of the two",
        ),
        (
            {"account_id": ACCOUNT_ID, "account_name": "aa-mail"},
            "EXA124",
            "account_name describes an automation account to create",
        ),
        ({"account_id": ACCOUNT_ID, "identity_type": "UserAssigned"}, "EXA124", "cannot attach an identity of its own"),
        ({"grants_managed_elsewhere": True, "app_role": "x"}, "EXA125", "another program creates them"),
        ({"directory_roles": [{"role": "x"}]}, "EXA108", "is not a role"),
        ({"powershell_version": "7.3"}, "EXA130", "is not a version that Azure Automation offers"),
        ({"powershell_version": "7.2"}, "EXA130", "does not run on PowerShell 7.2"),
        ({"exchange_module_version": "3.7.2"}, "EXA130", "has a known fault"),
        ({"exchange_module_version": "2.0.5"}, "EXA130", "cannot sign in with a managed identity"),
        ({"exchange_module_version": "latest"}, "EXA130", "Give one exact version"),
        ({"exchange_module_version": " "}, "EXA112", "exchange_module_version is empty"),
        ({"exchange_module_uri": "http://x"}, "EXA131", "is not an https address"),
        ({"exchange_module_sha256": "abc"}, "EXA132", "64 hexadecimal digits"),
        ({"powershell_version": "7.4"}, "EXA130", "does not run on PowerShell 7.4"),
        ({"prepared_pins": ["3.8.0"]}, "EXA112", "prepared_pins[0] is of type str"),
        (
            {"prepared_pins": [{"powershell_version": "7.6"}]},
            "EXA191",
            "is ExchangeOnline-3-10-1-PowerShell-7-6, which the component creates already",
        ),
        (
            {"prepared_pins": [{"exchange_module_version": "3.7.2"}]},
            "EXA130",
            "prepared_pins[0].exchange_module_version 3.7.2",
        ),
        (
            {"prepared_pins": [{"exchange_module_version": "3.8.0", "exchange_module_sha256": "a"}]},
            "EXA132",
            "prepared_pins[0].exchange_module_sha256",
        ),
        (
            {"prepared_pins": [{"powershell_version": "5.1", "version": "3"}]},
            "EXA101",
            "prepared_pins[0].version is not an argument",
        ),
        ({"customer_managed_key": "key"}, "EXA112", "customer_managed_key is of type str"),
        ({"customer_managed_key": {**KEY, "key_vault_uri": "https://x"}}, "EXA126", "not the address of a key vault"),
        (
            {"customer_managed_key": {**KEY, "key_version": None}},
            "EXA102",
            "customer_managed_key.key_version is missing",
        ),
        (
            {"customer_managed_key": {**KEY, "user_assigned_identity_id": "id"}},
            "EXA122",
            "customer_managed_key.user_assigned",
        ),
        (
            {
                "customer_managed_key": {**KEY, "user_assigned_identity_id": None},
                "identity_type": "UserAssigned",
            },
            "EXA126",
            "or set keep_system_assigned_identity",
        ),
        ({"extra_packages": ["PSFramework"]}, "EXA112", "extra_packages is of type list"),
        ({"extra_packages": {"PSFramework": "1.0.0"}}, "EXA112", 'extra_packages["PSFramework"] is of type str'),
        (
            {"extra_packages": {"ExchangeOnlineManagement": {"version": "3.9.0"}}},
            "EXA133",
            "exchange_module_version gives",
        ),
        (
            {"extra_packages": {"Microsoft.Graph.Users": {"version": "2.0.0"}}},
            "EXA134",
            "clash with ExchangeOnlineManagement",
        ),
        (
            {"extra_packages": {"PSFramework": {"version": "1.0.0", "uri": "http://x"}}},
            "EXA131",
            "not an https address",
        ),
        ({"extra_packages": {"PSFramework": {"version": "1.0.0", "sha256": "abc"}}}, "EXA132", "sha256sum"),
        ({"organisation": DOMAIN}, "EXA101", 'Did you mean "organization"?'),
    ],
)
def test_a_mistake_is_reported_before_anything_is_registered(
    arguments: dict[str, Any], code: str, expected: str
) -> None:
    recorder = Recorder(account=existing(SYSTEM))
    with pytest.raises(InvalidArgumentsError) as refused:
        account(recorder, **arguments)
    [mistake] = refused.value.mistakes
    assert expected in mistake
    assert mistake.endswith(f"[{code}]")
    assert recorder.resources == {}
    assert recorder.calls == []


def test_all_mistakes_are_reported_together() -> None:
    with pytest.raises(InvalidArgumentsError) as refused:
        account(organization="contoso.com", identity_type="x", directory_roles=[], powershell_version="1", nonsense=1)
    assert len(refused.value.mistakes) == 5


class Kept(Recorder):
    """Answers with the name that the account had before."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        resource_id, state = super().new_resource(args)
        return resource_id, {**state, "name": "AA-Old"} if args.typ.endswith(":AutomationAccount") else state


def test_a_spelling_of_the_deployed_name_is_accepted_and_another_name_is_not() -> None:
    _, outputs = account(Kept(), account_name="aa-old")
    assert outputs["account_name"] == "AA-Old"
    with pytest.raises(ExchangeAutomationError, match=r"AA-Old.*aa-post.*--replace.*EXA118"):
        account(Kept(), account_name="aa-post")


def test_an_organization_that_turns_out_to_be_wrong_stops_the_program() -> None:
    with pytest.raises(ExchangeAutomationError, match=r"\[EXA120\]"):
        account(organization=pulumi.Output.from_input("contoso.com"))


def test_an_account_id_that_turns_out_to_be_wrong_stops_the_program() -> None:
    with pytest.raises(ExistingResourceError, match=r"\[EXA122\]"):
        account(account_id=pulumi.Output.from_input("/x"))


@pytest.mark.parametrize(
    ("found", "arguments", "code"),
    [
        ("404 not found", {}, "EXA210"),
        (existing(SYSTEM, ACCOUNT_ID.replace("/sub/", "/other/")), {}, "EXA211"),
        (existing(None), {}, "EXA212"),
        (
            existing(SYSTEM),
            {"identity_type": "UserAssigned", "user_assigned_identity_id": IDENTITY_ID},
            "EXA213",
        ),
    ],
)
def test_an_existing_account_that_is_not_as_it_has_to_be_gets_no_grant(
    found: Any, arguments: dict[str, Any], code: str
) -> None:
    recorder = Recorder(account=found)
    with pytest.raises(ExistingResourceError, match=rf"\[{code}\]"):
        account(recorder, account_id=ACCOUNT_ID, **arguments)
    assert recorder.grants == []


def test_an_account_that_comes_back_without_identity_is_reported() -> None:
    class NoIdentity(Recorder):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
            made, state = super().new_resource(args)
            if args.typ.endswith(":AutomationAccount"):
                state["identity"] = None
            return made, state

    with pytest.raises(ExistingResourceError, match=r"\[EXA214\]"):
        account(NoIdentity())


def test_a_client_id_that_cannot_be_read_is_reported_after_the_grants() -> None:
    class Forgetful(Recorder):
        def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
            if "objectId" in args.args:
                raise Refused("404")
            return super().call(args)

    recorder = Forgetful()
    with pytest.raises(DirectoryLookupError, match=r"\[EXA207\]"):
        account(recorder)
    assert len(recorder.grants) == 2


def test_more_modules_are_another_runtime_environment() -> None:
    packages = {"PSFramework": {"version": "1.12.346"}, "Microsoft.Graph.Users": {"version": "2.0.0"}}
    (plain, _), (more, _) = account(), account(extra_packages=packages, allow_clashing_packages=True)
    [name] = [each["runtimeEnvironmentName"] for each in plain.of("RuntimeEnvironment").values()]
    [other] = [each["runtimeEnvironmentName"] for each in more.of("RuntimeEnvironment").values()]
    assert name == "ExchangeOnline-3-10-1-PowerShell-7-6"
    assert other.startswith(f"{name}-")
    links = {each["packageName"]: each["contentLink"]["uri"] for each in more.of("Package").values()}
    assert links["PSFramework"] == "https://www.powershellgallery.com/api/v2/package/PSFramework/1.12.346"
    assert set(links) == {"ExchangeOnlineManagement", "PSFramework", "Microsoft.Graph.Users"}


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


def test_none_turns_no_security_off() -> None:
    recorder, _ = account(disable_local_auth=None)
    [made] = recorder.of("AutomationAccount").values()
    assert made["disableLocalAuth"] is True


def test_another_place_of_the_module_is_another_runtime_environment() -> None:
    names = set()
    places: list[dict[str, Any]] = [{}, {"exchange_module_uri": "https://a/x"}, {"exchange_module_sha256": "a" * 64}]
    for where in places:
        recorder, _ = account(**where)
        names |= {each["runtimeEnvironmentName"] for each in recorder.of("RuntimeEnvironment").values()}
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
