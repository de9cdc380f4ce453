"""Which ExchangeOnlineManagement runs on which PowerShell, as data.

Source: "About the Exchange Online PowerShell module" (operating systems, PowerShell versions, release notes) and
"Runtime environment in Azure Automation", both on learn.microsoft.com.
"""

import re
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


COMPATIBILITY: tuple[Compatibility, ...] = (
    Compatibility((3, 5, 0), ("5.1", "7.4")),
    Compatibility((3, 0, 0), ("5.1", "7.2", "7.4")),
)
"""Newest range first. Before 3.0.0 the module knows no managed identity."""

KNOWN_BAD: dict[str, str] = {
    "3.5.1": "it was reported to be faulty",
    "3.7.2": "it loads assemblies that conflict with other Microsoft modules",
    "3.9.2": "it loads assemblies that conflict with other Microsoft modules",
}
"""Module version -> why it is refused."""

CLASHING = ("microsoft.graph", "az.accounts", "microsoftteams", "pnp.powershell")
"""Beginnings of module names, in lower case, that bring other versions of the assemblies that ExchangeOnlineManagement signs in
with (MSAL), so that whichever is loaded second fails."""

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
            f"exchange_module_version {module_version} is known to be bad: {KNOWN_BAD[module_version]}. Use "
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
