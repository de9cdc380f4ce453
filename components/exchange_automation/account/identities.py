"""The automation account and the identity that runbooks sign in with: new ones, or existing ones by their resource ids."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

import pulumi
from pulumi_azure_native import automation, managedidentity

from exchange_automation.account.encryption import encryption
from exchange_automation.account.planned_account import IdentityType
from exchange_automation.catalog import name_rules, resource_ids
from exchange_automation.core.errors import ExistingResourceError
from exchange_automation.core.naming import checked_name, checked_name_or_none
from exchange_automation.core.problems import Problem

if TYPE_CHECKING:
    from exchange_automation.account.existing_resources import ExistingAccount


class Account(NamedTuple):
    """An automation account.

    Attributes:
        id: Its resource id.
        name: Its name.
        resource_group_name: The name of its resource group.
        location: Its Azure region; None for the region of the resource group.
    """

    id: pulumi.Output[str]
    name: pulumi.Output[str]
    resource_group_name: pulumi.Input[str]
    location: Optional[pulumi.Input[str]]


class Identity(NamedTuple):
    """A managed identity.

    Attributes:
        read: Takes "principal_id", "tenant_id" or, if has_client_id, "client_id" and returns the property as an output.
        has_client_id: False for a system-assigned identity, whose client id only the directory has.
    """

    read: Callable[[str], pulumi.Output[str]]
    has_client_id: bool


def find_or_create(
    component: pulumi.ComponentResource, name: str, args: Mapping[str, Any], identity_type: IdentityType
) -> tuple[Account, Identity]:
    """Registers the account and the identity that the arguments ask for, or reads the existing ones.

    Args:
        component: The parent of new resources. Its providers read existing ones.
        name: The logical name of the component.
        args: The checked arguments of ExchangeAutomationAccount.
        identity_type: The type of identity that runbooks sign in with.
    """
    if args.get("account_id") is not None:
        return _existing(component, args, identity_type)
    created, wanted = _wanted_identity(component, name, args, identity_type)
    key, wanted = encryption(args, wanted)
    # No function of its own: the engine stores the call stack of every resource in the state.
    account = automation.AutomationAccount(
        f"{name}-account",
        resource_group_name=checked_name("resource_group_name", args["resource_group_name"], name_rules.RESOURCE_GROUP),
        automation_account_name=checked_name_or_none(args, "account_name", name_rules.AUTOMATION_ACCOUNT),
        location=args.get("location"),
        sku={"name": automation.SkuNameEnum.BASIC},
        disable_local_auth=_or_true(args.get("disable_local_auth")),
        public_network_access=args.get("public_network_access"),
        identity=wanted,
        encryption=key,
        tags=args.get("tags"),
        opts=pulumi.ResourceOptions(
            parent=component,
            # Without this the provider would ask Azure to move the account, which Azure refuses.
            replace_on_changes=["location"],
            delete_before_replace=True if args.get("account_name") else None,
        ),
    )
    found = Account(account.id, account.name, args["resource_group_name"], args.get("location"))
    return found, created or Identity(_reader(account.identity, _present), has_client_id=False)


def _or_true(flag: Any) -> pulumi.Input[bool]:
    """Returns the flag, and true where it is left out or an output of None. Azure's own default is false."""
    if isinstance(flag, pulumi.Output):
        return flag.apply(lambda known: known is None or bool(known))
    return flag is None or bool(flag)


def _wanted_identity(
    component: pulumi.ComponentResource, name: str, args: Mapping[str, Any], identity_type: IdentityType
) -> "tuple[Optional[Identity], automation.IdentityArgsDict]":
    """Returns the user-assigned identity, if there is one, and the identities that the account gets."""
    types = automation.ResourceIdentityType
    if identity_type is IdentityType.SYSTEM_ASSIGNED:
        return None, {"type": types.SYSTEM_ASSIGNED}
    identity, identity_id = _user_assigned(component, name, args)
    both = bool(args.get("keep_system_assigned_identity"))
    return identity, {
        "type": types.SYSTEM_ASSIGNED_USER_ASSIGNED if both else types.USER_ASSIGNED,
        "user_assigned_identities": [identity_id],
    }


