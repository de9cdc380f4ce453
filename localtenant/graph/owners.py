"""Graph addresses of the owners of applications and service principals.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from localtenant.core.errors import graph_bad_request, graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.lookup import READ_APPS, WRITE_APPS, any_object, principal, reference
from localtenant.graph.requests import GraphRequest, Relations, route
from localtenant.state import applications
from localtenant.state.store import Body


def _owners_of(graph: GraphRequest, body: Body) -> list[Body]:
    owners = graph.directory.owners.get(body["id"], [])
    return [owner for owner in (any_object(graph, owner_id) for owner_id in owners) if owner]


def _owned(graph: GraphRequest, kind: str) -> Body:
    if kind == "servicePrincipals":
        return principal(graph)
    return applications.find(graph.directory, graph.params["id"], graph.access)


def _list_owners(graph: GraphRequest, kind: str) -> Response:
    return graph.collection("directoryObjects", _owners_of(graph, _owned(graph, kind)))


def _add_owner(graph: GraphRequest, kind: str) -> Response:
    owners = graph.directory.owners.setdefault(_owned(graph, kind)["id"], [])
    owner = reference(graph)
    if owner in owners:
        raise graph_bad_request(
            "One or more added object references already exist for the following modified properties: 'owners'."
        )
    owners.append(owner)
    return Response(204)


def _remove_owner(graph: GraphRequest, kind: str) -> Response:
    owners = graph.directory.owners.get(_owned(graph, kind)["id"], [])
    if graph.params["owner"] not in owners:
        raise graph_not_found(graph.params["owner"])
    owners.remove(graph.params["owner"])
    return Response(204)


ROUTES = (
    route("GET", "servicePrincipals/{id}/owners", lambda graph: _list_owners(graph, "servicePrincipals"), *READ_APPS),
    route(
        "POST", "servicePrincipals/{id}/owners/$ref", lambda graph: _add_owner(graph, "servicePrincipals"), *WRITE_APPS
    ),
    route(
        "DELETE",
        "servicePrincipals/{id}/owners/{owner}/$ref",
        lambda graph: _remove_owner(graph, "servicePrincipals"),
        *WRITE_APPS,
    ),
    route("GET", "applications/{id}/owners", lambda graph: _list_owners(graph, "applications"), *READ_APPS),
    route("POST", "applications/{id}/owners/$ref", lambda graph: _add_owner(graph, "applications"), *WRITE_APPS),
    route(
        "DELETE",
        "applications/{id}/owners/{owner}/$ref",
        lambda graph: _remove_owner(graph, "applications"),
        *WRITE_APPS,
    ),
)

RELATIONS: Relations = {
    ("servicePrincipals", "owners"): _owners_of,
    ("applications", "owners"): _owners_of,
}
