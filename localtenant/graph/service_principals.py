"""Graph addresses of service principals.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from localtenant.core.errors import ServiceError, graph_bad_request, graph_denied
from localtenant.core.messages import Response
from localtenant.graph.lookup import READ_APPS, WRITE_APPS, changes, principal, require_owner
from localtenant.graph.requests import GraphRequest, route
from localtenant.state import applications, seed


def list_service_principals(graph: GraphRequest) -> Response:
    return graph.collection("servicePrincipals", graph.directory.all("servicePrincipals", graph.access))


def count_service_principals(graph: GraphRequest) -> Response:
    if str(graph.request.headers.get("consistencylevel", "")).lower() != "eventual":
        raise graph_bad_request("$count is not currently supported.")
    total = sum(1 for _ in graph.directory.all("servicePrincipals", graph.access))
    return Response(200, str(total).encode(), content_type="text/plain")


def create_service_principal(graph: GraphRequest) -> Response:
    app_id = str(graph.request.json().get("appId")).lower()
    foreign = graph.cloud.application_of_another_tenant(graph.tenant, app_id)
    if not graph.caller.roles & {"Application.ReadWrite.All", "Directory.ReadWrite.All"}:
        _require_own_backing(graph, app_id, foreign)
    body = applications.create_service_principal(
        graph.directory, graph.request.json(), graph.access, graph.caller.object_id, foreign
    )
    return graph.item("servicePrincipals", body, 201)


def _require_own_backing(graph: GraphRequest, app_id: str, foreign: applications.ForeignApplication | None) -> None:
    """Refuses the service principal of an application that a caller with ``Application.ReadWrite.OwnedBy`` does not own."""
    backing = next((a for a in graph.directory.live("applications") if a["appId"] == app_id), None)
    owners = graph.directory.owners.get(backing["id"], []) if backing is not None else []
    if (backing is not None or foreign is not None) and graph.caller.object_id not in owners:
        raise ServiceError(
            403,
            "Authorization_RequestDenied",
            "When using this permission, the backing application of the service principal being created must in the "
            "local tenant",
        )


def get_service_principal(graph: GraphRequest) -> Response:
    return graph.item("servicePrincipals", principal(graph))


def update_service_principal(graph: GraphRequest) -> Response:
    body = principal(graph)
    require_owner(graph, body["id"])
    graph.directory.change("servicePrincipals", body["id"], changes(graph.request.json(), "appId"), graph.access)
    return Response(204)


def delete_service_principal(graph: GraphRequest) -> Response:
    body = principal(graph)
    if body["appOwnerOrganizationId"] == seed.MICROSOFT_TENANT_ID:
        raise graph_denied()
    require_owner(graph, body["id"])
    graph.directory.delete("servicePrincipals", body["id"], graph.access)
    return Response(204)


ROUTES = (
    route("GET", "servicePrincipals", list_service_principals, *READ_APPS),
    route("GET", "servicePrincipals/$count", count_service_principals, *READ_APPS),
    route("POST", "servicePrincipals", create_service_principal, *WRITE_APPS),
    route("GET", "servicePrincipals/{id}", get_service_principal, *READ_APPS),
    route("PATCH", "servicePrincipals/{id}", update_service_principal, *WRITE_APPS),
    route("DELETE", "servicePrincipals/{id}", delete_service_principal, *WRITE_APPS),
)
