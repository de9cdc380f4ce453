"""Microsoft's own azure-identity signs in to the tenant."""

from __future__ import annotations

import base64
import json
import ssl
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    DefaultAzureCredential,
    WorkloadIdentityCredential,
)
from cryptography.hazmat.primitives import serialization

from localtenant.environment import oidc_variables
from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.localtenant.support import CONTOSO, FABRIKAM
from tests.localtenant.test_login import certificate

GRAPH = "https://graph.microsoft.com/.default"
ARM = "https://management.azure.com/.default"


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claimed: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claimed


def ci_token(tenant: LocalTenant) -> str:
    variables = oidc_variables(tenant.url)
    context = ssl.create_default_context(cafile=str(tenant.authority))
    response = httpx.get(
        variables["ACTIONS_ID_TOKEN_REQUEST_URL"] + "&audience=api://AzureADTokenExchange",
        headers={"authorization": f"Bearer {variables['ACTIONS_ID_TOKEN_REQUEST_TOKEN']}"},
        verify=context,
    )
    value: str = response.json()["value"]
    return value


def options(tenant: LocalTenant) -> dict[str, Any]:
    return {"authority": tenant.url, "disable_instance_discovery": True}


def test_a_client_secret_gets_a_token(tenant: LocalTenant) -> None:
    with ClientSecretCredential(
        CONTOSO.tenant_id, CONTOSO.client_id, CONTOSO.client_secret, **options(tenant)
    ) as credential:
        claimed = claims(credential.get_token(GRAPH).token)
        assert (claimed["tid"], claimed["aud"]) == (CONTOSO.tenant_id, "https://graph.microsoft.com")
        assert claimed["roles"] == list(seed.DEPLOYER_GRAPH_ROLES)
        assert "roles" not in claims(credential.get_token(ARM).token)


def test_a_wrong_secret_is_refused(tenant: LocalTenant) -> None:
    with (
        ClientSecretCredential(CONTOSO.tenant_id, CONTOSO.client_id, "wrong", **options(tenant)) as credential,
        pytest.raises(ClientAuthenticationError, match="AADSTS7000215"),
    ):
        credential.get_token(GRAPH)


def test_a_client_of_another_tenant_is_refused(tenant: LocalTenant) -> None:
    with (
        ClientSecretCredential(
            FABRIKAM.tenant_id, CONTOSO.client_id, CONTOSO.client_secret, **options(tenant)
        ) as credential,
        pytest.raises(ClientAuthenticationError, match="AADSTS700016"),
    ):
        credential.get_token(GRAPH)


def test_a_certificate_gets_a_token_once_the_application_has_it(tenant: LocalTenant, tmp_path: Path) -> None:
    key, pem = certificate()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = tmp_path / "client.pem"
    file.write_bytes(secret + pem)
    with CertificateCredential(CONTOSO.tenant_id, CONTOSO.client_id, str(file), **options(tenant)) as credential:
        with pytest.raises(ClientAuthenticationError, match="AADSTS700027"):
            credential.get_token(GRAPH)
        tenant.set_deployer(certificate=pem.decode())
        assert claims(credential.get_token(GRAPH).token)["appid"] == CONTOSO.client_id


def test_a_federated_token_gets_a_token(tenant: LocalTenant) -> None:
    with ClientAssertionCredential(
        CONTOSO.tenant_id, CONTOSO.client_id, lambda: ci_token(tenant), **options(tenant)
    ) as credential:
        assert claims(credential.get_token(GRAPH).token)["oid"] == CONTOSO.principal_object_id


def test_workload_identity_reads_the_token_from_a_file(tenant: LocalTenant, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(ci_token(tenant))
    with WorkloadIdentityCredential(
        tenant_id=CONTOSO.tenant_id, client_id=CONTOSO.client_id, token_file_path=str(file), **options(tenant)
    ) as credential:
        assert claims(credential.get_token(GRAPH).token)["appid"] == CONTOSO.client_id


def test_the_default_chain_finds_the_environment(tenant: LocalTenant) -> None:
    # The authority and the client come from the variables AZURE_* of the tenant.
    with DefaultAzureCredential(disable_instance_discovery=True) as credential:
        assert claims(credential.get_token(GRAPH).token)["tid"] == tenant.environment["AZURE_TENANT_ID"]
