"""ExchangeApplication: credentials, ownership, outputs and mistakes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pulumi
import pulumi_azuread
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from exchange_automation import (
    DirectoryLookupError,
    ExchangeApplication,
    ExchangeAutomationError,
    InvalidArgumentsError,
)
from exchange_automation.access import federated_credentials
from exchange_automation.access.application_certificates import thumbprint
from exchange_automation.catalog.token_issuers import TOKEN_ISSUERS, TokenIssuer, issuer_of
from tests.localtenant.test_login import certificate
from tests.unit.support import CLIENT_ID, DEPLOYER_ID, MANAGE_AS_APP_ID, PRINCIPAL_ID, Recorder, Refused, run, values

KEY, PEM_BYTES = certificate()
PEM = PEM_BYTES.decode()
GITHUB = {"name": "GitHub-main", "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:a/b:x"}

CLUSTER = {
    "name": "cluster",
    "issuer": f"https://westeurope.oic.prod-aks.azure.com/{CLIENT_ID}/{PRINCIPAL_ID}/",
    "subject": "system:serviceaccount:mail:report",
}


def pem(begins: float, ends: float, key: Any = None) -> str:
    """A certificate that is valid for days, counted from now."""
    now = datetime.now(timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key((key or KEY).public_key())
    builder = builder.serial_number(1).not_valid_before(now + timedelta(days=begins))
    created = builder.not_valid_after(now + timedelta(days=ends)).sign(key or KEY, hashes.SHA256())
    return created.public_bytes(serialization.Encoding.PEM).decode()


def named(name: str, begins: float, ends: float) -> dict[str, str]:
    return {"name": name, "certificate": pem(begins, ends)}


def matching(expression: str, credential: dict[str, str] = GITHUB) -> dict[str, str]:
    plain = {key: value for key, value in credential.items() if key != "subject"}
    return {**plain, "claims_matching_expression": expression}


class InTenant(Recorder):
    """A recorder whose deployer is signed in to another tenant."""

    def __init__(self, tenant: str) -> None:
        super().__init__()
        self.tenant = tenant

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        found = super().call(args)
        return {**found, "tenantId": self.tenant} if args.token.endswith("getClientConfig") else found


def application(
    recorder: Recorder | None = None, tenant: str | None = None, **arguments: Any
) -> tuple[Recorder, dict[str, Any]]:
    """What a program with one application registers, and the application's outputs."""
    recorder = recorder if tenant is None else InTenant(tenant)
    given = {"organization": "contoso.onmicrosoft.com", **arguments}
    seen: dict[str, Any] = {}

    def program() -> None:
        seen["outputs"] = values(ExchangeApplication("job", cast("Any", given)))

    recorder = run(program, recorder)
    return recorder, seen["outputs"]


def test_a_certificate_signs_in_by_its_thumbprint() -> None:
    recorder, outputs = application(certificate=PEM, display_name="Mail job")
    assert recorder.of("ApplicationRegistration")["job-application"]["displayName"] == "Mail job"
    assert recorder.of("ApplicationCertificate")["job-certificate"]["type"] == "AsymmetricX509Cert"
    assert recorder.of("ApplicationFederatedIdentityCredential") == {}
    assert recorder.of("ServicePrincipal")["job-service-principal"] == {"clientId": CLIENT_ID, "owners": [DEPLOYER_ID]}
    assert recorder.grants == ["job-access-exchange-administrator", "job-access-exchange-manageasapp"]
    assert outputs["principal_id"] == PRINCIPAL_ID
    assert outputs["connect_command"] == (
        f"Connect-ExchangeOnline -AppId {CLIENT_ID} -CertificateThumbprint {thumbprint(PEM)} "
        "-Organization contoso.onmicrosoft.com"
    )
    assert outputs["certificate_file_connect_command"] == (
        f"Connect-ExchangeOnline -AppId {CLIENT_ID} -CertificateFilePath $certificatePath "
        "-CertificatePassword $certificatePassword -Organization contoso.onmicrosoft.com"
    )


