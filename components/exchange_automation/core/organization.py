"""Checks of a tenant's initial domain, and of the cloud that it belongs to.

Source: "Use Azure managed identities to connect to Exchange Online PowerShell" and "App-only authentication for
unattended scripts", both on learn.microsoft.com.
"""

import re
from typing import Optional

from exchange_automation.catalog.clouds import CLOUDS, PUBLIC, cloud_named, clouds_of
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.guids import is_guid
from exchange_automation.core.problems import Problem

_LABEL = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"

_USE_THE_INITIAL_DOMAIN = (
    "Give the *.onmicrosoft.com domain (*.onmicrosoft.us for US Government, *.partner.onmschina.cn for China) that the "
    "Microsoft 365 admin center lists under Settings > Domains."
)
_WRITES_FAIL = (
    "an app-only session would not find the mailbox servers: reads work, and Set-Mailbox and Enable-Mailbox fail with "
    "INSUFF_ACCESS_RIGHTS"
)


def organization_problem(organization: str) -> Optional[Problem]:
    """Returns what is wrong with the value of ``-Organization``; None when it is an initial domain."""
    what = _organization_fault(organization)
    return None if what is None else Problem("EXA120", what, _WRITES_FAIL, _USE_THE_INITIAL_DOMAIN)


def _organization_fault(organization: str) -> Optional[str]:
    if not organization.strip():
        return "organization is empty"
    if is_guid(organization):
        return f'organization "{organization}" is a tenant id'
    clouds = clouds_of(organization)
    if not clouds:
        return f'organization "{organization}" is not the initial domain of a tenant'
    label = organization[: -len(clouds[0].organization_suffix)]
    if not re.fullmatch(_LABEL, label, re.IGNORECASE):
        return f'organization "{organization}" is not a domain of the form contoso.onmicrosoft.com'
    return None


def environment_problem(exchange_environment: str, organization: Optional[str]) -> Optional[Problem]:
    """Returns what is wrong with the value of ``-ExchangeEnvironmentName``; None when nothing is.

    Args:
        exchange_environment: The value.
        organization: The initial domain of the tenant, where it is known already.
    """
    cloud = cloud_named(exchange_environment)
    if cloud is None:
        known = ", ".join(known.exchange_environment for known in CLOUDS)
        return Problem(
            "EXA121",
            f'exchange_environment "{exchange_environment}" is not a cloud that Connect-ExchangeOnline knows',
            "no session could be opened",
            f"Use one of {known}.",
        )
    if organization and organization_problem(organization) is None and cloud not in clouds_of(organization):
        return Problem(
            "EXA121",
            f'exchange_environment "{exchange_environment}" is a cloud whose initial domains end in '
            f'"{cloud.organization_suffix}", but organization is "{organization}"',
            "one of the two belongs to another cloud",
            "Leave exchange_environment out to take it from the organization.",
        )
    return None


def check_organization(mistakes: Mistakes, organization: object, exchange_environment: object) -> None:
    """Adds what is wrong with the organization and its cloud, where they are plain text."""
    domain = organization if isinstance(organization, str) else None
    if domain is not None and (problem := organization_problem(domain)) is not None:
        mistakes.add_problem(problem)
    environment = exchange_environment if isinstance(exchange_environment, str) else None
    if environment is not None and (problem := environment_problem(environment, domain)) is not None:
        mistakes.add_problem(problem)


def without_runtime_environments(organization: str) -> Optional[str]:
    """Returns why an automation account may not work for this organization; None in the public cloud.

    Source: the fact "runtime environments in national clouds" of the catalog.
    """
    if clouds_of(organization) in ((), (PUBLIC,)):
        return None
    return (
        f'organization "{organization}" belongs to a national cloud. Azure Automation has no runtime environments in the clouds '
        "for governments, as far as Microsoft's page says, and Azure Government had PowerShell 7.2 alone in April 2025: this "
        "account may fail after its grants exist. ExchangeAccess and ExchangeApplication work without one "
        "(docs/how-to/national-clouds.md)."
    )
