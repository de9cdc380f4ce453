"""ExchangeRunbook: a published script, its schedules and the links between them.

Owns the runbook, the file that Azure fetches it from, its schedules and their links. It refuses to own the account, the
identity and the grants: it takes their outputs, which are not there before the grants are, so no job can run too early.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Optional, TypedDict, cast

import pulumi
from pulumi_azure_native import automation
from typing_extensions import NotRequired

from exchange_automation.catalog.enumerations import (
    DirectoryRoleName,
    DirectoryRoleNameText,
    Frequency,
    FrequencyText,
    OneOf,
    TextOf,
    Weekday,
    WeekdayText,
)
from exchange_automation.catalog.exchange_module import MODULE
from exchange_automation.core.call_stacks import short_call_stacks
from exchange_automation.core.calls import takes_one_dictionary
from exchange_automation.core.errors import ExchangeAutomationError, Mistakes
from exchange_automation.core.invokes import Function, looked_up_or_none
from exchange_automation.core.outputs import available_after
from exchange_automation.core.physical_names import letter_case_kept
from exchange_automation.core.validation import check_arguments, plain_flag, plain_list, plain_text
from exchange_automation.runbook import schedules, script_analysis
from exchange_automation.runbook.job_parameters import check_parameters, job_text
from exchange_automation.runbook.published_content import (
    HandedOver,
    Text,
    existence_failure,
    handed_over,
    publish_error_hook,
    record_publication,
)
from exchange_automation.runbook.storage_account import StorageNetworkRulesArgs, check_network_rules
from exchange_automation.runbook.webhooks import PlannedWebhook, WebhookArgs, make_webhooks, plan_webhooks

if TYPE_CHECKING:
    from exchange_automation.runbook.findings import Finding
    from exchange_automation.runbook.powershell import Parameter

RUNBOOK = Function("azure-native:automation:getRunbook", None, "pulumi-azure-native")
PACKAGE = Function("azure-native:automation:getPackage", None, "pulumi-azure-native")
# The SDK's class of this result takes an interval for a dictionary, and fails on every schedule.
SCHEDULE = Function("azure-native:automation:getSchedule", None, "pulumi-azure-native")
LINK_NAMESPACE = uuid.UUID("6f0f4a52-5d0c-4d0e-9a52-0b6f6d3f3d1e")
"""Namespace of the job schedule ids, which are version 5 UUIDs."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


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


class MonthWeekdayArgs(TypedDict):
    """The n-th weekday of a month."""

    which: int
    """Required. 1 to 4, or -1 for the last."""
    day: OneOf[Weekday, WeekdayText]
    """Required. Weekday, "Monday" to "Sunday"."""


