"""The Entra directory roles that Exchange Online honours for app-only sessions.

Names, role template ids and what each role is for, once, for everything else in this package. Built-in roles are
assigned by *template id*, which is the same in every tenant; the object id of an activated role would make every
later run replace the assignment.

Source: "App-only authentication for unattended scripts in Exchange Online PowerShell" and "Microsoft Entra built-in
roles", both on learn.microsoft.com.
"""

import difflib
from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class DirectoryRole:
    """One built-in Entra role."""

    name: str
    """Display name, as the Entra admin center shows it."""
    template_id: str
    """Role template id, a lower-case GUID that is the same in every tenant."""
    allows: str
    """What an app-only Exchange session can do with it, in a few words."""


DEFAULT_ROLE = "Exchange Administrator"
GLOBAL_ADMINISTRATOR = "Global Administrator"

EXCHANGE_ROLES: tuple[DirectoryRole, ...] = (
    DirectoryRole(
        "Exchange Administrator",
        "29232cdf-9323-42fd-ade2-1d097af3e4de",
        "everything in Exchange Online",
    ),
    DirectoryRole(
        "Exchange Recipient Administrator",
        "31392ffb-586c-42d1-9346-e59415a2cc4e",
        "mailboxes and other recipients, not the organization's settings",
    ),
    DirectoryRole(
        "Compliance Administrator",
        "17315797-102d-40b4-93e0-432062caca18",
        "compliance settings",
    ),
    DirectoryRole(
        "Security Administrator",
        "194ae4cb-b126-40b2-bd5b-6091b380977d",
        "security settings",
    ),
    DirectoryRole(
        "Security Reader",
        "5d6b6bb7-de71-4623-b4af-96380a352509",
        "reading security settings",
    ),
    DirectoryRole(
        "Helpdesk Administrator",
        "729827e3-9c14-49f7-bb1b-9608f156bbb8",
        "a few settings of mailboxes",
    ),
    DirectoryRole(
        "Global Reader",
        "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
        "reading everything",
    ),
    DirectoryRole(
        GLOBAL_ADMINISTRATOR,
        "62e90394-69f5-4237-9190-012177145e10",
        "everything in the whole tenant; never needed for Exchange Online",
    ),
)
"""All roles that Exchange Online honours for app-only sessions, least surprising first."""

_BY_KEY = {key: role for role in EXCHANGE_ROLES for key in (role.name.lower(), role.template_id)}


def find_role(name_or_template_id: str) -> Optional[DirectoryRole]:
    """The role with this display name or template id, in any case, or None."""
    return _BY_KEY.get(name_or_template_id.strip().lower())


def nearest_role_names(name: str, count: int = 3) -> list[str]:
    """Display names that look like ``name``, the nearest first; every name when none looks like it."""
    lowered = {role.name.lower(): role.name for role in EXCHANGE_ROLES}
    near = difflib.get_close_matches(name.strip().lower(), lowered, n=count, cutoff=0.5)
    return [lowered[match] for match in near] or list(lowered.values())
