"""The package as a Pulumi plugin: its components for programs in every Pulumi language.

The SDK's ``component_provider_host`` reads the schema off the components' annotations and serves them, but reports mistakes
in its own words, one at a time, and drops arguments that it does not know. Here they reach the component as they were
given, so that a program in any language reads what a program in Python reads.
"""

import asyncio
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Optional

import grpc
import grpc.aio
import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider.experimental.analyzer import ComponentDefinition, PropertyDefinition, PropertyType
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError, ProviderServicer
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from exchange_automation._version import __version__
from exchange_automation.access.access import ExchangeAccess
from exchange_automation.access.api_permissions import ApiPermissions
from exchange_automation.access.registered_application import ExchangeApplication
from exchange_automation.account.assets import ExchangeAccountAssets
from exchange_automation.account.automation_account import ExchangeAutomationAccount
from exchange_automation.account.governance import ExchangeAccountGovernance
from exchange_automation.core import invokes
from exchange_automation.plugin.schema import published
from exchange_automation.runbook.runbook import ExchangeRunbook
from exchange_automation.runbook.smoke_test import ExchangeSmokeTest
from exchange_automation.runtime.runtime_environment import ExchangeRuntimeEnvironment

NAME = "exchange-automation"

COMPONENTS: tuple[type[pulumi.ComponentResource], ...] = (
    ApiPermissions,
    ExchangeAccess,
    ExchangeAccountAssets,
    ExchangeAccountGovernance,
    ExchangeApplication,
    ExchangeAutomationAccount,
    ExchangeRunbook,
    ExchangeRuntimeEnvironment,
    ExchangeSmokeTest,
)

_LARGEST_MESSAGE = 400 * 1024 * 1024
"""What the SDKs and the engine allow."""


class ComponentHost(ComponentProvider):
    """The components, and the schema that programs in other languages see."""

    def __init__(self) -> None:
        super().__init__(list(COMPONENTS), NAME, None, __version__)
        assert self.schema is not None
        self.schema: str = json.dumps(published(json.loads(self.schema)))

    def map_inputs(self, inputs: Any, component_def: ComponentDefinition) -> Any:
        """The arguments under their Python names, and otherwise as they were given: the component judges them."""
        return self._named(inputs, component_def.inputs, component_def.inputs_mapping)

    def _named(self, value: Any, properties: Mapping[str, PropertyDefinition], names: Mapping[str, str]) -> Any:
        if not isinstance(value, Mapping):
            return _whole(value)
        return {
            names.get(key) or _snake_case(key): self._mapped(item, properties.get(key)) for key, item in value.items()
        }

    def _mapped(self, value: Any, described: Optional[PropertyDefinition]) -> Any:
        if isinstance(value, pulumi.Output):
            return value.apply(lambda known: self._mapped(known, described))
        if described is None or described.type is PropertyType.NUMBER:
            return value
        definition = self.get_type_definition(described) if described.ref else None
        if definition is not None and not definition.enum:
            return self._named(value, definition.properties, definition.properties_mapping)
        if described.items is not None and isinstance(value, Sequence) and not isinstance(value, str):
            return [self._mapped(item, described.items) for item in value]
        if described.additional_properties is not None and isinstance(value, Mapping):
            return {key: self._mapped(item, described.additional_properties) for key, item in value.items()}
        return _whole(value)


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])[A-Z]", lambda capital: f"_{capital[0]}", name).lower()


def _whole(value: Any) -> Any:
    """On the wire every number is a float; those without a fraction are integers again."""
    if isinstance(value, pulumi.Output):
        return value.apply(_whole)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole(item) for item in value]
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    return value


class _Run:
    """One run of a program: what its components share hangs on it."""


class ComponentServicer(ProviderServicer):
    """Makes components for the engine."""

    def __init__(self, provider: ComponentHost, engine_address: str) -> None:
        super().__init__(provider, [], engine_address)
        self._runs: dict[str, _Run] = {}

    async def _construct(self, request: provider_pb2.ConstructRequest, context: Any) -> provider_pb2.ConstructResponse:
        # The components of one program share look-ups and error hooks; the SDK gives each a connection of its own.
        invokes.current_run.set(self._runs.setdefault(request.monitorEndpoint, _Run()))
        try:
            return await super()._construct(request, context)
        except ComponentInitError as failure:
            if isinstance(failure.inner, pulumi.RunError):
                raise _as_printed(failure.inner) from failure
            raise
        except pulumi.RunError as failure:
            raise _as_printed(failure) from failure


def _as_printed(failure: pulumi.RunError) -> InputPropertiesError:
    """What the engine prints as it is: other exceptions get a stack trace of the plugin, or the name of a class."""
    return InputPropertiesError(str(failure), [])


def serve() -> None:
    """Serves the components until the engine ends the process; the port goes to standard output."""
    engine_address = next(argument for argument in sys.argv[1:] if not argument.startswith("-"))

    async def run() -> None:
        server = grpc.aio.server(options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE)])
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(
            ComponentServicer(ComponentHost(), engine_address), server
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        await server.wait_for_termination()

    asyncio.run(run())
