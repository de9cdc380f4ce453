"""Replaces ids, names, domains and addresses in text, the same one always by the same word."""

import re
from collections.abc import Mapping

from exchange_automation.catalog.app_roles import APIS, WIDE
from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES
from exchange_automation.cli.client.exchange import SESSION_APP_ROLES
from exchange_automation.cli.documents import Record
from exchange_automation.cli.pulumi.states import State

_NAMES = frozenset(
    {
        *("displayName", "name", "principalDisplayName", "resourceDisplayName", "appDisplayName", "userPrincipalName"),
        *("mail", "givenName", "surname", "alternativeNames", "app_displayname", "upn", "unique_name", "description"),
    }
)
"""Members of a service's answer that hold what somebody chose."""

_KEPT = frozenset(
    {
        *(role.name for role in EXCHANGE_ROLES),
        *APIS,
        *SESSION_APP_ROLES,
        *WIDE,
        *("default", "exchange-automation", "ExchangeOnlineManagement", "PowerShell", "User", "unknown"),
    }
)
"""What is the same in every tenant, so that it says nothing of this one."""

_PATTERNS = (
    ("ADDRESS", re.compile(r"https?://[^\s|)\"']+")),
    ("MAIL-ADDRESS", re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")),
    (
        "RESOURCE-ID",
        re.compile(r"/(?:subscriptions|administrativeUnits|servicePrincipals|roleManagement)/[^\s|,;)\"']+"),
    ),
    ("ID", re.compile(r"(?i)\b[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}\b")),
    ("PATH", re.compile(r"(?<![\w<])(?:/(?:home|Users|root|tmp|var|mnt|opt|work)/|[A-Za-z]:\\)[^\s|)\"']+")),
    ("DOMAIN", re.compile(r"(?i)\b(?:[a-z0-9-]+\.)+(?:onmicrosoft\.(?:com|us|de)|onmschina\.cn)\b")),
    ("IP-ADDRESS", re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b")),
    ("URN", re.compile(r"urn:pulumi:\S+")),
)


class Replacements:
    """Collects what has to be replaced, and replaces it."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._words: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    def add(self, *names: str) -> None:
        """Adds names that must not appear."""
        self._names.update(name for name in names if len(name) > 1 and name not in _KEPT)

    def observe(self, answer: Record) -> None:
        """Adds the names in an answer of a service."""
        self._collect(answer.values)

    def add_state(self, state: State) -> None:
        """Adds the names of a stack: its project, its own name, and the names of its resources in the program and in Azure."""
        self.add(*state.stack.split("/"), state.organization, state.resource_group)
        for resource in state.resources:
            self.add(resource.text("urn").rsplit("::", 1)[-1])
            for key, value in resource.record("inputs").values.items():
                if isinstance(value, str) and key.lower().endswith("name"):
                    self.add(value)

    def apply(self, text: str) -> str:
        """Returns the text with words in place of everything that was added, and of every id, domain and address."""
        for name in sorted(self._names, key=len, reverse=True):
            text = self._pattern(name).sub(self._word("NAME", name.lower()), text)
        for word, pattern in _PATTERNS:
            for found in dict.fromkeys(pattern.findall(text)):
                text = text.replace(found, self._word(word, found))
        return text

    @staticmethod
    def _pattern(name: str) -> re.Pattern[str]:
        """Returns what finds a name: wherever it is, unless it is a part of words that have to stay."""
        if len(name) < 4 or any(name.lower() in kept.lower() for kept in _KEPT):
            return re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
        return re.compile(re.escape(name), re.IGNORECASE)

    def _word(self, kind: str, text: str) -> str:
        if text not in self._words:
            self._counts[kind] = self._counts.get(kind, 0) + 1
            self._words[text] = f"{kind}-{self._counts[kind]}"
        return self._words[text]

    def _collect(self, value: object, key: str = "") -> None:
        if isinstance(value, Mapping):
            for name, inner in value.items():
                self._collect(inner, str(name))
        elif isinstance(value, list):
            for inner in value:
                self._collect(inner, key)
        elif isinstance(value, str) and key in _NAMES:
            self.add(value)
