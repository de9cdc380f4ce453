"""Programs with one ExchangeAutomationAccount, and existing accounts as a look-up returns them."""

from __future__ import annotations

from typing import Any, cast

from exchange_automation import (
    ExchangeAutomationAccount,
)
from tests.unit.support import (
    ACCOUNT_ID,
    IDENTITY_ID,
    PRINCIPAL_ID,
    TENANT_ID,
    Recorder,
    run,
    values,
)

DOMAIN = "contoso.onmicrosoft.com"
CONNECT = f"Connect-ExchangeOnline -ManagedIdentity -Organization {DOMAIN}"


KEY = {
    "key_vault_uri": "https://kv-mail.vault.azure.net/",
    "key_name": "automation",
    "key_version": "0123456789abcdef",
    "user_assigned_identity_id": IDENTITY_ID,
}


def account(recorder: Recorder | None = None, **arguments: Any) -> tuple[Recorder, dict[str, Any]]:
    """What a program with one account registers, and the account's outputs."""
    given = {"organization": DOMAIN, **arguments}
    if "account_id" not in given:
        given.setdefault("resource_group_name", "rg")
    seen: dict[str, Any] = {}

    def program() -> None:
        seen["outputs"] = values(ExchangeAutomationAccount("mail", cast("Any", given)))

    recorder = run(program, recorder)
    return recorder, seen["outputs"]


def existing(identity: dict[str, Any] | None, account_id: str = ACCOUNT_ID) -> dict[str, Any]:
    """The answer of the look-up of an existing account."""
    body = {"id": account_id, "name": "aa-existing", "location": "westeurope"}
    return {**body, "identity": identity} if identity else body


SYSTEM = {"type": "SystemAssigned", "principalId": PRINCIPAL_ID, "tenantId": TENANT_ID}
