"""The customer-managed key that encrypts an automation account's assets.

Source: "Encryption of secure assets in Azure Automation" on learn.microsoft.com; ``properties.encryption`` of
``Microsoft.Automation/automationAccounts``, API 2024-10-23.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional, TypedDict, cast

import pulumi
from pulumi_azure_native import automation
from typing_extensions import NotRequired

from exchange_automation.catalog import resource_ids
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import check_resource_id, checked_resource_id
from exchange_automation.core.validation import plain

_OPENER = "customer_managed_key.user_assigned_identity_id"
_VAULT = r"https://[A-Za-z0-9-]{3,24}\.(?:vault|managedhsm)\.[a-z.]+/?"


class CustomerManagedKeyArgs(TypedDict):
    """The key that encrypts the account's assets."""

    key_vault_uri: pulumi.Input[str]
    """Required. Address of the key vault, such as "https://{name}.vault.azure.net"."""
    key_name: pulumi.Input[str]
    """Required. Name of the key."""
    key_version: pulumi.Input[str]
    """Required. Version of the key. Azure Automation requires the version, so change this value after a rotation of
    the key."""
    user_assigned_identity_id: NotRequired[pulumi.Input[str]]
    """Optional. Resource id of the user-assigned identity that may use the key. The component attaches it to the
    account and grants it nothing. Default: the account's system-assigned identity. That identity needs access to
    the key vault first, so set the key in the update after the one that creates the account."""


def encryption(
    args: Mapping[str, Any], identity: automation.IdentityArgsDict
) -> "tuple[Optional[automation.EncryptionPropertiesArgsDict], automation.IdentityArgsDict]":
    """Returns the account's encryption, and its identities together with the one that may use the key.

    Args:
        args: The checked arguments of the account.
        identity: The identities that the account has without the key.
    """
    key = args.get("customer_managed_key")
    if key is None:
        return None, identity
    opener = key.get("user_assigned_identity_id")
    # Azure returns a vault's address without its slash.
    vault = pulumi.Output.from_input(key["key_vault_uri"]).apply(lambda uri: uri.rstrip("/"))
    wanted: automation.EncryptionPropertiesArgsDict = {
        "key_source": automation.EncryptionKeySourceType.MICROSOFT_KEYVAULT,
        "key_vault_properties": {
            "keyvault_uri": vault,
            "key_name": key["key_name"],
            "key_version": key["key_version"],
        },
    }
    if opener is None:
        return wanted, identity
    opener = checked_resource_id("EXA122", _OPENER, opener, resource_ids.USER_ASSIGNED_IDENTITY)
    wanted["identity"] = {"user_assigned_identity": opener}
    both = automation.ResourceIdentityType.SYSTEM_ASSIGNED_USER_ASSIGNED
    only = automation.ResourceIdentityType.USER_ASSIGNED
    others = cast("list[pulumi.Input[str]]", identity.get("user_assigned_identities") or [])
    return wanted, {
        "type": only if identity["type"] == only else both,
        "user_assigned_identities": pulumi.Output.all(*others, opener).apply(_different),
    }


def _different(ids: Sequence[str]) -> list[str]:
    """Returns the resource ids without repetitions; letter case makes no difference."""
    return list({resource_id.lower(): resource_id for resource_id in reversed(ids)}.values())[::-1]


def check_key(mistakes: Mistakes, key: Optional[Mapping[str, Any]], *, own_identity: bool) -> None:
    """Adds what is wrong with the key.

    Args:
        mistakes: Receives the mistakes.
        key: The checked argument customer_managed_key.
        own_identity: Whether the account has a system-assigned identity.
    """
    if key is None:
        return
    uri = plain(key.get("key_vault_uri"))
    if uri is not None and not re.fullmatch(_VAULT, uri):
        mistakes.add(
            "EXA126",
            f'customer_managed_key.key_vault_uri "{uri}" is not the address of a key vault',
            "the account could not be encrypted",
            "Give https://{name}.vault.azure.net, without the key.",
        )
    opener = key.get("user_assigned_identity_id")
    if opener is None and not own_identity:
        mistakes.add(
            "EXA126",
            "customer_managed_key has no user_assigned_identity_id and the account has no system-assigned identity "
            "(identity_type UserAssigned)",
            "no identity of the account could use the key",
            "Give the identity that may use the key, or set keep_system_assigned_identity.",
        )
    check_resource_id(mistakes, "EXA122", _OPENER, opener, resource_ids.USER_ASSIGNED_IDENTITY)
