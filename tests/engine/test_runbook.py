"""ExchangeRunbook on the engine: published byte for byte, scheduled, linked, and never drifting."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
from pulumi_azure_native import storage

from exchange_automation import (
    ExchangeAutomationAccount,
    ExchangeRunbook,
    ExchangeRunbookArgs,
    ExchangeSmokeTest,
    IdentityType,
)
from exchange_automation.runbook import runbook
from exchange_automation.runbook.storage_account import storage_name
from localtenant.process import LocalTenant
from tests.engine.azure import Azure
from tests.engine.support import Deployment, Program

Deploy = Callable[..., Deployment]
SCRIPT = """param([int]$Days = 7, [Parameter(Mandatory = $true)][string]$Mailbox)
Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com
try { Get-EXOMailbox } finally { Disconnect-ExchangeOnline -Confirm:$false }
"""
DAILY = {"frequency": "Day", "at": "06:30", "time_zone": "Europe/Berlin", "parameters": {"Days": 3, "mailbox": "a"}}


def program(schedules: Any = (), *, account_name: str = "aa-mail", **runbook_args: Any) -> Program:
    """An account with a runbook."""

    def run() -> None:
        account = ExchangeAutomationAccount(
            "mail",
            {
                "organization": "contoso.onmicrosoft.com",
                "resource_group_name": "rg-existing",
                "location": "westeurope",
                "account_name": account_name,
            },
        )
        given = {
            "resource_group_name": account.resource_group_name,
            "automation_account_name": account.account_name,
            "runtime_environment_name": account.runtime_environment_name,
            "location": "westeurope",
            "source": {"text": SCRIPT},
            "schedules": schedules,
            **runbook_args,
        }
        made = ExchangeRunbook("report", cast("ExchangeRunbookArgs", given))
        for name in ("runbook_name", "content_sha256", "schedule_names"):
            pulumi.export(name, getattr(made, name))

    return run


@pytest.fixture
def azure(tenant: LocalTenant) -> Azure:
    return Azure(tenant)


@pytest.fixture(autouse=True)
def one_clock(tenant: LocalTenant, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program has the tenant's time."""
    monkeypatch.setattr(runbook, "now", lambda: moment(tenant))


def moment(tenant: LocalTenant) -> datetime:
    """The tenant's time."""
    return datetime.fromisoformat(tenant.now()[:19]).replace(tzinfo=timezone.utc)


@pytest.fixture
def days(tenant: LocalTenant) -> Callable[[float], None]:
    """Lets days go by, for the tenant and for the program."""
    return lambda count: tenant.advance(count * 86_400)


