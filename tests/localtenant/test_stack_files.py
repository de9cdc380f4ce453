"""A run says beforehand when Pulumi may change a stack file that git tracks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from localtenant.stack_files import warning
from tools.places import CHECKOUT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with one tracked stack file, one that has a salt, and one that git does not know."""
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: python\nstackConfigDir: stacks\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "stacks" / "Pulumi.prod.yaml").write_text("encryptionsalt: v1:abc\n")
    for command in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    (tmp_path / "stacks" / "Pulumi.scratch.yaml").write_text("config: {}\n")
    return tmp_path


def test_a_tracked_stack_file_without_a_salt_is_named_with_the_remedy(project: Path) -> None:
    (project / "below").mkdir()
    for folder in (project, project / "below"):
        text = warning(folder)
        assert text.startswith("Git tracks stacks/Pulumi.dev.yaml, and Pulumi writes an encryptionsalt")
        assert text.endswith("git checkout stacks/Pulumi.dev.yaml")
        assert "scratch.yaml" not in text


def test_nothing_is_printed_without_a_project_a_repository_or_a_file_at_risk(project: Path, tmp_path: Path) -> None:
    (project / "stacks" / "Pulumi.dev.yaml").unlink()
    assert warning(project) == ""
    assert warning(Path("/")) == ""
    (tmp_path / ".git" / "HEAD").unlink()
    assert warning(project) == ""


@pytest.mark.parametrize("backend", ["", "file:///nowhere"])
def test_the_command_says_so_before_it_runs_a_program_on_a_backend_of_its_own(project: Path, backend: str) -> None:
    command = [sys.executable, "-m", "localtenant", "run", "--", "sh", "-c", "echo started >&2"]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(project), "PYTHONPATH": str(CHECKOUT)}
    if backend:
        environment["PULUMI_BACKEND_URL"] = backend
    done = subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True, text=True)
    lines = done.stderr.splitlines()
    assert lines[-1] == "started"
    assert [line[:24] for line in lines[:-1]] == ([] if backend else ["localtenant: Git tracks "])
