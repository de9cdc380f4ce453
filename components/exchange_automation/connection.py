"""The ``Connect-ExchangeOnline`` command line of an identity, and the checks of what goes into it.

Source: "Use Azure managed identities to connect to Exchange Online PowerShell" and "App-only authentication for
unattended scripts", both on learn.microsoft.com.
"""

import re
from typing import Optional

from .clouds import CLOUDS, PUBLIC, cloud_named, clouds_of

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.IGNORECASE)

_INITIAL_DOMAIN_ONLY = (
    "App-only sessions find the right mailbox servers by the tenant's initial domain alone; with anything else reads "
    "work and Set-Mailbox or Enable-Mailbox fail with INSUFF_ACCESS_RIGHTS. Give the *.onmicrosoft.com domain "
    "(*.onmicrosoft.us for US Government, *.partner.onmschina.cn for China) that the Microsoft 365 admin center lists "
    "under Settings > Domains."
)


def is_guid(text: str) -> bool:
    """Whether ``text`` is a GUID in its usual form, without braces."""
    return _GUID.fullmatch(text) is not None


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


def _environment_suffix(organization: str, exchange_environment: Optional[str]) -> str:
    clouds = clouds_of(organization)
    environment = exchange_environment or (clouds[0] if clouds else PUBLIC).exchange_environment
    return "" if environment == PUBLIC.exchange_environment else f" -ExchangeEnvironmentName {environment}"


def managed_identity_command(
    organization: str, client_id: Optional[str] = None, exchange_environment: Optional[str] = None
) -> str:
    """The command that connects with a managed identity.

    :param organization: the tenant's initial domain.
    :param client_id: client id of a user-assigned identity; None for a system-assigned one.
    :param exchange_environment: ``-ExchangeEnvironmentName``; by default that of the organization's domain, which is
        ``O365USGovGCCHigh`` for ``*.onmicrosoft.us``.
    """
    account = "" if client_id is None else f" -ManagedIdentityAccountId {client_id}"
    return (
        f"Connect-ExchangeOnline -ManagedIdentity{account} -Organization {organization}"
        f"{_environment_suffix(organization, exchange_environment)}"
    )


def application_command(
    organization: str, client_id: str, thumbprint: Optional[str] = None, exchange_environment: Optional[str] = None
) -> str:
    """The command that connects with a registered application.

    :param thumbprint: SHA-1 thumbprint of the application's certificate; without one the command takes an access
        token for Exchange Online from ``$token``, as a workload with a federated credential has it.
    """
    credential = "-AccessToken $token" if thumbprint is None else f"-CertificateThumbprint {thumbprint}"
    return (
        f"Connect-ExchangeOnline -AppId {client_id} {credential} -Organization {organization}"
        f"{_environment_suffix(organization, exchange_environment)}"
    )
