"""The holder of a grant by a name that people know: an account, an identity or an application of the preview."""

from collections.abc import Mapping

from exchange_automation.cli.pulumi.previews import Preview, Step, mapping, name_of, type_of
from exchange_automation.cli.pulumi.states import APP_ROLE_ASSIGNMENT

from .changes import Name, Phrase

AUTOMATION_ACCOUNT = "azure-native:automation:AutomationAccount"
USER_ASSIGNED_IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
SERVICE_PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal"

IDENTITIES: Mapping[str, str] = {
    AUTOMATION_ACCOUNT: "automation account",
    USER_ASSIGNED_IDENTITY: "user-assigned identity",
    SERVICE_PRINCIPAL: "service principal",
}
_NAMED_BY = {AUTOMATION_ACCOUNT: "automationAccountName", USER_ASSIGNED_IDENTITY: "resourceName"}


class Subjects:
    """The identities of a preview."""

    def __init__(self, preview: Preview) -> None:
        self._by_urn: dict[str, Step] = {}
        self._names: dict[str, str] = {}
        for step in preview.steps:
            if step.operation != "refresh" or step.urn not in self._by_urn:
                self._by_urn[step.urn] = step
            principal, name = _principal(step)
            if principal and name:
                self._names.setdefault(principal, name)

    def step_of(self, urn: str) -> Step | None:
        """Returns the step of a resource; None for a resource that is not in the preview."""
        return self._by_urn.get(urn)

    def holder(self, step: Step, key: str, *, old: bool = False) -> Phrase:
        """Returns the principal whose object id the input ``key`` has."""
        if not key:
            return ()
        principal = step.known(key, old=old)
        if principal:
            return self.principal(principal)
        sources = step.sources_of(key, old=old)
        if sources:
            parts: list[str | Name] = []
            for urn in sources:
                # A user-assigned identity and a service principal are the principal; an account has one.
                owner = "" if type_of(urn) in (USER_ASSIGNED_IDENTITY, SERVICE_PRINCIPAL) else "the identity of "
                parts += [", "] * bool(parts) + [owner, *self.resource(urn)]
            return tuple(parts)
        parent = str(mapping(step.old if old else step.new).get("parent", ""))
        return ("the identity of ", Name(name_of(parent))) if parent else ("an identity that is not known yet",)

    def principal(self, principal: str) -> Phrase:
        """Returns a principal by its object id, and by its name where the preview has it."""
        if principal in self._names:
            return ("identity ", Name(self._names[principal]), " (", Name(principal), ")")
        return ("identity ", Name(principal))

    def resource(self, urn: str) -> Phrase:
        """Returns a resource by its type, and by its name in Azure where that is known."""
        resource_type = type_of(urn)
        word = IDENTITIES.get(resource_type)
        step = self._by_urn.get(urn)
        key = _NAMED_BY.get(resource_type, "")
        name = step.known(key) or step.known(key, old=True) if step else ""
        return (f"{word} " if word else "", Name(name or name_of(urn)))

    def unchanged_holder(self, step: Step, key: str) -> str:
        """Returns the principal's object id where a preview shows a replacement only because the account changes.

        The preview of a changed automation account does not know the account's outputs. So a grant that takes the principal
        id from the account looks as if it were replaced, although the account keeps its identity.
        """
        sources = step.sources_of(key)
        account = self.step_of(sources[0]) if len(sources) == 1 else None
        held = step.known(key, old=True)
        if account is None or account.type != AUTOMATION_ACCOUNT or account.operation != "update" or step.known(key):
            return ""
        keeps = all(
            "SystemAssigned" in str(mapping(account.inputs(old=old).get("identity")).get("type"))
            for old in (True, False)
        )
        return held if keeps and held and held == _principal(account)[0] else ""


def _principal(step: Step) -> tuple[str, str]:
    """Returns object id and name of the principal that a resource has or names."""
    outputs = step.outputs
    if step.type == APP_ROLE_ASSIGNMENT:
        return _text(outputs, "principalObjectId"), _text(outputs, "principalDisplayName")
    if step.type == AUTOMATION_ACCOUNT:
        return _text(mapping(outputs.get("identity")), "principalId"), _text(outputs, "name")
    if step.type == USER_ASSIGNED_IDENTITY:
        return _text(outputs, "principalId"), _text(outputs, "name")
    if step.type == SERVICE_PRINCIPAL:
        return _text(outputs, "objectId"), _text(outputs, "displayName")
    return "", ""


def _text(value: Mapping[str, object], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""
