"""``explain --format markdown``: a comment that no name in the preview can format, and that has a limit."""

from __future__ import annotations

from tests.cli import plans
from tests.cli.explanations import READER, azure, explain
from tests.cli.plans import preview, role, step

HOSTILE = "x` @admins <img src=x> | **b** [y](https://evil.example) #1 --> <!-- \x1b[31m\u202e\n\n# big"


def test_a_comment_starts_with_a_mark_and_no_name_in_it_formats_links_or_mentions() -> None:
    new = role(plans.EXCHANGE_ADMINISTRATOR, plans.UNKNOWN, name=HOSTILE)
    new["parent"] = f"{plans.STACK}::{plans.COMPONENT}::{HOSTILE}"
    hostile = azure("automation:Runbook", HOSTILE, runbookName=HOSTILE, automationAccountName="\\| \\`")
    lines = explain(
        preview(step("create", new=new), step("update", hostile, hostile)), "--format", "markdown"
    ).out.splitlines()
    assert lines[:2] == [
        "<!-- exchange-automation explain: exchange-automation/prod -->",
        "### Access to Exchange Online: `exchange-automation/prod`",
    ]
    assert not any(line.startswith("#") for line in lines[2:])
    for line in lines[2:]:
        outside = "".join(part for number, part in enumerate(line.split("`")) if number % 2 == 0)
        for mark in ("@", "img", "http", "--", "#", "**b", "big", "\x1b", "\u202e"):
            assert mark not in outside or line.startswith("|---"), line
        assert line.count("`") % 2 == 0
        if line.startswith("| "):
            cells = len(line.replace("\\|", "").split("|")) - 2
            assert cells == (3 if "azure" in line or "type" in line else 2), line


def test_the_mark_of_a_comment_cannot_be_left() -> None:
    outcome = explain(
        preview(step("create", new=READER)), "--format", "markdown", "--title", "a --> <b>\nc", "--note", "<i>@all"
    )
    assert outcome.out.splitlines()[0] == "<!-- exchange-automation explain: a-b-c -->"
    assert "\\<i\\>" in outcome.out


def test_a_comment_has_room_for_the_riskiest_changes_first() -> None:
    many = [
        step("create", new=role(plans.GLOBAL_READER, f"{number:036d}", name=f"r{number}")) for number in range(2000)
    ]
    worst = step("create", new=role(plans.GLOBAL_ADMINISTRATOR, name="worst"))
    out = explain(preview(*many, worst), "--format", "markdown", "--fail-on", "never").out
    assert len(out) < 65_536
    assert "Global Administrator" in out.splitlines()[7]
    assert "more, which do not fit into a comment." in out


def test_a_preview_that_cannot_be_read_makes_a_comment_that_says_so() -> None:
    outcome = explain('{"steps": [', "--format", "markdown", "--title", "prod", "--note", "Commit 1234567.")
    assert outcome.code == 2
    assert outcome.out.splitlines() == [
        "<!-- exchange-automation explain: prod -->",
        "### Access to Exchange Online: `prod`",
        "",
        "**The changes are not known.** `Standard input ends in the middle: it was cut off.`",
        "",
        "Give what this writes: pulumi preview --json \\> preview.json \\[EXA430\\]",
        "",
        "\\> Commit 1234567.".removeprefix("\\"),
    ]
