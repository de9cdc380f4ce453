"""Checks of a tenant's initial domain, and of the cloud that it belongs to.

Source: "Use Azure managed identities to connect to Exchange Online PowerShell" and "App-only authentication for
unattended scripts", both on learn.microsoft.com.
"""

import re
from typing import Optional

from exchange_automation.catalog.clouds import CLOUDS, cloud_named, clouds_of
from exchange_automation.core.guids import is_guid

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.IGNORECASE)

_INITIAL_DOMAIN_ONLY = (
    "App-only sessions find the right mailbox servers by the tenant's initial domain alone; with anything else reads "
    "work and Set-Mailbox or Enable-Mailbox fail with INSUFF_ACCESS_RIGHTS. Give the *.onmicrosoft.com domain "
    "(*.onmicrosoft.us for US Government, *.partner.onmschina.cn for China) that the Microsoft 365 admin center lists "
    "under Settings > Domains."
)


def organization_mistake(organization: str) -> Optional[str]:
    """What is wrong with ``organization`` as the value of ``-Organization``; None when it is an initial domain."""
    if not organization.strip():
        return f"organization is empty. {_INITIAL_DOMAIN_ONLY}"
    if is_guid(organization):
        return f'organization "{organization}" is a tenant id. {_INITIAL_DOMAIN_ONLY}'
    clouds = clouds_of(organization)
    if not clouds:
        return f'organization "{organization}" is not the initial domain of a tenant. {_INITIAL_DOMAIN_ONLY}'
    label = organization[: -len(clouds[0].organization_suffix)]
    if not _LABEL.fullmatch(label):
        return (
            f'organization "{organization}" is not a domain of the form contoso.onmicrosoft.com. {_INITIAL_DOMAIN_ONLY}'
        )
    return None


def exchange_environment_mistake(exchange_environment: str, organization: Optional[str]) -> Optional[str]:
    """What is wrong with ``exchange_environment``, alone and beside ``organization`` where that is known already."""
    cloud = cloud_named(exchange_environment)
    if cloud is None:
        known = ", ".join(known.exchange_environment for known in CLOUDS)
        return (
            f'exchange_environment "{exchange_environment}" is not a cloud that Connect-ExchangeOnline knows, so no '
            f"session could be opened. Use one of {known}."
        )
    if organization and organization_mistake(organization) is None and cloud not in clouds_of(organization):
        return (
            f'exchange_environment "{exchange_environment}" is a cloud whose initial domains end in '
            f'"{cloud.organization_suffix}", but organization is "{organization}": one of the two belongs to another '
            "cloud. Leave exchange_environment out to take it from the organization."
        )
    return None
