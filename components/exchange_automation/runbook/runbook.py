"""ExchangeRunbook: a published script, its schedules and the links between them.

Owns the runbook, the file that Azure fetches its text from, the schedules and their links, and the webhooks. It refuses to
own the account, the identity and the grants. It takes their outputs, which are available after the grants, so that no job
runs before the identity has its access.
"""

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, Optional, TypedDict, cast

import pulumi
from pulumi_azure_native import automation
from typing_extensions import NotRequired

from exchange_automation.catalog.enumerations import DirectoryRoleName, DirectoryRoleNameText, TextOf
from exchange_automation.catalog.exchange_module import MODULE
from exchange_automation.core.call_stacks import short_call_stacks
from exchange_automation.core.calls import takes_one_dictionary
from exchange_automation.core.errors import ExchangeAutomationError, Mistakes
from exchange_automation.core.invokes import Function, looked_up_or_none
from exchange_automation.core.naming import with_checked_names
from exchange_automation.core.outputs import available_after
from exchange_automation.core.problems import Problem
from exchange_automation.core.tags import check_tags
from exchange_automation.core.validation import check_arguments, plain_flag, with_checked_outputs
from exchange_automation.runbook import schedules
from exchange_automation.runbook.job_parameters import job_text
from exchange_automation.runbook.planned_runbook import NAMES, PlannedRunbook, plan_runbook
from exchange_automation.runbook.published_content import (
    ScriptText,
    UploadedText,
    existence_failure,
    publish_error_hook,
    record_publication,
    upload_text,
)
from exchange_automation.runbook.schedule_arguments import ScheduleArgs
from exchange_automation.runbook.storage_account import StorageNetworkRulesArgs, tag_rule
from exchange_automation.runbook.webhooks import WebhookArgs, create_webhooks

RUNBOOK = Function("azure-native:automation:getRunbook", None, "pulumi-azure-native")
PACKAGE = Function("azure-native:automation:getPackage", None, "pulumi-azure-native")
# The SDK's class of this result expects a dictionary as interval, and fails on every schedule.
SCHEDULE = Function("azure-native:automation:getSchedule", None, "pulumi-azure-native")
LINK_NAMESPACE = uuid.UUID("6f0f4a52-5d0c-4d0e-9a52-0b6f6d3f3d1e")
"""Namespace of the job schedule ids, which are version 5 UUIDs."""


class RunbookSourceArgs(TypedDict):
    """Where the script is: one of ``file``, ``text`` and ``uri``."""

    file: NotRequired[str]
    """Optional. Path of a local file in UTF-8. The component publishes it byte for byte."""
    text: NotRequired[str]
    """Optional. The script itself."""
    uri: NotRequired[str]
    """Optional. https address that Azure reads without credentials. It needs sha256."""
    sha256: NotRequired[str]
    """Optional. SHA-256 of the content at the address, 64 hexadecimal digits. Azure refuses any other content."""


