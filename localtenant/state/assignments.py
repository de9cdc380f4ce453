"""Grants: app role assignments and directory role assignments.

Codes and texts are those of the Microsoft Graph v1.0 reference (appRoleAssignment, unifiedRoleAssignment) and of reports by
users of the azuread provider. A duplicate is a 400, with one text for an app role and another for a directory role. A
principal that has not replicated is a 400 for an app role and a 404 for a directory role.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from localtenant.core.clock import iso
from localtenant.core.errors import ServiceError, graph_bad_request, graph_not_found
from localtenant.state import roles
from localtenant.state.directory import PRINCIPALS, Access, Directory, require_guid
from localtenant.state.internals import KEY, DirectoryRoleAssignmentInternals, internals
from localtenant.state.store import Body

NO_ROLE = "00000000-0000-0000-0000-000000000000"


def assign_app_role(directory: Directory, payload: Body, access: Access) -> Body:
    """Assigns an app role.

    Args:
        directory: the tenant's.
        payload: Graph's body: ``principalId``, ``resourceId`` and ``appRoleId``, all GUIDs.
        access: the moment and the caller.

    Raises:
        ServiceError: 400 for a principal or resource that is missing or has not replicated, for a role that the
            resource does not expose, and for a duplicate.
    """
    principal_id = require_guid(payload.get("principalId"), "principalId", "AppRoleAssignment")
    resource_id = require_guid(payload.get("resourceId"), "resourceId", "AppRoleAssignment")
    role_id = require_guid(payload.get("appRoleId"), "appRoleId", "AppRoleAssignment")
    current = replace(access, behind=0.0, app_id="")
    if not directory.referable(principal_id, current) or not directory.referable(resource_id, current):
        raise graph_bad_request("Not a valid reference update.")
    resource = directory.get("servicePrincipals", resource_id, current)
    collection = next(name for name in PRINCIPALS if directory.find(name, principal_id, current) is not None)
    # Groups can hold the app roles for users.
    member = "Application" if collection == "servicePrincipals" else "User"
    roles = [role for role in resource["appRoles"] if role["isEnabled"] and member in role["allowedMemberTypes"]]
    if role_id not in {role["id"].lower() for role in roles} and not (role_id == NO_ROLE and not resource["appRoles"]):
        raise graph_bad_request("Permission being assigned was not found on application")
    for existing in directory.assignments_of("appRoleAssignments", principal_id, current):
        if existing["resourceId"] == resource_id and existing["appRoleId"] == role_id:
            raise graph_bad_request("Permission being assigned already exists on the object")
    principal = directory.get(collection, principal_id, current)
    body: Body = {
        "id": directory.ids.opaque("appRoleAssignment"),
        "deletedDateTime": None,
        "appRoleId": role_id,
        "createdDateTime": iso(access.now),
        "principalDisplayName": principal["displayName"],
        "principalId": principal_id,
        "principalType": {"users": "User", "groups": "Group"}.get(collection, "ServicePrincipal"),
        "resourceDisplayName": resource["displayName"],
        "resourceId": resource_id,
    }
    # An assignment can be read at once: it has no replication delay.
    directory.add("appRoleAssignments", body, access.with_lag(0.0))
    directory.index_assignment(body["id"], principal_id, resource_id)
    return body


def app_role_assignment(directory: Directory, object_id: str, assignment_id: str, end: str, access: Access) -> Body:
    """Returns an app role assignment of a resource or of a principal.

    ``end`` is the property that must equal ``object_id``: ``resourceId`` or ``principalId``.

    Raises:
        ServiceError: 404, it does not exist, or it is an assignment of another object.
    """
    body = directory.find("appRoleAssignments", assignment_id, access)
    if body is None or body["id"] != assignment_id or body[end] != object_id.lower():
        raise graph_not_found(assignment_id)
    return body


def remove_app_role_assignment(
    directory: Directory, object_id: str, assignment_id: str, end: str, access: Access
) -> None:
    """Removes an app role assignment; 404 when it is gone."""
    app_role_assignment(directory, object_id, assignment_id, end, replace(access, behind=0.0))
    directory.stores["appRoleAssignments"].remove(assignment_id.lower(), now=access.now)


def assign_directory_role(directory: Directory, payload: Body, access: Access) -> Body:
    """Assigns a directory role.

    Args:
        directory: the tenant's.
        payload: Graph's body: ``principalId``, ``roleDefinitionId``, and either ``directoryScopeId`` ("/",
            ``/administrativeUnits/{id}`` or ``/{object id}``) or ``appScopeId``.
        access: the moment and the caller.

    Raises:
        ServiceError: 404 for a principal, role definition or scope that is missing or has not replicated; 400 for a
            duplicate and for a request that names both scopes or none.
    """
    principal_id = require_guid(payload.get("principalId"), "principalId", "UnifiedRoleAssignment")
    role_id = require_guid(payload.get("roleDefinitionId"), "roleDefinitionId", "UnifiedRoleAssignment")
    directory_scope = payload.get("directoryScopeId")
    app_scope = payload.get("appScopeId")
    if bool(directory_scope) == bool(app_scope):
        raise graph_bad_request("Exactly one of 'directoryScopeId' and 'appScopeId' must be specified.")
    current = replace(access, behind=0.0, app_id="")
    if not directory.referable(principal_id, current):
        raise graph_not_found(principal_id)
    definition = roles.find(directory.role_definitions, role_id)
    group = directory.find("groups", principal_id, current)
    if group is not None and not group["isAssignableToRole"]:
        raise graph_bad_request("The principal is a group that cannot be assigned a role: isAssignableToRole is false.")
    scope = _scope(directory, str(directory_scope), current) if directory_scope else None
    roles.check_scope(definition, scope)
    for existing in directory.assignments_of("roleAssignments", principal_id, current):
        if (existing["roleDefinitionId"], existing["directoryScopeId"], existing["appScopeId"]) == (
            role_id,
            scope,
            app_scope,
        ):
            raise graph_bad_request(
                "A conflicting object with one or more of the specified property values is present in the directory."
            )
    body: Body = {
        "id": directory.ids.opaque("roleAssignment") + "-1",
        "principalId": principal_id,
        "directoryScopeId": scope,
        "appScopeId": app_scope,
        "roleDefinitionId": role_id,
        KEY: DirectoryRoleAssignmentInternals(iso(access.now)),
    }
    directory.add("roleAssignments", body, access.with_lag(0.0))
    directory.index_assignment(body["id"], principal_id)
    return body


def remove_directory_role_assignment(directory: Directory, assignment_id: str, access: Access) -> None:
    """Removes a directory role assignment; 404 when it is gone."""
    directory.get("roleAssignments", assignment_id, replace(access, behind=0.0))
    directory.stores["roleAssignments"].remove(assignment_id.lower(), now=access.now)


def grants(directory: Directory) -> list[dict[str, Any]]:
    """Returns every grant in this directory as the admin API shows it."""
    rows: list[dict[str, Any]] = []
    for body in directory.live("appRoleAssignments"):
        resource = directory.stores["servicePrincipals"].get(body["resourceId"]) or {}
        value = next((r["value"] for r in resource.get("appRoles", []) if r["id"] == body["appRoleId"]), None)
        rows.append(
            {
                **_principal(directory, body["principalId"]),
                "kind": "appRole",
                "id": body["id"],
                "grant": value or body["appRoleId"],
                "grantId": body["appRoleId"],
                "resource": resource.get("displayName", body["resourceId"]),
                "resourceId": body["resourceId"],
                "scope": "/",
                "createdDateTime": body["createdDateTime"],
            }
        )
    for body in directory.live("roleAssignments"):
        rows.append(
            {
                **_principal(directory, body["principalId"]),
                "kind": "directoryRole",
                "id": body["id"],
                "grant": directory.role_definitions[body["roleDefinitionId"]]["displayName"],
                "grantId": body["roleDefinitionId"],
                "resource": "directory",
                "resourceId": None,
                "scope": body["directoryScopeId"] or body["appScopeId"],
                "createdDateTime": internals(body, DirectoryRoleAssignmentInternals).created,
            }
        )
    return rows


def _principal(directory: Directory, principal_id: str) -> dict[str, Any]:
    found = [(name, directory.stores[name].get(principal_id)) for name in PRINCIPALS]
    collection, body = next(((name, stored) for name, stored in found if stored), ("", {}))
    return {
        "tenant": directory.tenant.tenant_id,
        "principalId": principal_id,
        "principalName": body.get("displayName"),
        "principalType": {"users": "User", "groups": "Group"}.get(
            collection, body.get("servicePrincipalType", "Unknown")
        ),
    }


def _scope(directory: Directory, scope: str, access: Access) -> str:
    if scope == "/":
        return scope
    head, _, object_id = scope.strip("/").rpartition("/")
    collections = ("administrativeUnits",) if head else ("applications", "servicePrincipals")
    if not scope.startswith("/") or head not in ("", "administrativeUnits"):
        raise ServiceError(400, "Request_BadRequest", f"Invalid directory scope '{scope}'.")
    if not directory.referable(object_id, access, collections):
        raise graph_not_found(object_id)
    return scope
