"""Graph addresses of app role assignments, from the API's end and from the principal's end.

Permissions and query options from the appRoleAssignment pages of the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from localtenant.core.errors import graph_bad_request
from localtenant.core.messages import Response
from localtenant.graph.lookup import (
    READ_APPS,
    principal,
)
from localtenant.graph.requests import GraphRequest, Relations, route
from localtenant.state import assignments
from localtenant.state.store import Body

GRANT_APP_ROLE = (
    "AppRoleAssignment.ReadWrite.All + Application.Read.All",
    "AppRoleAssignment.ReadWrite.All + Application.ReadWrite.OwnedBy",
    "AppRoleAssignment.ReadWrite.All + Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All + Directory.Read.All",
    "AppRoleAssignment.ReadWrite.All + Directory.ReadWrite.All",
)
READ_GRANTS = ("AppRoleAssignment.ReadWrite.All", *READ_APPS)
ENDS = {"appRoleAssignedTo": "resourceId", "appRoleAssignments": "principalId"}


def _list_app_roles(graph: GraphRequest, name: str) -> Response:
    body = principal(graph)
    end = ENDS[name]
    found = graph.directory.assignments_of("appRoleAssignments", body["id"], graph.access)
    return graph.collection(f"servicePrincipals('{body['id']}')/{name}", [a for a in found if a[end] == body["id"]])


def _assign_app_role(graph: GraphRequest, name: str) -> Response:
    body = principal(graph)
    payload = graph.request.json()
    end = ENDS[name]
    if str(payload.get(end, "")).lower() != body["id"]:
        raise graph_bad_request(f"Invalid value specified for property '{end}' of resource 'AppRoleAssignment'.")
    created = assignments.assign_app_role(graph.directory, payload, graph.access)
    return graph.item(f"servicePrincipals('{body['id']}')/{name}", created, 201)


def _get_app_role(graph: GraphRequest, name: str) -> Response:
    body = principal(graph)
    found = assignments.app_role_assignment(
        graph.directory, body["id"], graph.params["assignment"], ENDS[name], graph.access
    )
    return graph.item(f"servicePrincipals('{body['id']}')/{name}", found)


def _remove_app_role(graph: GraphRequest, name: str) -> Response:
    body = principal(graph)
    assignments.remove_app_role_assignment(
        graph.directory, body["id"], graph.params["assignment"], ENDS[name], graph.access
    )
    return Response(204)


def _assignments_at(graph: GraphRequest, body: Body, name: str) -> list[Body]:
    found = graph.directory.assignments_of("appRoleAssignments", body["id"], graph.access)
    return [assignment for assignment in found if assignment[ENDS[name]] == body["id"]]


ROUTES = (
    route(
        "GET",
        "servicePrincipals/{id}/appRoleAssignedTo",
        lambda graph: _list_app_roles(graph, "appRoleAssignedTo"),
        *READ_GRANTS,
    ),
    route(
        "POST",
        "servicePrincipals/{id}/appRoleAssignedTo",
        lambda graph: _assign_app_role(graph, "appRoleAssignedTo"),
        *GRANT_APP_ROLE,
    ),
    route(
        "GET",
        "servicePrincipals/{id}/appRoleAssignedTo/{assignment}",
        lambda graph: _get_app_role(graph, "appRoleAssignedTo"),
        *READ_GRANTS,
    ),
    route(
        "DELETE",
        "servicePrincipals/{id}/appRoleAssignedTo/{assignment}",
        lambda graph: _remove_app_role(graph, "appRoleAssignedTo"),
        "AppRoleAssignment.ReadWrite.All",
    ),
    route(
        "GET",
        "servicePrincipals/{id}/appRoleAssignments",
        lambda graph: _list_app_roles(graph, "appRoleAssignments"),
        *READ_GRANTS,
    ),
    route(
        "POST",
        "servicePrincipals/{id}/appRoleAssignments",
        lambda graph: _assign_app_role(graph, "appRoleAssignments"),
        *GRANT_APP_ROLE,
    ),
    route(
        "GET",
        "servicePrincipals/{id}/appRoleAssignments/{assignment}",
        lambda graph: _get_app_role(graph, "appRoleAssignments"),
        *READ_GRANTS,
    ),
    route(
        "DELETE",
        "servicePrincipals/{id}/appRoleAssignments/{assignment}",
        lambda graph: _remove_app_role(graph, "appRoleAssignments"),
        "AppRoleAssignment.ReadWrite.All",
    ),
)

RELATIONS: Relations = {
    ("servicePrincipals", "appRoleAssignedTo"): lambda graph, body: _assignments_at(graph, body, "appRoleAssignedTo"),
    ("servicePrincipals", "appRoleAssignments"): lambda graph, body: _assignments_at(graph, body, "appRoleAssignments"),
}
