"""The audit behind ``report``: the grants in Exchange Online, their holders, the stacks that manage them, and findings.

:func:`findings` decides from records alone, so a test can try every rule without a directory.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone

from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES, GLOBAL_ADMINISTRATOR
from exchange_automation.cli.client import directory
from exchange_automation.cli.client.certificates import SOON, certificate_ends, days_left
from exchange_automation.cli.client.exchange import SESSION_APP_ROLES, azure_resource_of, is_exchange_role, kind_of
from exchange_automation.cli.client.runbooks import RunbookText, compare_runbooks
from exchange_automation.cli.client.session import Session
from exchange_automation.cli.documents import Record
from exchange_automation.cli.output import Progress, counted
from exchange_automation.cli.pulumi.states import ManagedGrant, State

ROLE_NAMES = {role.template_id: role.name for role in EXCHANGE_ROLES}
PRIVILEGED_ROLES = frozenset(role.name for role in EXCHANGE_ROLES if role.privileged)
"""Display names of the roles that Microsoft labels PRIVILEGED."""
APP_ROLE, DIRECTORY_ROLE = "app role", "directory role"
GONE = "gone"
PEOPLE = frozenset({"user", "group"})

ROLE_WITHOUT_APP_ROLE = "role without app role"
APP_ROLE_WITHOUT_ROLE = "app role without role"
GLOBAL_ADMIN = "Global Administrator"
IDENTITY_GONE = "identity gone"
NOT_TRACKED = "not tracked"
IDENTITY_DISABLED = "identity disabled"
CERTIFICATE_EXPIRED = "certificate expired"
CERTIFICATE_ENDS_SOON = "certificate ends soon"

REMEDIES = {
    ROLE_WITHOUT_APP_ROLE: "it cannot open an Exchange session: remove the role, or grant Exchange.ManageAsApp",
    APP_ROLE_WITHOUT_ROLE: "every cmdlet fails unless a role group in Exchange gives permissions: grant a directory role",
    GLOBAL_ADMIN: "Exchange never needs it: use Exchange Administrator",
    IDENTITY_GONE: "the directory still lists the grant of an identity that it no longer has: remove the grant",
    NOT_TRACKED: "no stack given here manages all of its grants: run exchange-automation adopt, or remove the others",
    IDENTITY_DISABLED: "it cannot sign in, and can again when somebody enables it: remove its grants",
    CERTIFICATE_EXPIRED: "it cannot sign in with a certificate: add one, or remove its grants if nothing uses it",
    CERTIFICATE_ENDS_SOON: "less than 30 days are left: add the next certificate beside it",
}
"""Finding -> its meaning, and what to do."""


# eq=False: nothing compares ten thousand of them. Slots keep them small.
@dataclass(slots=True, eq=False)
class Held:
    """One grant in the directory.

    Attributes:
        id: The assignment's id.
        name: Name of the role.
        kind: "app role" or "directory role".
        scope: "/", or the id of the narrower scope.
        created: The time in ISO 8601. For a directory role it comes from the state, because the directory has none.
        stack: The stack that manages it; empty where none does.
    """

    id: str
    name: str
    kind: str
    scope: str
    created: str
    stack: str = ""

    @property
    def privileged(self) -> bool:
        """Whether it is a directory role that Microsoft labels PRIVILEGED."""
        return self.kind == DIRECTORY_ROLE and self.name in PRIVILEGED_ROLES

    @property
    def label(self) -> str:
        """Name, and the scope where it is narrower than the directory."""
        return self.name if self.scope == directory.WHOLE_DIRECTORY else f"{self.name} ({self.scope})"


@dataclass(slots=True, eq=False)
class Holder:
    """A principal with its grants.

    Attributes:
        certificate_days: Whole days until the last certificate of an application ends; None without a certificate.
    """

    id: str
    name: str = ""
    kind: str = GONE
    app_id: str = ""
    created: str = ""
    resource: str = ""
    enabled: bool = True
    certificate_days: int | None = None
    grants: list[Held] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def describe(self, body: Record) -> None:
        """Takes the principal's properties from the directory."""
        self.name = body.text("displayName")
        self.kind = sys.intern(kind_of(body))
        self.app_id = body.text("appId")
        self.created = body.text("createdDateTime")
        self.resource = azure_resource_of(body)
        self.enabled = body.flag("accountEnabled") is not False

    @property
    def stacks(self) -> list[str]:
        """The stacks that manage grants of it."""
        return sorted({grant.stack for grant in self.grants if grant.stack})


@dataclass(frozen=True)
class Stale:
    """A grant that a state has and the directory does not have.

    Attributes:
        grant: The grant in the state.
        why: The reason; empty when it is not known.
    """

    grant: ManagedGrant
    why: str = ""


@dataclass(slots=True)
class Audit:
    """Everything that the report shows.

    Attributes:
        tenant_id: The tenant.
        holders: The principals, those with findings first.
        stale: Grants that a state has and the directory does not have.
        stacks: The stacks whose states were read; without any, no grant can be called untracked.
        runbooks: The runbooks in the states, and whether their text in Azure is the published one.
    """

    tenant_id: str
    holders: list[Holder]
    stale: list[Stale]
    stacks: list[str]
    runbooks: list[RunbookText]

    @property
    def untracked(self) -> list[Holder]:
        """Principals with a grant that none of the stacks manages."""
        return [holder for holder in self.holders if NOT_TRACKED in holder.findings]


