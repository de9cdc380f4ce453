"""Graph addresses of users.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from localtenant.core.errors import graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.lookup import READ_USERS, WRITE_USERS, any_object, reference
from localtenant.graph.requests import GraphRequest, route
from localtenant.state import people
from localtenant.state.store import Body


def _user(graph: GraphRequest) -> Body:
    return people.find_user(graph.directory, graph.params["id"], graph.access)


def list_users(graph: GraphRequest) -> Response:
    return graph.collection("users", graph.directory.all("users", graph.access))


def create_user(graph: GraphRequest) -> Response:
    return graph.item("users", people.create_user(graph.directory, graph.request.json(), graph.access), 201)


def get_user(graph: GraphRequest) -> Response:
    return graph.item("users", _user(graph))


def update_user(graph: GraphRequest) -> Response:
    people.update_user(graph.directory, _user(graph)["id"], graph.request.json(), graph.access)
    return Response(204)


def delete_user(graph: GraphRequest) -> Response:
    graph.directory.delete("users", _user(graph)["id"], graph.access)
    return Response(204)


def get_manager(graph: GraphRequest) -> Response:
    manager = any_object(graph, graph.directory.managers.get(_user(graph)["id"], ""))
    if manager is None:
        raise graph_not_found("manager")
    return graph.item("directoryObjects", manager)


def set_manager(graph: GraphRequest) -> Response:
    graph.directory.managers[_user(graph)["id"]] = reference(graph)
    return Response(204)


def remove_manager(graph: GraphRequest) -> Response:
    if graph.directory.managers.pop(_user(graph)["id"], None) is None:
        raise graph_not_found("manager")
    return Response(204)


ROUTES = (
    route("GET", "users", list_users, *READ_USERS),
    route("POST", "users", create_user, *WRITE_USERS),
    route("GET", "users/{id}", get_user, *READ_USERS),
    route("PATCH", "users/{id}", update_user, *WRITE_USERS),
    route("DELETE", "users/{id}", delete_user, *WRITE_USERS),
    route("GET", "users/{id}/manager", get_manager, *READ_USERS),
    route("PUT", "users/{id}/manager/$ref", set_manager, *WRITE_USERS),
    route("DELETE", "users/{id}/manager/$ref", remove_manager, *WRITE_USERS),
)
