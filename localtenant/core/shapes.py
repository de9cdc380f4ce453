"""Properties whose type is the same in every request body that the tenant reads.

The handlers look into these objects and lists. A value of another type is refused before a handler sees it, as the
services refuse it. ``null`` is a value of every type: the services treat it as absent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

OBJECTS = (
    "addressSpace",
    "advancedSchedule",
    "clientApplications",
    "conditions",
    "connectionType",
    "contentHash",
    "contentLink",
    "defaultPackages",
    "draft",
    "encryption",
    "headers",
    "identity",
    "keyVaultProperties",
    "networkAcls",
    "passwordCredential",
    "passwordProfile",
    "properties",
    "publishContentLink",
    "runbook",
    "runtime",
    "schedule",
    "sku",
    "subnet",
    "userAssignedIdentities",
    "virtualNetwork",
    "web",
)
LISTS_OF_OBJECTS = (
    "appRoles",
    "ipRules",
    "keyCredentials",
    "logs",
    "metrics",
    "monthlyOccurrences",
    "passwordCredentials",
    "privateDnsZoneConfigs",
    "privateLinkServiceConnections",
    "requests",
    "requiredResourceAccess",
    "rolePermissions",
    "subnets",
    "virtualNetworkRules",
)
LISTS_OF_TEXTS = (
    "addressPrefixes",
    "alternativeNames",
    "audiences",
    "dependsOn",
    "groupIds",
    "identifierUris",
    "ids",
    "includeServicePrincipals",
    "members@odata.bind",
    "owners@odata.bind",
    "resources",
    "weekDays",
)
LISTS = ("monthDays",)
TEXTS = ("displayName",)
WITH_NAMES_OF_THE_CALLER = frozenset(
    {"body", "defaultPackages", "fieldDefinitionValues", "metadata", "parameters", "tags", "userAssignedIdentities"}
)
"""Objects whose members the caller names: nothing is known about their types."""
STORED_UNREAD = frozenset(
    {"condition", "configuration", "criteria", "customDomainConfiguration", "siteConfig", "template"}
)
"""Objects of hosts and alerts, in which a name can mean something else: the ``identity`` of a registry is a text."""


def _is_list_of(kind: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(isinstance(item, kind) for item in value)


_SHAPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys(OBJECTS, (lambda value: isinstance(value, dict), "an object")),
    **dict.fromkeys(LISTS_OF_OBJECTS, (_is_list_of(dict), "a list of objects")),
    **dict.fromkeys(LISTS_OF_TEXTS, (_is_list_of(str), "a list of texts")),
    **dict.fromkeys(LISTS, (lambda value: isinstance(value, list), "a list")),
    **dict.fromkeys(TEXTS, (lambda value: isinstance(value, str), "a text")),
}


def mismatch(body: Mapping[str, Any]) -> str | None:
    """Returns what is wrong with the first property of another type, such as ``'web' is not an object``."""
    for name, value in body.items():
        if value is None:
            continue
        fits, words = _SHAPES.get(name, (None, ""))
        if fits is not None and not fits(value):
            return f"'{name}' is not {words}"
        if name in WITH_NAMES_OF_THE_CALLER or name in STORED_UNREAD:
            continue
        for inner in value if isinstance(value, list) else (value,):
            found = mismatch(inner) if isinstance(inner, dict) else None
            if found is not None:
                return found
    return None
