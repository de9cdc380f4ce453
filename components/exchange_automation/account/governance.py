"""ExchangeAccountGovernance: what a landing zone asks of an automation account that can manage Exchange Online.

Owns the lock, the diagnostic setting, the link with a workspace, private endpoints, role assignments and alerts of one account, new or existing. It
refuses to own the account, its network and its workspace.

Whoever can edit a runbook acts as an Exchange administrator, so the one alert that should not be missing is the one on
changes of runbooks, packages and assignments.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Optional, TypedDict, cast

import pulumi
from pulumi_azure_native import authorization, monitor, network, operationalinsights
from typing_extensions import NotRequired

from exchange_automation.catalog import resource_ids
from exchange_automation.catalog.azure_roles import edits_runbooks, nearest, role_definition_id
from exchange_automation.catalog.enumerations import EndpointGroup, LockLevel, OneOf, PrincipalType
from exchange_automation.core.errors import ExchangeAutomationError, Mistakes
from exchange_automation.core.validation import check_names, plain_flag, plain_list, plain_text

LOCK_LEVELS = tuple(each.value for each in LockLevel)
ENDPOINT_GROUPS = tuple(each.value for each in EndpointGroup)
PRINCIPAL_TYPES = tuple(each.value for each in PrincipalType)
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


class PrivateEndpointArgs(TypedDict):
    """A private endpoint of the account."""

    group: OneOf[EndpointGroup]
    """Required. The part of the account that the endpoint serves: "Webhook" (jobs that webhooks start) or
    "DSCAndHybridWorker" (hybrid workers)."""
    subnet_id: pulumi.Input[str]
    """Required. Resource id of the subnet."""
    dns_zone_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Optional. Resource ids of the private DNS zones (privatelink.azure-automation.net). Default: none."""


class RoleAssignmentArgs(TypedDict):
    """An Azure role at the account."""

    role: str
    """Required. Display name of a built-in role, or the id of any role definition."""
    principal_id: pulumi.Input[str]
    """Required. Object id of the principal."""
    principal_type: NotRequired[OneOf[PrincipalType]]
    """Optional. Type of the principal: "User", "Group", "ServicePrincipal", "ForeignGroup" or "Device". Default:
    "Group"."""
    description: NotRequired[str]
    """Optional. Reason for the assignment, which the portal shows. Default: none."""
    condition: NotRequired[str]
    """Optional. Condition of the assignment, in version 2.0 of Azure's condition language. Default: none."""


class ExchangeAccountGovernanceArgs(TypedDict):
    """Arguments of ExchangeAccountGovernance."""

    account_id: pulumi.Input[str]
    """Required. Resource id of the automation account: account_id of ExchangeAutomationAccount, or the id of any
    other account."""
    resource_group_name: pulumi.Input[str]
    """Required. Name of the resource group of the alerts and private endpoints."""
    location: NotRequired[pulumi.Input[str]]
    """Optional. Azure region of the private endpoints. Default: the region of the resource group."""
    lock: NotRequired[OneOf[LockLevel]]
    """Optional. Level of the lock: "CanNotDelete" or "ReadOnly". With ReadOnly no job can be started. Azure deletes
    nothing in a locked account, so give the component depends_on with every resource of the program in the account:
    then the lock is deleted first. Default: no lock."""
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


