"""The ``Connect-ExchangeOnline`` command line of an identity.

Source: "Use Azure managed identities to connect to Exchange Online PowerShell" and "App-only authentication for
unattended scripts", both on learn.microsoft.com.
"""

from typing import Optional

import pulumi

from exchange_automation.catalog.clouds import PUBLIC, clouds_of
from exchange_automation.core.errors import ExchangeAutomationError
from exchange_automation.core.organization import exchange_environment_mistake, organization_mistake
from exchange_automation.core.problems import Problem


def _environment_suffix(organization: str, exchange_environment: Optional[str]) -> str:
    clouds = clouds_of(organization)
    environment = exchange_environment or (clouds[0] if clouds else PUBLIC).exchange_environment
    return "" if environment == PUBLIC.exchange_environment else f" -ExchangeEnvironmentName {environment}"


def checked_organization(organization: pulumi.Input[str], exchange_environment: Optional[str]) -> pulumi.Input[str]:
    """Returns the organization; an output is checked once its value is known, plain text has been checked before.

    Args:
        organization: The initial domain of the tenant.
        exchange_environment: Value of -ExchangeEnvironmentName, if the program gives one.

    Raises:
        ExchangeAutomationError: Inside the output: it is no initial domain, or belongs to another cloud.
    """
    if isinstance(organization, str):
        return organization

    def verify(domain: str) -> str:
        if (mistake := organization_mistake(domain)) is not None:
            raise ExchangeAutomationError(Problem("EXA120", mistake))
        if exchange_environment and (mistake := exchange_environment_mistake(exchange_environment, domain)) is not None:
            raise ExchangeAutomationError(Problem("EXA121", mistake))
        return domain

    return pulumi.Output.all(organization).apply(lambda known: verify(known[0]))


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
    return _application_command(organization, client_id, credential, exchange_environment)


def certificate_file_command(organization: str, client_id: str, exchange_environment: Optional[str] = None) -> str:
    """The command that connects with a certificate from a file, which works on every system.

    It takes the path from ``$certificatePath`` and the password, a secure string, from ``$certificatePassword``.
    """
    credential = "-CertificateFilePath $certificatePath -CertificatePassword $certificatePassword"
    return _application_command(organization, client_id, credential, exchange_environment)


def _application_command(
    organization: str, client_id: str, credential: str, exchange_environment: Optional[str]
) -> str:
    return (
        f"Connect-ExchangeOnline -AppId {client_id} {credential} -Organization {organization}"
        f"{_environment_suffix(organization, exchange_environment)}"
    )
