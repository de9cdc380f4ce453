"""Sign-in through the dispatcher, without a server."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import time
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from localtenant.core.messages import Request, Response
from localtenant.state import applications, seed
from tests.localtenant.support import CONTOSO, URL, Client

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def sign_in(client: Client, tenant: str = CONTOSO.tenant_id, **form: str) -> Response:
    body = {
        "grant_type": "client_credentials",
        "client_id": CONTOSO.client_id,
        "scope": "https://graph.microsoft.com/.default",
        **form,
    }
    headers = {"content-type": "application/x-www-form-urlencoded"}
    path = f"/{tenant}/oauth2/v2.0/token"
    request = Request("POST", path, "", headers, urlencode(body).encode(), URL, "request")
    return asyncio.run(client.dispatcher.answer(request))


def number(response: Response) -> tuple[int, str, int]:
    """Status, OAuth error and AADSTS number of a refusal."""
    assert response.body["error_description"].startswith(f"AADSTS{response.body['error_codes'][0]}: ")
    return response.status, response.body["error"], response.body["error_codes"][0]


def claims(response: Response) -> dict[str, Any]:
    return dict(jwt.decode(response.body["access_token"], options={"verify_signature": False}))


@pytest.mark.parametrize("tenant", [CONTOSO.tenant_id, CONTOSO.initial_domain, CONTOSO.custom_domain])
def test_a_secret_gives_a_token_with_the_deployers_roles(client: Client, tenant: str) -> None:
    response = sign_in(client, tenant, client_secret=CONTOSO.client_secret)
    assert response.status == 200
    assert (response.body["token_type"], response.body["expires_in"]) == ("Bearer", 3599)
    claimed = claims(response)
    assert claimed["tid"] == CONTOSO.tenant_id
    assert (claimed["appid"], claimed["oid"]) == (CONTOSO.client_id, CONTOSO.principal_object_id)
    assert claimed["aud"] == "https://graph.microsoft.com"
    assert claimed["roles"] == list(seed.DEPLOYER_GRAPH_ROLES)
    assert claimed["exp"] > time.time()


def test_a_token_for_resource_manager_has_no_graph_roles(client: Client) -> None:
    form = {"client_secret": CONTOSO.client_secret, "scope": "https://management.core.windows.net//.default"}
    assert "roles" not in claims(sign_in(client, **form))


def test_the_published_key_verifies_the_token(client: Client) -> None:
    configuration = client.ok("GET", f"/{CONTOSO.tenant_id}/v2.0/.well-known/openid-configuration")
    assert configuration["issuer"].startswith(URL)
    assert configuration["token_endpoint"].startswith(f"{URL}/{CONTOSO.tenant_id}/")
    keys = client.ok("GET", configuration["jwks_uri"].removeprefix(URL))
    token = sign_in(client, client_secret=CONTOSO.client_secret).body["access_token"]
    key = jwt.PyJWKSet.from_dict(keys)[jwt.get_unverified_header(token)["kid"]]
    assert jwt.decode(token, key, algorithms=["RS256"], audience="https://graph.microsoft.com")


@pytest.mark.parametrize(
    ("tenant", "form", "expected"),
    [
        (CONTOSO.tenant_id, {"client_secret": "wrong"}, (401, "invalid_client", 7000215)),
        (CONTOSO.tenant_id, {}, (401, "invalid_client", 7000216)),
        (
            CONTOSO.tenant_id,
            {"client_id": "99999999-9999-4999-8999-999999999999"},
            (400, "unauthorized_client", 700016),
        ),
        ("nobody.onmicrosoft.com", {}, (400, "invalid_request", 90002)),
        (CONTOSO.tenant_id, {"scope": "https://graph.microsoft.com/User.Read"}, (400, "invalid_scope", 1002012)),
        (CONTOSO.tenant_id, {"scope": "https://nothing.example/.default"}, (400, "invalid_resource", 500011)),
        (CONTOSO.tenant_id, {"grant_type": "password"}, (400, "unsupported_grant_type", 70003)),
        (seed.FABRIKAM.tenant_id, {"client_secret": "x"}, (400, "unauthorized_client", 700016)),
        (CONTOSO.tenant_id, {"client_assertion": "x", "client_assertion_type": "y"}, (400, "invalid_request", 900144)),
        (
            CONTOSO.tenant_id,
            {"client_assertion": "nonsense", "client_assertion_type": ASSERTION_TYPE},
            (401, "invalid_client", 50027),
        ),
    ],
)
def test_a_refused_sign_in_has_the_platforms_number(
    client: Client, tenant: str, form: dict[str, str], expected: tuple[int, str, int]
) -> None:
    assert number(sign_in(client, tenant, **form)) == expected


def test_a_new_applications_secret_works_and_stops_working(client: Client) -> None:
    application = client.ok("POST", "/v1.0/applications", {"displayName": "reporter"})
    path = f"/v1.0/applications/{application['id']}"
    added = client.ok("POST", f"{path}/addPassword", {"passwordCredential": {"displayName": "one"}})
    form = {"client_id": application["appId"], "client_secret": added["secretText"]}
    assert number(sign_in(client, **form))[2] == 7000229
    client.ok("POST", "/v1.0/servicePrincipals", {"appId": application["appId"]})
    assert claims(sign_in(client, **form))["roles"] == []
    client.ok("POST", f"{path}/removePassword", {"keyId": added["keyId"]})
    assert number(sign_in(client, **form))[2] == 7000215
    assert client.send("POST", f"{path}/removePassword", {"keyId": added["keyId"]}).status == 400


def test_an_applications_roles_are_its_assignments(client: Client) -> None:
    application = client.ok("POST", "/v1.0/applications", {"displayName": "reporter"})
    principal = client.ok("POST", "/v1.0/servicePrincipals", {"appId": application["appId"]})
    graph = CONTOSO.graph_object_id
    body = {
        "principalId": principal["id"],
        "resourceId": graph,
        "appRoleId": seed.GRAPH_APP_ROLES["Domain.Read.All"][0],
    }
    client.ok("POST", f"/v1.0/servicePrincipals/{graph}/appRoleAssignedTo", body)
    added = client.ok("POST", f"/v1.0/applications/{application['id']}/addPassword", {})
    form = {"client_id": application["appId"], "client_secret": added["secretText"]}
    assert claims(sign_in(client, **form))["roles"] == ["Domain.Read.All"]


def certificate() -> tuple[rsa.RSAPrivateKey, bytes]:
    """A key and its self-signed certificate (PEM)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(timezone.utc)
    created = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return key, created.public_bytes(serialization.Encoding.PEM)


