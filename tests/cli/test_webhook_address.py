"""``webhook-address``: an address on standard output and nothing else."""

from __future__ import annotations

from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.cli.support import run
from tests.engine.azure import Azure

ACCOUNT = (
    f"/subscriptions/{seed.CONTOSO.subscription_id}/resourceGroups/rg-existing/providers/Microsoft.Automation/"
    "automationAccounts/aa-mail"
)


def account(tenant: LocalTenant, *, local: bool) -> None:
    body = {"location": "westeurope", "properties": {"sku": {"name": "Basic"}, "disableLocalAuth": not local}}
    Azure(tenant).send("PUT", "Microsoft.Automation/automationAccounts/aa-mail", body=body).raise_for_status()


def test_the_command_prints_only_the_address(tenant: LocalTenant) -> None:
    account(tenant, local=True)
    result = run(tenant, "webhook-address", "--account-id", ACCOUNT, "--verbose")
    assert result.code == 0
    [line] = result.out.splitlines()
    assert line.startswith(f"{tenant.url}/webhooks/")
    assert "token=" in line
    assert line.partition("token=")[2] not in result.err
    assert run(tenant, "webhook-address", "--account-id", ACCOUNT).out != result.out
    assert not [
        request
        for request in tenant.request_log()
        if request["method"] in ("PUT", "PATCH") and "webhooks" in request["path"]
    ]


def test_a_wrong_id_a_missing_account_and_disabled_keys_are_reported(tenant: LocalTenant) -> None:
    result = run(tenant, "webhook-address", "--account-id", "aa-mail")
    assert (result.code, result.out) == (2, "")
    assert "is not the id of an automation account" in result.text
    result = run(tenant, "webhook-address", "--account-id", ACCOUNT)
    assert result.code == 2
    assert "There is no automation account" in result.text
    account(tenant, local=False)
    result = run(tenant, "webhook-address", "--account-id", ACCOUNT)
    assert result.code == 2
    assert "Set disable_local_auth=False" in result.text
