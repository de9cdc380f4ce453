"""Graph addresses of service principals and applications, with their owners, credentials and remains.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from dataclasses import replace

from localtenant.core.clock import iso
from localtenant.core.errors import ServiceError, graph_bad_request, graph_denied, graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.dispatcher import RELATIONS, GraphRequest, route
from localtenant.graph.lookup import READ_APPS, WRITE_APPS, any_object, principal, reference
from localtenant.state import applications
from localtenant.state.store import Body

# Service principals


@route("GET", "servicePrincipals", *READ_APPS)
def list_service_principals(graph: GraphRequest) -> Response:
    return graph.collection("servicePrincipals", graph.directory.all("servicePrincipals", graph.access))


@route("GET", "servicePrincipals/$count", *READ_APPS)
def count_service_principals(graph: GraphRequest) -> Response:
    if str(graph.request.headers.get("consistencylevel", "")).lower() != "eventual":
        raise graph_bad_request("$count is not currently supported.")
    total = sum(1 for _ in graph.directory.all("servicePrincipals", graph.access))
    return Response(200, str(total).encode(), content_type="text/plain")


@route("POST", "servicePrincipals", *WRITE_APPS)
def create_service_principal(graph: GraphRequest) -> Response:
    if not graph.caller.roles & {"Application.ReadWrite.All", "Directory.ReadWrite.All"}:
        _require_own_backing(graph, str(graph.request.json().get("appId")).lower())
    body = applications.create_service_principal(
        graph.directory, graph.request.json(), graph.access, graph.caller.object_id
    )
    return graph.item("servicePrincipals", body, 201)


def _require_own_backing(graph: GraphRequest, app_id: str) -> None:
    """A caller that manages what it owns makes service principals of its own applications only."""
    backing = next((a for a in graph.directory.live("applications") if a["appId"] == app_id), None)
    if backing is not None and graph.caller.object_id not in graph.directory.owners.get(backing["id"], []):
        raise ServiceError(
            403,
            "Authorization_RequestDenied",
            "When using this permission, the backing application of the service principal being created must in the "
            "local tenant",
        )


@route("GET", "servicePrincipals/{id}", *READ_APPS)
def get_service_principal(graph: GraphRequest) -> Response:
    return graph.item("servicePrincipals", principal(graph))


@route("PATCH", "servicePrincipals/{id}", *WRITE_APPS)
def update_service_principal(graph: GraphRequest) -> Response:
    body = principal(graph)
    _require_owner(graph, body["id"])
    changes = {k: v for k, v in graph.request.json().items() if not k.startswith("@") and k not in ("id", "appId")}
    graph.directory.change("servicePrincipals", body["id"], changes, graph.access)
    return Response(204)


@route("DELETE", "servicePrincipals/{id}", *WRITE_APPS)
def delete_service_principal(graph: GraphRequest) -> Response:
    body = principal(graph)
    _require_owner(graph, body["id"])
    graph.directory.delete("servicePrincipals", body["id"], graph.access)
    return Response(204)


# Applications


@route("GET", "applications", *READ_APPS)
def list_applications(graph: GraphRequest) -> Response:
    return graph.collection("applications", graph.directory.all("applications", graph.access))


@route("POST", "applications", *WRITE_APPS)
def create_application(graph: GraphRequest) -> Response:
    body = applications.create(graph.directory, graph.request.json(), graph.access, graph.caller.object_id)
    return graph.item("applications", body, 201)


@route("GET", "applications/{id}", *READ_APPS)
def get_application(graph: GraphRequest) -> Response:
    return graph.item("applications", applications.find(graph.directory, graph.params["id"], graph.access))


@route("PATCH", "applications/{id}", *WRITE_APPS)
def update_application(graph: GraphRequest) -> Response:
    body = _own_application(graph)
    applications.update(graph.directory, body["id"], graph.request.json(), graph.access)
    return Response(204)


@route("DELETE", "applications/{id}", *WRITE_APPS)
def delete_application(graph: GraphRequest) -> Response:
    graph.directory.delete("applications", _own_application(graph)["id"], graph.access)
    return Response(204)


@route("POST", "applications/{id}/addPassword", *WRITE_APPS)
def add_password(graph: GraphRequest) -> Response:
    body = _own_application(graph)
    credential = applications.add_password(graph.directory, body["id"], graph.request.json(), graph.access)
    context = f"{graph.request.base_url}/{graph.version}/$metadata#microsoft.graph.passwordCredential"
    return Response(200, {"@odata.context": context, **credential})


@route("POST", "applications/{id}/removePassword", *WRITE_APPS)
def remove_password(graph: GraphRequest) -> Response:
    body = _own_application(graph)
    applications.remove_password(graph.directory, body["id"], graph.request.json(), graph.access)
    return Response(204)


@route("GET", "applications/{id}/federatedIdentityCredentials", *READ_APPS)
def list_federated(graph: GraphRequest) -> Response:
    body = applications.find(graph.directory, graph.params["id"], graph.access)
    name = f"applications('{body['id']}')/federatedIdentityCredentials"
    return graph.collection(name, applications.federated_credentials(body))


@route("POST", "applications/{id}/federatedIdentityCredentials", *WRITE_APPS)
def create_federated(graph: GraphRequest) -> Response:
    body = _own_application(graph)
    made = applications.add_federated_credential(graph.directory, body["id"], graph.request.json(), graph.access)
    return graph.item(f"applications('{body['id']}')/federatedIdentityCredentials", made, 201)


@route("GET", "applications/{id}/federatedIdentityCredentials/{key}", *READ_APPS)
def get_federated(graph: GraphRequest) -> Response:
    body = applications.find(graph.directory, graph.params["id"], graph.access)
    found = applications.federated_credential(graph.directory, body["id"], graph.params["key"], graph.access)
    return graph.item(f"applications('{body['id']}')/federatedIdentityCredentials", found)


@route("PATCH", "applications/{id}/federatedIdentityCredentials/{key}", *WRITE_APPS)
def update_federated(graph: GraphRequest) -> Response:
    return _change_federated(graph, graph.request.json())


@route("DELETE", "applications/{id}/federatedIdentityCredentials/{key}", *WRITE_APPS)
def delete_federated(graph: GraphRequest) -> Response:
    return _change_federated(graph, None)


def _change_federated(graph: GraphRequest, changes: Body | None) -> Response:
    body = _own_application(graph)
    key = graph.params["key"]
    applications.change_federated_credential(graph.directory, body["id"], key, changes, graph.access)
    return Response(204)


def _own_application(graph: GraphRequest) -> Body:
    body = applications.find(graph.directory, graph.params["id"], replace(graph.access, behind=0.0))
    _require_owner(graph, body["id"])
    return body


def _require_owner(graph: GraphRequest, object_id: str) -> None:
    """``Application.ReadWrite.OwnedBy`` alone reaches what the caller owns."""
    if graph.caller.roles & {"Application.ReadWrite.All", "Directory.ReadWrite.All"}:
        return
    if graph.caller.object_id not in graph.directory.owners.get(object_id, []):
        raise graph_denied()


# Owners


def _owned(graph: GraphRequest, kind: str) -> str:
    body = (
        principal(graph)
        if kind == "servicePrincipals"
        else applications.find(graph.directory, graph.params["id"], graph.access)
    )
    return str(body["id"])


def _list_owners(graph: GraphRequest, kind: str) -> Response:
    owners = graph.directory.owners.get(_owned(graph, kind), [])
    return graph.collection("directoryObjects", [o for o in (any_object(graph, i) for i in owners) if o])


def _add_owner(graph: GraphRequest, kind: str) -> Response:
    object_id = _owned(graph, kind)
    owner = reference(graph)
    owners = graph.directory.owners.setdefault(object_id, [])
    if owner in owners:
        raise graph_bad_request(
            "One or more added object references already exist for the following modified properties: 'owners'."
        )
    owners.append(owner)
    return Response(204)


def _remove_owner(graph: GraphRequest, kind: str) -> Response:
    owners = graph.directory.owners.get(_owned(graph, kind), [])
    if graph.params["owner"] not in owners:
        raise graph_not_found(graph.params["owner"])
    owners.remove(graph.params["owner"])
    return Response(204)


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


# Deleted objects


@route("GET", "directory/deletedItems/microsoft.graph.{kind}", *READ_APPS)
def list_deleted(graph: GraphRequest) -> Response:
    kind = {"application": "applications", "serviceprincipal": "servicePrincipals"}.get(graph.params["kind"].lower())
    if kind is None:
        raise ServiceError(400, "Request_BadRequest", f"Deleted items of type '{graph.params['kind']}' are not kept.")
    return graph.collection(kind, [body for held, body in graph.directory.deleted.values() if held == kind])


def _deleted(graph: GraphRequest) -> Body:
    entry = graph.directory.deleted.get(graph.params["id"].lower())
    if entry is None:
        raise graph_not_found(graph.params["id"])
    return entry[1]


@route("GET", "directory/deletedItems/{id}", *READ_APPS)
def get_deleted(graph: GraphRequest) -> Response:
    return graph.item("directoryObjects", _deleted(graph))


@route("DELETE", "directory/deletedItems/{id}", *WRITE_APPS)
def purge_deleted(graph: GraphRequest) -> Response:
    del graph.directory.deleted[_deleted(graph)["id"]]
    return Response(204)


@route("POST", "directory/deletedItems/{id}/restore", *WRITE_APPS)
def restore_deleted(graph: GraphRequest) -> Response:
    body = graph.directory.restore(graph.params["id"], replace(graph.access, lag=0.0))
    return graph.item("directoryObjects", {**body, "renewedDateTime": iso(graph.access.now)})


RELATIONS[("servicePrincipals", "owners")] = lambda graph, body: [
    o for o in (any_object(graph, i) for i in graph.directory.owners.get(body["id"], [])) if o
]
RELATIONS[("applications", "owners")] = RELATIONS[("servicePrincipals", "owners")]
