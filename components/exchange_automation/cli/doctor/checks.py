"""The checks of ``doctor``: one function a subject, each giving lines of its own.

A check never ends the command: what it cannot find out becomes a line that says so.

Sources: permission tables of the operations in the Microsoft Graph v1.0 reference; "Permissions - List For Resource
Group" of the Authorization REST reference; "App-only authentication for unattended scripts".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatchcase

from exchange_automation.catalog.aging_facts import NEWEST_MODULE_SEEN
from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES, GLOBAL_ADMINISTRATOR, find_role
from exchange_automation.cli.client import directory
from exchange_automation.cli.client.credentials import Token
from exchange_automation.cli.client.exchange import MANAGE_AS_APP, SESSION_APP_ROLES, kind_of
from exchange_automation.cli.client.session import Json, Session
from exchange_automation.cli.output import Level
from exchange_automation.cli.problems import Problem, RefusedError
from exchange_automation.core.organization import organization_mistake
from exchange_automation.runtime.module_versions import is_newer_than_known, pair_problem

CLOCK_WARNING = timedelta(minutes=1)
CLOCK_FAILURE = timedelta(minutes=5)
"""Sign-in refuses certificates and federated tokens that are about this far off."""
TOKEN_CACHE = timedelta(hours=24)
"""How long a managed identity's token is cached at most."""

SUBSCRIPTION_VERSION = "2022-12-01"
PROVIDER_VERSION = "2021-04-01"
PERMISSIONS_VERSION = "2022-04-01"
AUTOMATION_VERSION = "2024-10-23"


@dataclass(frozen=True)
class Line:
    """One line of the diagnosis."""

    subject: str
    level: Level
    finding: str
    remedy: str = ""


@dataclass(frozen=True)
class Need:
    """A Graph permission that a deployment needs."""

    purpose: str
    any_of: tuple[str, ...]
    """Application permissions that are each enough, the least first."""
    directory_roles: tuple[str, ...]
    """Template ids of directory roles that give it to a user."""


_GLOBAL = "62e90394-69f5-4237-9190-012177145e10"
_PRIVILEGED_ROLE = "e8611ab8-c189-46e8-94e1-60213ab1f814"
_CLOUD_APPLICATION = "158c047a-c907-4556-b7ef-446551a6b5f7"
_APPLICATION = "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3"
_GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"

