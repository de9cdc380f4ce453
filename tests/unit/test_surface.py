"""What users read: docstrings of arguments and outputs, error codes, the project's files."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from tools.engine import pinned_version

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "components" / "exchange_automation"
MODULES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path.name != "__init__.py" and path.relative_to(PACKAGE).parts[0] not in ("cli", "_version.py")
)


def classes() -> list[tuple[str, ast.ClassDef]]:
    return [
        (path.stem, node)
        for path in MODULES
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


# Parsed once, while tests are collected: what failed programs leave behind may be collected as garbage in the middle of a
# parse, which CPython 3.11 answers with a SystemError.
CLASSES = classes()


def attributes(node: ast.ClassDef) -> dict[str, str]:
    """Returns the docstrings of the attributes of a class."""
    found: dict[str, str] = {}
    for index, statement in enumerate(node.body):
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            following = node.body[index + 1] if index + 1 < len(node.body) else None
            text = ""
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                text = str(following.value.value)
            found[statement.target.id] = text
    return found


@pytest.mark.parametrize(("module", "node"), CLASSES, ids=lambda part: getattr(part, "name", part))
def test_every_public_class_is_described(module: str, node: ast.ClassDef) -> None:
    assert ast.get_docstring(node), f"{module}.{node.name}"


def test_every_argument_says_whether_it_is_needed_and_every_output_what_it_is() -> None:
    seen = 0
    for module, node in CLASSES:
        arguments = any(isinstance(base, ast.Name) and base.id == "TypedDict" for base in node.bases)
        component = any(isinstance(base, ast.Attribute) and base.attr == "ComponentResource" for base in node.bases)
        if not arguments and not component:
            continue
        for name, text in attributes(node).items():
            seen += 1
            if arguments:
                assert text.startswith(("Required. ", "Required, ", "Optional. ")), f"{module}.{node.name}.{name}"
            assert text.rstrip().endswith("."), f"{module}.{node.name}.{name}"
    assert seen > 60


def test_every_error_code_is_raised_in_one_place_of_the_code_and_checked_by_a_test() -> None:
    raised = set(re.findall(r"EXA\d{3}", "".join(path.read_text() for path in MODULES)))
    tested = set(re.findall(r"EXA\d{3}", "".join(path.read_text() for path in (ROOT / "tests" / "unit").glob("*.py"))))
    assert raised - tested == set()
    assert tested - raised == set()


def test_the_project_asks_for_the_engine_that_the_tests_use() -> None:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    pinned = pinned_version()
    assert project["requiredPulumiVersion"] == f">={pinned}"
    assert project["stackConfigDir"] == "stacks"
    assert project["options"] == {"refresh": "always"}


def test_the_root_program_stays_an_example() -> None:
    code = [line for line in (ROOT / "__main__.py").read_text().splitlines() if line.strip()]
    assert len(code) <= 36