def test_a_federated_credential_signs_in_with_a_token() -> None:
    recorder, outputs = application(federated_credentials=[GITHUB])
    assert recorder.of("ApplicationFederatedIdentityCredential")["job-federated-github-main"] == {
        "applicationId": "job-application-id",
        "audiences": ["api://AzureADTokenExchange"],
        "displayName": "GitHub-main",
        "issuer": GITHUB["issuer"],
        "subject": GITHUB["subject"],
    }
    assert recorder.of("ApplicationCertificate") == {}
    assert "-AccessToken $token" in outputs["connect_command"]
    assert outputs["certificate_file_connect_command"] == ""


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        ({}, "EXA141", "nobody could sign in"),
        ({"certificate": "x"}, "EXA140", "is not a public certificate in PEM form"),
        ({"certificate": PEM.replace("M", "!", 3)}, "EXA140", "is not a public certificate in PEM form"),
        ({"certificate": f"{PEM}-----BEGIN PRIVATE KEY-----s3cr3t"}, "EXA140", "holds a private key"),
        ({"federated_credentials": [{**GITHUB, "issuer": "http://x"}]}, "EXA143", "is not an https address"),
        (
            {"federated_credentials": [GITHUB, {**GITHUB, "name": "github-main", "subject": "repo:a/c:x"}]},
            "EXA142",
            "is also the name of federated_credentials[0]",
        ),
        (
            {"federated_credentials": [GITHUB, {**GITHUB, "name": "other"}]},
            "EXA142",
            "has the issuer and the subject of federated_credentials[0]",
        ),
        ({"federated_credentials": [{**GITHUB, "name": "---"}]}, "EXA142", "begins with -"),
        ({"federated_credentials": [{**GITHUB, "description": "x" * 601}]}, "EXA142", "description has 601 characters"),
        (
            {"federated_credentials": [{**GITHUB, "audience": "api://x "}]},
            "EXA142",
            "audience begins or ends with a blank",
        ),
        ({"federated_credentials": [{**GITHUB, "name": ""}]}, "EXA112", "is empty"),
        ({"federated_credentials": [{**GITHUB, "name": "a" * 121}]}, "EXA142", "has 121 characters, more than 120"),
        ({"federated_credentials": [{**GITHUB, "name": "GitHub main"}]}, "EXA142", "contains a blank"),
        (
            {"federated_credentials": [{**GITHUB, "name": f"c-{n}", "subject": f"repo:a/b:{n}"} for n in range(21)]},
            "EXA142",
            "has 21 entries, and an application takes 20",
        ),
        ({"certificate": PEM, "display_name": ""}, "EXA112", "display_name is empty"),
        ({"certificate": PEM, "display_name": "a" * 257}, "EXA114", "has 257 characters, more than 256"),
        ({"federated_credentials": [{"name": "a", "issuer": "https://x"}]}, "EXA178", "neither subject nor"),
        ({"federated_credentials": [{**GITHUB, "claims_matching_expression": "x"}]}, "EXA178", "both subject and"),
        ({"federated_credentials": [{**GITHUB, "issuer": f"{GITHUB['issuer']}/"}]}, "EXA177", "ends with a slash"),
        ({"federated_credentials": [{**CLUSTER, "issuer": CLUSTER["issuer"][:-1]}]}, "EXA177", "no slash at its end"),
        ({"federated_credentials": [{**GITHUB, "subject": "repo:contoso/*:main"}]}, "EXA178", "ordinary character"),
        (
            {"federated_credentials": [{**GITHUB, "subject": "contoso/mail"}]},
            "EXA177",
            "not a subject of GitHub Actions",
        ),
        ({"federated_credentials": [matching("claims['sub'] eq 'x'", CLUSTER)]}, "EXA178", "does not match"),
        ({"certificate": pem(-20, -10)}, "EXA173", "certificate expired on"),
        ({"certificate": pem(10, 20)}, "EXA175", "nothing could sign in until then"),
        ({"certificate": pem(-1, 1, ec.generate_private_key(ec.SECP256R1()))}, "EXA174", "not RSA"),
        ({"certificate": pem(-1, 1, rsa.generate_private_key(65537, 1024))}, "EXA174", "1024 bits"),  # noqa: S505  (too short on purpose)
        ({"certificates": [named("a", -9, 5), named("b", 6, 9)]}, "EXA175", "nothing could sign in between the two"),
        ({"certificates": [named("a", -9, 5), named("A", 4, 9)]}, "EXA142", "also the name of another certificate"),
        ({"certificates": [named("a", -9, 5), named("b", -9, -5)]}, "EXA173", "certificates[1].certificate expired"),
        ({"certificate": PEM, "owners": {"ops": "bob@contoso.com"}}, "EXA103", 'owners["ops"]'),
        ({"certificate": PEM, "owners": {"ops": DEPLOYER_ID, "Ops": DEPLOYER_ID}}, "EXA142", "owners has the name"),
        ({"certificate": PEM, "organization": "contoso.com"}, "EXA120", "initial domain"),
        ({"certificate": PEM, "exchange_environment": "x"}, "EXA121", "Use one of"),
        ({"certificate": PEM, "directory_roles": []}, "EXA105", "directory_roles is empty"),
    ],
)
def test_a_mistake_is_reported_before_anything_is_registered(
    arguments: dict[str, Any], code: str, expected: str
) -> None:
    recorder = Recorder()
    with pytest.raises(InvalidArgumentsError) as refused:
        application(recorder, **arguments)
    [mistake] = refused.value.mistakes
    assert expected in mistake
    assert mistake.endswith(f"[{code}]")
    assert "s3cr3t" not in str(refused.value)
    assert recorder.resources == {}


