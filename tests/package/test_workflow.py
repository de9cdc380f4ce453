"""The workflow that releases: no secret, least permissions, actions that cannot change under it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tools.places import CHECKOUT

WORKFLOW = CHECKOUT / ".github" / "workflows" / "release.yml"
TEXT = WORKFLOW.read_text()
JOBS: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["jobs"]


def test_zizmor_finds_nothing_even_when_it_is_pedantic() -> None:
    result = subprocess.run(
        [Path(sys.executable).with_name("zizmor"), "--offline", "--persona", "pedantic", WORKFLOW],
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_each_action_is_pinned_by_its_hash_with_the_version_beside_it() -> None:
    uses = re.findall(r"uses: (.*)", TEXT)
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)] == []


def test_no_secret_is_named_and_each_job_may_do_its_own_work_alone() -> None:
    assert "secrets." not in TEXT
    assert yaml.safe_load(TEXT)["permissions"] == {}
    assert {name: job["permissions"] for name, job in JOBS.items()} == {
        "test": {"contents": "read"},
        "build": {"contents": "read"},
        "attest": {"attestations": "write", "id-token": "write"},
        "publish": {"id-token": "write"},
        "announce": {"contents": "write"},
    }


def test_nothing_is_published_that_was_not_tested_checked_and_attested() -> None:
    assert {name: job.get("needs", []) for name, job in JOBS.items()} == {
        "test": [],
        "build": [],
        "attest": ["test", "build"],
        "publish": ["attest"],
        "announce": ["publish"],
    }
    assert JOBS["publish"]["environment"]["name"] == "pypi"
    assert 'tools.release check "$GITHUB_REF_NAME"' in TEXT


def test_whoever_may_publish_runs_no_code_of_the_checkout() -> None:
    for name, job in JOBS.items():
        if job["permissions"].get("id-token") == "write":
            assert [step for step in job["steps"] if "run" in step or "checkout" in step["uses"]] == [], name


def test_pypi_is_given_the_packages_and_nothing_beside_them() -> None:
    [download] = [step for step in JOBS["publish"]["steps"] if "download-artifact" in step["uses"]]
    [upload] = [step for step in JOBS["build"]["steps"] if step.get("with", {}).get("name") == download["with"]["name"]]
    assert upload["with"]["path"].split() == ["dist/*.whl", "dist/*.tar.gz"]