def _reader(
    output: pulumi.Output[Any], checked: Callable[[Any], Any] = lambda value: value
) -> Callable[[str], pulumi.Output[str]]:
    """Returns a function that reads one property of an output's value, which is checked first."""

    def read(name: str) -> pulumi.Output[str]:
        return output.apply(lambda value: str(getattr(checked(value), name)))

    return read


def _user_assigned(
    component: pulumi.ComponentResource, name: str, args: Mapping[str, Any]
) -> tuple[Identity, pulumi.Input[str]]:
    """Returns the user-assigned identity and its resource id."""
    existing_id = args.get("user_assigned_identity_id")
    if existing_id is not None:
        # 2 ms that programs without existing resources do not spend.
        from exchange_automation.account.existing_resources import existing_identity  # noqa: PLC0415

        return Identity(_reader(existing_identity(component, existing_id)), has_client_id=True), existing_id
    created = managedidentity.UserAssignedIdentity(
        f"{name}-identity",
        resource_group_name=checked_name("resource_group_name", args["resource_group_name"], name_rules.RESOURCE_GROUP),
        resource_name_=checked_name_or_none(args, "user_assigned_identity_name", name_rules.USER_ASSIGNED_IDENTITY),
        location=args.get("location"),
        tags=args.get("tags"),
        opts=pulumi.ResourceOptions(parent=component),
    )

    def read(name: str) -> pulumi.Output[str]:
        output: pulumi.Output[str] = getattr(created, name)
        return output

    return Identity(read, has_client_id=True), created.id


def _existing(
    component: pulumi.ComponentResource, args: Mapping[str, Any], identity_type: IdentityType
) -> tuple[Account, Identity]:
    from exchange_automation.account.existing_resources import (  # noqa: PLC0415  (as above)
        existing_account,
        existing_identity,
    )

    found = existing_account(component, args["account_id"])
    read = _reader(found)
    account = Account(read("id"), read("name"), read("resource_group_name"), read("location"))
    if identity_type is IdentityType.SYSTEM_ASSIGNED:
        return account, Identity(_reader(found, _with_system_assigned), has_client_id=False)
    attached = pulumi.Output.all(found, args["user_assigned_identity_id"]).apply(
        lambda known: _attached_identity(known[0], str(known[1]))
    )
    return account, Identity(_reader(existing_identity(component, attached)), has_client_id=True)


def _present(identity: Optional[automation.outputs.IdentityResponse]) -> automation.outputs.IdentityResponse:
    """Returns the identity of Azure's answer.

    Raises:
        ExistingResourceError: Azure answered without an identity.
    """
    if identity is None or not identity.principal_id:
        raise ExistingResourceError(
            Problem(
                "EXA214",
                "Azure created the automation account without a system-assigned identity",
                "the component created no grant",
                "Run the command again.",
            )
        )
    return identity


def _with_system_assigned(account: "ExistingAccount") -> "ExistingAccount":
    """Returns the account if it has a system-assigned identity.

    Raises:
        ExistingResourceError: It has none.
    """
    if not account.has_system_assigned or not account.principal_id:
        raise ExistingResourceError(
            Problem(
                "EXA212",
                f'The automation account "{account.name}" has no system-assigned identity',
                "the component created no grant",
                "Turn the identity on in the program that manages the account, or use identity_type UserAssigned with "
                "user_assigned_identity_id.",
            )
        )
    return account


def _attached_identity(account: "ExistingAccount", identity_id: str) -> str:
    """Returns the id of the identity if it is attached to the account.

    Raises:
        ExistingResourceError: It is not.
    """
    if not any(resource_ids.same(identity_id, attached) for attached in account.user_assigned_ids):
        attached = ", ".join(account.user_assigned_ids) or "none"
        raise ExistingResourceError(
            Problem(
                "EXA213",
                f'The automation account "{account.name}" does not have the user-assigned identity "{identity_id}"',
                "its runbooks could not sign in with it, and the component created no grant",
                f"Attach it in the program that manages the account. The identities of the account: {attached}.",
            )
        )
    return identity_id
