"""Values that a service stores with an object and never returns, in one dataclass for each type of object.

A stored body has its dataclass under :data:`KEY`, whose underscore keeps it out of every response.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from localtenant.state.store import Body

KEY = "_internals"
T = TypeVar("T")


@dataclass(frozen=True)
class ApplicationInternals:
    """Credentials of an application.

    Attributes:
        certificates: DER certificates in base64, by key id.
        secrets: digests of secrets, by key id.
        federated: federated identity credentials, which Graph shows at an address of their own.
    """

    certificates: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    federated: tuple[Body, ...] = ()


@dataclass(frozen=True)
class DirectoryRoleAssignmentInternals:
    """When a directory role was assigned; Graph does not return it."""

    created: str


@dataclass(frozen=True)
class RoleAssignmentInternals:
    """The name of an assigned Azure role; Resource Manager returns its id."""

    role_name: str


@dataclass(frozen=True)
class RunbookInternals:
    """The published text of a runbook; None before the first publication."""

    content: bytes | None


@dataclass(frozen=True)
class DraftInternals:
    """The text of a runbook's draft."""

    content: bytes


@dataclass(frozen=True)
class PackageInternals:
    """The import of a package.

    Attributes:
        began: when it began, as a timestamp.
        failure: why it will fail; None when it will succeed.
    """

    began: float
    failure: str | None


@dataclass(frozen=True)
class WebhookInternals:
    """The address of a webhook.

    Attributes:
        uri: the address.
        created_uri: the address if the latest PUT created it; otherwise empty.
    """

    uri: str
    created_uri: str


@dataclass(frozen=True)
class StorageKey:
    """A key of a storage account; ``turn`` counts its regenerations."""

    name: str
    value: str
    turn: int


@dataclass(frozen=True)
class StorageAccountInternals:
    """The keys of a storage account."""

    keys: tuple[StorageKey, ...]


def internals(body: Body, expected: type[T]) -> T:
    """Returns the internals of a stored body.

    Raises:
        TypeError: the body has other internals.
    """
    value = body.get(KEY)
    if not isinstance(value, expected):
        raise TypeError(f"'{body.get('id')}' has no {expected.__name__}.")
    return value
