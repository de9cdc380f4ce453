"""Webhooks: addresses that start a runbook with one HTTP request, for callers without an Entra identity.

A request needs nothing but the address: whoever has it starts the runbook as the account's identity and chooses the data.
Azure generates the address (``generateUri``), accepts no other, and returns it only once. Azure's answers about a webhook
leave it out, so a program gives the address as a secret (docs/runbooks.md says how).

Sources: ``Microsoft.Automation/automationAccounts/webhooks`` and ``webhooks/generateUri``, API 2024-10-23; "Start an Azure
Automation runbook from a webhook" on learn.microsoft.com.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, TypedDict

import pulumi
from pulumi_azure_native import automation
from typing_extensions import NotRequired

from exchange_automation.catalog import name_rules
from exchange_automation.core.errors import ExchangeAutomationError, Mistakes
from exchange_automation.core.invokes import Function, looked_up_or_none
from exchange_automation.core.naming import former_name_part, name_part, name_problem
from exchange_automation.core.outputs import available_after
from exchange_automation.core.problems import Problem
from exchange_automation.core.validation import checked, plain_flag
from exchange_automation.runbook.job_parameters import check_parameters, job_text

if TYPE_CHECKING:
    from exchange_automation.runbook.powershell import Parameter

ACCOUNT = Function("azure-native:automation:getAutomationAccount", None, "pulumi-azure-native")
WEBHOOK = Function("azure-native:automation:getWebhook", None, "pulumi-azure-native")
DATA = "WebhookData"
"""Parameter of a script that Azure fills with the request."""
LONGEST = timedelta(days=3653)
"""Ten years."""

_ADDRESS = r"https://[^\s?]+/webhooks\?token=[^\s&]{8,}"


class WebhookArgs(TypedDict):
    """An address that starts the runbook."""

    address: pulumi.Input[str]
    """Required. The address that Azure generated for this account,
    "https://{account}.webhook.{region}.azure-automation.net/webhooks?token=...", which exchange-automation
    webhook-address prints. The state keeps it as a secret, also where the program gives plain text."""
    expires: str
    """Required. When the webhook expires, in UTC, such as "2027-03-01T06:00:00Z": at most ten years ahead. A change can
    set a later time until the webhook has expired, and not afterwards."""
    enabled: NotRequired[bool]
    """Optional. Whether Azure accepts requests. Default: true."""
    parameters: NotRequired[Mapping[str, pulumi.Input[Any]]]
    """Optional. The script's parameters, which callers cannot change. Azure keeps them as plain text, so give no
    secrets. Default: none."""


class PlannedWebhook(NamedTuple):
    """A checked webhook.

    Attributes:
        name: The name in Azure.
        expires: When it expires.
    """

    name: str
    expires: datetime


def plan_webhooks(
    mistakes: Mistakes, given: Any, known: "Optional[Sequence[Parameter]]", now: datetime
) -> tuple[PlannedWebhook, ...]:
    """Checks the webhooks of a runbook.

    Args:
        mistakes: Receives the mistakes.
        given: The argument webhooks.
        known: The script's parameters; None where the program does not have the script's text.
        now: The present.

    Returns:
        The webhooks. They are complete only if there was no mistake.
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
                "Azure takes them for one name",
                "Give one of them another name.",
            )
        address = entry.get("address")
        if isinstance(address, str) and (problem := _address_problem(where, address)) is not None:
            mistakes.add_problem(problem)
        parameters = entry.get("parameters") or {}
        if isinstance(parameters, Mapping) and any(str(key).lower() == DATA.lower() for key in parameters):
            mistakes.add(
                "EXA185", f"{where}.parameters has {DATA}", "Azure would replace it by the request", "Remove it."
            )
        check_parameters(mistakes, where, parameters, known, (DATA,))
        expires = _expiry(mistakes, where, entry.get("expires"), now)
        if expires is not None:
            planned[name.lower()] = PlannedWebhook(name, expires)
    return tuple(planned.values())


