"""The workflows pass their linters, and the linters find the mistakes that they are for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tools.checks import WORKFLOWS, run, workflow_linters

FILES = WORKFLOWS
PINNED = re.compile(r"uses: (?P<action>[\w-]+/[\w-]+)@(?P<commit>[0-9a-f]{40}) # v\d+\.\d+\.\d+$", re.MULTILINE)


def test_the_workflows_pass_their_linters() -> None:
    assert {path.stem for path in FILES} >= {
        "pull-request",
        "comment-on-fork",
        "deploy",
        "preview-stack",
        "nightly",
        "test",
    }
    passed, output = run(workflow_linters(FILES))
    assert passed, output


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('"$NUMBER"', '"${{ github.event.pull_request.title }}"', "template-injection"),
        ('"$NUMBER"', "$NUMBER", "SC2086"),
        ("pull-requests: write # to write the comment;", "pull-requests: write-all #", "permission"),
        ("  pull_request:\n", "  pull_request_target:\n", "dangerous-triggers"),
        ("@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1", "@v7", "unpinned-uses"),
        ("needs: [local, preview]\n", "needs: [local, previw]\n", "does not exist"),
        ("steps.explain.outputs.code", "steps.explian.outputs.code", "explian"),
    ],
)
def test_a_mistake_is_seen(tmp_path: Path, before: str, after: str, expected: str) -> None:
    [source] = [path for path in FILES if path.stem == "pull-request"]
    text = source.read_text()
    assert before in text
    (tmp_path / "pull-request.yml").write_text(text.replace(before, after))
    passed, output = run(workflow_linters([tmp_path / "pull-request.yml"]))
    assert not passed
    assert expected in output


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_action_is_pinned_and_every_job_has_few_rights_and_an_end(path: Path) -> None:
    lines = [line.strip() for line in path.read_text().splitlines() if "uses:" in line]
    assert all(PINNED.search(line) for line in lines), lines
    loaded = yaml.safe_load(path.read_text())
    assert loaded["permissions"] == {}
    assert "concurrency" in loaded
    for name, job in loaded["jobs"].items():
        assert job["timeout-minutes"] <= 120
        writes = {key for key, level in job["permissions"].items() if level == "write"}
        # Who signs in to Azure writes nothing on GitHub, and the other way round.
        assert len(writes) <= 1 or path.parent.name == "workflows", name
        # A cache of a fork's run, or of another branch, is never read.
        assert not any("cache" in step.get("uses", "") or step.get("with", {}).get("cache") for step in job["steps"])
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), name


def test_one_commit_for_each_action() -> None:
    found: dict[str, set[str]] = {}
    for path in FILES:
        for match in PINNED.finditer(path.read_text()):
            found.setdefault(match["action"], set()).add(match["commit"])
    assert all(len(commits) == 1 for commits in found.values()), found
