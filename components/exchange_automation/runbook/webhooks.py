"""Addresses that start a runbook by one HTTP request, for callers that have no Entra identity.

Whoever has the address starts the runbook, with whatever data he likes, as the account's identity: nothing but the address
is asked for. Azure makes it (``generateUri``), takes no other, and never tells it again. The provider reads a webhook after
making it, and the address is not in what is read; so a program brings it along as a secret (docs/runbooks.md says how).

Sources: ``Microsoft.Automation/automationAccounts/webhooks`` and ``webhooks/generateUri``, API 2024-10-23; "Start an Azure
Automation runbook from a webhook" on learn.microsoft.com.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Optional, TypedDict

import pulumi
from pulumi_azure_native import automation
from typing_extensions import NotRequired

from exchange_automation.catalog import name_rules
from exchange_automation.core.errors import ExchangeAutomationError, Mistakes
from exchange_automation.core.invokes import Function, looked_up_or_none
from exchange_automation.core.naming import former_name_part, name_part, name_problem
from exchange_automation.core.outputs import available_after
from exchange_automation.core.physical_names import letter_case_kept
from exchange_automation.core.validation import checked
from exchange_automation.runbook.job_parameters import check_parameters, job_text

if TYPE_CHECKING:
    from exchange_automation.runbook.powershell import Parameter

ACCOUNT = Function("azure-native:automation:getAutomationAccount", None, "pulumi-azure-native")
WEBHOOK = Function("azure-native:automation:getWebhook", None, "pulumi-azure-native")
DATA = "WebhookData"
"""Parameter of a script that Azure fills with the request."""
LONGEST = timedelta(days=3653)
"""Ten years."""

_ADDRESS = re.compile(r"https://[^\s?]+/webhooks\?token=[^\s&]{8,}")


class WebhookArgs(TypedDict):
    """An address that starts the runbook."""

    address: pulumi.Input[str]
    """Required. The address that Azure generated for this account,
    "https://{account}.webhook.{region}.azure-automation.net/webhooks?token=...", which exchange-automation
    webhook-address prints. A secret in the state, whatever it is given as."""
    expires: str
    """Required. When the webhook expires, in UTC, such as "2027-03-01T06:00:00Z": ten years ahead at most. A later
    change can put it off, but not after it has passed."""
    enabled: NotRequired[bool]
    """Optional. Whether Azure accepts requests. Default: true."""
    parameters: NotRequired[Mapping[str, pulumi.Input[Any]]]
    """Optional. The script's parameters, which callers cannot change. Azure keeps them as plain text, so give no
    secrets. Default: none."""


@dataclass(frozen=True)
class PlannedWebhook:
    """A checked webhook."""

    name: str
    expires: datetime
    given: Mapping[str, Any]


def plan_webhooks(
    mistakes: Mistakes, given: Any, known: "Optional[Sequence[Parameter]]", now: datetime
) -> tuple[PlannedWebhook, ...]:
    """Check the webhooks of a runbook.

    :param known: the script's parameters; None when its text is not at hand.
    """
    planned: dict[str, PlannedWebhook] = {}
    for name, entry in sorted(given.items()):
        where = f'webhooks["{name}"]'
        if (problem := name_problem("EXA186", where, name, name_rules.WEBHOOK)) is not None:
            mistakes.add_problem(problem)
        if name.lower() in planned:
            mistakes.add(
                "EXA186",
                f"{where} differs from another webhook in letter case alone",
                "they are one name to Azure",
                "Give one of them another name.",
            )
        address = entry.get("address")
        if isinstance(address, str) and (mistake := _address_mistake(where, address)) is not None:
            mistakes.add("EXA188", mistake)
        parameters = entry.get("parameters") or {}
        if isinstance(parameters, Mapping) and any(str(each).lower() == DATA.lower() for each in parameters):
            mistakes.add("EXA185", f"{where}.parameters has {DATA}, which Azure fills with the request. Remove it.")
        check_parameters(mistakes, where, parameters, known, (DATA,))
        expires = _expiry(mistakes, where, entry.get("expires"), now)
        if expires is not None:
            planned[name.lower()] = PlannedWebhook(name, expires, entry)
    return tuple(planned.values())


def make_webhooks(
    component: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    runbook: automation.Runbook,
    planned: Sequence[PlannedWebhook],
    now: Callable[[], datetime],
) -> list[automation.Webhook]:
    """The webhooks of a published runbook.

    :raises ExchangeAutomationError: inside an output: the account takes Entra tokens only, or a webhook is over.
    """
    if not planned:
        return []
    # Asked after the runbook is published: the account is there then.
    account_name = available_after(args["automation_account_name"], runbook)
    account = {"resourceGroupName": args["resource_group_name"], "automationAccountName": account_name}
    local = looked_up_or_none(component, ACCOUNT, account, _failure).apply(_with_local_authentication)
    made = []
    for each in planned:
        there = looked_up_or_none(component, WEBHOOK, {**account, "webhookName": each.name}, _failure)
        expiry = _expiry_of(each, there, local, now)
        parameters = {key: job_text(value) for key, value in (each.given.get("parameters") or {}).items()}
        made.append(
            automation.Webhook(
                f"{name}-{name_part(each.name)}-webhook",
                resource_group_name=args["resource_group_name"],
                automation_account_name=args["automation_account_name"],
                webhook_name=each.name,
                name=each.name,
                uri=pulumi.Output.secret(
                    checked(each.given["address"], "EXA188", lambda value: _address_mistake("the webhook", value))
                ),
                expiry_time=expiry,
                is_enabled=each.given.get("enabled", True),
                runbook={"name": runbook.name},
                parameters=parameters or None,
                opts=pulumi.ResourceOptions(
                    parent=component,
                    additional_secret_outputs=["uri"],
                    # Azure refuses to change either; and one name is one webhook.
                    replace_on_changes=["uri", "runbook"],
                    delete_before_replace=True,
                    aliases=_aliases(name, each.name, {other.name for other in planned}),
                    **letter_case_kept(each.name, "webhookName", "name"),
                ),
            )
        )
    return made


def _aliases(component_name: str, name: str, names: "set[str]") -> "Optional[list[pulumi.Input[Any]]]":
    former = former_name_part(name, names)
    return None if former is None else [pulumi.Alias(name=f"{component_name}-{former}-webhook")]


def _address_mistake(where: str, address: str) -> Optional[str]:
    """What is wrong with an address; it is a secret, so the message does not show it."""
    if _ADDRESS.fullmatch(address):
        return None
    return (
        f"{where}.address is not an address that Azure made, so it would start nothing: those read https://.../webhooks?"
        "token=.... Take one with: exchange-automation webhook-address --account-id {id}."
    )


def _expiry(mistakes: Mistakes, where: str, text: Any, now: datetime) -> Optional[datetime]:
    if text is None:
        return None
    try:
        moment = datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        mistakes.add(
            "EXA187",
            f'{where}.expires "{text}" is not a moment in UTC, so nobody knows when it ends. Give "2027-03-01T06:00:00Z".',
        )
        return None
    if moment > now + LONGEST:
        mistakes.add(
            "EXA187",
            f"{where}.expires is more than ten years ahead, which Azure refuses. Give an earlier one: an "
            "address that leaks works until then.",
        )
    return moment


def _with_local_authentication(account: Optional[Mapping[str, Any]]) -> bool:
    if account is not None and account.get("disableLocalAuth"):
        raise ExchangeAutomationError(
            f'The automation account "{account.get("name")}" accepts Entra tokens only (disable_local_auth), so its webhooks '
            "would refuse every request. Start the runbook through Azure's API instead, or accept that whoever has the "
            "address runs it: disable_local_auth=False at ExchangeAutomationAccount. [EXA189]"
        )
    return True


def _expiry_of(
    planned: PlannedWebhook, there: pulumi.Output[Any], local: pulumi.Output[bool], now: Callable[[], datetime]
) -> pulumi.Output[str]:
    return pulumi.Output.all(there, local).apply(lambda known: _until(planned, known[0], now()))


def _until(planned: PlannedWebhook, there: Optional[Mapping[str, Any]], now: datetime) -> str:
    """The expiry as Azure writes it; a new webhook cannot be over already."""
    if planned.expires <= now:
        if there is None:
            raise ExchangeAutomationError(
                f'The webhook "{planned.name}" would be over before it is made, and Azure refuses that. Give a later expires. '
                "[EXA187]"
            )
        pulumi.log.warn(
            f'The webhook "{planned.name}" is over: Azure refuses its requests and cannot revive it. Remove it, or make one '
            "with another name and another address."
        )
    return planned.expires.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _failure(text: str) -> Exception:
    return ExchangeAutomationError(
        f"Whether the account may have webhooks could not be read, so none was made: {text.strip()} Give the deployer Reader "
        "at the automation account. [EXA190]"
    )