async def audit(session: Session, states: list[State], progress: Progress) -> Audit:
    """Reads the holders and their grants, and decides the findings.

    Raises:
        Problem: The tenant has no Exchange Online, or cannot be read.
        ServiceError: The caller may not read it.
    """
    api = await directory.exchange_online(session)
    holders: dict[str, Holder] = {}
    await _read_app_roles(session, api, holders, progress)
    progress.show("directory roles")
    await _read_directory_roles(session, holders)
    await _describe(session, holders, progress)
    await _read_certificates(session, holders)
    progress.show("runbooks")
    runbooks = await compare_runbooks(session, states)
    token = await session.token(session.endpoints.graph_scope)
    stale = track(holders.values(), states, api.object_id)
    for holder in holders.values():
        holder.findings = findings(holder, tracked_known=bool(states))
    ordered = sorted(holders.values(), key=_what_looks_wrong_first)
    return Audit(token.claims.text("tid"), ordered, stale, [state.stack for state in states], runbooks)


def _what_looks_wrong_first(holder: Holder) -> tuple[bool, bool, str, str]:
    return (not holder.findings, holder.kind in PEOPLE, holder.name.lower(), holder.id)


def _hold(holders: dict[str, Holder], assignment: Record, held: Held) -> None:
    principal_id = assignment.required("principalId")
    holders.setdefault(principal_id, Holder(sys.intern(principal_id))).grants.append(held)


async def _read_app_roles(session: Session, api: directory.Api, holders: dict[str, Holder], progress: Progress) -> None:
    async for page in directory.holders_of(session, api):
        for assignment in page:
            name = sys.intern(api.value_of(assignment.text("appRoleId")))
            created = assignment.text("createdDateTime")
            held = Held(assignment.required("id"), name, APP_ROLE, directory.WHOLE_DIRECTORY, created)
            _hold(holders, assignment, held)
        progress.show(f"app roles of Exchange Online: {counted(len(holders), 'principal')}")


async def _read_directory_roles(session: Session, holders: dict[str, Holder]) -> None:
    async for assignment in directory.role_holders(session, ROLE_NAMES):
        role_id = assignment.text("roleDefinitionId")
        scope = sys.intern(assignment.text("directoryScopeId", directory.WHOLE_DIRECTORY))
        held = Held(assignment.required("id"), ROLE_NAMES.get(role_id, role_id), DIRECTORY_ROLE, scope, "")
        _hold(holders, assignment, held)


async def _describe(session: Session, holders: dict[str, Holder], progress: Progress) -> None:
    """Adds the properties in the directory to the holders."""
    done = 0

    def keep(body: Record) -> None:
        holder = holders.get(body.required("id"))
        if holder is not None:
            holder.describe(body)

    def show(count: int) -> None:
        nonlocal done
        done += count
        progress.show(f"principals: {done:,} of {len(holders):,}")

    await directory.principals(session, holders, keep, show)


async def _read_certificates(session: Session, holders: dict[str, Holder]) -> None:
    applications = {holder.app_id: holder for holder in holders.values() if holder.kind == "application"}
    now = datetime.now(timezone.utc)
    for app_id, end in (await certificate_ends(session, applications)).items():
        applications[app_id].certificate_days = days_left(end, now)


def track(holders: Iterable[Holder], states: list[State], exchange_object_id: str) -> list[Stale]:
    """Notes the stack of every managed grant; returns the grants in the states that the directory does not have."""
    managed: dict[str, ManagedGrant] = {}
    moved: list[Stale] = []
    for grant in (grant for state in states for grant in state.grants):
        resource = grant.resource_id
        if not resource or resource == exchange_object_id:
            managed[grant.assignment_id] = grant
        elif is_exchange_role(grant.role_id):
            why = f"it was granted by a service principal of Exchange Online that is not the present one ({resource})"
            moved.append(Stale(grant, why))
        # An app role of another API is not of Exchange Online, so it is not in this report.
    seen = set()
    for holder in holders:
        for held in holder.grants:
            found = managed.get(held.id)
            if found is not None:
                seen.add(held.id)
                held.stack = found.stack
                held.created = held.created or found.created
    return [*(Stale(grant) for grant_id, grant in managed.items() if grant_id not in seen), *moved]


def findings(holder: Holder, *, tracked_known: bool) -> list[str]:
    """Returns the findings about one principal.

    Args:
        holder: The principal.
        tracked_known: Whether any state was given.
    """
    found = []
    person = holder.kind in PEOPLE
    roles = {grant.name for grant in holder.grants if grant.kind == DIRECTORY_ROLE}
    app_roles = {grant.name for grant in holder.grants if grant.kind == APP_ROLE}
    if holder.kind == GONE:
        found.append(IDENTITY_GONE)
    if GLOBAL_ADMINISTRATOR in roles and not person:
        found.append(GLOBAL_ADMIN)
    if not person and holder.kind != GONE:
        if roles and not app_roles:
            found.append(ROLE_WITHOUT_APP_ROLE)
        if app_roles & set(SESSION_APP_ROLES) and not roles:
            found.append(APP_ROLE_WITHOUT_ROLE)
        if not holder.enabled:
            found.append(IDENTITY_DISABLED)
    if holder.certificate_days is not None and holder.certificate_days < SOON.days:
        found.append(CERTIFICATE_EXPIRED if holder.certificate_days < 0 else CERTIFICATE_ENDS_SOON)
    # People get their roles from people. This package creates the grants of programs.
    if tracked_known and not person and any(not grant.stack for grant in holder.grants):
        found.append(NOT_TRACKED)
    return found
