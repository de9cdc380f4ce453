"""Graph addresses of directory role definitions, role templates, and roles that are activated in the tenant.

Permissions and query options from the unifiedRoleDefinition, directoryRoleTemplate and directoryRole pages of the
Microsoft Graph v1.0 reference. An activated role is an object of its own beside the definition that assignments name.
"""

from __future__ import annotations

from localtenant.core.errors import graph_bad_request, graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.lookup import READ_ROLES, WRITE_ROLES, any_object, reference
from localtenant.graph.requests import GraphRequest, route
from localtenant.state import assignments, roles
from localtenant.state.store import Body

DEFINITIONS = "roleManagement/directory/roleDefinitions"


def list_definitions(graph: GraphRequest) -> Response:
    return graph.collection(DEFINITIONS, graph.directory.role_definitions.values())


def create_definition(graph: GraphRequest) -> Response:
    role_id = graph.directory.ids.guid("roleDefinition")
    return graph.item(DEFINITIONS, roles.create(graph.directory.role_definitions, graph.request.json(), role_id), 201)


def get_definition(graph: GraphRequest) -> Response:
    return graph.item(DEFINITIONS, roles.find(graph.directory.role_definitions, graph.params["id"]))


def update_definition(graph: GraphRequest) -> Response:
    roles.update(graph.directory.role_definitions, graph.params["id"], graph.request.json())
    return Response(204)


def delete_definition(graph: GraphRequest) -> Response:
    role_id = graph.params["id"].lower()
    assigned = any(body["roleDefinitionId"] == role_id for body in graph.directory.live("roleAssignments"))
    roles.delete(graph.directory.role_definitions, role_id, assigned)
    return Response(204)


def _template(body: Body) -> Body:
    return {name: body[name] for name in ("id", "description", "displayName")} | {"deletedDateTime": None}


def _built_in(graph: GraphRequest) -> dict[str, Body]:
    return {key: body for key, body in graph.directory.role_definitions.items() if body["isBuiltIn"]}


def list_templates(graph: GraphRequest) -> Response:
    return graph.collection("directoryRoleTemplates", [_template(body) for body in _built_in(graph).values()])


def get_template(graph: GraphRequest) -> Response:
    return graph.item("directoryRoleTemplates", _template(roles.find(_built_in(graph), graph.params["id"])))


def _activated(graph: GraphRequest, template_id: str) -> Body:
    template = roles.find(_built_in(graph), template_id)
    return {
        "id": graph.directory.activated_roles[template_id],
        "deletedDateTime": None,
        "description": template["description"],
        "displayName": template["displayName"],
        "roleTemplateId": template_id,
    }


def _activated_by_key(graph: GraphRequest) -> Body:
    key = graph.params["id"].lower()
    for template_id, object_id in graph.directory.activated_roles.items():
        if key in (object_id, f"roletemplateid={template_id}"):
            return _activated(graph, template_id)
    raise graph_not_found(graph.params["id"])


def list_activated(graph: GraphRequest) -> Response:
    return graph.collection("directoryRoles", [_activated(graph, key) for key in graph.directory.activated_roles])


def activate(graph: GraphRequest) -> Response:
    """Activates a role for the whole tenant; Graph cannot deactivate it."""
    template_id = str(graph.request.json().get("roleTemplateId") or "").lower()
    if template_id not in _built_in(graph):
        raise graph_bad_request(f"The role template '{template_id}' does not exist.")
    if template_id in graph.directory.activated_roles:
        raise graph_bad_request(
            "A conflicting object with one or more of the specified property values is present in the directory."
        )
    graph.directory.activated_roles[template_id] = graph.directory.ids.guid("directoryRole")
    return graph.item("directoryRoles", _activated(graph, template_id), 201)


def get_activated(graph: GraphRequest) -> Response:
    return graph.item("directoryRoles", _activated_by_key(graph))


def _held(graph: GraphRequest) -> list[Body]:
    """Returns the assignments of an activated role in the whole tenant."""
    template_id = _activated_by_key(graph)["roleTemplateId"]
    return [
        body
        for body in graph.directory.all("roleAssignments", graph.access)
        if (body["roleDefinitionId"], body["directoryScopeId"]) == (template_id, "/")
    ]


def list_role_members(graph: GraphRequest) -> Response:
    """Lists the principals that hold an activated role in the whole tenant."""
    held = (any_object(graph, body["principalId"]) for body in _held(graph))
    return graph.collection("directoryObjects", [body for body in held if body])


def add_role_member(graph: GraphRequest) -> Response:
    """Assigns an activated role in the whole tenant, the older form of a role assignment."""
    member, template_id = reference(graph), _activated_by_key(graph)["roleTemplateId"]
    if any(body["principalId"] == member for body in _held(graph)):
        raise graph_bad_request(
            "One or more added object references already exist for the following modified properties: 'members'."
        )
    wanted = {"principalId": member, "roleDefinitionId": template_id, "directoryScopeId": "/"}
    assignments.assign_directory_role(graph.directory, wanted, graph.access)
    return Response(204)


def remove_role_member(graph: GraphRequest) -> Response:
    member = graph.params["object"].lower()
    held = next((body for body in _held(graph) if body["principalId"] == member), None)
    if held is None:
        raise graph_not_found(member)
    assignments.remove_directory_role_assignment(graph.directory, held["id"], graph.access)
    return Response(204)


ROUTES = (
    route("GET", DEFINITIONS, list_definitions, *READ_ROLES),
    route("POST", DEFINITIONS, create_definition, *WRITE_ROLES),
    route("GET", f"{DEFINITIONS}/{{id}}", get_definition, *READ_ROLES),
    route("PATCH", f"{DEFINITIONS}/{{id}}", update_definition, *WRITE_ROLES),
    route("DELETE", f"{DEFINITIONS}/{{id}}", delete_definition, *WRITE_ROLES),
    route("GET", "directoryRoleTemplates", list_templates, *READ_ROLES),
    route("GET", "directoryRoleTemplates/{id}", get_template, *READ_ROLES),
    route("GET", "directoryRoles", list_activated, *READ_ROLES),
    route("POST", "directoryRoles", activate, *WRITE_ROLES),
    route("GET", "directoryRoles/{id}", get_activated, *READ_ROLES),
    route("GET", "directoryRoles/{id}/members", list_role_members, *READ_ROLES),
    route("POST", "directoryRoles/{id}/members/$ref", add_role_member, *WRITE_ROLES),
    route("DELETE", "directoryRoles/{id}/members/{object}/$ref", remove_role_member, *WRITE_ROLES),
)
