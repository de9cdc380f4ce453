"""Takes a request through the tenant: request log, faults, token check, its API, and the form of its errors.

Everything here works without a server, so that ``$batch`` and the unit tests take the same way as a request over HTTP.
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
from localtenant.core.messages import Request, Response
from localtenant.faults import responses
from localtenant.faults.faults import Fault, FaultSet, Subject, subject_of
from localtenant.graph.dispatcher import Graph
from localtenant.graph.throttling import WriteQuota
from localtenant.http.request_log import RequestLog
from localtenant.login import tokens
from localtenant.login.token_endpoint import Login
from localtenant.state.cloud import Cloud
from localtenant.state.directory import Access
from localtenant.state.national_clouds import NationalCloud
from localtenant.storage.blob_service import PREFIX, BlobService, account_of_host


class ConnectionCutError(Exception):
    """The tenant ends the connection instead of answering."""


@dataclass
class Hold:
    """Requests held by one fault."""

    waiting: int = 0
    hit: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    then: str = "continue"


Gone = Callable[[], Awaitable[None]]
"""Returns when the client has disconnected."""


async def never() -> None:
    """A client that stays."""
    await asyncio.Event().wait()


class Dispatcher:
    """Answers requests for all APIs."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.request_log = RequestLog()
        self.faults = FaultSet()
        self.holds: dict[str, Hold] = {}
        self.login = Login(cloud)
        self.graph = Graph(cloud)
        self.write_quota = WriteQuota()
        self.arm = ResourceManager(cloud)
        self.blobs = BlobService(cloud)
        self.webhooks = WebhookService(cloud)

    def reset(
        self, lag: float | None = None, id_seed: str | None = None, national: NationalCloud | None = None
    ) -> None:
        """Resets state, request log and faults; held requests go on, keys and tokens stay valid."""
        self.cloud.reset(lag, id_seed, national)
        self.request_log.clear()
        self.write_quota.clear()
        self.clear_faults()

    def clear_faults(self) -> None:
        self.faults.clear()
        for hold in self.holds.values():
            hold.released.set()
        self.holds.clear()

    def hold(self, fault_id: str) -> Hold:
        return self.holds.setdefault(fault_id, Hold())

    async def answer(self, request: Request, gone: Gone = never) -> Response:
        """Answers one request.

        Raises:
            ConnectionCutError: A fault says so, or the client left while it was held.
        """
        api = api_of(request.path, request.headers.get("host", ""))
        caller, refusal = self._caller(request, api)
        request.caller = caller
        tenant = caller.tenant_id if caller else None
        subject = subject_of(request.method, request.path, request.body.decode("utf-8", "replace"), tenant)
        entry = self.request_log.begin(
            self.cloud.clock.now(),
            request.method,
            request.full_path,
            request.body,
            request.headers.get("content-type", ""),
            subject.operation,
            request.request_id,
        )
        entry.tenant, entry.who = tenant, caller.app_id if caller else None
        matching = self.faults.matching(subject)
        request.remarks = entry.remarks
        entry.remarks.extend(fault.describe() for fault in matching)
        try:
            response = await self._process(request, api, subject, matching, refusal, gone)
        except ConnectionCutError:
            entry.remarks.append("no answer")
            raise
        self.request_log.finish(entry, response)
        response.headers = {**_standard_headers(request, api, self.cloud), **response.headers}
        return response

    async def _answer_in_batch(self, request: Request) -> Response:
        response = await self.answer(request)
        request.remarks.append("in a batch")
        return response

    def _caller(self, request: Request, api: str) -> tuple[Any, ServiceError | None]:
        # The blob service accepts keys, signatures and anonymous requests; the address of a webhook is its credential.
        if api in ("login", "blob", "webhook") or request.caller is not None:
            return request.caller, None
        try:
            return tokens.authenticate(self.login.keys, request, api, self.cloud.clock.now()), None
        except ServiceError as error:
            return None, error

    async def _process(
        self,
        request: Request,
        api: str,
        subject: Subject,
        matching: list[Fault],
        refusal: ServiceError | None,
        gone: Gone,
    ) -> Response:
        for fault in matching:
            response = await self._apply_before(fault, request, api, gone)
            if response is not None:
                return response
        if request.denied and request.caller is not None:
            request.caller = replace(request.caller, roles=request.caller.roles - request.denied)
        response = await self._route(request, api, subject, refusal)
        for fault in matching:
            changed = await self._apply_after(fault, request, api, response, gone)
            if changed is not None:
                return changed
        return response

    async def _route(self, request: Request, api: str, subject: Subject, refusal: ServiceError | None) -> Response:
        try:
            if refusal is not None:
                raise refusal
            if request.method == "GET" and subject.item and self.faults.is_hidden(request.segments[-1]):
                request.remarks.append("hidden: read-after-write 404")
                raise responses.missing(api, request)
            if api == "login":
                return self.login.handle(request)
            if api == "graph":
                self._count_write(request)
                if request.segments[1:] == ["$batch"] and request.method == "POST":
                    return await self.graph.batch(request, self._answer_in_batch)
                return self.graph.handle(request)
            if api == "blob":
                return self.blobs.handle(request)
            if api == "webhook":
                return self.webhooks.handle(request)
            return await self.arm.handle(request)
        except ServiceError as error:
            return error_response(error, api, request, self.cloud)

    def _count_write(self, request: Request) -> None:
        if not self.cloud.behaviour.graph_throttling or request.caller is None:
            return
        if request.method not in ("GET", "HEAD") and not request.path.endswith("/$batch"):
            self.write_quota.spend(request.caller.tenant_id, request.caller.app_id, self.cloud.clock.now())

    # Faults

    async def _apply_before(self, fault: Fault, request: Request, api: str, gone: Gone) -> Response | None:
        effect = fault.effect
        if effect == "expiredToken":
            return error_response(tokens.expired(api), api, request, self.cloud)
        if effect == "replica":
            request.behind = fault.seconds
        elif effect == "lag":
            request.lag = fault.seconds
        elif effect == "deny":
            request.denied = request.denied | {str(fault.permission)}
        elif fault.when == "before" and effect != "hide":
            return await self._apply(fault, request, api, None, gone)
        return None

    async def _apply_after(
        self, fault: Fault, request: Request, api: str, response: Response, gone: Gone
    ) -> Response | None:
        if fault.effect == "hide":
            created = object_in(response)
            if created is not None and response.status < 300:
                self.faults.hide(created, fault.reads)
            return None
        if fault.when != "after" or fault.effect in ("expiredToken", "replica", "lag", "deny"):
            return None
        return await self._apply(fault, request, api, response, gone)

    async def _apply(
        self, fault: Fault, request: Request, api: str, response: Response | None, gone: Gone
    ) -> Response | None:
        if fault.effect == "slow":
            await self.cloud.clock.sleep(fault.seconds)
        elif fault.effect == "cut":
            raise ConnectionCutError
        elif fault.effect == "status":
            return error_response(responses.of_status(fault, api, request), api, request, self.cloud)
        elif fault.effect == "notJson":
            return Response(fault.status or 200, responses.PAGE, content_type="text/html; charset=utf-8")
        elif fault.effect == "remove":
            self._remove(fault, request, api, response)
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

    def _remove(self, fault: Fault, request: Request, api: str, response: Response | None) -> None:
        """Removes an object as somebody else would, between two of the client's requests."""
        target: str | None = fault.object
        if fault.object == "path":
            target = object_in(response) if response is not None and object_in(response) else request.segments[-1]
            if api == "arm" and (response is None or object_in(response) is None):
                target = request.path
        elif fault.object == "principal":
            target = _principal_in(request)
        removed = remove_anywhere(self.cloud, self.arm, request, str(target))
        request.remarks.append(f"removed by someone else: {target}" if removed else f"nothing to remove at {target}")


