"""Grants in the directory, whoever declares them: a component, a component of another program, or the program itself."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from exchange_automation.catalog.app_roles import WIDE, only_reads, well_known
from exchange_automation.catalog.directory_roles import GLOBAL_ADMINISTRATOR, find_role
from exchange_automation.cli.client.exchange import MANAGE_AS_APP
from exchange_automation.cli.pulumi.previews import Step, mapping
from exchange_automation.cli.pulumi.states import APP_ROLE_ASSIGNMENT, DIRECTORY_ROLE_ASSIGNMENT

from .changes import Change, Name, Phrase, Risk
from .operations import ADDED, CHANGED, REMOVED
from .subjects import Subjects

READING_ROLES = frozenset({"Global Reader", "Security Reader"})
TENANT_WIDE: Phrase = ("tenant-wide",)


@dataclass(frozen=True)
class Grant:
    """A grant, as the old or the new state of a resource describes it."""

    words: Phrase
    scope: Phrase
    risk: Risk
    note: Phrase = ()


@dataclass(frozen=True)
class GrantType:
    """A type of resource that grants something.

    Attributes:
        holder: The input with the object id of the holder. Empty for a grant without one, such as a role definition.
        read: Takes a step and whether to read its old state, and returns the grant.
    """

    holder: str
    read: Callable[[Step, bool], Grant]


def directory_changes(step: Step, subjects: Subjects, *, again: bool) -> Iterator[Change]:
    """Yields what a step does to a grant in the directory.

    Args:
        step: The step.
        subjects: The identities of the preview.
        again: Whether the step creates again what somebody removed by hand.
    """
    granted = GRANT_TYPES.get(step.type)
    if granted is None or (step.type == _GROUP and not _is_role_assignable(step)):
        return
    if step.operation in ADDED:
        yield _added(step, granted, subjects, again=again)
    elif step.operation in REMOVED:
        yield _removed(step, granted, subjects)
    elif step.operation in CHANGED:
        yield _replaced(step, granted, subjects)


def _added(step: Step, granted: GrantType, subjects: Subjects, *, again: bool) -> Change:
    grant, holder = granted.read(step, False), subjects.holder(step, granted.holder)
    if step.operation in ("import", "import-replacement"):
        return Change(grant.words, holder, grant.scope, "taken under management", Risk.LOW, step.urn)
    if again:
        found: Phrase = ("it is in the state and was removed by hand",)
        return Change(grant.words, holder, grant.scope, "created again", min(grant.risk, Risk.LOW), step.urn, found)
    return Change(grant.words, holder, grant.scope, "added", grant.risk, step.urn, grant.note)


def _removed(step: Step, granted: GrantType, subjects: Subjects) -> Change:
    grant, holder = granted.read(step, True), subjects.holder(step, granted.holder, old=True)
    if mapping(step.old).get("retainOnDelete") is True:
        note = ("it stays in the directory, because retainOnDelete is set",)
        return Change(grant.words, holder, grant.scope, "left behind, managed by nothing", Risk.MEDIUM, step.urn, note)
    return Change(grant.words, holder, grant.scope, "removed", Risk.LOW, step.urn)


def _replaced(step: Step, granted: GrantType, subjects: Subjects) -> Change:
    before, after = granted.read(step, True), granted.read(step, False)
    if not granted.holder:
        return Change(after.words, (), after.scope, "changed", after.risk, step.urn, after.note)
    held = subjects.holder(step, granted.holder, old=True)
    holder = subjects.holder(step, granted.holder)
    same_grant = (before.words, before.scope) == (after.words, after.scope)
    unchanged = subjects.unchanged_holder(step, granted.holder)
    if same_grant and unchanged:
        stays: Phrase = ("it looks replaced because the account changes, and its identity stays",)
        return Change(
            after.words, subjects.principal(unchanged), after.scope, "stays", min(after.risk, Risk.LOW), step.urn, stays
        )
    if same_grant and held == holder:
        what = "replaced" if step.operation == "replace" else "stays"
        return Change(after.words, holder, after.scope, what, Risk.LOW, step.urn, ("the same grant",))
    grant: Phrase = () if same_grant else (*before.words, *((", ", *before.scope) if before.scope else ()), " for ")
    was: Phrase = ("in place of ", *grant, *held)
    note: Phrase = (*was, "; ", *after.note) if after.note else was
    return Change(after.words, holder, after.scope, "replaced", after.risk, step.urn, note)


PRIVILEGED = "Microsoft labels the role PRIVILEGED"
"""Note of a role whose holder can take over other identities, or can read information that helps with that."""


def _directory_role(key: str, *, eligible: bool = False) -> Callable[[Step, bool], Grant]:
    def read(step: Step, old: bool) -> Grant:
        scope = _scope(step, old)
        prefix: Phrase = ("eligibility for ",) if eligible else ()
        given = step.known(key, old=old)
        role = find_role(given)
        if role is None:
            words: Phrase = (*prefix, "directory role ", Name(given) if given else "that is not known yet")
            return Grant(
                words, scope, Risk.CRITICAL, ("Exchange Online does not honour this role; look up its permissions",)
            )
        if role.name == GLOBAL_ADMINISTRATOR:
            return Grant((*prefix, role.name), scope, Risk.CRITICAL, ("Exchange Online never needs it",))
        narrow = role.name in READING_ROLES or scope[0] == "in administrative unit "
        risk = Risk.MEDIUM if narrow else Risk.HIGH
        return Grant((*prefix, role.name), scope, risk, (PRIVILEGED,) if role.privileged else ())

    return read


def _app_role(step: Step, old: bool) -> Grant:
    given = step.known("appRoleId", old=old)
    found = well_known(given)
    if found is None:
        words: Phrase = ("app role ", Name(given) if given else "that is not known yet")
        return Grant(words, TENANT_WIDE, Risk.CRITICAL, ("this command does not know it; look up its permissions",))
    api, value = found
    if value == MANAGE_AS_APP:
        # It opens a session. The directory role decides what the session may do.
        return Grant((f"app role {value}",), TENANT_WIDE, Risk.MEDIUM)
    words = (f"app role {value} of {api}",)
    if value in WIDE:
        return Grant(words, TENANT_WIDE, Risk.CRITICAL, (WIDE[value],))
    narrow = only_reads(value) or value.endswith(".Selected")
    return Grant(words, TENANT_WIDE, Risk.MEDIUM if narrow else Risk.HIGH)


def _scope(step: Step, old: bool) -> Phrase:
    inputs = step.inputs(old=old)
    app_scope = inputs.get("appScopeId")
    if app_scope:
        return ("in the application's scope ", Name(step.known("appScopeId", old=old) or "that is not known yet"))
    given = inputs.get("directoryScopeId")
    if given in (None, "", "/"):
        return TENANT_WIDE
    known = step.known("directoryScopeId", old=old)
    if not known:
        return ("in a scope that is not known yet",)
    kind, _, unit = known.removeprefix("/").partition("/")
    if kind == "administrativeUnits" and unit:
        return ("in administrative unit ", Name(unit))
    return ("in the scope ", Name(known))


def _activated_role(step: Step, old: bool) -> Grant:
    words: Phrase = ("activated directory role ", *_source(step, "roleObjectId", old))
    unit = "administrativeUnitObjectId"
    scope: Phrase = (
        ("in administrative unit ", *_source(step, unit, old)) if unit in step.inputs(old=old) else TENANT_WIDE
    )
    return Grant(words, scope, Risk.CRITICAL, ("a preview does not contain the name of that role; look it up",))


def _membership(step: Step, old: bool) -> Grant:
    key = "groupObjectId" if "groupObjectId" in step.inputs(old=old) else "groupId"
    return Grant(
        ("membership of group ", *_source(step, key, old)),
        (),
        Risk.HIGH,
        ("a member has all grants of the group",),
    )


def _delegated(step: Step, old: bool) -> Grant:
    claims = step.inputs(old=old).get("claimValues")
    listed = ", ".join(map(str, claims)) if isinstance(claims, list) else "that are not known yet"
    return Grant(("delegated permissions ", Name(listed)), (), Risk.HIGH, ("they act as the user who signs in",))


def _ownership(step: Step, old: bool) -> Grant:
    return Grant(
        ("ownership of application ", *_source(step, "applicationId", old)),
        (),
        Risk.HIGH,
        ("an owner can add a way to sign in as it",),
    )


def _custom_role(step: Step, old: bool) -> Grant:
    name = step.known("displayName", old=old) or step.name
    return Grant(
        ("permissions of the custom directory role ", Name(name)),
        (),
        Risk.HIGH,
        ("every holder of the role gets them",),
    )


def _role_group(step: Step, old: bool) -> Grant:
    name = step.known("displayName", old=old) or step.name
    return Grant(
        ("group ", Name(name), " that can hold directory roles"),
        (),
        Risk.HIGH,
        ("its members have all its grants",),
    )


def _source(step: Step, key: str, old: bool) -> Phrase:
    known = step.known(key, old=old)
    if known:
        return (Name(known),)
    sources = step.sources_of(key, old=old)
    return (Name(sources[0].split("::", 3)[-1]),) if sources else ("that is not known yet",)


def _is_role_assignable(step: Step) -> bool:
    return any(step.inputs(old=old).get("assignableToRole") is True for old in (True, False))


_GROUP = "azuread:index/group:Group"

GRANT_TYPES: Mapping[str, GrantType] = {
    DIRECTORY_ROLE_ASSIGNMENT: GrantType("principalObjectId", _directory_role("roleId")),
    APP_ROLE_ASSIGNMENT: GrantType("principalObjectId", _app_role),
    "azuread:index/directoryRoleEligibilityScheduleRequest:DirectoryRoleEligibilityScheduleRequest": GrantType(
        "principalId", _directory_role("roleDefinitionId", eligible=True)
    ),
    "azuread:index/directoryRoleMember:DirectoryRoleMember": GrantType("memberObjectId", _activated_role),
    "azuread:index/administrativeUnitRoleMember:AdministrativeUnitRoleMember": GrantType(
        "memberObjectId", _activated_role
    ),
    "azuread:index/groupMember:GroupMember": GrantType("memberObjectId", _membership),
    "azuread:index/privilegedAccessGroupAssignmentSchedule:PrivilegedAccessGroupAssignmentSchedule": GrantType(
        "principalId", _membership
    ),
    "azuread:index/privilegedAccessGroupEligibilitySchedule:PrivilegedAccessGroupEligibilitySchedule": GrantType(
        "principalId", _membership
    ),
    "azuread:index/servicePrincipalDelegatedPermissionGrant:ServicePrincipalDelegatedPermissionGrant": GrantType(
        "servicePrincipalObjectId", _delegated
    ),
    "azuread:index/applicationOwner:ApplicationOwner": GrantType("ownerObjectId", _ownership),
    "azuread:index/customDirectoryRole:CustomDirectoryRole": GrantType("", _custom_role),
    _GROUP: GrantType("", _role_group),
}
"""Type of resource -> how it grants something in the directory."""
