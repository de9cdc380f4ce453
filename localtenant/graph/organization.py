"""Graph addresses of the organization and its domains.

Permissions are those of each operation's table in the Microsoft Graph v1.0 reference.
"""

from __future__ import annotations

from localtenant.core.errors import graph_not_found
from localtenant.core.messages import Response
from localtenant.graph.requests import GraphRequest, route
from localtenant.state.store import Body


def list_organization(graph: GraphRequest) -> Response:
    return graph.collection("organization", [_organization(graph)])


def get_organization(graph: GraphRequest) -> Response:
    if graph.params["id"].lower() != graph.tenant.id:
        raise graph_not_found(graph.params["id"])
    return graph.item("organization", _organization(graph))


def list_domains(graph: GraphRequest) -> Response:
    return graph.collection("domains", _domains(graph))


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


ROUTES = (
    route(
        "GET",
        "organization",
        list_organization,
        "Organization.Read.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ),
    route(
        "GET",
        "organization/{id}",
        get_organization,
        "Organization.Read.All",
        "Directory.Read.All",
        "Directory.ReadWrite.All",
    ),
    route("GET", "domains", list_domains, "Domain.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"),
    route("GET", "domains/{id}", get_domain, "Domain.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"),
)
