"""Exchange Online as the directory knows it: its API, the app roles worth a name, and how a principal is called.

Source: "App-only authentication for unattended scripts in Exchange Online PowerShell" on learn.microsoft.com.
"""

from exchange_automation.catalog.app_roles import EXCHANGE_ONLINE, EXCHANGE_ONLINE_APP_ID, well_known
from exchange_automation.cli.documents import Record

MANAGE_AS_APP = "Exchange.ManageAsApp"

SESSION_APP_ROLES = (MANAGE_AS_APP, "Exchange.ManageAsAppV2")
"""App roles that open a session; the others open mailboxes through older protocols."""

NO_EXCHANGE_REMEDY = (
    "It appears with the tenant's first Exchange Online licence; where licences are there already, create it once: "
    f"az ad sp create --id {EXCHANGE_ONLINE_APP_ID}."
)


def is_exchange_role(app_role_id: str) -> bool:
    """Returns whether an app role is one of Exchange Online's well-known ones."""
    found = well_known(app_role_id)
    return found is not None and found[0] == EXCHANGE_ONLINE


def kind_of(principal: Record) -> str:
    """Returns what a directory object is, in the words of the portal.

    Args:
        principal: An object of Graph with its ``@odata.type``.
    """
    name = principal.text("@odata.type").rpartition(".")[2]
    if name == "servicePrincipal":
        if principal.text("servicePrincipalType") != "ManagedIdentity":
            return "application"
        return _identity_kind(principal.texts("alternativeNames"))
    return {"user": "user", "group": "group"}.get(name, name or "unknown")


def _identity_kind(names: list[str]) -> str:
    explicit = next((name.partition("=")[2].lower() for name in names if name.startswith("isExplicit=")), "")
    if any("/userassignedidentities/" in name.lower() for name in names) or explicit == "true":
        return "user-assigned identity"
    if explicit == "false":
        return "system-assigned identity"
    return "managed identity"


def azure_resource_of(principal: Record) -> str:
    """Returns the id of the resource that a managed identity belongs to; empty for everything else."""
    names = principal.texts("alternativeNames")
    return next((name for name in names if name.lower().startswith("/subscriptions/")), "")
