"""Exchange Online's own management roles, and which of them a directory role brings.

A management role is a list of cmdlets. A directory role brings the management roles of the role groups that it is a member
of. The pages were read in copies, whose day the note gives.
"""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple, Optional

from exchange_automation.catalog.directory_roles import DEFAULT_ROLE, GLOBAL_ADMINISTRATOR
from exchange_automation.catalog.sources import Source

_READ = dt.date(2026, 11, 25)
_GROUPS = "https://learn.microsoft.com/exchange/permissions-exo/permissions-exo"
_APP_ONLY = Source(
    "https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2",
    _READ,
    "Global Administrator and Exchange Administrator have the permissions for any task in Exchange Online PowerShell; "
    "a copy of August 2026.",
)

UNASSIGNED: frozenset[str] = frozenset({"Address Lists", "Mailbox Import Export", "Mailbox Search"})
"""Management roles that no role group of an administrator has before somebody assigns them. Source: SOURCES[0]."""


class RolesOfDirectoryRole(NamedTuple):
    """The management roles that a directory role brings.

    Attributes:
        roles: The management roles; None for all but UNASSIGNED.
        source: The page with the role group's roles.
        inferred: Whether no page of Microsoft's states that the directory role is a member of that role group.
    """

    roles: Optional[frozenset[str]]
    source: Source
    inferred: bool = False

    def has(self, role: str) -> bool:
        """Returns whether the directory role brings a management role."""
        return role not in UNASSIGNED if self.roles is None else role in self.roles


def _group(note: str, *roles: str, inferred: bool = False) -> RolesOfDirectoryRole:
    return RolesOfDirectoryRole(frozenset(roles), Source(_GROUPS, _READ, f"{note}; a copy of July 2021."), inferred)


_VIEW_ONLY = ("View-Only Recipients", "View-Only Configuration")

BROUGHT: Mapping[str, RolesOfDirectoryRole] = {
    DEFAULT_ROLE: RolesOfDirectoryRole(None, _APP_ONLY),
    GLOBAL_ADMINISTRATOR: RolesOfDirectoryRole(None, _APP_ONLY),
    "Exchange Recipient Administrator": _group(
        "Role group Recipient Management. Microsoft's page on the directory role names recipients and their migration, and not "
        "the role group; a public comparison does",
        *("Distribution Groups", "Mail Recipient Creation", "Mail Recipients", "Message Tracking", "Migration"),
        *("Move Mailboxes", "Recipient Policies", "Reset Password", "Team Mailboxes"),
        inferred=True,
    ),
    "Compliance Administrator": _group(
        "Role group Compliance Management. That the directory role is its member is from a public comparison",
        *("Audit Logs", "Compliance Admin", "Data Loss Prevention", "Information Rights Management", "Journaling"),
        *("Message Tracking", "Retention Management", "Transport Rules", "View-Only Audit Logs", *_VIEW_ONLY),
        inferred=True,
    ),
    "Security Administrator": _group(
        "Role group Security Administrator. The page on app-only access says that the directory role does not have the "
        "permissions for the protection features; the pages of Defender say that it has",
        "Security Admin",
    ),
    "Security Reader": _group("Role group Security Reader", "Security Reader"),
    "Helpdesk Administrator": _group("Member of the role group View-Only Organization Management", *_VIEW_ONLY),
    "Global Reader": _group(
        "Role group View-Only Organization Management. That the directory role is its member is from a public comparison",
        *_VIEW_ONLY,
        inferred=True,
    ),
}
"""Display name of a directory role -> the management roles that it brings."""

SOURCES: tuple[Source, ...] = (
    Source(_GROUPS, _READ, "Role groups with their management roles; a copy of July 2021."),
    _APP_ONLY,
    Source(
        "https://www.alweys.ch/community/exchange_entra.html",
        _READ,
        "A public comparison of directory roles and role groups.",
    ),
)


def directory_roles_with(roles: frozenset[str]) -> frozenset[str]:
    """Returns the directory roles that bring at least one of the management roles."""
    return frozenset(name for name, brought in BROUGHT.items() if any(brought.has(role) for role in roles))
