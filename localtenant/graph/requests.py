"""A request to Microsoft Graph: its caller, its query options, and the shape of its responses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from localtenant.core.errors import graph_bad_request
from localtenant.core.messages import Caller, Request, Response
from localtenant.graph import odata
from localtenant.state.cloud import Cloud, Tenant
from localtenant.state.directory import Access, Directory
from localtenant.state.store import Body

Relations = Mapping[tuple[str, str], Callable[["GraphRequest", Body], Any]]
"""(collection, relationship) -> the function that returns its objects, for ``$expand``."""


@dataclass
class GraphRequest:
    """A request that has been authenticated and routed."""

    request: Request
    cloud: Cloud
    tenant: Tenant
    caller: Caller
    version: str
    params: dict[str, str]
    relations: Relations

    @property
    def directory(self) -> Directory:
        return self.tenant.directory

    @property
    def access(self) -> Access:
        return self.cloud.access(self.caller.app_id, self.request.lag, self.request.behind)

    def item(self, collection: str, body: Body, status: int = 200) -> Response:
        """Returns the response with one object."""
        context = f"{self.request.base_url}/{self.version}/$metadata#{collection}/$entity"
        return Response(status, {"@odata.context": context, **self._shown(collection, body)})

    def _shown(self, collection: str, body: Body) -> Body:
        """Returns an object with the properties of ``$select`` and the relationships of ``$expand``."""
        wanted, expand = self.request.query.get("$select"), self.request.query.get("$expand")
        relationships = self._expanded(collection, body, expand) if expand else {}
        names = ",".join([wanted, *relationships]) if wanted else None
        return odata.select({**without_internals(body), **relationships}, names)

    def _expanded(self, collection: str, body: Body, text: str) -> Body:
        """Returns the relationships that ``$expand`` names, with at most 20 objects in each, as Graph does."""
        result: Body = {}
        for name, options in odata.parse_expand(text):
            relation = self.relations.get((collection, name))
            if relation is None:
                raise graph_bad_request(
                    f"Parsing OData Select and Expand failed: Could not find a property named '{name}' on type "
                    f"'microsoft.graph.{collection.rstrip('s')}'."
                )
            value = relation(self, body)
            if isinstance(value, list):
                result[name] = [odata.select(without_internals(item), options.get("$select")) for item in value[:20]]
            else:
                result[name] = (
                    odata.select(without_internals(value), options.get("$select")) if value is not None else None
                )
        return result

    def collection(self, name: str, bodies: Iterable[Body]) -> Response:
        """Returns the response with one page of a list, after ``$search``, ``$filter`` and ``$orderby``."""
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
        return Response(200, {**result, "value": [self._shown(name, body) for body in page]})

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
        pattern: The path after the version.
        handler: Answers the request.
        permissions: Sets of permissions; the caller needs all permissions of one set. Empty where every valid token is
            enough.
    """

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    permissions: tuple[frozenset[str], ...]


def route(method: str, template: str, handler: Handler, *permissions: str) -> Route:
    """Returns the route of one operation.

    Args:
        method: HTTP method.
        template: The path after the version, with ``{name}`` for a path parameter.
        handler: Answers the request.
        permissions: Application permissions. One of them is enough; of several joined by `` + `` all are needed. Without
            any, every valid token is enough.
    """
    regex = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    sets = tuple(frozenset(part.strip() for part in entry.split("+")) for entry in permissions)
    return Route(method, re.compile(regex, re.IGNORECASE), handler, sets)


def without_internals(body: Body) -> Body:
    """Returns a stored body without the values that Graph never returns."""
    return {name: value for name, value in body.items() if not name.startswith("_")}
