"""The facts that age: versions, ends of support, retirements. ``make facts`` prints those that were read long ago.

Every row names the page that it comes from and the day on which the page was read. When a fact changes, change it here
and nowhere else: the components, their messages and the documentation take it from this module.
"""

import datetime as dt
from collections.abc import Mapping
from typing import NamedTuple, Optional

from exchange_automation.catalog.sources import Source, spoken

_READ = dt.date(2026, 11, 25)

_POWERSHELL_LIFECYCLE = Source(
    "https://learn.microsoft.com/powershell/scripting/install/powershell-support-lifecycle", _READ
)
_AUTOMATION_7_6 = Source(
    "https://azure.microsoft.com/updates?id=568102",
    _READ,
    "Microsoft's announcement of 30 July 2026, \"Generally Available: Azure Automation supports PowerShell 7.6 runbooks and "
    'Runtime environment", read in copies of the Azure Updates feed. Three public projects that deploy it cite the page '
    "automation-runbook-types.",
)
_AUTOMATION_RETIREMENT = Source(
    "https://azure.microsoft.com/updates?id=567556",
    _READ,
    "Microsoft's announcement of July 2026, read in copies of the Azure Updates feed.",
)
_MODULE_REQUIREMENTS = Source(
    "https://learn.microsoft.com/powershell/exchange/exchange-online-powershell-v2",
    _READ,
    'Section "Supported operating systems for the Exchange Online PowerShell module".',
)


class AgingFact(NamedTuple):
    """A fact that becomes wrong with time."""

    subject: str
    """What the fact is about, in a few words."""
    statement: str
    """The fact, as a sentence."""
    source: Source
    """Where it comes from."""


class PowerShellRelease(NamedTuple):
    """A PowerShell version that Azure Automation's runtime environments offer."""

    version: str
    """The version, as a runtime environment takes it."""
    support_ends: Optional[dt.date]
    """The last day on which Microsoft supports it; None when it is supported as long as Windows is."""
    source: Source
    """Where the last day comes from."""
    offered: Optional[Source] = None
    """Where it is stated that Azure Automation offers the version."""


POWERSHELL_RELEASES: tuple[PowerShellRelease, ...] = (
    PowerShellRelease("5.1", None, _POWERSHELL_LIFECYCLE),
    PowerShellRelease("7.2", dt.date(2024, 11, 8), _POWERSHELL_LIFECYCLE, _AUTOMATION_RETIREMENT),
    PowerShellRelease("7.4", dt.date(2026, 11, 10), _POWERSHELL_LIFECYCLE),
    PowerShellRelease("7.6", dt.date(2028, 11, 14), _POWERSHELL_LIFECYCLE, _AUTOMATION_7_6),
)
"""Oldest first."""

POWERSHELL_VERSIONS: tuple[str, ...] = tuple(release.version for release in POWERSHELL_RELEASES)

DEFAULT_POWERSHELL = "7.6"
DEFAULT_MODULE_VERSION = "3.10.1"
"""The newest PowerShell that Microsoft supports for long, and the newest version of the module for it. Up to November 2026 the
defaults were 7.4 and 3.9.0."""


class ModuleRequirement(NamedTuple):
    """A range of versions of ExchangeOnlineManagement and the PowerShell versions that it runs on."""

    since: tuple[int, int, int]
    """First module version of the range."""
    powershell: tuple[str, ...]
    """PowerShell versions of Azure Automation that the range runs on."""
    source: Source
    """Where it is stated."""


class KnownBadModule(NamedTuple):
    """A version of ExchangeOnlineManagement that the components refuse."""

    reason: str
    """What goes wrong, after "because"."""
    source: Source
    """Where it was reported."""


MODULE_REQUIREMENTS: tuple[ModuleRequirement, ...] = (
    ModuleRequirement((3, 10, 0), ("5.1", "7.6"), _MODULE_REQUIREMENTS),
    ModuleRequirement((3, 5, 0), ("5.1", "7.4", "7.6"), _MODULE_REQUIREMENTS),
    # The page requires "7.2.0 or later". Nobody reported 7.4 with these versions, and nobody reported that it fails.
    ModuleRequirement((3, 0, 0), ("5.1", "7.2", "7.4"), _MODULE_REQUIREMENTS),
)
"""Newest range first. Versions before 3.0.0 cannot sign in with a managed identity."""

NEWEST_MODULE_SEEN = (3, 10, 1)
"""The newest version of ExchangeOnlineManagement that these tables were compared with."""

KNOWN_BAD_MODULES: Mapping[str, KnownBadModule] = {
    "3.5.1": KnownBadModule(
        "signing in with a certificate fails beside other Microsoft modules (unable to decode the header)",
        Source("https://github.com/timmcmic/DLConversionV2/issues/183", _READ, "A user's report."),
    ),
    "3.7.2": KnownBadModule(
        "it calls a method of MSAL that is missing (WithBroker) once another module has loaded its own MSAL",
        Source("https://github.com/Microsoft365DSC/Microsoft365DSC/issues/6139", _READ, "A user's report."),
    ),
    "3.9.2": KnownBadModule(
        "it loads assemblies that conflict with other Microsoft modules",
        Source("https://github.com/maester365/maester/discussions/1827", _READ, "A user's report."),
    ),
}
"""Version of ExchangeOnlineManagement -> why it is refused."""


