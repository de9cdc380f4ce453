"""``explain``: each change of access in words, its risk, and what cannot be explained."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli import plans
from tests.cli.plans import preview, role, state, step
from tests.cli.support import Said, run

UNIT = "/administrativeUnits/66666666-6666-4666-8666-666666666666"


def explain(text: str, *arguments: str) -> Said:
    return run(None, "explain", "-", *arguments, stdin=text)


ADMINISTRATOR = role(plans.EXCHANGE_ADMINISTRATOR)
READER = role(plans.GLOBAL_READER)
IN_A_UNIT = role(plans.EXCHANGE_ADMINISTRATOR, directoryScopeId=UNIT)
APP_ROLE = state("app", plans.APP_ROLE, appRoleId=plans.MANAGE_AS_APP, principalObjectId=plans.PRINCIPAL)
MAILBOXES = state("app", plans.APP_ROLE, appRoleId=plans.FULL_ACCESS, principalObjectId=plans.PRINCIPAL)


@pytest.mark.parametrize(
    ("steps", "risk", "sentence"),
    [
        ([step("create", new=ADMINISTRATOR)], "high", "Exchange Administrator for identity {p}, tenant-wide: added"),
        ([step("create", new=READER)], "medium", "Global Reader for identity {p}, tenant-wide: added"),
        (
            [step("create", new=IN_A_UNIT)],
            "medium",
            "Exchange Administrator for identity {p}, in administrative unit 66666666-6666-4666-8666-666666666666: added",
        ),
        ([step("create", new=role(plans.GLOBAL_ADMINISTRATOR))], "critical", "Global Administrator for identity {p}"),
        ([step("create", new=role("some-other-role"))], "critical", "directory role some-other-role for identity {p}"),
        ([step("create", new=APP_ROLE)], "medium", "app role Exchange.ManageAsApp for identity {p}"),
        ([step("create", new=MAILBOXES)], "critical", "app role full_access_as_app for identity {p}"),
        ([step("delete", old=ADMINISTRATOR)], "low", "Exchange Administrator for identity {p}, tenant-wide: removed"),
        ([step("import", new=ADMINISTRATOR)], "low", "taken under management"),
        (
            [step("replace", READER, ADMINISTRATOR)],
            "high",
            "replaced (in place of Global Reader for identity {p}, tenant-wide)",
        ),
        (
            [step("refresh", ADMINISTRATOR, ADMINISTRATOR), step("create", new=ADMINISTRATOR)],
            "low",
            "made again (it is in the state and was removed by hand)",
        ),
        ([step("delete", old=state("aa", plans.ACCOUNT))], "low", "every grant for the automation account aa: removed"),
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
    said = explain(preview(*steps), "--json")
    assert said.json["risk"] == risk
    assert sentence.format(p=plans.PRINCIPAL) in said.json["changes"][0]["sentence"]
    assert said.code == (1 if risk == "critical" else 0)


def test_an_identity_that_is_not_there_yet_is_named_by_where_it_comes_from() -> None:
    new = role(plans.EXCHANGE_ADMINISTRATOR, plans.UNKNOWN)
    new["propertyDependencies"] = {"principalObjectId": [f"{plans.STACK}::{plans.ACCOUNT}::aa-mail"]}
    assert "for the identity of aa-mail" in explain(preview(step("create", new=new))).text


def test_nothing_changes() -> None:
    said = explain(preview(step("same", ADMINISTRATOR, ADMINISTRATOR)))
    assert said.code == 0
    assert "No grant changes. Highest risk: none." in said.out


@pytest.mark.parametrize(("threshold", "code"), [("never", 0), ("critical", 0), ("high", 1), ("low", 1)])
def test_a_pipeline_chooses_what_it_stops_at(threshold: str, code: int) -> None:
    assert explain(preview(step("create", new=ADMINISTRATOR)), "--fail-on", threshold).code == code


def test_markdown_is_a_table_in_which_no_name_can_format_or_mention() -> None:
    new = role(plans.EXCHANGE_ADMINISTRATOR, plans.UNKNOWN)
    new["parent"] = f"{plans.STACK}::{plans.COMPONENT}::@admins <img src=x> | `x`"
    said = explain(preview(step("create", new=new)), "--format", "markdown")
    assert said.out.startswith("### Access to Exchange Online: `exchange-automation/prod`")
    assert "| high |" in said.out
    assert "@admins" not in said.out
    assert "<img" not in said.out.replace("\\<img", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("not json", "not JSON"),
        ("[]", "not"),
        ('{"resources": []}', "not the JSON of a preview"),
        ('{"sequence": 1}\n{"sequence": 2}', "is a stream of events"),
        (
            preview(diagnostics=[{"severity": "error", "message": "error: no provider"}]),
            "a preview that failed, so what it would do is not known: no provider",
        ),
        (preview({"op": "create"}), "without an operation or a URN"),
        (preview({"op": "teleport", "urn": "urn:x"}), 'the operation "teleport"'),
    ],
)
def test_what_is_no_preview_is_refused(text: str, says: str) -> None:
    said = explain(text)
    assert said.code == 2
    assert says in said.text
    assert said.out == ""


def test_a_file_that_is_not_there() -> None:
    said = run(None, "explain", "/nowhere/preview.json")
    assert said.code == 2
    assert "/nowhere/preview.json cannot be read: No such file or directory" in said.text
