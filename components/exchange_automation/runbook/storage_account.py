"""The storage account from which Azure fetches a runbook's text, and its firewall.

The provider opens the firewall of an account in every update without ``networkRuleSet``: it takes the absence for a removal
and sends ``defaultAction: Allow``. So the component either sends the rules that the program gives, or keeps the existing
rules: ``ignore_changes`` keeps the rules that a refresh read, and a hook stops every update that would open a closed
account.

Source: ``Microsoft.Storage/storageAccounts``, API 2024-01-01.
"""

import hashlib
import ipaddress
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Optional, TypedDict

import pulumi
from pulumi_azure_native import storage
from typing_extensions import NotRequired

from exchange_automation.catalog import name_rules
from exchange_automation.catalog.enumerations import FirewallAction, FirewallActionText, OneOf
from exchange_automation.catalog.name_rules import NameRule
from exchange_automation.core.errors import ExchangeAutomationError, Mistakes
from exchange_automation.core.hooks import answer_in_hook, hook_of_run
from exchange_automation.core.invokes import Function, answer_of, looked_up, once_per_run
from exchange_automation.core.problems import Problem
from exchange_automation.core.validation import plain_list, plain_text

STORAGE_ACCOUNT = Function(
    "azure-native:storage:getStorageAccount", lambda: storage.GetStorageAccountResult, "pulumi-azure-native"
)
_LONGEST_PREFIX = 30


class StorageNetworkRulesArgs(TypedDict):
    """The firewall of the storage account from which Azure fetches a script."""

    default_action: OneOf[FirewallAction, FirewallActionText]
    """Required. "Allow" accepts everybody who has a signature or a key, "Deny" only the addresses and subnets of the
    rules. Azure Automation is never among them, so it can fetch a script only while this is "Allow"."""
    ip_rules: NotRequired[Sequence[str]]
    """Optional. Public IPv4 addresses, and ranges such as "203.0.113.0/24". Give the deployer's address, because
    the provider reads the file in every refresh. Default: none."""
    subnet_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Optional. Resource ids of subnets with the service endpoint Microsoft.Storage. Default: none."""


class StoragePlace(NamedTuple):
    """The storage account for the text of a runbook.

    Attributes:
        account_name: The name of the storage account.
        group: The resource group of the storage account.
        account: The account, where the component creates it.
        is_closed: Takes ``resourceGroupName`` and ``accountName`` and returns whether the firewall refuses Azure Automation.
    """

    account_name: pulumi.Output[str]
    group: pulumi.Input[str]
    account: "Optional[storage.StorageAccount]"
    is_closed: Callable[[Mapping[str, str]], Awaitable[bool]]


def tag_rule(args: Mapping[str, Any]) -> NameRule:
    """Returns the rule for the names of a runbook's tags: a storage account takes shorter ones than other resources."""
    given = (args.get("storage_account_name"), (args.get("source") or {}).get("uri"))
    return name_rules.STORAGE_TAG if given == (None, None) else name_rules.TAG


def check_storage(mistakes: Mistakes, args: Mapping[str, Any]) -> None:
    """Adds what is wrong with the storage account and its firewall."""
    if args.get("storage_resource_group_name") is not None and args.get("storage_account_name") is None:
        mistakes.add_without_effect(
            "storage_resource_group_name",
            "without storage_account_name",
            "Give the name of the existing storage account as well. The component creates its own account in resource_group_name.",
        )
    _check_network_rules(mistakes, args)


def _check_network_rules(mistakes: Mistakes, args: Mapping[str, Any]) -> None:
    rules = args.get("storage_network_rules")
    if rules is None:
        return
    if args.get("storage_account_name") is not None:
        mistakes.add_problem(
            Problem(
                "EXA193",
                "storage_network_rules and storage_account_name are both given",
                "the component does not manage the firewall of an account that it did not create",
                "Remove one of the two.",
            )
        )
    action, addresses = plain_text(rules, "default_action"), plain_list(rules, "ip_rules")
    allowed = [member.value for member in FirewallAction]
    if action not in allowed:
        mistakes.add_problem(
            Problem(
                "EXA193",
                f'storage_network_rules.default_action is "{action}"',
                "Azure would refuse the storage account",
                "Give " + " or ".join(f'"{value}"' for value in allowed) + ".",
            )
        )
    if action == FirewallAction.ALLOW.value and (addresses or plain_list(rules, "subnet_ids")):
        mistakes.add_problem(
            Problem(
                "EXA193",
                'storage_network_rules has rules with default_action "Allow"',
                "the account accepts everybody, and the rules have no effect",
                'Remove ip_rules and subnet_ids, or give default_action "Deny".',
            )
        )
    for index, address in enumerate(addresses):
        fault = _address_fault(str(address))
        if fault is not None:
            mistakes.add_problem(
                Problem(
                    "EXA193",
                    f'storage_network_rules.ip_rules[{index}] "{address}" {fault}',
                    "Azure would refuse the storage account",
                    'Give a public IPv4 address such as "203.0.113.7", or a range of /0 to /30.',
                )
            )


