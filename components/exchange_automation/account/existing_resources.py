"""Reads the existing Azure resources that a program names by id, before the component grants anything to them.

Sources: functions ``azure-native.automation.getAutomationAccount`` and
``azure-native.managedidentity.getUserAssignedIdentity``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native import automation, managedidentity

from exchange_automation.catalog import resource_ids
from exchange_automation.core.errors import ExchangeAutomationError, ExistingResourceError
from exchange_automation.core.invokes import Function, looked_up
from exchange_automation.core.naming import wrong_resource_id
from exchange_automation.core.problems import Problem

AUTOMATION_ACCOUNT = Function(
    "azure-native:automation:getAutomationAccount", lambda: automation.GetAutomationAccountResult, "pulumi-azure-native"
)
USER_ASSIGNED_IDENTITY = Function(
    "azure-native:managedidentity:getUserAssignedIdentity",
    lambda: managedidentity.GetUserAssignedIdentityResult,
    "pulumi-azure-native",
)


@dataclass(frozen=True)
class ExistingAccount:
    """An automation account that another program manages."""

    id: str
    name: str
    resource_group_name: str
    location: str
    has_system_assigned: bool
    principal_id: str
    """Object id of the system-assigned identity. Empty where the account has none."""
    tenant_id: str
    user_assigned_ids: tuple[str, ...]
    """Resource ids of the user-assigned identities of the account."""


@dataclass(frozen=True)
class ExistingIdentity:
    """A user-assigned identity that another program manages."""

    id: str
    principal_id: str
    client_id: str
    tenant_id: str


def existing_account(component: pulumi.Resource, account_id: pulumi.Input[str]) -> "pulumi.Output[ExistingAccount]":
    """Returns the automation account with this id.

    Raises:
        ExistingResourceError: Inside the output: the account does not exist, the deployer may not read it, or it is in
            another subscription than the component's azure-native provider.
    """
    parts = _parts("account_id", account_id, resource_ids.AUTOMATION_ACCOUNT)
    found = looked_up(
        component,
        AUTOMATION_ACCOUNT,
        {
            "resourceGroupName": parts.apply(lambda known: known.resource_group_name),
            "automationAccountName": parts.apply(lambda known: known.name),
        },
        _failure("automation account", "account_id"),
    )

    def read(known: list[Any]) -> ExistingAccount:
        given, account = known
        _check_subscription("account_id", given, account.id)
        identity = account.identity
        identity_type = (identity.type or "") if identity else ""
        return ExistingAccount(
            id=account.id,
            name=account.name,
            resource_group_name=resource_ids.parse(account.id, resource_ids.AUTOMATION_ACCOUNT).resource_group_name,  # type: ignore[union-attr]
            location=account.location or "",
            has_system_assigned="systemassigned" in identity_type.lower().replace(" ", "").split(","),
            principal_id=(identity.principal_id or "") if identity else "",
            tenant_id=(identity.tenant_id or "") if identity else "",
            user_assigned_ids=tuple(identity.user_assigned_identities or ()) if identity else (),
        )

    return pulumi.Output.all(account_id, found).apply(read)


def existing_identity(component: pulumi.Resource, identity_id: pulumi.Input[str]) -> "pulumi.Output[ExistingIdentity]":
    """Returns the user-assigned identity with this id.

    Raises:
        ExistingResourceError: Inside the output: the identity does not exist, the deployer may not read it, or it is in
            another subscription than the component's azure-native provider.
    """
    parts = _parts("user_assigned_identity_id", identity_id, resource_ids.USER_ASSIGNED_IDENTITY)
    found = looked_up(
        component,
        USER_ASSIGNED_IDENTITY,
        {
            "resourceGroupName": parts.apply(lambda known: known.resource_group_name),
            "resourceName": parts.apply(lambda known: known.name),
        },
        _failure("user-assigned identity", "user_assigned_identity_id"),
    )

    def read(known: list[Any]) -> ExistingIdentity:
        given, identity = known
        _check_subscription("user_assigned_identity_id", given, identity.id)
        return ExistingIdentity(given, identity.principal_id, identity.client_id, identity.tenant_id)

    return pulumi.Output.all(identity_id, found).apply(read)


def _parts(argument: str, value: pulumi.Input[str], resource_type: str) -> "pulumi.Output[resource_ids.ResourceId]":
    def parsed(resource_id: str) -> resource_ids.ResourceId:
        parts = resource_ids.parse(resource_id, resource_type)
        if parts is None:
            raise ExistingResourceError(wrong_resource_id("EXA122", argument, resource_id, resource_type))
        return parts

    return pulumi.Output.from_input(value).apply(parsed)


def _check_subscription(argument: str, given: str, found: str) -> None:
    if not resource_ids.same(given, found):
        raise ExistingResourceError(
            Problem(
                "EXA211",
                f'{argument} is "{given}", but the azure-native provider of this component found "{found}" in another subscription',
                "the component created no grant; its other resources would be in the wrong subscription",
                "Give the component a provider for the subscription of the id (opts.providers).",
            )
        )


def _failure(resource: str, argument: str) -> Callable[[str], ExchangeAutomationError]:
    def explain(text: str) -> ExchangeAutomationError:
        return ExistingResourceError(
            Problem(
                "EXA210",
                f"The component could not read the {resource} of {argument}",
                "the component created no grant",
                f"Check the id, and give the deployer Reader on it. Azure answered: {text}",
            )
        )

    return explain
