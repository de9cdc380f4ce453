"""Compares a version of ExchangeOnlineManagement with the PowerShell version that it has to run on."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Optional

from exchange_automation.catalog.aging_facts import (
    DEFAULT_MODULE_VERSION,
    DEFAULT_POWERSHELL,
    KNOWN_BAD_MODULES,
    MODULE_REQUIREMENTS,
    NEWEST_MODULE_SEEN,
    POWERSHELL_RELEASES,
    POWERSHELL_VERSIONS,
)
from exchange_automation.catalog.exchange_module import GALLERY, MODULE
from exchange_automation.catalog.sources import spoken
from exchange_automation.core.problems import Problem

_VERSION = r"(\d+)\.(\d+)\.(\d+)(-[A-Za-z]+\d*)?"


def package_address(version: str) -> str:
    """Returns the address of the module's package in the PowerShell Gallery, from which Azure Automation downloads it."""
    return f"{GALLERY}/{MODULE}/{version}"


def versions_problem(powershell: str, module_version: str, where: str = "") -> Optional[Problem]:
    """Returns what is wrong with a module version on a PowerShell version; None when the two work together.

    Args:
        powershell: The PowerShell version of the runtime environment.
        module_version: The version of ExchangeOnlineManagement.
        where: The path of the two arguments, with a trailing dot, where they are not the component's own.
    """
    if powershell not in POWERSHELL_VERSIONS:
        return Problem(
            "EXA130",
            f'{where}powershell_version "{powershell}" is not a version that Azure Automation offers in runtime environments',
            "no runbook could run",
            f"Use {_alternatives(POWERSHELL_VERSIONS)}.",
        )
    match = re.fullmatch(_VERSION, module_version, re.ASCII)
    if match is None:
        return Problem(
            "EXA130",
            f'{where}exchange_module_version "{module_version}" is not a version such as "{DEFAULT_MODULE_VERSION}"',
            "Azure Automation could not find the package",
            'Give one exact version. With a range or "latest" the module could change without a preview.',
        )
    if module_version in KNOWN_BAD_MODULES:
        return Problem(
            "EXA130",
            f"{where}exchange_module_version {module_version} has a known fault: {KNOWN_BAD_MODULES[module_version].reason}",
            "",
            f"Use {DEFAULT_MODULE_VERSION}, or another version except {_alternatives(tuple(KNOWN_BAD_MODULES))}.",
        )
    number = (int(match[1]), int(match[2]), int(match[3]))
    row = next((row for row in MODULE_REQUIREMENTS if number >= row.since), None)
    if row is None:
        return Problem(
            "EXA130",
            f"{where}exchange_module_version {module_version} cannot sign in with a managed identity",
            "Connect-ExchangeOnline would fail",
            _versions_that_work(),
        )
    if powershell not in row.powershell:
        return Problem(
            "EXA130",
            f"{where}exchange_module_version {module_version} does not run on PowerShell {powershell}",
            "every job would fail to import the module",
            _versions_that_work(),
        )
    return None


def today() -> dt.date:
    """Returns the day; tests replace it."""
    return dt.datetime.now(tz=dt.timezone.utc).date()


def end_of_support(powershell: str, day: dt.date) -> Optional[str]:
    """Returns a warning where Microsoft's support of a PowerShell version has ended by a day; None where it has not."""
    end = next((release.support_ends for release in POWERSHELL_RELEASES if release.version == powershell), None)
    if end is None or day <= end:
        return None
    return (
        f"Microsoft's support of PowerShell {powershell} ended on {spoken(end)}, so Azure Automation runs it without security "
        f"updates. Move to PowerShell {DEFAULT_POWERSHELL} with ExchangeOnlineManagement {DEFAULT_MODULE_VERSION} in two updates "
        "with prepared_pins, so that every job finds its module (docs/runbooks.md)."
    )


def is_newer_than_known(module_version: str) -> bool:
    """Returns whether the version is newer than the tables, so that nothing is known about it."""
    match = re.fullmatch(_VERSION, module_version, re.ASCII)
    return match is not None and (int(match[1]), int(match[2]), int(match[3])) > NEWEST_MODULE_SEEN


def _versions_that_work() -> str:
    rows = []
    newer: Optional[tuple[int, int, int]] = None
    for row in MODULE_REQUIREMENTS:
        since = ".".join(map(str, row.since))
        span = f"{since} and later" if newer is None else f"{since} to before {'.'.join(map(str, newer))}"
        rows.append(f"{span} on PowerShell {_alternatives(row.powershell)}")
        newer = row.since
    return f"What works: {'; '.join(rows)}."


def _alternatives(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