_RETIREMENTS: tuple[AgingFact, ...] = (
    AgingFact(
        "PowerShell 7.1 and 7.2 in Azure Automation",
        "Azure Automation ended the support of PowerShell 7.1 and 7.2 on 30 September 2026; runbooks on them keep running in a "
        "reduced-support state.",
        _AUTOMATION_RETIREMENT,
    ),
    AgingFact(
        "ended runtimes in Azure Automation",
        "A runbook on a runtime whose support has ended can be created and run, without security updates and without support.",
        Source("https://learn.microsoft.com/azure/automation/automation-runtime-retirement-policy", _READ),
    ),
    AgingFact(
        "runtime environments in national clouds",
        "Runtime environments exist in all public regions except Brazil Southeast; the clouds for governments have none. Azure "
        "Government had PowerShell 7.2 alone in April 2025. Nobody states that PowerShell 7.4 or 7.6 can be had there.",
        Source(
            "https://learn.microsoft.com/azure/automation/runtime-environment-overview",
            _READ,
            "The limitations of the page as two public summaries quote them (June and July 2026), and "
            "https://github.com/microsoft/ARI/issues/309.",
        ),
    ),
    AgingFact(
        "ExchangeOnlineManagement 3.10.1 on PowerShell 7.6",
        "3.10.1 (July 2026) repairs the sign-in with a certificate. One user saw Set-Mailbox fail with it in Azure Automation "
        "(CmdletNeedsProxyException) on PowerShell 7.4, which Microsoft does not support for it; on 7.6 nobody reports it.",
        Source("https://github.com/nathanmcnulty/azd-advanced-auditing/issues/1", _READ, "A user's report."),
    ),
    AgingFact(
        "Exchange Web Services",
        "Exchange Online blocks EWS by default since 1 October 2026 and removes it on 1 April 2027.",
        Source(
            "https://admin.microsoft.com/#/MessageCenter/:/messages/MC1227454",
            _READ,
            "As public summaries of the post quote it.",
        ),
    ),
    AgingFact(
        "SMTP AUTH with a password",
        "Exchange Online turns basic authentication for SMTP AUTH off by default from the end of December 2026.",
        Source(
            "https://admin.microsoft.com/#/MessageCenter/:/messages/MC786329",
            _READ,
            "As public summaries of the post quote it.",
        ),
    ),
    AgingFact(
        "administrative units",
        "Of the directory roles that Exchange Online honours, only Helpdesk Administrator can be assigned for an administrative "
        "unit; Exchange Online itself scopes none of them.",
        Source(
            "https://learn.microsoft.com/entra/identity/role-based-access-control/manage-roles-portal",
            _READ,
            'Section "Roles that can be assigned with administrative unit scope".',
        ),
    ),
    AgingFact(
        "Connect-IPPSSession with an access token",
        "Connect-IPPSSession takes -AccessToken since ExchangeOnlineManagement 3.8.0; it has no -ManagedIdentity.",
        Source("https://learn.microsoft.com/powershell/module/exchange/connect-ippssession", _READ),
    ),
)


def _release_fact(release: PowerShellRelease) -> AgingFact:
    end = f"ends on {spoken(release.support_ends)}" if release.support_ends else "lasts as long as that of Windows"
    return AgingFact(
        f"PowerShell {release.version}",
        f"Microsoft's support of PowerShell {release.version} {end}.",
        release.source,
    )


def _offer_fact(release: PowerShellRelease, source: Source) -> AgingFact:
    return AgingFact(
        f"PowerShell {release.version} in Azure Automation",
        f"Azure Automation offers runtime environments of PowerShell {release.version}.",
        source,
    )


def _requirement_fact(requirement: ModuleRequirement) -> AgingFact:
    since = ".".join(map(str, requirement.since))
    return AgingFact(
        f"ExchangeOnlineManagement {since}",
        f"ExchangeOnlineManagement runs on PowerShell {', '.join(requirement.powershell)} from version {since} on.",
        requirement.source,
    )


def _known_bad_fact(version: str, known: KnownBadModule) -> AgingFact:
    return AgingFact(
        f"ExchangeOnlineManagement {version}",
        f"ExchangeOnlineManagement {version} must not be used, because {known.reason}.",
        known.source,
    )


AGING_FACTS: tuple[AgingFact, ...] = (
    *(_release_fact(release) for release in POWERSHELL_RELEASES),
    *(_offer_fact(release, release.offered) for release in POWERSHELL_RELEASES if release.offered),
    *(_requirement_fact(requirement) for requirement in MODULE_REQUIREMENTS),
    *(_known_bad_fact(version, known) for version, known in KNOWN_BAD_MODULES.items()),
    *_RETIREMENTS,
)
"""Every fact of this module, as a sentence with its source."""
