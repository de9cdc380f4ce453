"""Graph addresses of directory objects: organisation, service principals, applications, administrative units, users.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from dataclasses import replace

from localtenant import applications
from localtenant.clock import iso
from localtenant.errors import ServiceError, graph_bad_request, graph_denied, graph_not_found
from localtenant.graph import RELATIONS, GraphCall, route
from localtenant.ids import is_guid
from localtenant.store import Body
from localtenant.wire import Reply
from localtenant.world import administrative_unit

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
READ_USERS = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")


# Organisation


@route("GET", "organization", "Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All")
def list_organization(graph: GraphCall) -> Reply:
    return graph.collection("organization", [_organization(graph)])


@route("GET", "organization/{id}", "Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All")
def get_organization(graph: GraphCall) -> Reply:
    if graph.params["id"].lower() != graph.tenant.id:
        raise graph_not_found(graph.params["id"])
    return graph.item("organization", _organization(graph))


@route("GET", "domains", "Domain.Read.All", "Directory.Read.All", "Directory.ReadWrite.All")
def list_domains(graph: GraphCall) -> Reply:
    return graph.collection("domains", _domains(graph))


@route("GET", "domains/{id}", "Domain.Read.All", "Directory.Read.All", "Directory.ReadWrite.All")
def get_domain(graph: GraphCall) -> Reply:
    found = next((d for d in _domains(graph) if d["id"] == graph.params["id"].lower()), None)
    if found is None:
        raise graph_not_found(graph.params["id"])
    return graph.item("domains", found)


def _organization(graph: GraphCall) -> Body:
    planted = graph.tenant.seed
    domains = [
        {
            "capabilities": "Email, OfficeCommunicationsOnline",
            "isDefault": domain["isDefault"],
            "isInitial": domain["isInitial"],
            "name": domain["id"],
            "type": "Managed",
        }
        for domain in _domains(graph)
    ]
    return {
        "id": planted.tenant_id,
        "deletedDateTime": None,
        "countryLetterCode": "DE",
        "displayName": planted.name.capitalize(),
        "tenantType": "AAD",
        "verifiedDomains": domains,
    }


def _domains(graph: GraphCall) -> list[Body]:
    planted = graph.tenant.seed
    common = {
        "authenticationType": "Managed",
        "availabilityStatus": None,
        "isAdminManaged": True,
        "isRoot": True,
        "isVerified": True,
        "supportedServices": ["Email", "OfficeCommunicationsOnline"],
        "passwordValidityPeriodInDays": 2147483647,
        "passwordNotificationWindowInDays": 14,
        "state": None,
    }
    return [
        {"id": planted.custom_domain, "isDefault": True, "isInitial": False, **common},
        {"id": planted.initial_domain, "isDefault": False, "isInitial": True, **common},
    ]


# Service principals


def _principal(graph: GraphCall) -> Body:
    key = graph.params["id"]
    if key.lower().startswith("appid="):
        found = graph.directory.by_app_id(key.partition("=")[2], graph.access)
        if found is None:
            raise graph_not_found(key.partition("=")[2])
        return found
    if not is_guid(key):
        raise graph_bad_request(f"Invalid object identifier '{key}'.")
    return graph.directory.get("servicePrincipals", key, graph.access)


@route("GET", "servicePrincipals", *READ_APPS)
def list_service_principals(graph: GraphCall) -> Reply:
    return graph.collection("servicePrincipals", graph.directory.all("servicePrincipals", graph.access))


@route("GET", "servicePrincipals/$count", *READ_APPS)
def count_service_principals(graph: GraphCall) -> Reply:
    if str(graph.call.headers.get("consistencylevel", "")).lower() != "eventual":
        raise graph_bad_request("$count is not currently supported.")
    total = sum(1 for _ in graph.directory.all("servicePrincipals", graph.access))
    return Reply(200, str(total).encode(), content_type="text/plain")


@route("POST", "servicePrincipals", *WRITE_APPS)
def create_service_principal(graph: GraphCall) -> Reply:
    body = applications.create_service_principal(
        graph.directory, graph.call.json(), graph.access, graph.caller.object_id
    )
    return graph.item("servicePrincipals", body, 201)


@route("GET", "servicePrincipals/{id}", *READ_APPS)
def get_service_principal(graph: GraphCall) -> Reply:
    return graph.item("servicePrincipals", _principal(graph))


@route("PATCH", "servicePrincipals/{id}", *WRITE_APPS)
def update_service_principal(graph: GraphCall) -> Reply:
    body = _principal(graph)
    _require_owner(graph, body["id"])
    changes = {k: v for k, v in graph.call.json().items() if not k.startswith("@") and k not in ("id", "appId")}
    graph.directory.change("servicePrincipals", body["id"], changes, graph.access)
    return Reply(204)


@route("DELETE", "servicePrincipals/{id}", *WRITE_APPS)
def delete_service_principal(graph: GraphCall) -> Reply:
    body = _principal(graph)
    _require_owner(graph, body["id"])
    graph.directory.delete("servicePrincipals", body["id"], graph.access)
    return Reply(204)


# Applications


@route("GET", "applications", *READ_APPS)
def list_applications(graph: GraphCall) -> Reply:
    return graph.collection("applications", graph.directory.all("applications", graph.access))


@route("POST", "applications", *WRITE_APPS)
def create_application(graph: GraphCall) -> Reply:
    body = applications.create(graph.directory, graph.call.json(), graph.access, graph.caller.object_id)
    return graph.item("applications", body, 201)


@route("GET", "applications/{id}", *READ_APPS)
def get_application(graph: GraphCall) -> Reply:
    return graph.item("applications", applications.find(graph.directory, graph.params["id"], graph.access))


@route("PATCH", "applications/{id}", *WRITE_APPS)
def update_application(graph: GraphCall) -> Reply:
    body = _own_application(graph)
    applications.update(graph.directory, body["id"], graph.call.json(), graph.access)
    return Reply(204)


@route("DELETE", "applications/{id}", *WRITE_APPS)
def delete_application(graph: GraphCall) -> Reply:
    graph.directory.delete("applications", _own_application(graph)["id"], graph.access)
    return Reply(204)


@route("POST", "applications/{id}/addPassword", *WRITE_APPS)
def add_password(graph: GraphCall) -> Reply:
    body = _own_application(graph)
    credential = applications.add_password(graph.directory, body["id"], graph.call.json(), graph.access)
    context = f"{graph.call.base_url}/{graph.version}/$metadata#microsoft.graph.passwordCredential"
    return Reply(200, {"@odata.context": context, **credential})


@route("POST", "applications/{id}/removePassword", *WRITE_APPS)
def remove_password(graph: GraphCall) -> Reply:
    body = _own_application(graph)
    applications.remove_password(graph.directory, body["id"], graph.call.json(), graph.access)
    return Reply(204)


@route("GET", "applications/{id}/federatedIdentityCredentials", *READ_APPS)
def list_federated(graph: GraphCall) -> Reply:
    body = applications.find(graph.directory, graph.params["id"], graph.access)
    name = f"applications('{body['id']}')/federatedIdentityCredentials"
    return graph.collection(name, applications.federated_credentials(body))


@route("POST", "applications/{id}/federatedIdentityCredentials", *WRITE_APPS)
def create_federated(graph: GraphCall) -> Reply:
    body = _own_application(graph)
    made = applications.add_federated_credential(graph.directory, body["id"], graph.call.json(), graph.access)
    return graph.item(f"applications('{body['id']}')/federatedIdentityCredentials", made, 201)


@route("GET", "applications/{id}/federatedIdentityCredentials/{key}", *READ_APPS)
def get_federated(graph: GraphCall) -> Reply:
    body = applications.find(graph.directory, graph.params["id"], graph.access)
    found = applications.federated_credential(graph.directory, body["id"], graph.params["key"], graph.access)
    return graph.item(f"applications('{body['id']}')/federatedIdentityCredentials", found)


@route("PATCH", "applications/{id}/federatedIdentityCredentials/{key}", *WRITE_APPS)
def update_federated(graph: GraphCall) -> Reply:
    return _change_federated(graph, graph.call.json())


@route("DELETE", "applications/{id}/federatedIdentityCredentials/{key}", *WRITE_APPS)
def delete_federated(graph: GraphCall) -> Reply:
    return _change_federated(graph, None)


def _change_federated(graph: GraphCall, changes: Body | None) -> Reply:
    body = _own_application(graph)
    key = graph.params["key"]
    applications.change_federated_credential(graph.directory, body["id"], key, changes, graph.access)
    return Reply(204)


def _own_application(graph: GraphCall) -> Body:
    body = applications.find(graph.directory, graph.params["id"], replace(graph.access, behind=0.0))
    _require_owner(graph, body["id"])
    return body


def _require_owner(graph: GraphCall, object_id: str) -> None:
    """``Application.ReadWrite.OwnedBy`` alone reaches what the caller owns."""
    if graph.caller.roles & {"Application.ReadWrite.All", "Directory.ReadWrite.All"}:
        return
    if graph.caller.object_id not in graph.directory.owners.get(object_id, []):
        raise graph_denied()


# Owners


def _owned(graph: GraphCall, kind: str) -> str:
    body = (
        _principal(graph)
        if kind == "servicePrincipals"
        else applications.find(graph.directory, graph.params["id"], graph.access)
    )
    return str(body["id"])


def _list_owners(graph: GraphCall, kind: str) -> Reply:
    owners = graph.directory.owners.get(_owned(graph, kind), [])
    return graph.collection("directoryObjects", [o for o in (_any_object(graph, i) for i in owners) if o])


def _add_owner(graph: GraphCall, kind: str) -> Reply:
    object_id = _owned(graph, kind)
    owner = _reference(graph)
    owners = graph.directory.owners.setdefault(object_id, [])
    if owner in owners:
        raise graph_bad_request(
            "One or more added object references already exist for the following modified properties: 'owners'."
        )
    owners.append(owner)
    return Reply(204)


def _remove_owner(graph: GraphCall, kind: str) -> Reply:
    owners = graph.directory.owners.get(_owned(graph, kind), [])
    if graph.params["owner"] not in owners:
        raise graph_not_found(graph.params["owner"])
    owners.remove(graph.params["owner"])
    return Reply(204)


route("GET", "servicePrincipals/{id}/owners", *READ_APPS)(lambda graph: _list_owners(graph, "servicePrincipals"))
route("POST", "servicePrincipals/{id}/owners/$ref", *WRITE_APPS)(lambda graph: _add_owner(graph, "servicePrincipals"))
route("DELETE", "servicePrincipals/{id}/owners/{owner}/$ref", *WRITE_APPS)(
    lambda graph: _remove_owner(graph, "servicePrincipals")
)
route("GET", "applications/{id}/owners", *READ_APPS)(lambda graph: _list_owners(graph, "applications"))
route("POST", "applications/{id}/owners/$ref", *WRITE_APPS)(lambda graph: _add_owner(graph, "applications"))
route("DELETE", "applications/{id}/owners/{owner}/$ref", *WRITE_APPS)(
    lambda graph: _remove_owner(graph, "applications")
)


def _reference(graph: GraphCall) -> str:
    target = str(graph.call.json().get("@odata.id") or "").rstrip("/").rsplit("/", 1)[-1].lower()
    if _any_object(graph, target) is None:
        raise graph_not_found(target)
    return target


def _any_object(graph: GraphCall, object_id: str) -> Body | None:
    types = {"servicePrincipals": "servicePrincipal", "applications": "application", "users": "user"}
    for kind, name in types.items():
        body = graph.directory.find(kind, object_id, graph.access)
        if body is not None:
            return {"@odata.type": f"#microsoft.graph.{name}", **body}
    return None


# Administrative units; beta addresses them without the leading "directory"


def _unit(graph: GraphCall) -> Body:
    return graph.directory.get("administrativeUnits", graph.params["id"], graph.access)


def _list_units(graph: GraphCall) -> Reply:
    return graph.collection("administrativeUnits", graph.directory.all("administrativeUnits", graph.access))


def _create_unit(graph: GraphCall) -> Reply:
    request = graph.call.json()
    if not request.get("displayName"):
        raise graph_bad_request("Property displayName is invalid.")
    plain = {k: v for k, v in request.items() if not k.startswith("@") and k != "id"}
    body = administrative_unit(graph.directory.ids.guid("administrativeUnit"), plain)
    return graph.item("administrativeUnits", graph.directory.add("administrativeUnits", body, graph.access), 201)


def _update_unit(graph: GraphCall) -> Reply:
    changes = {k: v for k, v in graph.call.json().items() if not k.startswith("@") and k != "id"}
    graph.directory.change("administrativeUnits", _unit(graph)["id"], changes, graph.access)
    return Reply(204)


def _delete_unit(graph: GraphCall) -> Reply:
    graph.directory.delete("administrativeUnits", _unit(graph)["id"], graph.access)
    return Reply(204)


def _list_members(graph: GraphCall) -> Reply:
    members = graph.directory.members.get(_unit(graph)["id"], [])
    return graph.collection("directoryObjects", [m for m in (_any_object(graph, i) for i in members) if m])


def _add_member(graph: GraphCall) -> Reply:
    members = graph.directory.members.setdefault(_unit(graph)["id"], [])
    target = _reference(graph)
    if target in members:
        raise graph_bad_request(
            "A conflicting object with one or more of the specified property values is present in the directory."
        )
    members.append(target)
    return Reply(204)


def _remove_member(graph: GraphCall) -> Reply:
    members = graph.directory.members.get(_unit(graph)["id"], [])
    if graph.params["member"] not in members:
        raise graph_not_found(graph.params["member"])
    members.remove(graph.params["member"])
    return Reply(204)


for _prefix in ("directory/administrativeUnits", "administrativeUnits"):
    route("GET", _prefix, *READ_UNITS)(_list_units)
    route("POST", _prefix, *WRITE_UNITS)(_create_unit)
    route("GET", f"{_prefix}/{{id}}", *READ_UNITS)(lambda graph: graph.item("administrativeUnits", _unit(graph)))
    route("PATCH", f"{_prefix}/{{id}}", *WRITE_UNITS)(_update_unit)
    route("DELETE", f"{_prefix}/{{id}}", *WRITE_UNITS)(_delete_unit)
    route("GET", f"{_prefix}/{{id}}/members", *READ_UNITS)(_list_members)
    route("POST", f"{_prefix}/{{id}}/members/$ref", *WRITE_UNITS)(_add_member)
    route("DELETE", f"{_prefix}/{{id}}/members/{{member}}/$ref", *WRITE_UNITS)(_remove_member)


# Users, any object, deleted objects


@route("GET", "users", *READ_USERS)
def list_users(graph: GraphCall) -> Reply:
    return graph.collection("users", graph.directory.all("users", graph.access))


@route("GET", "users/{id}", *READ_USERS)
def get_user(graph: GraphCall) -> Reply:
    return graph.item("users", graph.directory.get("users", graph.params["id"], graph.access))


@route("GET", "directoryObjects/{id}", "Directory.Read.All", *READ_APPS)
def get_directory_object(graph: GraphCall) -> Reply:
    found = _any_object(graph, graph.params["id"])
    if found is None:
        raise graph_not_found(graph.params["id"])
    return graph.item("directoryObjects", found)


@route("POST", "directoryObjects/getByIds", "Directory.Read.All", *READ_APPS)
def get_by_ids(graph: GraphCall) -> Reply:
    wanted = graph.call.json().get("ids")
    if not isinstance(wanted, list) or len(wanted) > 1000:
        raise graph_bad_request("'ids' must hold at most 1000 object ids.")
    found = [body for body in (_any_object(graph, str(object_id)) for object_id in wanted) if body]
    context = f"{graph.call.base_url}/{graph.version}/$metadata#directoryObjects"
    plain = [{k: v for k, v in body.items() if not k.startswith("_")} for body in found]
    return Reply(200, {"@odata.context": context, "value": plain})


@route("GET", "directory/deletedItems/microsoft.graph.{kind}", *READ_APPS)
def list_deleted(graph: GraphCall) -> Reply:
    kind = {"application": "applications", "serviceprincipal": "servicePrincipals"}.get(graph.params["kind"].lower())
    if kind is None:
        raise ServiceError(400, "Request_BadRequest", f"Deleted items of type '{graph.params['kind']}' are not kept.")
    return graph.collection(kind, [body for held, body in graph.directory.deleted.values() if held == kind])


def _deleted(graph: GraphCall) -> Body:
    entry = graph.directory.deleted.get(graph.params["id"].lower())
    if entry is None:
        raise graph_not_found(graph.params["id"])
    return entry[1]


@route("GET", "directory/deletedItems/{id}", *READ_APPS)
def get_deleted(graph: GraphCall) -> Reply:
    return graph.item("directoryObjects", _deleted(graph))


@route("DELETE", "directory/deletedItems/{id}", *WRITE_APPS)
def purge_deleted(graph: GraphCall) -> Reply:
    del graph.directory.deleted[_deleted(graph)["id"]]
    return Reply(204)


@route("POST", "directory/deletedItems/{id}/restore", *WRITE_APPS)
def restore_deleted(graph: GraphCall) -> Reply:
    body = graph.directory.restore(graph.params["id"], replace(graph.access, lag=0.0))
    return graph.item("directoryObjects", {**body, "renewedDateTime": iso(graph.access.now)})


RELATIONS[("servicePrincipals", "owners")] = lambda graph, body: [
    o for o in (_any_object(graph, i) for i in graph.directory.owners.get(body["id"], [])) if o
]
RELATIONS[("applications", "owners")] = RELATIONS[("servicePrincipals", "owners")]