def test_a_certificate_that_turns_out_to_be_a_private_key_is_not_repeated() -> None:
    secret = pulumi.Output.secret("-----BEGIN PRIVATE KEY-----s3cr3t")
    with pytest.raises(ExchangeAutomationError) as refused:
        application(certificate=secret)
    assert "[EXA140]" in str(refused.value)
    assert "s3cr3t" not in str(refused.value)


def test_a_deployer_that_is_not_known_owns_nothing() -> None:
    class Nobody(Recorder):
        def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
            if args.token.endswith("getClientConfig"):
                raise Refused("no credentials")
            return super().call(args)

    recorder = Nobody()
    with pytest.raises(DirectoryLookupError, match=r"\[EXA208\]"):
        application(recorder, certificate=PEM)
    assert recorder.grants == []


def test_certificates_have_resources_of_their_own_names_and_the_first_is_in_the_command() -> None:
    current, following = named("2026", -30, 30), named("2027", 10, 395)
    recorder, outputs = application(certificates=[current, following])
    created = recorder.of("ApplicationCertificate")
    assert {name: inputs["value"]["value"] for name, inputs in created.items()} == {
        "job-certificate-2026": current["certificate"],
        "job-certificate-2027": following["certificate"],
    }
    assert thumbprint(current["certificate"]) in outputs["connect_command"]
    recorder, outputs = application(certificates=[following, current])
    assert sorted(recorder.of("ApplicationCertificate")) == sorted(created)
    assert thumbprint(following["certificate"]) in outputs["connect_command"]


def test_the_single_certificate_keeps_its_resource_beside_named_ones() -> None:
    recorder, outputs = application(certificate=PEM, certificates=[named("2027", -1, 395)])
    assert sorted(recorder.of("ApplicationCertificate")) == ["job-certificate", "job-certificate-2027"]
    assert thumbprint(PEM) in outputs["connect_command"]


def test_a_certificate_as_key_vault_gives_it_is_put_into_pem_form() -> None:
    bare = "".join(PEM.split("-----")[2].split())
    assert bare.startswith("MII")
    recorder, outputs = application(certificate=bare)
    assert recorder.of("ApplicationCertificate")["job-certificate"]["value"]["value"].strip() == PEM.strip()
    assert thumbprint(PEM) in outputs["connect_command"]