BOM, CRLF = b"\xef\xbb\xbf" + SCRIPT.encode(), SCRIPT.replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    "content",
    [SCRIPT.encode(), BOM, CRLF, SCRIPT.encode().ljust(1024 * 1024, b"#")],
    ids=["plain", "bom", "crlf", "1 MB"],
)
def test_published_is_byte_for_byte_what_is_in_the_file(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "report.ps1"
    file.write_bytes(content)
    stack = deploy(program(source={"file": str(file)}))
    outputs = stack.up().check().outputs
    assert azure.content() == content
    assert outputs["content_sha256"] == hashlib.sha256(content).hexdigest()
    assert stack.up().check().changes == {}
    file.write_bytes(content[:-1] + b"!")
    assert stack.up().check().of("update") == ["report-content-record", "report-runbook"]
    assert azure.content() == content[:-1] + b"!"
    stack.destroy().check()


def test_nothing_drifts_on_any_day_nor_across_a_change_of_clocks(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, days: Callable[[float], None]
) -> None:
    weekly = {"frequency": "Week", "week_days": ["Friday", "Monday"], "at": "02:30", "time_zone": "Europe/Berlin"}
    monthly = {"frequency": "Month", "month_days": [-1], "time_zone": "W. Europe Standard Time"}
    stack = deploy(program([DAILY, *({**schedule, "parameters": {"Mailbox": "b"}} for schedule in (weekly, monthly))]))
    stack.up().check()
    links = azure.links()
    assert len(links) == 3
    for count in (0, 1.7, 40, 130, 210):  # Beyond both changes of clocks of a year.
        days(count)
        assert stack.up().check().changes == {}
    assert azure.links() == links
    stack.destroy().check()


def test_a_signature_outlives_its_hour_by_no_update(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, days: Callable[[float], None]
) -> None:
    stack = deploy(program())
    stack.up().check()
    days(2)
    stack.program = program(description="for the mail team")
    assert "report-runbook" in stack.up().check().of("update")
    days(2)
    stack.program = program(description="for the mail team", tags={"owner": "mail"})
    assert "report-runbook" in stack.up().check().of("update")
    assert stack.up().check().changes == {}


@pytest.mark.parametrize("drops", [False, True])
def test_a_changed_text_keeps_its_schedules(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, days: Callable[[float], None], drops: bool
) -> None:
    tenant.admin("POST", "behaviour", {"runbookUpdateDropsLinks": drops})
    stack = deploy(program([DAILY]))
    stack.up().check()
    before = azure.links()
    days(3)
    stack.program = program([DAILY], source={"text": SCRIPT + "# more\n"})
    stack.up().check()
    after = azure.links()
    assert list(after.values()) == list(before.values()) == [{"Days": "3", "mailbox": "a"}]
    assert stack.up().check().changes == {}
    stack.program = program([DAILY])
    stack.up().check()
    assert azure.links() == before  # The same text has the same link again.


def test_another_time_or_parameter_is_another_link(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, days: Callable[[float], None]
) -> None:
    stack = deploy(program([DAILY]))
    stack.up().check()
    days(1)
    stack.program = program([{**DAILY, "at": "07:00"}])
    assert stack.up().check().changes == {"create": 2, "delete": 2}
    stack.program = program([{**DAILY, "at": "07:00", "parameters": {"mailbox": "b"}}])
    stack.up().check()
    assert list(azure.links().values()) == [{"mailbox": "b"}]
    assert stack.up().check().changes == {}


def test_a_replaced_account_brings_runbook_schedules_and_links_along(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, days: Callable[[float], None]
) -> None:
    stack = deploy(program([DAILY]))
    stack.up().check()
    days(5)
    stack.program = program([DAILY], account_name="aa-other")
    stack.up().check()
    assert azure.content("aa-other") == SCRIPT.encode()
    assert len(azure.links("aa-other")) == 1
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


def test_a_runbook_in_another_location_is_replaced_with_its_link(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, days: Callable[[float], None]
) -> None:
    stack = deploy(program([DAILY]))
    stack.up().check()
    before = azure.links()
    days(5)
    stack.program = program([DAILY], location="northeurope")
    stack.up().check()  # Azure would refuse to move it.
    assert azure.content() == SCRIPT.encode()
    assert azure.links() == before
    assert stack.up().check().changes == {}


def test_what_somebody_deleted_comes_back(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, days: Callable[[float], None]
) -> None:
    stack = deploy(program([DAILY]))
    stack.up().check()
    before = azure.links()
    days(5)
    for kind in ("jobSchedules", "schedules", "runbooks"):
        [target] = azure.get(f"Microsoft.Automation/automationAccounts/aa-mail/{kind}").json()["value"]
        tenant.remove_object(target["id"])
        stack.up().check()
        if kind == "runbooks":  # The link went with it, which the refresh sees after it has seen the runbook.
            stack.up().check()
        assert list(azure.links().values()) == list(before.values()), kind
    assert stack.up().check().changes == {}


def test_no_signature_is_anywhere_in_plain_text(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(program([DAILY]))
    texts = {"output": stack.up().check().text + stack.preview().check().text}
    texts.update({"journal": json.dumps(tenant.request_log()), "tenant's log": tenant.log()})
    for path in stack.directory.rglob("*"):
        if path.is_file():
            texts[str(path.relative_to(stack.directory))] = path.read_text("utf-8", "replace")
    for where, text in texts.items():
        for found in re.findall(r"sig=.{0,20}", text):
            assert found.startswith("sig=***"), (where, found)
    assert "publishContentLink" in json.dumps(stack.state())


def test_an_address_with_a_hash_needs_no_storage(tenant: LocalTenant, deploy: Deploy, azure: Azure) -> None:
    public = deploy(public_file)
    uri = str(public.up().check().outputs["uri"])
    sha256 = hashlib.sha256(SCRIPT.encode()).hexdigest()
    stack = deploy(program(source={"uri": uri, "sha256": sha256}))
    assert storage_name("report") not in stack.up().check().of("create")
    assert azure.content() == SCRIPT.encode()
    assert stack.up().check().changes == {}
    stack.program = program(source={"uri": uri, "sha256": "0" * 64})
    failed = stack.up()
    assert "Validation errors while reading content link" in failed.text
    stack.destroy().check()


def public_file() -> None:
    """Somebody's script on a public address."""
    account = storage.StorageAccount(
        "public",
        resource_group_name="rg-existing",
        location="westeurope",
        sku={"name": storage.SkuName.STANDARD_LRS},
        kind=storage.Kind.STORAGE_V2,
        allow_blob_public_access=True,
    )
    container = storage.BlobContainer(
        "scripts", resource_group_name="rg-existing", account_name=account.name, public_access=storage.PublicAccess.BLOB
    )
    blob = storage.Blob(
        "report.ps1",
        resource_group_name="rg-existing",
        account_name=account.name,
        container_name=container.name,
        source=pulumi.StringAsset(SCRIPT),
    )
    pulumi.export("uri", blob.url)


def test_a_policy_that_turns_shared_keys_off_is_reported_before_anything_is_published(
    tenant: LocalTenant, deploy: Deploy, azure: Azure
) -> None:
    tenant.admin("POST", "behaviour", {"sharedKeysAreTurnedOff": True})
    stack = deploy(program())
    done = stack.up()
    assert not done.succeeded
    assert "a policy turned its shared keys off" in done.text
    assert "EXA220" in done.text
    assert not [
        request
        for request in tenant.request_log()
        if request["operation"] in ("PUT runbooks", "PUT containers", "POST listKeys")
    ]
    stack.destroy().check()


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"allow_shared_key_access": False}, "accepts no shared keys"),
        ({"public_network_access": "Disabled"}, "has no public endpoint"),
        ({"network_rule_set": {"default_action": "Deny"}}, "has a firewall"),
        ({}, ""),
    ],
    ids=["no keys", "closed", "firewall", "usable"],
)
def test_an_existing_storage_account_is_refused_before_anything_is_published(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, settings: dict[str, Any], code: str
) -> None:
    def existing() -> None:
        storage.StorageAccount(
            "theirs",
            resource_group_name="rg-existing",
            account_name="sttheirs",
            location="westeurope",
            sku={"name": storage.SkuName.STANDARD_LRS},
            kind=storage.Kind.STORAGE_V2,
            **settings,
        )

    deploy(existing).up().check()
    stack = deploy(program(storage_account_name="sttheirs"))
    done = stack.up()
    if code:
        assert not done.succeeded
        assert code in done.text
        assert "EXA218" in done.text
        assert "source uri with sha256" in " ".join(done.text.split())
        assert azure.get("Microsoft.Automation/automationAccounts/aa-mail/runbooks/report").status_code == 404
    else:
        done.check()
        assert azure.content() == SCRIPT.encode()
    stack.destroy().check()