def _address_fault(address: str) -> Optional[str]:
    try:
        network = ipaddress.IPv4Network(address)
    except ValueError as error:
        return f"is not an IPv4 address or range ({error})"
    if "/" in address and network.prefixlen > _LONGEST_PREFIX:
        return "is a range of one or two addresses"
    if any(network.overlaps(ipaddress.IPv4Network(private)) for private in _PRIVATE) and network.prefixlen:
        return "has private addresses"
    return None


_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")


def storage_place(component: pulumi.Resource, name: str, args: Mapping[str, Any]) -> StoragePlace:
    """Returns the storage account for a text: the one that the arguments name, or a new one."""
    given = args.get("storage_account_name")
    if given is None:
        return _created(component, name, args)
    group = args.get("storage_resource_group_name") or args["resource_group_name"]
    found = looked_up(component, STORAGE_ACCOUNT, {"resourceGroupName": group, "accountName": given}, _storage_failure)

    async def is_closed(_: Mapping[str, str]) -> bool:
        return False  # _usable refuses a closed account.

    return StoragePlace(found.apply(_usable), group, None, is_closed)


def _created(component: pulumi.Resource, name: str, args: Mapping[str, Any]) -> StoragePlace:
    logical_name = storage_name(name)
    rules = args.get("storage_network_rules")
    kept: dict[str, Any] = {}
    if rules is None:
        kept["ignore_changes"] = ["networkRuleSet"]
        kept["hooks"] = pulumi.ResourceHookBinding(before_update=[_firewall_hook(component, logical_name)])
    account = storage.StorageAccount(
        logical_name,
        resource_group_name=args["resource_group_name"],
        location=args.get("location"),
        sku={"name": storage.SkuName.STANDARD_LRS},
        kind=storage.Kind.STORAGE_V2,
        minimum_tls_version=storage.MinimumTlsVersion.TLS1_2,
        enable_https_traffic_only=True,
        allow_blob_public_access=False,
        # A key of the storage account signs the address of the text.
        allow_shared_key_access=True,
        network_rule_set=None if rules is None else _rule_set(rules),
        tags=args.get("tags"),
        opts=pulumi.ResourceOptions(parent=component, aliases=storage_aliases(name), **kept),
    )
    account_name = pulumi.Output.all(account.name, account.allow_shared_key_access).apply(_with_keys)

    async def is_closed(where: Mapping[str, str]) -> bool:
        if rules is not None:
            return plain_text(rules, "default_action") == FirewallAction.DENY.value
        return await _has_closed_firewall(component, where)

    return StoragePlace(account_name, args["resource_group_name"], account, is_closed)


def _rule_set(rules: Mapping[str, Any]) -> "storage.NetworkRuleSetArgs":
    return storage.NetworkRuleSetArgs(
        default_action=storage.DefaultAction(plain_text(rules, "default_action")),
        bypass=storage.Bypass.AZURE_SERVICES,
        ip_rules=[storage.IPRuleArgs(i_p_address_or_range=address) for address in plain_list(rules, "ip_rules")],
        virtual_network_rules=[
            storage.VirtualNetworkRuleArgs(virtual_network_resource_id=subnet)
            for subnet in plain_list(rules, "subnet_ids")
        ],
    )


async def _has_closed_firewall(component: pulumi.Resource, where: Mapping[str, str]) -> bool:
    def fail(text: str) -> Any:
        raise _unread_failure(where["accountName"], text)

    return _denies(await answer_of(component, STORAGE_ACCOUNT, where, fail))


def _denies(account: Any) -> bool:
    return getattr(account.network_rule_set, "default_action", None) == FirewallAction.DENY.value


def _firewall_hook(component: pulumi.Resource, logical_name: str) -> pulumi.ResourceHook:
    """Returns the hook of this run that stops every update that would open a firewall."""
    owners: dict[str, pulumi.Resource] = once_per_run((None, "owners of storage accounts"), dict)
    owners[logical_name] = component

    async def refuse_to_open(args: pulumi.ResourceHookArgs) -> None:
        if (args.new_inputs or {}).get("networkRuleSet") is not None:
            return
        before = {**(args.old_outputs or {}), **(args.old_inputs or {})}
        # The SDK gives a secret as an output.
        group, account = [await pulumi.Output.from_input(before[key]).future() for key in ("resourceGroupName", "name")]
        where = {"resourceGroupName": str(group), "accountName": str(account)}
        try:
            present = await answer_in_hook(owners[args.name], STORAGE_ACCOUNT, where)
        except RuntimeError as failure:
            raise _unread_failure(where["accountName"], str(failure)) from None
        if (present.get("networkRuleSet") or {}).get("defaultAction") == FirewallAction.DENY.value:
            raise _would_open(where["accountName"])

    name = "exchange-automation-firewall"
    options = pulumi.ResourceHookOptions(on_dry_run=True)
    return hook_of_run(name, lambda: pulumi.ResourceHook(name, refuse_to_open, options))


