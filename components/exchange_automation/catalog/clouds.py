"""The clouds with an Exchange Online of their own, as Exchange Online PowerShell names them."""

import datetime as dt
from typing import NamedTuple, Optional

from exchange_automation.catalog.sources import Source

SOURCES: tuple[Source, ...] = (
    Source(
        "https://learn.microsoft.com/powershell/module/exchange/connect-exchangeonline",
        dt.date(2026, 11, 24),
        "The values of -ExchangeEnvironmentName.",
    ),
    Source("https://learn.microsoft.com/graph/deployments", dt.date(2026, 11, 24), "The national clouds."),
    Source(
        "https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity",
        dt.date(2026, 11, 25),
        "The audiences of federated credentials, in the page's public source.",
    ),
)


class Cloud(NamedTuple):
    """One cloud with an Exchange Online of its own."""

    exchange_environment: str
    """The value of ``Connect-ExchangeOnline -ExchangeEnvironmentName``."""
    organization_suffix: str
    """The end of every initial domain in this cloud, with its leading dot."""
    token_exchange_audience: str
    """The audience that a federated credential accepts."""


PUBLIC = Cloud("O365Default", ".onmicrosoft.com", "api://AzureADTokenExchange")
US_GOVERNMENT_GCC_HIGH = Cloud("O365USGovGCCHigh", ".onmicrosoft.us", "api://AzureADTokenExchangeUSGov")
US_GOVERNMENT_DOD = Cloud("O365USGovDoD", ".onmicrosoft.us", "api://AzureADTokenExchangeUSGov")
CHINA = Cloud("O365China", ".partner.onmschina.cn", "api://AzureADTokenExchangeChina")

CLOUDS: tuple[Cloud, ...] = (PUBLIC, US_GOVERNMENT_GCC_HIGH, US_GOVERNMENT_DOD, CHINA)


def clouds_of(organization: str) -> tuple[Cloud, ...]:
    """Returns the clouds that an initial domain can belong to: none, one, or the two that share ``.onmicrosoft.us``."""
    lowered = organization.lower()
    return tuple(cloud for cloud in CLOUDS if lowered.endswith(cloud.organization_suffix))


def cloud_named(exchange_environment: str) -> Optional[Cloud]:
    """Returns the cloud with this ``-ExchangeEnvironmentName``; None without such a cloud."""
    return next((cloud for cloud in CLOUDS if cloud.exchange_environment == exchange_environment), None)
