"""Rules about the ways into an automation account: local authentication and the public network."""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import EnforcementLevel, ResourceValidationArgs

from .reading import UNKNOWN, is_azure, value
from .rule import Configuration, ResourceRule


def _is_account(resource: ResourceValidationArgs) -> bool:
    return is_azure(resource.resource_type, "automation", "AutomationAccount")


def _with(resource: ResourceValidationArgs, key: str, wanted: bool) -> Mapping[str, Any] | None:
    """The inputs with one of them set; None when nothing has to change."""
    if not _is_account(resource) or value(resource.props, key) is wanted:
        return None
    # The proxy around the inputs keeps secrets secret, so this changes and returns it and makes no copy.
    resource.props[key] = wanted  # type: ignore[index]  # it takes assignments, whatever its type says
    return resource.props


def _local_authentication(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[str]:
    if _is_account(resource) and value(resource.props, "disableLocalAuth") not in (True, UNKNOWN):
        yield (
            f'The automation account "{resource.name}" accepts registration keys and webhooks: whoever holds one starts '
            "jobs as its identity, without Entra ID and its sign-in logs."
        )


LOCAL_AUTHENTICATION = ResourceRule(
    name="local-authentication-off",
    statement="Automation accounts accept Entra tokens only.",
    remedy='Set disableLocalAuth to true, or raise this rule to "remediate", which does it.',
    check=_local_authentication,
    repair=lambda resource: _with(resource, "disableLocalAuth", True),
)


def _public_network(resource: ResourceValidationArgs, configuration: Configuration) -> Iterator[str]:
    if _is_account(resource) and value(resource.props, "publicNetworkAccess") not in (False, UNKNOWN):
        yield (
            f'The automation account "{resource.name}" is reached from any network. Jobs in Azure need no public endpoint; '
            "hybrid workers and webhooks do, unless there are private endpoints."
        )


PUBLIC_NETWORK = ResourceRule(
    name="public-network-access-off",
    statement="Automation accounts are reached over private endpoints only.",
    remedy='Set publicNetworkAccess to false, or raise this rule to "remediate", which does it.',
    # Accounts without a network of their own are common, and jobs in Azure do not use the endpoint.
    level=EnforcementLevel.ADVISORY,
    check=_public_network,
    repair=lambda resource: _with(resource, "publicNetworkAccess", False),
)
