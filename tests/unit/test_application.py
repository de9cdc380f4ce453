"""ExchangeApplication: credentials, ownership, outputs and mistakes."""

from __future__ import annotations

from typing import Any, cast

import pulumi
import pytest

from exchange_automation import (
    DirectoryLookupError,
    ExchangeApplication,
    ExchangeAutomationError,
    InvalidArgumentsError,
)
from exchange_automation.access.registered_application import thumbprint
from tests.localtenant.test_login import certificate
from tests.unit.support import CLIENT_ID, DEPLOYER_ID, PRINCIPAL_ID, Recorder, Refused, run, values

KEY, PEM_BYTES = certificate()
PEM = PEM_BYTES.decode()
GITHUB = {"name": "GitHub-main", "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:a/b"}


def application(recorder: Recorder | None = None, **arguments: Any) -> tuple[Recorder, dict[str, Any]]:
    """What a program with one application registers, and the application's outputs."""
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


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ({}, "EXA141", "nobody could sign in"),
        ({"certificate": "x"}, "EXA140", "is not a public certificate in PEM form"),
        ({"certificate": PEM.replace("M", "!", 3)}, "EXA140", "is not a public certificate in PEM form"),
        ({"certificate": f"{PEM}-----BEGIN PRIVATE KEY-----s3cr3t"}, "EXA140", "holds a private key"),
        ({"federated_credentials": [{**GITHUB, "issuer": "http://x"}]}, "EXA143", "is not an https address"),
        (
            {"federated_credentials": [GITHUB, {**GITHUB, "name": "github-main", "subject": "x"}]},
            "EXA142",
            "is also the name of federated_credentials[0]",
        ),
        (
            {"federated_credentials": [GITHUB, {**GITHUB, "name": "other"}]},
            "EXA142",
            "has the issuer and the subject of federated_credentials[0]",
        ),
        ({"federated_credentials": [{**GITHUB, "name": "---"}]}, "EXA142", "begins with -"),
        ({"federated_credentials": [{**GITHUB, "name": ""}]}, "EXA142", "is empty"),
        ({"federated_credentials": [{**GITHUB, "name": "a" * 121}]}, "EXA142", "has 121 characters, more than 120"),
        ({"federated_credentials": [{**GITHUB, "name": "GitHub main"}]}, "EXA142", "contains a blank"),
        (
            {"federated_credentials": [{**GITHUB, "name": f"c-{n}", "subject": f"{n}"} for n in range(21)]},
            "EXA142",
            "has 21 entries, and an application takes 20",
        ),
        ({"certificate": PEM, "display_name": ""}, "EXA112", "display_name is empty"),
        ({"certificate": PEM, "display_name": "a" * 257}, "EXA114", "has 257 characters, more than 256"),
        ({"federated_credentials": [{"name": "abc", "issuer": "https://x"}]}, "EXA102", "[0].subject is missing"),
        ({"certificate": PEM, "organization": "contoso.com"}, "EXA120", "initial domain"),
        ({"certificate": PEM, "exchange_environment": "x"}, "EXA121", "Use one of"),
        ({"certificate": PEM, "directory_roles": []}, "EXA105", "directory_roles is empty"),
    ],
)
def test_a_mistake_is_told_before_anything_is_registered(arguments: dict[str, Any], code: str, said: str) -> None:
    recorder = Recorder()
    with pytest.raises(InvalidArgumentsError) as refused:
        application(recorder, **arguments)
    [mistake] = refused.value.mistakes
    assert said in mistake
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
