"""Rules about access to an automation account: local authentication and the public network."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import EnforcementLevel, ResourceValidationArgs

from .reading import UNKNOWN, is_azure, value
from .rule import Configuration, ResourceRule, Violation


def _is_account(resource: ResourceValidationArgs) -> bool:
    return is_azure(resource.resource_type, "automation", "AutomationAccount")


def _with(resource: ResourceValidationArgs, key: str, wanted: bool) -> Mapping[str, Any] | None:
    """Returns the inputs with a new value of one of them; None when nothing has to change."""
    if not _is_account(resource) or value(resource.props, key) is wanted:
        return None
    # The proxy around the inputs keeps secrets secret, so this changes the proxy in place of a copy.
    resource.props[key] = wanted  # type: ignore[index]  # the proxy accepts assignments, but its type does not
    return resource.props


def _local_authentication(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[Violation]:
    if _is_account(resource) and value(resource.props, "disableLocalAuth") not in (True, UNKNOWN):
        yield Violation(
            f'The automation account "{resource.name}" accepts registration keys and webhooks',
            "everybody who has one starts jobs as its identity, without Entra ID and its sign-in logs",
        )


LOCAL_AUTHENTICATION = ResourceRule(
    name="local-authentication-off",
    statement="Automation accounts accept Entra tokens only.",
    remedy='Set disableLocalAuth to true, or raise this rule to "remediate", which sets it.',
    check=_local_authentication,
    repair=lambda resource: _with(resource, "disableLocalAuth", True),
)


def _public_network(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[Violation]:
    if _is_account(resource) and value(resource.props, "publicNetworkAccess") not in (False, UNKNOWN):
        yield Violation(
            f'The automation account "{resource.name}" has a public endpoint',
            "every network reaches it; jobs in Azure do not need the endpoint, and hybrid workers and webhooks need it only "
            "without private endpoints",
        )


PUBLIC_NETWORK = ResourceRule(
    name="public-network-access-off",
    statement="Automation accounts have no public endpoint.",
    remedy='Set publicNetworkAccess to false, or raise this rule to "remediate", which sets it.',
    # Accounts without a network of their own are common, and jobs in Azure do not use the endpoint.
    level=EnforcementLevel.ADVISORY,
    check=_public_network,
    repair=lambda resource: _with(resource, "publicNetworkAccess", False),
)
