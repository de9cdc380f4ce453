"""``explain``: what a preview does to access, in words.

A reviewer of a pull request sees resource names; what matters is who may do what afterwards. Each change of a grant,
of a way to sign in, or of an identity with its grants becomes one sentence with a risk.
"""

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from exchange_automation.directory_roles import GLOBAL_ADMINISTRATOR, find_role

from .exchange import KNOWN_APP_ROLES, MANAGE_AS_APP
from .output import Output, printable, shown, table
from .previews import Preview, Step
from .stacks import APP_ROLE_ASSIGNMENT, DIRECTORY_ROLE_ASSIGNMENT, GRANT_TYPES

READING_ROLES = frozenset({"Global Reader", "Security Reader"})

CREDENTIALS = {
    "azuread:index/applicationCertificate:ApplicationCertificate": "a certificate",
    "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential": (
        "a federated credential"
    ),
    "azuread:index/applicationPassword:ApplicationPassword": "a client secret",
    "azuread:index/servicePrincipalPassword:ServicePrincipalPassword": "a client secret",
    "azuread:index/servicePrincipalCertificate:ServicePrincipalCertificate": "a certificate",
}
IDENTITIES = {
    "azure-native:automation:AutomationAccount": "the automation account",
    "azure-native:managedidentity:UserAssignedIdentity": "the user-assigned identity",
    "azuread:index/servicePrincipal:ServicePrincipal": "the service principal",
}


class Risk(enum.IntEnum):
    """How much a reviewer should care, in rising order."""

    NONE = 0
    """No grant changes."""
    LOW = 1
    """Access vanishes, or is made again."""
    MEDIUM = 2
    """Access that only reads or holds for one administrative unit appears, or a new way to sign in."""
    HIGH = 3
    """Access to Exchange Online appears."""
    CRITICAL = 4
    """Global Administrator, or something that Exchange Online does not need, appears."""

    @property
    def word(self) -> str:
        """Its name on the command line."""
        return self.name.lower()


@dataclass(frozen=True)
class Change:
    """One change of access."""

    grant: str
    """What is granted: "Exchange Administrator", "app role Exchange.ManageAsApp"."""
    subject: str
    """Who gets or loses it."""
    scope: str
    """Where it holds."""
    what: str
    """ "added", "removed", "replaced" and the like."""
    risk: Risk
    urn: str
    note: str = ""

    @property
    def sentence(self) -> str:
        """The change in words."""
        where = f", {self.scope}" if self.scope else ""
        note = f" ({self.note})" if self.note else ""
        return f"{self.grant} for {self.subject}{where}: {self.what}{note}"


def explain(preview: Preview) -> list[Change]:
    """All changes of access, the riskiest first."""
    names = _names(preview)
    removed_by_hand = {step.urn for step in preview.steps if step.operation == "refresh"}
    # An engine that tells a replacement in three steps tells the middle one as well, and that is enough.
    replaced = {step.urn for step in preview.steps if step.operation == "replace"}
    changes = [
        change
        for step in preview.changes()
        if not (step.urn in replaced and step.operation != "replace")
        for change in _changes(step, names, again=step.urn in removed_by_hand)
    ]
    return sorted(changes, key=lambda change: (-change.risk, change.sentence))


def highest(changes: list[Change]) -> Risk:
    """The highest risk; none without changes."""
    return max((change.risk for change in changes), default=Risk.NONE)


def _changes(step: Step, names: Mapping[str, str], *, again: bool) -> Iterator[Change]:
    if step.type in GRANT_TYPES:
        yield from _grant_changes(step, names, again=again)
    elif step.type in CREDENTIALS and step.operation in ("create", "replace", "update", "import"):
        yield Change(
            CREDENTIALS[step.type],
            f"the application of {step.name}",
            "",
            "added" if step.operation in ("create", "import") else "changed",
            Risk.MEDIUM,
            step.urn,
            "a new way to sign in",
        )
    elif step.type in CREDENTIALS and step.operation == "delete":
        yield Change(CREDENTIALS[step.type], f"the application of {step.name}", "", "removed", Risk.LOW, step.urn)
    elif step.type in IDENTITIES and step.operation in ("delete", "replace"):
        verb = "removed" if step.operation == "delete" else "replaced"
        yield Change(
            "every grant", f"{IDENTITIES[step.type]} {step.name}", "", verb, Risk.LOW, step.urn, "the identity goes"
        )


def _grant_changes(step: Step, names: Mapping[str, str], *, again: bool) -> Iterator[Change]:
    grant, risk = _grant(step, old=False)
    scope = _scope(step, old=False)
    if step.operation in ("create", "import"):
        if again and step.operation == "create":
            note, risk = "it is in the state and was removed by hand", min(risk, Risk.LOW)
            yield Change(grant, _subject(step, names), scope, "made again", risk, step.urn, note)
        else:
            what = "added" if step.operation == "create" else "taken under management"
            yield Change(grant, _subject(step, names), scope, what, risk if what == "added" else Risk.LOW, step.urn)
    elif step.operation in ("delete", "delete-replaced", "discard"):
        grant, _ = _grant(step, old=True)
        yield Change(grant, _subject(step, names, old=True), _scope(step, old=True), "removed", Risk.LOW, step.urn)
    elif step.operation in ("replace", "create-replacement", "update", "import-replacement"):
        before, _ = _grant(step, old=True)
        was = f"{before} for {_subject(step, names, old=True)}, {_scope(step, old=True)}"
        same = was == f"{grant} for {_subject(step, names)}, {scope}"
        note = "the same grant again" if same else f"in place of {was}"
        yield Change(grant, _subject(step, names), scope, "replaced", risk, step.urn, note)


