"""Which ExchangeOnlineManagement runs on which PowerShell, as data.

Each row names its source. Of Azure Automation's PowerShell versions: "Runtime environment in Azure Automation" on
learn.microsoft.com has 5.1, 7.2 and 7.4; for 7.6 see the first row of the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from exchange_automation.catalog.enumerations import PowerShellVersion

MODULE = "ExchangeOnlineManagement"
GALLERY = "https://www.powershellgallery.com/api/v2/package"

DEFAULT_POWERSHELL = "7.4"
DEFAULT_MODULE_VERSION = "3.9.0"

POWERSHELL_VERSIONS: tuple[str, ...] = tuple(each.value for each in PowerShellVersion)
"""PowerShell versions that Azure Automation's runtime environments offer."""


@dataclass(frozen=True)
class Compatibility:
    """A range of module versions and the PowerShell versions it runs on."""

    since: tuple[int, int, int]
    """First module version of the range."""
    powershell: tuple[str, ...]
    """PowerShell versions of Azure Automation that the range runs on."""
    source: str
    """Where that is said."""


@dataclass(frozen=True)
class KnownBad:
    """A module version that is refused."""

    why: str
    """What goes wrong, after "known to be bad:"."""
    source: str
    """Where that is told."""


COMPATIBILITY: tuple[Compatibility, ...] = (
    # The release notes of 3.10.0 were not at hand. That it asks for PowerShell 7.6 is told by several who run it; that Azure
    # Automation has 7.6, by several who deploy it there.
    Compatibility((3, 10, 0), ("5.1", "7.6"), "https://github.com/maester365/maester/discussions/1827"),
    Compatibility(
        (3, 5, 0), ("5.1", "7.4", "7.6"), "https://github.com/MicrosoftDocs/office-docs-powershell/pull/12948"
    ),
    Compatibility(
        (3, 0, 0), ("5.1", "7.2", "7.4"), "https://github.com/MicrosoftDocs/office-docs-powershell/pull/12948"
    ),
)
"""Newest range first. Before 3.0.0 the module knows no managed identity."""

KNOWN_BAD: Mapping[str, KnownBad] = {
    "3.5.1": KnownBad(
        "signing in with a certificate fails beside other Microsoft modules (unable to decode the header)",
        "https://github.com/timmcmic/DLConversionV2/issues/183",
    ),
    "3.7.2": KnownBad(
        "it looks for a method of MSAL that is not there (WithBroker) once another module has loaded its own MSAL",
        "https://github.com/Microsoft365DSC/Microsoft365DSC/issues/6139",
    ),
    "3.9.2": KnownBad(
        "it loads assemblies that conflict with other Microsoft modules",
        "https://github.com/maester365/maester/discussions/1827",
    ),
}
"""Module version -> why it is refused."""

NEWEST_SEEN = (3, 10, 1)
"""The newest version that this table was compared with (2026-11). For 3.10.0 one user tells of REST cmdlets that fail on 7.6
(GetResponseHeader); that is not confirmed, so it is not refused.
Source: https://www.powershellgallery.com/packages/ExchangeOnlineManagement/3.10.1"""

CLASHING: Mapping[str, str] = {
    "microsoft.graph": "https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/3394",
    "az.storage": "https://github.com/Azure/azure-powershell/issues/14416",
    "pnp.powershell": "https://github.com/pnp/powershell/issues/4059",
    "msal.ps": "https://github.com/AzureAD/MSAL.PS/issues/69",
    # These two sign in with an MSAL of their own as well; no report of exactly this pair was found.
    "az.accounts": "https://github.com/microsoftgraph/msgraph-sdk-powershell/issues/3394",
    "microsoftteams": "https://github.com/CompliantSec/M365SAT/issues/76",
}
"""Beginnings of module names, in lower case, that bring other versions of the assemblies that ExchangeOnlineManagement signs in
or reads with (MSAL, OData), so that whichever is loaded second fails -> where that is told."""
