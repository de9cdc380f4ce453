"""Which ExchangeOnlineManagement runs on which PowerShell, as data.

Each row names its source. Of Azure Automation's PowerShell versions: "Runtime environment in Azure Automation" on
learn.microsoft.com has 5.1, 7.2 and 7.4; for 7.6 see the first row of the table.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional

from .choices import PowerShellVersion

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

_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(-[A-Za-z]+\d*)?")


def package_address(version: str) -> str:
    """The PowerShell Gallery's address of the module, which Azure Automation downloads by itself."""
    return f"{GALLERY}/{MODULE}/{version}"


def pair_mistake(powershell: str, module_version: str) -> Optional[str]:
    """What is wrong with this module version on this PowerShell; None when the two work together."""
    if powershell not in POWERSHELL_VERSIONS:
        return (
            f'powershell_version "{powershell}" is not offered by the runtime environments of Azure Automation, so no '
            f"runbook could run. Use {_alternatives(POWERSHELL_VERSIONS)}."
        )
    match = _VERSION.fullmatch(module_version)
    if match is None:
        return (
            f'exchange_module_version "{module_version}" is not a version such as "{DEFAULT_MODULE_VERSION}", so the package '
            'could not be found. A pin is one exact version; ranges and "latest" would change the module without a preview.'
        )
    if module_version in KNOWN_BAD:
        return (
            f"exchange_module_version {module_version} is known to be bad: {KNOWN_BAD[module_version].why}. Use "
            f"{DEFAULT_MODULE_VERSION}, or another version that is not among {', '.join(KNOWN_BAD)}."
        )
    number = (int(match[1]), int(match[2]), int(match[3]))
    row = next((row for row in COMPATIBILITY if number >= row.since), None)
    if row is None:
        return (
            f"exchange_module_version {module_version} cannot sign in with a managed identity, so Connect-ExchangeOnline "
            f"would fail. {_pairs()}"
        )
    if powershell not in row.powershell:
        return (
            f"{MODULE} {module_version} does not run on PowerShell {powershell}, so importing it would fail in every job. "
            f"{_pairs()}"
        )
    return None


def is_newer_than_known(module_version: str) -> bool:
    """Whether this version came after the table was made, so that nothing is known of it."""
    match = _VERSION.fullmatch(module_version)
    return match is not None and (int(match[1]), int(match[2]), int(match[3])) > NEWEST_SEEN


def _pairs() -> str:
    rows = []
    newer: Optional[tuple[int, int, int]] = None
    for row in COMPATIBILITY:
        since = ".".join(map(str, row.since))
        span = f"{since} and later" if newer is None else f"{since} to before {'.'.join(map(str, newer))}"
        rows.append(f"{span} on PowerShell {_alternatives(row.powershell)}")
        newer = row.since
    return f"What works: {'; '.join(rows)}."


def _alternatives(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
