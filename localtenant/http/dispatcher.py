"""The way of a request through the tenant: journal, faults, token check, the API it is for, the form of its errors.

Everything here works without a server, so that ``$batch`` and the unit tests take the same way as a request from the
wire.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from localtenant.arm.automation.webhooks import PREFIX as WEBHOOKS
from localtenant.arm.automation.webhooks import WebhookService
from localtenant.arm.dispatcher import ResourceManager
from localtenant.core.clock import iso
from localtenant.core.errors import ServiceError
from localtenant.core.messages import Call, Reply
from localtenant.faults import responses
from localtenant.faults.faults import Fault, FaultSet, Subject, subject_of
from localtenant.graph import applications, directory_objects, grants  # noqa: F401  (routes register)
from localtenant.graph.dispatcher import Graph
from localtenant.http.request_log import Journal
from localtenant.login import tokens
from localtenant.login.token_endpoint import Login, metadata
from localtenant.state.cloud import World
from localtenant.state.directory import Access
from localtenant.storage.blob_service import PREFIX, BlobService


class ConnectionCutError(Exception):
    """The answer to this request is no answer: the connection ends."""


@dataclass
class Hold:
    """Requests held by one fault."""

    waiting: int = 0
    hit: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    then: str = "continue"


Gone = Callable[[], Awaitable[None]]
"""Returns when the client has gone away."""


async def never() -> None:
    """A client that stays."""
    await asyncio.Event().wait()


class Gate:
    """One entrance for all APIs."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.journal = Journal()
        self.faults = FaultSet()
        self.holds: dict[str, Hold] = {}
        self.login = Login(world)
        self.graph = Graph(world)
        self.arm = ResourceManager(world)
        self.blobs = BlobService(world)
        self.webhooks = WebhookService(world)

    def reset(self, lag: float | None = None, id_seed: str | None = None) -> None:
        """State, journal and faults as at the start; requests that are held go on. Keys and tokens stay good."""
        self.world.reset(lag, id_seed)
        self.journal.clear()
        self.clear_faults()

    def clear_faults(self) -> None:
        self.faults.clear()
        for hold in self.holds.values():
            hold.released.set()
        self.holds.clear()

    def hold(self, fault_id: str) -> Hold:
        return self.holds.setdefault(fault_id, Hold())

    async def answer(self, call: Call, gone: Gone = never) -> Reply:
        """Answer one request.

        Raises:
            ConnectionCutError: a fault says so, or the client left while it was held.
        """
        kind = api_of(call.path)
        caller, refusal = self._caller(call, kind)
        call.caller = caller
        tenant = caller.tenant_id if caller else None
        subject = subject_of(call.method, call.path, call.body.decode("utf-8", "replace"), tenant)
        entry = self.journal.begin(
            self.world.clock.now(),
            call.method,
            call.full_path,
            call.body,
            call.headers.get("content-type", ""),
            subject.operation,
            call.request_id,
        )
        entry.tenant, entry.who = tenant, caller.app_id if caller else None
        struck = self.faults.striking(subject)
        call.remarks = entry.remarks
        entry.remarks.extend(fault.describe() for fault in struck)
        try:
            reply = await self._process(call, kind, subject, struck, refusal, gone)
        except ConnectionCutError:
            entry.remarks.append("no answer")
            raise
        entry.status, entry.code = reply.status, reply.error_code
        reply.headers = {**_standard_headers(call, kind, self.world), **reply.headers}
        return reply

    async def _answer_in_batch(self, call: Call) -> Reply:
        reply = await self.answer(call)
        call.remarks.append("in a batch")
        return reply

    def _caller(self, call: Call, kind: str) -> tuple[Any, ServiceError | None]:
        # The blob service has its own ways in: keys, signatures, and none at all; a webhook's way in is its address.
        if kind in ("login", "blob", "webhook") or call.caller is not None:
            return call.caller, None
        try:
            return tokens.authenticate(self.login.keys, call, kind, self.world.clock.now()), None
        except ServiceError as error:
            return None, error

    async def _process(
        self, call: Call, kind: str, subject: Subject, struck: list[Fault], refusal: ServiceError | None, gone: Gone
    ) -> Reply:
        for fault in struck:
            reply = await self._strike_before(fault, call, kind, gone)
            if reply is not None:
                return reply
        if call.denied and call.caller is not None:
            call.caller = replace(call.caller, roles=call.caller.roles - call.denied)
        reply = await self._route(call, kind, subject, refusal)
        for fault in struck:
            changed = await self._strike_after(fault, call, kind, reply, gone)
            if changed is not None:
                return changed
        return reply

    async def _route(self, call: Call, kind: str, subject: Subject, refusal: ServiceError | None) -> Reply:
        try:
            if refusal is not None:
                raise refusal
            if call.method == "GET" and subject.item and self.faults.is_hidden(call.segments[-1]):
                call.remarks.append("hidden: read-after-write 404")
                raise responses.missing(kind, call)
            if kind == "login":
                if call.path.lower().startswith("/metadata/endpoints"):
                    return Reply(200, metadata(call.base_url))
                return self.login.handle(call)
            if kind == "graph":
                if call.segments[1:] == ["$batch"] and call.method == "POST":
                    return await self.graph.batch(call, self._answer_in_batch)
                return self.graph.handle(call)
            if kind == "blob":
                return self.blobs.handle(call)
            if kind == "webhook":
                return self.webhooks.handle(call)
            return await self.arm.handle(call)
        except ServiceError as error:
            return error_reply(error, kind, call, self.world)

    # Faults

    async def _strike_before(self, fault: Fault, call: Call, kind: str, gone: Gone) -> Reply | None:
        effect = fault.effect
        if effect == "expiredToken":
            return error_reply(tokens.expired(kind), kind, call, self.world)
        if effect == "replica":
            call.behind = fault.seconds
        elif effect == "lag":
            call.lag = fault.seconds
        elif effect == "deny":
            call.denied = call.denied | {str(fault.permission)}
        elif fault.when == "before" and effect != "hide":
            return await self._strike(fault, call, kind, None, gone)
        return None

    async def _strike_after(self, fault: Fault, call: Call, kind: str, reply: Reply, gone: Gone) -> Reply | None:
        if fault.effect == "hide":
            made = object_in(reply)
            if made is not None and reply.status < 300:
                self.faults.hide(made, fault.reads)
            return None
        if fault.when != "after" or fault.effect in ("expiredToken", "replica", "lag", "deny"):
            return None
        return await self._strike(fault, call, kind, reply, gone)

    async def _strike(self, fault: Fault, call: Call, kind: str, reply: Reply | None, gone: Gone) -> Reply | None:
        if fault.effect == "slow":
            await self.world.clock.sleep(fault.seconds)
        elif fault.effect == "cut":
            raise ConnectionCutError
        elif fault.effect == "status":
            return error_reply(responses.of_status(fault, kind, call), kind, call, self.world)
        elif fault.effect == "notJson":
            return Reply(fault.status or 200, responses.PAGE, content_type="text/html; charset=utf-8")
        elif fault.effect == "remove":
            self._remove(fault, call, kind, reply)
        elif fault.effect == "hold":
            await self._hold(fault, gone)
        return None

    async def _hold(self, fault: Fault, gone: Gone) -> None:
        hold = self.hold(fault.id)
        hold.waiting += 1
        hold.hit.set()
        left = asyncio.ensure_future(gone())
        released = asyncio.ensure_future(hold.released.wait())
        try:
            await asyncio.wait({left, released}, return_when=asyncio.FIRST_COMPLETED)
            if not released.done() or hold.then == "cut":
                raise ConnectionCutError
        finally:
            hold.waiting -= 1
            for task in (left, released):
                task.cancel()

    def _remove(self, fault: Fault, call: Call, kind: str, reply: Reply | None) -> None:
        """Somebody else removes an object, between two of the client's requests."""
        target: str | None = fault.object
        if fault.object == "path":
            target = object_in(reply) if reply is not None and object_in(reply) else call.segments[-1]
            if kind == "arm" and (reply is None or object_in(reply) is None):
                target = call.path
        elif fault.object == "principal":
            target = str(call.json().get("principalId") or "")
        removed = remove_anywhere(self.world, self.arm, call, str(target))
        call.remarks.append(f"removed by someone else: {target}" if removed else f"nothing to remove at {target}")


