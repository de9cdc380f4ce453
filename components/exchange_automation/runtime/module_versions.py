"""Checks a pin of ExchangeOnlineManagement against the PowerShell that it has to run on."""

import re
from typing import Optional

from exchange_automation.catalog.exchange_module import (
    COMPATIBILITY,
    DEFAULT_MODULE_VERSION,
    GALLERY,
    KNOWN_BAD,
    MODULE,
    NEWEST_SEEN,
    POWERSHELL_VERSIONS,
)

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