class ExchangeRunbookArgs(TypedDict):
    """Arguments of ExchangeRunbook."""

    resource_group_name: pulumi.Input[str]
    """Required. Name of the resource group that has the automation account."""
    automation_account_name: pulumi.Input[str]
    """Required. Name of the automation account. Take account_name of ExchangeAutomationAccount: it waits for the
    grants."""
    runtime_environment_name: pulumi.Input[str]
    """Required. Name of the runtime environment that the runbook runs in. Take runtime_environment_name of
    ExchangeAutomationAccount."""
    source: RunbookSourceArgs
    """Required. Where the script is."""
    runbook_name: NotRequired[str]
    """Optional. Name of the runbook in Azure. Default: the component's name."""
    description: NotRequired[str]
    """Optional. Description, which the portal shows. Default: none."""
    location: NotRequired[pulumi.Input[str]]
    """Optional. Azure region. Default: the region of the resource group."""
    schedules: NotRequired[Sequence[ScheduleArgs]]
    """Optional. When the runbook runs. Default: it runs on demand only."""
    webhooks: NotRequired[Mapping[str, WebhookArgs]]
    """Optional. Addresses that start the runbook, by name. They need an account with local authentication
    (disable_local_auth false). Default: none."""
    directory_roles: NotRequired[Sequence[TextOf[DirectoryRoleName, DirectoryRoleNameText]]]
    """Optional. Display names of the granted directory roles. The component compares the script's cmdlets with
    them. Default: not compared."""
    management_roles: NotRequired[Sequence[str]]
    """Optional. Names of the management roles that a role group in Exchange gives the identity. The component compares
    the script's cmdlets with them, and with directory_roles. Default: not compared."""
    modules: NotRequired[Sequence[str]]
    """Optional. Names of the modules that the runtime environment has beside ExchangeOnlineManagement: the keys of
    extra_packages. The component compares the script's modules with them. Default: not known."""
    user_assigned_identity: NotRequired[bool]
    """Optional. States that the account has a user-assigned identity alone. The component then warns where the script calls
    Connect-ExchangeOnline without -ManagedIdentityAccountId. Default: false."""
    strict: NotRequired[bool]
    """Optional. Makes a line of the script that fails in every job an error. A line that may work stays a warning.
    Default: false."""
    storage_account_name: NotRequired[pulumi.Input[str]]
    """Optional. Name of an existing storage account from which Azure fetches the script. It needs shared keys and a
    public endpoint. Not used where the source is an address. Default: the component creates a storage account for
    this runbook."""
    storage_resource_group_name: NotRequired[pulumi.Input[str]]
    """Optional. Name of the resource group that has the storage account. Default: resource_group_name."""
    storage_network_rules: NotRequired[StorageNetworkRulesArgs]
    """Optional. Firewall of the storage account that the component creates. Not used where the source is an address.
    Default: an open firewall. One that somebody or a policy closes later stays closed."""
    log_verbose: NotRequired[bool]
    """Optional. Keeps the verbose stream of each job. Default: false."""
    log_progress: NotRequired[bool]
    """Optional. Keeps the progress records of each job. Default: false."""
    republish: NotRequired[str]
    """Optional. Any text. A changed text makes the component publish the script again, for instance after somebody
    changed the key of the storage account. Default: none."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Optional. Tags of every resource that the component creates and that can have tags. Default: no tags."""