def certificate_assertion(key: rsa.RSAPrivateKey, pem: bytes, client_id: str) -> str:
    der = x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
    x5t = base64.urlsafe_b64encode(hashlib.sha1(der, usedforsecurity=False).digest()).decode().rstrip("=")
    now = int(time.time())
    body = {"iss": client_id, "sub": client_id, "aud": URL, "nbf": now, "exp": now + 300, "jti": "1"}
    return jwt.encode(body, key, algorithm="RS256", headers={"x5t": x5t})


def test_a_certificate_on_the_application_signs_in_and_another_does_not(client: Client) -> None:
    key, pem = certificate()
    directory = client.cloud.tenants[CONTOSO.tenant_id].directory
    encoded = base64.b64encode(pem).decode()
    access = client.cloud.access(CONTOSO.client_id)
    path = CONTOSO.application_object_id
    form = {
        "client_assertion": certificate_assertion(key, pem, CONTOSO.client_id),
        "client_assertion_type": ASSERTION_TYPE,
    }
    assert number(sign_in(client, **form))[2] == 700027
    applications.update(directory, path, {"keyCredentials": [{"key": encoded, "keyId": "k"}]}, access)
    assert sign_in(client, **form).status == 200
    other_key, _ = certificate()
    forged = certificate_assertion(other_key, pem, CONTOSO.client_id)
    assert number(sign_in(client, **{**form, "client_assertion": forged}))[2] == 700027


