"""Microsoft's own Graph client for Python against the tenant."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from azure.identity import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from msgraph.generated.models.app_role_assignment import AppRoleAssignment
from msgraph.generated.models.application import Application
from msgraph.generated.models.federated_identity_credential import FederatedIdentityCredential
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.service_principal import ServicePrincipal
from msgraph.generated.models.unified_role_assignment import UnifiedRoleAssignment
from msgraph.generated.service_principals.service_principals_request_builder import ServicePrincipalsRequestBuilder
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph.graph_service_client import GraphServiceClient

from localtenant.process import LocalTenant
from localtenant.state import seed
from tests.localtenant.support import CONTOSO, EXCHANGE

T = TypeVar("T")
Query = ServicePrincipalsRequestBuilder.ServicePrincipalsRequestBuilderGetQueryParameters
ADMINISTRATOR = seed.DIRECTORY_ROLES["Exchange Administrator"]


def on(tenant: LocalTenant, work: Callable[[GraphServiceClient], Awaitable[T]]) -> T:
    """Returns the result of some work with a client that is signed in as the deployer."""

    async def scenario() -> T:
        credential = ClientSecretCredential(
            CONTOSO.tenant_id,
            CONTOSO.client_id,
            CONTOSO.client_secret,
            authority=tenant.url,
            disable_instance_discovery=True,
        )
        provider = AzureIdentityAuthenticationProvider(
            credential,
            scopes=["https://graph.microsoft.com/.default"],
            allowed_hosts=[str(urlsplit(tenant.url).hostname), urlsplit(tenant.url).netloc],
        )
        adapter = GraphRequestAdapter(provider)
        adapter.base_url = f"{tenant.url}/v1.0"
        return await work(GraphServiceClient(request_adapter=adapter))

    return asyncio.run(scenario())


def configured(**query: object) -> Any:
    return RequestConfiguration(query_parameters=Query(**query))


def test_both_grants_are_created_listed_and_removed(tenant: LocalTenant) -> None:
    principal = tenant.add_service_principal("aa-mail")[0]["id"]

    async def work(graph: GraphServiceClient) -> None:
        found = await graph.service_principals.get(configured(filter=f"appId eq '{seed.EXCHANGE_APP_ID}'"))
        assert found is not None
        assert found.value is not None
        exchange = found.value[0]
        assert exchange.app_roles is not None
        role = next(r for r in exchange.app_roles if r.value == "Exchange.ManageAsApp")
        assigned = graph.service_principals.by_service_principal_id(str(exchange.id)).app_role_assigned_to
        created = await assigned.post(
            AppRoleAssignment(principal_id=UUID(principal), resource_id=UUID(str(exchange.id)), app_role_id=role.id)
        )
        assert created is not None
        assert (created.principal_display_name, created.resource_display_name) == (
            "aa-mail",
            "Office 365 Exchange Online",
        )
        roles = graph.role_management.directory.role_assignments
        held = await roles.post(
            UnifiedRoleAssignment(principal_id=principal, role_definition_id=ADMINISTRATOR, directory_scope_id="/")
        )
        assert held is not None
        assert len(tenant.grants()) == 2
        mine = await graph.service_principals.by_service_principal_id(principal).app_role_assignments.get()
        assert mine is not None
        assert [item.id for item in mine.value or []] == [created.id]
        await assigned.by_app_role_assignment_id(str(created.id)).delete()
        await roles.by_unified_role_assignment_id(str(held.id)).delete()

    on(tenant, work)
    assert tenant.grants() == []


def test_a_refusal_carries_graphs_code_and_text(tenant: LocalTenant) -> None:
    tenant.reset(lag=60)
    late = tenant.add_service_principal("late")[0]["id"]

    async def work(graph: GraphServiceClient) -> None:
        await graph.role_management.directory.role_assignments.post(
            UnifiedRoleAssignment(principal_id=late, role_definition_id=ADMINISTRATOR, directory_scope_id="/")
        )

    with pytest.raises(ODataError) as refusal:
        on(tenant, work)
    assert refusal.value.response_status_code == 404
    assert refusal.value.error is not None
    assert refusal.value.error.code == "Request_ResourceNotFound"
    assert late in str(refusal.value.error.message)
    assert refusal.value.error.inner_error is not None
    assert refusal.value.error.inner_error.request_id == tenant.request_log()[-1]["requestId"]


def test_pages_are_followed_to_the_end(tenant: LocalTenant) -> None:
    tenant.add_service_principal("crowd", count=450)

    async def work(graph: GraphServiceClient) -> list[str]:
        names: list[str] = []
        query = configured(filter="startswith(displayName,'crowd')", select=["id", "displayName"], top=200)
        page = await graph.service_principals.get(query)
        while page is not None:
            names += [str(item.display_name) for item in page.value or []]
            link = page.odata_next_link
            page = await graph.service_principals.with_url(link).get() if link else None
        return names

    assert on(tenant, work) == [f"crowd-{number}" for number in range(1, 451)]


def test_a_count_needs_eventual_consistency(tenant: LocalTenant) -> None:
    tenant.add_service_principal("crowd", count=3)

    async def work(graph: GraphServiceClient) -> int:
        query = configured(filter="displayName ne 'x'", count=True, top=1)
        query.headers.add("ConsistencyLevel", "eventual")
        page = await graph.service_principals.get(query)
        assert page is not None
        return int(page.odata_count)

    assert on(tenant, work) == 3 + 4


def test_an_application_is_created_changed_and_deleted_with_its_credentials(tenant: LocalTenant) -> None:
    async def work(graph: GraphServiceClient) -> tuple[str, str]:
        created = await graph.applications.post(Application(display_name="reporter", sign_in_audience="AzureADMyOrg"))
        assert created is not None
        principal = await graph.service_principals.post(ServicePrincipal(app_id=created.app_id))
        assert principal is not None
        trust = graph.applications.by_application_id(str(created.id)).federated_identity_credentials
        await trust.post(
            FederatedIdentityCredential(
                name="ci", issuer="https://ci", subject="repo:x", audiences=["api://AzureADTokenExchange"]
            )
        )
        listed = await trust.get()
        assert listed is not None
        assert [item.subject for item in listed.value or []] == ["repo:x"]
        await graph.applications.by_application_id(str(created.id)).patch(Application(notes="n"))
        changed = await graph.applications.by_application_id(str(created.id)).get()
        assert changed is not None
        assert changed.notes == "n"
        await graph.applications.by_application_id(str(created.id)).delete()
        return str(created.id), str(principal.id)

    application, principal = on(tenant, work)

    async def gone(graph: GraphServiceClient) -> None:
        with pytest.raises(ODataError):
            await graph.service_principals.by_service_principal_id(principal).get()
        deleted = await graph.directory.deleted_items.by_directory_object_id(application).get()
        assert deleted is not None

    on(tenant, gone)


def test_a_principal_is_read_with_its_app_roles(tenant: LocalTenant) -> None:
    principal = tenant.add_service_principal("aa-mail")[0]["id"]
    tenant.add_grant(principal, appRole="Exchange.ManageAsApp")

    async def work(graph: GraphServiceClient) -> list[str]:
        query = configured(filter="displayName eq 'aa-mail'", expand=["appRoleAssignments"])
        page = await graph.service_principals.get(query)
        assert page is not None
        assert page.value is not None
        return [str(item.resource_id) for item in page.value[0].app_role_assignments or []]

    assert on(tenant, work) == [EXCHANGE]


def test_the_client_repeats_a_throttled_request(tenant: LocalTenant) -> None:
    tenant.faults([{"operation": "GET domains", "effect": "status", "status": 429, "retryAfter": 1}])

    async def work(graph: GraphServiceClient) -> list[str]:
        domains = await graph.domains.get()
        assert domains is not None
        return [str(domain.id) for domain in domains.value or []]

    assert on(tenant, work) == ["contoso.com", "contoso.onmicrosoft.com"]
    assert [entry["status"] for entry in tenant.request_log() if "domains" in entry["path"]] == [429, 200]
