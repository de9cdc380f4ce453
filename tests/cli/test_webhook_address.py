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


def test_the_address_is_all_that_is_said(tenant: LocalTenant) -> None:
    account(tenant, local=True)
    said = run(tenant, "webhook-address", "--account-id", ACCOUNT, "--verbose")
    assert said.code == 0
    [line] = said.out.splitlines()
    assert line.startswith(f"{tenant.url}/webhooks/")
    assert "token=" in line
    assert line.partition("token=")[2] not in said.err
    assert run(tenant, "webhook-address", "--account-id", ACCOUNT).out != said.out
    assert not [
        each for each in tenant.request_log() if each["method"] in ("PUT", "PATCH") and "webhooks" in each["path"]
    ]


def test_what_keeps_it_from_its_work_is_told(tenant: LocalTenant) -> None:
    said = run(tenant, "webhook-address", "--account-id", "aa-mail")
    assert (said.code, said.out) == (2, "")
    assert "is not the id of an automation account" in said.text
    said = run(tenant, "webhook-address", "--account-id", ACCOUNT)
    assert said.code == 2
    assert "There is no automation account" in said.text
    account(tenant, local=False)
    said = run(tenant, "webhook-address", "--account-id", ACCOUNT)
    assert said.code == 2
    assert "Set disable_local_auth=False" in said.text
