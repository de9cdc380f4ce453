"""The secrets that a deployment is given are nowhere in what it leaves behind, at the highest verbosity as well."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pulumi
import pulumi_azuread as azuread
import pytest

from exchange_automation import ExchangeAccess
from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.cli.support import run
from tests.cli.test_credentials import federated_token
from tests.engine.programs import application, runbook
from tests.engine.support import Deployment, Program, program_of

SIGNED = re.compile(r"sig=[A-Za-z0-9%+/]{20,}")
ENGINES_OWN = re.compile(r'"(?:Unm|M)arshaling property for RPC\[')
TOKEN = re.compile(r"eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.")


def everything(stack: Deployment, tenant: LocalTenant, *printed: str) -> dict[str, str]:
    """All texts that somebody could read afterwards, by where they are."""
    texts = {f"output {number}": text for number, text in enumerate(printed)}
    texts["journal"] = json.dumps(tenant.request_log())
    texts["tenant's log"] = tenant.log()
    for path in sorted(Path(stack.directory).rglob("*")):
        if path.is_file():
            texts[str(path.relative_to(stack.directory))] = path.read_text("utf-8", "replace")
    return texts


def test_credentials_of_the_environment_are_nowhere_at_the_highest_verbosity_either(
    tenant: LocalTenant, deploy: Callable[..., Deployment]
) -> None:
    [created] = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity")
    stack = deploy(program_of(lambda: ExchangeAccess("mail", {"principal_id": created["id"]})))
    loud = {"log_to_std_err": True, "log_verbosity": 9, "debug": True}
    first = stack.up(**loud).check()
    tenant.faults([{"operation": "DELETE roleAssignments", "effect": "expiredToken"}])
    failed = stack.destroy(**loud)
    assert not failed.succeeded
    last = stack.destroy(**loud).check()
    assert len(first.text) > 20_000
    nowhere(stack, tenant, first.text, failed.text, last.text)


@pytest.mark.parametrize("make", [runbook, application])
def test_neither_credentials_nor_signed_addresses_are_in_what_a_whole_program_leaves(
    tenant: LocalTenant, deploy: Callable[..., Deployment], make: Callable[[], Program]
) -> None:
    stack = deploy(make())
    loud = {"log_to_std_err": True, "log_verbosity": 9, "debug": True}
    printed = [stack.up(**loud).check().text, stack.destroy(**loud).check().text]
    nowhere(stack, tenant, *printed)
    # docs/permissions.md: the engine writes every value that it passes to a provider or back into its log at verbosity 9.
    beyond = ["\n".join(line for line in text.splitlines() if not ENGINES_OWN.search(line)) for text in printed]
    for where, text in everything(stack, tenant, *beyond).items():
        assert not SIGNED.search(text), where


@pytest.mark.parametrize("way", ["ARM_OIDC_TOKEN", "ARM_OIDC_TOKEN_FILE_PATH"])
@pytest.mark.parametrize("command", ["doctor", "report"])
def test_the_token_of_a_ci_job_is_nowhere_in_what_a_command_says(
    tenant: LocalTenant, tmp_path: Path, way: str, command: str
) -> None:
    token = federated_token(tenant)
    file = tmp_path / "token"
    file.write_text(token)
    given = {"ARM_CLIENT_SECRET": None, "ARM_USE_OIDC": "true", way: str(file) if way.endswith("PATH") else token}
    printed = run(tenant, command, "--verbose", variables=given)
    assert printed.code == 0, printed.text
    assert "GET /v1.0/servicePrincipals: 200" in printed.err
    assert token not in printed.out + printed.err + json.dumps(tenant.request_log()) + tenant.log()


def test_credentials_of_an_explicit_provider_are_nowhere_either(
    tenant: LocalTenant, deploy: Callable[..., Deployment]
) -> None:
    # The engine's own log prints a provider's configuration at verbosity 9, secrets included: not at that verbosity.
    def program() -> None:
        provider = azuread.Provider(
            "own",
            tenant_id=seed.CONTOSO.tenant_id,
            client_id=seed.CONTOSO.client_id,
            client_secret=pulumi.Output.secret(seed.CONTOSO.client_secret),
        )
        options = pulumi.ResourceOptions(providers=[provider])
        ExchangeAccess("mail", {"principal_id": seed.CONTOSO.principal_object_id}, options)

    stack = deploy(program)
    first = stack.up().check()
    nowhere(stack, tenant, first.text, stack.destroy().check().text)


def nowhere(stack: Deployment, tenant: LocalTenant, *printed: str) -> None:
    """Neither the deployer's secret nor a token is in anything that is left."""
    for where, text in everything(stack, tenant, *printed).items():
        assert seed.CONTOSO.client_secret not in text, where
        assert not TOKEN.search(text), where
