"""Checks of deployed resources: packages, runbooks, identities and their grants."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from exchange_automation.catalog.directory_roles import GLOBAL_ADMINISTRATOR, find_role
from exchange_automation.cli.client import directory
from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.exchange import MANAGE_AS_APP, SESSION_APP_ROLES, is_exchange_role, kind_of
from exchange_automation.cli.client.runbooks import RunbookText
from exchange_automation.cli.client.session import Session
from exchange_automation.cli.documents import Record
from exchange_automation.cli.output import counted
from exchange_automation.cli.pulumi.states import PACKAGE, ManagedGrant, State

from .exchange_roles import ExchangeRoles, exchange_role_lines
from .lines import Line, reason, refused_line
from .permissions import READ_PRINCIPALS
from .sign_in import certificate_lines, sign_in_line

TOKEN_CACHE = timedelta(hours=24)
"""How long a managed identity's token is cached at most."""
CREATED_TOGETHER = timedelta(minutes=15)
"""A deployment grants within minutes of creating the identity, and runs no job before."""
AUTOMATION_VERSION = "2024-10-23"


async def package_lines(session: Session, states: Sequence[State]) -> list[Line]:
    """Checks whether the packages of runtime environments are imported; a deployment does not wait for that."""
    lines = []
    for package_id in (item.text("id") for state in states for item in state.of_type(PACKAGE) if item.text("id")):
        parts = package_id.split("/")
        where = f" in {parts[-3]} of {parts[-5]}" if len(parts) > 5 else ""
        subject = f"package {parts[-1]}{where}"
        try:
            found = await session.resource_manager(package_id, AUTOMATION_VERSION)
        except ServiceError as refused:
            remedy = "run pulumi up --refresh" if refused.absent else "give the deployer Reader at the account"
            lines.append(Line(subject, "failed", "it does not exist" if refused.absent else reason(refused), remedy))
            continue
        lines.append(_package_line(subject, found.record("properties")))
    return lines


def _package_line(subject: str, properties: Record) -> Line:
    state = properties.text("provisioningState", "unknown")
    if state == "Succeeded":
        return Line(subject, "ok", f"version {properties.text('version', 'unknown')} is imported")
    if state in ("Failed", "Cancelled"):
        why = properties.record("error").text("message", "Azure gives no reason")
        return Line(
            subject,
            "failed",
            f"the import failed, so every job there lacks the module: {why}",
            "correct version, address or SHA-256 and run pulumi up; if they are right, run pulumi up --replace with the "
            "package's URN",
        )
    return Line(
        subject,
        "warning",
        f"the import is under way ({state}): jobs that start now find no module",
        "run the command again in a minute or two, and let no runbook change to this runtime environment before",
    )


def runbook_lines(texts: Iterable[RunbookText]) -> list[Line]:
    """Returns a line for each runbook: whether its text is the one that the stack published."""
    lines = []
    for text in texts:
        subject = f"runbook {text.name} in {text.account}"
        if text.verdict == "as published":
            lines.append(Line(subject, "ok", "its text is the one that the stack published"))
        elif text.verdict == "edited":
            lines.append(
                Line(
                    subject,
                    "warning",
                    "its text is not the one that the stack published: somebody edited it",
                    "compare it in the portal; pulumi up with --replace and the runbook's URN publishes it again",
                )
            )
        elif text.verdict == "gone":
            lines.append(Line(subject, "failed", "it does not exist", "run pulumi up --refresh"))
        else:
            lines.append(
                Line(subject, "skipped", f"not compared: {text.why}", "give the deployer Reader at the account")
            )
    return lines


def moved_lines(states: Sequence[State], api: directory.Api) -> list[Line]:
    """Returns a line for each grant of an Exchange Online service principal that this tenant no longer has."""
    return [
        Line(
            f"{grant.name}: app role",
            "failed",
            f"the state has it for the service principal {grant.resource_id} of Exchange Online, which is now "
            f"{api.object_id}: it grants nothing",
            "run pulumi up --refresh, which grants it anew",
        )
        for state in states
        for grant in state.grants
        if is_exchange_role(grant.role_id) and grant.resource_id not in ("", api.object_id)
    ]


@dataclass(frozen=True)
class _Principal:
    """One principal in the directory, with its grants."""

    id: str
    name: str
    body: Record
    app_roles: list[Record]
    directory_roles: list[Record]


async def principal_lines(
    session: Session,
    principal_id: str,
    api: directory.Api,
    states: Sequence[State],
    now: datetime,
    in_exchange: ExchangeRoles,
) -> list[Line]:
    """Checks the grants of one principal, and whether a token from before them may be cached.

    Args:
        session: The session that reads it.
        principal_id: Its object id.
        api: Exchange Online.
        states: The states that may manage its grants.
        now: The time.
        in_exchange: Its management roles in Exchange.
    """
    found = await directory.principals(session, [principal_id], lambda body: body)
    body: Record | None = found.get(principal_id)
    if body is None:
        return [
            Line(
                f"identity {principal_id}",
                "failed",
                "the directory has no such object",
                "give the principal id (object id), not the client id; a new identity can take minutes to appear",
            )
        ]
    name = body.text("displayName", principal_id)
    try:
        app_roles = await directory.app_roles_held(session, principal_id)
        roles = await directory.directory_roles_held(session, principal_id)
    except ServiceError as refused:
        return [refused_line(f"identity {name}", refused, READ_PRINCIPALS.any_of[0])]
    managed = [grant for state in states for grant in state.grants if grant.principal_id == principal_id]
    held = [app_role for app_role in app_roles if app_role.text("resourceId") == api.object_id]
    principal = _Principal(principal_id, name, body, held, roles)
    values = sorted({api.value_of(assignment.text("appRoleId")) for assignment in held})
    others = await directory.role_names(
        session, {role.text("roleDefinitionId") for role in roles if find_role(role.text("roleDefinitionId")) is None}
    )
    return [
        Line(f"identity {name}", "ok", f"{kind_of(body)}, object id {principal_id}"),
        *filter(None, [sign_in_line(body, states)]),
        *(await certificate_lines(session, body, now) if kind_of(body) == "application" else ()),
        _app_role_line(name, values),
        *_directory_role_lines(name, roles, others, in_exchange),
        *exchange_role_lines(name, in_exchange),
        *_unmanaged_lines(principal, managed),
        _cache_line(principal, [item.created for item in managed], now),
    ]


