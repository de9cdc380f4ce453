"""The fixture pulumi_stack of the testing kit, as far as only the engine can show it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from exchange_automation_testing import PulumiStack

PROGRAM = """\
import pulumi
config = pulumi.Config()
pulumi.export("department", config.require("department"))
pulumi.export("password", pulumi.Output.secret("planted-password"))
"""
SETTINGS = "encryptionsalt: v1:of-another-passphrase\nconfig:\n  exchange-test:department: sales\n"


def test_a_stack_has_the_settings_of_its_project_and_secrets_of_its_own(
    engine: None, pulumi_stack: Callable[..., PulumiStack], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "__main__.py").write_text(PROGRAM)
    (project / "Pulumi.test.yaml").write_text(SETTINGS)

    stack = pulumi_stack(project)
    outcome = stack.up().check()

    assert outcome.outputs == {"department": "sales", "password": "planted-password"}
    [state] = stack.directory.glob("backend/.pulumi/stacks/*/test.json")
    assert "planted-password" not in state.read_text()
    assert (project / "Pulumi.test.yaml").read_text() == SETTINGS
