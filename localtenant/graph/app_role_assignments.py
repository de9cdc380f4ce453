"""Graph addresses of app role assignments, from the API's end and from the principal's end.

Permissions and query options from the appRoleAssignment pages of the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from functools import partial

from localtenant.core.errors import graph_bad_request
from localtenant.core.messages import Response
from localtenant.graph.lookup import READ_APPS, principal
from localtenant.graph.requests import GraphRequest, Relations, Route, route
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
"""Relationship of a service principal -> the property of an assignment that has its id."""


def _assignments_at(graph: GraphRequest, body: Body, name: str) -> list[Body]:
    found = graph.directory.assignments_of("appRoleAssignments", body["id"], graph.access)
    return [assignment for assignment in found if assignment[ENDS[name]] == body["id"]]


def _list(graph: GraphRequest, name: str) -> Response:
    body = principal(graph)
    return graph.collection(f"servicePrincipals('{body['id']}')/{name}", _assignments_at(graph, body, name))


def _assign(graph: GraphRequest, name: str) -> Response:
    body = principal(graph)
    payload = graph.request.json()
    end = ENDS[name]
    if str(payload.get(end, "")).lower() != body["id"]:
        raise graph_bad_request(f"Invalid value specified for property '{end}' of resource 'AppRoleAssignment'.")
    created = assignments.assign_app_role(graph.directory, payload, graph.access)
    return graph.item(f"servicePrincipals('{body['id']}')/{name}", created, 201)


def _get(graph: GraphRequest, name: str) -> Response:
    body = principal(graph)
    found = assignments.app_role_assignment(
        graph.directory, body["id"], graph.params["assignment"], ENDS[name], graph.access
    )
    return graph.item(f"servicePrincipals('{body['id']}')/{name}", found)


def _remove(graph: GraphRequest, name: str) -> Response:
    body = principal(graph)
    assignments.remove_app_role_assignment(
        graph.directory, body["id"], graph.params["assignment"], ENDS[name], graph.access
    )
    return Response(204)


def _routes(name: str) -> tuple[Route, ...]:
    listing, one = f"servicePrincipals/{{id}}/{name}", f"servicePrincipals/{{id}}/{name}/{{assignment}}"
    return (
        route("GET", listing, partial(_list, name=name), *READ_GRANTS),
        route("POST", listing, partial(_assign, name=name), *GRANT_APP_ROLE),
        route("GET", one, partial(_get, name=name), *READ_GRANTS),
        route("DELETE", one, partial(_remove, name=name), "AppRoleAssignment.ReadWrite.All"),
    )


ROUTES = tuple(found for name in ENDS for found in _routes(name))

RELATIONS: Relations = {("servicePrincipals", name): partial(_assignments_at, name=name) for name in ENDS}
