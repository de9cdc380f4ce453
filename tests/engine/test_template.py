"""What `pulumi new` creates from the template comes up, stays as it is and leaves nothing; and the package installs from git."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import yaml

from exchange_automation import __version__
from localtenant.process import LocalTenant
from tests.engine.support import Deployment
from tools.environments import fresh
from tools.places import CHECKOUT
from tools.shell import HOST

TEMPLATE = CHECKOUT / "templates" / "exchange-automation"


def test_a_new_project_is_deployed_and_destroyed(
    engine: None, tenant: LocalTenant, deploy: Callable[..., Deployment], tmp_path: Path
) -> None:
    project = tmp_path / "mail"
    project.mkdir()
    path = f"{HOST}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **os.environ,
        "PATH": path,
        "EXCHANGE_AUTOMATION_PYTHON": sys.executable,
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": tmp_path.as_uri(),
    }
    command = ["pulumi", "new", str(TEMPLATE), "--generate-only", "--yes", "--name", "mail", "--description", "Mail"]
    subprocess.run(command, cwd=project, env=environment, check=True, capture_output=True)
    assert sorted(path.name for path in project.iterdir()) == [
        ".gitignore",
        "Pulumi.yaml",
        "__main__.py",
        "requirements.txt",
    ]
    written = yaml.safe_load((project / "Pulumi.yaml").read_text())
    assert (written["name"], written["description"], "template" in written) == ("mail", "Mail", False)

    asked = yaml.safe_load((TEMPLATE / "Pulumi.yaml").read_text())["template"]["config"]
    config = {name: value["default"] for name, value in asked.items()}
    stack = deploy(
        lambda: runpy.run_path(str(project / "__main__.py"), run_name="__main__"),
        config=config,
        project=(project / "Pulumi.yaml").read_text().replace("name: mail", "name: exchange-test"),
    )
    outputs = stack.up().check().outputs
    assert str(outputs["connectCommand"]).endswith("-Organization contoso.onmicrosoft.com")
    assert sorted(grant["grant"] for grant in tenant.grants()) == ["Exchange.ManageAsApp", "Global Reader"]
    assert stack.up().check().changes == {}
    stack.destroy().check()
    assert tenant.grants() == []


def test_the_template_asks_for_this_version() -> None:
    major, minor, _ = __version__.split(".")
    assert (
        f"exchange-automation[cli]>={major}.{minor},<{major}.{int(minor) + 1}\n"
        in (TEMPLATE / "requirements.txt").read_text()
    )


def test_the_package_installs_from_git(tmp_path: Path) -> None:
    git = subprocess.run(["git", "rev-parse", "HEAD"], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    wanted = f"exchange-automation @ git+{CHECKOUT.as_uri()}@{git.stdout.strip()}#subdirectory=components"
    python = fresh(tmp_path / "venv", [wanted], "--no-deps")
    code = "from importlib.metadata import version; print(version('exchange-automation'))"
    done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", done.stdout)


def test_the_environment_of_esc_refers_to_what_it_defines_and_holds_no_secret() -> None:
    text = (CHECKOUT / "examples" / "esc" / "environment.yaml").read_text()
    values = yaml.safe_load(text)["values"]
    login = values["azure"]["login"]["fn::open::azure-login"]
    assert login["oidc"] is True
    given = {*login, "oidc.token"}
    assert set(re.findall(r"\$\{azure\.login\.([\w.]+)\}", text)) <= given
    assert {"ARM_USE_OIDC", "ARM_CLIENT_ID", "ARM_TENANT_ID", "ARM_SUBSCRIPTION_ID", "ARM_OIDC_TOKEN"} == set(
        values["environmentVariables"]
    )
    assert "secret" not in re.sub(r"#.*", "", text).lower()
