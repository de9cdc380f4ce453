"""``exchange-automation adopt``: what exists comes under management, and the preview afterwards is empty."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exchange_automation.cli.pulumi.engine import Engine, Run
from localtenant.process import LocalTenant
from tests.cli.support import CommandResult, run
from tests.engine import everything
from tests.engine.azure import Azure
from tests.engine.everything import Everything, Surroundings
from tests.engine.programs import access, account, apis, application, runbook
from tests.engine.recovery import adopt, grants_in_directory, grants_in_state, host_environment, look
from tests.engine.support import Deployment, Program
from tests.engine.test_hosted import direct

Deploy = Callable[..., Deployment]


def verdicts(result: CommandResult) -> dict[str, str]:
    """Verdicts by logical name."""
    return {resource["name"]: resource["verdict"] for resource in result.json["resources"]}


def by_hand(tenant: LocalTenant, *roles: str) -> str:
    """Creates an identity with grants outside any program; returns its object id."""
    [created] = tenant.add_service_principal("aa-mail", servicePrincipalType="ManagedIdentity", lag=0)
    tenant.add_grant(created["id"], appRole="Exchange.ManageAsApp")
    for role in roles:
        tenant.add_grant(created["id"], directoryRole=role)
    return str(created["id"])


def writes(tenant: LocalTenant, since: int) -> list[dict[str, Any]]:
    """Returns the requests that can change something, without sign-in and look-ups by POST."""
    reads = ("/oauth2/", "getByIds", "$batch", "listKeys", "listServiceSas")
    return [
        request
        for request in tenant.request_log()[since:]
        if request["method"] not in ("GET", "HEAD") and not any(read in request["path"] for read in reads)
    ]


def test_grants_created_by_hand_come_under_management(tenant: LocalTenant, deploy: Deploy) -> None:
    principal = by_hand(tenant, "Exchange Administrator")
    before, since = tenant.grants(), len(tenant.request_log())
    stack = deploy(access(principal_id=principal))
    adopt(stack)
    assert writes(tenant, since) == []
    assert stack.preview().check().changes == {}
    assert stack.up().check().changes == {}
    assert tenant.grants() == before
    assert grants_in_state(stack) == {grant["id"] for grant in before}
    stack.destroy().check()
    assert tenant.grants() == []


def test_what_is_missing_is_left_to_up(tenant: LocalTenant, deploy: Deploy) -> None:
    principal = by_hand(tenant)
    stack = deploy(access(principal_id=principal))
    result, written = look(stack)
    assert result.code == 0
    assert verdicts(result) == {"mail-exchange-manageasapp": "found", "mail-exchange-administrator": "missing"}
    names = [resource["name"] for resource in json.loads(written.read_text())["resources"]]
    assert names == ["mail", "mail-exchange-manageasapp"]
    adopt(stack)
    assert stack.up().check().changes == {"create": 1}
    assert grants_in_state(stack) == grants_in_directory(tenant, "")


def test_nothing_to_adopt_writes_nothing(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account())
    result, written = look(stack)
    assert result.code == 1
    assert set(verdicts(result).values()) == {"missing"}
    assert not written.exists()


def test_everything_is_managed_already(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account())
    stack.up().check()
    result, written = look(stack)
    assert (result.code, result.json["resources"]) == (0, [])
    assert not written.exists()


def test_an_orphan_is_named_and_comes_home_with_one_command(tenant: LocalTenant, deploy: Deploy) -> None:
    stack = deploy(account())
    tenant.faults([{"operation": "POST roleAssignments", "effect": "cut", "when": "after"}])
    stack.up()
    assert len(tenant.grants()) == 2
    failed = stack.up()
    assert not failed.succeeded
    assert "EXA302" in failed.text
    assert "exchange-automation adopt --yes" in " ".join(failed.text.split())
    adopt(stack)
    assert stack.up().check().changes == {}
    assert len([request for request in tenant.request_log() if request["operation"] == "POST roleAssignments"]) == 2
    stack.destroy().check()
    assert tenant.grants() == []


def test_two_applications_of_one_name_are_for_a_person_to_tell_apart(tenant: LocalTenant, deploy: Deploy) -> None:
    first = deploy(application(display_name="mail"))
    first.up().check()
    second = deploy(application(display_name="mail"))
    second.up().check()
    third = deploy(application(display_name="mail"))
    result, written = look(third)
    assert result.code == 2
    assert not written.exists()
    assert "More than one existing object matches" in result.text
    ids = sorted(resource["id"] for resource in first.state() if resource["type"].endswith(":ApplicationRegistration"))
    [registration] = [resource for resource in first.state() if resource["type"].endswith(":ApplicationRegistration")]
    name = registration["urn"].rsplit("::", 1)[-1]
    result, written = look(third, "--pick", f"{name}={ids[0]}")
    assert result.code == 0, result.text
    found = {resource["name"]: resource["id"] for resource in result.json["resources"]}
    assert found[name] == ids[0]
    assert written.exists()


def test_a_pick_of_something_else_is_refused(tenant: LocalTenant, deploy: Deploy) -> None:
    result, written = look(deploy(account()), "--pick", "nothing=/x")
    assert result.code == 2
    assert "--pick names nothing, which the program does not create" in result.text
    assert not written.exists()


def test_the_preview_of_another_program_is_refused(tenant: LocalTenant, deploy: Deploy) -> None:
    ours, theirs = deploy(account()), deploy(access(principal_id=by_hand(tenant)))
    work, other = ours.directory / "work", theirs.directory / "work"
    ours.write_preview(work / "import.json", work / "preview.json")
    theirs.write_preview(other / "import.json", other / "preview.json")
    files = ("--from", str(work / "import.json"), "--preview-json", str(other / "preview.json"))
    result = run(tenant, "adopt", *files, "--out", str(work / "adopt.json"))
    assert result.code == 2
    assert "which the preview of this program does not create" in result.text
    assert not (work / "adopt.json").exists()


def adopt_at_once(stack: Deployment, monkeypatch: pytest.MonkeyPatch) -> CommandResult:
    """``exchange-automation adopt --yes``. Its previews are the Automation API's, because the engine here has no language host."""
    plain = Engine.run

    async def run_engine(self: Engine, *arguments: str) -> Run:
        if arguments[0] != "preview":
            return await plain(self, *arguments)
        [file] = [argument.partition("=")[2] for argument in arguments if argument.startswith("--import-file=")]
        digest = stack.directory / "work" / "preview.json"
        await asyncio.to_thread(stack.write_preview, Path(file), digest)
        return Run(0, digest.read_text(), "")

    monkeypatch.setattr(Engine, "run", run_engine)
    work = stack.directory / "work"
    out = ("--cwd", str(work), "--out", str(work / "adopt.json"))
    try:
        return run(stack.tenant, "adopt", "--stack", "test", "--yes", "--json", *out, variables=host_environment(stack))
    finally:
        monkeypatch.setattr(Engine, "run", plain)


