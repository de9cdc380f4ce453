"""ExchangeAccountGovernance: the resources that a landing zone requires for an automation account.

The component owns the lock, the diagnostic setting, the link with a workspace, the private endpoints, the role assignments
and the alerts of one account, new or existing. It owns neither the account nor its network nor its workspace.

Everybody who can edit a runbook acts as an Exchange administrator, so the alert on changes of runbooks, packages and role
assignments matters most.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Optional, TypedDict, cast

import pulumi
from typing_extensions import NotRequired

from exchange_automation.account.alerts import check_alerts, create_action_group, create_alerts
from exchange_automation.account.diagnostics import check_diagnostics, create_diagnostics
from exchange_automation.account.lock import check_lock, create_lock, warn_of_unknown_contents
from exchange_automation.account.private_endpoints import (
    PrivateEndpointArgs,
    check_private_endpoints,
    create_private_endpoints,
)
from exchange_automation.account.role_assignments import (
    RoleAssignmentArgs,
    check_role_assignments,
    create_role_assignments,
)
from exchange_automation.catalog import name_rules, resource_ids
from exchange_automation.catalog.enumerations import LockLevel, LockLevelText, OneOf
from exchange_automation.core.call_stacks import short_call_stacks
from exchange_automation.core.calls import takes_one_dictionary
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import check_name, check_resource_id, checked_resource_id, with_checked_names
from exchange_automation.core.tags import MOST, check_tags
from exchange_automation.core.validation import check_arguments, with_checked_outputs


class ExchangeAccountGovernanceArgs(TypedDict):
    """Arguments of ExchangeAccountGovernance."""

    account_id: pulumi.Input[str]
    """Required. Resource id of the automation account: account_id of ExchangeAutomationAccount, or the id of any
    other account."""
    resource_group_name: pulumi.Input[str]
    """Required. Name of the resource group of the alerts and private endpoints."""
    location: NotRequired[pulumi.Input[str]]
    """Optional. Azure region of the private endpoints. Default: the region of the resource group."""
    lock: NotRequired[OneOf[LockLevel, LockLevelText]]
    """Optional. Level of the lock: "CanNotDelete" or "ReadOnly". With ReadOnly no job can be started. Azure deletes
    nothing in a locked account, so let the component depend on every resource of the program in the account. Pulumi then
    deletes the lock first. Default: no lock."""
    lock_notes: NotRequired[str]
    """Optional. Text of the lock, which the portal shows. Default: the project and the stack that manage the lock."""
    workspace_id: NotRequired[pulumi.Input[str]]
    """Optional. Resource id of the Log Analytics workspace that receives logs and metrics. Default: none."""
    linked_workspace_id: NotRequired[pulumi.Input[str]]
    """Optional. Resource id of the Log Analytics workspace that the account is linked with, for solutions that need
    the link. It is in the subscription of the account. Logs need workspace_id alone. Default: none."""
    diagnostic_storage_account_id: NotRequired[pulumi.Input[str]]
    """Optional. Resource id of the storage account that receives logs and metrics. Default: none."""
    event_hub_authorization_rule_id: NotRequired[pulumi.Input[str]]
    """Optional. Resource id of the authorization rule of the event hub namespace that receives logs and metrics.
    Default: none."""
    event_hub_name: NotRequired[pulumi.Input[str]]
    """Optional. Name of the event hub in that namespace. Default: an event hub that Azure creates."""
    private_endpoints: NotRequired[Sequence[PrivateEndpointArgs]]
    """Optional. Private endpoints of the account. Default: none."""
    role_assignments: NotRequired[Sequence[RoleAssignmentArgs]]
    """Optional. Azure roles at the account. Default: none."""
    alert_emails: NotRequired[Sequence[str]]
    """Optional. Email addresses that alerts go to. The component creates an action group for them. Default: none."""
    action_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Optional. Resource ids of existing action groups that alerts go to as well. Default: none."""
    alert_on_failed_jobs: NotRequired[bool]
    """Optional. Alerts when a job fails or is suspended. Default: true where alerts have a receiver."""
    alert_on_changes: NotRequired[bool]
    """Optional. Alerts when runbooks, packages, links, variables, webhooks or role assignments change. Default:
    true where alerts have a receiver."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Optional. Tags of every resource that the component creates and that can have tags. Default: no tags."""