@takes_one_dictionary
class ExchangeRunbook(pulumi.ComponentResource):
    """A published PowerShell runbook with its schedules and webhooks.

    The component publishes the script byte for byte. It publishes again when a byte changes; with an unchanged script
    an update changes nothing. It checks the script for lines that cannot work in an unattended session of Exchange
    Online, and warns of them. With ``strict``, a line that fails in every job is an error.

    The deployer needs Contributor at the account, and at the storage account, whose keys it lists.

    Sources: ``Microsoft.Automation/automationAccounts/runbooks``, ``schedules`` and ``jobSchedules``, API
    2024-10-23.

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
        report = ExchangeRunbook(
            "report",
            {
                "resource_group_name": mail.resource_group_name,
                "automation_account_name": mail.account_name,
                "runtime_environment_name": mail.runtime_environment_name,
                "source": {"file": "report.ps1"},
                "schedules": [{"frequency": "Day", "at": "06:30", "time_zone": "Europe/Berlin"}],
            },
        )
        ```

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
    """

    runbook_name: pulumi.Output[str]
    """Name of the runbook, available once it is published."""
    runbook_id: pulumi.Output[str]
    """Resource id of the runbook."""
    content_sha256: pulumi.Output[str]
    """SHA-256 of the published script, lower-case hexadecimal."""
    schedule_names: pulumi.Output[list[str]]
    """Names of the schedules that start the runbook."""
    webhook_names: pulumi.Output[list[str]]
    """Names of the webhooks that start the runbook. Their addresses stay with the caller."""

    def __init__(self, name: str, args: ExchangeRunbookArgs, opts: Optional[pulumi.ResourceOptions] = None) -> None:
        """Registers the component and its resources.

        Args:
            name: The logical name of the component. The logical names of its resources begin with it.
            args: The arguments: a dictionary with the keys of ExchangeRunbookArgs.
            opts: The options of the component. Its resources have the component as their parent.
        """
        mistakes = Mistakes("ExchangeRunbook", name)
        check_arguments(mistakes, args, ExchangeRunbookArgs)
        check_tags(mistakes, args.get("tags"), rule=tag_rule(cast("Mapping[str, Any]", args)))
        plan = plan_runbook(mistakes, name, args, now())
        mistakes.raise_any()
        args = with_checked_names(with_checked_outputs(args, ExchangeRunbookArgs), NAMES)
        with short_call_stacks():
            super().__init__("exchange-automation:index:ExchangeRunbook", name, None, opts)
            for finding in plan.findings:
                pulumi.log.warn(f'Runbook "{plan.name}", {finding}.', self)

            self.runbook: automation.Runbook = self._publish(name, args, plan)
            entries = zip(plan.schedules, args.get("schedules") or (), strict=True)
            links = [self._schedule(name, args, plan, when, given) for when, given in entries]
            self.runbook_name = self.runbook.name
            self.runbook_id = self.runbook.id
            self.content_sha256 = available_after(plan.sha256, self.runbook)
            names = [schedules.schedule_name(plan.name, when) for when in plan.schedules]
            self.schedule_names = available_after(names, *links)
            given_args = cast("Mapping[str, Any]", args)
            webhooks = create_webhooks(self, name, given_args, self.runbook, plan.webhooks, now)
            self.webhook_names = available_after([webhook.name for webhook in plan.webhooks], *webhooks)
            self.register_outputs({output: getattr(self, output) for output in ExchangeRunbook.__annotations__})

    def _publish(self, name: str, args: ExchangeRunbookArgs, plan: PlannedRunbook) -> automation.Runbook:
        link: dict[str, Any] = {"content_hash": {"algorithm": "SHA256", "value": plan.sha256}}
        place = {
            "resourceGroupName": args["resource_group_name"],
            "automationAccountName": args["automation_account_name"],
        }
        existing = looked_up_or_none(self, RUNBOOK, {**place, "runbookName": plan.name}, existence_failure)
        text: Optional[UploadedText] = None
        if plan.uri is not None:
            link["uri"] = plan.uri
        else:
            content = ScriptText(plan.name, plan.text or "", plan.sha256)
            text = upload_text(self, name, cast("Mapping[str, Any]", args), content, existing, now)
            link["uri"] = pulumi.Output.secret(text.address)
        runbook = automation.Runbook(
            f"{name}-runbook",
            resource_group_name=args["resource_group_name"],
            automation_account_name=args["automation_account_name"],
            runbook_name=plan.name,
            runbook_type=automation.RunbookTypeEnum.POWER_SHELL,
            runtime_environment=self._runtime_environment(plan.name, place, existing, args["runtime_environment_name"]),
            description=args.get("description"),
            location=args.get("location"),
            log_verbose=plain_flag(args, "log_verbose"),
            log_progress=plain_flag(args, "log_progress"),
            publish_content_link=cast("automation.ContentLinkArgsDict", link),
            tags=args.get("tags"),
            opts=pulumi.ResourceOptions(
                parent=self,
                # Azure refuses to move a runbook.
                replace_on_changes=["location"],
                delete_before_replace=True,
                additional_secret_outputs=["publishContentLink"],
                hooks=pulumi.ResourceHookBinding(on_error=[publish_error_hook()]),
            ),
        )
        if text is not None:
            record_publication(self, name, cast("Mapping[str, Any]", args), runbook, text)
        return runbook

    def _runtime_environment(
        self,
        name: str,
        place: "Mapping[str, pulumi.Input[str]]",
        existing: pulumi.Output[Any],
        environment: pulumi.Input[str],
    ) -> pulumi.Output[str]:
        """Returns the runtime environment. Warns when the runbook changes to one whose module is not imported yet."""

        def check(known: Any) -> Any:
            before, wanted = (known[0] or {}).get("runtimeEnvironment"), str(known[1])
            if not before or before.lower() == wanted.lower():
                return before or wanted
            package = {**place, "runtimeEnvironmentName": wanted, "packageName": MODULE}
            found = looked_up_or_none(self, PACKAGE, package, existence_failure)
            return found.apply(
                lambda imported: warn(wanted, (imported or {}).get("provisioningState", "not there yet"))
            )

        def warn(wanted: str, state: str) -> str:
            if state != "Succeeded":
                pulumi.log.warn(str(module_not_imported(name, wanted, state)), self)
            return wanted

        return pulumi.Output.all(existing, environment).apply(check)

    def _schedule(
        self, name: str, args: ExchangeRunbookArgs, plan: PlannedRunbook, when: schedules.Plan, given: Mapping[str, Any]
    ) -> automation.JobSchedule:
        schedule_name = schedules.schedule_name(plan.name, when)
        # Read after the runbook is published, so that the start is computed as late as possible.
        place: dict[str, pulumi.Input[str]] = {
            "resourceGroupName": args["resource_group_name"],
            "automationAccountName": available_after(args["automation_account_name"], self.runbook),
            "scheduleName": schedule_name,
        }
        existing = looked_up_or_none(self, SCHEDULE, place, existence_failure)
        start = existing.apply(lambda found: _start(when, found["startTime"] if found else None))
        schedule = automation.Schedule(
            f"{name}-{when.slug}",
            resource_group_name=args["resource_group_name"],
            automation_account_name=args["automation_account_name"],
            schedule_name=schedule_name,
            name=schedule_name,
            frequency=schedules.FREQUENCIES[when.frequency],
            interval=None if when.frequency == "Once" else when.interval,
            start_time=start,
            expiry_time=None if when.expires is None else schedules.text_of(when.expires.replace(tzinfo=when.zone)),
            time_zone=when.zone_name,
            advanced_schedule=cast("Optional[automation.AdvancedScheduleArgsDict]", _advanced(when)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        parameters = {key: job_text(value) for key, value in (given.get("parameters") or {}).items()}
        # Sorted: programs in other languages give a mapping in another order each time.
        fingerprint = pulumi.Output.json_dumps([plan.sha256, args.get("republish"), parameters], sort_keys=True)
        return automation.JobSchedule(
            f"{name}-{when.slug}-link",
            resource_group_name=args["resource_group_name"],
            automation_account_name=args["automation_account_name"],
            job_schedule_id=pulumi.Output.all(self.runbook.id, schedule.id, fingerprint).apply(_link_id),
            runbook={"name": self.runbook.name},
            schedule={"name": schedule.name},
            parameters=parameters or None,
            opts=pulumi.ResourceOptions(parent=self),
        )


def module_not_imported(name: str, environment: str, state: str) -> Problem:
    """Returns the problem of a runbook that changes to a runtime environment without an imported module.

    Args:
        name: The name of the runbook.
        environment: The name of the runtime environment.
        state: The state of the import.
    """
    return Problem(
        "EXA308",
        f'Runbook "{name}" changes to the runtime environment "{environment}", whose {MODULE} is not imported ({state})',
        "jobs that start before the import has ended do not find the module",
        "Give the new pin in prepared_pins in one update. Change to it in the next update, once exchange-automation doctor "
        "reports the module as imported.",
    )


def _start(when: schedules.Plan, existing: Optional[str]) -> str:
    """Returns the start of an existing schedule unchanged; of a new schedule, the next time at which it can fire."""
    if existing:
        moment = datetime.fromisoformat(re.sub(r"\.\d+", "", existing).replace("Z", "+00:00"))
        return schedules.text_of(moment.astimezone(when.zone))
    try:
        return schedules.text_of(when.first_start(now()))
    except schedules.ScheduleError as error:
        raise ExchangeAutomationError(error.problems[0]) from None


def now() -> datetime:
    """Returns the present; tests replace it."""
    return datetime.now(timezone.utc)


def _advanced(when: schedules.Plan) -> Optional[dict[str, Any]]:
    if when.week_days:
        return {"week_days": list(when.week_days)}
    if when.month_days:
        return {"month_days": list(when.month_days)}
    if when.month_weekday is not None:
        which, day = when.month_weekday
        return {"monthly_occurrences": [{"occurrence": which, "day": day}]}
    return None


def _link_id(known: Sequence[str]) -> str:
    runbook_id, schedule_id, fingerprint = known
    return str(uuid.uuid5(LINK_NAMESPACE, f"{runbook_id.lower()}|{schedule_id.lower()}|{fingerprint}"))
