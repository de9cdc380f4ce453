"""Which directory roles the cmdlets that change something in Exchange Online need, where their name tells it (leaf).

Only what is clear is here: what is not matched is not judged. Sources: "Microsoft Entra built-in roles" (what Exchange
Administrator, Exchange Recipient Administrator and Security Administrator manage) and "Permissions in Exchange Online" (the
role groups that Entra roles are members of), both on learn.microsoft.com; not tried cmdlet by cmdlet.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Optional

from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES

CHANGING = frozenset(
    {"add", "complete", "disable", "enable", "new", "remove", "restore", "set", "start", "stop", "update"}
)
"""Verbs that change something."""
_ALL = frozenset({"Exchange Administrator", "Global Administrator"})


@dataclass(frozen=True)
class Subject:
    """Cmdlets that are about one thing."""

    nouns: "re.Pattern[str]"
    roles: frozenset[str]
    """Directory roles that may change it, each enough."""


SUBJECTS: tuple[Subject, ...] = (
    Subject(
        re.compile(
            r"(?i)antiphish(?:policy|rule)|malwarefilter(?:policy|rule)|hosted(?:content|outboundspam|connection)filter"
            r"(?:policy|rule)|safe(?:links|attachment)(?:policy|rule)|dkimsigningconfig|quarantinepolicy|"
            r"tenantallowblocklist(?:items|spoofitems)"
        ),
        _ALL | {"Security Administrator"},
    ),
    Subject(
        re.compile(
            r"(?i)transport(?:rule|config)|organizationconfig|remotedomain|accepteddomain|(?:in|out)boundconnector|"
            r"organizationrelationship|sharingpolicy|owamailboxpolicy|mobiledevicemailboxpolicy|rolegroup(?:member)?|"
            r"managementrole(?:assignment)?|managementscope|authenticationpolicy|availabilityaddressspace"
        ),
        _ALL,
    ),
    Subject(
        re.compile(
            r"(?i).*mailbox|mailbox(?:permission|folderpermission|autoreplyconfiguration|regionalconfiguration|"
            r"calendarconfiguration)|recipientpermission|.*distributiongroup(?:member)?|mailcontact|mailuser|"
            r"calendarprocessing|inboxrule|unifiedgroup(?:links)?"
        ),
        _ALL | {"Exchange Recipient Administrator"},
    ),
)


def roles_needed(verb: str, noun: str) -> Optional[frozenset[str]]:
    """Directory roles of which each is enough for a cmdlet; None where its name does not tell."""
    if verb.lower() not in CHANGING:
        return None
    return next((subject.roles for subject in SUBJECTS if subject.nouns.fullmatch(noun)), None)


def are_known(roles: Iterable[str]) -> bool:
    """Whether all of these are roles whose powers are known here, and there are any."""
    names = {role.name for role in EXCHANGE_ROLES}
    given = set(roles)
    return bool(given) and given <= names