def _app_role_line(name: str, held: list[str]) -> Line:
    subject = f"{name}: app role"
    if any(value in held for value in SESSION_APP_ROLES):
        return Line(subject, "ok", ", ".join(held))
    has = f"; it has {', '.join(held)}" if held else ""
    return Line(
        subject,
        "failed",
        f"{MANAGE_AS_APP} is not granted, so Connect-ExchangeOnline is refused{has}",
        "run pulumi up --refresh, or grant it with ExchangeAccess",
    )


def _directory_role_lines(
    name: str, assignments: list[Record], others: dict[str, str], in_exchange: ExchangeRoles
) -> list[Line]:
    subject = f"{name}: directory role"
    honoured = [
        (role, assignment.text("directoryScopeId", "/"))
        for assignment in assignments
        if (role := find_role(assignment.text("roleDefinitionId"))) is not None
    ]
    lines = []
    if honoured:
        text = ", ".join(role.name if scope == "/" else f"{role.name} ({scope})" for role, scope in honoured)
        lines.append(Line(subject, "ok", f"{text}; honoured for app-only sessions"))
    elif in_exchange.allow_cmdlets:
        lines.append(Line(subject, "ok", "none; roles in Exchange allow its cmdlets"))
    elif in_exchange.role_group:
        lines.append(Line(subject, "ok", "none, and none is needed where it is a member of a role group in Exchange"))
    else:
        has = f"; it has {', '.join(sorted(others.values()))}, which Exchange does not honour" if others else ""
        lines.append(
            Line(
                subject,
                "failed",
                f'no role that Exchange honours for app-only sessions{has}: cmdlets fail with "The role assigned to '
                "application ... isn't supported in this scenario\"",
                "grant Exchange Administrator or a narrower role with ExchangeAccess; or use a role group in Exchange",
            )
        )
    if any(role.name == GLOBAL_ADMINISTRATOR for role, _ in honoured):
        lines.append(
            Line(subject, "warning", "Global Administrator is never needed for Exchange", "use Exchange Administrator")
        )
    return lines


def _unmanaged_lines(principal: _Principal, managed: Sequence[ManagedGrant]) -> list[Line]:
    """Returns a line for the grants that no state has, such as a role assigned by hand at another scope."""
    if not managed:
        return []
    known = {grant.assignment_id for grant in managed}
    labels = []
    for directory_role in principal.directory_roles:
        role = find_role(directory_role.text("roleDefinitionId"))
        if role is not None and directory_role.text("id") not in known:
            scope = directory_role.text("directoryScopeId", "/")
            labels.append(role.name if scope == "/" else f"{role.name} ({scope})")
    if not labels:
        return []
    return [
        Line(
            f"{principal.name}: other grants",
            "warning",
            f"{', '.join(labels)} {'is' if len(labels) == 1 else 'are'} in none of the states: somebody assigned "
            f"{'it' if len(labels) == 1 else 'them'} by hand",
            "remove it in the portal, or declare it and run exchange-automation adopt",
        )
    ]


def _cache_line(principal: _Principal, created: Iterable[str], now: datetime) -> Line:
    subject = f"{principal.name}: cached token"
    dates = [app_role.text("createdDateTime") for app_role in principal.app_roles]
    moments = [moment for moment in map(_moment, [*dates, *created]) if moment]
    if not moments:
        return Line(subject, "skipped", "the directory does not show when the grants were created")
    newest = max(moments)
    born = _moment(principal.body.text("createdDateTime"))
    if born is not None and newest - born <= CREATED_TOGETHER:
        return Line(subject, "ok", "the identity is as new as its grants: there is no token from before them")
    age = now - newest
    if age >= TOKEN_CACHE:
        days = counted(age.days, "day")
        return Line(subject, "ok", f"the newest grant is {days} old: no token from before it is left")
    hours = max(0, int(age.total_seconds() // 3600))
    return Line(
        subject,
        "warning",
        f"the newest grant is {hours} h old: a token that was taken before it may be cached for 24 h",
        "wait if jobs are refused although all lines above are ok",
    )


def _moment(text: str) -> datetime | None:
    """Returns an ISO 8601 time; Python 3.10 reads neither a Z nor nanoseconds."""
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)", text)
    if match is None:
        return None
    try:
        return datetime.fromisoformat(match[1]).replace(tzinfo=timezone.utc)
    except ValueError:
        return None