def create_webhooks(
    component: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    runbook: automation.Runbook,
    planned: Sequence[PlannedWebhook],
    now: Callable[[], datetime],
) -> list[automation.Webhook]:
    """Creates the webhooks of a published runbook.

    Args:
        component: The component that owns the webhooks.
        name: The component's name.
        args: The arguments of the component.
        runbook: The runbook.
        planned: The webhooks.
        now: Returns the present.

    Raises:
        ExchangeAutomationError: Inside an output: the account accepts Entra tokens only, or a new webhook has expired.
    """
    if not planned:
        return []
    # Read after the runbook is published, because the account exists then.
    account_name = available_after(args["automation_account_name"], runbook)
    account = {"resourceGroupName": args["resource_group_name"], "automationAccountName": account_name}
    local = looked_up_or_none(component, ACCOUNT, account, _failure).apply(_with_local_authentication)
    created = []
    for webhook in planned:
        existing = looked_up_or_none(component, WEBHOOK, {**account, "webhookName": webhook.name}, _failure)
        given = args["webhooks"][webhook.name]
        where = f'webhooks["{webhook.name}"]'
        parameters = {key: job_text(value) for key, value in (given.get("parameters") or {}).items()}
        created.append(
            automation.Webhook(
                f"{name}-{name_part(webhook.name)}-webhook",
                resource_group_name=args["resource_group_name"],
                automation_account_name=args["automation_account_name"],
                webhook_name=webhook.name,
                name=webhook.name,
                uri=pulumi.Output.secret(
                    checked(given["address"], f"{where}.address", partial(_address_problem, where))
                ),
                expiry_time=_expiry_output(webhook, existing, local, now),
                is_enabled=plain_flag(given, "enabled", default=True),
                runbook={"name": runbook.name},
                parameters=parameters or None,
                opts=pulumi.ResourceOptions(
                    parent=component,
                    additional_secret_outputs=["uri"],
                    # Azure changes neither of them, and an account has one webhook of a name.
                    replace_on_changes=["uri", "runbook"],
                    delete_before_replace=True,
                    aliases=_aliases(name, webhook.name, {other.name for other in planned}),
                ),
            )
        )
    return created


def _aliases(component_name: str, name: str, names: "set[str]") -> "Optional[list[pulumi.Input[Any]]]":
    former = former_name_part(name, names)
    return None if former is None else [pulumi.Alias(name=f"{component_name}-{former}-webhook")]


def _address_problem(where: str, address: str) -> Optional[Problem]:
    """Returns what is wrong with an address. The address is a secret, so the message does not contain it."""
    if re.fullmatch(_ADDRESS, address):
        return None
    return Problem(
        "EXA188",
        f"{where}.address is not an address that Azure generated, of the form https://.../webhooks?token=...",
        "it would start nothing",
        "Get one with: exchange-automation webhook-address --account-id {id}.",
    )


def _expiry(mistakes: Mistakes, where: str, text: Any, now: datetime) -> Optional[datetime]:
    if text is None:
        return None
    try:
        moment = datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        mistakes.add(
            "EXA187",
            f'{where}.expires "{text}" is not a time in UTC',
            "Azure could not tell when the webhook expires",
            'Give "2027-03-01T06:00:00Z".',
        )
        return None
    if moment > now + LONGEST:
        mistakes.add(
            "EXA187",
            f"{where}.expires is more than ten years ahead",
            "Azure would refuse the webhook",
            "Give an earlier time: an address that leaks works until then.",
        )
    return moment


def _with_local_authentication(account: Optional[Mapping[str, Any]]) -> bool:
    if account is not None and account.get("disableLocalAuth"):
        raise ExchangeAutomationError(
            Problem(
                "EXA189",
                f'The automation account "{account.get("name")}" accepts Entra tokens only (disable_local_auth)',
                "its webhooks would refuse every request",
                "Start the runbook through Azure's API instead. If everybody who has the address may start the runbook, set "
                "disable_local_auth=False at ExchangeAutomationAccount.",
            )
        )
    return True


def _expiry_output(
    planned: PlannedWebhook, existing: pulumi.Output[Any], local: pulumi.Output[bool], now: Callable[[], datetime]
) -> pulumi.Output[str]:
    return pulumi.Output.all(existing, local).apply(lambda known: _expiry_time(planned, known[0], now()))


def _expiry_time(planned: PlannedWebhook, existing: Optional[Mapping[str, Any]], now: datetime) -> str:
    """Returns the expiry as Azure writes it.

    Raises:
        ExchangeAutomationError: The webhook does not exist yet and has expired already.
    """
    if planned.expires <= now:
        if existing is None:
            raise ExchangeAutomationError(
                Problem(
                    "EXA187",
                    f'The new webhook "{planned.name}" has expired already',
                    "Azure would refuse it",
                    "Give a later expires.",
                )
            )
        pulumi.log.warn(
            f'The webhook "{planned.name}" has expired: Azure refuses its requests and cannot renew it. Remove it, or create '
            "another one with another name and another address."
        )
    return planned.expires.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _failure(text: str) -> ExchangeAutomationError:
    return ExchangeAutomationError(
        Problem(
            "EXA190",
            "The component could not read the account or the webhook",
            "it created no webhook",
            f"Give the deployer Reader at the automation account. Azure answered: {text.strip()}",
        )
    )
