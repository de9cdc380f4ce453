"""What the commands cannot work with: one message, exit code 2, nothing written."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from localtenant.process import LocalTenant
from tests.cli.states import grant, state_of, write_state
from tests.cli.support import run

GRANT = grant("mail-role", "assignment", "11111111-1111-4111-8111-111111111111")


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ("", "is empty"),
        ("{", "ends in the middle: it was cut off"),
        ("no JSON", "is not JSON"),
        ({"version": 3}, "is not the state of a stack"),
        ({"steps": [], "changeSummary": {}}, "is not the state of a stack"),
        ({"version": 9, "deployment": {}}, "is a state of version 9; this command reads 3 and 4"),
        ({"version": 3, "deployment": {}}, "a stack without resources, so it manages no grant"),
        (state_of(), "neither a component of this package nor a grant of its kind: it belongs to another program"),
    ],
)
def test_a_state_that_is_none_or_of_another_program(tenant: LocalTenant, tmp_path: Path, state: Any, says: str) -> None:
    for command in ("report", "doctor"):
        result = run(tenant, command, "--state", write_state(tmp_path, state))
        assert result.code == 2
        assert says in result.text
        assert result.out == ""
    assert tenant.request_log() == []


def test_a_file_that_is_not_there_or_no_text(tenant: LocalTenant, tmp_path: Path) -> None:
    assert "cannot be read: No such file" in run(tenant, "report", "--state", str(tmp_path / "none")).text
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    result = run(tenant, "report", "--state", str(tmp_path / "binary"))
    assert (result.code, "is not text" in result.text) == (2, True)


def test_an_unknown_stack(tenant: LocalTenant, engine: None, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: exchange-test\nruntime: python\n")
    (tmp_path / "backend").mkdir()
    backend = {"PULUMI_BACKEND_URL": (tmp_path / "backend").as_uri(), "PULUMI_CONFIG_PASSPHRASE": "test"}
    for arguments in (("report", "--stack", "nope"), ("doctor", "--stack", "nope"), ("adopt", "--stack", "nope")):
        result = run(tenant, *arguments, "--cwd", str(tmp_path), variables=backend)
        assert result.code == 2, result.text
        assert "no stack named 'nope' found" in result.text
        assert "pulumi stack ls" in result.text
    assert run(tenant, "report", "--stack", "x", "--cwd", str(tmp_path / "none"), variables=backend).text.startswith(
        "exchange-automation: There is no directory"
    )


def test_no_pulumi_on_the_path(tenant: LocalTenant, tmp_path: Path) -> None:
    result = run(tenant, "report", "--stack", "prod", variables={"PATH": str(tmp_path)})
    assert result.code == 2
    assert "There is no program pulumi on PATH" in result.text


def test_a_tenant_without_exchange(tenant: LocalTenant) -> None:
    tenant.admin("POST", "exchange", {"present": False})
    result = run(tenant, "report")
    assert result.code == 2
    assert "This tenant has no service principal of Office 365 Exchange Online" in result.text
    assert "az ad sp create" in result.text


def test_no_network() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
    for command in ("report", "doctor"):
        result = run(None, command, variables={"ARM_METADATA_HOSTNAME": host})
        assert result.code == 2
        assert f"{host} cannot be reached" in result.text
        assert "HTTPS_PROXY" in result.text


def test_a_proxy_that_refuses(tenant: LocalTenant) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{unused.getsockname()[1]}"
    result = run(
        tenant, "report", variables={"HTTPS_PROXY": proxy, "https_proxy": proxy, "NO_PROXY": "", "no_proxy": ""}
    )
    assert result.code == 2
    assert "HTTPS_PROXY" in result.text


def test_something_that_answers_in_the_services_place(tenant: LocalTenant) -> None:
    tenant.faults([{"operation": "GET servicePrincipals", "effect": "notJson", "count": 10}])
    result = run(tenant, "report")
    assert result.code == 2
    assert "instead of JSON: something on the way answered in the service's place" in result.text


def test_a_certificate_nobody_trusts(tenant: LocalTenant) -> None:
    result = run(tenant, "report", variables={"SSL_CERT_FILE": "", "REQUESTS_CA_BUNDLE": ""})
    assert result.code == 2
    assert "is not signed by an authority that this machine trusts" in result.text
    result = run(tenant, "report", variables={"SSL_CERT_FILE": "/nowhere/ca.pem"})
    assert result.code == 2
    assert "SSL_CERT_FILE is /nowhere/ca.pem, and there is no such file" in result.text


def test_a_service_that_stays_down(tenant: LocalTenant) -> None:
    tenant.faults(
        [{"operation": "GET servicePrincipals", "effect": "status", "status": 503, "count": 99, "retryAfter": 500}]
    )
    result = run(tenant, "report")
    assert result.code == 2
    assert "was refused with status 503" in result.text
    assert "run the command again later" in result.text


def test_no_credentials(tenant: LocalTenant) -> None:
    theirs = ("ARM_CLIENT", "ARM_USE", "ARM_OIDC", "AZURE_", "ACTIONS")
    nobody: dict[str, str | None] = {name: None for name in tenant.environment if name.startswith(theirs)}
    result = run(tenant, "report", variables={**nobody, "PATH": "/nowhere"})
    assert result.code == 2
    assert "Sign-in with azure-identity's default chain failed" in result.text
    assert "az login" in result.text


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"ARM_TENANT_ID": ""}, "ARM_TENANT_ID is not set"),
        ({"ARM_CLIENT_ID": ""}, "ARM_CLIENT_ID is not set"),
        ({"ARM_TENANT_ID": "a tenant"}, "The variables that describe the sign-in cannot be used: Invalid tenant ID"),
        ({"ARM_CLIENT_CERTIFICATE_PATH": "/nowhere/key.pem"}, "ARM_CLIENT_CERTIFICATE_PATH names cannot be read"),
        ({"ARM_CLIENT_CERTIFICATE": "!"}, "it is not base64"),
        ({"ARM_CLIENT_CERTIFICATE": "AAAA"}, "neither PEM with its private key nor PKCS #12"),
        ({"ARM_ENVIRONMENT": "mars", "ARM_METADATA_HOSTNAME": ""}, "mars"),
        ({"ARM_METADATA_HOSTNAME": "a b"}, "a b"),
    ],
)
def test_an_environment_that_is_incomplete(tenant: LocalTenant, given: dict[str, str], says: str) -> None:
    result = run(tenant, "report", variables=given)
    assert result.code == 2
    assert says in result.text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["report", "--json", "--csv"], "two forms of one output"),
        (["adopt", "--preview-json", "x"], "given without --from"),
        (["adopt", "--pick", "x"], "is not NAME=ID"),
        (["report", "--nothing"], "No such option"),
        (["explode"], "No such command"),
    ],
)
def test_options_that_make_no_sense(tenant: LocalTenant, arguments: list[str], says: str) -> None:
    result = run(tenant, *arguments)
    assert result.code == 2
    assert says in result.text


def test_an_import_file_that_is_none(tenant: LocalTenant, engine: None, tmp_path: Path) -> None:
    file, written = tmp_path / "import.json", tmp_path / "adopt.json"
    plan = tmp_path / "preview.json"
    plan.write_text(json.dumps({"steps": [], "changeSummary": {}}))
    for text, says in (
        ("", "is empty"),
        ("{", "ends in the middle: it was cut off"),
        ("no JSON", "is not JSON"),
        ('{"version": 3}', "is not an import file: it has no resources"),
        ('{"resources": [{"name": "x"}]}', "its resources have no type and name"),
        ('{"resources": [{"type": "a:b:C", "name": "x"}]}', "which the preview of this program does not create"),
    ):
        file.write_text(text)
        result = run(tenant, "adopt", "--from", str(file), "--preview-json", str(plan), "--out", str(written))
        assert result.code == 2, text
        assert says in result.text
        assert not written.exists()