@takes_one_dictionary
class ExchangeAccountGovernance(pulumi.ComponentResource):
    """Lock, diagnostic setting, private endpoints, role assignments and alerts of an automation account.

    The component creates its resources after the resource that ``account_id`` comes from and deletes them before
    it. It creates the lock last and deletes it first, if it depends on the other resources of the program in the
    account. So a program can destroy its own locked account. A lock that somebody else created still
    protects the account.

    The deployer needs Contributor. For role assignments it needs Owner or Role Based Access Control Administrator
    as well, and for the lock Owner or User Access Administrator.

    Sources: ``Microsoft.Authorization`` (role assignments 2022-04-01, locks 2020-05-01), ``Microsoft.Insights``
    (diagnostic settings 2021-05-01-preview, metric alerts 2018-03-01, activity log alerts 2020-10-01, action
    groups) and ``Microsoft.Network/privateEndpoints`` of the Azure REST reference; "Monitor runbooks with metric
    alerts" on learn.microsoft.com.

    Example:
        ```python
        mail = ExchangeAutomationAccount(
            "mail",
            {
                "organization": "contoso.onmicrosoft.com",
                "resource_group_name": "rg-exchange-automation",
                "directory_roles": [{"role": "Exchange Recipient Administrator"}],
            },
        )
        governance = ExchangeAccountGovernance(
            "governance",
            {
                "account_id": mail.account_id,
                "resource_group_name": mail.resource_group_name,
                "lock": "CanNotDelete",
                "alert_emails": ["mail-team@contoso.com"],
            },
        )
        ```

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
    """

    account_id: pulumi.Output[str]
    """Resource id of the account, available after every resource of this component."""
    action_group_id: pulumi.Output[Optional[str]]
    """Resource id of the action group that the component created. None without alert_emails."""
    private_endpoint_ids: pulumi.Output[list[str]]
    """Resource ids of the private endpoints, in the order of private_endpoints."""

    def __init__(
        self, name: str, args: ExchangeAccountGovernanceArgs, opts: Optional[pulumi.ResourceOptions] = None
    ) -> None:
        """Registers the component and its resources.

        Args:
            name: The logical name of the component. The logical names of its resources begin with it.
            args: The arguments: a dictionary with the keys of ExchangeAccountGovernanceArgs.
            opts: The options of the component. Its resources have the component as their parent.
        """
        _check(name, args)
        args = with_checked_outputs(args, ExchangeAccountGovernanceArgs)
        args = with_checked_names(args, {"resource_group_name": name_rules.PLAIN_RESOURCE_GROUP})
        with short_call_stacks():
            super().__init__("exchange-automation:index:ExchangeAccountGovernance", name, None, opts)
            account_id = checked_resource_id(
                "EXA160", "account_id", args["account_id"], resource_ids.AUTOMATION_ACCOUNT
            )
            if args.get("lock") and isinstance(args["account_id"], pulumi.Output) and not (opts and opts.depends_on):
                warn_of_unknown_contents(self, name)
            endpoints = create_private_endpoints(self, name, args, account_id)
            group = create_action_group(self, name, args)
            resources = [
                *create_role_assignments(self, name, args, account_id),
                *create_diagnostics(self, name, args, account_id),
                *endpoints,
                *create_alerts(self, name, args, account_id, group),
            ]
            # The lock is created last and so deleted first: Azure deletes nothing under a lock.
            lock = create_lock(self, name, args, account_id, resources)
            urns = [resource.urn for resource in [*resources, *lock]]
            self.account_id = pulumi.Output.all(account_id, *urns).apply(lambda known: str(known[0]))
            self.action_group_id = cast(
                "pulumi.Output[Optional[str]]", group.id if group else pulumi.Output.from_input(None)
            )
            self.private_endpoint_ids = pulumi.Output.all(*(endpoint.id for endpoint in endpoints))
            self.register_outputs(
                {output: getattr(self, output) for output in ExchangeAccountGovernance.__annotations__}
            )


def _check(name: str, args: ExchangeAccountGovernanceArgs) -> None:
    mistakes = Mistakes("ExchangeAccountGovernance", name)
    check_arguments(mistakes, args, ExchangeAccountGovernanceArgs)
    given: Mapping[str, Any] = args
    check_resource_id(mistakes, "EXA160", "account_id", given.get("account_id"), resource_ids.AUTOMATION_ACCOUNT)
    check_name(mistakes, "resource_group_name", given.get("resource_group_name"), name_rules.PLAIN_RESOURCE_GROUP)
    check_tags(mistakes, given.get("tags"), most=MOST)
    check_lock(mistakes, given)
    check_alerts(mistakes, given)
    check_diagnostics(mistakes, given)
    check_private_endpoints(mistakes, name, given)
    check_role_assignments(mistakes, given)
    mistakes.raise_any()
