"""The resources of a runbook, decided from the arguments before anything is registered."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from exchange_automation.catalog import name_rules
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.hashes import SHA256_REMEDY, is_sha256
from exchange_automation.core.naming import check_names
from exchange_automation.core.problems import Problem
from exchange_automation.core.validation import plain_flag, plain_list, plain_text
from exchange_automation.runbook import schedules, script_analysis
from exchange_automation.runbook.job_parameters import check_parameters
from exchange_automation.runbook.schedule_arguments import plan
from exchange_automation.runbook.storage_account import check_storage
from exchange_automation.runbook.webhooks import PlannedWebhook, plan_webhooks

if TYPE_CHECKING:
    from exchange_automation.runbook.findings import Finding
    from exchange_automation.runbook.powershell import Parameter

NAMES = {
    "resource_group_name": name_rules.RESOURCE_GROUP,
    "automation_account_name": name_rules.AUTOMATION_ACCOUNT,
    "storage_account_name": name_rules.STORAGE_ACCOUNT,
    "storage_resource_group_name": name_rules.PLAIN_RESOURCE_GROUP,
}
"""The rules of the arguments that have names, beside runbook_name."""
_NAME = r"[A-Za-z][A-Za-z0-9_-]{0,62}"


class PlannedRunbook(NamedTuple):
    """A checked runbook.

    Attributes:
        name: The name in Azure.
        text: The script; None where the source is an address.
        uri: The address of the script; None where the source is a text.
        sha256: The SHA-256 of the script in hexadecimal.
        schedules: The schedules, in the order of the argument.
        findings: What fails, or may fail, in the script.
        webhooks: The webhooks.
    """

    name: str
    text: Optional[str]
    uri: Optional[str]
    sha256: str
    schedules: tuple[schedules.Plan, ...]
    findings: "tuple[Finding, ...]"
    webhooks: tuple[PlannedWebhook, ...]


def plan_runbook(mistakes: Mistakes, name: str, args: Mapping[str, Any], now: datetime) -> PlannedRunbook:
    """Decides the resources of a runbook from arguments whose types check_arguments has checked.

    Args:
        mistakes: Receives the mistakes.
        name: The logical name of the component.
        args: The arguments of the component.
        now: The present.

    Returns:
        The plan. It is complete only if there was no mistake.
    """
    check_names(mistakes, args, NAMES)
    runbook_name = plain_text(args, "runbook_name") or name
    check_runbook_name(mistakes, runbook_name)
    text, uri, sha256 = _source(mistakes, args)
    roles = [str(role) for role in plain_list(args, "directory_roles")]
    in_exchange = [str(role) for role in plain_list(args, "management_roles")]
    modules = [str(module) for module in plain_list(args, "modules")] if args.get("modules") is not None else None
    user_assigned = plain_flag(args, "user_assigned_identity")
    findings = script_analysis.lint(
        text or "", roles, management_roles=in_exchange, modules=modules, user_assigned=user_assigned
    )
    for finding in findings if plain_flag(args, "strict") else ():
        if finding.fails:
            mistakes.add("EXA159", f"The script, {finding}", "", "Change the line, or leave strict out.")
    known = script_analysis.parameters(text) if text is not None else None
    planned = plan_schedules(mistakes, plain_list(args, "schedules"), known)
    check_storage(mistakes, args)
    webhooks = plan_webhooks(mistakes, args.get("webhooks") or {}, known, now)
    return PlannedRunbook(runbook_name, text, uri, sha256, planned, findings, webhooks)


def check_runbook_name(mistakes: Mistakes, runbook_name: str) -> None:
    """Adds the reason why Azure would refuse the name of a runbook."""
    if not re.fullmatch(_NAME, runbook_name):
        mistakes.add(
            "EXA150",
            f'runbook_name "{runbook_name}" is not a valid name of a runbook',
            "Azure Automation would refuse it",
            "Give another runbook_name: it begins with a letter and has at most 63 letters, digits, hyphens and underscores.",
        )


def _source(mistakes: Mistakes, args: Mapping[str, Any]) -> tuple[Optional[str], Optional[str], str]:
    """Returns the script, its address and its hash."""
    source = args.get("source")
    if source is None:
        return None, None, ""
    given = [key for key in ("file", "text", "uri") if source.get(key) is not None]
    if len(given) != 1:
        mistakes.add(
            "EXA151",
            "source is not one of file, text and uri",
            "it is not clear what to publish",
            'Give {"file": "report.ps1"}, {"text": "..."} or {"uri": "https://...", "sha256": "..."}.',
        )
        return None, None, ""
    if given == ["uri"]:
        if plain_flag(args, "strict"):
            mistakes.add_without_effect(
                "strict",
                "beside source.uri",
                "Leave it out, or give the script as file or text: the component does not read an address.",
            )
        return None, source["uri"], _checked_hash(mistakes, source)
    if source.get("sha256") is not None:
        mistakes.add_without_effect(
            "source.sha256", f"beside {given[0]}", "Remove it: the component computes the hash of a file and of a text."
        )
    try:
        if given == ["file"]:
            text = script_analysis.read_file(source["file"])
        else:
            text = source["text"]
            script_analysis.check(text, "text")
    except Problem as problem:
        mistakes.add_problem(problem.within("source"))
        return None, None, ""
    return text, None, hashlib.sha256(text.encode()).hexdigest()


def _checked_hash(mistakes: Mistakes, source: Mapping[str, Any]) -> str:
    uri, sha256 = str(source["uri"]), source.get("sha256")
    if not uri.lower().startswith("https://"):
        mistakes.add(
            "EXA153",
            f'source.uri "{uri}" is not an https address',
            "somebody on the network could replace the script on its way",
            "Give an https address.",
        )
    if not isinstance(sha256, str) or not is_sha256(sha256):
        mistakes.add(
            "EXA154",
            "source.sha256 is not a SHA-256 in 64 hexadecimal digits",
            "whoever can write to the address could run code as the identity",
            SHA256_REMEDY,
        )
        return ""
    return sha256.lower()


def plan_schedules(
    mistakes: Mistakes, given: Sequence[Any], known: "Optional[Sequence[Parameter]]"
) -> tuple[schedules.Plan, ...]:
    """Checks the schedules of a runbook.

    Args:
        mistakes: Receives the mistakes.
        given: The argument schedules.
        known: The script's parameters; None where they are not compared.
    """
    planned: dict[str, schedules.Plan] = {}
    for index, entry in enumerate(given):
        where = f"schedules[{index}]"
        try:
            schedule = plan(entry)
        except schedules.ScheduleError as error:
            for problem in error.problems:
                mistakes.add_problem(problem.within(where))
            continue
        if schedule.slug in planned:
            mistakes.add(
                "EXA156",
                f"{where} is the same as another schedule",
                "the runbook would run twice",
                "Remove one of them.",
            )
        check_parameters(mistakes, where, entry.get("parameters") or {}, known)
        planned[schedule.slug] = schedule
    return tuple(planned.values())
