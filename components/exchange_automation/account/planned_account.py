"""The plan of an ExchangeAutomationAccount, decided from its arguments before anything is registered."""

import enum
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, Optional

from exchange_automation.access.planned_grants import GRANT_ARGUMENTS, PlannedGrants, plan_grants
from exchange_automation.account.encryption import check_key
from exchange_automation.catalog import name_rules, resource_ids
from exchange_automation.catalog.name_rules import NameRule
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import automatic_name_problem, check_name, check_resource_id
from exchange_automation.core.organization import check_organization
from exchange_automation.core.validation import plain_flag, plain_text
from exchange_automation.runtime.planned_runtime import PlannedRuntime, plan_runtime

_NEW_ACCOUNT_ARGUMENTS = (
    "resource_group_name",
    "location",
    "account_name",
    "disable_local_auth",
    "public_network_access",
    "customer_managed_key",
    "keep_system_assigned_identity",
)
_RESOURCE_ID_ARGUMENTS = {
    "account_id": resource_ids.AUTOMATION_ACCOUNT,
    "user_assigned_identity_id": resource_ids.USER_ASSIGNED_IDENTITY,
}
"""Argument -> type of the resource that it names."""


class IdentityType(str, enum.Enum):
    """The type of managed identity that runbooks sign in with."""

    SYSTEM_ASSIGNED = "SystemAssigned"
    """An identity that belongs to the automation account and is deleted with it."""
    USER_ASSIGNED = "UserAssigned"
    """An identity that is a resource of its own. It outlives the account, unless this program created it."""


IdentityTypeText = Literal["SystemAssigned", "UserAssigned"]


class PlannedAccount(NamedTuple):
    """What the component creates.

    Attributes:
        identity_type: The type of identity that runbooks sign in with.
        grants: The grants of the identity; None where another program manages them.
        runtime: The runtime environments.
    """

    identity_type: IdentityType
    grants: Optional[PlannedGrants]
    runtime: PlannedRuntime


def check_account(mistakes: Mistakes, name: str, args: Mapping[str, Any]) -> PlannedAccount:
    """Checks the arguments of the component and decides what it creates.

    Args:
        mistakes: Receives the mistakes.
        name: The logical name of the component.
        args: The arguments of the component.

    Returns:
        The plan. It is complete only if there was no mistake.
    """
    check_organization(mistakes, args.get("organization"), plain_text(args, "exchange_environment"))
    for argument, resource_type in _RESOURCE_ID_ARGUMENTS.items():
        check_resource_id(mistakes, "EXA122", argument, args.get(argument), resource_type)
    identity_type = _identity_type(mistakes, args)
    if args.get("account_id") is None:
        _check_new_account(mistakes, name, args)
    else:
        _check_existing_account(mistakes, args)
    _check_identity_name(mistakes, name, args, identity_type)
    own = identity_type is IdentityType.SYSTEM_ASSIGNED or bool(args.get("keep_system_assigned_identity"))
    check_key(mistakes, args.get("customer_managed_key"), own_identity=own)
    return PlannedAccount(identity_type, _planned_grants(mistakes, args), plan_runtime(mistakes, args))


def _planned_grants(mistakes: Mistakes, args: Mapping[str, Any]) -> Optional[PlannedGrants]:
    if not plain_flag(args, "grants_managed_elsewhere"):
        return plan_grants(mistakes, args)
    for argument in _given(args, GRANT_ARGUMENTS):
        mistakes.add(
            "EXA125",
            f"{argument} decides the grants, but grants_managed_elsewhere states that another program creates them",
            "the component would ignore it",
            "Give it to the ExchangeAccess of that program.",
        )
    return None


def _identity_type(mistakes: Mistakes, args: Mapping[str, Any]) -> IdentityType:
    given = plain_text(args, "identity_type")
    try:
        identity_type = IdentityType(given or IdentityType.SYSTEM_ASSIGNED)
    except ValueError:
        mistakes.add(
            "EXA123",
            f'identity_type "{given}" is not a type of managed identity',
            "there is no identity to grant access to",
            'Use "SystemAssigned" or "UserAssigned".',
        )
        return IdentityType.SYSTEM_ASSIGNED
    if identity_type is IdentityType.SYSTEM_ASSIGNED:
        _check_system_assigned(mistakes, args)
    elif args.get("user_assigned_identity_id") is not None and args.get("user_assigned_identity_name") is not None:
        mistakes.add(
            "EXA123",
            "user_assigned_identity_id names an existing identity and user_assigned_identity_name an identity to create",
            "it is not clear which of the two gets the grants",
            "Keep one of the two arguments.",
        )
    return identity_type


def _check_system_assigned(mistakes: Mistakes, args: Mapping[str, Any]) -> None:
    for argument in _given(args, ("user_assigned_identity_id", "user_assigned_identity_name")):
        mistakes.add(
            "EXA123",
            f"{argument} is given, but identity_type is SystemAssigned",
            "the grants would go to another identity",
            "Set identity_type to UserAssigned, or leave the argument out.",
        )
    if plain_flag(args, "keep_system_assigned_identity"):
        mistakes.add(
            "EXA123",
            "keep_system_assigned_identity is for accounts with identity_type UserAssigned; with SystemAssigned the "
            "account has that identity in any case",
            "",
            "Leave it out.",
        )


def _check_new_account(mistakes: Mistakes, name: str, args: Mapping[str, Any]) -> None:
    check_name(mistakes, "resource_group_name", args.get("resource_group_name"), name_rules.RESOURCE_GROUP)
    check_name(mistakes, "account_name", args.get("account_name"), name_rules.AUTOMATION_ACCOUNT)
    if args.get("account_name") is None:
        _check_automatic_name(mistakes, f"{name}-account", name_rules.AUTOMATION_ACCOUNT, "account_name")
    if args.get("resource_group_name") is None:
        mistakes.add(
            "EXA102",
            "resource_group_name is missing",
            "the automation account cannot be created",
            "Give it, or give account_id to use an existing account.",
        )


def _check_identity_name(mistakes: Mistakes, name: str, args: Mapping[str, Any], identity_type: IdentityType) -> None:
    argument, rule = "user_assigned_identity_name", name_rules.USER_ASSIGNED_IDENTITY
    check_name(mistakes, argument, args.get(argument), rule)
    creates_identity = identity_type is IdentityType.USER_ASSIGNED and args.get("user_assigned_identity_id") is None
    if creates_identity and args.get(argument) is None:
        _check_automatic_name(mistakes, f"{name}-identity", rule, argument)


def _check_automatic_name(mistakes: Mistakes, logical_name: str, rule: NameRule, argument: str) -> None:
    remedy = f"Give {argument}, or give the component another name."
    if (problem := automatic_name_problem("EXA114", logical_name, rule, remedy)) is not None:
        mistakes.add_problem(problem)


def _check_existing_account(mistakes: Mistakes, args: Mapping[str, Any]) -> None:
    for argument in _given(args, _NEW_ACCOUNT_ARGUMENTS):
        mistakes.add(
            "EXA124",
            f"{argument} describes an automation account to create, but account_id names an existing one",
            "the component would ignore it",
            "Leave it out.",
        )
    if args.get("identity_type") == IdentityType.USER_ASSIGNED and args.get("user_assigned_identity_id") is None:
        mistakes.add(
            "EXA124",
            "identity_type is UserAssigned and account_id names an account that another program manages",
            "the component cannot attach an identity of its own to it",
            "Attach an identity in that program, and give its user_assigned_identity_id here.",
        )


def _given(args: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    """Returns the names of the arguments that are given."""
    return (name for name in names if args.get(name) is not None)
