"""Graph addresses of directory role definitions, templates and assignments.

Permissions and query options from the unifiedRoleAssignment pages of the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from localtenant.core.errors import graph_not_found
from localtenant.core.ids import is_guid
from localtenant.core.messages import Response
from localtenant.graph.lookup import (
    any_object,
)
from localtenant.graph.requests import GraphRequest, Relations, route
from localtenant.state import assignments
from localtenant.state.store import Body

READ_ROLES = (
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
WRITE_ROLES = ("RoleManagement.ReadWrite.Directory",)


def list_role_definitions(graph: GraphRequest) -> Response:
    return graph.collection("roleManagement/directory/roleDefinitions", graph.directory.role_definitions.values())


def get_role_definition(graph: GraphRequest) -> Response:
    body = graph.directory.role_definitions.get(graph.params["id"].lower())
    if body is None:
        raise graph_not_found(graph.params["id"])
    return graph.item("roleManagement/directory/roleDefinitions", body)


def list_role_templates(graph: GraphRequest) -> Response:
    rows = [
        {name: body[name] for name in ("id", "description", "displayName")} | {"deletedDateTime": None}
        for body in graph.directory.role_definitions.values()
    ]
    return graph.collection("directoryRoleTemplates", rows)


def list_role_assignments(graph: GraphRequest) -> Response:
    found = graph.directory.all("roleAssignments", graph.access)
    return graph.collection("roleManagement/directory/roleAssignments", found)


def create_role_assignment(graph: GraphRequest) -> Response:
    made = assignments.assign_directory_role(graph.directory, graph.request.json(), graph.access)
    return graph.item("roleManagement/directory/roleAssignments", made, 201)


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
    route("GET", "roleManagement/directory/roleDefinitions", list_role_definitions, *READ_ROLES),
    route("GET", "roleManagement/directory/roleDefinitions/{id}", get_role_definition, *READ_ROLES),
    route("GET", "directoryRoleTemplates", list_role_templates, *READ_ROLES),
    route("GET", "roleManagement/directory/roleAssignments", list_role_assignments, *READ_ROLES),
    route("POST", "roleManagement/directory/roleAssignments", create_role_assignment, *WRITE_ROLES),
    route("GET", "roleManagement/directory/roleAssignments/{id}", get_role_assignment, *READ_ROLES),
    route("DELETE", "roleManagement/directory/roleAssignments/{id}", delete_role_assignment, *WRITE_ROLES),
)

RELATIONS: Relations = {
    ("roleManagement/directory/roleAssignments", "principal"): _principal_of,
    ("roleManagement/directory/roleAssignments", "roleDefinition"): _role_definition_of,
}
