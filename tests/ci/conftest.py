"""A repository with the workflows copied in, and the services that they post to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ci import services
from tools.places import CHECKOUT


@pytest.fixture
def service() -> Iterator[services.Service]:
    with services.serving() as running:
        yield running


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The root program, and what a user copies out of examples/ci."""
    created = tmp_path / "repository"
    created.mkdir()
    for name in ("__main__.py", "Pulumi.yaml"):
        shutil.copy(CHECKOUT / name, created)
    shutil.copytree(CHECKOUT / "stacks", created / "stacks", ignore=shutil.ignore_patterns("__pycache__"))
    (created / "ci").mkdir()
    shutil.copy(CHECKOUT / "examples" / "ci" / "post.py", created / "ci")
    (created / ".venv").symlink_to(CHECKOUT / ".venv")
    return created


@pytest.fixture
def engine(engine: None) -> str:
    """The directory that holds the engine."""
    program = shutil.which("pulumi")
    assert program is not None
    return str(Path(program).parent)