def _unread_failure(name: str, text: str) -> ExchangeAutomationError:
    return ExchangeAutomationError(
        Problem(
            "EXA216",
            f'The component could not read the firewall of the storage account "{name}"',
            "it published nothing",
            f"Give the deployer Contributor at the storage account. Azure answered: {text.strip()}",
        )
    )


def closed_failure(name: str) -> ExchangeAutomationError:
    """Returns the error of a changed text whose storage account has a closed firewall.

    Args:
        name: The name of the storage account.
    """
    return ExchangeAutomationError(
        Problem(
            "EXA218",
            f'The firewall of the storage account "{name}" is closed, and no rule can allow the addresses of Azure Automation',
            "the component did not publish the changed script",
            'Open it for this update with storage_network_rules={"default_action": "Allow"}, and close it afterwards. Or '
            "give the text an address of its own: source uri with sha256.",
        )
    )


def _would_open(name: str) -> ExchangeAutomationError:
    return ExchangeAutomationError(
        Problem(
            "EXA221",
            f'Somebody closed the firewall of the storage account "{name}" outside this program',
            "the component stopped the update, which would open it",
            'Run pulumi up with --refresh, which keeps the firewall as it is. Or give storage_network_rules: "Deny" keeps '
            'the account closed, "Allow" opens it.',
        )
    )


def storage_name(name: str) -> str:
    """Returns the logical name of a runbook's storage account, which differs for every runbook.

    The provider appends eight digits to it for the name in Azure, which has 24 characters, without hyphens and capitals.
    """
    letters = re.sub(r"[^a-z0-9]", "", name.lower())
    return f"{letters[:4]}{hashlib.sha256(name.encode()).hexdigest()[:10]}st"


def _former_storage_name(name: str) -> str:
    """Returns the logical name of a runbook's storage account in the first version, which several runbooks could share."""
    return f"{re.sub(r'[^a-z0-9]', '', name.lower())[:14]}rb"


def storage_aliases(name: str) -> "list[pulumi.Input[Any]]":
    """Returns the alias of a storage account from the first version.

    Of several runbooks with the same former name the first one in the program gets it: the engine refuses an alias that two
    resources have, and the first version could not create two such runbooks in one stack.
    """
    former = _former_storage_name(name)
    owner = once_per_run((None, f"former storage account {former}"), lambda: name)
    return [pulumi.Alias(name=former)] if owner == name else []


def _storage_failure(text: str) -> ExchangeAutomationError:
    return ExchangeAutomationError(
        Problem(
            "EXA216",
            "The component could not read the storage account of storage_account_name",
            "it published nothing",
            "Check storage_account_name and storage_resource_group_name, or leave both out: the component then creates a "
            f"storage account. Azure answered: {text.strip()}",
        )
    )


def _with_keys(known: Sequence[Any]) -> str:
    """Returns the name of the storage account that the component created.

    Raises:
        ExchangeAutomationError: A policy turned its shared keys off.
    """
    name, shared_keys = known
    if shared_keys is False:
        raise ExchangeAutomationError(
            Problem(
                "EXA220",
                f'The component created the storage account "{name}" for the script, but a policy turned its shared keys off',
                "it could neither upload the file nor sign its address, and published nothing",
                "Give the text an address of its own, source uri with sha256, or let the policy exempt this storage account.",
            )
        )
    return str(name)


def _usable(account: Any) -> str:
    """Returns the name of a storage account that Azure Automation can fetch from.

    Raises:
        ExchangeAutomationError: Azure Automation cannot fetch from it.
    """
    why = None
    if account.allow_shared_key_access is False:
        why = "accepts no shared keys, which sign the address of the text"
    elif account.public_network_access == "Disabled":
        why = "has no public endpoint, and Azure Automation fetches over the public network"
    elif _denies(account):
        why = "has a firewall, and no rule can allow the addresses of Azure Automation"
    if why is not None:
        raise ExchangeAutomationError(
            Problem(
                "EXA218",
                f'The storage account "{account.name}" {why}',
                "the component published nothing",
                "Leave storage_account_name out: the component then creates a storage account. Or name another one, or give "
                "the text an address of its own: source uri with sha256.",
            )
        )
    return str(account.name)
