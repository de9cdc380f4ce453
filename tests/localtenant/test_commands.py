"""``python -m localtenant serve`` and ``run``, as people call them."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULE = [sys.executable, "-m", "localtenant"]


def environment(**changes: str) -> dict[str, str]:
    """This environment without what points to a tenant or a backend."""
    gone = ("ARM_", "AZURE_", "PULUMI_", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(gone)}
    return {**kept, "HOME": "/nonexistent", **changes}


def run(*arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    command = [*MODULE, "run", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment(**changes), capture_output=True, text=True, timeout=60, check=False
    )


def python(program: str) -> tuple[str, ...]:
    return ("--", sys.executable, "-c", program)


def test_run_ends_with_the_code_of_the_command() -> None:
    assert run(*python("raise SystemExit(7)")).returncode == 7


def test_run_sets_what_the_providers_and_clients_need() -> None:
    done = run("--lag", "3", *python("import json, os; print(json.dumps(dict(os.environ)))"))
    seen = json.loads(done.stdout)
    assert seen["ARM_METADATA_HOSTNAME"].startswith("localhost:")
    # The Terraform provider azapi reads no metadata.
    address = f"https://{seen['ARM_METADATA_HOSTNAME']}/"
    assert (seen["ARM_RESOURCE_MANAGER_ENDPOINT"], seen["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"]) == (address, address)
    assert seen["ARM_RESOURCE_MANAGER_AUDIENCE"] == "https://management.azure.com/"
    assert {"ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_TENANT_ID", "ARM_SUBSCRIPTION_ID"} <= set(seen)
    assert Path(seen["SSL_CERT_FILE"]).name == "trust.pem"
    names = [provider.split(":")[0] for provider in seen["PULUMI_DEBUG_PROVIDERS"].split(",")]
    assert names == ["azuread", "azure-native"]
    assert seen["PULUMI_BACKEND_URL"].startswith("file:///")
    assert seen["PULUMI_CONFIG_PASSPHRASE"]


def test_run_leaves_a_backend_that_is_set_alone() -> None:
    program = "import os; print(os.environ['PULUMI_BACKEND_URL'], os.environ.get('PULUMI_CONFIG_PASSPHRASE'))"
    assert run(*python(program), PULUMI_BACKEND_URL="file:///mine").stdout.split() == ["file:///mine", "None"]


def test_run_keeps_the_metadata_for_the_real_azure_native(tmp_path: Path) -> None:
    plugin = tmp_path / "pulumi-resource-azure-native"
    plugin.write_text("#!/bin/sh\n")
    plugin.chmod(0o755)
    program = "import os; print('ARM_RESOURCE_MANAGER_ENDPOINT' in os.environ, 'ARM_METADATA_HOSTNAME' in os.environ)"
    done = run("--real", "azure-native", *python(program), PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert done.stdout.split() == ["False", "True"]


def test_run_takes_a_real_plugin_from_path_and_imitates_the_others(tmp_path: Path) -> None:
    plugin = tmp_path / "pulumi-resource-azuread"
    plugin.write_text("#!/bin/sh\n")
    plugin.chmod(0o755)
    program = "import os; print(os.environ['PULUMI_DEBUG_PROVIDERS'].split(':')[0])"
    done = run("--real", "azuread", *python(program), PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert done.stdout.strip() == "azure-native"


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        (("--real", "azure-native", "--", "true"), 2, "needs the program 'pulumi-resource-azure-native' on PATH"),
        (("--real", "aws", "--", "true"), 2, "invalid choice"),
        ((), 2, "There is no command to run"),
        (("--", "no-such-program"), 127, "there is no program 'no-such-program'"),
        (("--lag", "-1", "--", "true"), 2, "no number of seconds"),
    ],
)
def test_run_says_what_is_wrong(arguments: tuple[str, ...], code: int, expected: str) -> None:
    done = run(*arguments, PATH="/usr/bin:/bin")
    assert done.returncode == code
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_run_passes_a_signal_on_and_stops_the_tenant() -> None:
    program = "import os, sys, time; print(os.environ['LOCALTENANT_URL'], flush=True); time.sleep(60)"
    with subprocess.Popen(
        [*MODULE, "run", *python(program)], cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 128 + signal.SIGTERM
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/_tenant/health", verify=False)  # noqa: S501  (nobody answers)


def test_serve_prints_exports_that_a_shell_understands_and_stops_cleanly() -> None:
    with subprocess.Popen(
        [*MODULE, "serve", "--emulate", "azuread"],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = []
        while not (line := process.stdout.readline()).startswith("# The local tenant answers"):
            lines.append(line)
        script = "".join(lines) + 'printf "%s" "$ARM_METADATA_HOSTNAME $SSL_CERT_FILE"'
        host, trust = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout.split()
        with httpx.Client(verify=ssl.create_default_context(cafile=trust)) as client:
            assert client.get(f"https://{host}/_tenant/health").status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert process.stderr.read() == ""


def test_serve_refuses_an_address_that_is_taken() -> None:
    with subprocess.Popen([*MODULE, "serve", "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        port = json.loads(first.stdout.readline())["url"].rsplit(":", 1)[-1]
        done = subprocess.run(
            [*MODULE, "serve", "--port", port], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
        )
        first.send_signal(signal.SIGTERM)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
