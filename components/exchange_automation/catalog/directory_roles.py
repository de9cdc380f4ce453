"""The Entra directory roles that Exchange Online honours for app-only sessions.

Built-in roles are assigned by *template id*, which is the same in every tenant. With the object id of an activated role every
later run would replace the assignment.
"""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple, Optional

from exchange_automation.catalog.sources import Source


class DirectoryRole(NamedTuple):
    """One built-in Entra role."""

    name: str
    """Display name, as the Entra admin center shows it."""
    template_id: str
    """Role template id, a lower-case GUID that is the same in every tenant."""
    allows: str
    """What an app-only Exchange session can do with it, in a few words."""
    privileged: bool = False
    """Whether Microsoft labels the role PRIVILEGED: its holder can raise itself or take over others, or reads what helps it."""
    takes_administrative_unit: bool = False
    """Whether Entra assigns the role for an administrative unit. Exchange Online does not honour such a scope."""


_READ = dt.date(2026, 11, 25)
SOURCES: tuple[Source, ...] = (
    Source(
        "https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2",
        _READ,
        'The roles, and "You can\'t customize or scope these roles".',
    ),
    Source(
        "https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference",
        _READ,
        "Names, template ids and the label PRIVILEGED; copies of June 2025 and January 2026.",
    ),
    Source(
        "https://learn.microsoft.com/entra/identity/role-based-access-control/manage-roles-portal",
        _READ,
        "The roles that can be assigned with administrative unit scope; a copy of June 2025.",
    ),
)

DEFAULT_ROLE = "Exchange Administrator"
GLOBAL_ADMINISTRATOR = "Global Administrator"

EXCHANGE_ROLES: tuple[DirectoryRole, ...] = (
    DirectoryRole("Exchange Administrator", "29232cdf-9323-42fd-ade2-1d097af3e4de", "everything in Exchange Online"),
    DirectoryRole(
        "Exchange Recipient Administrator",
        "31392ffb-586c-42d1-9346-e59415a2cc4e",
        "mailboxes and other recipients, not the organization's settings",
    ),
    DirectoryRole("Compliance Administrator", "17315797-102d-40b4-93e0-432062caca18", "compliance settings"),
    DirectoryRole(
        "Security Administrator", "194ae4cb-b126-40b2-bd5b-6091b380977d", "security settings", privileged=True
    ),
    DirectoryRole(
        "Security Reader", "5d6b6bb7-de71-4623-b4af-96380a352509", "reading security settings", privileged=True
    ),
    DirectoryRole(
        "Helpdesk Administrator",
        "729827e3-9c14-49f7-bb1b-9608f156bbb8",
        "a few settings of mailboxes",
        privileged=True,
        takes_administrative_unit=True,
    ),
    DirectoryRole("Global Reader", "f2ef992c-3afb-46b9-b7cf-a126ee74c451", "reading everything", privileged=True),
    DirectoryRole(
        GLOBAL_ADMINISTRATOR,
        "62e90394-69f5-4237-9190-012177145e10",
        "everything in the whole tenant; never needed for Exchange Online",
        privileged=True,
    ),
)
"""All roles that Exchange Online honours for app-only sessions, the most usual first."""

TEMPLATE_IDS: Mapping[str, str] = {role.name: role.template_id for role in EXCHANGE_ROLES}
"""Display name -> role template id."""

_BY_KEY = {key: role for role in EXCHANGE_ROLES for key in (role.name.lower(), role.template_id)}


def find_role(name_or_template_id: str) -> Optional[DirectoryRole]:
    """Returns the role with this display name or template id, in any letter case; None for any other text."""
    return _BY_KEY.get(name_or_template_id.strip().lower())


def nearest_role_names(name: str, count: int = 3) -> list[str]:
    """Returns the display names that resemble a name, the nearest first; every name where none does."""
    import difflib  # noqa: PLC0415  (only a mistake needs it)

    lowered = {role.name.lower(): role.name for role in EXCHANGE_ROLES}
    near = difflib.get_close_matches(name.strip().lower(), lowered, n=count, cutoff=0.5)
    return [lowered[match] for match in near] or list(lowered.values())
