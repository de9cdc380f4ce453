"""Microsoft Graph: finds the handler of a request, checks permissions, and answers batches.

Behaviour from the Microsoft Graph REST v1.0 reference, its permissions tables (an application permission per
operation) and the page on error responses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable

from localtenant.core.errors import ServiceError, graph_bad_request, graph_denied
from localtenant.core.messages import Request, Response
from localtenant.graph.requests import GraphRequest
from localtenant.graph.routes import RELATIONS, ROUTES
from localtenant.state.cloud import Cloud
from localtenant.state.store import Body

MAX_BATCH = 20


class Graph:
    """Answers requests below ``/v1.0`` and ``/beta``."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def handle(self, request: Request) -> Response:
        """Answers a request whose caller is known.

        Raises:
            ServiceError: Whatever Graph refuses.
        """
        version, _, rest = request.path.lstrip("/").partition("/")
        path = _with_key_segments(rest.rstrip("/"))
        allowed: set[str] = set()
        for candidate in ROUTES:
            match = candidate.pattern.fullmatch(path)
            if match is None:
                continue
            allowed.add(candidate.method)
            if candidate.method != request.method:
                continue
            assert request.caller is not None
            tenant = self.cloud.tenants[request.caller.tenant_id]
            if candidate.permissions and not any(needed <= request.caller.roles for needed in candidate.permissions):
                raise graph_denied()
            graph_request = GraphRequest(
                request, self.cloud, tenant, request.caller, version, match.groupdict(), RELATIONS
            )
            return candidate.handler(graph_request)
        if allowed:
            raise ServiceError(405, "Request_BadRequest", f"The method {request.method} is not allowed on '{path}'.")
        raise graph_bad_request(f"Resource not found for the segment '{path.split('/')[0]}'.")

    async def batch(self, request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        """Answers a JSON batch; ``answer`` answers one request of it.

        Raises:
            ServiceError: 400 for more than 20 requests or one without an id, method or address.
        """
        requests = request.json().get("requests")
        if not isinstance(requests, list) or not requests:
            raise ServiceError(400, "BadRequest", "Invalid batch payload format.")
        if len(requests) > MAX_BATCH:
            raise ServiceError(
                400, "BadRequest", f"Number of batch request steps exceeds the maximum value of {MAX_BATCH}."
            )
        responses = []
        failed: set[str] = set()
        for entry in requests:
            if not all(isinstance(entry.get(name), str) and entry[name] for name in ("id", "method", "url")):
                raise ServiceError(400, "BadRequest", "Each batch request needs an id, a method and a url.")
            if failed & set(entry.get("dependsOn") or ()):
                failed.add(str(entry["id"]))
                error = {"code": "FailedDependency", "message": "A request that this one depends on has failed."}
                responses.append({"id": entry["id"], "status": 424, "headers": {}, "body": {"error": error}})
                continue
            response = await answer(_inner(request, entry))
            if response.status >= 400:
                failed.add(str(entry["id"]))
            headers = {"Content-Type": "application/json", **response.headers}
            entry_response: Body = {"id": entry["id"], "status": response.status, "headers": headers}
            if response.body is not None:
                entry_response["body"] = response.body
            responses.append(entry_response)
        return Response(200, {"responses": responses})


def _inner(outer: Request, entry: Body) -> Request:
    path, _, query = str(entry["url"]).partition("?")
    version = outer.path.lstrip("/").split("/", 1)[0]
    headers = {**outer.headers, **{str(k).lower(): str(v) for k, v in (entry.get("headers") or {}).items()}}
    return Request(
        method=str(entry["method"]).upper(),
        path=f"/{version}/{path.lstrip('/')}",
        raw_query=query,
        headers=headers,
        body=json.dumps(entry["body"]).encode() if entry.get("body") is not None else b"",
        base_url=outer.base_url,
        request_id=outer.request_id,
        caller=outer.caller,
        lag=outer.lag,
        behind=outer.behind,
        denied=outer.denied,
        remarks=outer.remarks,
    )


def _with_key_segments(path: str) -> str:
    """Returns the path with keys as segments: ``servicePrincipals('id')`` becomes ``servicePrincipals/id``."""
    path = re.sub(r"\((\w+)='([^']*)'\)", r"/\1=\2", path)
    return re.sub(r"\('([^']*)'\)", r"/\1", path)
