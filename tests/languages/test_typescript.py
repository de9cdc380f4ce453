"""The example in TypeScript: compiled against the generated SDK, and run by Node on the local tenant."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localtenant.process import LocalTenant
from localtenant.state import seed
from tools.language_host import host
from tools.languages import node_packages
from tools.schema import SCHEMA

HOST = Path(host.__file__)
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
EXAMPLE = EXAMPLES / "typescript-mailbox-report"
DRIVER = Path(__file__).with_name("drive.cjs")


def examples() -> str:
    """The examples of the schema's descriptions as one module, which the compiler checks with the program."""
    found = [
        re.search(r"```typescript\n(import .*?\n)(.*?)```", resource["description"], re.DOTALL)
        for resource in json.loads(SCHEMA.read_text())["resources"].values()
    ]
    assert all(found)
    functions = [
        f"export namespace example{n} {{\n{example[2].replace('const ', 'export const ')}}}\n"
        for n, example in enumerate(found)
        if example
    ]
    return "".join(["import * as exchange from '@pulumi/exchange-automation';\n", *functions])


@pytest.fixture
def project(generate: Callable[[str, Path], Path], tmp_path: Path) -> Path:
    """The example with its packages and the SDK where ``pulumi package add`` puts it, compiled."""
    packages = node_packages(EXAMPLE / "package.json")
    # The path under "packages:" in Pulumi.yaml leads here, as in a clone.
    (tmp_path / "components").symlink_to(EXAMPLES.parent / "components")
    shutil.copytree(EXAMPLES / "python-mailbox-report", tmp_path / "examples" / "python-mailbox-report")
    project = tmp_path / "examples" / EXAMPLE.name
    shutil.copytree(EXAMPLE, project, ignore=shutil.ignore_patterns("bin", "node_modules", "sdks"))
    shutil.copy(DRIVER, project)
    settings = json.loads((project / "tsconfig.json").read_text())
    (project / "tsconfig.json").write_text(json.dumps({**settings, "files": ["index.ts", "examples.ts"]}))
    sdk = generate("nodejs", project / "sdks" / "exchange-automation")
    modules = project / "node_modules"
    (modules / "@pulumi").mkdir(parents=True)
    for package in packages.iterdir():
        if package.name != "@pulumi":
            (modules / package.name).symlink_to(package)
    (modules / "@pulumi" / "pulumi").symlink_to(packages / "@pulumi" / "pulumi")
    (modules / "@pulumi" / "exchange-automation").symlink_to(sdk)
    (project / "examples.ts").write_text(examples())
    compiler = packages / "typescript" / "bin" / "tsc"
    for directory in (sdk, project):
        done = subprocess.run(
            ["node", compiler, "--skipLibCheck"], cwd=directory, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout
    shutil.copy(sdk / "package.json", sdk / "bin")
    return project


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_the_example_comes_up_stays_as_it_is_and_leaves_no_grant(
    engine: None, tenant: LocalTenant, project: Path, tmp_path: Path
) -> None:
    (tmp_path / "backend").mkdir()
    environment = {
        **os.environ,
        **tenant.environment,
        "EXCHANGE_AUTOMATION_PYTHON": sys.executable,
        "PATH": os.pathsep.join((str(HOST.parent), os.environ["PATH"])),
        "PULUMI_BACKEND_URL": (tmp_path / "backend").as_uri(),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
    }

    def pulumi(command: str) -> Any:
        done = subprocess.run(
            ["node", DRIVER.name, "./bin/index.js", command, seed.EXISTING_RESOURCE_GROUP],
            cwd=project,
            env=environment,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    first = pulumi("up")
    assert first["outputs"]["connectCommand"].startswith("Connect-ExchangeOnline -ManagedIdentity")
    assert first["changes"]["create"] > 10
    assert len(tenant.grants()) == 2
    second = pulumi("up")
    assert set(second["changes"]) == {"same"}
    destroyed = pulumi("destroy")
    assert destroyed["changes"] == {"delete": first["changes"]["create"]}
    assert tenant.grants() == []
    print(f"up {first['changes']}, second up {second['changes']}, destroy {destroyed['changes']}, 0 grants left")


@pytest.mark.timeout(900)
def test_the_compiler_refuses_what_the_component_would(project: Path) -> None:
    wrong = project / "index.ts"
    wrong.write_text(
        wrong.read_text()
        .replace('"Global Reader" }', '"Global Reader", scop: "/" }')
        .replace("exchange.Frequency.DAY", '"Daily"')
        .replace("accountId: account.accountId,", "")
    )
    compiler = project / "node_modules" / "typescript" / "bin" / "tsc"
    output = subprocess.run(["node", compiler], cwd=project, check=False, capture_output=True, text=True).stdout
    assert "'scop' does not exist in type 'DirectoryRoleArgs'" in output
    assert '"Daily"' in output
    assert "Property 'accountId' is missing" in output
