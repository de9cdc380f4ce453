"""Alerts on failed jobs and on changes of an automation account.

Source: "Monitor runbooks with metric alerts" on learn.microsoft.com; ``Microsoft.Insights``: metric alerts 2018-03-01,
activity log alerts 2020-10-01, action groups.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Optional

import pulumi
from pulumi_azure_native import monitor

from exchange_automation.catalog import resource_ids
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import check_resource_id, checked_resource_id
from exchange_automation.core.validation import entries, plain_flag, plain_list

FAILED_STATES = ("Failed", "Suspended")
CHANGES = (
    "Microsoft.Automation/automationAccounts/write",
    "Microsoft.Automation/automationAccounts/delete",
    "Microsoft.Automation/automationAccounts/runbooks/write",
    "Microsoft.Automation/automationAccounts/runbooks/delete",
    "Microsoft.Automation/automationAccounts/runbooks/publish/action",
    "Microsoft.Automation/automationAccounts/runbooks/draft/write",
    "Microsoft.Automation/automationAccounts/modules/write",
    "Microsoft.Automation/automationAccounts/runtimeEnvironments/write",
    "Microsoft.Automation/automationAccounts/runtimeEnvironments/packages/write",
    "Microsoft.Automation/automationAccounts/jobSchedules/write",
    "Microsoft.Automation/automationAccounts/variables/write",
    "Microsoft.Automation/automationAccounts/webhooks/write",
    "Microsoft.Authorization/roleAssignments/write",
)
"""Operations that change what runs as the identity, or who may change it."""

_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"


def check_alerts(mistakes: Mistakes, args: Mapping[str, Any]) -> None:
    """Adds what is wrong with the alerts and their receivers."""
    for alert in _ALERTS:
        if plain_flag(args, alert.argument) and not (args.get("alert_emails") or args.get("action_group_ids")):
            mistakes.add(
                "EXA162",
                f"{alert.argument} has no receiver",
                "nobody would see the alert",
                "Give alert_emails or action_group_ids.",
            )
    # alert_emails have an effect without alerts: an action group for the alerts of others, which action_group_id names.
    if args.get("action_group_ids") and not any(plain_flag(args, alert.argument, default=True) for alert in _ALERTS):
        mistakes.add_without_effect(
            "action_group_ids", "and every alert is turned off", "Remove it, or turn one of the alerts on."
        )
    for email in plain_list(args, "alert_emails"):
        if not re.fullmatch(_EMAIL, email):
            mistakes.add(
                "EXA163",
                f'alert_emails has "{email}", which is not an email address',
                "its alerts would be lost",
                "Give an address such as operations@contoso.com.",
            )
    for where, group in entries("action_group_ids", args.get("action_group_ids")):
        check_resource_id(mistakes, "EXA168", where, group, resource_ids.ACTION_GROUP)


def create_action_group(
    component: pulumi.Resource, name: str, args: Mapping[str, Any]
) -> "Optional[monitor.ActionGroup]":
    """Creates the action group of the email addresses, if there are any."""
    emails = {email.lower(): email for email in plain_list(args, "alert_emails")}
    if not emails:
        return None
    return monitor.ActionGroup(
        f"{name}-alerts",
        resource_group_name=args["resource_group_name"],
        location="Global",
        group_short_name="exchange",
        enabled=True,
        email_receivers=[
            {"name": email, "email_address": email, "use_common_alert_schema": True}
            for email in sorted(emails.values())
        ],
        tags=args.get("tags"),
        opts=pulumi.ResourceOptions(parent=component),
    )


def create_alerts(
    component: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    account_id: pulumi.Input[str],
    group: "Optional[monitor.ActionGroup]",
) -> list[pulumi.Resource]:
    """Creates the alerts that the arguments turn on. By default it creates both if there is a receiver."""
    existing = (
        checked_resource_id("EXA168", where, receiver, resource_ids.ACTION_GROUP)
        for where, receiver in entries("action_group_ids", args.get("action_group_ids"))
    )
    receivers = [*([group.id] if group else []), *existing]
    return [
        alert.resource()(
            f"{name}-{alert.ending}",
            resource_group_name=args["resource_group_name"],
            enabled=True,
            scopes=[account_id],
            tags=args.get("tags"),
            opts=pulumi.ResourceOptions(parent=component),
            **alert.properties([{"action_group_id": receiver} for receiver in receivers]),
        )
        for alert in _ALERTS
        if plain_flag(args, alert.argument, default=bool(receivers))
    ]


class _Alert(NamedTuple):
    """One alert.

    Attributes:
        argument: The argument that turns it on or off.
        ending: The end of its logical name.
        resource: Returns the class of its resource.
        properties: Takes the receivers and returns the properties that only this alert has.
    """

    argument: str
    ending: str
    resource: Callable[[], Callable[..., pulumi.Resource]]
    properties: Callable[[list[Mapping[str, Any]]], Mapping[str, Any]]


def _failed_jobs(receivers: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {
        "location": "global",
        "description": "A job of the automation account failed or was suspended.",
        "severity": 2,
        "evaluation_frequency": "PT5M",
        "window_size": "PT5M",
        "auto_mitigate": False,
        # As objects: the SDK does not translate the keys of a dictionary where several types are possible.
        "criteria": monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
            odata_type="Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
            all_of=[
                monitor.MetricCriteriaArgs(
                    criterion_type="StaticThresholdCriterion",
                    name="failed-jobs",
                    metric_name="TotalJob",
                    metric_namespace="Microsoft.Automation/automationAccounts",
                    operator="GreaterThan",
                    threshold=0,
                    time_aggregation="Total",
                    dimensions=[
                        monitor.MetricDimensionArgs(name="Status", operator="Include", values=list(FAILED_STATES))
                    ],
                )
            ],
        ),
        "actions": receivers,
    }


def _changes(receivers: list[Mapping[str, Any]]) -> Mapping[str, Any]:
    return {
        "location": "Global",
        "description": "Who edits a runbook acts as an Exchange administrator.",
        "condition": {
            "all_of": [
                {"field": "category", "equals": "Administrative"},
                {"any_of": [{"field": "operationName", "equals": operation} for operation in CHANGES]},
            ]
        },
        "actions": {"action_groups": receivers},
    }


_ALERTS = (
    _Alert("alert_on_failed_jobs", "failed-jobs", lambda: monitor.MetricAlert, _failed_jobs),
    _Alert("alert_on_changes", "changes", lambda: monitor.ActivityLogAlert, _changes),
)