class ExchangeAccountGovernance(pulumi.ComponentResource):
    """Lock, diagnostic setting, private endpoints, role assignments and alerts of an automation account.

    The component creates its resources after the resource that ``account_id`` comes from and deletes them before
    it. It creates the lock last and deletes it first, provided that ``depends_on`` names the other resources of the
    program in the account. So a program destroys its own locked account. A lock of somebody else keeps the account,
    as intended.

    The deployer needs Contributor. For role assignments it needs Owner or Role Based Access Control Administrator
    as well, and for the lock Owner or User Access Administrator.

    Sources: ``Microsoft.Authorization`` (role assignments 2022-04-01, locks 2020-05-01), ``Microsoft.Insights``
    (diagnostic settings 2021-05-01-preview, metric alerts 2018-03-01, activity log alerts 2020-10-01, action
    groups) and ``Microsoft.Network/privateEndpoints`` of the Azure REST reference; "Monitor runbooks with metric
    alerts" on learn.microsoft.com.

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
        super().__init__("exchange-automation:index:ExchangeAccountGovernance", name, None, opts)
        self._name, self._args = name, args
        if args.get("lock") and isinstance(args["account_id"], pulumi.Output) and not (opts and opts.depends_on):
            pulumi.log.warn(
                f'The lock of "{name}" does not know what else lies in the account, so destroying this program would be '
                "refused half-way (ScopeLocked). Give ExchangeAccountGovernance depends_on with the account and the runbooks.",
                self,
            )
        made: list[pulumi.Resource] = [*self._role_assignments(), *self._diagnostics(), *self._linked_workspace()]
        endpoints = [self._private_endpoint(each) for each in args.get("private_endpoints") or ()]
        group = self._action_group()
        made += [*endpoints, *self._alerts(group)]
        # The lock is made last and so goes first, or nothing under it could be deleted.
        lock = self._lock(made)
        self.account_id = pulumi.Output.all(args["account_id"], *(each.urn for each in [*made, *lock])).apply(
            lambda known: str(known[0])
        )
        self.action_group_id = cast(
            "pulumi.Output[Optional[str]]", group.id if group else pulumi.Output.from_input(None)
        )
        self.private_endpoint_ids = pulumi.Output.all(*(each.id for each in endpoints))
        self.register_outputs({output: getattr(self, output) for output in ExchangeAccountGovernance.__annotations__})

    def _lock(self, before: Sequence[pulumi.Resource]) -> list[authorization.ManagementLockByScope]:
        level = self._args.get("lock")
        if level is None:
            return []
        return [
            authorization.ManagementLockByScope(
                f"{self._name}-lock",
                scope=self._args["account_id"],
                level=level,
                notes=self._args.get("lock_notes") or f"Managed by Pulumi: {pulumi.get_project()}/{pulumi.get_stack()}",
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(before)),
            )
        ]

    def _role_assignments(self) -> list[authorization.RoleAssignment]:
        made = []
        for entry in self._args.get("role_assignments") or ():
            role_id = cast("str", role_definition_id(entry["role"]))
            condition = entry.get("condition")
            made.append(
                authorization.RoleAssignment(
                    f"{self._name}-{_assignment_slug(entry)}",
                    scope=self._args["account_id"],
                    principal_id=entry["principal_id"],
                    principal_type=entry.get("principal_type", "Group"),
                    role_definition_id=pulumi.Output.all(self._args["account_id"], role_id).apply(_role_definition),
                    description=entry.get("description"),
                    condition=condition,
                    condition_version="2.0" if condition else None,
                    opts=pulumi.ResourceOptions(parent=self),
                )
            )
        return made

    def _diagnostics(self) -> list[monitor.DiagnosticSetting]:
        args = self._args
        sinks = {
            "workspace_id": args.get("workspace_id"),
            "storage_account_id": args.get("diagnostic_storage_account_id"),
            "event_hub_authorization_rule_id": args.get("event_hub_authorization_rule_id"),
        }
        if not any(sink is not None for sink in sinks.values()):
            return []
        return [
            monitor.DiagnosticSetting(
                f"{self._name}-diagnostics",
                resource_uri=args["account_id"],
                logs=[{"category_group": "allLogs", "enabled": True}],
                metrics=[{"category": "AllMetrics", "enabled": True}],
                event_hub_name=args.get("event_hub_name"),
                opts=pulumi.ResourceOptions(parent=self),
                **cast("Any", sinks),
            )
        ]

    def _linked_workspace(self) -> list[operationalinsights.LinkedService]:
        given = self._args.get("linked_workspace_id")
        if given is None:
            return []
        workspace = pulumi.Output.all(given, self._args["account_id"]).apply(lambda known: _workspace(*known))
        return [
            operationalinsights.LinkedService(
                f"{self._name}-linked-workspace",
                resource_group_name=workspace.apply(lambda parts: parts.resource_group_name),
                workspace_name=workspace.apply(lambda parts: parts.name),
                linked_service_name="Automation",
                resource_id=self._args["account_id"],
                tags=self._args.get("tags"),
                opts=pulumi.ResourceOptions(parent=self),
            )
        ]

    def _private_endpoint(self, entry: PrivateEndpointArgs) -> network.PrivateEndpoint:
        slug = f"{self._name}-{entry['group'].lower()}-endpoint"
        endpoint = network.PrivateEndpoint(
            slug,
            resource_group_name=self._args["resource_group_name"],
            location=self._args.get("location"),
            subnet={"id": entry["subnet_id"]},
            private_link_service_connections=[
                {
                    "name": entry["group"],
                    "private_link_service_id": self._args["account_id"],
                    "group_ids": [entry["group"]],
                }
            ],
            tags=self._args.get("tags"),
            # Azure refuses to move an endpoint.
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=["location"]),
        )
        zones = entry.get("dns_zone_ids") or ()
        if zones:
            network.PrivateDnsZoneGroup(
                f"{slug}-dns",
                resource_group_name=self._args["resource_group_name"],
                private_endpoint_name=endpoint.name,
                private_dns_zone_group_name="default",
                private_dns_zone_configs=[
                    {"name": f"zone-{number}", "private_dns_zone_id": zone} for number, zone in enumerate(zones, 1)
                ],
                opts=pulumi.ResourceOptions(parent=self),
            )
        return endpoint

    def _action_group(self) -> Optional[monitor.ActionGroup]:
        emails = sorted(set(self._args.get("alert_emails") or ()))
        if not emails:
            return None
        return monitor.ActionGroup(
            f"{self._name}-alerts",
            resource_group_name=self._args["resource_group_name"],
            location="Global",
            group_short_name="exchange",
            enabled=True,
            email_receivers=[
                {"name": email, "email_address": email, "use_common_alert_schema": True} for email in emails
            ],
            tags=self._args.get("tags"),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _alerts(self, group: Optional[monitor.ActionGroup]) -> list[pulumi.Resource]:
        args = self._args
        receivers = [*([group.id] if group else []), *(args.get("action_group_ids") or ())]
        made: list[pulumi.Resource] = []
        if args.get("alert_on_failed_jobs", bool(receivers)):
            made.append(
                monitor.MetricAlert(
                    f"{self._name}-failed-jobs",
                    resource_group_name=args["resource_group_name"],
                    location="global",
                    description="A job of the automation account failed or was suspended.",
                    enabled=True,
                    severity=2,
                    evaluation_frequency="PT5M",
                    window_size="PT5M",
                    auto_mitigate=False,
                    scopes=[args["account_id"]],
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
                                    monitor.MetricDimensionArgs(
                                        name="Status", operator="Include", values=list(FAILED_STATES)
                                    )
                                ],
                            )
                        ],
                    ),
                    actions=[{"action_group_id": each} for each in receivers],
                    tags=args.get("tags"),
                    opts=pulumi.ResourceOptions(parent=self),
                )
            )
        if args.get("alert_on_changes", bool(receivers)):
            made.append(
                monitor.ActivityLogAlert(
                    f"{self._name}-changes",
                    resource_group_name=args["resource_group_name"],
                    location="Global",
                    description="Who edits a runbook acts as an Exchange administrator.",
                    enabled=True,
                    scopes=[args["account_id"]],
                    condition={
                        "all_of": [
                            {"field": "category", "equals": "Administrative"},
                            {"any_of": [{"field": "operationName", "equals": each} for each in CHANGES]},
                        ]
                    },
                    actions={"action_groups": [{"action_group_id": each} for each in receivers]},
                    tags=args.get("tags"),
                    opts=pulumi.ResourceOptions(parent=self),
                )
            )
        return made


def _workspace(workspace_id: str, account_id: str) -> resource_ids.ResourceId:
    """The workspace to link, which the account's provider can only reach in its own subscription.

    :raises ExchangeAutomationError: it is none, or elsewhere.
    """
    mistake = resource_ids.mistake("linked_workspace_id", workspace_id, resource_ids.WORKSPACE)
    parts = resource_ids.parse(workspace_id, resource_ids.WORKSPACE)
    if mistake is not None or parts is None:
        raise ExchangeAutomationError(f"{mistake} [EXA192]")
    if parts.subscription_id.lower() != account_id.split("/")[2].lower():
        raise ExchangeAutomationError(
            f'linked_workspace_id "{workspace_id}" is in another subscription than the account, so a workspace of the same name '
            "would be looked for there. Link one of the account's subscription, or send the logs with workspace_id. [EXA192]"
        )
    return parts


def _role_definition(known: Sequence[str]) -> str:
    """The whole id of a built-in role, in the subscription of the account."""
    account_id, role_id = known
    subscription = account_id.split("/")[2]
    return f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role_id}"


def _assignment_slug(entry: RoleAssignmentArgs) -> str:
    """The end of an assignment's logical name, from its role and, where it is known, its principal."""
    role = re.sub(r"[^a-z0-9]+", "-", entry["role"].rsplit("/", 1)[-1].lower()).strip("-")
    principal = entry["principal_id"]
    who = principal.lower() if isinstance(principal, str) else "assigned"
    digest = hashlib.sha256(str(entry.get("description") or "").encode()).hexdigest()[:6] if who == "assigned" else ""
    return "-".join(filter(None, (role, who, digest)))


