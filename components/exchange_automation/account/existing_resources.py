"""Looks at the Azure resources that a program brings along by id, before anything is granted to them.

Sources: functions ``azure-native.automation.getAutomationAccount`` and
``azure-native.managedidentity.getUserAssignedIdentity``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_azure_native import automation, managedidentity

from exchange_automation.catalog import resource_ids
from exchange_automation.core.errors import ExistingResourceError
from exchange_automation.core.invokes import Function, looked_up
from exchange_automation.core.problems import Problem

AUTOMATION_ACCOUNT = Function(
    "azure-native:automation:getAutomationAccount", automation.GetAutomationAccountResult, "pulumi-azure-native"
)
USER_ASSIGNED_IDENTITY = Function(
    "azure-native:managedidentity:getUserAssignedIdentity",
    managedidentity.GetUserAssignedIdentityResult,
    "pulumi-azure-native",
)


@dataclass(frozen=True)
class ExistingAccount:
    """An automation account that another program made."""

    id: str
    name: str
    resource_group_name: str
    location: str
    has_system_assigned: bool
    principal_id: str
    """Object id of the system-assigned identity; empty without one."""
    tenant_id: str
    user_assigned_ids: tuple[str, ...]
    """Resource ids of the user-assigned identities that are attached."""


@dataclass(frozen=True)
class ExistingIdentity:
    """A user-assigned identity that another program made."""

    id: str
    principal_id: str
    client_id: str
    tenant_id: str


def existing_account(component: pulumi.Resource, account_id: pulumi.Input[str]) -> "pulumi.Output[ExistingAccount]":
    """The automation account with this id.

    :raises ExistingResourceError: inside the output: it is not there, may not be read, or is in another subscription
        than the component's azure-native provider.
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

    def read(both: list[Any]) -> ExistingAccount:
        given, account = both
        _same_subscription("account_id", given, account.id)
        identity = account.identity
        kind = (identity.type or "") if identity else ""
        return ExistingAccount(
            id=account.id,
            name=account.name,
            resource_group_name=resource_ids.parse(account.id, resource_ids.AUTOMATION_ACCOUNT).resource_group_name,  # type: ignore[union-attr]
            location=account.location or "",
            has_system_assigned="systemassigned" in kind.lower().replace(" ", "").split(","),
            principal_id=(identity.principal_id or "") if identity else "",
            tenant_id=(identity.tenant_id or "") if identity else "",
            user_assigned_ids=tuple(identity.user_assigned_identities or ()) if identity else (),
        )

    return pulumi.Output.all(account_id, found).apply(read)


def existing_identity(component: pulumi.Resource, identity_id: pulumi.Input[str]) -> "pulumi.Output[ExistingIdentity]":
    """The user-assigned identity with this id.

    :raises ExistingResourceError: inside the output, as :func:`existing_account`.
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

    def read(both: list[Any]) -> ExistingIdentity:
        given, identity = both
        _same_subscription("user_assigned_identity_id", given, identity.id)
        return ExistingIdentity(given, identity.principal_id, identity.client_id, identity.tenant_id)

    return pulumi.Output.all(identity_id, found).apply(read)


def _parts(what: str, value: pulumi.Input[str], resource_type: str) -> "pulumi.Output[resource_ids.ResourceId]":
    def parsed(resource_id: str) -> resource_ids.ResourceId:
        parts = resource_ids.parse(resource_id, resource_type)
        if parts is None:
            raise ExistingResourceError(Problem("EXA122", str(resource_ids.mistake(what, resource_id, resource_type))))
        return parts

    return pulumi.Output.from_input(value).apply(parsed)


def _same_subscription(what: str, given: str, found: str) -> None:
    if not resource_ids.same(given, found):
        raise ExistingResourceError(
            Problem(
                "EXA211",
                f'{what} is "{given}", but the azure-native provider of this component found "{found}" in another subscription',
                "this component would create its resources there; no grant was created",
                "Give the component a provider for the subscription of the id (opts.providers).",
            )
        )


def _failure(kind: str, what: str) -> Callable[[str], Exception]:
    def explain(text: str) -> Exception:
        return ExistingResourceError(
            Problem(
                "EXA210",
                f"The component could not read the {kind} of {what}",
                "no grant was created",
                f"Check the id, and give the deployer Reader on it. Azure answered: {text}",
            )
        )

    return explain
