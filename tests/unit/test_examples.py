"""The example of each component: in its docstring for Python, in the schema for the other languages."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

import exchange_automation
from exchange_automation.plugin.examples import python_example
from exchange_automation.plugin.provider import COMPONENTS
from tests.unit.support import ACCOUNT_ID, Recorder, app_role, run
from tools.schema import SCHEMA

SCRIPT = "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com\nGet-EXOMailbox\n"
RESOURCES: dict[str, Any] = json.loads(SCHEMA.read_text())["resources"]


class Answering(Recorder):
    """Answers every look-up of Azure with nothing."""

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        identity, state = super().new_resource(args)
        for key, value in (("name", args.name), ("lastModifiedTime", "2026-01-01T00:00:00Z"), ("url", "https://x/y")):
            state.setdefault(key, value)
        return (ACCOUNT_ID if args.typ.endswith(":AutomationAccount") else identity), state

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        if args.token.startswith("azuread"):
            return super().call(args)
        return {"serviceSasToken": "s"} if "SAS" in args.token else {}


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.__name__)
def test_the_example_of_a_docstring_runs_as_written(
    component: type[pulumi.ComponentResource], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = python_example(inspect.cleandoc(component.__doc__ or ""))
    assert example is not None
    (tmp_path / "report.ps1").write_text(SCRIPT)
    monkeypatch.chdir(tmp_path)
    space = {name: getattr(exchange_automation, name) for name in exchange_automation.__all__}
    recorder = run(lambda: exec(example, space), Answering(app_roles=[app_role(), app_role("User.Read.All")]))  # noqa: S102  (our own docstrings)
    assert any(isinstance(choices, component) for choices in space.values())
    assert len(recorder.resources) > 1


@pytest.mark.parametrize("token", sorted(RESOURCES))
def test_the_example_in_yaml_names_what_the_schema_has(token: str) -> None:
    block = re.search(r"```yaml\n(.*?)```", RESOURCES[token]["description"], re.DOTALL)
    assert block is not None
    resources = yaml.safe_load(block[1])["resources"]
    assert token in {resource["type"] for resource in resources.values()}
    for resource in resources.values():
        described = RESOURCES[resource["type"]]
        assert set(described["requiredInputs"]) <= set(resource["properties"]) <= set(described["inputProperties"])
    for name, output in re.findall(r"\$\{(\w+)\.(\w+)\}", block[1]):
        assert output in RESOURCES[resources[name]["type"]]["properties"]


def test_both_languages_have_the_same_values() -> None:
    for token, resource in RESOURCES.items():
        typescript, yaml_text = re.findall(r"```(?:typescript|yaml)\n(.*?)```", resource["description"], re.DOTALL)
        values = [re.findall(r'"([^"\n$@]+)"', text) for text in (yaml_text, typescript)]
        assert set(values[0]) <= set(values[1]), token
