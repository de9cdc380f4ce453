"""Exchange Online's own roles: management roles, their assignments, and the scopes that an administrator writes as a filter.

Behaviour from the pages of unifiedRoleDefinition, unifiedRoleAssignment (Exchange Online provider) and customAppScope of the
Microsoft Graph beta reference. Two behaviours are inferred, because no page describes them: a role can be assigned twice, as
with New-ManagementRoleAssignment; an assignment outlives its service principal, because Exchange keeps an object of its own
for the principal.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from localtenant.core.errors import ServiceError, graph_bad_request, graph_not_found
from localtenant.core.ids import is_guid, stable_guid
from localtenant.state.directory import Access, Directory
from localtenant.state.store import Body

ASSIGNMENTS = "exchangeRoleAssignments"
SCOPES = "exchangeCustomAppScopes"

MANAGEMENT_ROLES = (
    *("Address Lists", "Audit Logs", "Compliance Admin", "Data Loss Prevention", "Distribution Groups"),
    *("E-Mail Address Policies", "Federated Sharing", "Information Rights Management", "Journaling", "Legal Hold"),
    *(
        "Mail Enabled Public Folders",
        "Mail Recipient Creation",
        "Mail Recipients",
        "Mail Tips",
        "Mailbox Import Export",
    ),
    *("Mailbox Search", "Message Tracking", "Migration", "Move Mailboxes", "Organization Client Access"),
    *("Organization Configuration", "Organization Transport Settings", "Public Folders", "Recipient Policies"),
    *("Remote and Accepted Domains", "Reset Password", "Retention Management", "Role Management", "Security Admin"),
    *("Security Group Creation and Membership", "Security Reader", "Team Mailboxes", "Transport Hygiene"),
    *("Transport Rules", "User Options", "View-Only Audit Logs", "View-Only Configuration", "View-Only Recipients"),
    *("Application Calendars.Read", "Application Mail.Read", "Application Mail.ReadWrite", "Application Mail.Send"),
)
"""Names from "Permissions in Exchange Online" and "Role Based Access Control for Applications"; the ids are invented."""

_PRINCIPAL = re.compile(r"(?i)/(ServicePrincipals|Users|RoleGroups|Groups)/([^/]+)")
_SCOPE = re.compile(r"(?i)/(Users|Groups|AdministrativeUnits)/([^/]+)")
_COLLECTIONS = {"serviceprincipals": "servicePrincipals", "administrativeunits": "administrativeUnits"}


def definitions() -> dict[str, Body]:
    """Returns the management roles that every organization has, by id."""
    return {role_id: _definition(name, role_id) for name in MANAGEMENT_ROLES for role_id in [role_id_of(name)]}


def role_id_of(name: str) -> str:
    """Returns the id of a management role."""
    return stable_guid("managementRole", name)


def assign(directory: Directory, payload: Body, access: Access) -> Body:
    """Assigns a management role.

    ``payload`` is Graph's: ``principalId`` as ``/ServicePrincipals/{id}``, ``roleDefinitionId``, and ``directoryScopeId`` ("/",
    ``/Users/{id}``, ``/Groups/{id}``, ``/AdministrativeUnits/{id}``) or ``appScopeId`` (of a custom app scope).

    Raises:
        ServiceError: 400 for a principal, role or scope of another form, and for both scopes or none; 404 for one that does
            not exist.
    """
    current = replace(access, behind=0.0, app_id="")
    principal = _referred(directory, str(payload.get("principalId") or ""), _PRINCIPAL, "principalId", current)
    role_id = str(payload.get("roleDefinitionId") or "").lower()
    if role_id not in definitions():
        raise graph_not_found(role_id or "roleDefinitionId")
    directory_scope, app_scope = payload.get("directoryScopeId"), payload.get("appScopeId")
    if bool(directory_scope) == bool(app_scope):
        raise graph_bad_request("Exactly one of 'directoryScopeId' and 'appScopeId' must be specified.")
    if directory_scope not in (None, "", "/"):
        directory_scope = _referred(directory, str(directory_scope), _SCOPE, "directoryScopeId", current)
    if app_scope and directory.find(SCOPES, str(app_scope), current) is None:
        raise graph_not_found(str(app_scope))
    body: Body = {
        "id": directory.ids.guid("exchangeRoleAssignment"),
        "principalId": principal,
        "roleDefinitionId": role_id,
        "directoryScopeId": directory_scope or None,
        "appScopeId": app_scope or None,
    }
    return directory.add(ASSIGNMENTS, body, access)


def unassign(directory: Directory, assignment_id: str, access: Access) -> None:
    """Removes an assignment; 404 when it is gone."""
    directory.get(ASSIGNMENTS, assignment_id, replace(access, behind=0.0))
    directory.stores[ASSIGNMENTS].remove(assignment_id.lower(), now=access.now)


def create_scope(directory: Directory, payload: Body, access: Access) -> Body:
    """Creates a custom app scope, which is a management scope with a filter.

    Raises:
        ServiceError: 400 without a name, a filter or the type RecipientScope; 409 for a name that is taken.
    """
    attributes = payload.get("customAttributes")
    name = payload.get("displayName")
    if payload.get("type") != "RecipientScope" or not name or not isinstance(attributes, dict):
        raise graph_bad_request("type (RecipientScope), displayName and customAttributes are required.")
    if not attributes.get("RecipientFilter"):
        raise graph_bad_request("customAttributes needs a RecipientFilter.")
    if any(body["displayName"].lower() == str(name).lower() for body in directory.live(SCOPES)):
        raise ServiceError(
            409, "Request_MultipleObjectsWithSameKeyValue", f"The management scope '{name}' already exists."
        )
    body: Body = {
        "id": directory.ids.guid("customAppScope"),
        "type": "RecipientScope",
        "displayName": name,
        "customAttributes": {"Exclusive": False, **attributes},
    }
    return directory.add(SCOPES, body, access)


def delete_scope(directory: Directory, scope_id: str, access: Access) -> None:
    """Deletes a custom app scope.

    Raises:
        ServiceError: 404 for one that does not exist, 400 for one that an assignment names.
    """
    body = directory.get(SCOPES, scope_id, replace(access, behind=0.0))
    if any(assignment["appScopeId"] == body["id"] for assignment in directory.live(ASSIGNMENTS)):
        raise graph_bad_request("The management scope is in use by a role assignment.")
    directory.stores[SCOPES].remove(body["id"], now=access.now)


def _referred(directory: Directory, reference: str, form: re.Pattern[str], name: str, access: Access) -> str:
    found = form.fullmatch(reference)
    if found is None:
        raise graph_bad_request(f"Invalid value specified for property '{name}' of resource 'unifiedRoleAssignment'.")
    kind, object_id = found[1], found[2]
    collection = _COLLECTIONS.get(kind.lower(), kind.lower())
    if collection == "rolegroups":
        return reference
    if not is_guid(object_id) or not directory.referable(object_id, access, (collection,)):
        raise graph_not_found(object_id)
    return f"/{kind}/{object_id.lower()}"


def _definition(name: str, role_id: str) -> dict[str, Any]:
    return {
        "id": role_id,
        "description": f"{name}, a management role of Exchange Online.",
        "displayName": name,
        "isEnabled": True,
        "isBuiltIn": True,
        "templateId": role_id,
        "version": "0.12 (14.0.451.0)",
        "rolePermissions": [{"allowedResourceActions": [], "excludedResourceActions": [], "condition": None}],
    }