def test_an_expression_makes_a_flexible_credential() -> None:
    expression = f"{RELEASES} and claims['repository_id'] eq '821093847'"
    recorder, _ = application(federated_credentials=[{**matching(expression), "description": "releases"}])
    assert recorder.of("ApplicationFlexibleFederatedIdentityCredential")["job-federated-github-main"] == {
        "applicationId": "job-application-id",
        "audience": "api://AzureADTokenExchange",
        "claimsMatchingExpression": expression,
        "description": "releases",
        "displayName": "GitHub-main",
        "issuer": GITHUB["issuer"],
    }


@pytest.mark.parametrize("value", ["repo:a/b:x", f"repo:a/b:{'x' * 600}"])
def test_an_expression_may_be_long_and_end_in_a_line_end(value: str) -> None:
    expression = f"claims['sub'] eq '{value}' and claims['repository_id'] eq '1'\n"
    recorder, _ = application(federated_credentials=[matching(expression)])
    [credential] = recorder.of("ApplicationFlexibleFederatedIdentityCredential").values()
    assert credential["claimsMatchingExpression"] == expression.strip()


@pytest.mark.parametrize(
    "issuer", [GITHUB["issuer"], pulumi.Output.from_input(GITHUB["issuer"])], ids=["text", "output"]
)
def test_an_expression_that_is_an_output_is_checked_when_it_is_known(issuer: Any) -> None:
    wide = {
        "name": "ci",
        "issuer": issuer,
        "claims_matching_expression": pulumi.Output.from_input("claims['sub'] matches '*'"),
    }
    with pytest.raises(ExchangeAutomationError, match=r"names no owner by id.*EXA178"):
        application(federated_credentials=[wide])


def test_an_expression_beside_an_issuer_that_is_an_output_is_accepted() -> None:
    issuer = pulumi.Output.from_input(GITHUB["issuer"])
    expression = f"{RELEASES} and claims['repository_id'] eq '1'"
    recorder, _ = application(
        federated_credentials=[{"name": "ci", "issuer": issuer, "claims_matching_expression": expression}]
    )
    [credential] = recorder.of("ApplicationFlexibleFederatedIdentityCredential").values()
    assert credential["claimsMatchingExpression"] == expression


