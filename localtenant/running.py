"""A tenant with its emulated providers, as one asynchronous context.

Both ``serve`` and ``run`` are this context and something that waits in it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from localtenant.core.clock import Clock, SystemClock, VirtualClock
from localtenant.environment import PluginEnvironment, bundle, variables
from localtenant.http.dispatcher import Dispatcher
from localtenant.http.server import TenantServer
from localtenant.state.cloud import Cloud
from localtenant.state.national_clouds import CLOUDS


@dataclass(frozen=True)
class Running:
    """A running tenant.

    Attributes:
        server: The server, with the dispatcher behind it.
        environment: Variables to export to programs that use the tenant.
        ports: Name of each emulated provider and the port it listens on.
    """

    server: TenantServer
    environment: dict[str, str]
    ports: dict[str, int]


@contextlib.asynccontextmanager
async def running(
    *,
    lag: float,
    virtual_time: bool,
    providers: Sequence[str],
    inherited: Mapping[str, str],
    host: str = "localhost",
    port: int = 0,
    start: datetime | None = None,
    cloud: str = "public",
) -> AsyncIterator[Running]:
    """Starts a tenant and its emulated providers; stop them at the end.

    Raises:
        NotLoopbackError: ``host`` would let other machines in.
        OSError: The port is taken.
    """
    clock: Clock = VirtualClock(start) if virtual_time else SystemClock()
    server = TenantServer(Dispatcher(Cloud(clock, lag, national=CLOUDS[cloud])), host, port)
    try:
        await server.start()
        trust = bundle(server.directory, server.authority, inherited)
        own = variables(server.url, trust, {}, inherited)
        ports: dict[str, int] = {}
        if providers:
            from localtenant.providers import host as plugin_host  # noqa: PLC0415  (gRPC is slow to import)

            plugin = PluginEnvironment(server.url, server.authority, own)
            for name in providers:
                ports[name] = await plugin_host.start(name, plugin)
        yield Running(server, variables(server.url, trust, ports, inherited), ports)
    finally:
        if providers:
            from localtenant.providers import host as plugin_host  # noqa: PLC0415  (as above)

            await plugin_host.stop()
        await server.stop()
