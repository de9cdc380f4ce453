"""Graph addresses of grants: app role assignments from both ends, directory role definitions and assignments.

Permissions and query options from the appRoleAssignment and unifiedRoleAssignment pages of the Microsoft Graph v1.0
reference.
"""

from __future__ import annotations

from localtenant.core.errors import graph_bad_request, graph_not_found
from localtenant.core.ids import is_guid
from localtenant.core.messages import Response
from localtenant.graph.dispatcher import RELATIONS, GraphRequest, route
from localtenant.graph.lookup import READ_APPS, any_object, principal
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
READ_ROLES = (
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
WRITE_ROLES = ("RoleManagement.ReadWrite.Directory",)
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
    made = assignments.assign_app_role(graph.directory, payload, graph.access)
    return graph.item(f"servicePrincipals('{body['id']}')/{name}", made, 201)


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


def _register(name: str) -> None:
    base = f"servicePrincipals/{{id}}/{name}"
    route("GET", base, *READ_GRANTS)(lambda graph: _list_app_roles(graph, name))
    route("POST", base, *GRANT_APP_ROLE)(lambda graph: _assign_app_role(graph, name))
    route("GET", f"{base}/{{assignment}}", *READ_GRANTS)(lambda graph: _get_app_role(graph, name))
    route("DELETE", f"{base}/{{assignment}}", "AppRoleAssignment.ReadWrite.All")(
        lambda graph: _remove_app_role(graph, name)
    )
    RELATIONS[("servicePrincipals", name)] = lambda graph, body: [
        a
        for a in graph.directory.assignments_of("appRoleAssignments", body["id"], graph.access)
        if a[ENDS[name]] == body["id"]
    ]


for _name in ENDS:
    _register(_name)


# Directory roles


@route("GET", "roleManagement/directory/roleDefinitions", *READ_ROLES)
def list_role_definitions(graph: GraphRequest) -> Response:
    return graph.collection("roleManagement/directory/roleDefinitions", graph.directory.role_definitions.values())


@route("GET", "roleManagement/directory/roleDefinitions/{id}", *READ_ROLES)
def get_role_definition(graph: GraphRequest) -> Response:
    body = graph.directory.role_definitions.get(graph.params["id"].lower())
    if body is None:
        raise graph_not_found(graph.params["id"])
    return graph.item("roleManagement/directory/roleDefinitions", body)


@route("GET", "directoryRoleTemplates", *READ_ROLES)
def list_role_templates(graph: GraphRequest) -> Response:
    rows = [
        {name: body[name] for name in ("id", "description", "displayName")} | {"deletedDateTime": None}
        for body in graph.directory.role_definitions.values()
    ]
    return graph.collection("directoryRoleTemplates", rows)


@route("GET", "roleManagement/directory/roleAssignments", *READ_ROLES)
def list_role_assignments(graph: GraphRequest) -> Response:
    found = graph.directory.all("roleAssignments", graph.access)
    return graph.collection("roleManagement/directory/roleAssignments", found)


@route("POST", "roleManagement/directory/roleAssignments", *WRITE_ROLES)
def create_role_assignment(graph: GraphRequest) -> Response:
    made = assignments.assign_directory_role(graph.directory, graph.request.json(), graph.access)
    return graph.item("roleManagement/directory/roleAssignments", made, 201)


@route("GET", "roleManagement/directory/roleAssignments/{id}", *READ_ROLES)
def get_role_assignment(graph: GraphRequest) -> Response:
    body = graph.directory.get("roleAssignments", graph.params["id"], graph.access)
    return graph.item("roleManagement/directory/roleAssignments", body)


@route("DELETE", "roleManagement/directory/roleAssignments/{id}", *WRITE_ROLES)
def delete_role_assignment(graph: GraphRequest) -> Response:
    assignments.remove_directory_role_assignment(graph.directory, graph.params["id"], graph.access)
    return Response(204)


def _principal_of(graph: GraphRequest, body: Body) -> Body | None:
    return any_object(graph, body["principalId"]) if is_guid(body["principalId"]) else None


RELATIONS[("roleManagement/directory/roleAssignments", "principal")] = _principal_of
RELATIONS[("roleManagement/directory/roleAssignments", "roleDefinition")] = lambda graph, body: (
    graph.directory.role_definitions[body["roleDefinitionId"]]
)
