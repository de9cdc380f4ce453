"""Azure's built-in roles that fit an automation account. The ids are the same in every tenant."""

import datetime as dt
import re

from exchange_automation.catalog.sources import Source

SOURCES: tuple[Source, ...] = (
    Source("https://learn.microsoft.com/azure/role-based-access-control/built-in-roles", dt.date(2026, 11, 24)),
)

AZURE_ROLES = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "Role Based Access Control Administrator": "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
    "Automation Contributor": "f353d9bd-d4a6-484e-a77a-8050b599b867",
    "Automation Job Operator": "4fe576fe-1146-4730-92eb-48519fa6bf9f",
    "Automation Operator": "d3881f73-407a-4167-8283-e981cbba0404",
    "Automation Runbook Operator": "5fb5aef8-1081-4b8e-bb16-9d5d0385bab5",
    "Log Analytics Contributor": "92aaf0da-9dab-42b6-94a3-d43ce8d16293",
    "Log Analytics Reader": "73c42c96-874c-492b-b04d-ab87d138a893",
    "Monitoring Contributor": "749f88d5-cbae-40b8-bcfc-e573ddc772fa",
    "Monitoring Reader": "43d0d8ad-25c7-4714-9337-8ba259a9fe05",
}
"""Name -> id of the role definition."""

_GUID = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_EDITS_RUNBOOKS = frozenset({"Owner", "Contributor", "Automation Contributor"})


def role_definition_id(role: str) -> "str | None":
    """Returns the id of a role that is given by name, by GUID or by a whole id; None for an unknown name."""
    if re.fullmatch(_GUID, role.rsplit("/", 1)[-1]):
        return role.rsplit("/", 1)[-1].lower()
    return next((role_id for name, role_id in AZURE_ROLES.items() if name.lower() == role.lower()), None)


def nearest(role: str) -> list[str]:
    """Returns the names that resemble a name most; some of all names where none does."""
    import difflib  # noqa: PLC0415  (only a mistake needs it)

    return difflib.get_close_matches(role, AZURE_ROLES, n=3, cutoff=0.4) or sorted(AZURE_ROLES)[:3]


def edits_runbooks(role_id: str) -> bool:
    """Returns whether a holder of the role can edit runbooks, and so acts as the identity."""
    return any(AZURE_ROLES[name] == role_id for name in _EDITS_RUNBOOKS)
