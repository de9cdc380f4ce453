"""Graph addresses of Conditional Access: named locations and policies. The tenant stores both; sign-in ignores them.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from collections.abc import Callable

from localtenant.core.errors import graph_bad_request, graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.requests import GraphRequest, Handler, Route, route
from localtenant.state.store import Body

BASE = "identity/conditionalAccess"
READ = ("Policy.Read.All", "Policy.Read.All + Policy.ReadWrite.ConditionalAccess")
WRITE = ("Policy.Read.All + Policy.ReadWrite.ConditionalAccess",)
_SPECIAL_PRINCIPALS = ("ServicePrincipalsInMyTenant",)


def _found(graph: GraphRequest, collection: str) -> Body:
    return graph.directory.get(collection, graph.params["id"], graph.access)


def _shown(graph: GraphRequest, collection: str, body: Body, status: int = 200) -> Response:
    return graph.item(f"{BASE}/{collection}", body, status)


def _list(graph: GraphRequest, collection: str) -> Response:
    return graph.collection(f"{BASE}/{collection}", graph.directory.all(collection, graph.access))


def _create(graph: GraphRequest, collection: str) -> Response:
    payload = graph.request.json()
    if not payload.get("displayName"):
        raise graph_bad_request("Property displayName is invalid.")
    _check_principals(graph, payload)
    body = {**payload, "id": graph.directory.ids.guid(collection)}
    return _shown(graph, collection, graph.directory.add(collection, body, graph.access), 201)


def _update(graph: GraphRequest, collection: str) -> Response:
    payload = graph.request.json()
    _check_principals(graph, payload)
    changes = {name: value for name, value in payload.items() if name != "id"}
    graph.directory.change(collection, _found(graph, collection)["id"], changes, graph.access)
    return Response(204)


def _delete(graph: GraphRequest, collection: str) -> Response:
    graph.directory.delete(collection, _found(graph, collection)["id"], graph.access, soft=False)
    return Response(204)


def _check_principals(graph: GraphRequest, policy: Body) -> None:
    wanted = ((policy.get("conditions") or {}).get("clientApplications") or {}).get("includeServicePrincipals") or []
    for principal in wanted:
        if principal in _SPECIAL_PRINCIPALS:
            continue
        if graph.directory.find("servicePrincipals", principal, graph.access) is None:
            raise graph_not_found(principal)


def _get(graph: GraphRequest, collection: str) -> Response:
    return _shown(graph, collection, _found(graph, collection))


def _routes(name: str, collection: str) -> tuple[Route, ...]:
    def bound(handler: Callable[[GraphRequest, str], Response]) -> Handler:
        return lambda graph: handler(graph, collection)

    return (
        route("GET", f"{BASE}/{name}", bound(_list), *READ),
        route("POST", f"{BASE}/{name}", bound(_create), *WRITE),
        route("GET", f"{BASE}/{name}/{{id}}", bound(_get), *READ),
        route("PATCH", f"{BASE}/{name}/{{id}}", bound(_update), *WRITE),
        route("DELETE", f"{BASE}/{name}/{{id}}", bound(_delete), *WRITE),
    )


ROUTES = (*_routes("namedLocations", "namedLocations"), *_routes("policies", "conditionalAccessPolicies"))