READ_PRINCIPALS = Need(
    "read service principals",
    (
        "Application.Read.All",
        "Application.ReadWrite.OwnedBy",
        "Application.ReadWrite.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ),
    (_CLOUD_APPLICATION, _APPLICATION, _GLOBAL, _GLOBAL_READER, _PRIVILEGED_ROLE),
)
GRANT_APP_ROLES = Need("grant app roles", ("AppRoleAssignment.ReadWrite.All",), (_PRIVILEGED_ROLE, _GLOBAL))
GRANT_DIRECTORY_ROLES = Need(
    "grant directory roles", ("RoleManagement.ReadWrite.Directory",), (_PRIVILEGED_ROLE, _GLOBAL)
)
MAKE_APPLICATIONS = Need(
    "make applications",
    ("Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", "Directory.ReadWrite.All"),
    (_CLOUD_APPLICATION, _APPLICATION, _GLOBAL),
)

ACTIONS = (
    "Microsoft.Automation/automationAccounts/write",
    "Microsoft.Automation/automationAccounts/runtimeEnvironments/write",
    "Microsoft.Automation/automationAccounts/runtimeEnvironments/packages/write",
)
IDENTITY_ACTIONS = (
    "Microsoft.ManagedIdentity/userAssignedIdentities/write",
    "Microsoft.ManagedIdentity/userAssignedIdentities/*/assign/action",
)


def identity_lines(token: Token, method: str) -> list[Line]:
    """Who is signed in, and where."""
    claims = token.claims
    name = claims.get("app_displayname") or claims.get("upn") or claims.get("unique_name") or "unknown"
    return [
        Line("sign-in", "ok", f"{name}, with {method}"),
        Line("object id", "ok", str(claims.get("oid", "unknown"))),
        *([Line("client id", "ok", str(claims["appid"]))] if claims.get("appid") else []),
        Line("tenant", "ok", str(claims.get("tid", "unknown"))),
    ]


def permission_lines(token: Token, needs: Iterable[Need]) -> list[Line]:
    """Whether the token carries each permission."""
    claims = token.claims
    granted = set(claims.get("roles") or []) | set(str(claims.get("scp") or "").split())
    # A user needs the delegated permission of the client and a directory role; az login's client has all permissions.
    user_roles = set(claims.get("wids") or []) if claims.get("idtyp") != "app" else set()
    lines = []
    for need in needs:
        subject = f"Graph: {need.purpose}"
        held = next((name for name in need.any_of if name in granted), None)
        by_role = next((role for role in need.directory_roles if role in user_roles), None)
        if held is not None:
            lines.append(Line(subject, "ok", held))
        elif by_role is not None:
            lines.append(Line(subject, "ok", f"by the directory role {_role_name(by_role)}"))
        elif not claims:
            lines.append(Line(subject, "skipped", "the token does not tell its permissions"))
        else:
            lines.append(
                Line(
                    subject,
                    "failed",
                    f"the token has no {need.any_of[0]}",
                    f"grant the deployer the Microsoft Graph application permission {need.any_of[0]} with admin consent (a "
                    f"user: the role {_role_name(need.directory_roles[0])}), then take a new token",
                )
            )
    return lines


def _role_name(template_id: str) -> str:
    names = {
        _PRIVILEGED_ROLE: "Privileged Role Administrator",
        _CLOUD_APPLICATION: "Cloud Application Administrator",
        _APPLICATION: "Application Administrator",
    }
    role = find_role(template_id)
    return names.get(template_id) or (role.name if role else template_id)


def clock_line(server: datetime | None, local: datetime | None) -> Line:
    """Whether this machine's clock agrees with the service's."""
    if server is None or local is None:
        return Line("clock", "skipped", "no service told its time")
    apart = abs(local - server)
    seconds = int(apart.total_seconds())
    side = "ahead" if local > server else "behind"
    if apart > CLOCK_WARNING:
        level: Level = "failed" if apart > CLOCK_FAILURE else "warning"
        return Line(
            "clock",
            level,
            f"this machine is {seconds} s {side}",
            "set the clock by a time server: sign-in refuses certificates and tokens of another time",
        )
    return Line("clock", "ok", f"{seconds} s apart")


def module_line(powershell: str, module: str) -> Line:
    """Whether the module runs on the PowerShell."""
    problem = pair_problem(powershell, module)
    pair = f"ExchangeOnlineManagement {module} on PowerShell {powershell}"
    if problem is None and is_newer_than_known(module):
        newest = ".".join(map(str, NEWEST_MODULE_SEEN))
        return Line(
            "module", "warning", f"{pair} is newer than what is known here ({newest})", "read its release notes"
        )
    if problem is None:
        return Line("module", "ok", pair)
    return Line("module", "failed", problem.statement.rstrip("."), problem.remedy.rstrip("."))


async def exchange_lines(session: Session, app_role: str) -> tuple[list[Line], directory.Api | None]:
    """Whether Exchange Online is in the tenant and offers the app role."""
    try:
        api = await directory.exchange_online(session)
    except Problem as problem:
        return [Line("Exchange Online", "failed", problem.what, problem.remedy)], None
    except RefusedError as refused:
        return [_refused("Exchange Online", refused, READ_PRINCIPALS.any_of[0])], None
    lines = [Line("Exchange Online", "ok", f"{api.name}, object id {api.object_id}")]
    if not api.enabled:
        lines = [
            Line("Exchange Online", "failed", "its service principal is disabled", "enable it: accountEnabled true")
        ]
    role = api.role(app_role)
    if role is None:
        offered = ", ".join(sorted(each.value for each in api.roles))
        lines.append(Line("app role", "failed", f"{app_role} is not offered in this tenant", f"use one of {offered}"))
    elif not role.enabled:
        lines.append(
            Line("app role", "failed", f"{app_role} is disabled in this tenant", "ask Microsoft support for the reason")
        )
    elif not role.for_applications:
        lines.append(Line("app role", "failed", f"{app_role} is for users only", "use an application permission"))
    else:
        lines.append(Line("app role", "ok", f"{app_role} is enabled"))
    return lines, api


async def role_reading_line(session: Session) -> Line:
    """Whether directory role assignments can be read, which every refresh does."""
    subject = "Graph: read directory roles"
    role = EXCHANGE_ROLES[0].template_id
    try:
        await session.graph(f"{directory.ROLE_ASSIGNMENTS}?$filter=roleDefinitionId eq '{role}'&$top=1")
    except RefusedError as refused:
        return _refused(subject, refused, GRANT_DIRECTORY_ROLES.any_of[0])
    return Line(subject, "ok", "a read was answered")


async def organization_line(session: Session, organization: str) -> Line:
    """Whether the organization is the tenant's initial domain.

    :param organization: what the program connects to; empty when it is not known.
    """
    mistake = organization_mistake(organization) if organization else None
    if mistake is not None:
        what, _, remedy = mistake.partition(". ")
        return Line("organization", "failed", what, remedy.rstrip("."))
    try:
        initial = await directory.initial_domain(session)
    except RefusedError:
        return Line(
            "organization",
            "skipped",
            "the tenant's domains may not be read",
            "grant Organization.Read.All to have it checked, or compare by hand",
        )
    if not organization:
        return Line("organization", "ok", f"the initial domain is {initial}; use it as organization")
    if organization.lower() != initial.lower():
        return Line(
            "organization",
            "failed",
            f"{organization} is not the initial domain of the tenant that is signed in to",
            f"use {initial}, or sign in to the tenant of {organization}",
        )
    return Line("organization", "ok", f"{organization} is the initial domain")


async def subscription_lines(session: Session, subscription: str, group: str, *, user_assigned: bool) -> list[Line]:
    """Whether Resource Manager lets the deployer make an account."""
    if not subscription:
        return [
            Line(
                "Azure: subscription",
                "skipped",
                "ARM_SUBSCRIPTION_ID is not set",
                "set it, or --subscription, to have Azure checked; a program of directory grants alone needs none",
            )
        ]
    scope = f"/subscriptions/{subscription}"
    try:
        found = await session.resource_manager(scope, SUBSCRIPTION_VERSION)
    except RefusedError as refused:
        if not (refused.forbidden and group):
            remedy = "correct ARM_SUBSCRIPTION_ID, or give the deployer Contributor on the resource group"
            return [Line("Azure: subscription", "failed", _said(refused), remedy)]
        # Rights on the resource group alone are what a deployer should have.
        lines = [Line("Azure: subscription", "ok", f"{subscription}; it may not be read itself, only what is in it")]
    else:
        lines = [Line("Azure: subscription", "ok", f"{found.get('displayName', subscription)} ({subscription})")]
    for namespace in ("Microsoft.Automation", "Microsoft.ManagedIdentity"):
        lines += await _provider_lines(session, scope, namespace)
    wanted = (*ACTIONS, *(IDENTITY_ACTIONS if user_assigned else ()))
    return [*lines, await _actions_line(session, scope, group, wanted)]


async def _provider_lines(session: Session, scope: str, namespace: str) -> list[Line]:
    try:
        found = await session.resource_manager(f"{scope}/providers/{namespace}", PROVIDER_VERSION)
    except RefusedError:
        return []
    if str(found.get("registrationState", "Registered")).lower() in ("registered", "registering"):
        return []
    return [
        Line(
            f"Azure: {namespace}",
            "warning",
            "the resource provider is not registered; the first deployment registers it if it may",
            f"az provider register --namespace {namespace}",
        )
    ]


async def _actions_line(session: Session, scope: str, group: str, wanted: tuple[str, ...]) -> Line:
    """The rights at the resource group; at the subscription while the group is not there."""
    subject = "Azure: permissions"
    at, where = scope, "the subscription"
    if group:
        try:
            await session.resource_manager(f"{scope}/resourceGroups/{group}", PROVIDER_VERSION)
            at, where = f"{scope}/resourceGroups/{group}", f"resource group {group}"
        except RefusedError as refused:
            if not refused.absent:
                return Line(subject, "failed", _said(refused), f"give the deployer Contributor on {group}")
            wanted = ("Microsoft.Resources/subscriptions/resourceGroups/write", *wanted)
    try:
        rights = await session.resource_manager(
            f"{at}/providers/Microsoft.Authorization/permissions", PERMISSIONS_VERSION
        )
    except RefusedError:
        return await _reading_line(session, at, where)
    missing = [action for action in wanted if not allowed(rights.get("value") or [], action)]
    if missing:
        return Line(
            subject,
            "failed",
            f"not allowed at {where}: {', '.join(missing)}".replace("/*/", "/"),
            f"give the deployer Contributor at {where}, or Automation Contributor, Managed Identity Contributor and Managed Identity Operator",
        )
    return Line(subject, "ok", f"all {len(wanted)} actions at {where}")


async def _reading_line(session: Session, at: str, where: str) -> Line:
    """Where rights cannot be listed, a read at least tells whether there are any."""
    subject = "Azure: permissions"
    path = (
        f"{at}/providers/Microsoft.Automation/automationAccounts"
        if "/resourceGroups/" in at
        else f"{at}/resourceGroups"
    )
    try:
        await session.resource_manager(path, AUTOMATION_VERSION if "automationAccounts" in path else PROVIDER_VERSION)
    except RefusedError as refused:
        return Line(subject, "failed", _said(refused), f"give the deployer Contributor at {where}")
    return Line(
        subject, "warning", f"reading at {where} works; the right to write could not be looked up", "try a preview"
    )


def allowed(permissions: Iterable[Json], action: str) -> bool:
    """Whether the rights that Resource Manager lists permit an action; each role counts by itself."""
    wanted = action.lower()

    def matches(patterns: Iterable[object]) -> bool:
        return any(fnmatchcase(wanted, str(pattern).lower()) for pattern in patterns)

    return any(
        matches(entry.get("actions") or []) and not matches(entry.get("notActions") or []) for entry in permissions
    )


# After a deployment


async def package_lines(session: Session, package_ids: Iterable[str]) -> list[Line]:
    """Whether the packages of runtime environments are imported, which nothing waits for while they are deployed."""
    lines = []
    for package_id in package_ids:
        parts = package_id.split("/")
        subject = f"package {parts[-1]} in {parts[-3]}"
        try:
            found = await session.resource_manager(package_id, AUTOMATION_VERSION)
        except RefusedError as refused:
            remedy = "run pulumi up --refresh" if refused.absent else "give the deployer Reader at the account"
            lines.append(Line(subject, "failed", "it is not there" if refused.absent else _said(refused), remedy))
            continue
        lines.append(_package_line(subject, found.get("properties") or {}))
    return lines


def _package_line(subject: str, properties: Json) -> Line:
    state = str(properties.get("provisioningState") or "unknown")
    if state == "Succeeded":
        return Line(subject, "ok", f"version {properties.get('version')} is imported")
    if state in ("Failed", "Cancelled"):
        why = str((properties.get("error") or {}).get("message") or "Azure gives no reason")
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


async def principal_lines(
    session: Session, principal_id: str, api: directory.Api, made: datetime | None, now: datetime
) -> list[Line]:
    """Whether one principal has what it needs, and since when.

    :param made: when the newest of its grants came into a state; None when no state is at hand.
    """
    found = await directory.principals(session, [principal_id], lambda body: body)
    body = found.get(principal_id)
    if body is None:
        return [
            Line(
                f"identity {principal_id}",
                "failed",
                "the directory has no such object",
                "give the principal id (object id), not the client id; a new identity can take minutes to appear",
            )
        ]
    name = str(body.get("displayName") or principal_id)
    try:
        app_roles = await directory.app_roles_held(session, principal_id)
        roles = await directory.directory_roles_held(session, principal_id)
    except RefusedError as refused:
        return [_refused(f"identity {name}", refused, READ_PRINCIPALS.any_of[0])]
    lines = [Line(f"identity {name}", "ok", f"{kind_of(body)}, object id {principal_id}")]
    held = {api.value_of(str(each.get("appRoleId"))): each for each in app_roles if each["resourceId"] == api.object_id}
    lines.append(_app_role_line(name, sorted(held)))
    names = {str(each["roleDefinitionId"]) for each in roles}
    others = await directory.role_names(session, (each for each in names if find_role(each) is None))
    lines += _directory_role_lines(name, roles, others)
    dates = [str(each.get("createdDateTime") or "") for value, each in held.items() if value in SESSION_APP_ROLES]
    lines.append(_cache_line(name, [*filter(None, map(_moment, dates)), *([made] if made else [])], now))
    return lines


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


def _directory_role_lines(name: str, assignments: list[Json], others: dict[str, str]) -> list[Line]:
    subject = f"{name}: directory role"
    honoured = [
        (role, str(each.get("directoryScopeId") or "/"))
        for each in assignments
        if (role := find_role(str(each["roleDefinitionId"]))) is not None
    ]
    lines = []
    if honoured:
        text = ", ".join(role.name if scope == "/" else f"{role.name} ({scope})" for role, scope in honoured)
        lines.append(Line(subject, "ok", f"{text}; honoured for app-only sessions"))
    else:
        has = f"; it has {', '.join(sorted(others.values()))}, which Exchange does not honour" if others else ""
        lines.append(
            Line(
                subject,
                "failed",
                f'no role that Exchange honours for app-only sessions{has}: cmdlets fail with "The role assigned to '
                "application ... isn't supported in this scenario\"",
                "grant Exchange Administrator or a narrower role with ExchangeAccess; a role group in Exchange will do too",
            )
        )
    if any(role.name == GLOBAL_ADMINISTRATOR for role, _ in honoured):
        lines.append(
            Line(subject, "warning", "Global Administrator is never needed for Exchange", "use Exchange Administrator")
        )
    return lines


def _cache_line(name: str, moments: list[datetime], now: datetime) -> Line:
    subject = f"{name}: cached token"
    if not moments:
        return Line(subject, "skipped", "the directory does not tell when the grants were made")
    age = now - max(moments)
    if age >= TOKEN_CACHE:
        return Line(subject, "ok", f"the newest grant is {age.days} days old: no token from before it is left")
    hours = max(0, int(age.total_seconds() // 3600))
    return Line(
        subject,
        "warning",
        f"the newest grant is {hours} h old: a token that was taken before it may be cached for 24 h",
        "wait if jobs are refused although all lines above are ok; a new identity has no old token",
    )


def _moment(text: str) -> datetime | None:
    """An ISO 8601 time; Python 3.10 reads neither a Z nor nanoseconds."""
    match = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)", text)
    return datetime.fromisoformat(match[1]).replace(tzinfo=timezone.utc) if match else None


def newest(texts: Iterable[str]) -> datetime | None:
    """The newest of several ISO 8601 times."""
    return max(filter(None, map(_moment, texts)), default=None)


def _said(refused: RefusedError) -> str:
    """A refusal in one sentence."""
    text = refused.message.splitlines()[0].rstrip(".") if refused.message else f"status {refused.status}"
    return f"{refused.code}: {text}" if refused.code else text


def _refused(subject: str, refused: RefusedError, permission: str) -> Line:
    remedy = f"grant the deployer {permission} with admin consent" if refused.forbidden else "run the command again"
    return Line(subject, "failed", _said(refused), remedy)
