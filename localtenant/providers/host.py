"""Serves an emulated provider to the engine: gRPC on one side,
:class:`~localtenant.providers.provider.EmulatedProvider` on the other.

The engine attaches to a running server (``PULUMI_DEBUG_PROVIDERS``). Every provider instance of every command opens a
connection: default providers, explicit providers, and several programs at the same time. So every connection has its own
emulated provider with its own configuration.

Source: ``sdk/proto/pulumi/provider.proto``.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from localtenant.environment import PluginEnvironment
from localtenant.providers.provider import Autonaming, EmulatedProvider, Failure, PartialCreateError, ProviderError
from localtenant.providers.values import Properties, from_struct, sealed, secret_names, to_struct, unwrap

_PROVIDERS = {
    "azuread": ("localtenant.providers.azuread", "AzureAD"),
    "azure-native": ("localtenant.providers.azure_native", "AzureNative"),
}
_KEPT_CONNECTIONS = 256
_MESSAGE_BYTES = 400 * 1024 * 1024  # the engine's own limit

_CHANGES = {
    "add": provider_pb2.PropertyDiff.ADD,
    "add-replace": provider_pb2.PropertyDiff.ADD_REPLACE,
    "delete": provider_pb2.PropertyDiff.DELETE,
    "delete-replace": provider_pb2.PropertyDiff.DELETE_REPLACE,
    "update": provider_pb2.PropertyDiff.UPDATE,
    "update-replace": provider_pb2.PropertyDiff.UPDATE_REPLACE,
}

_servers: list[grpc.aio.Server] = []


async def start(name: str, environment: PluginEnvironment) -> int:
    """Serves the emulated provider for the plugin ``name`` on a free port of the loopback interface; returns the port."""
    module, attribute = _PROVIDERS[name]
    create: Any = getattr(importlib.import_module(module), attribute)
    server = grpc.aio.server(
        options=[
            ("grpc.max_receive_message_length", _MESSAGE_BYTES),
            ("grpc.max_send_message_length", _MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),
        ]
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(_Servicer(lambda: create(environment)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    # Python would collect a server without a reference, and it would stop.
    _servers.append(server)
    return int(port)


async def stop() -> None:
    """Stops serving all emulated providers of this process."""
    servers = list(_servers)
    _servers.clear()
    await asyncio.gather(*(server.stop(grace=None) for server in servers))


class _Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The engine's protocol."""

    def __init__(self, create: Any) -> None:
        self._create = create
        self._by_peer: OrderedDict[str, EmulatedProvider] = OrderedDict()
        self._closing: set[asyncio.Task[None]] = set()

    def _provider(self, context: Any) -> EmulatedProvider:
        peer = context.peer()
        if peer not in self._by_peer:
            self._by_peer[peer] = self._create()
            if len(self._by_peer) > _KEPT_CONNECTIONS:
                _, oldest = self._by_peer.popitem(last=False)
                task = asyncio.ensure_future(oldest.close())
                self._closing.add(task)
                task.add_done_callback(self._closing.discard)
        self._by_peer.move_to_end(peer)
        return self._by_peer[peer]

    async def Handshake(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=False, accept_outputs=False)

    async def Attach(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    async def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=self._provider(context).version)

    async def CheckConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        inputs, failures = await self._provider(context).check_config(from_struct(request.news))
        return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=_failures(failures))

    async def DiffConfig(self, request: Any, context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_UNKNOWN)

    async def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802
        async with _reported(context):
            await self._provider(context).configure(from_struct(request.args))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802
        async with _reported(context):
            inputs, failures = await self._provider(context).check(
                _token(request.urn),
                request.urn,
                _name(request.urn),
                from_struct(request.olds),
                from_struct(request.news),
                request.randomSeed,
                _autonaming(request),
            )
        # The engine stores what the check returns, so a secret of the program has to be marked in it.
        return provider_pb2.CheckResponse(
            inputs=to_struct(_marked(inputs, request.news), nulls=True), failures=_failures(failures)
        )

    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802
        async with _reported(context):
            found = await self._provider(context).diff(
                _token(request.urn),
                request.id,
                from_struct(request.olds),
                from_struct(request.old_inputs),
                from_struct(request.news),
            )
        response = provider_pb2.DiffResponse(
            replaces=found.replaces,
            diffs=found.changed,
            deleteBeforeReplace=found.delete_before_replace,
            changes=provider_pb2.DiffResponse.DIFF_SOME if found.changed else provider_pb2.DiffResponse.DIFF_NONE,
            hasDetailedDiff=True,
        )
        for path, change in found.detailed.items():
            response.detailedDiff[path].kind = _CHANGES[change]
        return response

    async def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        async with _reported(context):
            resource_id, state = await self._provider(context).create(
                _token(request.urn), request.urn, from_struct(request.properties), preview=request.preview
            )
        kept = sealed(state, secret_names(request.properties))
        return provider_pb2.CreateResponse(id=resource_id, properties=to_struct(kept))

    async def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        async with _reported(context):
            found = await self._provider(context).read(
                _token(request.urn),
                request.id,
                request.urn,
                from_struct(request.inputs),
                from_struct(request.properties),
            )
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=found.id,
            properties=to_struct(sealed(found.state, secret_names(request.properties))),
            inputs=to_struct(_marked(found.inputs, request.inputs)),
        )

    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        async with _reported(context):
            state = await self._provider(context).update(
                _token(request.urn),
                request.id,
                request.urn,
                from_struct(request.olds),
                from_struct(request.old_inputs),
                from_struct(request.news),
                preview=request.preview,
            )
        return provider_pb2.UpdateResponse(properties=to_struct(sealed(state, secret_names(request.news))))

    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        async with _reported(context):
            await self._provider(context).delete(
                _token(request.urn),
                request.id,
                request.urn,
                from_struct(request.old_inputs),
                from_struct(request.properties),
            )
        return empty_pb2.Empty()

    async def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        async with _reported(context):
            result, failures = await self._provider(context).invoke(request.tok, from_struct(request.args))
        response = provider_pb2.InvokeResponse(failures=_failures(failures))
        if not failures:
            getattr(response, "return").CopyFrom(to_struct(result))  # the field's name is a keyword
        return response

    async def Cancel(self, request: Any, context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()


@contextlib.asynccontextmanager
async def _reported(context: Any) -> Any:
    """Turns a provider's errors into those that the engine prints."""
    try:
        yield
    except PartialCreateError as failure:
        detail = any_pb2.Any()
        detail.Pack(_initialization_failure(failure), type_url_prefix="type.googleapis.com/")
        text = str(failure)
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=text, details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        await context.abort(grpc.StatusCode.UNKNOWN, text)
    except ProviderError as failure:
        await context.abort(grpc.StatusCode.UNKNOWN, str(failure))


def _initialization_failure(failure: PartialCreateError) -> Any:
    return provider_pb2.ErrorResourceInitFailed(
        id=failure.resource_id,
        properties=to_struct(failure.state),
        inputs=to_struct(failure.inputs),
        reasons=failure.reasons,
    )


def _failures(failures: Sequence[Failure]) -> list[Any]:
    return [provider_pb2.CheckFailure(property=failure.property, reason=failure.reason) for failure in failures]


def _marked(inputs: Properties, given: Any) -> Properties:
    """Returns the inputs with the secrets that the engine marked in ``given``."""
    before = from_struct(given, secrets=True)
    marked = {
        name: before[name] if name in before and unwrap(before[name]) == value else value
        for name, value in inputs.items()
    }
    return sealed(marked, secret_names(given))


def _autonaming(request: Any) -> Autonaming | None:
    if not request.HasField("autonaming"):
        return None
    options = request.autonaming
    return Autonaming(type(options).Mode.Name(options.mode).lower(), options.proposed_name)


def _token(urn: str) -> str:
    """Returns the resource's type, the last type in its URN."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]
