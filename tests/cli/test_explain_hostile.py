"""``explain`` and ``error`` with input that somebody chose: one message, and never "No grant changes" for a grant."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange_automation.cli.explain import explanation
from exchange_automation.cli.explain.rendering import as_json, as_markdown
from exchange_automation.cli.pulumi.previews import parse_preview
from exchange_automation.core.problems import Problem
from tests.cli import plans
from tests.cli.explanations import ADMINISTRATOR, APP_ROLE, MAILBOXES, READER, azure, explain
from tests.cli.plans import preview, step
from tests.cli.support import run

GRANTING = [
    step("create", new=ADMINISTRATOR),
    step("create", new=MAILBOXES),
    step("import", new=APP_ROLE),
    step("update", old=READER, new=ADMINISTRATOR),
    step("replace", old=READER, new=ADMINISTRATOR),
    step("delete", old=ADMINISTRATOR),
    step("create", new=azure("automation:Runbook", "r", runbookName="r", automationAccountName="aa")),
    step("create", new=azure("automation:Webhook", "w", webhookName="w", automationAccountName="aa")),
    step("create", new=azure("authorization:RoleAssignment", "ra", principalId="x", roleDefinitionId="y", scope="/")),
]
"""Steps of which each is a change of access."""

JUNK: list[Any] = [
    *(None, True, 0, -1, 1e308, float("nan"), 10**400),
    *("", "x", "/", "\x00", "\x1b[2J", "\ud800", "\u202e", "a" * 3000, plans.UNKNOWN, "urn:pulumi:a::b::c::d"),
    *([], [[]], [{}], [None], {}, {"": None}, {"a": {"b": [1]}}),
    {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "x"},
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything inside a document."""
    if path:
        yield path
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from places(member, (*path, name))


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """A step of which some parts are missing, or are something else."""
    document: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(GRANTING)))
    for _ in range(draw(st.integers(1, 3))):
        *parents, last = draw(st.sampled_from(list(places(document))))
        inner: Any = document
        for name in parents:
            inner = inner[name]
        if draw(st.booleans()):
            inner[last] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        elif isinstance(inner, dict) and len(document) > 1:
            del inner[last]
    return document


@settings(deadline=None, max_examples=250)
@given(spoiled(), st.sampled_from(GRANTING), st.booleans())
def test_no_step_that_grants_is_left_out_whatever_parts_of_it_are_spoiled(
    hostile: dict[str, Any], whole: dict[str, Any], beside: bool
) -> None:
    steps = [hostile, whole] if beside else [hostile]
    try:
        read = parse_preview(preview(*steps), "The preview")
    except Problem:
        return
    changes = explanation.explain(read)
    assert changes
    json.dumps(as_json(read, changes))
    assert "No grant changes" not in as_markdown(read, changes)


NOISE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=20,
)


@settings(deadline=None, max_examples=50)
@given(NOISE | st.fixed_dictionaries({"steps": NOISE, "changeSummary": NOISE}))
def test_a_document_that_is_no_preview_is_refused_or_empty(document: Any) -> None:
    try:
        read = parse_preview(json.dumps(document), "The preview")
    except Problem:
        return
    assert read.steps == ()
    assert document["changeSummary"] is None or isinstance(document["changeSummary"], dict)


TEXTS = {
    "empty": "",
    "blanks": " \n\t",
    "NUL": "\x00" * 100,
    "deep": "[" * 200_000,
    "deep steps": '{"changeSummary": {}, "steps": ' + "[" * 100_000 + "]" * 100_000 + "}",
    "many digits": '{"changeSummary": {"create": ' + "9" * 10_000 + '}, "steps": []}',
    "a large text": '"' + "x" * 20_000_000 + '"',
    "events that are none": '{"sequence": 1}\n' * 3,
    "an escape": '{"steps": [{"op": "\x1b[2J", "urn": "\x1b]0;x\x07"}]}',
    "an escaped escape": json.dumps({"steps": [{"op": "\x1b[2J\u202e\x00", "urn": "x"}], "changeSummary": {}}),
}


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("form", ["table", "markdown", "json"])
def test_a_text_that_is_no_preview_ends_with_one_message(name: str, form: str) -> None:
    result = explain(TEXTS[name], "--format", form)
    assert result.code == 2
    assert result.err.count("exchange-automation: ") == 1
    assert "No grant changes" not in result.out
    assert not set("\x00\x07\x1b\u202e") & set(result.out + result.err)
    assert len(result.err) < 2_000


PATHS = ["\x00", "none", "x" * 5_000, "/proc/self/mem", "/", "\ud800", "\x1b[2J"]


@pytest.mark.parametrize("path", PATHS, ids=range(len(PATHS)))
def test_a_path_that_cannot_be_read_ends_with_one_message(path: str, tmp_path: Path) -> None:
    runbook = ("--runbook", path)
    for arguments in ((path,), ("-", *runbook), ("-", "--before", path, "--runbook", str(tmp_path / "x.ps1"))):
        result = run(None, "explain", *arguments, stdin=preview(GRANTING[0]))
        assert result.code == 2, arguments
        assert len(re.findall("^(?:exchange-automation|Error): ", result.err, re.MULTILINE)) == 1
        assert not set("\x00\x1b") & set(result.err)


CODES = [
    "",
    "\x00",
    "\ud800",
    "\u202e302",
    "EXA\x1b[2J",
    "9" * 100_000,
    "..",
    "302 303",
    "[[302]]",
    "\u0663\u0660\u0662",
]


@pytest.mark.parametrize("code", CODES, ids=range(len(CODES)))
def test_error_takes_any_argument(code: str) -> None:
    result = run(None, "error", code)
    assert result.code in (0, 2)
    assert not set("\x00\x1b\u202e") & set(result.out + result.err)
    assert len(result.err) < 2_000
