"""``doctor``: checks whether a deployment will work, and whether an existing one works.

A refusal never ends the command: a check without a result becomes a line with the reason. A service that nobody reaches ends it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from exchange_automation.catalog.aging_facts import DEFAULT_MODULE_VERSION, DEFAULT_POWERSHELL
from exchange_automation.cli.client import directory
from exchange_automation.cli.client.runbooks import compare_runbooks
from exchange_automation.cli.client.session import Session, open_session
from exchange_automation.cli.execution import DONE, WRONG, Context
from exchange_automation.cli.listing import Listing
from exchange_automation.cli.output import Level, Output, Progress, mark, shown
from exchange_automation.cli.pulumi.engine import Engine, read_states
from exchange_automation.cli.pulumi.states import State
from exchange_automation.core.guids import is_guid
from exchange_automation.core.problems import Problem
from exchange_automation.runtime.module_versions import today

from .azure import subscription_lines
from .deployed import moved_lines, package_lines, principal_lines, runbook_lines
from .exchange import exchange_lines, organization_line, role_reading_line
from .exchange_roles import exchange_roles_of
from .lines import Line, problem_line
from .machine import clock_line, module_line, powershell_line
from .permissions import (
    CREATE_APPLICATIONS,
    GRANT_APP_ROLES,
    GRANT_DIRECTORY_ROLES,
    READ_PRINCIPALS,
    identity_lines,
    permission_lines,
)
from .questions import Questions

LEVELS: tuple[Level, ...] = ("ok", "warning", "failed", "skipped")


async def run(
    context: Context,
    questions: Questions,
    *,
    stacks: Sequence[str],
    states: Sequence[str],
    directory: str,
    as_json: bool,
) -> int:
    """Runs ``doctor``; returns the exit code.

    Raises:
        Problem: A state or the environment cannot be read, or a principal is not a GUID.
    """
    for principal in questions.principals:
        if not is_guid(principal):
            raise Problem(
                "EXA421",
                f'--principal "{principal}" is not a GUID',
                remedy="Give the object id of the service principal (principalId).",
            )
    with context.output.progress("reading") as progress:
        found = await read_states(stacks, states, Engine(directory, context.environment))
        async with open_session(context.environment, context.output.trace) as session:
            lines = await diagnose(session, with_states(questions, found), found, progress)
    if as_json:
        context.output.document(as_document(lines))
    else:
        print_table(context.output, lines)
    return DONE if passed(lines) else WRONG


def with_states(questions: Questions, states: Sequence[State]) -> Questions:
    """Returns the questions with the answers of the states: organization, resource group, versions, identities."""
    powershell, module = next(
        filter(None, (state.runtime for state in states)), (DEFAULT_POWERSHELL, DEFAULT_MODULE_VERSION)
    )
    granted = [grant.principal_id for state in states for grant in state.grants if grant.principal_id]
    return replace(
        questions,
        organization=questions.organization or next(filter(None, (state.organization for state in states)), ""),
        resource_group=questions.resource_group or next(filter(None, (state.resource_group for state in states)), ""),
        powershell=questions.powershell or powershell,
        module=questions.module or module,
        principals=tuple(dict.fromkeys([*map(str.lower, questions.principals), *granted])),
    )


async def diagnose(session: Session, questions: Questions, states: Sequence[State], progress: Progress) -> list[Line]:
    """Returns all lines, those before a deployment first."""
    progress.show("signing in")
    runtime = [module_line(questions.powershell, questions.module), powershell_line(questions.powershell, today())]
    try:
        token = await session.token(session.endpoints.graph_scope)
    except Problem as problem:
        return [problem_line("sign-in", problem), *runtime, Line("everything else", "skipped", "nobody is signed in")]
    lines = [
        *identity_lines(token, session.sign_in.method),
        Line("cloud", "ok", f"{session.endpoints.name}: {session.endpoints.graph}"),
    ]
    progress.show("Microsoft Graph")
    if questions.grants:
        needs = [READ_PRINCIPALS, GRANT_APP_ROLES, GRANT_DIRECTORY_ROLES]
        lines += permission_lines(token, [*needs, *([CREATE_APPLICATIONS] if questions.applications else [])])
        lines.append(await role_reading_line(session))
    exchange, api = await exchange_lines(session, questions.app_role)
    # A program that grants nothing does not read the directory, so its deployer need not be allowed to.
    lines += exchange if questions.grants or api is not None else []
    lines.append(await organization_line(session, questions.organization))
    progress.show("Azure Resource Manager")
    lines += await subscription_lines(session, questions.subscription, questions.resource_group)
    lines += [*runtime, clock_line(session.traffic.server_time, session.traffic.local_time)]
    return [*lines, *await _deployed(session, questions, states, api, progress)]


async def _deployed(
    session: Session,
    questions: Questions,
    states: Sequence[State],
    api: directory.Api | None,
    progress: Progress,
) -> list[Line]:
    progress.show("packages and runbooks")
    lines = await package_lines(session, states)
    lines += runbook_lines(await compare_runbooks(session, states))
    if api is None:
        return lines
    lines += moved_lines(states, api)
    for principal_id in questions.principals:
        progress.show(f"identity {principal_id}")
        now = datetime.now(timezone.utc)
        in_exchange = await exchange_roles_of(session, principal_id, role_group=questions.role_group)
        lines += await principal_lines(session, principal_id, api, states, now, in_exchange)
    return lines


def passed(lines: Sequence[Line]) -> bool:
    """Returns whether no check failed."""
    return all(line.level != "failed" for line in lines)


def as_document(lines: Sequence[Line]) -> dict[str, Any]:
    """Returns the diagnosis as a document; keys are stable."""
    return {
        "passed": passed(lines),
        "checks": [
            {"subject": line.subject, "level": line.level, "finding": line.finding, "remedy": line.remedy or None}
            for line in lines
        ],
    }


def print_table(output: Output, lines: Sequence[Line]) -> None:
    """Prints the diagnosis for a person."""
    listing = Listing("Diagnosis", "check", "", "finding")
    for line in lines:
        remedy = f"\n[cyan]->[/cyan] {shown(line.remedy)}" if line.remedy else ""
        listing.add(shown(line.subject), mark(line.level), shown(line.finding) + remedy)
    listing.print(output.out)
    counts = {level: sum(line.level == level for line in lines) for level in LEVELS}
    words = {"ok": "ok", "warning": "warning" if counts["warning"] == 1 else "warnings"}
    output.line(", ".join(f"{count} {words.get(level, level)}" for level, count in counts.items() if count) + ".")