def test_a_program_whose_state_was_lost_comes_home_with_one_command(
    tenant: LocalTenant, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = deploy(runbook())
    lost.up().check()
    grants, since = tenant.grants(), len(tenant.request_log())
    stack = deploy(runbook())
    result = adopt_at_once(stack, monkeypatch)
    assert result.code == 0, result.text
    found = verdicts(result)
    assert set(found.values()) == {"found"}
    assert writes(tenant, since) == []
    done = stack.up().check()
    # Nothing is created, deleted or replaced, the file that the text was published from included.
    assert set(done.changes) == {"update"}
    assert tenant.grants() == grants
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


@pytest.mark.parametrize("make", [account, application, apis], ids=["account", "application", "apis"])
def test_after_adopting_the_preview_is_empty(
    tenant: LocalTenant, deploy: Deploy, monkeypatch: pytest.MonkeyPatch, make: Callable[..., Program]
) -> None:
    arguments: dict[str, Any] = {"principal_id": by_hand(tenant)} if make is apis else {}
    lost = deploy(make(**arguments))
    if make is apis:
        tenant.remove_object(tenant.grants()[0]["id"])
    lost.up().check()
    grants = tenant.grants()
    stack = deploy(make(**arguments))
    result = adopt_at_once(stack, monkeypatch)
    assert result.code == 0, result.text
    assert set(verdicts(result).values()) == {"found"}
    # What Azure fills in by itself leaves an account's inputs; nothing else is left to do, and no grant is touched.
    assert (result.json["remaining"] == []) == (make is not account)
    assert set(stack.up().check().changes) <= ({"update"} if make is account else set())
    assert stack.preview().check().changes == {}
    assert tenant.grants() == grants


def test_after_adopting_everything_nothing_but_a_webhook_is_replaced(
    tenant: LocalTenant, deploy: Deploy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All resource types at once, read back as the real provider does: scopes without their leading slash."""
    [principal] = tenant.add_service_principal("theirs", servicePrincipalType="Application", lag=0)
    uri = deploy(everything.theirs).up().check().outputs["uri"]
    generated = Azure(tenant).send("POST", "Microsoft.Automation/automationAccounts/aa-theirs/webhooks/generateUri")
    (tmp_path / "report.ps1").write_text(everything.SCRIPT)
    around = Surroundings(principal["id"], generated.json(), uri, str(tmp_path / "report.ps1"))

    def program() -> None:
        Everything(direct, around)()

    lost = deploy(program)
    lost.up().check()
    grants = tenant.grants()
    types = {
        resource["type"]
        for resource in lost.state()
        if resource["custom"] and not resource["type"].startswith("pulumi:")
    }
    stack = deploy(program)
    result = adopt_at_once(stack, monkeypatch)
    found = verdicts(result)
    # A preview does not show a certificate's text, so the command cannot know which one it is.
    certificates = ["job-certificate", "job-certificate-next"]
    assert {name: verdict for name, verdict in found.items() if verdict != "found"} == dict.fromkeys(
        certificates, "not looked for"
    )
    done = stack.up().check()
    # Azure never returns the address of a webhook, so the webhook is created again with the address in the program.
    webhook = [
        resource["urn"].rsplit("::", 1)[-1] for resource in lost.state() if resource["type"].endswith(":Webhook")
    ]
    assert len(webhook) == 1
    assert {operation: sorted(done.of(operation)) for operation in done.changes if operation != "update"} == {
        "create": certificates,
        **dict.fromkeys(("create-replacement", "replace", "delete-replaced"), webhook),
    }
    assert tenant.grants() == grants
    assert stack.up().check().changes == {}
    print(f"{len(types)} types, {len(found)} resources: {len(found) - 2} adopted, 1 replaced (a webhook)")
