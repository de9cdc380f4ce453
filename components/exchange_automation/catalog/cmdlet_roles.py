"""The directory roles that the cmdlets of Exchange Online need which change something, where their name tells it.

The table has clear cases only; a cmdlet that it does not match is not judged. The cmdlets were not tried one by one.
"""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Optional

from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES
from exchange_automation.catalog.sources import Source

SOURCES: tuple[Source, ...] = (
    Source(
        "https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference",
        dt.date(2026, 11, 25),
        "What Exchange Administrator, Exchange Recipient Administrator and Security Administrator manage.",
    ),
    Source(
        "https://learn.microsoft.com/exchange/permissions-exo/permissions-exo",
        dt.date(2026, 11, 25),
        "The role groups that have Entra roles as members.",
    ),
)

CHANGING = frozenset(
    {"add", "complete", "disable", "enable", "new", "remove", "restore", "set", "start", "stop", "update"}
)
"""Verbs that change something."""
_ALL = frozenset({"Exchange Administrator", "Global Administrator"})


@dataclass(frozen=True)
class Subject:
    """Cmdlets that change one subject."""

    nouns: "re.Pattern[str]"
    roles: frozenset[str]
    """Directory roles that may change it; one of them is enough."""


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
    """Returns the directory roles of which one is enough for a cmdlet; None where its name does not tell."""
    if verb.lower() not in CHANGING:
        return None
    return next((subject.roles for subject in SUBJECTS if subject.nouns.fullmatch(noun)), None)


def are_known(roles: Iterable[str]) -> bool:
    """Returns whether there are roles, and the tables know the powers of all of them."""
    names = {role.name for role in EXCHANGE_ROLES}
    given = set(roles)
    return bool(given) and given <= names
