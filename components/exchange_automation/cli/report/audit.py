"""The audit behind ``report``: who holds what in Exchange Online, who manages it, and what looks wrong.

Findings are decided here from records alone, without a directory, so each rule can be tried by itself.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES, GLOBAL_ADMINISTRATOR
from exchange_automation.cli.client import directory
from exchange_automation.cli.client.exchange import SESSION_APP_ROLES, azure_resource_of, kind_of
from exchange_automation.cli.client.session import Json, Session
from exchange_automation.cli.output import Step
from exchange_automation.cli.pulumi.stacks import State

ROLE_NAMES = {role.template_id: role.name for role in EXCHANGE_ROLES}
GONE = "gone"
PEOPLE = frozenset({"user", "group"})

ROLE_WITHOUT_APP_ROLE = "role without app role"
APP_ROLE_WITHOUT_ROLE = "app role without role"
GLOBAL_ADMIN = "Global Administrator"
IDENTITY_GONE = "identity gone"
NOT_TRACKED = "not tracked"
IDENTITY_DISABLED = "identity disabled"


# eq=False keeps ten thousand of them as small as slots make them, and nothing compares them.
@dataclass(slots=True, eq=False)
class Held:
    """One grant in the directory."""

    id: str
    name: str
    kind: str
    """ "app role" or "directory role"."""
    scope: str
    created: str
    """When it was made, ISO 8601. The directory does not tell it for directory roles; then the state's date, if any."""
    stack: str = ""
    """Which stack manages it."""

    @property
    def label(self) -> str:
        """Name, and the scope where it is narrower than the directory."""
        return self.name if self.scope == directory.WHOLE_DIRECTORY else f"{self.name} ({self.scope})"


@dataclass(slots=True, eq=False)
class Holder:
    """A principal with its grants."""

    id: str
    name: str = ""
    kind: str = GONE
    app_id: str = ""
    created: str = ""
    resource: str = ""
    enabled: bool = True
    grants: list[Held] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    @property
    def stacks(self) -> list[str]:
        """The stacks that manage grants of it."""
        return sorted({grant.stack for grant in self.grants if grant.stack})


@dataclass(slots=True)
class Audit:
    """All of it."""

    tenant_id: str
    holders: list[Holder]
    stale: list[Json]
    """Grants that a state has and the directory has not."""
    stacks: list[str]
    """The stacks that were looked at; without any, nothing can be called untracked."""

    @property
    def untracked(self) -> list[Holder]:
        """Principals with a grant that none of the stacks manages."""
        return [holder for holder in self.holders if NOT_TRACKED in holder.findings]


async def audit(session: Session, states: list[State], step: Step) -> Audit:
    """Read who holds what, and judge it.

    :raises Problem: the tenant has no Exchange Online, or cannot be read.
    :raises RefusedError: the caller may not read it.
    """
    api = await directory.exchange_online(session)
    holders: dict[str, Holder] = {}

    def holder(principal_id: str) -> Holder:
        return holders.setdefault(principal_id, Holder(sys.intern(principal_id)))

    def take(assignment: Json) -> None:
        role_id = str(assignment.get("roleDefinitionId"))
        holder(str(assignment["principalId"])).grants.append(
            Held(
                str(assignment["id"]),
                ROLE_NAMES.get(role_id, role_id),
                "directory role",
                sys.intern(str(assignment.get("directoryScopeId") or directory.WHOLE_DIRECTORY)),
                "",
            )
        )

    async for page in directory.holders_of(session, api):
        for assignment in page:
            holder(str(assignment["principalId"])).grants.append(
                Held(
                    str(assignment["id"]),
                    sys.intern(api.value_of(str(assignment.get("appRoleId")))),
                    "app role",
                    directory.WHOLE_DIRECTORY,
                    str(assignment.get("createdDateTime") or ""),
                )
            )
        step.say(f"app roles of Exchange Online: {len(holders):,} principals")
    step.say("directory roles")
    await directory.role_holders(session, ROLE_NAMES, take)
    done = 0

    def told(count: int) -> None:
        nonlocal done
        done += count
        step.say(f"principals: {done:,} of {len(holders):,}")

    def describe(body: Json) -> None:
        found = holders[str(body["id"])]
        found.name = str(body.get("displayName") or "")
        found.kind = sys.intern(kind_of(body))
        found.app_id = str(body.get("appId") or "")
        found.created = str(body.get("createdDateTime") or "")
        found.resource = azure_resource_of(body)
        found.enabled = body.get("accountEnabled") is not False

    await directory.principals(session, holders, describe, told)
    token = await session.token(session.endpoints.graph_scope)
    stale = track(holders.values(), states, api.object_id)
    for each in holders.values():
        each.findings = findings(each, tracked_known=bool(states))
    ordered = sorted(
        holders.values(), key=lambda each: (not each.findings, each.kind in PEOPLE, each.name.lower(), each.id)
    )
    return Audit(str(token.claims.get("tid", "")), ordered, stale, [state.stack for state in states])


def track(holders: Iterable[Holder], states: list[State], exchange_object_id: str) -> list[Json]:
    """Note which stack manages which grant; returns what the states have and the directory has not."""
    managed: dict[str, Any] = {
        grant.assignment_id: grant
        for state in states
        for grant in state.grants
        if "/appRoleAssignedTo/" not in grant.id or f"/{exchange_object_id}/" in grant.id
    }
    seen = set()
    for holder in holders:
        for held in holder.grants:
            grant = managed.get(held.id)
            if grant is not None:
                seen.add(held.id)
                held.stack = grant.stack
                held.created = held.created or grant.created
    return [
        {"stack": grant.stack, "name": grant.name, "id": grant.id, "principalId": grant.principal_id}
        for grant_id, grant in managed.items()
        if grant_id not in seen
    ]


def findings(holder: Holder, *, tracked_known: bool) -> list[str]:
    """What looks wrong with one principal.

    :param tracked_known: whether any state was given.
    """
    found = []
    roles = {grant.name for grant in holder.grants if grant.kind == "directory role"}
    app_roles = {grant.name for grant in holder.grants if grant.kind == "app role"}
    if holder.kind == GONE:
        found.append(IDENTITY_GONE)
    if GLOBAL_ADMINISTRATOR in roles and holder.kind not in PEOPLE:
        found.append(GLOBAL_ADMIN)
    if holder.kind not in PEOPLE and holder.kind != GONE:
        if roles and not app_roles:
            found.append(ROLE_WITHOUT_APP_ROLE)
        if app_roles & set(SESSION_APP_ROLES) and not roles:
            found.append(APP_ROLE_WITHOUT_ROLE)
        if not holder.enabled:
            found.append(IDENTITY_DISABLED)
    # People are given roles by people; programs are what this package makes.
    if tracked_known and holder.kind not in PEOPLE and any(not grant.stack for grant in holder.grants):
        found.append(NOT_TRACKED)
    return found


REMEDIES = {
    ROLE_WITHOUT_APP_ROLE: "it cannot open an Exchange session: remove the role, or grant Exchange.ManageAsApp",
    APP_ROLE_WITHOUT_ROLE: "every cmdlet fails unless a role group in Exchange gives permissions: grant a directory role",
    GLOBAL_ADMIN: "Exchange never needs it: use Exchange Administrator",
    IDENTITY_GONE: "the directory still lists the grant of an identity that it no longer has: remove the grant",
    NOT_TRACKED: "no stack given here manages it: bring it home with exchange-automation adopt, or remove it",
    IDENTITY_DISABLED: "it cannot sign in, and can again when somebody enables it: remove its grants",
}
"""What each finding means, and what to do."""
