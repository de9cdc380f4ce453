"""Graph addresses of deleted applications and service principals, which can be restored.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from dataclasses import replace

from localtenant.core.clock import iso
from localtenant.core.errors import ServiceError, graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.lookup import READ_APPS, WRITE_APPS
from localtenant.graph.requests import GraphRequest, route
from localtenant.state.store import Body


def list_deleted(graph: GraphRequest) -> Response:
    collection = {
        "application": "applications",
        "group": "groups",
        "serviceprincipal": "servicePrincipals",
        "user": "users",
    }.get(graph.params["kind"].lower())
    if collection is None:
        raise ServiceError(400, "Request_BadRequest", f"Deleted items of type '{graph.params['kind']}' are not kept.")
    return graph.collection(
        collection, [body for stored, body in graph.directory.deleted.values() if stored == collection]
    )


def _deleted(graph: GraphRequest) -> Body:
    entry = graph.directory.deleted.get(graph.params["id"].lower())
    if entry is None:
        raise graph_not_found(graph.params["id"])
    return entry[1]


def get_deleted(graph: GraphRequest) -> Response:
    return graph.item("directoryObjects", _deleted(graph))


def purge_deleted(graph: GraphRequest) -> Response:
    del graph.directory.deleted[_deleted(graph)["id"]]
    return Response(204)


def restore_deleted(graph: GraphRequest) -> Response:
    body = graph.directory.restore(graph.params["id"], replace(graph.access, lag=0.0))
    return graph.item("directoryObjects", {**body, "renewedDateTime": iso(graph.access.now)})


ROUTES = (
    route("GET", "directory/deletedItems/microsoft.graph.{kind}", list_deleted, *READ_APPS),
    route("GET", "directory/deletedItems/{id}", get_deleted, *READ_APPS),
    route("DELETE", "directory/deletedItems/{id}", purge_deleted, *WRITE_APPS),
    route("POST", "directory/deletedItems/{id}/restore", restore_deleted, *WRITE_APPS),
)
