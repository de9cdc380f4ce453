"""Alerts on failed jobs and on changes of an automation account.

Source: "Monitor runbooks with metric alerts" on learn.microsoft.com; ``Microsoft.Insights``: metric alerts 2018-03-01,
activity log alerts 2020-10-01, action groups.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional

import pulumi
from pulumi_azure_native import monitor

from exchange_automation.catalog import resource_ids
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import check_resource_id
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

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def check_alerts(mistakes: Mistakes, args: Mapping[str, Any]) -> None:
    """Adds what is wrong with the alerts and their receivers."""
    for flag in ("alert_on_failed_jobs", "alert_on_changes"):
        if plain_flag(args, flag) and not (args.get("alert_emails") or args.get("action_group_ids")):
            mistakes.add(
                "EXA162",
                f"{flag} has no receiver",
                "nobody would see the alert",
                "Give alert_emails or action_group_ids.",
            )
    for email in plain_list(args, "alert_emails"):
        if not _EMAIL.fullmatch(email):
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
) -> Optional[monitor.ActionGroup]:
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
    group: Optional[monitor.ActionGroup],
) -> list[pulumi.Resource]:
    """Creates the alerts that the arguments ask for; both, where they have a receiver and nothing else is asked for."""
    receivers = [*([group.id] if group else []), *plain_list(args, "action_group_ids")]
    alerts: list[pulumi.Resource] = []
    if plain_flag(args, "alert_on_failed_jobs", default=bool(receivers)):
        alerts.append(_failed_jobs(component, name, args, account_id, receivers))
    if plain_flag(args, "alert_on_changes", default=bool(receivers)):
        alerts.append(_changes(component, name, args, account_id, receivers))
    return alerts


def _failed_jobs(
    component: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    account_id: pulumi.Input[str],
    receivers: Sequence[pulumi.Input[str]],
) -> monitor.MetricAlert:
    return monitor.MetricAlert(
        f"{name}-failed-jobs",
        resource_group_name=args["resource_group_name"],
        location="global",
        description="A job of the automation account failed or was suspended.",
        enabled=True,
        severity=2,
        evaluation_frequency="PT5M",
        window_size="PT5M",
        auto_mitigate=False,
        scopes=[account_id],
        # As objects: the SDK leaves the names in a dictionary as they are where several types are possible.
        criteria=monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
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
        actions=[{"action_group_id": receiver} for receiver in receivers],
        tags=args.get("tags"),
        opts=pulumi.ResourceOptions(parent=component),
    )


def _changes(
    component: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    account_id: pulumi.Input[str],
    receivers: Sequence[pulumi.Input[str]],
) -> monitor.ActivityLogAlert:
    return monitor.ActivityLogAlert(
        f"{name}-changes",
        resource_group_name=args["resource_group_name"],
        location="Global",
        description="Who edits a runbook acts as an Exchange administrator.",
        enabled=True,
        scopes=[account_id],
        condition={
            "all_of": [
                {"field": "category", "equals": "Administrative"},
                {"any_of": [{"field": "operationName", "equals": operation} for operation in CHANGES]},
            ]
        },
        actions={"action_groups": [{"action_group_id": receiver} for receiver in receivers]},
        tags=args.get("tags"),
        opts=pulumi.ResourceOptions(parent=component),
    )
