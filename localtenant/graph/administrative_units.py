"""Graph addresses of administrative units and their members. Beta has them without the leading ``directory``.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from localtenant.core.errors import graph_bad_request, graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.lookup import READ_UNITS, WRITE_UNITS, any_object, changes, reference
from localtenant.graph.requests import GraphRequest, Route, route
from localtenant.state.cloud import administrative_unit
from localtenant.state.store import Body


def _unit(graph: GraphRequest) -> Body:
    return graph.directory.get("administrativeUnits", graph.params["id"], graph.access)


def _get_unit(graph: GraphRequest) -> Response:
    return graph.item("administrativeUnits", _unit(graph))


def _list_units(graph: GraphRequest) -> Response:
    return graph.collection("administrativeUnits", graph.directory.all("administrativeUnits", graph.access))


def _create_unit(graph: GraphRequest) -> Response:
    payload = graph.request.json()
    if not payload.get("displayName"):
        raise graph_bad_request("Property displayName is invalid.")
    body = administrative_unit(graph.directory.ids.guid("administrativeUnit"), changes(payload))
    return graph.item("administrativeUnits", graph.directory.add("administrativeUnits", body, graph.access), 201)


def _update_unit(graph: GraphRequest) -> Response:
    graph.directory.change("administrativeUnits", _unit(graph)["id"], changes(graph.request.json()), graph.access)
    return Response(204)


def _delete_unit(graph: GraphRequest) -> Response:
    graph.directory.delete("administrativeUnits", _unit(graph)["id"], graph.access)
    return Response(204)


def _list_members(graph: GraphRequest) -> Response:
    members = graph.directory.members.get(_unit(graph)["id"], [])
    return graph.collection("directoryObjects", [m for m in (any_object(graph, i) for i in members) if m])


def _add_member(graph: GraphRequest) -> Response:
    members = graph.directory.members.setdefault(_unit(graph)["id"], [])
    target = reference(graph)
    if target in members:
        raise graph_bad_request(
            "A conflicting object with one or more of the specified property values is present in the directory."
        )
    members.append(target)
    return Response(204)


def _remove_member(graph: GraphRequest) -> Response:
    members = graph.directory.members.get(_unit(graph)["id"], [])
    if graph.params["member"] not in members:
        raise graph_not_found(graph.params["member"])
    members.remove(graph.params["member"])
    return Response(204)


def _routes(base: str) -> tuple[Route, ...]:
    return (
        route("GET", base, _list_units, *READ_UNITS),
        route("POST", base, _create_unit, *WRITE_UNITS),
        route("GET", f"{base}/{{id}}", _get_unit, *READ_UNITS),
        route("PATCH", f"{base}/{{id}}", _update_unit, *WRITE_UNITS),
        route("DELETE", f"{base}/{{id}}", _delete_unit, *WRITE_UNITS),
        route("GET", f"{base}/{{id}}/members", _list_members, *READ_UNITS),
        route("POST", f"{base}/{{id}}/members/$ref", _add_member, *WRITE_UNITS),
        route("DELETE", f"{base}/{{id}}/members/{{member}}/$ref", _remove_member, *WRITE_UNITS),
    )


ROUTES = (*_routes("directory/administrativeUnits"), *_routes("administrativeUnits"))
