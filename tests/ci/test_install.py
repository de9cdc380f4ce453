"""What a pipeline installs is locked: every package by its hash, the engine by its checksum or a pinned action."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tools.places import CHECKOUT

FILES = sorted((CHECKOUT / "examples" / "ci").glob("*/*.yml"))
INSTALL = re.compile(r"^\s*(?:- run: )?(\S*pip3? install .*)$", re.MULTILINE)
LOCKED = re.compile(
    r"\.venv/bin/pip install --quiet --require-hashes( --requirement requirements-(deploy|localtenant)\.txt)+"
)
FROM_CHECKOUT = ".venv/bin/pip install --quiet --no-deps --no-build-isolation ./components"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_package_comes_by_its_hash_and_none_is_built_with_anything_else(path: Path) -> None:
    found = INSTALL.findall(path.read_text())
    assert found
    assert [line for line in found if not LOCKED.fullmatch(line) and line != FROM_CHECKOUT] == []
    for line in found:
        for name in re.findall(r"requirements-\w+\.txt", line):
            assert "--hash=sha256:" in (CHECKOUT / name).read_text()


def test_the_web_server_of_the_local_tenant_is_installed_only_where_nobody_signs_in() -> None:
    for path in FILES:
        for part in re.split(r"^ {2,6}(?:- job: |- stage: )?\w+:?$", path.read_text(), flags=re.MULTILINE):
            if "requirements-localtenant.txt" in part:
                assert "id-token" not in part, path.name
                assert "azureSubscription" not in part, path.name


def test_no_script_from_the_network_is_run() -> None:
    for path in FILES:
        text = path.read_text()
        assert re.search(r"\|\s*(ba)?sh\b", text) is None, path.name
        assert text.count("curl ") == text.count("| sha256sum --check"), path.name


def test_an_engine_without_its_checksum_is_not_unpacked(tmp_path: Path) -> None:
    """The step's own text, with a curl that brings something else."""
    pipeline = yaml.safe_load((CHECKOUT / "examples" / "ci" / "azure" / "nightly.yml").read_text())
    [step] = [step for step in pipeline["jobs"][0]["steps"] if step.get("displayName") == "Install"]
    script = step["bash"].split("./components\n", 1)[1]
    (tmp_path / "curl").write_text("#!/bin/sh\necho something else > pulumi.tar.gz\n")
    (tmp_path / "tar").write_text("#!/bin/sh\necho unpacked\n")
    for name in ("curl", "tar"):
        (tmp_path / name).chmod(0o755)

    def run(checksum: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PULUMI_VERSION": "3.259.0", "PULUMI_SHA256": checksum}
        command = ["bash", "-c", f"set -euo pipefail\n{script}"]
        return subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)

    for checksum in ("", "0" * 64):
        done = run(checksum)
        assert (done.returncode != 0, "unpacked" in done.stdout) == (True, False), checksum
    right = subprocess.run(["sha256sum", "pulumi.tar.gz"], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "unpacked" in run(right.stdout.split()[0]).stdout


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_the_install_step_works_in_an_empty_environment(tmp_path: Path) -> None:
    for name in ("components", "requirements-deploy.txt"):
        (tmp_path / name).symlink_to(CHECKOUT / name)
    jobs = yaml.safe_load((CHECKOUT / "examples" / "ci" / "github" / "deploy.yml").read_text())["jobs"]
    [step] = [step for step in jobs["up"]["steps"] if step["name"] == "Install"]
    environment = {"PATH": f"{Path(sys.executable).resolve().parent}:/usr/bin:/bin", "HOME": str(Path.home())}
    subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, env=environment, check=True)
    for command in (["pip", "check"], ["exchange-automation", "--help"]):
        subprocess.run([tmp_path / ".venv" / "bin" / command[0], *command[1:]], check=True, stdout=subprocess.DEVNULL)
