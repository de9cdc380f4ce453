"""What in Azure decides about access to Exchange Online: identities, ways to sign in as one, and what runs as one.

Whoever can edit a runbook acts with everything that the account's identity is granted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exchange_automation.catalog.azure_roles import AZURE_ROLES, edits_runbooks
from exchange_automation.cli.pulumi.previews import Step, mapping

from .changes import Change, Name, Phrase, Risk
from .operations import ADDED, CHANGED, REMOVED
from .subjects import AUTOMATION_ACCOUNT, IDENTITIES, Subjects

ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment"

CREDENTIALS: Mapping[str, str] = {
    "azuread:index/applicationCertificate:ApplicationCertificate": "a certificate",
    "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential": (
        "a federated credential"
    ),
    "azuread:index/applicationFlexibleFederatedIdentityCredential:ApplicationFlexibleFederatedIdentityCredential": (
        "a federated credential"
    ),
    "azuread:index/applicationPassword:ApplicationPassword": "a client secret",
    "azuread:index/servicePrincipalPassword:ServicePrincipalPassword": "a client secret",
    "azuread:index/servicePrincipalCertificate:ServicePrincipalCertificate": "a certificate",
    "azure-native:managedidentity:FederatedIdentityCredential": "a federated credential",
}


@dataclass(frozen=True)
class Part:
    """A part of an account that decides what runs as its identity.

    Attributes:
        word: what it is called.
        named_by: the input with its name.
        risk: of its appearing or changing.
        note: what that means.
    """

    word: str
    named_by: str
    risk: Risk = Risk.LOW
    note: str = ""


_RUNS = "it runs as the account's identity"
_SIGNS = "what runs in the account can use it"
PARTS: Mapping[str, Part] = {
    "Runbook": Part("runbook", "runbookName", note=_RUNS),
    "Package": Part("package", "packageName", note=_RUNS),
    "Module": Part("module", "moduleName", note=_RUNS),
    "PowerShell72Module": Part("module", "moduleName", note=_RUNS),
    "Python2Package": Part("package", "packageName", note=_RUNS),
    "Python3Package": Part("package", "packageName", note=_RUNS),
    "DscConfiguration": Part("configuration", "configurationName", note=_RUNS),
    "RuntimeEnvironment": Part("runtime environment", "runtimeEnvironmentName"),
    "Variable": Part("variable", "variableName", note="runbooks read it"),
    "Connection": Part("connection", "connectionName", note=_SIGNS),
    "Credential": Part("credential", "credentialName", note=_SIGNS),
    "Certificate": Part("certificate", "certificateName", note=_SIGNS),
    "Schedule": Part("schedule", "scheduleName", note="it starts runbooks"),
    "JobSchedule": Part("link of a schedule and a runbook", "jobScheduleId", note="it starts a runbook"),
    "Webhook": Part("webhook", "webhookName", Risk.MEDIUM, "whoever has its address starts a runbook"),
    "Watcher": Part("watcher", "watcherName", Risk.MEDIUM, _RUNS),
    "SourceControl": Part("source control", "sourceControlName", Risk.MEDIUM, "whoever pushes there edits runbooks"),
    "HybridRunbookWorkerGroup": Part(
        "hybrid worker group", "hybridRunbookWorkerGroupName", Risk.MEDIUM, "runbooks can run on machines outside Azure"
    ),
    "HybridRunbookWorker": Part(
        "hybrid worker", "hybridRunbookWorkerId", Risk.MEDIUM, "runbooks can run on a machine outside Azure"
    ),
}
"""By the type's name in azure-native's module automation."""

_AUTOMATION = "azure-native:automation:"

JUDGED: Mapping[str, object] = {**CREDENTIALS, **IDENTITIES, ROLE_ASSIGNMENT: None}
"""The types that are judged here, apart from those that grant nothing."""


def azure_changes(step: Step, subjects: Subjects) -> Iterator[Change]:
    """What a step does to an identity, to a way to act as one, or to what runs as one."""
    if step.type in CREDENTIALS:
        yield from _credential(step)
    elif step.type == ROLE_ASSIGNMENT:
        yield from _role_assignment(step, subjects)
    elif step.type in IDENTITIES and step.operation in ("delete", "replace", "delete-replaced"):
        yield _identity_gone(step, subjects)
    elif step.type.removeprefix(_AUTOMATION) in PARTS:
        yield from _part(step, PARTS[step.type.removeprefix(_AUTOMATION)])
    yield from _borrowed_identities(step, subjects)
    if step.type == AUTOMATION_ACCOUNT:
        yield from _local_authentication(step, subjects)


def _identity_gone(step: Step, subjects: Subjects) -> Change:
    holder: Phrase = ("the ", *subjects.resource(step.urn))
    if mapping(step.old).get("retainOnDelete") is True:
        note = ("the identity stays, because retainOnDelete is set",)
        return Change(("every grant",), holder, (), "left behind, managed by nothing", Risk.MEDIUM, step.urn, note)
    verb = "replaced" if step.operation == "replace" else "removed"
    return Change(("every grant",), holder, (), verb, Risk.LOW, step.urn, ("the identity goes",))


def _credential(step: Step) -> Iterator[Change]:
    words: Phrase = (CREDENTIALS[step.type],)
    owner: Phrase = (
        "the identity of " if step.type.startswith("azure-native") else "the application of ",
        Name(step.name),
    )
    if step.operation in REMOVED:
        yield Change(words, owner, (), "removed", Risk.LOW, step.urn)
    elif step.operation in ADDED or step.operation in CHANGED:
        what = "changed" if step.operation in CHANGED else "added"
        yield Change(words, owner, (), what, Risk.MEDIUM, step.urn, ("a new way to sign in",))


def _role_assignment(step: Step, subjects: Subjects) -> Iterator[Change]:
    if step.operation in REMOVED:
        words, _, _ = _azure_role(step, old=True)
        holder = subjects.holder(step, "principalId", old=True)
        yield Change(words, holder, _azure_scope(step, subjects, old=True), "removed", Risk.LOW, step.urn)
    elif step.operation in ADDED or step.operation in CHANGED:
        words, risk, note = _azure_role(step, old=False)
        what = "changed" if step.operation in CHANGED else "added"
        yield Change(
            words,
            subjects.holder(step, "principalId"),
            _azure_scope(step, subjects, old=False),
            what,
            risk,
            step.urn,
            note,
        )


def _azure_role(step: Step, *, old: bool) -> tuple[Phrase, Risk, Phrase]:
    given = step.known("roleDefinitionId", old=old).rsplit("/", 1)[-1].lower()
    name = next((each for each, role_id in AZURE_ROLES.items() if role_id == given), None)
    if name is None:
        words: Phrase = ("Azure role ", Name(given) if given else "that is not known yet")
        return words, Risk.HIGH, ("it may be one that edits runbooks",)
    words = (f"Azure role {name}",)
    if edits_runbooks(given):
        return words, Risk.HIGH, ("whoever edits a runbook acts as the account's identity",)
    if "Administrator" in name:
        return words, Risk.HIGH, ("whoever has it can give itself every Azure role",)
    return words, Risk.MEDIUM, ()


def _azure_scope(step: Step, subjects: Subjects, *, old: bool) -> Phrase:
    known = step.known("scope", old=old)
    if known:
        kind = next((word for key, word in _SCOPES.items() if f"/{key}/" in known.lower()), "on ")
        return (kind, Name(known.rstrip("/").rsplit("/", 1)[-1]))
    sources = step.sources_of("scope", old=old)
    return ("on ", *subjects.resource(sources[0])) if sources else ("on what is not known yet",)


_SCOPES = {
    "automationaccounts": "on automation account ",
    "storageaccounts": "on storage account ",
    "resourcegroups": "on resource group ",
    "subscriptions": "on subscription ",
}


def _part(step: Step, part: Part) -> Iterator[Change]:
    removed = step.operation in REMOVED
    name = step.known(part.named_by, old=removed) or step.name
    account = step.known("automationAccountName", old=removed)
    where: Phrase = ("automation account ", Name(account)) if account else ("the automation account",)
    if removed:
        yield Change((f"{part.word} ", Name(name)), where, (), "removed", Risk.LOW, step.urn, kind="runs")
    elif step.operation in ADDED or step.operation in CHANGED:
        what = "changed" if step.operation in CHANGED else "added"
        note = (part.note,) if part.note else ()
        yield Change((f"{part.word} ", Name(name)), where, (), what, part.risk, step.urn, note, kind="runs")


def _borrowed_identities(step: Step, subjects: Subjects) -> Iterator[Change]:
    """User-assigned identities that a resource of Azure gets: whatever runs there acts as them."""
    if not step.type.startswith("azure-native:") or step.operation not in ADDED | CHANGED:
        return
    before, after = (_user_assigned(step, old=old) for old in (True, False))
    if after == before:
        return
    sources = [urn for urn in step.sources_of("identity") if subjects.step_of(urn) is not None]
    if after is None and sources and all(_made_here(urn, subjects) for urn in sources):
        return  # What it holds is in this very preview.
    for identity in sorted((after or set()) - (before or set())) or ([""] if after is None else []):
        yield Change(
            (
                "acting as ",
                *(("user-assigned identity ", Name(identity)) if identity else ("an identity not known yet",)),
            ),
            ("whatever runs in ", *subjects.resource(step.urn)),
            (),
            "added",
            Risk.HIGH,
            step.urn,
            ("what that identity holds is not in this preview",),
        )


def _user_assigned(step: Step, *, old: bool) -> set[str] | None:
    """Names of the user-assigned identities of a resource; None when they are not known yet."""
    given = mapping(step.inputs(old=old).get("identity")).get("userAssignedIdentities")
    listed = list(given) if isinstance(given, (dict, list)) else [] if given is None else None
    if listed is None or not all(isinstance(each, str) and "/" in each for each in listed):
        return None
    return {each.rstrip("/").rsplit("/", 1)[-1] for each in listed}


def _made_here(urn: str, subjects: Subjects) -> bool:
    step = subjects.step_of(urn)
    return step is not None and step.operation in ADDED


def _local_authentication(step: Step, subjects: Subjects) -> Iterator[Change]:
    before, after = (step.inputs(old=old).get("disableLocalAuth") for old in (True, False))
    if step.operation in ("create", "update", "replace") and after is not True and (before is True or step.old is None):
        yield Change(
            ("sign-in with keys and webhooks",),
            subjects.resource(step.urn),
            (),
            "switched on",
            Risk.MEDIUM,
            step.urn,
            ("whoever has a key registers a machine that runbooks can run on",),
            kind="access",
        )
