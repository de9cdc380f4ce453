"""Definitions of directory roles: Microsoft's built-in ones and a tenant's own.

Behaviour from the unifiedRoleDefinition pages of the Microsoft Graph v1.0 reference, and from "Assign Microsoft Entra
roles" for what can be assigned in an administrative unit.
"""

from __future__ import annotations

import uuid

from localtenant.core.errors import ServiceError, graph_bad_request, graph_not_found
from localtenant.state import seed
from localtenant.state.store import Body

Definitions = dict[str, Body]


def built_in() -> Definitions:
    """Returns the built-in roles that the tenant knows, by id."""
    return {template: _definition(name, template) for name, template in seed.DIRECTORY_ROLES.items()}


def find(definitions: Definitions, role_id: str) -> Body:
    """Returns a role by id; 404 when it does not exist."""
    body = definitions.get(role_id.lower())
    if body is None:
        raise graph_not_found(role_id)
    return body


def create(definitions: Definitions, payload: Body, role_id: str) -> Body:
    """Creates a custom role.

    Raises:
        ServiceError: 400 without a name, permissions or a state, and for a name that is taken.
    """
    for name in ("displayName", "rolePermissions", "isEnabled"):
        if payload.get(name) in (None, "", []):
            raise graph_bad_request(f"Property '{name}' is required and cannot be empty.")
    _check_name(definitions, str(payload["displayName"]), role_id)
    body = {
        "id": role_id,
        "description": payload.get("description"),
        "displayName": payload["displayName"],
        "isBuiltIn": False,
        "isEnabled": payload["isEnabled"],
        "resourceScopes": ["/"],
        "templateId": _template_id(payload, role_id),
        "version": payload.get("version"),
        "rolePermissions": [_permission(entry) for entry in payload["rolePermissions"]],
        "inheritsPermissionsFrom": [],
    }
    definitions[role_id] = body
    return body


def update(definitions: Definitions, role_id: str, changes: Body) -> None:
    """Changes a custom role.

    Raises:
        ServiceError: 404 for a role that does not exist, 400 for a built-in one.
    """
    body = _custom(definitions, role_id)
    if changes.get("displayName"):
        _check_name(definitions, str(changes["displayName"]), body["id"])
    allowed = ("description", "displayName", "isEnabled", "version")
    changed = {name: changes[name] for name in allowed if name in changes}
    if "rolePermissions" in changes:
        changed["rolePermissions"] = [_permission(entry) for entry in changes["rolePermissions"] or ()]
    definitions[body["id"]] = {**body, **changed}


def delete(definitions: Definitions, role_id: str, assigned: bool) -> None:
    """Deletes a custom role.

    Raises:
        ServiceError: 404 for a role that does not exist, 400 for a built-in one and for one that is assigned.
    """
    body = _custom(definitions, role_id)
    if assigned:
        raise graph_bad_request("The role definition has active role assignments and cannot be deleted.")
    del definitions[body["id"]]


def check_scope(definition: Body, scope: str | None) -> None:
    """Refuses a built-in role at a scope that Entra does not take for it.

    Raises:
        ServiceError: 400.
    """
    if not definition["isBuiltIn"] or scope in (None, "/"):
        return
    unit = str(scope).lower().startswith("/administrativeunits/")
    allowed = seed.UNIT_SCOPED_ROLES if unit else seed.APPLICATION_SCOPED_ROLES
    if definition["displayName"] not in allowed:
        raise graph_bad_request("The given built-in role is not supported to be assigned to a single resource scope.")


def _custom(definitions: Definitions, role_id: str) -> Body:
    body = find(definitions, role_id)
    if body["isBuiltIn"]:
        raise graph_bad_request("Built-in role definitions cannot be changed or deleted.")
    return body


def _check_name(definitions: Definitions, name: str, role_id: str) -> None:
    if any(body["displayName"].lower() == name.lower() and key != role_id for key, body in definitions.items()):
        raise ServiceError(
            400, "Request_BadRequest", f"A role definition with the display name '{name}' already exists."
        )


def _template_id(payload: Body, role_id: str) -> str:
    try:
        return str(uuid.UUID(str(payload.get("templateId") or role_id)))
    except ValueError:
        raise graph_bad_request("Property 'templateId' is not a GUID.") from None


def _permission(entry: Body) -> Body:
    return {"allowedResourceActions": entry.get("allowedResourceActions") or [], "condition": entry.get("condition")}


def _definition(name: str, template_id: str) -> Body:
    readers = seed.DIRECTORY_ROLES["Directory Readers"]
    return {
        "id": template_id,
        "description": f"{name}, a built-in role of Microsoft Entra ID.",
        "displayName": name,
        "isBuiltIn": True,
        "isEnabled": True,
        "resourceScopes": ["/"],
        "templateId": template_id,
        "version": "1",
        "rolePermissions": [{"allowedResourceActions": [], "condition": None}],
        "inheritsPermissionsFrom": [] if template_id == readers else [{"id": readers}],
    }
