"""Graph addresses of the organisation, administrative units, users, and objects of any kind.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from localtenant.core.errors import graph_bad_request, graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.dispatcher import GraphRequest, route
from localtenant.graph.lookup import READ_APPS, READ_UNITS, READ_USERS, WRITE_UNITS, any_object, reference
from localtenant.state.cloud import administrative_unit
from localtenant.state.store import Body

# Organisation


@route("GET", "organization", "Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All")
def list_organization(graph: GraphRequest) -> Response:
    return graph.collection("organization", [_organization(graph)])


@route("GET", "organization/{id}", "Organization.Read.All", "Directory.Read.All", "Directory.ReadWrite.All")
def get_organization(graph: GraphRequest) -> Response:
    if graph.params["id"].lower() != graph.tenant.id:
        raise graph_not_found(graph.params["id"])
    return graph.item("organization", _organization(graph))


@route("GET", "domains", "Domain.Read.All", "Directory.Read.All", "Directory.ReadWrite.All")
def list_domains(graph: GraphRequest) -> Response:
    return graph.collection("domains", _domains(graph))


@route("GET", "domains/{id}", "Domain.Read.All", "Directory.Read.All", "Directory.ReadWrite.All")
def get_domain(graph: GraphRequest) -> Response:
    found = next((d for d in _domains(graph) if d["id"] == graph.params["id"].lower()), None)
    if found is None:
        raise graph_not_found(graph.params["id"])
    return graph.item("domains", found)


def _organization(graph: GraphRequest) -> Body:
    tenant_seed = graph.tenant.seed
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
        "id": tenant_seed.tenant_id,
        "deletedDateTime": None,
        "countryLetterCode": "DE",
        "displayName": tenant_seed.name.capitalize(),
        "tenantType": "AAD",
        "verifiedDomains": domains,
    }


def _domains(graph: GraphRequest) -> list[Body]:
    tenant_seed = graph.tenant.seed
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
        {"id": tenant_seed.custom_domain, "isDefault": True, "isInitial": False, **common},
        {"id": tenant_seed.initial_domain, "isDefault": False, "isInitial": True, **common},
    ]


# Administrative units; beta addresses them without the leading "directory"


def _unit(graph: GraphRequest) -> Body:
    return graph.directory.get("administrativeUnits", graph.params["id"], graph.access)


def _list_units(graph: GraphRequest) -> Response:
    return graph.collection("administrativeUnits", graph.directory.all("administrativeUnits", graph.access))


def _create_unit(graph: GraphRequest) -> Response:
    payload = graph.request.json()
    if not payload.get("displayName"):
        raise graph_bad_request("Property displayName is invalid.")
    plain = {k: v for k, v in payload.items() if not k.startswith("@") and k != "id"}
    body = administrative_unit(graph.directory.ids.guid("administrativeUnit"), plain)
    return graph.item("administrativeUnits", graph.directory.add("administrativeUnits", body, graph.access), 201)


def _update_unit(graph: GraphRequest) -> Response:
    changes = {k: v for k, v in graph.request.json().items() if not k.startswith("@") and k != "id"}
    graph.directory.change("administrativeUnits", _unit(graph)["id"], changes, graph.access)
    return Response(204)


def _delete_unit(graph: GraphRequest) -> Response:
    graph.directory.delete("administrativeUnits", _unit(graph)["id"], graph.access)
    return Response(204)


def _list_members(graph: GraphRequest) -> Response:
    members = graph.directory.members.get(_unit(graph)["id"], [])
    return graph.collection("directoryObjects", [m for m in (any_object(graph, i) for i in members) if m])


def _add_member(graph: GraphRequest) -> Response:
    members = graph.directory.members.setdefault(_unit(graph)["id"], [])
    target = reference(graph)
    if target in members:
        raise graph_bad_request(
            "A conflicting object with one or more of the specified property values is present in the directory."
        )
    members.append(target)
    return Response(204)


def _remove_member(graph: GraphRequest) -> Response:
    members = graph.directory.members.get(_unit(graph)["id"], [])
    if graph.params["member"] not in members:
        raise graph_not_found(graph.params["member"])
    members.remove(graph.params["member"])
    return Response(204)


for _prefix in ("directory/administrativeUnits", "administrativeUnits"):
    route("GET", _prefix, *READ_UNITS)(_list_units)
    route("POST", _prefix, *WRITE_UNITS)(_create_unit)
    route("GET", f"{_prefix}/{{id}}", *READ_UNITS)(lambda graph: graph.item("administrativeUnits", _unit(graph)))
    route("PATCH", f"{_prefix}/{{id}}", *WRITE_UNITS)(_update_unit)
    route("DELETE", f"{_prefix}/{{id}}", *WRITE_UNITS)(_delete_unit)
    route("GET", f"{_prefix}/{{id}}/members", *READ_UNITS)(_list_members)
    route("POST", f"{_prefix}/{{id}}/members/$ref", *WRITE_UNITS)(_add_member)
    route("DELETE", f"{_prefix}/{{id}}/members/{{member}}/$ref", *WRITE_UNITS)(_remove_member)


# Users, and any object


@route("GET", "users", *READ_USERS)
def list_users(graph: GraphRequest) -> Response:
    return graph.collection("users", graph.directory.all("users", graph.access))


@route("GET", "users/{id}", *READ_USERS)
def get_user(graph: GraphRequest) -> Response:
    return graph.item("users", graph.directory.get("users", graph.params["id"], graph.access))


@route("GET", "directoryObjects/{id}", "Directory.Read.All", *READ_APPS)
def get_directory_object(graph: GraphRequest) -> Response:
    found = any_object(graph, graph.params["id"])
    if found is None:
        raise graph_not_found(graph.params["id"])
    return graph.item("directoryObjects", found)


@route("POST", "directoryObjects/getByIds", "Directory.Read.All", *READ_APPS)
def get_by_ids(graph: GraphRequest) -> Response:
    wanted = graph.request.json().get("ids")
    if not isinstance(wanted, list) or len(wanted) > 1000:
        raise graph_bad_request("'ids' must hold at most 1000 object ids.")
    found = [body for body in (any_object(graph, str(object_id)) for object_id in wanted) if body]
    context = f"{graph.request.base_url}/{graph.version}/$metadata#directoryObjects"
    plain = [{k: v for k, v in body.items() if not k.startswith("_")} for body in found]
    return Response(200, {"@odata.context": context, "value": plain})