# Checks


def _check(name: str, args: ExchangeAccountGovernanceArgs) -> None:
    mistakes = Mistakes("ExchangeAccountGovernance", name)
    check_names(mistakes, args, ExchangeAccountGovernanceArgs)
    account_id = args.get("account_id")
    if isinstance(account_id, str) and (
        mistake := resource_ids.mistake("account_id", account_id, resource_ids.AUTOMATION_ACCOUNT)
    ):
        mistakes.add("EXA160", mistake)
    workspace_id = args.get("linked_workspace_id")
    if isinstance(workspace_id, str) and (
        mistake := resource_ids.mistake("linked_workspace_id", workspace_id, resource_ids.WORKSPACE)
    ):
        mistakes.add("EXA192", mistake)
    level = plain_text(mistakes, args, "lock")
    if level is not None and level not in LOCK_LEVELS:
        mistakes.add(
            "EXA161", f'lock "{level}" is no level, so nothing would be locked. Use {" or ".join(LOCK_LEVELS)}.'
        )
    for flag in ("alert_on_failed_jobs", "alert_on_changes"):
        if plain_flag(mistakes, args, flag) and not (args.get("alert_emails") or args.get("action_group_ids")):
            mistakes.add(
                "EXA162",
                f"{flag} has nobody to tell, so the alert would go unseen. Give alert_emails or action_group_ids.",
            )
    plain_list(mistakes, args, "action_group_ids")
    for email in plain_list(mistakes, args, "alert_emails"):
        if not _EMAIL.fullmatch(str(email)):
            mistakes.add(
                "EXA163", f'alert_emails has "{email}", which is no address, so alerts would be lost. Correct it.'
            )
    if args.get("event_hub_name") is not None and args.get("event_hub_authorization_rule_id") is None:
        mistakes.add(
            "EXA164", "event_hub_name is given without event_hub_authorization_rule_id and would be ignored. Give both."
        )
    _check_endpoints(mistakes, plain_list(mistakes, args, "private_endpoints"))
    _check_assignments(mistakes, plain_list(mistakes, args, "role_assignments"))
    mistakes.raise_any()