def _principal_in(request: Request) -> str:
    try:
        return str(request.json().get("principalId") or "")
    except ServiceError:
        return ""


def remove_anywhere(cloud: Cloud, arm: ResourceManager, request: Request, target: str) -> bool:
    """Removes a directory object or a resource by id; return False when it does not exist."""
    if "/" in target:
        if cloud.resources.find(target) is None:
            return False
        arm.drop(request, target)
        return True
    for tenant in cloud.tenants.values():
        for api, store in tenant.directory.stores.items():
            if target.lower() not in store:
                continue
            tenant.directory.delete(api, target, Access(cloud.clock.now()), soft=False)
            return True
    return False


def object_in(response: Response | None) -> str | None:
    """Returns the id of the one object in a response."""
    body = response.body if response is not None else None
    return str(body["id"]) if isinstance(body, dict) and isinstance(body.get("id"), str) else None


def api_of(path: str, host: str = "") -> str:
    """Returns the API of a request: ``graph``, ``arm``, ``blob``, ``webhook`` or ``login``."""
    if account_of_host(host):
        return "blob"
    first = path.lstrip("/").split("/", 1)[0].lower()
    if first == PREFIX:
        return "blob"
    if first == WEBHOOKS:
        return "webhook"
    if first in ("v1.0", "beta"):
        return "graph"
    return "arm" if first in ("subscriptions", "tenants", "providers") else "login"


def error_response(error: ServiceError, api: str, request: Request, cloud: Cloud) -> Response:
    """Returns an error in the form of its API."""
    body: dict[str, Any] = {"code": error.code, "message": error.message}
    if api == "login":
        return Response(
            error.status,
            {"error": error.code, "error_description": error.message, "correlation_id": request.request_id},
            dict(error.headers),
        )
    if api == "graph":
        body["innerError"] = {
            "date": iso(cloud.clock.now()).rstrip("Z"),
            "request-id": request.request_id,
            "client-request-id": request.headers.get("client-request-id", request.request_id),
        }
    return Response(error.status, {"error": body}, dict(error.headers))


def _standard_headers(request: Request, api: str, cloud: Cloud) -> dict[str, str]:
    client_id = request.headers.get("client-request-id") or request.headers.get("x-ms-client-request-id")
    if api == "graph":
        return {
            "request-id": request.request_id,
            "client-request-id": client_id or request.request_id,
            "x-ms-ags-diagnostic": '{"ServerInfo":{"DataCenter":"Local","Slice":"E","Ring":"1","ScaleUnit":"000"}}',
            "OData-Version": "4.0",
        }
    headers = {"x-ms-request-id": request.request_id}
    if api == "arm":
        headers["x-ms-correlation-request-id"] = request.headers.get("x-ms-correlation-request-id", request.request_id)
        headers["x-ms-routing-request-id"] = f"LOCAL:{iso(cloud.clock.now())}:{request.request_id}"
        if client_id:
            headers["x-ms-client-request-id"] = client_id
    return headers
