"""The ``Connect-ExchangeOnline`` command line of an identity.

Source: "Use Azure managed identities to connect to Exchange Online PowerShell" and "App-only authentication for
unattended scripts", both on learn.microsoft.com.
"""

from typing import Optional

import pulumi

from exchange_automation.catalog.clouds import PUBLIC, clouds_of
from exchange_automation.core.errors import ExchangeAutomationError
from exchange_automation.core.organization import environment_problem, organization_problem


def _environment_suffix(organization: str, exchange_environment: Optional[str]) -> str:
    clouds = clouds_of(organization)
    environment = exchange_environment or (clouds[0] if clouds else PUBLIC).exchange_environment
    return "" if environment == PUBLIC.exchange_environment else f" -ExchangeEnvironmentName {environment}"


def checked_organization(organization: pulumi.Input[str], exchange_environment: Optional[str]) -> pulumi.Input[str]:
    """Returns the organization. Plain text was checked before; an output is checked when its value is known.

    Args:
        organization: The initial domain of the tenant.
        exchange_environment: Value of -ExchangeEnvironmentName, if the program gives one.

    Raises:
        ExchangeAutomationError: Inside the output: it is not an initial domain, or it belongs to another cloud.
    """
    if isinstance(organization, str):
        return organization

    def verify(domain: str) -> str:
        problem = organization_problem(domain)
        if problem is None and exchange_environment:
            problem = environment_problem(exchange_environment, domain)
        if problem is not None:
            raise ExchangeAutomationError(problem)
        return domain

    return pulumi.Output.all(organization).apply(lambda known: verify(known[0]))


def managed_identity_command(
    organization: str, client_id: Optional[str] = None, exchange_environment: Optional[str] = None
) -> str:
    """Returns the command that connects with a managed identity.

    Args:
        organization: The initial domain of the tenant.
        client_id: Client id of a user-assigned identity; None for the system-assigned identity.
        exchange_environment: Value of ``-ExchangeEnvironmentName``. Default: the cloud of the organization's domain,
            which is ``O365USGovGCCHigh`` for ``*.onmicrosoft.us``.
    """
    account = "" if client_id is None else f" -ManagedIdentityAccountId {client_id}"
    return (
        f"Connect-ExchangeOnline -ManagedIdentity{account} -Organization {organization}"
        f"{_environment_suffix(organization, exchange_environment)}"
    )


def application_command(
    organization: str, client_id: str, thumbprint: Optional[str] = None, exchange_environment: Optional[str] = None
) -> str:
    """Returns the command that connects with a registered application.

    Args:
        organization: The initial domain of the tenant.
        client_id: Client id of the application.
        thumbprint: SHA-1 thumbprint of the application's certificate. Without one the command takes an access token
            for Exchange Online from ``$token``, as a workload with a federated credential has it.
        exchange_environment: Value of ``-ExchangeEnvironmentName``. Default: the cloud of the organization's domain.
    """
    credential = "-AccessToken $token" if thumbprint is None else f"-CertificateThumbprint {thumbprint}"
    return _application_command(organization, client_id, credential, exchange_environment)


def certificate_file_command(organization: str, client_id: str, exchange_environment: Optional[str] = None) -> str:
    """Returns the command that connects with a certificate from a file, which works on every operating system.

    The command takes the path from ``$certificatePath`` and the password, a secure string, from ``$certificatePassword``.
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