def test_a_start_in_the_past_is_reported_and_a_schedule_that_is_over_is_left_alone(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, days: Callable[[float], None]
) -> None:
    parameters = {"mailbox": "a"}
    soon = (moment(tenant) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    stack = deploy(program([{"frequency": "Once", "starts": soon, "parameters": parameters}]))
    stack.up().check()
    days(30)
    assert stack.up().check().changes == {}
    stack.program = program([{"frequency": "Once", "starts": "2020-01-01T00:00", "parameters": parameters}])
    failed = stack.up()
    assert not failed.succeeded
    assert "EXA157" in failed.text
    assert "Traceback" not in failed.text


def test_a_rotated_key_is_reported_and_republish_helps(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, days: Callable[[float], None]
) -> None:
    stack = deploy(program())
    stack.up().check()
    [account] = azure.get("Microsoft.Storage/storageAccounts", "2024-01-01").json()["value"]
    path = f"Microsoft.Storage/storageAccounts/{account['name']}/regenerateKey"
    assert azure.send("POST", path, "2024-01-01", {"keyName": "key1"}).status_code == 200
    days(1)
    failed = stack.up()
    assert not failed.succeeded
    assert "EXA307" in failed.text
    assert "republish" in failed.text
    stack.program = program(republish="key of March")
    stack.up().check()
    assert stack.up().check().changes == {}


def test_warnings_of_the_script_are_shown_and_strict_makes_them_errors(tenant: LocalTenant, deploy: Deploy) -> None:
    source = {"text": "Connect-ExchangeOnline -ManagedIdentity\nNew-UnifiedGroup -Name x\n"}
    shown = deploy(program(source=source)).preview().check().text
    assert "line 1: Connect-ExchangeOnline without -Organization" in shown
    assert "line 2: New-UnifiedGroup is not available" in shown
    refused = deploy(program(source=source, strict=True)).preview()
    assert not refused.succeeded
    assert refused.text.count("EXA159") >= 3


def test_the_smoke_test_is_published_and_scheduled_with_its_parameters(
    tenant: LocalTenant, deploy: Deploy, azure: Azure
) -> None:
    def tested() -> None:
        account = ExchangeAutomationAccount(
            "mail",
            {
                "organization": "contoso.onmicrosoft.com",
                "resource_group_name": "rg-existing",
                "location": "westeurope",
                "account_name": "aa-mail",
                "identity_type": IdentityType.USER_ASSIGNED,
            },
        )
        made = ExchangeSmokeTest(
            "report",
            {
                "resource_group_name": account.resource_group_name,
                "automation_account_name": account.account_name,
                "runtime_environment_name": account.runtime_environment_name,
                "organization": "contoso.onmicrosoft.com",
                "client_id": cast("pulumi.Output[str]", account.client_id),
                "location": "westeurope",
                "schedules": [{"frequency": "Day", "at": "05:00"}],
            },
        )
        pulumi.export("parameters", made.parameters)
        pulumi.export("clientId", account.client_id)

    stack = deploy(tested)
    outputs = stack.up().check().outputs
    assert b'"import"' in azure.content().replace(b"'", b'"')
    [parameters] = azure.links().values()
    assert parameters == outputs["parameters"]
    assert parameters == {"Organization": "contoso.onmicrosoft.com", "ClientId": outputs["clientId"]}
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


def test_a_schedule_created_the_day_before_the_clocks_change_keeps_its_hour(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, days: Callable[[float], None]
) -> None:
    # Summer time begins on 26 March 2028.
    tenant.advance((datetime(2028, 3, 25, 12, tzinfo=timezone.utc) - moment(tenant)).total_seconds())
    night = {"frequency": "Day", "at": "02:30", "time_zone": "Europe/Berlin", "parameters": {"Mailbox": "b"}}
    stack = deploy(program([night]))
    stack.up().check()
    days(4)
    [created] = azure.get("Microsoft.Automation/automationAccounts/aa-mail/schedules").json()["value"]
    assert "T02:30" in created["properties"]["nextRun"]
    assert stack.up().check().changes == {}


def test_a_schedule_with_a_long_name_previews_and_deploys_alike(
    tenant: LocalTenant, deploy: Deploy, azure: Azure
) -> None:
    monthly = {"frequency": "Month", "month_days": list(range(1, 29)), "at": "06:30", "parameters": {"Mailbox": "b"}}
    stack = deploy(program([monthly]))
    assert stack.preview().succeeded
    stack.up().check()
    [created] = azure.get("Microsoft.Automation/automationAccounts/aa-mail/schedules").json()["value"]
    assert len(created["name"]) <= 128


def test_tags_that_a_transformation_adds_to_every_resource_change_nothing_later(
    tenant: LocalTenant, deploy: Deploy, azure: Azure
) -> None:
    def tagged(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if "tags" not in args.props:
            return None
        props: dict[str, Any] = {**args.props}
        props["tags"] = {**(props["tags"] or {}), "cost": "42"}
        return pulumi.ResourceTransformationResult(props, args.opts)

    def run() -> None:
        pulumi.runtime.register_stack_transformation(tagged)
        program(tags={"owner": "mail"})()

    stack = deploy(run)
    stack.up().check()
    assert azure.get(RUNBOOK).json()["tags"] == {"owner": "mail", "cost": "42"}
    assert stack.up().check().changes == {}


@pytest.mark.parametrize("ignored", [True, False], ids=["ignored", "not ignored"])
def test_tags_that_azure_policy_adds_do_not_break_the_link_to_the_text(
    tenant: LocalTenant, deploy: Deploy, azure: Azure, days: Callable[[float], None], ignored: bool
) -> None:
    def keep(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != "azure-native:automation:Runbook":
            return None
        options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(ignore_changes=["tags"]))
        return pulumi.ResourceTransformationResult(args.props, options)

    def run() -> None:
        if ignored:
            pulumi.runtime.register_stack_transformation(keep)
        program()()

    stack = deploy(run)
    stack.up().check()
    days(2)
    policy = azure.send("PATCH", RUNBOOK, body={"tags": {"policy": "on"}})
    assert policy.status_code == 200
    stack.up().check()
    assert azure.get(RUNBOOK).json().get("tags", {}) == ({"policy": "on"} if ignored else {})
    assert stack.up().check().changes == {}


RUNBOOK = "Microsoft.Automation/automationAccounts/aa-mail/runbooks/report"
