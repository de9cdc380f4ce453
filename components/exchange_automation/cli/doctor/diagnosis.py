"""``doctor``: whether a deployment will work, and whether one that was made does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from exchange_automation.catalog.aging_facts import DEFAULT_MODULE_VERSION, DEFAULT_POWERSHELL
from exchange_automation.cli.client import directory
from exchange_automation.cli.client.exchange import MANAGE_AS_APP
from exchange_automation.cli.client.session import Session
from exchange_automation.cli.output import Level, Output, Step, mark, shown, table
from exchange_automation.cli.problems import Problem
from exchange_automation.cli.pulumi.stacks import State

from . import checks
from .checks import Line

LEVELS: tuple[Level, ...] = ("ok", "warning", "failed", "skipped")


@dataclass(frozen=True)
class Questions:
    """What is asked for.

    Attributes:
        organization: domain that the program connects to; empty to take it from a state, or only to tell the right one.
        subscription: id of the Azure subscription; empty for a program of directory grants alone.
        resource_group: of the account; may not be there yet.
        app_role: value of the Exchange Online app role.
        powershell: PowerShell version.
        module: version of ExchangeOnlineManagement.
        applications: whether the program registers applications.
        user_assigned: whether it makes user-assigned identities.
        principals: object ids to look at after a deployment.
    """

    organization: str = ""
    subscription: str = ""
    resource_group: str = ""
    app_role: str = MANAGE_AS_APP
    powershell: str = ""
    module: str = ""
    applications: bool = False
    user_assigned: bool = True
    principals: Sequence[str] = ()


async def diagnose(session: Session, questions: Questions, states: Sequence[State], step: Step) -> list[Line]:
    """All lines, those before a deployment first."""
    organization = questions.organization or next(filter(None, (state.organization for state in states)), "")
    step.say("signing in")
    try:
        token = await session.token(session.endpoints.graph_scope)
    except Problem as problem:
        unknown = Line("everything else", "skipped", "nobody is signed in")
        return [Line("sign-in", "failed", problem.what, problem.remedy), _module(questions, states), unknown]
    lines = [
        *checks.identity_lines(token, session.sign_in.method),
        Line("cloud", "ok", f"{session.endpoints.name}: {session.endpoints.graph}"),
    ]
    needs = [checks.READ_PRINCIPALS, checks.GRANT_APP_ROLES, checks.GRANT_DIRECTORY_ROLES]
    lines += checks.permission_lines(token, [*needs, *([checks.MAKE_APPLICATIONS] if questions.applications else [])])
    step.say("Microsoft Graph")
    lines.append(await checks.role_reading_line(session))
    exchange, api = await checks.exchange_lines(session, questions.app_role)
    lines += exchange
    lines.append(await checks.organization_line(session, organization))
    step.say("Azure Resource Manager")
    lines += await checks.subscription_lines(
        session, questions.subscription, questions.resource_group, user_assigned=questions.user_assigned
    )
    lines.append(_module(questions, states))
    lines.append(checks.clock_line(session.traffic.server_time, session.traffic.local_time))
    step.say("packages")
    lines += await checks.package_lines(session, (each for state in states for each in state.package_ids))
    made: dict[str, list[str]] = {}
    for state in states:
        for grant in state.grants:
            made.setdefault(grant.principal_id, []).append(grant.created)
    for principal_id in dict.fromkeys([*questions.principals, *made]):
        step.say(f"identity {principal_id}")
        if api is not None:
            lines += await _principal(session, principal_id, api, made.get(principal_id, []))
    return lines


async def _principal(session: Session, principal_id: str, api: directory.Api, made: list[str]) -> list[Line]:
    now = datetime.now(timezone.utc)
    return await checks.principal_lines(session, principal_id, api, checks.newest(made), now)


def _module(questions: Questions, states: Sequence[State]) -> Line:

    deployed = next(filter(None, (state.runtime for state in states)), None)
    powershell, module = deployed or (DEFAULT_POWERSHELL, DEFAULT_MODULE_VERSION)
    return checks.module_line(questions.powershell or powershell, questions.module or module)


def passed(lines: Sequence[Line]) -> bool:
    """Whether nothing failed."""
    return all(line.level != "failed" for line in lines)


def as_json(lines: Sequence[Line]) -> dict[str, Any]:
    """The diagnosis as a document; keys are stable."""
    return {
        "passed": passed(lines),
        "checks": [
            {"subject": line.subject, "level": line.level, "finding": line.finding, "remedy": line.remedy or None}
            for line in lines
        ],
    }


def print_table(output: Output, lines: Sequence[Line]) -> None:
    """The diagnosis for a person."""
    made = table("Diagnosis", "", "check", "finding, and what to do")
    for line in lines:
        remedy = f"\n[cyan]->[/cyan] {shown(line.remedy)}" if line.remedy else ""
        made.add_row(mark(line.level), shown(line.subject), shown(line.finding) + remedy)
    output.out.print(made)
    counts = {level: sum(line.level == level for line in lines) for level in LEVELS}
    output.line(", ".join(f"{count} {level}" for level, count in counts.items() if count) + ".")
