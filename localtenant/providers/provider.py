"""The interface of an emulated provider: one configured provider instance, without gRPC.

The shapes follow the engine's ``ResourceProvider`` service (``sdk/proto/pulumi/provider.proto``); properties are those
of :mod:`localtenant.providers.values`.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from localtenant.environment import PluginEnvironment
from localtenant.providers.connection import ServiceConnection
from localtenant.providers.values import Properties


class ProviderError(Exception):
    """An operation failed; the engine prints the message as the provider's."""


class PartialCreateError(ProviderError):
    """A resource was created and something failed afterwards; the engine keeps it, with the reasons.

    Attributes:
        resource_id: Its id.
        state: Its state as far as it is known.
        inputs: Its checked inputs.
        reasons: The failures.
    """

    def __init__(self, resource_id: str, state: Properties, inputs: Properties, reasons: Sequence[str]) -> None:
        super().__init__("\n".join(reasons))
        self.resource_id = resource_id
        self.state = state
        self.inputs = inputs
        self.reasons = tuple(reasons)


@dataclass(frozen=True)
class Failure:
    """A property that a check refuses; an empty ``property`` means the whole resource."""

    property: str
    reason: str


@dataclass(frozen=True)
class Autonaming:
    """The configuration of automatic names (``pulumi:autonaming``).

    Attributes:
        mode: ``propose``, ``enforce`` or ``disable``.
        proposed_name: The name that the engine derived from the user's pattern.
    """

    mode: str
    proposed_name: str


@dataclass(frozen=True)
class Difference:
    """The result of a diff.

    Attributes:
        changed: Top-level properties that differ; empty for no change.
        replaces: Those of them that force a replacement.
        delete_before_replace: Whether the engine has to delete the old resource first.
        detailed: Property path -> ``add``, ``delete``, ``update``, or any of them with ``-replace``.
    """

    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    delete_before_replace: bool = False
    detailed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadResult:
    """An existing resource: its id, its state, and the inputs that would produce the state."""

    id: str
    state: Properties
    inputs: Properties


class EmulatedProvider(abc.ABC):
    """One provider instance. The host creates one for every connection of the engine.

    When the engine gives up on a call, ``asyncio.CancelledError`` ends the method.
    """

    name: str
    version: str

    async def check_config(self, news: Properties) -> tuple[Properties, Sequence[Failure]]:
        """Checks the provider's own configuration; returns it with its defaults."""
        return news, ()

    @abc.abstractmethod
    async def configure(self, config: Properties) -> None:
        """Takes the configuration, which may have unknown values in a preview."""

    @abc.abstractmethod
    async def check(
        self,
        token: str,
        urn: str,
        name: str,
        olds: Properties,
        news: Properties,
        random_seed: bytes,
        autonaming: Autonaming | None = None,
    ) -> tuple[Properties, Sequence[Failure]]:
        """Checks the inputs of a resource of type ``token``; returns them with defaults and an automatic name."""

    @abc.abstractmethod
    async def diff(
        self, token: str, resource_id: str, state: Properties, old_inputs: Properties, news: Properties
    ) -> Difference:
        """Compares the state with checked inputs."""

    @abc.abstractmethod
    async def create(self, token: str, urn: str, inputs: Properties, *, preview: bool) -> tuple[str, Properties]:
        """Creates a resource; returns its id, which is empty in a preview, and its state."""

    @abc.abstractmethod
    async def read(
        self, token: str, resource_id: str, urn: str, inputs: Properties, state: Properties
    ) -> ReadResult | None:
        """Reads a resource for a refresh, or without inputs and state for an import; None when it does not exist."""

    @abc.abstractmethod
    async def update(
        self,
        token: str,
        resource_id: str,
        urn: str,
        state: Properties,
        old_inputs: Properties,
        news: Properties,
        *,
        preview: bool,
    ) -> Properties:
        """Changes a resource in place; returns its new state."""

    @abc.abstractmethod
    async def delete(self, token: str, resource_id: str, urn: str, old_inputs: Properties, state: Properties) -> None:
        """Deletes a resource."""

    @abc.abstractmethod
    async def invoke(self, token: str, args: Properties) -> tuple[Properties, Sequence[Failure]]:
        """Calls a function."""

    async def close(self) -> None:  # noqa: B027  (an emulated provider may have nothing to close)
        """Closes the connections after the engine has disconnected."""


ClientT = TypeVar("ClientT", bound=ServiceConnection)


class SignedInProvider(EmulatedProvider, Generic[ClientT]):
    """A provider whose ``configure`` signs in to a service and keeps the client."""

    def __init__(self, environment: PluginEnvironment) -> None:
        self._environment = environment
        self._client: ClientT | None = None

    @property
    def client(self) -> ClientT:
        """The signed-in client.

        Raises:
            ProviderError: The engine has not configured the provider.
        """
        if self._client is None:
            raise ProviderError("the provider is not configured")
        return self._client

    async def close(self) -> None:
        """Closes the connections after the engine has disconnected."""
        if self._client is not None:
            await self._client.close()
