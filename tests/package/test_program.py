"""The program of the README, run by somebody who has the wheel and no checkout, on the real engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from localtenant.process import LocalTenant
from tests.package.support import User
from tools.places import CHECKOUT

# What `pulumi up` and `pulumi destroy` do with a program, in the words of the Automation API.
DRIVER = """\
import json, pathlib, sys
from pulumi import automation

source = pathlib.Path("program.py").read_text()
stack = automation.create_or_select_stack(
    stack_name="dev",
    project_name="ten-lines",
    program=lambda: exec(compile(source, "program.py", "exec"), {"__name__": "__main__"}),
    opts=automation.LocalWorkspaceOptions(work_dir="work"),
)
if sys.argv[1] == "up":
    result = stack.up()
    print(json.dumps({"outputs": {k: v.value for k, v in result.outputs.items()}, "changes": result.summary.resource_changes}))
else:
    stack.destroy()
"""


def test_the_program_of_the_readme_creates_both_grants_and_deletes_them(
    user: User, tenant: LocalTenant, engine: None, tmp_path: Path
) -> None:
    readme = (CHECKOUT / "README.md").read_text()
    program = readme.split('```python title="__main__.py"\n', 1)[1].split("```", 1)[0]
    (tmp_path / "program.py").write_text(program)
    (tmp_path / "driver.py").write_text(DRIVER)
    (tmp_path / "work").mkdir()
    (tmp_path / "backend").mkdir()
    environment = {
        **tenant.environment,
        "PULUMI_BACKEND_URL": (tmp_path / "backend").as_uri(),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
    }

    def pulumi(command: str) -> str:
        result = user.run("driver.py", command, environment=environment, folder=tmp_path)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout

    def up() -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(pulumi("up"))
        return answer

    first = up()
    assert first["outputs"] == {
        "connectCommand": "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com"
    }
    assert first["changes"]["create"] > 5
    assert len(tenant.grants()) == 2
    assert set(up()["changes"]) == {"same"}
    pulumi("destroy")
    assert tenant.grants() == []
