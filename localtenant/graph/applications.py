"""Graph addresses of applications, their secrets and federated credentials.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from dataclasses import replace

from localtenant.core.messages import Response
from localtenant.graph.lookup import READ_APPS, WRITE_APPS, require_owner
from localtenant.graph.requests import GraphRequest, route
from localtenant.state import applications
from localtenant.state.store import Body


def list_applications(graph: GraphRequest) -> Response:
    return graph.collection("applications", graph.directory.all("applications", graph.access))


def create_application(graph: GraphRequest) -> Response:
    body = applications.create(graph.directory, graph.request.json(), graph.access, graph.caller.object_id)
    return graph.item("applications", body, 201)


def get_application(graph: GraphRequest) -> Response:
    return graph.item("applications", applications.find(graph.directory, graph.params["id"], graph.access))


def update_application(graph: GraphRequest) -> Response:
    body = _own_application(graph)
    applications.update(graph.directory, body["id"], graph.request.json(), graph.access)
    return Response(204)


def delete_application(graph: GraphRequest) -> Response:
    graph.directory.delete("applications", _own_application(graph)["id"], graph.access)
    return Response(204)


def add_password(graph: GraphRequest) -> Response:
    body = _own_application(graph)
    credential = applications.add_password(graph.directory, body["id"], graph.request.json(), graph.access)
    context = f"{graph.request.base_url}/{graph.version}/$metadata#microsoft.graph.passwordCredential"
    return Response(200, {"@odata.context": context, **credential})


def remove_password(graph: GraphRequest) -> Response:
    body = _own_application(graph)
    applications.remove_password(graph.directory, body["id"], graph.request.json(), graph.access)
    return Response(204)


def list_federated(graph: GraphRequest) -> Response:
    body = applications.find(graph.directory, graph.params["id"], graph.access)
    name = f"applications('{body['id']}')/federatedIdentityCredentials"
    return graph.collection(name, applications.federated_credentials(body))


def create_federated(graph: GraphRequest) -> Response:
    body = _own_application(graph)
    created = applications.add_federated_credential(graph.directory, body["id"], graph.request.json(), graph.access)
    return graph.item(f"applications('{body['id']}')/federatedIdentityCredentials", created, 201)


def get_federated(graph: GraphRequest) -> Response:
    body = applications.find(graph.directory, graph.params["id"], graph.access)
    found = applications.federated_credential(graph.directory, body["id"], graph.params["key"], graph.access)
    return graph.item(f"applications('{body['id']}')/federatedIdentityCredentials", found)


def update_federated(graph: GraphRequest) -> Response:
    return _change_federated(graph, graph.request.json())


def delete_federated(graph: GraphRequest) -> Response:
    return _change_federated(graph, None)


def _change_federated(graph: GraphRequest, changes: Body | None) -> Response:
    body = _own_application(graph)
    key = graph.params["key"]
    applications.change_federated_credential(graph.directory, body["id"], key, changes, graph.access)
    return Response(204)


def _own_application(graph: GraphRequest) -> Body:
    body = applications.find(graph.directory, graph.params["id"], replace(graph.access, behind=0.0))
    require_owner(graph, body["id"])
    return body


ROUTES = (
    route("GET", "applications", list_applications, *READ_APPS),
    route("POST", "applications", create_application, *WRITE_APPS),
    route("GET", "applications/{id}", get_application, *READ_APPS),
    route("PATCH", "applications/{id}", update_application, *WRITE_APPS),
    route("DELETE", "applications/{id}", delete_application, *WRITE_APPS),
    route("POST", "applications/{id}/addPassword", add_password, *WRITE_APPS),
    route("POST", "applications/{id}/removePassword", remove_password, *WRITE_APPS),
    route("GET", "applications/{id}/federatedIdentityCredentials", list_federated, *READ_APPS),
    route("POST", "applications/{id}/federatedIdentityCredentials", create_federated, *WRITE_APPS),
    route("GET", "applications/{id}/federatedIdentityCredentials/{key}", get_federated, *READ_APPS),
    route("PATCH", "applications/{id}/federatedIdentityCredentials/{key}", update_federated, *WRITE_APPS),
    route("DELETE", "applications/{id}/federatedIdentityCredentials/{key}", delete_federated, *WRITE_APPS),
)
