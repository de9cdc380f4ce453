"""The server: one TLS port on the loopback interface, an ASGI application, and a connection that can be cut.

The dispatcher answers requests for Azure, the admin API answers requests for the tenant itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import socket
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import trustme
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.responses import Response as HttpResponse
from starlette.routing import Mount, Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from localtenant.core.errors import ServiceError
from localtenant.core.ids import stable_guid
from localtenant.core.messages import Request
from localtenant.http.admin_api import admin_routes
from localtenant.http.bodies import MAX_API_BYTES, MAX_BLOB_BYTES, TooLargeError, read_body
from localtenant.http.dispatcher import ConnectionCutError, Dispatcher, api_of, error_response

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


class NotLoopbackError(ValueError):
    """The address to listen on would let other machines in."""


def create_app(dispatcher: Dispatcher, base_url: str) -> Starlette:
    """Returns the ASGI application over a dispatcher. Responses name the tenant by ``base_url``."""
    counter = iter(range(1, 1 << 62))

    def request_of(http_request: HttpRequest) -> Request:
        raw = http_request.scope.get("raw_path") or http_request.url.path.encode()
        return Request(
            method=http_request.method,
            path=unquote(raw.split(b"?")[0].decode("latin-1")),
            raw_query=http_request.scope["query_string"].decode("latin-1"),
            headers={name.lower(): value for name, value in http_request.headers.items()},
            base_url=base_url,
            request_id=stable_guid("request", dispatcher.cloud.ids.seed, str(next(counter))),
        )

    async def endpoint(http_request: HttpRequest) -> HttpResponse:
        request = request_of(http_request)
        api = api_of(request.path, request.headers.get("host", ""))
        try:
            request.body = await read_body(http_request, MAX_BLOB_BYTES if api == "blob" else MAX_API_BYTES)
        except TooLargeError as error:
            refusal = {"error": {"code": "RequestEntityTooLarge", "message": str(error)}}
            return JSONResponse(refusal, 413, {"Connection": "close"})

        async def gone() -> None:
            while (await http_request.receive())["type"] != "http.disconnect":
                pass

        try:
            response = await dispatcher.answer(request, gone)
        except ConnectionCutError:
            await _cut(http_request, gone)
            return HttpResponse(status_code=503)
        http_response = HttpResponse(response.content(), response.status, response.headers)
        if response.body is not None:
            http_response.headers["content-type"] = response.content_type
        return http_response

    async def refuse(http_request: HttpRequest, error: Exception) -> HttpResponse:
        """Answers a method or a form of address that no route has, and a failure of the tenant, as the API does."""
        status = error.status_code if isinstance(error, HTTPException) else 500
        phrase = HTTPStatus(status).phrase
        if http_request.url.path.startswith("/_tenant/"):
            return JSONResponse({"error": f"{http_request.method} {http_request.url.path}: {phrase}."}, status)
        request = request_of(http_request)
        api = api_of(request.path, request.headers.get("host", ""))
        refusal = ServiceError(status, phrase.title().replace(" ", ""), f"{phrase}: {http_request.method}.")
        answer = error_response(refusal, api, request, dispatcher.cloud)
        return HttpResponse(answer.content(), status, answer.headers, answer.content_type)

    return Starlette(
        routes=[
            Mount("/_tenant", routes=admin_routes(dispatcher, base_url)),
            Route("/{path:path}", endpoint, methods=METHODS),
        ],
        exception_handlers={HTTPException: refuse, Exception: refuse},
    )


async def _cut(http_request: HttpRequest, gone: Callable[[], Awaitable[None]]) -> None:
    abort = http_request.scope.get("localtenant.abort")
    if abort is None:
        raise ConnectionResetError("The tenant cut this connection on purpose.")
    abort()
    # The protocol forgets the request only once it has noticed; an answer before that would be written as a 503.
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(gone(), 1.0)


class _Protocol(H11Protocol):
    """HTTP/1.1 whose application can abort the connection."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        app = self.app

        async def with_abort(scope: Any, receive: Any, send: Any) -> None:
            scope["localtenant.abort"] = transport.abort
            await app(scope, receive, send)

        self.app = with_abort


class _Server(uvicorn.Server):
    """uvicorn without signal handlers; the process that runs the server has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class TenantServer:
    """A running tenant.

    Args:
        dispatcher: Answers the requests.
        host: A loopback address or ``localhost``.
        port: 0 for any free one.

    Raises:
        NotLoopbackError: ``host`` is not a loopback address.
    """

    def __init__(self, dispatcher: Dispatcher, host: str = "localhost", port: int = 0) -> None:
        self.dispatcher = dispatcher
        self.sockets = listen(host, port)
        self.port: int = self.sockets[0].getsockname()[1]
        self.url = f"https://localhost:{self.port}"
        self._directory = tempfile.TemporaryDirectory(prefix="localtenant-")
        self.directory = Path(self._directory.name)
        self.authority = self.directory / "authority.pem"
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns when the port answers."""
        authority = trustme.CA(organization_name="local tenant", organization_unit_name="throwaway authority")
        leaf = authority.issue_cert("localhost", "127.0.0.1", "::1", "*.blob.localhost")
        authority.cert_pem.write_to_path(str(self.authority))
        secret = self.directory / "server.pem"
        secret.touch(mode=0o600)
        leaf.private_key_and_cert_chain_pem.write_to_path(str(secret))
        config = uvicorn.Config(
            create_app(self.dispatcher, self.url),
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            date_header=True,
            ssl_certfile=str(secret),
            ssl_keyfile=str(secret),
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=self.sockets))
        while not self._server.started:
            if self._task.done():
                self._task.result()
                raise RuntimeError("The local tenant ended before it was ready.")
            await asyncio.sleep(0.002)

    async def stop(self) -> None:
        """Closes the port and removes the temporary directory."""
        self.dispatcher.clear_faults()
        if self._server is not None and self._task is not None:
            # Without force the shutdown waits for idle clients to take part in closing TLS.
            self._server.should_exit = self._server.force_exit = True
            await self._task
        self._directory.cleanup()


def listen(host: str, port: int) -> list[socket.socket]:
    """Sockets on the loopback interface, IPv4 and, where there is one, IPv6 on the same port.

    Raises:
        NotLoopbackError: The host is not a loopback address.
        OSError: The port is taken.
    """
    name = host.strip("[]")
    if name != "localhost":
        try:
            loopback = ipaddress.ip_address(name).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise NotLoopbackError(
                f"The local tenant does not listen on '{host}': it accepts any caller who can reach it, so it stays on "
                "this machine. Leave --host out, or give a loopback address such as 127.0.0.1."
            )
    hosts = ["127.0.0.1", "::1"] if name == "localhost" else [name]
    for _ in range(20):
        first = _bind(hosts[0], port)
        sockets = [first]
        try:
            for other in hosts[1:]:
                sockets.append(_bind(other, first.getsockname()[1]))
        except OSError as error:
            if error.errno == errno.EADDRINUSE and port == 0:
                # Another program on the same IPv6 port would get half of the clients.
                for opened in sockets:
                    opened.close()
                continue
            if error.errno == errno.EADDRINUSE:
                first.close()
                raise
        return sockets
    raise OSError(errno.EADDRINUSE, "No port is free on both loopback addresses.")


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio turns Nagle's delay off only where it is.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((host, port))
        opened.listen(512)
        opened.setblocking(False)
    except OSError:
        opened.close()
        raise
    return opened
