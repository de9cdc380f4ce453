"""Graph addresses of directory objects of any type.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from localtenant.core.errors import graph_bad_request, graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.lookup import READ_APPS, any_object
from localtenant.graph.requests import GraphRequest, route, without_internals


def get_directory_object(graph: GraphRequest) -> Response:
    found = any_object(graph, graph.params["id"])
    if found is None:
        raise graph_not_found(graph.params["id"])
    return graph.item("directoryObjects", found)


def get_by_ids(graph: GraphRequest) -> Response:
    wanted = graph.request.json().get("ids")
    if not isinstance(wanted, list) or len(wanted) > 1000:
        raise graph_bad_request("'ids' must hold at most 1000 object ids.")
    found = [body for body in (any_object(graph, str(object_id)) for object_id in wanted) if body]
    context = f"{graph.request.base_url}/{graph.version}/$metadata#directoryObjects"
    return Response(200, {"@odata.context": context, "value": [without_internals(body) for body in found]})


ROUTES = (
    route("GET", "directoryObjects/{id}", get_directory_object, "Directory.Read.All", *READ_APPS),
    route("POST", "directoryObjects/getByIds", get_by_ids, "Directory.Read.All", *READ_APPS),
)
