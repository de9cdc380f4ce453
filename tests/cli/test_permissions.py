"""``permissions``: what scripts need, the file beside each, and what ``explain`` says of an edit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli import plans
from tests.cli.plans import preview, role, step
from tests.cli.support import CommandResult, run
from tools.places import CHECKOUT

REPORT = "Connect-ExchangeOnline -ManagedIdentity -Organization $o\nGet-EXOMailbox\nDisconnect-ExchangeOnline\n"
RECIPIENTS = "Exchange Recipient Administrator"
RECIPIENT_ADMINISTRATOR = "31392ffb-586c-42d1-9346-e59415a2cc4e"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "report.ps1"
    path.write_text(REPORT, "utf-8")
    return path


def permissions(*arguments: object) -> CommandResult:
    return run(None, "permissions", *map(str, arguments), variables={"COLUMNS": "300"})


def test_what_is_written_is_what_is_checked(script: Path) -> None:
    file = script.with_suffix(".permissions.json")
    outcome = permissions(script.parent, "--check")
    assert outcome.code == 1
    assert "report.permissions.json is missing" in outcome.text
    assert permissions(script.parent, "--write").code == 0
    assert json.loads(file.read_text("utf-8")) == {
        "version": 1,
        "script": "report.ps1",
        "directoryRoles": [
            "Exchange Administrator",
            RECIPIENTS,
            "Compliance Administrator",
            "Helpdesk Administrator",
            "Global Reader",
        ],
        "managementRoles": ["View-Only Recipients"],
        "graphPermissions": [],
        "cmdlets": {"Get-EXOMailbox": {"roles": ["View-Only Recipients", "Mail Recipients"], "inferred": True}},
        "graphCalls": {},
        "unknown": [],
    }
    first = file.read_bytes()
    assert permissions(script, "--check").code == 0
    assert permissions(script, "--write").code == 0
    assert file.read_bytes() == first


def test_an_edit_that_needs_more_is_told_until_it_is_written(script: Path) -> None:
    assert permissions(script, "--write").code == 0
    script.write_text(REPORT.replace("Get-EXOMailbox", "Set-TransportRule x\nFoo-Bar\nGet-MgUser"), "utf-8")
    outcome = permissions(script, "--check", "--role", "exchange recipient administrator")
    assert outcome.code == 1
    for says in (
        "adds the cmdlet Set-TransportRule.",
        "adds the call of Microsoft Graph Get-MgUser.",
        "adds the command that no table has Foo-Bar.",
        "does not use any more the cmdlet Get-EXOMailbox.",
        "Exchange Recipient Administrator does not allow Set-TransportRule.",
    ):
        assert says in outcome.text
    [found] = permissions(script, "--role", RECIPIENTS, "--json").json["scripts"]
    assert found["refused"] == ["Set-TransportRule"]
    assert found["needs"]["unknown"] == ["Foo-Bar"]
    assert permissions(script, "--role", "Exchange Administrator").code == 0


def test_management_roles_are_roles_as_well(script: Path) -> None:
    assert permissions(script, "--role", "view-only recipients").code == 0
    refused = permissions(script, "--role", "Transport Rules")
    assert refused.code == 1
    assert "Transport Rules does not allow Get-EXOMailbox" in refused.text
    assert permissions(script, "--role", "Transport Rules", "--role", "Global Reader").code == 0
    assert "EXA462" in permissions(script, "--role", "Our own role").text


def test_a_file_that_was_edited_by_hand_differs(script: Path) -> None:
    assert permissions(script, "--write").code == 0
    file = script.with_suffix(".permissions.json")
    file.write_text(file.read_text("utf-8").replace("View-Only Recipients", "Mail Recipients"), "utf-8")
    outcome = permissions(script, "--check")
    assert outcome.code == 1
    assert "is not what --write writes" in outcome.text


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "EXA430"),
        ("{", "was cut off"),
        ("[]", "not an object"),
        ("{}", "its version is not 1"),
        ('{"version": 2}', "its version is not 1"),
        ('{"version": "1"}', "version is a text"),
        ('{"version": 1, "cmdlets": []}', "cmdlets is a list"),
        ('{"version": 1, "unknown": [1]}', "EXA461"),
    ],
)
def test_a_permissions_file_that_cannot_be_read_is_never_taken_for_none(script: Path, content: str, says: str) -> None:
    script.with_suffix(".permissions.json").write_text(content, "utf-8")
    outcome = permissions(script, "--check")
    assert outcome.code == 2
    assert says in outcome.text


def test_what_cannot_be_done_is_told(script: Path, tmp_path: Path) -> None:
    assert "EXA460" in permissions(tmp_path / "none.ps1").text
    (tmp_path / "empty").mkdir()
    assert "has no script" in permissions(tmp_path / "empty").text
    (tmp_path / "empty" / "x.ps1").write_text(" ", "utf-8")
    assert "is empty" in permissions(tmp_path / "empty").text
    assert "EXA463" in permissions(script, "--write", "--check").text
    outcome = permissions(script, "--role", "Exchange Recipent Administrator")
    assert outcome.code == 2
    assert "EXA462" in outcome.text
    assert RECIPIENTS in outcome.text
    script.with_suffix(".permissions.json").mkdir()
    outcome = permissions(script, "--write")
    assert outcome.code == 2
    assert "EXA464" in outcome.text


# explain


def explained(script: Path, *arguments: object, roles: tuple[str, ...] = (RECIPIENT_ADMINISTRATOR,)) -> dict[str, str]:
    text = preview(*(step("same", old=role(name), new=role(name)) for name in roles))
    outcome = run(
        None,
        "explain",
        "-",
        "--json",
        "--runbook",
        str(script),
        *map(str, arguments),
        stdin=text,
        variables={"COLUMNS": "400"},
    )
    assert outcome.code in (0, 1), outcome.text
    return {change["sentence"]: change["risk"] for change in outcome.json["changes"]}


def test_explain_tells_what_an_edit_adds_and_which_role_does_not_allow_it(script: Path, tmp_path: Path) -> None:
    assert permissions(script, "--write").code == 0
    base = tmp_path / "base"
    base.mkdir()
    script.with_suffix(".permissions.json").rename(base / "report.permissions.json")
    script.write_text(f"{REPORT}Set-TransportRule x\nSet-Mailbox y\nFoo-Bar\nGet-MgUser\n", "utf-8")
    assert permissions(script, "--write").code == 0
    assert explained(script) == {}
    assert explained(script, "--before", base) == {
        "Set-TransportRule in runbook report: added (Exchange Recipient Administrator does not allow it; it needs the "
        "management role Transport Rules or Data Loss Prevention)": "medium",
        "Set-Mailbox in runbook report: added (it needs the management role Mail Recipients)": "low",
        "Get-MgUser in runbook report: added (it needs User.Read.All)": "low",
        "Foo-Bar in runbook report: added (what it needs is not known)": "low",
    }


@pytest.mark.parametrize("roles", [(), ("some-other-role",)])
def test_explain_judges_nothing_where_the_roles_are_not_known(script: Path, roles: tuple[str, ...]) -> None:
    script.write_text("Set-TransportRule x\n", "utf-8")
    [(sentence, risk)] = explained(script, roles=roles).items()
    assert sentence.startswith("Set-TransportRule in runbook report: used, and no permissions file says")
    assert risk == "low"


def test_explain_judges_nothing_where_several_identities_have_roles(script: Path) -> None:
    script.write_text("Set-TransportRule x\n", "utf-8")
    one = role(RECIPIENT_ADMINISTRATOR)
    other = role(RECIPIENT_ADMINISTRATOR, principal="99999999-9999-4999-8999-999999999999", name="other-role")
    text = preview(step("same", old=one, new=one), step("same", old=other, new=other))
    result = run(None, "explain", "-", "--json", "--runbook", str(script), stdin=text)
    [change] = result.json["changes"]
    assert change["risk"] == "low"
    assert "does not allow" not in change["sentence"]


def test_explain_refuses_an_unreadable_permissions_file(script: Path) -> None:
    script.with_suffix(".permissions.json").write_text("{}", "utf-8")
    outcome = run(
        None, "explain", "-", "--runbook", str(script), stdin=preview(step("same", old=role(plans.GLOBAL_READER)))
    )
    assert outcome.code == 2
    assert "EXA461" in outcome.text


EXAMPLES = ("python-mailbox-report", "landing-zone/exchange/runbooks", "narrower-access/convert-to-shared.ps1")


def test_the_files_of_the_examples_are_those_of_their_scripts() -> None:
    runbooks = [CHECKOUT / "examples" / example for example in EXAMPLES]
    outcome = permissions(*runbooks, "--check", "--role", RECIPIENTS)
    assert outcome.code == 0, outcome.text