def test_certificates_are_patched_as_a_list_and_never_shown(client: Client) -> None:
    application = client.ok("POST", "/v1.0/applications", {"displayName": "reporter"})
    path = f"/v1.0/applications/{application['id']}"
    _, first = certificate()
    _, second = certificate()
    client.ok("PATCH", path, {"keyCredentials": [{"key": base64.b64encode(first).decode(), "keyId": "1"}]})
    shown = client.ok("GET", path)["keyCredentials"]
    assert (shown[0]["key"], shown[0]["keyId"], len(shown[0]["customKeyIdentifier"])) == (None, "1", 40)
    added = {"key": base64.b64encode(second).decode(), "keyId": "2"}
    client.ok("PATCH", path, {"keyCredentials": [*shown, added]})
    assert [item["keyId"] for item in client.ok("GET", path)["keyCredentials"]] == ["1", "2"]
    client.ok("PATCH", path, {"keyCredentials": [shown[0]]})
    assert [item["keyId"] for item in client.ok("GET", path)["keyCredentials"]] == ["1"]
    unknown = client.send("PATCH", path, {"keyCredentials": [{**shown[0], "keyId": "9"}]})
    assert unknown.status == 400


def ci_token(client: Client, query: str = "") -> str:
    headers = {"authorization": f"Bearer {seed.OIDC_REQUEST_TOKEN}"}
    value: str = client.ok("GET", f"/oidc/ci/token{query}", headers=headers)["value"]
    return value


def test_a_ci_token_signs_the_deployer_in(client: Client) -> None:
    form = {"client_assertion": ci_token(client), "client_assertion_type": ASSERTION_TYPE}
    assert sign_in(client, **form).status == 200
    other = {**form, "client_assertion": ci_token(client, "?subject=repo:evil/fork")}
    assert number(sign_in(client, **other))[2] == 700213
    audience = {**form, "client_assertion": ci_token(client, "?audience=api://other")}
    assert number(sign_in(client, **audience))[2] == 700213


def test_a_ci_token_signs_an_application_in_that_trusts_it(client: Client) -> None:
    application = client.ok("POST", "/v1.0/applications", {"displayName": "reporter"})
    client.ok("POST", "/v1.0/servicePrincipals", {"appId": application["appId"]})
    form = {
        "client_id": application["appId"],
        "client_assertion": ci_token(client, "?subject=repo:x"),
        "client_assertion_type": ASSERTION_TYPE,
    }
    assert number(sign_in(client, **form))[2] == 700213
    trust = {
        "name": "ci",
        "issuer": f"{URL}/oidc/ci",
        "subject": "repo:x",
        "audiences": ["api://AzureADTokenExchange"],
    }
    client.ok("POST", f"/v1.0/applications/{application['id']}/federatedIdentityCredentials", trust)
    assert sign_in(client, **form).status == 200
    forged = jwt.encode(
        {"iss": trust["issuer"], "sub": "repo:x", "aud": trust["audiences"], "exp": time.time() + 60},
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
        algorithm="RS256",
    )
    assert number(sign_in(client, **{**form, "client_assertion": forged}))[2] == 7000272


def test_the_ci_issuer_wants_its_request_token(client: Client) -> None:
    assert client.send("GET", "/oidc/ci/token", token="wrong").status == 401


def test_instance_discovery_knows_the_tenants_own_host_alone(client: Client) -> None:
    claimed = client.ok("GET", "/common/discovery/instance?api-version=1.1")
    assert claimed["metadata"][0]["aliases"] == ["localhost:8443"]
    assert claimed["tenant_discovery_endpoint"].startswith(URL)


def test_the_metadata_has_what_the_providers_read(client: Client) -> None:
    claimed = client.ok("GET", "/metadata/endpoints?api-version=2022-09-01")
    assert claimed["name"]
    assert claimed["resourceManager"].startswith(URL)
    assert claimed["microsoftGraphResourceId"].startswith(URL)
    assert claimed["authentication"]["loginEndpoint"] == URL
    assert claimed["authentication"]["audiences"]
    assert claimed["suffixes"]["storage"]
    assert claimed["suffixes"]["keyVaultDns"]


def test_no_secret_reaches_the_journal(client: Client) -> None:
    tenant_seed = [CONTOSO.client_secret, ci_token(client), client.token()]
    sign_in(client, client_secret=tenant_seed[0])
    sign_in(client, client_assertion=tenant_seed[1], client_assertion_type=ASSERTION_TYPE)
    client.send("GET", "/v1.0/domains", token=tenant_seed[2])
    client.send("GET", "/v1.0/domains?sig=planted-signature&token=planted-token")
    text = str(client.dispatcher.request_log.since())
    assert "client_secret" in text
    for secret in [*tenant_seed, "planted-signature", "planted-token", seed.OIDC_REQUEST_TOKEN]:
        assert secret not in text