def remove_anywhere(world: World, arm: ResourceManager, call: Call, target: str) -> bool:
    """Remove a directory object or a resource by id; False when there is none."""
    if "/" in target:
        if world.resources.find(target) is None:
            return False
        arm.drop(call, target)
        return True
    for tenant in world.tenants.values():
        for kind, store in tenant.directory.stores.items():
            if target.lower() not in store:
                continue
            tenant.directory.delete(kind, target, Access(world.clock.now()), soft=False)
            return True
    return False


def object_in(reply: Reply | None) -> str | None:
    """The id of the one object an answer shows."""
    body = reply.body if reply is not None else None
    return str(body["id"]) if isinstance(body, dict) and isinstance(body.get("id"), str) else None


def api_of(path: str) -> str:
    """Which API a path belongs to: ``graph``, ``arm``, ``blob``, ``webhook`` or ``login``."""
    first = path.lstrip("/").split("/", 1)[0].lower()
    if first == PREFIX:
        return "blob"
    if first == WEBHOOKS:
        return "webhook"
    if first in ("v1.0", "beta"):
        return "graph"
    return "arm" if first in ("subscriptions", "tenants", "providers") else "login"


def error_reply(error: ServiceError, kind: str, call: Call, world: World) -> Reply:
    """An error in the form of the API that gives it."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if kind == "login":
        return Reply(
            error.status,
            {"error": error.code, "error_description": error.message, "correlation_id": call.request_id},
            dict(error.headers),
        )
    if kind == "graph":
        body["innerError"] = {
            "date": iso(world.clock.now()).rstrip("Z"),
            "request-id": call.request_id,
            "client-request-id": call.headers.get("client-request-id", call.request_id),
        }
    return Reply(error.status, {"error": body}, dict(error.headers))


def _standard_headers(call: Call, kind: str, world: World) -> dict[str, str]:
    client_id = call.headers.get("client-request-id") or call.headers.get("x-ms-client-request-id")
    if kind == "graph":
        return {
            "request-id": call.request_id,
            "client-request-id": client_id or call.request_id,
            "x-ms-ags-diagnostic": '{"ServerInfo":{"DataCenter":"Local","Slice":"E","Ring":"1","ScaleUnit":"000"}}',
            "OData-Version": "4.0",
        }
    headers = {"x-ms-request-id": call.request_id}
    if kind == "arm":
        headers["x-ms-correlation-request-id"] = call.headers.get("x-ms-correlation-request-id", call.request_id)
        headers["x-ms-routing-request-id"] = f"LOCAL:{iso(world.clock.now())}:{call.request_id}"
        if client_id:
            headers["x-ms-client-request-id"] = client_id
    return headers
