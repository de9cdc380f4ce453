"""Graph addresses of groups, their members and owners.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from localtenant.core.errors import graph_bad_request, graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.lookup import READ_GROUPS, WRITE_GROUPS, any_object, reference
from localtenant.graph.requests import GraphRequest, route
from localtenant.state import people
from localtenant.state.store import Body


def _group(graph: GraphRequest) -> Body:
    return graph.directory.get("groups", graph.params["id"], graph.access)


def list_groups(graph: GraphRequest) -> Response:
    return graph.collection("groups", graph.directory.all("groups", graph.access))


def create_group(graph: GraphRequest) -> Response:
    body = people.create_group(graph.directory, graph.request.json(), graph.access, graph.caller.object_id)
    return graph.item("groups", body, 201)


def get_group(graph: GraphRequest) -> Response:
    return graph.item("groups", _group(graph))


def update_group(graph: GraphRequest) -> Response:
    people.update_group(graph.directory, _group(graph)["id"], graph.request.json(), graph.access)
    return Response(204)


def delete_group(graph: GraphRequest) -> Response:
    graph.directory.delete("groups", _group(graph)["id"], graph.access)
    return Response(204)


def _linked(graph: GraphRequest, relation: str) -> list[str]:
    links = graph.directory.members if relation == "members" else graph.directory.owners
    return links.setdefault(_group(graph)["id"], [])


def _list_linked(graph: GraphRequest, relation: str) -> Response:
    found = (any_object(graph, object_id) for object_id in _linked(graph, relation))
    return graph.collection("directoryObjects", [body for body in found if body])


def _member_of(graph: GraphRequest) -> Response:
    own_id = _group(graph)["id"]
    found = (any_object(graph, holder) for holder, members in graph.directory.members.items() if own_id in members)
    return graph.collection("directoryObjects", [body for body in found if body])


def _add_linked(graph: GraphRequest, relation: str) -> Response:
    links, target = _linked(graph, relation), reference(graph)
    if target in links:
        raise graph_bad_request(
            f"One or more added object references already exist for the following modified properties: '{relation}'."
        )
    links.append(target)
    return Response(204)


def _remove_linked(graph: GraphRequest, relation: str) -> Response:
    links, target = _linked(graph, relation), graph.params["object"].lower()
    if target not in links:
        raise graph_not_found(target)
    links.remove(target)
    return Response(204)


ROUTES = (
    route("GET", "groups", list_groups, *READ_GROUPS),
    route("POST", "groups", create_group, *WRITE_GROUPS),
    route("GET", "groups/{id}", get_group, *READ_GROUPS),
    route("PATCH", "groups/{id}", update_group, *WRITE_GROUPS),
    route("DELETE", "groups/{id}", delete_group, *WRITE_GROUPS),
    route("GET", "groups/{id}/members", lambda graph: _list_linked(graph, "members"), *READ_GROUPS),
    route("POST", "groups/{id}/members/$ref", lambda graph: _add_linked(graph, "members"), *WRITE_GROUPS),
    route("DELETE", "groups/{id}/members/{object}/$ref", lambda graph: _remove_linked(graph, "members"), *WRITE_GROUPS),
    route("GET", "groups/{id}/memberOf", _member_of, *READ_GROUPS),
    route("GET", "groups/{id}/owners", lambda graph: _list_linked(graph, "owners"), *READ_GROUPS),
    route("POST", "groups/{id}/owners/$ref", lambda graph: _add_linked(graph, "owners"), *WRITE_GROUPS),
    route("DELETE", "groups/{id}/owners/{object}/$ref", lambda graph: _remove_linked(graph, "owners"), *WRITE_GROUPS),
)
