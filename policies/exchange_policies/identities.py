"""The rule that an identity with access to Exchange Online belongs to no other workload."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pulumi_policy import PolicyResource

from .both_grants import app_role_grants
from .principals import holder
from .reading import is_azure, is_child, value, values
from .rule import Configuration, ProgramRule, Violation


@dataclass(frozen=True)
class _Attachment:
    """A resource with user-assigned identities.

    Attributes:
        resource: The resource.
        identities: The identities: the URN of an identity that this program creates, else its id in lower case.
        object_ids: The object ids of the identities, where Azure has returned them: identity -> object id.
    """

    resource: PolicyResource
    identities: frozenset[str]
    object_ids: Mapping[str, str]

    @property
    def is_ours(self) -> bool:
        """Whether it is an automation account that manages Exchange Online and nothing else."""
        is_account = is_azure(self.resource.resource_type, "automation", "AutomationAccount")
        return is_account and is_child(self.resource, "ExchangeAutomationAccount")


def _attachment(resource: PolicyResource, created_here: Mapping[str, str]) -> _Attachment:
    attached = value(resource.props, "identity", "userAssignedIdentities")
    identities, object_ids = _sources(resource, "identity"), {}
    # Azure returns a mapping of ids; a program gives a list.
    for resource_id in attached if isinstance(attached, Mapping) else values(attached):
        if not isinstance(resource_id, str):
            continue
        object_id = value(attached, resource_id, "principalId") if isinstance(attached, Mapping) else None
        identity = created_here.get(str(object_id).lower(), resource_id.lower())
        identities.add(identity)
        if isinstance(object_id, str):
            object_ids[identity] = object_id.lower()
    # The identity that may use the account's key holds no grants, and no runbook signs in with it.
    key_user = value(resource.props, "encryption", "identity", "userAssignedIdentity")
    identities -= {str(key_user).lower(), *_sources(resource, "encryption")}
    return _Attachment(resource, frozenset(identities), object_ids)


def _is_identity(resource: PolicyResource) -> bool:
    return is_azure(resource.resource_type, "managedidentity", "UserAssignedIdentity")


def _sources(resource: PolicyResource, property_name: str) -> set[str]:
    return {source.urn for source in resource.property_dependencies.get(property_name, []) if _is_identity(source)}


def _not_shared(
    resources: list[PolicyResource], configuration: Configuration
) -> Iterator[tuple[PolicyResource, Violation]]:
    created_here = {
        str(value(identity.props, "principalId")).lower(): identity.urn
        for identity in resources
        if _is_identity(identity)
    }
    candidates = (_attachment(resource, created_here) for resource in resources)
    attachments = [attachment for attachment in candidates if attachment.identities]
    reported: set[str] = set()
    for identity in sorted(_with_access(resources, attachments)):
        users = [attachment for attachment in attachments if identity in attachment.identities]
        ours = [user for user in users if user.is_ours]
        others = [user for user in users if not user.is_ours]
        if not ours and len(others) < 2:
            continue
        for other in others:
            if other.resource.urn in reported:
                continue
            reported.add(other.resource.urn)
            first = next(user for user in (*ours, *others) if user is not other).resource
            yield (
                other.resource,
                Violation(
                    f'"{other.resource.name}" has the identity "{_shown(identity)}", with which "{first.name}" manages '
                    "Exchange Online",
                    "everybody who controls one of them acts as the other",
                ),
            )


def _shown(identity: str) -> str:
    return identity.rsplit("::", 1)[-1].rsplit("/", 1)[-1]


def _with_access(resources: list[PolicyResource], attachments: list[_Attachment]) -> set[str]:
    """Returns the identities that have access to Exchange Online."""
    holders = [holder(grant) for grant in app_role_grants(resources)]
    object_ids = {principal.object_id for principal in holders if principal.object_id}
    found = {source for principal in holders for source in principal.sources}
    for attachment in attachments:
        found |= {identity for identity in attachment.identities if attachment.object_ids.get(identity) in object_ids}
        found |= attachment.identities if attachment.is_ours else set()
    return found


NOT_SHARED = ProgramRule(
    name="identity-not-shared",
    statement="Only automation accounts that manage Exchange Online have an identity with access to Exchange Online.",
    remedy=(
        "Give the other workload an identity of its own, without grants. Automation accounts of ExchangeAutomationAccount may "
        "share one."
    ),
    check=_not_shared,
)
