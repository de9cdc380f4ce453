"""Sign-in with what the providers read, help, version and completion."""

from __future__ import annotations

import ssl
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from exchange_automation import __version__
from exchange_automation.cli.client.credentials import SignIn
from exchange_automation.cli.client.endpoints import by_environment
from exchange_automation.core.problems import Problem
from localtenant.environment import oidc_variables
from localtenant.process import LocalTenant
from tests.cli.support import run

SECRET = {"ARM_CLIENT_SECRET": None}


def method(tenant: LocalTenant, **variables: str | None) -> str:
    """How ``doctor`` says that it is signed in."""
    result = run(tenant, "doctor", "--json", variables={**SECRET, **variables})
    assert result.code == 0, result.text
    [line] = [check for check in result.json["checks"] if check["subject"] == "sign-in"]
    return str(line["finding"])


def federated_token(tenant: LocalTenant) -> str:
    """A token of a CI job."""
    job = oidc_variables(tenant.url)
    context = ssl.create_default_context(cafile=str(tenant.authority))
    headers = {"Authorization": f"Bearer {job['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"}
    address = f"{job['ACTIONS_ID_TOKEN_REQUEST_URL']}&audience=api://AzureADTokenExchange"
    return str(httpx.get(address, headers=headers, verify=context, trust_env=False).json()["value"])


def test_a_federated_token_of_a_file(tenant: LocalTenant, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(federated_token(tenant))
    assert "OIDC (ARM_OIDC_TOKEN_FILE_PATH)" in method(tenant, ARM_USE_OIDC="true", ARM_OIDC_TOKEN_FILE_PATH=str(file))


def test_a_federated_token_itself(tenant: LocalTenant) -> None:
    assert "OIDC (ARM_OIDC_TOKEN)" in method(tenant, ARM_USE_OIDC="1", ARM_OIDC_TOKEN=federated_token(tenant))


def test_the_token_request_of_github_actions(tenant: LocalTenant) -> None:
    assert "OIDC (ACTIONS_ID_TOKEN_REQUEST_URL)" in method(tenant, **oidc_variables(tenant.url))


def test_a_certificate(tenant: LocalTenant, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "deployer")])
    now = datetime.now(timezone.utc)
    created = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    public = created.public_bytes(Encoding.PEM)
    file = tmp_path / "deployer.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + public)
    tenant.admin("POST", "deployer", {"certificate": public.decode()})
    assert "client certificate (ARM_CLIENT_CERTIFICATE_PATH)" in method(tenant, ARM_CLIENT_CERTIFICATE_PATH=str(file))


def test_azure_identitys_own_variables(tenant: LocalTenant) -> None:
    theirs = {
        "AZURE_CLIENT_ID": tenant.environment["ARM_CLIENT_ID"],
        "AZURE_TENANT_ID": tenant.environment["ARM_TENANT_ID"],
        "AZURE_CLIENT_SECRET": tenant.environment["ARM_CLIENT_SECRET"],
    }
    assert "azure-identity's default chain" in method(tenant, ARM_CLIENT_ID=None, ARM_TENANT_ID=None, **theirs)


def test_oidc_without_a_token(tenant: LocalTenant) -> None:
    result = run(tenant, "report", variables={**SECRET, "ARM_USE_OIDC": "true"})
    assert result.code == 2
    assert "no variable names the source of the job's token" in result.text
    assert "id-token: write" in result.text


@pytest.mark.parametrize(
    ("environment", "graph", "resource_manager"),
    [
        ("", "https://graph.microsoft.com", "https://management.azure.com"),
        ("public", "https://graph.microsoft.com", "https://management.azure.com"),
        ("usgovernment", "https://graph.microsoft.us", "https://management.usgovcloudapi.net"),
        ("usgovernmentl5", "https://dod-graph.microsoft.us", "https://management.usgovcloudapi.net"),
        ("china", "https://microsoftgraph.chinacloudapi.cn", "https://management.chinacloudapi.cn"),
    ],
)
def test_each_cloud_has_its_own_addresses(environment: str, graph: str, resource_manager: str) -> None:
    endpoints = by_environment(environment)
    assert (endpoints.graph, endpoints.resource_manager) == (graph, resource_manager)


@pytest.mark.parametrize("command", ["doctor", "report", "adopt", "explain"])
def test_help_has_examples_and_exit_codes(command: str) -> None:
    result = run(None, command, "--help")
    assert result.code == 0
    assert f"exchange-automation {command}" in result.text
    assert "Exit codes: 0" in result.text
    assert "[bold]" not in result.text


def test_the_version_is_the_packages() -> None:
    assert run(None, "--version").out.strip() == __version__


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_can_complete(shell: str) -> None:
    asked = {
        "_EXCHANGE_AUTOMATION_COMPLETE": f"complete_{shell}",
        "COMP_WORDS": "exchange-automation ",
        "COMP_CWORD": "1",
    }
    theirs = {"_TYPER_COMPLETE_ARGS": "exchange-automation ", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    tool = str(Path(sys.executable).with_name("exchange-automation"))
    done = subprocess.run([tool], env={**asked, **theirs}, capture_output=True, text=True, check=False)
    for command in ("doctor", "report", "adopt", "explain"):
        assert command in done.stdout


def test_the_components_do_not_import_the_tool() -> None:
    program = (
        "import sys, exchange_automation; exchange_automation.ExchangeAccess; "
        "print([name for name in ('exchange_automation.cli', 'typer', 'httpx', 'azure.identity') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


class Refusing:
    """A credential that fails as azure-identity's do."""

    def __init__(self, cause: Exception | None) -> None:
        self.cause = cause

    def get_token(self, *_: Any, **__: Any) -> Any:
        raise ClientAuthenticationError("Authentication failed") from self.cause


@pytest.mark.parametrize(
    ("cause", "code", "remedy"),
    [
        (ConnectionRefusedError("no proxy"), "EXA402", "HTTPS_PROXY"),
        (ServiceRequestError("no way"), "EXA402", "HTTPS_PROXY"),
        (ValueError("wrong secret"), "EXA401", "ARM_CLIENT_SECRET"),
        (None, "EXA401", "ARM_CLIENT_SECRET"),
    ],
)
def test_a_broken_connection_is_not_reported_as_a_refused_sign_in(
    cause: Exception | None, code: str, remedy: str
) -> None:
    with pytest.raises(Problem) as caught:
        SignIn("client secret", "tenant", cast("Any", Refusing(cause))).token("https://graph.microsoft.com/.default")
    assert caught.value.code == code
    assert remedy in str(caught.value)
