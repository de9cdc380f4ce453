"""Microsoft Graph: routing, permissions, query options and the shape of answers.

What each address does is in ``graph_objects.py``, ``graph_directory.py`` and ``graph_grants.py``; here is what all of
them share. Behaviour from the Microsoft Graph REST v1.0 reference, its permissions tables (an application permission
per operation) and the page on error responses.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from localtenant.core.errors import ServiceError, graph_bad_request, graph_denied
from localtenant.core.messages import Caller, Request, Response
from localtenant.graph import odata
from localtenant.state.cloud import Cloud, Tenant
from localtenant.state.directory import Access, Directory
from localtenant.state.store import Body

MAX_BATCH = 20


@dataclass
class GraphRequest:
    """A request that has been authenticated and routed."""

    request: Request
    cloud: Cloud
    tenant: Tenant
    caller: Caller
    version: str
    params: dict[str, str]

    @property
    def directory(self) -> Directory:
        return self.tenant.directory

    @property
    def access(self) -> Access:
        return self.cloud.access(self.caller.app_id, self.request.lag, self.request.behind)

    def item(self, collection: str, body: Body, status: int = 200) -> Response:
        """One object."""
        query = self.request.query
        shown = _plain(body)
        if "$expand" in query:
            shown.update(self.expanded(collection, body, query["$expand"]))
        wanted = query.get("$select")
        expanded = [name for name, _ in odata.parse_expand(query["$expand"])] if "$expand" in query else []
        shown = odata.select(shown, ",".join([wanted, *expanded]) if wanted else None)
        context = f"{self.request.base_url}/{self.version}/$metadata#{collection}/$entity"
        return Response(status, {"@odata.context": context, **shown})

    def expanded(self, collection: str, body: Body, text: str) -> Body:
        """The relationships that ``$expand`` names, at most 20 objects each, as Graph cuts them."""
        result: Body = {}
        for name, options in odata.parse_expand(text):
            relation = RELATIONS.get((collection, name))
            if relation is None:
                raise graph_bad_request(
                    f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type "
                    f"'microsoft.graph.{collection.rstrip('s')}'."
                )
            value = relation(self, body)
            if isinstance(value, list):
                result[name] = [odata.select(_plain(item), options.get("$select")) for item in value[:20]]
            else:
                result[name] = odata.select(_plain(value), options.get("$select")) if value is not None else None
        return result

    def collection(self, name: str, bodies: Iterable[Body]) -> Response:
        """A list, filtered, ordered, cut into pages."""
        query, headers = self.request.query, self.request.headers
        if "$search" in query:
            odata.require_advanced(query, headers, "$search")
            matches = odata.search_terms(query["$search"])
            bodies = (body for body in bodies if matches(body))
        if query.get("$filter"):
            parsed = odata.parse_filter(query["$filter"])
            if parsed.advanced:
                odata.require_advanced(query, headers, "An operator of the filter clause")
            bodies = (body for body in bodies if parsed.matches(body))
        found = odata.order(bodies, query["$orderby"]) if query.get("$orderby") else list(bodies)
        size, start = odata.page_size(query), odata.position_of(query.get("$skiptoken"))
        page = found[start : start + size]
        context = f"{self.request.base_url}/{self.version}/$metadata#{name}"
        result: Body = {"@odata.context": context}
        if query.get("$count", "").lower() == "true" and start == 0:
            result["@odata.count"] = len(found)
        if start + size < len(found):
            result["@odata.nextLink"] = self._next_link(start + size)
        rows = []
        expand, wanted = query.get("$expand"), query.get("$select")
        names = ",".join([wanted, *(n for n, _ in odata.parse_expand(expand))]) if wanted and expand else wanted
        for body in page:
            shown = _plain(body)
            if expand:
                shown.update(self.expanded(name, body, expand))
            rows.append(odata.select(shown, names))
        return Response(200, {**result, "value": rows})

    def _next_link(self, position: int) -> str:
        pairs = [(k, v) for k, v in parse_qsl(self.request.raw_query, keep_blank_values=True) if k != "$skiptoken"]
        query = urlencode([*pairs, ("$skiptoken", odata.skip_token(position))], safe="$", quote_via=quote)
        return f"{self.request.base_url}{quote(self.request.path, safe='/$()=,')}?{query}"


Handler = Callable[[GraphRequest], Response]


@dataclass(frozen=True)
class Route:
    """One operation.

    Attributes:
        method: HTTP method.
        pattern: the path after the version.
        handler: what answers.
        permissions: sets of which one must be held whole; empty when any valid token will do.
    """

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    permissions: tuple[frozenset[str], ...]


ROUTES: list[Route] = []
RELATIONS: dict[tuple[str, str], Callable[[GraphRequest, Body], Any]] = {}
"""(collection, relationship) -> its objects, for ``$expand``."""


def route(method: str, template: str, *permissions: str) -> Callable[[Handler], Handler]:
    """Register a handler.

    ``template`` has ``{name}`` for a path parameter. Each of ``permissions`` is sufficient by itself; several joined
    by `` + `` are needed together.
    """

    def register(handler: Handler) -> Handler:
        regex = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
        sets = tuple(frozenset(part.strip() for part in entry.split("+")) for entry in permissions)
        ROUTES.append(Route(method, re.compile(regex, re.IGNORECASE), handler, sets))
        return handler

    return register


class Graph:
    """Answers requests below ``/v1.0`` and ``/beta``."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def handle(self, request: Request) -> Response:
        """Answer a request whose caller is known.

        Raises:
            ServiceError: whatever Graph refuses.
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
            graph_request = GraphRequest(request, self.cloud, tenant, request.caller, version, match.groupdict())
            return candidate.handler(graph_request)
        if allowed:
            raise ServiceError(405, "Request_BadRequest", f"The method {request.method} is not allowed on '{path}'.")
        raise graph_bad_request(f"Resource not found for the segment '{path.split('/')[0]}'.")

    async def batch(self, request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        """Answer a JSON batch; ``answer`` does one request of it.

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
            if not all(entry.get(name) for name in ("id", "method", "url")):
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
    """``servicePrincipals(appId='x')`` and ``servicePrincipals('id')`` as plain segments."""
    path = re.sub(r"\((\w+)='([^']*)'\)", r"/\1=\2", path)
    return re.sub(r"\('([^']*)'\)", r"/\1", path)


def _plain(body: Body) -> Body:
    return {name: value for name, value in body.items() if not name.startswith("_")}
