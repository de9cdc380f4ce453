"""Checks that need no service: this machine's clock, the module, and the PowerShell version."""

from datetime import date, datetime, timedelta

from exchange_automation.catalog.aging_facts import (
    DEFAULT_MODULE_VERSION,
    DEFAULT_POWERSHELL,
    NEWEST_MODULE_SEEN,
    POWERSHELL_RELEASES,
)
from exchange_automation.catalog.sources import spoken
from exchange_automation.cli.output import Level
from exchange_automation.runtime.module_versions import is_newer_than_known, versions_problem

from .lines import Line, problem_line

CLOCK_WARNING = timedelta(minutes=1)
CLOCK_FAILURE = timedelta(minutes=5)
"""About the difference at which sign-in refuses certificates and federated tokens."""


def clock_line(server: datetime | None, local: datetime | None) -> Line:
    """Returns whether this machine's clock agrees with the service's."""
    if server is None or local is None:
        return Line("clock", "skipped", "no service sent its time")
    apart = abs(local - server)
    seconds = int(apart.total_seconds())
    side = "ahead" if local > server else "behind"
    if apart > CLOCK_WARNING:
        level: Level = "failed" if apart > CLOCK_FAILURE else "warning"
        return Line(
            "clock",
            level,
            f"this machine is {seconds} s {side}",
            "set the clock by a time server: sign-in refuses certificates and tokens of another time",
        )
    return Line("clock", "ok", f"differs by {seconds} s from the service's")


def module_line(powershell: str, module: str) -> Line:
    """Returns whether the module runs on the PowerShell."""
    problem = versions_problem(powershell, module)
    pair = f"ExchangeOnlineManagement {module} on PowerShell {powershell}"
    if problem is None and is_newer_than_known(module):
        newest = ".".join(map(str, NEWEST_MODULE_SEEN))
        return Line(
            "module", "warning", f"{pair} is newer than what is known here ({newest})", "read its release notes"
        )
    if problem is None:
        return Line("module", "ok", pair)
    return problem_line("module", problem)


def powershell_line(powershell: str, day: date) -> Line:
    """Returns whether Microsoft supports the PowerShell on a day; Azure Automation keeps running ended versions."""
    release = next(
        (powershell_release for powershell_release in POWERSHELL_RELEASES if powershell_release.version == powershell),
        None,
    )
    if release is None:
        return Line("PowerShell", "skipped", f"nothing is known here about the support of PowerShell {powershell}")
    end = release.support_ends
    if end is None:
        return Line("PowerShell", "ok", f"PowerShell {powershell} is supported as long as Windows is")
    if day <= end:
        return Line("PowerShell", "ok", f"PowerShell {powershell} is supported until {spoken(end)}")
    return Line(
        "PowerShell",
        "warning",
        f"Microsoft's support of PowerShell {powershell} ended on {spoken(end)}, so Azure Automation runs it without security "
        "updates",
        f"move to PowerShell {DEFAULT_POWERSHELL} with ExchangeOnlineManagement {DEFAULT_MODULE_VERSION} in two updates: put "
        "the new pair among prepared_pins, run pulumi up, and swap the two once doctor says that the module is imported "
        "(docs/runbooks.md)",
    )
