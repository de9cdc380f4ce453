"""Exchange Online as the directory knows it: its API, the app roles worth a name, and how a principal is called.

Source: "App-only authentication for unattended scripts in Exchange Online PowerShell" on learn.microsoft.com.
"""

from typing import Any

EXCHANGE_ONLINE_APP_ID = "00000002-0000-0ff1-ce00-000000000000"
"""App id of the API *Office 365 Exchange Online*, the same in every tenant and cloud."""

MANAGE_AS_APP = "Exchange.ManageAsApp"

SESSION_APP_ROLES = (MANAGE_AS_APP, "Exchange.ManageAsAppV2")
"""App roles that open a session; the others open mailboxes through older protocols."""

NO_EXCHANGE_REMEDY = (
    "It appears with the tenant's first Exchange Online licence; where licences are there already, create it once: "
    f"az ad sp create --id {EXCHANGE_ONLINE_APP_ID}."
)


def kind_of(principal: dict[str, Any]) -> str:
    """What a directory object is, in the words of the portal.

    :param principal: an object of Graph with its ``@odata.type``.
    """
    name = str(principal.get("@odata.type", "")).rpartition(".")[2]
    if name == "servicePrincipal":
        if principal.get("servicePrincipalType") != "ManagedIdentity":
            return "application"
        return _identity_kind([str(entry) for entry in principal.get("alternativeNames") or []])
    return {"user": "user", "group": "group"}.get(name, name or "unknown")


def _identity_kind(names: list[str]) -> str:
    explicit = next((name.partition("=")[2].lower() for name in names if name.startswith("isExplicit=")), "")
    if any("/userassignedidentities/" in name.lower() for name in names) or explicit == "true":
        return "user-assigned identity"
    if explicit == "false":
        return "system-assigned identity"
    return "managed identity"


def azure_resource_of(principal: dict[str, Any]) -> str:
    """Resource id of what a managed identity belongs to; empty for everything else."""
    names = [str(entry) for entry in principal.get("alternativeNames") or []]
    return next((name for name in names if name.lower().startswith("/subscriptions/")), "")
