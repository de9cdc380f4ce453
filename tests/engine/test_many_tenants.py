"""The example that deploys many tenants: credentials apart, failures apart, and a run that goes on where it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from localtenant.process import LocalTenant

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "many-tenants"
NAMES = ("contoso", "fabrikam", "tailspin")


@pytest.fixture(scope="module")
def tenants(providers: tuple[str, ...]) -> Iterator[dict[str, LocalTenant]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(LocalTenant.start(virtual_time="azuread" in providers, providers=providers))
            for name in NAMES
        }


@pytest.fixture
def environment(tenants: dict[str, LocalTenant], engine: None, tmp_path: Path) -> dict[str, str]:
    """Returns the variables of every tenant under its prefix, as the README of the example says."""
    found = {name: value for name, value in os.environ.items() if not name.startswith(("ARM_", "AZURE_"))}
    for name, tenant in tenants.items():
        tenant.reset(lag=0.0)
        tenant.set_deployer(roles=None)
        found |= {f"{name.upper()}_{variable}": value for variable, value in tenant.environment.items()}
        found[f"{name.upper()}_PULUMI_CONFIG_PASSPHRASE"] = f"passphrase of {name}"
    backend = tmp_path / "backend"
    backend.mkdir()
    return {**found, "PULUMI_BACKEND_URL": backend.as_uri()}


def deploy(
    folder: Path, environment: Mapping[str, str], *arguments: str, roster: Path = EXAMPLE / "tenants.yaml"
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLE / "deploy.py"), *arguments, "--tenants", str(roster)],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def test_one_tenants_failure_stops_no_other_and_a_resumed_run_deploys_that_one_alone(
    tenants: dict[str, LocalTenant], environment: dict[str, str], tmp_path: Path
) -> None:
    allowed = ["Application.Read.All", "AppRoleAssignment.ReadWrite.All"]
    tenants["fabrikam"].set_deployer(roles=allowed)

    first = deploy(tmp_path, environment, "up", "--at-once", "2")
    assert first.returncode == 1, first.stdout + first.stderr
    assert "2 of 3 tenants succeeded." in first.stdout
    assert "fabrikam: failed in" in first.stdout
    assert "RoleManagement.ReadWrite.Directory" in (tmp_path / "logs" / "fabrikam.log").read_text()
    assert [len(tenants[name].grants()) for name in NAMES] == [2, 1, 2]

    tenants["fabrikam"].set_deployer(roles=[*allowed, "RoleManagement.ReadWrite.Directory"])
    seen = {name: len(tenants[name].request_log()) for name in NAMES}
    second = deploy(tmp_path, environment, "up", "--resume")
    assert second.returncode == 0, second.stdout + second.stderr
    assert "1 of 1 tenants succeeded." in second.stdout
    assert [len(tenants[name].grants()) for name in NAMES] == [2, 2, 2]
    others = [len(tenants[name].request_log()) - seen[name] for name in ("contoso", "tailspin")]
    assert others == [0, 0]

    again = deploy(tmp_path, environment, "up", "--at-once", "3")
    changes = json.loads((tmp_path / "results.json").read_text())["tenants"]
    assert again.returncode == 0
    assert [set(changes[name]["changes"]) for name in NAMES] == [{"same"}] * 3

    removed = deploy(tmp_path, environment, "destroy", "--at-once", "3")
    assert removed.returncode == 0, removed.stdout + removed.stderr
    assert [tenants[name].grants() for name in NAMES] == [[], [], []]


def test_an_interrupt_writes_every_state_and_leaves_the_rest_to_a_resumed_run(
    tenants: dict[str, LocalTenant], environment: dict[str, str], tmp_path: Path
) -> None:
    command = [sys.executable, str(EXAMPLE / "deploy.py"), "up", "--at-once", "1", "--tenants"]
    with subprocess.Popen(
        [*command, str(EXAMPLE / "tenants.yaml")], cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True
    ) as run:
        end = time.monotonic() + 120
        while not tenants["contoso"].grants() and time.monotonic() < end:
            time.sleep(0.05)
        run.send_signal(signal.SIGINT)
        output, _ = run.communicate(timeout=120)
    assert run.returncode == 130, output
    assert "fabrikam: not started" in output
    resumed = deploy(tmp_path, environment, "up", "--resume")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert [len(tenants[name].grants()) for name in NAMES] == [2, 2, 2]
    assert deploy(tmp_path, environment, "destroy").returncode == 0
    assert [tenants[name].grants() for name in NAMES] == [[], [], []]


def test_a_process_sees_the_credentials_of_its_own_tenant_alone(environment: dict[str, str]) -> None:
    program = (
        "import os; from pathlib import Path; from many_tenants.roster import read, environment_of; "
        "tenants = read(Path('tenants.yaml'), os.environ); "
        "print('\\n'.join(environment_of(tenants[0], tenants, os.environ)))"
    )
    given = {**environment, "ARM_CLIENT_SECRET": "of the whole run", "AZURE_CLIENT_ID": "of the whole run"}
    printed = subprocess.run(
        [sys.executable, "-c", program], cwd=EXAMPLE, env=given, capture_output=True, text=True, check=True
    )
    names = printed.stdout.split()
    assert {"ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "PULUMI_CONFIG_PASSPHRASE"} <= set(names)
    assert [name for name in names if name.startswith(("CONTOSO_", "FABRIKAM_", "TAILSPIN_"))] == []


@pytest.mark.parametrize(
    ("text", "arguments", "says"),
    [
        ("- {name: contoso, organization: a.onmicrosoft.com, location: westeurope}\n" * 2, (), "the same name twice"),
        (
            "- {name: contoso, organization: a.onmicrosoft.com, location: westeurope}\n- {name: fabrikam, organization: A.onmicrosoft.com, location: westeurope}",
            (),
            "the same organization twice",
        ),
        (
            "- {name: nobody, organization: a.onmicrosoft.com, location: westeurope}",
            (),
            "NOBODY_ARM_CLIENT_ID is not set",
        ),
        ("- {name: Contoso, organization: a.onmicrosoft.com, location: westeurope}", (), "does not name a stack"),
        ("- {name: contoso, organisation: a.onmicrosoft.com, location: westeurope}", (), "organisation is not known"),
        ("contoso", (), "is not a list of tenants"),
        ("- [", (), "cannot be read"),
        (
            "- {name: contoso, organization: a.onmicrosoft.com, location: westeurope}",
            ("--only", "tailspin"),
            "has no tenant tailspin",
        ),
        (
            "- {name: contoso, organization: a.onmicrosoft.com, location: westeurope}",
            ("--at-once", "0"),
            "not a number from 1 to 64",
        ),
        (
            "- {name: contoso, organization: a.onmicrosoft.com, location: westeurope}",
            ("--at-once", "-3"),
            "not a number from 1 to 64",
        ),
        (
            "- {name: contoso, organization: a.onmicrosoft.com, location: westeurope}",
            ("--at-once", "999"),
            "not a number from 1 to 64",
        ),
        (
            "- {name: contoso, organization: a.onmicrosoft.com, location: westeurope}",
            ("--shard", "3/2"),
            "not a part such as 2/5",
        ),
    ],
)
def test_a_mistake_ends_the_run_before_any_tenant_is_deployed(
    environment: dict[str, str], tmp_path: Path, text: str, arguments: tuple[str, ...], says: str
) -> None:
    (tmp_path / "list.yaml").write_text(text)
    ended = deploy(tmp_path, environment, "up", *arguments, roster=tmp_path / "list.yaml")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert says in ended.stderr
    assert not (tmp_path / "logs").exists()


def test_results_of_another_command_are_not_resumed(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text('{"version": 1, "command": "destroy", "tenants": {}}')
    result = deploy(tmp_path, environment, "up", "--resume")
    assert result.returncode == 2
    assert "is of 'destroy', version 1, so 'up' cannot go on from it" in result.stderr
    (tmp_path / "results.json").write_text('{"version": 2}')
    assert "is not a results file" in deploy(tmp_path, environment, "up", "--resume").stderr