def _check_endpoints(mistakes: Mistakes, given: Sequence[Any]) -> None:
    seen: set[str] = set()
    for index, entry in enumerate(given):
        where = f"private_endpoints[{index}]"
        if not isinstance(entry, Mapping):
            mistakes.add("EXA165", f'{where} is not of the form {{"group": ..., "subnet_id": ...}}. Correct it.')
            continue
        check_names(mistakes, entry, PrivateEndpointArgs, f"{where}.")
        group = entry.get("group")
        if group not in ENDPOINT_GROUPS:
            mistakes.add(
                "EXA165",
                f'{where}.group "{group}" is not one that automation accounts have, so Azure would refuse the endpoint. Use '
                f"{' or '.join(ENDPOINT_GROUPS)}.",
            )
        elif group in seen:
            mistakes.add("EXA165", f"{where} is a second endpoint for {group}; one serves all. Remove one of the two.")
        seen.add(str(group))


def _check_assignments(mistakes: Mistakes, given: Sequence[Any]) -> None:
    seen: set[str] = set()
    for index, entry in enumerate(given):
        where = f"role_assignments[{index}]"
        if not isinstance(entry, Mapping) or not isinstance(entry.get("role", ""), str):
            mistakes.add("EXA166", f'{where} is not of the form {{"role": ..., "principal_id": ...}}. Correct it.')
            continue
        check_names(mistakes, entry, RoleAssignmentArgs, f"{where}.")
        role = entry.get("role")
        if role is None or entry.get("principal_id") is None:
            continue
        role_id = role_definition_id(role)
        if role_id is None:
            names = ", ".join(f'"{name}"' for name in nearest(role))
            mistakes.add(
                "EXA166",
                f'{where}.role "{role}" is not a built-in role known here, so nothing could be assigned. Nearest: {names}; or '
                "give the id of a role definition.",
            )
            continue
        if entry.get("principal_type", "Group") not in PRINCIPAL_TYPES:
            mistakes.add(
                "EXA166",
                f'{where}.principal_type "{entry.get("principal_type")}" is none. Use {", ".join(PRINCIPAL_TYPES)}.',
            )
        slug = _assignment_slug(cast("RoleAssignmentArgs", entry))
        if slug in seen:
            mistakes.add(
                "EXA167", f"{where} says the same as another one, and Azure keeps an assignment once. Remove one."
            )
        seen.add(slug)
        if edits_runbooks(role_id):
            pulumi.log.warn(
                f'{where} gives "{role}" at the automation account: whoever has it can change runbooks, and so acts with all '
                "that the account's identity may do in Exchange Online."
            )
