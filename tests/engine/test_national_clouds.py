"""An application with both grants in each national cloud: its credential, its command, and what doctor says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest

from exchange_automation import ExchangeApplication
from localtenant.process import LocalTenant
from tests.cli.support import run
from tests.engine.support import Deployment

GITHUB = "https://token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    ("cloud", "domain", "environment", "audience", "command_ends"),
    [
        (
            "usgovernment",
            "contoso.onmicrosoft.us",
            None,
            "api://AzureADTokenExchangeUSGov",
            " -ExchangeEnvironmentName O365USGovGCCHigh",
        ),
        (
            "dod",
            "contoso.onmicrosoft.us",
            "O365USGovDoD",
            "api://AzureADTokenExchangeUSGov",
            " -ExchangeEnvironmentName O365USGovDoD",
        ),
        (
            "china",
            "contoso.partner.onmschina.cn",
            None,
            "api://AzureADTokenExchangeChina",
            " -ExchangeEnvironmentName O365China",
        ),
    ],
)
def test_an_application_of_a_national_cloud(
    tenant: LocalTenant,
    deploy: Callable[..., Deployment],
    cloud: str,
    domain: str,
    environment: str | None,
    audience: str,
    command_ends: str,
) -> None:
    tenant.reset(lag=0.0, cloud=cloud)

    def program() -> None:
        args: dict[str, Any] = {"organization": domain, "exchange_environment": environment}
        args["federated_credentials"] = [
            {"name": "ci", "issuer": GITHUB, "subject": "repo:contoso/mail:environment:prod"}
        ]
        created = ExchangeApplication("job", cast("Any", args))
        pulumi.export("principal", created.principal_id)
        pulumi.export("command", created.connect_command)

    stack = deploy(program)
    outputs = stack.up().check().outputs
    assert outputs["command"].endswith(f"-Organization {domain}{command_ends}")
    assert {grant["grant"] for grant in tenant.grants()} == {"Exchange.ManageAsApp", "Exchange Administrator"}
    [credential] = [
        entry["body"] for entry in tenant.request_log() if entry["operation"] == "POST federatedIdentityCredentials"
    ]
    assert credential["audiences"] == [audience]

    result = run(tenant, "doctor", "--principal", outputs["principal"], "--organization", domain, "--json")
    found = {check["subject"]: check for check in result.json["checks"]}
    assert result.code == 0, result.out
    assert found["organization"]["finding"] == f"{domain} is the initial domain"
    wrong = run(tenant, "doctor", "--organization", "contoso.onmicrosoft.com", "--json")
    assert wrong.code == 1

    stack.destroy().check()
    assert tenant.grants() == []
