"""``explain``: each change of access in words, its risk, and what cannot be explained."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exchange_automation.catalog.app_roles import WIDE, well_known
from localtenant.state import seed
from tests.cli import plans
from tests.cli.explanations import ADMINISTRATOR, APP_ROLE, IN_A_UNIT, MAILBOXES, READER, azure, explain, sentences
from tests.cli.plans import events, preview, role, state, step


@pytest.mark.parametrize(
    ("steps", "risk", "sentence"),
    [
        ([step("create", new=ADMINISTRATOR)], "high", "Exchange Administrator for identity {p}, tenant-wide: added"),
        (
            [step("create", new=READER)],
            "medium",
            "Global Reader for identity {p}, tenant-wide: added (Microsoft labels the role PRIVILEGED)",
        ),
        (
            [step("create", new=IN_A_UNIT)],
            "medium",
            "Exchange Administrator for identity {p}, in administrative unit 66666666-6666-4666-8666-666666666666: added",
        ),
        ([step("create", new=role(plans.GLOBAL_ADMINISTRATOR))], "critical", "Global Administrator for identity {p}"),
        ([step("create", new=role("some-other-role"))], "critical", "directory role some-other-role for identity {p}"),
        ([step("create", new=APP_ROLE)], "medium", "app role Exchange.ManageAsApp for identity {p}"),
        (
            [step("create", new=MAILBOXES)],
            "critical",
            "app role full_access_as_app of Office 365 Exchange Online for identity {p}",
        ),
        ([step("delete", old=ADMINISTRATOR)], "low", "Exchange Administrator for identity {p}, tenant-wide: removed"),
        ([step("import", new=ADMINISTRATOR)], "low", "taken under management"),
        (
            [step("replace", READER, ADMINISTRATOR)],
            "high",
            "replaced (in place of Global Reader, tenant-wide for identity {p})",
        ),
        (
            [step("refresh", ADMINISTRATOR, ADMINISTRATOR), step("create", new=ADMINISTRATOR)],
            "low",
            "created again (it is in the state and was removed by hand)",
        ),
        ([step("delete", old=state("aa", plans.ACCOUNT))], "low", "every grant for the automation account aa: removed"),
        (
            [
                step(
                    "replace",
                    state("aa", plans.ACCOUNT, automationAccountName="AA-Mail"),
                    state("aa", plans.ACCOUNT, automationAccountName="aa-mail"),
                )
            ],
            "low",
            "replaced (the identity goes, because its name is spelled differently; to keep it, write AA-Mail)",
        ),
        (
            [
                step(
                    "create",
                    new=state(
                        "ci",
                        "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential",
                    ),
                )
            ],
            "medium",
            "a federated credential for the application of ci: added (a new way to sign in)",
        ),
    ],
)
def test_each_change_is_a_sentence_with_a_risk(steps: list[dict[str, Any]], risk: str, sentence: str) -> None:
    outcome = explain(preview(*steps), "--json")
    assert outcome.json["risk"] == risk
    assert sentence.format(p=plans.PRINCIPAL) in outcome.json["changes"][0]["sentence"]
    assert outcome.code == (1 if risk == "critical" else 0)


def test_an_identity_that_is_not_there_yet_is_named_by_where_it_comes_from() -> None:
    new = role(plans.EXCHANGE_ADMINISTRATOR, plans.UNKNOWN)
    new["propertyDependencies"] = {"principalObjectId": [f"{plans.STACK}::{plans.ACCOUNT}::aa-mail"]}
    assert "for the identity of automation account aa-mail" in explain(preview(step("create", new=new))).text


def test_nothing_changes() -> None:
    outcome = explain(preview(step("same", ADMINISTRATOR, ADMINISTRATOR)))
    assert outcome.code == 0
    assert "No grant changes. Highest risk: none." in outcome.out


@pytest.mark.parametrize(("threshold", "code"), [("never", 0), ("critical", 0), ("high", 1), ("low", 1)])
def test_a_pipeline_chooses_what_it_stops_at(threshold: str, code: int) -> None:
    assert explain(preview(step("create", new=ADMINISTRATOR)), "--fail-on", threshold).code == code


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("not json", "not JSON"),
        ("[]", "not"),
        ('{"resources": []}', "not the JSON of a preview"),
        ("[" * 100_000, "nested too deeply"),
        ('{"sequence": 1}\n{"sequence": 2}', "is a stream of events without its last ones: it was cut off"),
        (events(step("create", new=role(plans.GLOBAL_READER)))[:-40], "line 2 is not an event: it was cut off"),
        (events(result="failed"), "tells of a preview that failed"),
        (events(isPreview=False), "tells of an update that has run"),
        (events(step("teleport", new=role(plans.GLOBAL_READER))), 'the operation "teleport"'),
        (
            preview(diagnostics=[{"severity": "error", "message": "error: no provider"}]),
            "a preview that failed, so its changes are not known: no provider",
        ),
        (preview({"op": "create"}), "without an operation or a URN"),
        (preview({"op": "teleport", "urn": "urn:x"}), 'the operation "teleport"'),
    ],
)
def test_what_is_no_preview_is_refused(text: str, says: str) -> None:
    outcome = explain(text)
    assert outcome.code == 2
    assert says in outcome.text
    assert outcome.out == ""


def test_a_file_that_is_not_there() -> None:
    outcome = explain("", source="/nowhere/preview.json")
    assert outcome.code == 2
    assert "/nowhere/preview.json cannot be read: No such file or directory" in outcome.text


GRAPH_ROLE = "df021288-bdef-4463-88db-98f22de89214"
ACCOUNT_ID = "/subscriptions/s/resourceGroups/rg/providers/Microsoft.Automation/automationAccounts/aa-mail"
CONTRIBUTOR = "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/f353d9bd-d4a6-484e-a77a-8050b599b867"


@pytest.mark.parametrize(
    ("new", "risk", "sentence"),
    [
        (
            state("app", plans.APP_ROLE, appRoleId=GRAPH_ROLE, principalObjectId=plans.PRINCIPAL),
            "medium",
            "app role User.Read.All of Microsoft Graph for identity {p}, tenant-wide: added",
        ),
        (
            state(
                "app",
                plans.APP_ROLE,
                appRoleId="9e3f62cf-ca93-4989-b6ce-bf83c28f9fe8",
                principalObjectId=plans.PRINCIPAL,
            ),
            "critical",
            (
                "app role RoleManagement.ReadWrite.Directory of Microsoft Graph for identity {p}, tenant-wide: added (it can make "
                "itself Global Administrator. Nothing replaces it)"
            ),
        ),
        (
            state("app", plans.APP_ROLE, appRoleId="0" * 8, principalObjectId=plans.PRINCIPAL),
            "critical",
            "app role 00000000 for identity {p}, tenant-wide: added (this command does not know it; look up its permissions)",
        ),
        (
            role(plans.EXCHANGE_ADMINISTRATOR, directoryScopeId=plans.UNKNOWN),
            "high",
            "Exchange Administrator for identity {p}, in a scope that is not known yet: added",
        ),
        (
            role(plans.EXCHANGE_ADMINISTRATOR, appScopeId="/catalog"),
            "high",
            "Exchange Administrator for identity {p}, in the application's scope /catalog: added",
        ),
        (
            role(plans.EXCHANGE_ADMINISTRATOR.upper()),
            "high",
            "Exchange Administrator for identity {p}, tenant-wide: added",
        ),
        (
            state(
                "member",
                "azuread:index/directoryRoleMember:DirectoryRoleMember",
                roleObjectId="r",
                memberObjectId=plans.PRINCIPAL,
            ),
            "critical",
            (
                "activated directory role r for identity {p}, tenant-wide: added (a preview does not contain the name of that role; "
                "look it up)"
            ),
        ),
        (
            state(
                "later",
                "azuread:index/directoryRoleEligibilityScheduleRequest:DirectoryRoleEligibilityScheduleRequest",
                roleDefinitionId=plans.GLOBAL_ADMINISTRATOR,
                principalId=plans.PRINCIPAL,
                directoryScopeId="/",
            ),
            "critical",
            "eligibility for Global Administrator for identity {p}, tenant-wide: added (Exchange Online never needs it)",
        ),
        (
            state("g", "azuread:index/groupMember:GroupMember", groupObjectId="g1", memberObjectId=plans.PRINCIPAL),
            "high",
            "membership of group g1 for identity {p}: added (a member has all grants of the group)",
        ),
        (
            azure(
                "authorization:RoleAssignment",
                "edit",
                roleDefinitionId=CONTRIBUTOR,
                principalId=plans.PRINCIPAL,
                scope=ACCOUNT_ID,
            ),
            "high",
            (
                "Azure role Automation Contributor for identity {p}, on automation account aa-mail: added (everybody who edits a runbook "
                "acts as the account's identity)"
            ),
        ),
        (
            azure("managedidentity:FederatedIdentityCredential", "fic"),
            "medium",
            "a federated credential for the identity of fic: added (a new way to sign in)",
        ),
        (
            azure("automation/v20241023:Runbook", "rb", runbookName="report", automationAccountName="aa-mail"),
            "low",
            "runbook report in automation account aa-mail: added (it runs as the account's identity)",
        ),
        (
            azure("automation:Webhook", "wh", webhookName="go", automationAccountName="aa-mail"),
            "medium",
            "webhook go in automation account aa-mail: added (everybody who has its address can start a runbook)",
        ),
        (
            azure("web:WebApp", "site", identity={"userAssignedIdentities": ["/subscriptions/s/x/id-mail"]}),
            "high",
            (
                "acting as user-assigned identity id-mail for code that runs in site: added (the grants of that identity are not in "
                "this preview)"
            ),
        ),
        (
            state("sh", "command:local:Command", create="az ad app permission admin-consent"),
            "high",
            "what sh does: unknown (it runs commands or another template, and a preview does not show their effects)",
        ),
        (
            azure("automation:AutomationAccount", "aa", automationAccountName="aa-mail", disableLocalAuth=False),
            "medium",
            (
                "sign-in with keys and webhooks for automation account aa-mail: switched on (everybody who has a key can register a machine on "
                "which runbooks run)"
            ),
        ),
    ],
)
def test_every_way_to_access_is_reported_whoever_declares_it(new: dict[str, Any], risk: str, sentence: str) -> None:
    assert sentences(step("create", new=new)) == {sentence.format(p=plans.PRINCIPAL): risk}


def test_a_grant_that_is_kept_on_purpose_is_not_reported_as_removed() -> None:
    old = {**ADMINISTRATOR, "retainOnDelete": True}
    assert sentences(step("delete", old=old)) == {
        f"Exchange Administrator for identity {plans.PRINCIPAL}, tenant-wide: left behind, managed by nothing (it stays in the "
        "directory, because retainOnDelete is set)": "medium"
    }


@pytest.mark.parametrize("found", ["refresh", "delete"])
def test_a_grant_removed_by_hand_is_created_again(found: str) -> None:
    """A refresh that does not find the grant reports its deletion."""
    sentences_of = sentences(step(found, old=ADMINISTRATOR), step("create", new=ADMINISTRATOR))
    assert [(line.rpartition(": ")[2], risk) for line, risk in sentences_of.items()] == [
        ("created again (it is in the state and was removed by hand)", "low")
    ]


def account_update(identity: str = "SystemAssigned") -> dict[str, Any]:
    old = azure(
        "automation:AutomationAccount", "aa", automationAccountName="aa-mail", identity={"type": "SystemAssigned"}
    )
    old["outputs"] = {"name": "aa-mail", "identity": {"principalId": plans.PRINCIPAL}}
    new = azure("automation:AutomationAccount", "aa", automationAccountName="aa-mail", identity={"type": identity})
    new["inputs"]["disableLocalAuth"] = old["inputs"]["disableLocalAuth"] = True
    return step("update", old, new)


def unknown_again(update: dict[str, Any]) -> dict[str, Any]:
    new = role(plans.EXCHANGE_ADMINISTRATOR, plans.UNKNOWN)
    new["propertyDependencies"] = {"principalObjectId": [update["urn"]]}
    return step("replace", ADMINISTRATOR, new)


def test_a_changed_account_that_keeps_its_identity_replaces_no_grant() -> None:
    update = account_update()
    assert sentences(update, unknown_again(update)) == {
        f"Exchange Administrator for identity aa-mail ({plans.PRINCIPAL}), tenant-wide: stays (it looks replaced because the "
        "account changes, and its identity stays)": "low"
    }


def test_a_changed_account_that_loses_its_identity_does() -> None:
    update = account_update("UserAssigned")
    assert sentences(update, unknown_again(update)) == {
        "Exchange Administrator for the identity of automation account aa-mail, tenant-wide: replaced (in place of identity "
        f"aa-mail ({plans.PRINCIPAL}))": "high"
    }


def test_the_parts_of_a_replacement_are_reported_once() -> None:
    replaced = [step(operation, READER, ADMINISTRATOR) for operation in ("create-replacement", "replace")]
    sentences_of = sentences(*replaced, step("delete-replaced", READER))
    assert len(sentences_of) == 1


def test_a_stream_of_events_says_the_same_as_the_document() -> None:
    steps = [step("create", new=ADMINISTRATOR), step("delete", old=IN_A_UNIT), step("same", READER, READER)]
    for changing in steps[:2]:
        changing["urn"] += changing["op"]
    assert explain(events(*steps), "--json").json == explain(preview(*steps), "--json").json
    assert explain(events(*steps), "--json").json["risk"] == "high"


def test_the_known_app_roles_are_those_of_the_directory() -> None:
    for api, roles in (
        ("Office 365 Exchange Online", seed.EXCHANGE_APP_ROLES),
        ("Microsoft Graph", seed.GRAPH_APP_ROLES),
        ("Office 365 SharePoint Online", seed.SHAREPOINT_APP_ROLES),
    ):
        for value, (role_id, _) in roles.items():
            found = well_known(role_id)
            assert found in (None, (api, value))
            assert found is not None or value.endswith(("V2", "POP.AccessAsApp")), value
    assert not [value for value in WIDE if not any(value == role[1] for role in _known())]


def _known() -> list[tuple[str, str]]:
    from exchange_automation.catalog.app_roles import _BY_ID  # noqa: PLC0415  (what only this test looks into)

    return list(_BY_ID.values())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_preview_is_read_as_windows_powershell_writes_it(tmp_path: Path, encoding: str) -> None:
    """The preview of a whole program, with line ends of Windows; from a file and from standard input."""
    text = Path(__file__).with_name("preview.json").read_text("utf-8")
    expected = explain(text, "--json").json
    assert {change["change"] for change in expected["changes"]} == {"added"}  # Nothing of a real preview is unknown.
    (tmp_path / "preview.json").write_bytes(text.replace("\n", "\r\n").encode(encoding))
    assert explain("", "--json", source=str(tmp_path / "preview.json")).json == expected
    with (tmp_path / "preview.json").open("rb") as stream:
        piped = subprocess.run(
            [sys.executable, "-m", "exchange_automation.cli", "explain", "--json"],
            stdin=stream,
            capture_output=True,
            check=False,
        )
    assert json.loads(piped.stdout) == expected
