"""ExchangeAutomationAccount: every mistake, and every account or identity that it refuses."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from exchange_automation import (
    DirectoryLookupError,
    ExchangeAutomationError,
    ExistingResourceError,
    InvalidArgumentsError,
)
from tests.unit.accounts import DOMAIN, KEY, SYSTEM, account, existing
from tests.unit.support import (
    ACCOUNT_ID,
    IDENTITY_ID,
    TENANT_ID,
    Recorder,
    Refused,
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
            created, state = super().new_resource(args)
            if args.typ.endswith(":AutomationAccount"):
                state["identity"] = None
            return created, state

    with pytest.raises(ExistingResourceError, match=r"\[EXA214\]"):
        account(NoIdentity())


def test_a_client_id_that_cannot_be_read_is_reported_after_the_grants() -> None:
    class Forgetful(Recorder):
        def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
            if "objectId" in args.args:
                raise Refused("404")
            return super().call(args)

    recorder = Forgetful()
    with pytest.raises(DirectoryLookupError, match=r"\[EXA207\]") as refused:
        account(recorder)
    assert "its output client_id has no value; the grants and connect_command are unchanged" in str(refused.value)
    assert len(recorder.grants) == 2
