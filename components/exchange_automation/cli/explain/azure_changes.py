"""Changes in Azure that affect access to Exchange Online: identities, ways to sign in as them, and code that runs as them.

Everybody who can edit a runbook acts with all grants of the account's identity.
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
    """A part of an automation account that decides which code runs as its identity.

    Attributes:
        word: The word for it in sentences.
        named_by: The input with its name.
        risk: The risk of a new or changed part.
        note: The meaning of a new or changed part.
    """

    word: str
    named_by: str
    risk: Risk = Risk.LOW
    note: str = ""


_RUNS = "it runs as the account's identity"
_SIGNS = "runbooks of the account can use it"
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
    "Webhook": Part("webhook", "webhookName", Risk.MEDIUM, "everybody who has its address can start a runbook"),
    "Watcher": Part("watcher", "watcherName", Risk.MEDIUM, _RUNS),
    "SourceControl": Part(
        "source control", "sourceControlName", Risk.MEDIUM, "everybody who can push there edits runbooks"
    ),
    "HybridRunbookWorkerGroup": Part(
        "hybrid worker group", "hybridRunbookWorkerGroupName", Risk.MEDIUM, "runbooks can run on machines outside Azure"
    ),
    "HybridRunbookWorker": Part(
        "hybrid worker", "hybridRunbookWorkerId", Risk.MEDIUM, "runbooks can run on a machine outside Azure"
    ),
}
"""Name of the type in azure-native's module automation -> part."""

_AUTOMATION = "azure-native:automation:"

DESCRIBED: Mapping[str, object] = {**CREDENTIALS, **IDENTITIES, ROLE_ASSIGNMENT: None}
"""The types whose changes this module describes."""


def azure_changes(step: Step, subjects: Subjects) -> Iterator[Change]:
    """Yields what a step does to an identity, to a way to sign in as one, or to code that runs as one."""
    if step.type in CREDENTIALS:
        yield from _credential(step)
    elif step.type == ROLE_ASSIGNMENT:
        yield from _role_assignment(step, subjects)
    elif step.type in IDENTITIES and step.operation in ("delete", "replace", "delete-replaced"):
        yield _identity_gone(step, subjects)
    elif step.type.removeprefix(_AUTOMATION) in PARTS:
        yield from _part(step, PARTS[step.type.removeprefix(_AUTOMATION)])
    yield from _attached_identities(step, subjects)
    if step.type == AUTOMATION_ACCOUNT:
        yield from _local_authentication(step, subjects)


def _identity_gone(step: Step, subjects: Subjects) -> Change:
    holder: Phrase = ("the ", *subjects.resource(step.urn))
    if mapping(step.old).get("retainOnDelete") is True:
        note = ("the identity stays, because retainOnDelete is set",)
        return Change(("every grant",), holder, (), "left behind, managed by nothing", Risk.MEDIUM, step.urn, note)
    verb = "replaced" if step.operation == "replace" else "removed"
    return Change(("every grant",), holder, (), verb, Risk.LOW, step.urn, ("the identity goes", *_spelling(step)))


def _spelling(step: Step) -> Phrase:
    """Returns advice for a replacement whose name changes in letter case alone, which Azure would ignore."""
    for named in ("automationAccountName", "resourceName"):
        before, after = step.known(named, old=True), step.known(named)
        if before != after and before.lower() == after.lower():
            return (", because its name is spelled differently; to keep it, write ", Name(before))
    return ()


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
    name = next((known for known, role_id in AZURE_ROLES.items() if role_id == given), None)
    if name is None:
        words: Phrase = ("Azure role ", Name(given) if given else "that is not known yet")
        return words, Risk.HIGH, ("it may be a role that edits runbooks",)
    words = (f"Azure role {name}",)
    if edits_runbooks(given):
        return words, Risk.HIGH, ("everybody who edits a runbook acts as the account's identity",)
    if "Administrator" in name:
        return words, Risk.HIGH, ("its holder can assign itself every Azure role",)
    return words, Risk.MEDIUM, ()


def _azure_scope(step: Step, subjects: Subjects, *, old: bool) -> Phrase:
    known = step.known("scope", old=old)
    if known:
        words = next((word for key, word in _SCOPES.items() if f"/{key}/" in known.lower()), "on ")
        return (words, Name(known.rstrip("/").rsplit("/", 1)[-1]))
    sources = step.sources_of("scope", old=old)
    return ("on ", *subjects.resource(sources[0])) if sources else ("on a resource that is not known yet",)


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


def _attached_identities(step: Step, subjects: Subjects) -> Iterator[Change]:
    """Yields the user-assigned identities that a resource gets: code that runs there acts as them."""
    if not step.type.startswith("azure-native:") or step.operation not in ADDED | CHANGED:
        return
    before, after = (_user_assigned(step, old=old) for old in (True, False))
    if after == before:
        return
    sources = [urn for urn in step.sources_of("identity") if subjects.step_of(urn) is not None]
    if after is None and sources and all(_created_here(urn, subjects) for urn in sources):
        return  # This preview has the grants of the identity.
    for identity in sorted((after or set()) - (before or set())) or ([""] if after is None else []):
        yield Change(
            (
                "acting as ",
                *(("user-assigned identity ", Name(identity)) if identity else ("an identity not known yet",)),
            ),
            ("code that runs in ", *subjects.resource(step.urn)),
            (),
            "added",
            Risk.HIGH,
            step.urn,
            ("the grants of that identity are not in this preview",),
        )


def _user_assigned(step: Step, *, old: bool) -> set[str] | None:
    """Returns the names of the user-assigned identities of a resource; None when they are not known yet."""
    given = mapping(step.inputs(old=old).get("identity")).get("userAssignedIdentities")
    listed = list(given) if isinstance(given, (dict, list)) else [] if given is None else None
    if listed is None or not all(isinstance(identity, str) and "/" in identity for identity in listed):
        return None
    return {identity.rstrip("/").rsplit("/", 1)[-1] for identity in listed}


def _created_here(urn: str, subjects: Subjects) -> bool:
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
            ("everybody who has a key can register a machine on which runbooks run",),
            kind="access",
        )