class ScheduleArgs(TypedDict):
    """When a runbook runs."""

    frequency: OneOf[Frequency, FrequencyText]
    """Required. Unit of the schedule: "Once", "Hour", "Day", "Week" or "Month"."""
    interval: NotRequired[int]
    """Optional. Number of hours, days, weeks or months between two runs: 1 to 100. Default: 1."""
    at: NotRequired[str]
    """Optional. Local time of day, such as "06:30". Default: "00:00"."""
    time_zone: NotRequired[str]
    """Optional. IANA or Windows name of the time zone. Default: "UTC"."""
    week_days: NotRequired[Sequence[TextOf[Weekday, WeekdayText]]]
    """Optional. With "Week": weekdays, such as "Monday". Default: the weekday of the first run."""
    month_days: NotRequired[Sequence[int]]
    """Optional. With "Month": days of the month, 1 to 31, and -1 for the last day. Default: the day of the first
    run."""
    month_weekday: NotRequired[MonthWeekdayArgs]
    """Optional. With "Month": the n-th weekday of the month. Default: none."""
    starts: NotRequired[str]
    """Optional. Local time without an offset, such as "2027-03-01T06:00". With "Once" it is required and is the
    time of the run. Otherwise no run is earlier. Default: the next time of day."""
    expires: NotRequired[str]
    """Optional. Local time without an offset. No run is later. Default: the schedule does not expire."""
    parameters: NotRequired[Mapping[str, pulumi.Input[Any]]]
    """Optional. The script's parameters for these runs: text, numbers, bools, and lists of text. Azure keeps them
    as plain text, so give no secrets. Default: none."""


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
    modules: NotRequired[Sequence[str]]
    """Optional. Names of the modules that the runtime environment has beside ExchangeOnlineManagement: the keys of
    extra_packages. The component compares the script's modules with them. Default: not known."""
    user_assigned_identity: NotRequired[bool]
    """Optional. Tells that the account has a user-assigned identity alone, so that Connect-ExchangeOnline in the script
    needs -ManagedIdentityAccountId. Default: false, not compared."""
    strict: NotRequired[bool]
    """Optional. Refuses a script that has a line which fails in every job. What may work stays a warning. Default:
    false."""
    storage_account_name: NotRequired[pulumi.Input[str]]
    """Optional. Name of an existing storage account that hands the script to Azure. It needs shared keys and a
    public endpoint. Not used where the source is an address. Default: the component creates a storage account for
    this runbook."""
    storage_resource_group_name: NotRequired[pulumi.Input[str]]
    """Optional. Name of the resource group that has the storage account. Default: resource_group_name."""
    storage_network_rules: NotRequired[StorageNetworkRulesArgs]
    """Optional. Firewall of the storage account that the component creates. Default: open at first, and what somebody
    or a policy closes afterwards stays closed."""
    log_verbose: NotRequired[bool]
    """Optional. Keeps the verbose stream of each job. Default: false."""
    log_progress: NotRequired[bool]
    """Optional. Keeps the progress records of each job. Default: false."""
    republish: NotRequired[str]
    """Optional. Any text. Another text publishes the script again, for instance after the storage account's key was
    changed. Default: none."""
    tags: NotRequired[pulumi.Input[Mapping[str, pulumi.Input[str]]]]
    """Optional. Tags of every resource that the component creates and that can have tags. Default: no tags."""


@dataclass(frozen=True)
class _Planned:
    """The resources of a runbook, decided before anything is registered."""

    name: str
    text: Optional[str]
    """None for an address."""
    uri: Optional[str]
    sha256: str
    schedules: tuple[tuple[schedules.Plan, Mapping[str, Any]], ...]
    findings: "tuple[Finding, ...]"
    webhooks: tuple[PlannedWebhook, ...]


