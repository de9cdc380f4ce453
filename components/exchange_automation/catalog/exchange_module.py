"""The module ExchangeOnlineManagement: its name, its place, and the modules that clash with it.

Versions and their requirements age and are in ``aging_facts``.
"""

import datetime as dt
from collections.abc import Mapping

from exchange_automation.catalog.sources import Source

MODULE = "ExchangeOnlineManagement"
GALLERY = "https://www.powershellgallery.com/api/v2/package"

_READ = dt.date(2026, 11, 25)


def _report(page: str, note: str = "A report of users.") -> Source:
    return Source(page, _READ, note)


CLASHING: Mapping[str, Source] = {
    "microsoft.graph": _report("https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/3394"),
    "az.storage": _report("https://github.com/Azure/azure-powershell/issues/14416"),
    "pnp.powershell": _report("https://github.com/pnp/powershell/issues/4059"),
    "msal.ps": _report("https://github.com/AzureAD/MSAL.PS/issues/69"),
    "az.accounts": _report(
        "https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/3394",
        "The module signs in with its own MSAL as well; nobody reported exactly this pair.",
    ),
    "microsoftteams": _report(
        "https://github.com/CompliantSec/M365SAT/issues/76",
        "The module signs in with its own MSAL as well; nobody reported exactly this pair.",
    ),
}
"""Beginnings of module names, in lower case, with the report of the clash. These modules load other versions of the assemblies
that ExchangeOnlineManagement signs in or reads with (MSAL, OData), so the module that is loaded second fails."""
