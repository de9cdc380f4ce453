"""The example in YAML, run by Pulumi's language host of YAML on the local tenant."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from localtenant.process import LocalTenant
from tools.language_host import host

HOST = Path(host.__file__)
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "yaml-account"


@pytest.mark.timeout(900)
def test_the_example_comes_up_stays_as_it_is_and_leaves_no_grant(
    engine: None, tenant: LocalTenant, languages: Path, tmp_path: Path
) -> None:
    project = tmp_path / "examples" / "yaml-account"
    shutil.copytree(EXAMPLE, project)
    # The path under "packages:" in Pulumi.yaml leads here, as in a clone.
    (tmp_path / "components").symlink_to(EXAMPLE.parents[1] / "components")
    (tmp_path / "backend").mkdir()
    environment = {
        **os.environ,
        **tenant.environment,
        "EXCHANGE_AUTOMATION_PYTHON": sys.executable,
        "PATH": os.pathsep.join((str(HOST.parent), str(languages), os.environ["PATH"])),
        "PULUMI_BACKEND_URL": (tmp_path / "backend").as_uri(),
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }

    def pulumi(*arguments: str) -> None:
        command = ["pulumi", *arguments, "--non-interactive"]
        done = subprocess.run(command, cwd=project, env=environment, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    pulumi("stack", "init", "test")
    pulumi("up", "--yes", "--skip-preview")
    assert len(tenant.grants()) == 2
    pulumi("up", "--yes", "--skip-preview", "--expect-no-changes")
    pulumi("destroy", "--yes", "--skip-preview")
    assert tenant.grants() == []