@takes_one_dictionary
class ExchangeRunbook(pulumi.ComponentResource):
    """A published PowerShell runbook with its schedules and webhooks.

    The component publishes the script byte for byte: a changed byte publishes, an unchanged script changes nothing,
    on every day. It checks the script for what cannot work in an unattended session of Exchange Online. A finding
    is a warning. With ``strict``, a line that fails in every job is an error.

    The deployer needs Contributor at the account, and at the storage account, whose keys it lists.

    Sources: ``Microsoft.Automation/automationAccounts/runbooks``, ``schedules`` and ``jobSchedules``, API
    2024-10-23.

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
        plan = _check(name, args)
        with short_call_stacks():
            super().__init__("exchange-automation:index:ExchangeRunbook", name, None, opts)
            for finding in plan.findings:
                pulumi.log.warn(f'Runbook "{plan.name}", {finding}.', self)

            self.runbook: automation.Runbook = self._publish(name, args, plan)
            links = [self._schedule(name, args, plan, when, given) for when, given in plan.schedules]
            self.runbook_name = self.runbook.name
            self.runbook_id = self.runbook.id
            self.content_sha256 = available_after(plan.sha256, self.runbook)
            names = [schedules.schedule_name(plan.name, when) for when, _ in plan.schedules]
            self.schedule_names = available_after(names, *links)
            given_args = cast("Mapping[str, Any]", args)
            webhooks = make_webhooks(self, name, given_args, self.runbook, plan.webhooks, now)
            self.webhook_names = available_after([each.name for each in plan.webhooks], *webhooks)
            self.register_outputs({output: getattr(self, output) for output in ExchangeRunbook.__annotations__})

    def _publish(self, name: str, args: ExchangeRunbookArgs, plan: _Planned) -> automation.Runbook:
        link: dict[str, Any] = {"content_hash": {"algorithm": "SHA256", "value": plan.sha256}}
        place = {
            "resourceGroupName": args["resource_group_name"],
            "automationAccountName": args["automation_account_name"],
        }
        there = looked_up_or_none(self, RUNBOOK, {**place, "runbookName": plan.name}, existence_failure)
        text: Optional[HandedOver] = None
        if plan.uri is not None:
            link["uri"] = plan.uri
        else:
            text = handed_over(
                self,
                name,
                cast("Mapping[str, Any]", args),
                Text(plan.name, plan.text or "", plan.sha256),
                there,
                now,
            )
            link["uri"] = pulumi.Output.secret(text.address)
        runbook = automation.Runbook(
            f"{name}-runbook",
            resource_group_name=args["resource_group_name"],
            automation_account_name=args["automation_account_name"],
            runbook_name=plan.name,
            runbook_type=automation.RunbookTypeEnum.POWER_SHELL,
            runtime_environment=self._imported(plan.name, place, there, args["runtime_environment_name"]),
            description=args.get("description"),
            location=args.get("location"),
            log_verbose=args.get("log_verbose", False),
            log_progress=args.get("log_progress", False),
            publish_content_link=cast("automation.ContentLinkArgsDict", link),
            tags=args.get("tags"),
            opts=pulumi.ResourceOptions(
                parent=self,
                # Azure refuses to move a runbook.
                replace_on_changes=["location"],
                delete_before_replace=True,
                **letter_case_kept(plan.name, "runbookName"),
                additional_secret_outputs=["publishContentLink"],
                hooks=pulumi.ResourceHookBinding(on_error=[publish_error_hook()]),
            ),
        )
        if text is not None:
            record_publication(self, name, cast("Mapping[str, Any]", args), runbook, text)
        return runbook

    def _imported(
        self,
        name: str,
        place: "Mapping[str, pulumi.Input[str]]",
        there: pulumi.Output[Any],
        environment: pulumi.Input[str],
    ) -> pulumi.Output[str]:
        """The runtime environment; warns when the runbook changes to one whose module is not imported yet."""

        def look(known: Any) -> Any:
            before, wanted = (known[0] or {}).get("runtimeEnvironment"), str(known[1])
            if not before or before.lower() == wanted.lower():
                return before or wanted
            question = {**place, "runtimeEnvironmentName": wanted, "packageName": MODULE}
            found = looked_up_or_none(self, PACKAGE, question, existence_failure)
            return found.apply(lambda package: warn(wanted, (package or {}).get("provisioningState", "not there yet")))

        def warn(wanted: str, state: str) -> str:
            if state != "Succeeded":
                pulumi.log.warn(_gap(name, wanted, state), self)
            return wanted

        return pulumi.Output.all(there, environment).apply(look)

    def _schedule(
        self, name: str, args: ExchangeRunbookArgs, plan: _Planned, when: schedules.Plan, given: Mapping[str, Any]
    ) -> automation.JobSchedule:
        schedule_name = schedules.schedule_name(plan.name, when)
        # Asked after the runbook is published, so that the start is reckoned as late as can be.
        question: dict[str, pulumi.Input[str]] = {
            "resourceGroupName": args["resource_group_name"],
            "automationAccountName": available_after(args["automation_account_name"], self.runbook),
            "scheduleName": schedule_name,
        }
        there = looked_up_or_none(self, SCHEDULE, question, existence_failure)
        start = there.apply(lambda found: _start(when, found["startTime"] if found else None))
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
            opts=pulumi.ResourceOptions(parent=self, **letter_case_kept(schedule_name, "scheduleName", "name")),
        )
        parameters = {key: job_text(value) for key, value in (given.get("parameters") or {}).items()}
        fingerprint = pulumi.Output.json_dumps([plan.sha256, args.get("republish"), parameters])
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


def _gap(name: str, environment: str, state: str) -> str:
    return (
        f'Runbook "{name}" changes to the runtime environment "{environment}", whose {MODULE} is not imported ({state}): jobs '
        "that start before it is find no module. Put the new pin among prepared_pins in one update, and use it in the next, "
        "once exchange-automation doctor says that it is imported. [EXA308]"
    )


def _start(when: schedules.Plan, there: Optional[str]) -> str:
    """The start of a schedule that exists, as it is; of a new one, the next time that it can fire."""
    if there:
        moment = datetime.fromisoformat(re.sub(r"\.\d+", "", there).replace("Z", "+00:00"))
        return schedules.text_of(moment.astimezone(when.zone))
    try:
        return schedules.text_of(when.first_start(now()))
    except schedules.ScheduleError as mistake:
        raise ExchangeAutomationError(f"{mistake} [EXA157]") from None


def now() -> datetime:
    """The present; tests put another one in its place."""
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


# Checks


def _check(name: str, args: ExchangeRunbookArgs) -> _Planned:
    mistakes = Mistakes("ExchangeRunbook", name)
    check_arguments(mistakes, args, ExchangeRunbookArgs)
    runbook_name = plain_text(args, "runbook_name") or name
    if not _NAME.fullmatch(runbook_name):
        mistakes.add(
            "EXA150",
            f'runbook_name "{runbook_name}" is not accepted by Azure Automation: it begins with a letter and has letters, '
            "digits, hyphens and underscores, 63 at most. Give another runbook_name.",
        )
    strict = plain_flag(args, "strict")
    text, uri, sha256 = _source(mistakes, args.get("source"))
    roles = [str(each) for each in plain_list(args, "directory_roles")]
    modules = [str(each) for each in plain_list(args, "modules")] if args.get("modules") is not None else None
    user_assigned = plain_flag(args, "user_assigned_identity")
    findings = script_analysis.lint(text or "", roles, modules=modules, user_assigned=user_assigned)
    for finding in findings if strict else ():
        if finding.fails:
            mistakes.add("EXA159", f"The script, {finding}. Change the line, or leave strict out.")
    known = script_analysis.parameters(text) if text is not None else None
    planned = _schedules(mistakes, plain_list(args, "schedules"), known)
    check_network_rules(mistakes, cast("Mapping[str, Any]", args))
    webhooks = plan_webhooks(mistakes, args.get("webhooks") or {}, known, now())
    mistakes.raise_any()
    return _Planned(runbook_name, text, uri, sha256, tuple(planned), findings, webhooks)


def _source(mistakes: Mistakes, source: Any) -> tuple[Optional[str], Optional[str], str]:
    if source is None:
        return None, None, ""
    given = [key for key in ("file", "text", "uri") if source.get(key) is not None]
    if len(given) != 1:
        mistakes.add(
            "EXA151",
            "source is not one of file, text and uri, so it is not clear what to publish. Give "
            '{"file": "report.ps1"}, {"text": "..."} or {"uri": "https://...", "sha256": "..."}.',
        )
        return None, None, ""
    if given == ["uri"]:
        return None, source["uri"], _address(mistakes, source)
    try:
        if given == ["file"]:
            text = script_analysis.read_file(source["file"])
        else:
            text = source["text"]
            script_analysis.check(text, "text")
        content = text.encode("utf-8")
    except script_analysis.ScriptError as mistake:
        mistakes.add("EXA152", f"source: {mistake}")
        return None, None, ""
    except UnicodeEncodeError:
        mistakes.add("EXA152", "source: text has characters that UTF-8 does not have (lone surrogates). Remove them.")
        return None, None, ""
    return text, None, hashlib.sha256(content).hexdigest()


def _address(mistakes: Mistakes, source: Mapping[str, Any]) -> str:
    uri, sha256 = str(source["uri"]), source.get("sha256")
    if not uri.lower().startswith("https://"):
        mistakes.add(
            "EXA153",
            f'source.uri "{uri}" is not an https address, so the script could be exchanged on its way. Give an https address.',
        )
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
        mistakes.add(
            "EXA154",
            "source.sha256 is not a SHA-256 in 64 hexadecimal digits, so whoever can write to the address would run as the "
            "identity. Take it with: Get-FileHash -Algorithm SHA256 (PowerShell) or sha256sum.",
        )
        return ""
    return sha256.lower()


def _schedules(
    mistakes: Mistakes, given: Sequence[Any], known: "Optional[Sequence[Parameter]]"
) -> list[tuple[schedules.Plan, Mapping[str, Any]]]:
    planned: dict[str, tuple[schedules.Plan, Mapping[str, Any]]] = {}
    for index, entry in enumerate(given):
        where = f"schedules[{index}]"
        try:
            plan = schedules.plan(entry)
        except schedules.ScheduleError as mistake:
            for message in mistake.mistakes:
                mistakes.add("EXA155", f"{where}: {message}")
            continue
        if plan.slug in planned:
            mistakes.add("EXA156", f"{where} says the same as another one, so the runbook would run twice. Remove one.")
        check_parameters(mistakes, where, entry.get("parameters") or {}, known)
        planned[plan.slug] = (plan, entry)
    return list(planned.values())
