"""The rule that an identity with access to Exchange Online serves one purpose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pulumi_policy import PolicyResource

from .pairs import app_role_grants
from .principals import holder
from .reading import is_azure, is_below, value, values
from .rule import Configuration, ProgramRule


@dataclass(frozen=True)
class _Attachment:
    """A resource with user-assigned identities.

    Attributes:
        resource: the resource.
        identities: each identity by its URN where this program makes it, else by its id in lower case.
        object_ids: object ids of the identities where Azure has told them: identity -> object id.
    """

    resource: PolicyResource
    identities: frozenset[str]
    object_ids: Mapping[str, str]

    @property
    def is_ours(self) -> bool:
        """Whether it is an automation account that manages Exchange Online and nothing else."""
        return is_below(self.resource, "ExchangeAutomationAccount")


def _attachment(resource: PolicyResource, made_here: Mapping[str, str]) -> _Attachment:
    attached = value(resource.props, "identity", "userAssignedIdentities")
    identities, object_ids = _sources(resource, "identity"), {}
    # Azure returns a mapping of ids; a program gives a list.
    for each in attached if isinstance(attached, Mapping) else values(attached):
        if not isinstance(each, str):
            continue
        object_id = value(attached, each, "principalId") if isinstance(attached, Mapping) else None
        identity = made_here.get(str(object_id).lower(), each.lower())
        identities.add(identity)
        if isinstance(object_id, str):
            object_ids[identity] = object_id.lower()
    # The identity that opens the account's key holds no grants, and nothing of the account signs in with it.
    opener = value(resource.props, "encryption", "identity", "userAssignedIdentity")
    identities -= {str(opener).lower(), *_sources(resource, "encryption")}
    return _Attachment(resource, frozenset(identities), object_ids)


def _is_identity(resource: PolicyResource) -> bool:
    return is_azure(resource.resource_type, "managedidentity", "UserAssignedIdentity")


def _sources(resource: PolicyResource, property_name: str) -> set[str]:
    return {each.urn for each in resource.property_dependencies.get(property_name, []) if _is_identity(each)}


def _not_shared(resources: list[PolicyResource], configuration: Configuration) -> Iterator[tuple[PolicyResource, str]]:
    made_here = {str(value(each.props, "principalId")).lower(): each.urn for each in resources if _is_identity(each)}
    attachments = [each for each in (_attachment(resource, made_here) for resource in resources) if each.identities]
    told: set[str] = set()
    for identity in sorted(_with_access(resources, attachments)):
        users = [each for each in attachments if identity in each.identities]
        ours = [each for each in users if each.is_ours]
        others = [each for each in users if not each.is_ours]
        if not ours and len(others) < 2:
            continue
        for other in others:
            if other.resource.urn in told:
                continue
            told.add(other.resource.urn)
            first = next(each for each in (*ours, *others) if each is not other).resource
            yield (
                other.resource,
                (
                    f'"{other.resource.name}" has the identity "{_shown(identity)}", with which "{first.name}" manages '
                    "Exchange Online, so whoever controls the one acts as the other."
                ),
            )


def _shown(identity: str) -> str:
    return identity.rsplit("::", 1)[-1].rsplit("/", 1)[-1]


def _with_access(resources: list[PolicyResource], attachments: list[_Attachment]) -> set[str]:
    """Identities that hold access to Exchange Online."""
    holders = [holder(grant) for grant in app_role_grants(resources)]
    object_ids = {each.object_id for each in holders if each.object_id}
    found = {source for each in holders for source in each.sources}
    for attachment in attachments:
        found |= {each for each in attachment.identities if attachment.object_ids.get(each) in object_ids}
        found |= attachment.identities if attachment.is_ours else set()
    return found


NOT_SHARED = ProgramRule(
    name="identity-not-shared",
    statement="An identity with access to Exchange Online is attached to nothing but accounts that manage Exchange Online.",
    remedy=(
        "Give the other workload an identity of its own, without grants. Automation accounts made by "
        "ExchangeAutomationAccount may share one."
    ),
    check=_not_shared,
)
