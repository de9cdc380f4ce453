"""The destinations of an automation account's logs and metrics, and its link with a workspace.

Source: ``Microsoft.Insights/diagnosticSettings``, API 2021-05-01-preview, and
``Microsoft.OperationalInsights/workspaces/linkedServices`` of the Azure REST reference.
"""

from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pulumi_azure_native import monitor, operationalinsights

from exchange_automation.catalog import resource_ids
from exchange_automation.core.errors import ExchangeAutomationError, Mistakes
from exchange_automation.core.naming import check_resource_id, checked_resource_id, wrong_resource_id
from exchange_automation.core.problems import Problem

_DESTINATIONS = {
    "workspace_id": resource_ids.WORKSPACE,
    "diagnostic_storage_account_id": resource_ids.STORAGE_ACCOUNT,
    "event_hub_authorization_rule_id": resource_ids.EVENT_HUB_RULE,
}
"""Argument -> type of the resource that it names."""


def check_diagnostics(mistakes: Mistakes, args: Mapping[str, Any]) -> None:
    """Adds what is wrong with the destinations of logs and metrics, and with the linked workspace."""
    for argument, resource_type in _DESTINATIONS.items():
        check_resource_id(mistakes, "EXA168", argument, args.get(argument), resource_type)
    check_resource_id(
        mistakes, "EXA192", "linked_workspace_id", args.get("linked_workspace_id"), resource_ids.WORKSPACE
    )
    if args.get("event_hub_name") is not None and args.get("event_hub_authorization_rule_id") is None:
        mistakes.add(
            "EXA164",
            "event_hub_name is given without event_hub_authorization_rule_id",
            "it would be ignored",
            "Give both, or neither.",
        )


def create_diagnostics(
    component: pulumi.Resource, name: str, args: Mapping[str, Any], account_id: pulumi.Input[str]
) -> list[pulumi.Resource]:
    """Creates the diagnostic setting and the link with a workspace, as far as the arguments ask for them."""
    return [
        *_diagnostic_setting(component, name, args, account_id),
        *_linked_workspace(component, name, args, account_id),
    ]


def _diagnostic_setting(
    component: pulumi.Resource, name: str, args: Mapping[str, Any], account_id: pulumi.Input[str]
) -> list[pulumi.Resource]:
    destinations = {
        argument.removeprefix("diagnostic_"): checked_resource_id("EXA168", argument, args[argument], resource_type)
        for argument, resource_type in _DESTINATIONS.items()
        if args.get(argument) is not None
    }
    if not destinations:
        return []
    return [
        monitor.DiagnosticSetting(
            f"{name}-diagnostics",
            resource_uri=account_id,
            logs=[{"category_group": "allLogs", "enabled": True}],
            metrics=[{"category": "AllMetrics", "enabled": True}],
            event_hub_name=args.get("event_hub_name"),
            opts=pulumi.ResourceOptions(parent=component),
            **cast("Any", destinations),
        )
    ]


def _linked_workspace(
    component: pulumi.Resource, name: str, args: Mapping[str, Any], account_id: pulumi.Input[str]
) -> list[pulumi.Resource]:
    given = args.get("linked_workspace_id")
    if given is None:
        return []
    workspace = pulumi.Output.all(given, account_id).apply(lambda known: linked_workspace(*known))
    return [
        operationalinsights.LinkedService(
            f"{name}-linked-workspace",
            resource_group_name=workspace.apply(lambda parts: parts.resource_group_name),
            workspace_name=workspace.apply(lambda parts: parts.name),
            linked_service_name="Automation",
            resource_id=account_id,
            tags=args.get("tags"),
            opts=pulumi.ResourceOptions(parent=component),
        )
    ]


def linked_workspace(workspace_id: str, account_id: str) -> resource_ids.ResourceId:
    """Returns the parts of the workspace's id. The provider of the account reaches only workspaces in its own subscription.

    Raises:
        ExchangeAutomationError: The id is not the id of a workspace, or the workspace is in another subscription.
    """
    parts = resource_ids.parse(workspace_id, resource_ids.WORKSPACE)
    if parts is None:
        raise ExchangeAutomationError(
            wrong_resource_id("EXA192", "linked_workspace_id", workspace_id, resource_ids.WORKSPACE)
        )
    if parts.subscription_id.lower() != account_id.split("/")[2].lower():
        raise ExchangeAutomationError(
            Problem(
                "EXA192",
                f'linked_workspace_id "{workspace_id}" is in another subscription than the account',
                "Azure would look for a workspace of that name in the account's subscription",
                "Link a workspace of the account's subscription, or send the logs with workspace_id.",
            )
        )
    return parts
