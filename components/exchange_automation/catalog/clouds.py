"""The national clouds, as Exchange Online PowerShell names them.

Source: the parameter ``-ExchangeEnvironmentName`` of ``Connect-ExchangeOnline`` and "National cloud deployments" of
Microsoft Graph, both on learn.microsoft.com.
"""

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class Cloud:
    """One cloud with an Exchange Online of its own."""

    exchange_environment: str
    """The value of ``Connect-ExchangeOnline -ExchangeEnvironmentName``."""
    organization_suffix: str
    """What every initial domain in this cloud ends with, leading dot included."""


PUBLIC = Cloud("O365Default", ".onmicrosoft.com")
US_GOVERNMENT_GCC_HIGH = Cloud("O365USGovGCCHigh", ".onmicrosoft.us")
US_GOVERNMENT_DOD = Cloud("O365USGovDoD", ".onmicrosoft.us")
CHINA = Cloud("O365China", ".partner.onmschina.cn")

CLOUDS: tuple[Cloud, ...] = (PUBLIC, US_GOVERNMENT_GCC_HIGH, US_GOVERNMENT_DOD, CHINA)


def clouds_of(organization: str) -> tuple[Cloud, ...]:
    """The clouds that an initial domain can belong to: none, one, or the two that share ``.onmicrosoft.us``."""
    lowered = organization.lower()
    return tuple(cloud for cloud in CLOUDS if lowered.endswith(cloud.organization_suffix))


def cloud_named(exchange_environment: str) -> Optional[Cloud]:
    """The cloud with this ``-ExchangeEnvironmentName``, or None."""
    return next((cloud for cloud in CLOUDS if cloud.exchange_environment == exchange_environment), None)