def _names(preview: Preview) -> dict[str, str]:
    """Display name by object id, as far as the state tells them."""
    outputs = [(step.old or {}).get("outputs") or {} for step in preview.steps if step.type == APP_ROLE_ASSIGNMENT]
    return {
        str(each["principalObjectId"]): str(each["principalDisplayName"])
        for each in outputs
        if each.get("principalObjectId") and each.get("principalDisplayName")
    }


def _grant(step: Step, *, old: bool) -> tuple[str, Risk]:
    if step.type == DIRECTORY_ROLE_ASSIGNMENT:
        given = step.known("roleId", old=old)
        role = find_role(given)
        if role is None:
            return f"directory role {given or '(not known yet)'}", Risk.CRITICAL
        if role.name == GLOBAL_ADMINISTRATOR:
            return role.name, Risk.CRITICAL
        narrow = role.name in READING_ROLES or _scope(step, old=old) != "tenant-wide"
        return role.name, Risk.MEDIUM if narrow else Risk.HIGH
    given = step.known("appRoleId", old=old).lower()
    value = KNOWN_APP_ROLES.get(given)
    if value == MANAGE_AS_APP:
        # By itself it opens nothing: what it may do is the directory role's to say.
        return f"app role {value}", Risk.MEDIUM
    if value is not None:
        return f"app role {value}", Risk.CRITICAL
    return f"app role {given or '(not known yet)'}", Risk.HIGH


def _scope(step: Step, *, old: bool) -> str:
    if step.type == APP_ROLE_ASSIGNMENT:
        return "tenant-wide"
    state = (step.old if old else step.new) or {}
    given = (state.get("inputs") or {}).get("directoryScopeId")
    if given in (None, "", "/"):
        return "tenant-wide"
    known = step.known("directoryScopeId", old=old)
    if not known:
        return "in a scope that is not known yet"
    return f"in {known.removeprefix('/').replace('administrativeUnits/', 'administrative unit ')}"


def _subject(step: Step, names: Mapping[str, str], *, old: bool = False) -> str:
    """Who holds the grant, by name where the preview tells one."""
    state = (step.old if old else step.new) or {}
    principal = step.known("principalObjectId", old=old)
    if principal:
        return f"identity {names[principal]} ({principal})" if principal in names else f"identity {principal}"
    sources = [urn.rsplit("::", 1)[-1] for urn in step.sources_of("principalObjectId")]
    if sources:
        return f"the identity of {', '.join(sources)}"
    parent = str(state.get("parent", "")).rsplit("::", 1)[-1]
    return f"the identity of {parent}" if parent else "an identity that is not known yet"


# How it is shown

HEADLINES = {
    Risk.NONE: "No grant changes.",
    Risk.LOW: "Access vanishes or stays as it was.",
    Risk.MEDIUM: "Limited access or a new way to sign in appears.",
    Risk.HIGH: "Access to Exchange Online appears.",
    Risk.CRITICAL: "More than Exchange Online needs appears.",
}


def as_json(preview: Preview, changes: list[Change]) -> dict[str, object]:
    """The changes as a document; keys are stable."""
    return {
        "stack": preview.stack,
        "risk": highest(changes).word,
        "changes": [
            {
                "sentence": change.sentence,
                "grant": change.grant,
                "subject": change.subject,
                "scope": change.scope,
                "change": change.what,
                "risk": change.risk.word,
                "note": change.note or None,
                "urn": change.urn,
            }
            for change in changes
        ],
    }


def as_markdown(preview: Preview, changes: list[Change]) -> str:
    """The changes as a comment of a pull request."""
    risk = highest(changes)
    lines = [f"### Access to Exchange Online: {_code(preview.stack) if preview.stack else 'preview'}", ""]
    lines.append(f"**{HEADLINES[risk]}** Highest risk: {risk.word}.")
    if changes:
        lines += ["", "| risk | change |", "|---|---|"]
        lines += [f"| {change.risk.word} | {_cell(change.sentence)} |" for change in changes]
    return "\n".join(lines)


def print_table(output: Output, preview: Preview, changes: list[Change]) -> None:
    """The changes for a terminal."""
    if changes:
        made = table(f"Access to Exchange Online: {shown(preview.stack)}", "risk", "change")
        for change in changes:
            colour = {Risk.CRITICAL: "red", Risk.HIGH: "yellow", Risk.MEDIUM: "cyan"}.get(change.risk, "green")
            made.add_row(f"[{colour}]{change.risk.word}[/{colour}]", shown(change.sentence))
        output.out.print(made)
    output.line(f"{HEADLINES[highest(changes)]} Highest risk: {highest(changes).word}.")


def _code(text: str) -> str:
    return f"`{printable(text).replace('`', '')}`"


def _cell(text: str) -> str:
    """Text in a Markdown table: names are chosen by whoever opens the pull request, so nothing in them may format."""
    escaped = "".join(f"\\{mark}" if mark in "\\`*_{}[]<>#|!" else mark for mark in text)
    # Nobody is mentioned by a display name: a zero-width space ends what would be a mention.
    return " ".join(printable(escaped).replace("@", "@\u200b").split())
