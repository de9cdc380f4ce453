"""Every example comes up, stays as it is and leaves no grant behind."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from localtenant.process import LocalTenant
from tests.engine.support import Deployment

EXAMPLES = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*/__main__.py"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_the_example_works(tenant: LocalTenant, deploy: Callable[..., Deployment], path: Path) -> None:
    def program() -> None:
        runpy.run_path(str(path), run_name="__main__")

    stack = deploy(program, project=(path.parent / "Pulumi.yaml").read_text().replace(_name(path), "exchange-test"))
    stack.up().check()
    assert len(tenant.grants()) >= 2
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


def _name(path: Path) -> str:
    """The project's name, which the test's own project takes the place of."""
    return (path.parent / "Pulumi.yaml").read_text().splitlines()[0].removeprefix("name: ")


def test_the_program_of_the_readme_works(tenant: LocalTenant, deploy: Callable[..., Deployment]) -> None:
    readme = (EXAMPLES[0].parents[2] / "README.md").read_text()
    source = readme.split("```python\n", 1)[1].split("```", 1)[0]
    assert len([line for line in source.splitlines() if line]) < 20
    source = source.replace("rg-exchange-automation", "rg-existing")

    def program() -> None:
        exec(compile(source, "README.md", "exec"), {"__name__": "__main__"})  # noqa: S102  (what users copy)

    stack = deploy(program)
    outputs = stack.up().check().outputs
    assert outputs["connectCommand"] == readme.split("connects with what", 1)[1].split("```\n")[1].strip()
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []
