"""Graph beta addresses of Exchange Online's own roles, their assignments and their custom app scopes.

Permissions are those of each operation's table in the Microsoft Graph beta reference and of its PowerShell module; older
copies of the reference say that applications may neither read one assignment nor delete it.
"""

from __future__ import annotations

from collections.abc import Callable

from localtenant.core.errors import graph_bad_request, graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.requests import GraphRequest, Handler, Route, route
from localtenant.state import exchange_roles
from localtenant.state.exchange_roles import ASSIGNMENTS, SCOPES

_BASE = "roleManagement/exchange"
READ = ("RoleManagement.Read.Exchange", "RoleManagement.Read.All", "RoleManagement.ReadWrite.Exchange")
WRITE = ("RoleManagement.ReadWrite.Exchange",)


def _beta(handler: Handler) -> Handler:
    """Lets a handler answer below ``/beta`` alone."""

    def answer(graph: GraphRequest) -> Response:
        if graph.version != "beta":
            raise graph_bad_request("Resource not found for the segment 'exchange'.")
        return handler(graph)

    return answer


def list_definitions(graph: GraphRequest) -> Response:
    return graph.collection(f"{_BASE}/roleDefinitions", exchange_roles.definitions().values())


def get_definition(graph: GraphRequest) -> Response:
    body = exchange_roles.definitions().get(graph.params["id"].lower())
    if body is None:
        raise graph_not_found(graph.params["id"])
    return graph.item(f"{_BASE}/roleDefinitions", body)


def _listing(collection: str, name: str) -> Callable[[GraphRequest], Response]:
    def answer(graph: GraphRequest) -> Response:
        return graph.collection(f"{_BASE}/{name}", graph.directory.all(collection, graph.access))

    return answer


def _item(collection: str, name: str) -> Callable[[GraphRequest], Response]:
    def answer(graph: GraphRequest) -> Response:
        return graph.item(f"{_BASE}/{name}", graph.directory.get(collection, graph.params["id"], graph.access))

    return answer


def assign(graph: GraphRequest) -> Response:
    created = exchange_roles.assign(graph.directory, graph.request.json(), graph.access)
    return graph.item(f"{_BASE}/roleAssignments", created, 201)


def unassign(graph: GraphRequest) -> Response:
    exchange_roles.unassign(graph.directory, graph.params["id"], graph.access)
    return Response(204)


def create_scope(graph: GraphRequest) -> Response:
    created = exchange_roles.create_scope(graph.directory, graph.request.json(), graph.access)
    return graph.item(f"{_BASE}/customAppScopes", created, 201)


def delete_scope(graph: GraphRequest) -> Response:
    exchange_roles.delete_scope(graph.directory, graph.params["id"], graph.access)
    return Response(204)


def _routes() -> tuple[Route, ...]:
    operations: tuple[tuple[str, str, Handler, tuple[str, ...]], ...] = (
        ("GET", "roleDefinitions", list_definitions, READ),
        ("GET", "roleDefinitions/{id}", get_definition, READ),
        ("GET", "roleAssignments", _listing(ASSIGNMENTS, "roleAssignments"), READ),
        ("POST", "roleAssignments", assign, WRITE),
        ("GET", "roleAssignments/{id}", _item(ASSIGNMENTS, "roleAssignments"), READ),
        ("DELETE", "roleAssignments/{id}", unassign, WRITE),
        ("GET", "customAppScopes", _listing(SCOPES, "customAppScopes"), READ),
        ("POST", "customAppScopes", create_scope, WRITE),
        ("GET", "customAppScopes/{id}", _item(SCOPES, "customAppScopes"), READ),
        ("DELETE", "customAppScopes/{id}", delete_scope, WRITE),
    )
    return tuple(
        route(method, f"{_BASE}/{path}", _beta(handler), *permissions)
        for method, path, handler, permissions in operations
    )


ROUTES = _routes()