def test_an_expression_needs_a_provider_that_has_the_resource(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(pulumi_azuread, federated_credentials.FLEXIBLE)
    with pytest.raises(InvalidArgumentsError, match="Install a newer pulumi-azuread"):
        application(federated_credentials=[matching("claims['sub'] eq 'repo:a/b:x'")])


RELEASES = "claims['sub'] matches 'repo:contoso/mail:ref:refs/heads/release/*'"
GITLAB = {"name": "gitlab", "issuer": "https://gitlab.com"}
OWN_GITLAB = {"name": "gitlab", "issuer": "https://gitlab.contoso.com"}
TERRAFORM = {"name": "terraform", "issuer": "https://app.eu.terraform.io"}


@pytest.mark.parametrize(
    ("credential", "expression", "expected"),
    [
        (GITHUB, "claims['sub'] matches '*'", "names no owner by id"),
        (GITLAB, "claims['sub'] matches 'project_path:*' and claims['user_id'] eq '5'", "names no owner by id"),
        (TERRAFORM, "claims['sub'] eq 'organization:contoso:project:*'", "wildcard after eq"),
        (GITHUB, RELEASES, "names no owner by id"),
        (GITHUB, "claims['sub'] matches 'repo:contoso@5544123/*'", "names no owner by id"),
        (GITHUB, f"{RELEASES} and claims['job_workflow_ref'] eq 'contoso/ci/x.yml@main'", "names no owner by id"),
        (GITHUB, "claims['repository_id'] eq '821093847'", "does not compare sub"),
        (
            GITHUB,
            f"{RELEASES} and claims['repository_id'] matches '*'",
            "does not compare repository_id with eq and a number",
        ),
        (
            GITHUB,
            f"{RELEASES} and claims['repository_id'] eq '*'",
            "does not compare repository_id with eq and a number",
        ),
        (GITHUB, f"{RELEASES} and claims['repository_owner'] eq 'contoso'", "compares repository_owner, and Entra ID"),
        (GITHUB, f"{RELEASES} or claims['repository_id'] eq '821093847'", "not an expression that Entra ID reads"),
        (GITHUB, f"claims['repository_id'] eq '821093847' or {RELEASES}", "not an expression that Entra ID reads"),
        (GITHUB, f"not {RELEASES} and claims['repository_id'] eq '1'", "not an expression that Entra ID reads"),
        (GITLAB, "claims['sub'] matches 'project_path:contoso/mail:*'", "names no owner by id"),
        (GITLAB, "claims['sub'] matches 'project_id:*'", "names no owner by id"),
        (GITLAB, "claims['sub'] matches 'project_id:5738*'", "names no owner by id"),
        (GITLAB, "claims['sub'] matches 'environment:production:*'", "names no owner by id"),
        (TERRAFORM, "claims['sub'] matches 'organization:*'", "names no owner"),
        (TERRAFORM, "claims['sub'] matches 'organization:contoso*:project:mail:*'", "names no owner"),
        (TERRAFORM, "claims['sub'] matches 'workspace:prod:run_phase:*'", "names no owner"),
        (GITHUB, "claims['sub'] matches 'it''s", "not an expression that Entra ID reads"),
    ],
)
def test_an_expression_that_entra_refuses_or_that_names_no_owner_is_refused(
    credential: dict[str, str], expression: str, expected: str
) -> None:
    recorder = Recorder()
    with pytest.raises(InvalidArgumentsError) as refused:
        application(recorder, federated_credentials=[matching(expression, credential)])
    [mistake] = refused.value.mistakes
    assert expected in mistake
    assert mistake.endswith("[EXA178]")
    assert recorder.resources == {}


@pytest.mark.parametrize(
    ("credential", "expression"),
    [
        (GITHUB, "claims['sub'] matches 'repo:contoso*/*' and claims['repository_owner_id'] eq '5544123'"),
        (
            GITHUB,
            f"{RELEASES} and claims['repository_id'] eq '1' and claims['job_workflow_ref'] matches 'contoso/ci/*'",
        ),
        (GITLAB, "claims['sub'] matches 'project_path:contoso/mail:*' and claims['project_id'] eq '57382910'"),
        (OWN_GITLAB, "claims['sub'] matches 'project_id:57382910:*'"),
        (TERRAFORM, "claims['sub'] matches 'organization:contoso:project:mail:*'"),
    ],
)
def test_an_expression_that_names_an_owner_is_accepted(credential: dict[str, str], expression: str) -> None:
    recorder, _ = application(federated_credentials=[matching(expression, credential)])
    assert len(recorder.of("ApplicationFlexibleFederatedIdentityCredential")) == 1


@pytest.mark.parametrize(
    "credential",
    [
        {**GITHUB, "subject": "repo:contoso@5544123/mail@821093847:environment:production"},
        {**GITHUB, "subject": "repository_owner_id:5544123:repository_id:821093847:pull_request"},
        {**GITLAB, "subject": "project_id:57382910:ref_type:branch:ref:main"},
        {**OWN_GITLAB, "subject": "project_path:contoso/mail:ref_type:branch:ref:main"},
        {**TERRAFORM, "subject": "organization:contoso:project:mail:workspace:prod:run_phase:apply"},
    ],
    ids=lambda credential: credential["subject"],
)
def test_a_subject_with_ids_is_accepted(credential: dict[str, str]) -> None:
    recorder, _ = application(federated_credentials=[credential])
    assert len(recorder.of("ApplicationFederatedIdentityCredential")) == 1


@pytest.mark.parametrize("issuer", TOKEN_ISSUERS, ids=lambda issuer: issuer.name)
def test_the_examples_of_each_issuer_are_accepted(issuer: TokenIssuer) -> None:
    assert issuer_of(issuer.example_issuer) is issuer
    credential = {"name": "a", "issuer": issuer.example_issuer, "subject": issuer.example_subject}
    credentials = [credential]
    if issuer.expressions is not None:
        credentials.append(matching(issuer.expressions.example, {**credential, "name": "b"}))
    recorder, _ = application(federated_credentials=credentials, tenant="00000000-0000-0000-0000-000000000001")
    assert len(recorder.of("ApplicationFederatedIdentityCredential")) == 1
    assert len(recorder.of("ApplicationFlexibleFederatedIdentityCredential")) == len(credentials) - 1


IDENTITY = {
    "name": "identity",
    "issuer": f"https://login.microsoftonline.com/{CLIENT_ID}/v2.0",
    "subject": PRINCIPAL_ID,
}


def test_a_managed_identity_of_another_tenant_is_told_before_anything_is_registered() -> None:
    recorder = Recorder()
    with pytest.raises(ExchangeAutomationError, match=r"federated_credentials\[0\].issuer is the tenant .*\[EXA176\]"):
        application(recorder, federated_credentials=[IDENTITY])
    assert list(recorder.resources) == ["job"]


def test_a_managed_identity_of_the_same_tenant_and_a_service_connection_of_any_are_accepted() -> None:
    connection = {**IDENTITY, "name": "connection", "subject": "/eid1/c/pub/t/x/a/y"}
    application(federated_credentials=[IDENTITY], tenant=CLIENT_ID.upper())
    application(federated_credentials=[connection])


@pytest.mark.parametrize(
    ("suffix", "audience"),
    [
        (".onmicrosoft.com", "api://AzureADTokenExchange"),
        (".onmicrosoft.us", "api://AzureADTokenExchangeUSGov"),
        (".partner.onmschina.cn", "api://AzureADTokenExchangeChina"),
    ],
)
def test_the_audience_is_that_of_the_cloud(suffix: str, audience: str) -> None:
    recorder, _ = application(federated_credentials=[GITHUB], organization=f"contoso{suffix}")
    [credential] = recorder.of("ApplicationFederatedIdentityCredential").values()
    assert credential["audiences"] == [audience]


@pytest.mark.parametrize(
    ("answer", "registered"),
    [
        ('invoking getDirectoryObject: Directory Object (Directory Object: "x") was not found', False),
        ("403 (403 Forbidden) with error: Authorization_RequestDenied", True),
    ],
)
def test_an_owner_that_is_not_in_the_tenant_is_told_before_anything_is_registered(
    answer: str, registered: bool
) -> None:
    class Refusing(Recorder):
        def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
            if args.token.endswith("getDirectoryObject"):
                raise Refused(answer)
            return super().call(args)

    recorder = Refusing()
    if registered:
        application(recorder, certificate=PEM, owners={"ops": PRINCIPAL_ID})
        assert list(recorder.of("ApplicationOwner")) == ["job-owner-ops"]
        return
    with pytest.raises(DirectoryLookupError, match=r'owners\["ops"\] is not in the tenant .*\[EXA222\]'):
        application(recorder, certificate=PEM, owners={"ops": PRINCIPAL_ID})
    assert list(recorder.resources) == ["job"]


def test_owners_switch_notes_tags_and_declared_access() -> None:
    recorder, _ = application(
        certificate=PEM,
        owners={"mail-team": PRINCIPAL_ID},
        account_enabled=False,
        notes="mail",
        service_principal_tags=["mail", "prod"],
        declare_api_access=True,
    )
    assert recorder.of("ApplicationOwner") == {
        "job-owner-mail-team": {"applicationId": "job-application-id", "ownerObjectId": PRINCIPAL_ID}
    }
    assert recorder.of("ApplicationRegistration")["job-application"]["notes"] == "mail"
    principal = recorder.of("ServicePrincipal")["job-service-principal"]
    assert (principal["accountEnabled"], principal["tags"]) == (False, ["mail", "prod"])
    assert recorder.of("ApplicationApiAccess")["job-api-access"] == {
        "applicationId": "job-application-id",
        "apiClientId": "00000002-0000-0ff1-ce00-000000000000",
        "roleIds": [MANAGE_AS_APP_ID],
    }
