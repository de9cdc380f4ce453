"""Finds the directory objects that Graph's addresses name; permissions that several operations share."""

from __future__ import annotations

from localtenant.core.errors import graph_bad_request, graph_denied, graph_not_found
from localtenant.core.ids import is_guid
from localtenant.graph.requests import GraphRequest
from localtenant.state.store import Body

READ_APPS = (
    "Application.Read.All",
    "Application.ReadWrite.OwnedBy",
    "Application.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
WRITE_APPS = ("Application.ReadWrite.OwnedBy", "Application.ReadWrite.All", "Directory.ReadWrite.All")
READ_UNITS = (
    "AdministrativeUnit.Read.All",
    "AdministrativeUnit.ReadWrite.All",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
WRITE_UNITS = ("AdministrativeUnit.ReadWrite.All", "Directory.ReadWrite.All")
WRITE_USERS = ("User.ReadWrite.All", "Directory.ReadWrite.All")
READ_GROUPS = ("Group.Read.All", "Group.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
WRITE_GROUPS = ("Group.ReadWrite.All", "Directory.ReadWrite.All")
READ_ROLES = (
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "Directory.Read.All",
    "Directory.ReadWrite.All",
)
WRITE_ROLES = ("RoleManagement.ReadWrite.Directory",)
READ_USERS = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")


def principal(graph: GraphRequest) -> Body:
    """Returns the service principal that the path names by object id or ``appId=``; 404 when it does not exist."""
    key = graph.params["id"]
    if key.lower().startswith("appid="):
        found = graph.directory.by_app_id(key.partition("=")[2], graph.access)
        if found is None:
            raise graph_not_found(key.partition("=")[2])
        return found
    if not is_guid(key):
        raise graph_bad_request(f"Invalid object identifier '{key}'.")
    return graph.directory.get("servicePrincipals", key, graph.access)


def reference(graph: GraphRequest) -> str:
    """Returns the id of the object that a body's ``@odata.id`` refers to; 404 when it does not exist."""
    target = str(graph.request.json().get("@odata.id") or "").rstrip("/").rsplit("/", 1)[-1].lower()
    if any_object(graph, target) is None:
        raise graph_not_found(target)
    return target


def any_object(graph: GraphRequest, object_id: str) -> Body | None:
    """Returns a directory object of any type by id, with its type; None when it does not exist."""
    types = {
        "servicePrincipals": "servicePrincipal",
        "applications": "application",
        "users": "user",
        "groups": "group",
        "administrativeUnits": "administrativeUnit",
    }
    for collection, name in types.items():
        body = graph.directory.find(collection, object_id, graph.access)
        if body is not None:
            return {"@odata.type": f"#microsoft.graph.{name}", **body}
    return None


def changes(payload: Body, *fixed: str) -> Body:
    """Returns the properties of a body that a write may set: without annotations, ``id`` and the fixed ones."""
    return {name: value for name, value in payload.items() if not name.startswith("@") and name not in ("id", *fixed)}


def require_owner(graph: GraphRequest, object_id: str) -> None:
    """Refuses a caller that has only ``Application.ReadWrite.OwnedBy`` and does not own the object."""
    if graph.caller.roles & {"Application.ReadWrite.All", "Directory.ReadWrite.All"}:
        return
    if graph.caller.object_id not in graph.directory.owners.get(object_id, []):
        raise graph_denied()
