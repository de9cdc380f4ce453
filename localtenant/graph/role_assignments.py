"""Graph addresses of directory role assignments.

Permissions and query options from the unifiedRoleAssignment pages of the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from localtenant.core.ids import is_guid
from localtenant.core.messages import Response
from localtenant.graph.lookup import READ_ROLES, WRITE_ROLES, any_object
from localtenant.graph.requests import GraphRequest, Relations, route
from localtenant.state import assignments
from localtenant.state.store import Body


def list_role_assignments(graph: GraphRequest) -> Response:
    found = graph.directory.all("roleAssignments", graph.access)
    return graph.collection("roleManagement/directory/roleAssignments", found)


def create_role_assignment(graph: GraphRequest) -> Response:
    created = assignments.assign_directory_role(graph.directory, graph.request.json(), graph.access)
    return graph.item("roleManagement/directory/roleAssignments", created, 201)


def get_role_assignment(graph: GraphRequest) -> Response:
    body = graph.directory.get("roleAssignments", graph.params["id"], graph.access)
    return graph.item("roleManagement/directory/roleAssignments", body)


def delete_role_assignment(graph: GraphRequest) -> Response:
    assignments.remove_directory_role_assignment(graph.directory, graph.params["id"], graph.access)
    return Response(204)


def _principal_of(graph: GraphRequest, body: Body) -> Body | None:
    return any_object(graph, body["principalId"]) if is_guid(body["principalId"]) else None


def _role_definition_of(graph: GraphRequest, body: Body) -> Body:
    return graph.directory.role_definitions[body["roleDefinitionId"]]


ROUTES = (
    route("GET", "roleManagement/directory/roleAssignments", list_role_assignments, *READ_ROLES),
    route("POST", "roleManagement/directory/roleAssignments", create_role_assignment, *WRITE_ROLES),
    route("GET", "roleManagement/directory/roleAssignments/{id}", get_role_assignment, *READ_ROLES),
    route("DELETE", "roleManagement/directory/roleAssignments/{id}", delete_role_assignment, *WRITE_ROLES),
)

RELATIONS: Relations = {
    ("roleManagement/directory/roleAssignments", "principal"): _principal_of,
    ("roleManagement/directory/roleAssignments", "roleDefinition"): _role_definition_of,
}
