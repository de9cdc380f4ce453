"""Finds the principal of a grant, also while a preview does not know the principal's id.

A new identity has no object id before its creation. The engine knows which resource the id will come from, and that is
enough to see that two grants are of the same principal.
"""

from dataclasses import dataclass

from pulumi_policy import PolicyResource

from .reading import is_entra, value


@dataclass(frozen=True)
class Principal:
    """The principal that holds a grant.

    Attributes:
        object_id: Lower-case object id; None while it is not known.
        sources: URNs of the resources that the id comes from.
    """

    object_id: str | None
    sources: frozenset[str]

    @property
    def is_known(self) -> bool:
        """Returns whether the principal can be identified."""
        return self.object_id is not None or bool(self.sources)

    def is_same(self, other: "Principal") -> bool:
        """Returns whether both are the same principal, as far as the values are known."""
        if self.object_id is not None and other.object_id is not None:
            return self.object_id == other.object_id
        return bool(self.sources & other.sources)


def holder(grant: PolicyResource) -> Principal:
    """Returns the principal of an app role assignment or directory role assignment."""
    object_id = value(grant.props, "principalObjectId")
    sources = {
        source.urn
        for source in grant.property_dependencies.get("principalObjectId", [])
        # An output that waits for a grant depends on the grant as well, and the grant does not identify the principal.
        if not is_entra(source.resource_type, "AppRoleAssignment", "DirectoryRoleAssignment")
    }
    return Principal(object_id.lower() if isinstance(object_id, str) else None, frozenset(sources))
