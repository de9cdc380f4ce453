"""Applications of one tenant in the directories of others: service principals, consent, sign-in."""

from __future__ import annotations

import pytest

from localtenant.state import seed
from tests.localtenant.support import CONTOSO, FABRIKAM, Client, error
from tests.localtenant.test_login import claims, number, sign_in


def other_tenant(client: Client, audience: str = "AzureADMultipleOrgs") -> str:
    """The client id of an application of Contoso."""
    body = {"displayName": "service", "signInAudience": audience}
    return str(client.ok("POST", "/v1.0/applications", body)["appId"])


def test_a_multi_tenant_application_has_a_service_principal_in_another_tenant(client: Client) -> None:
    client.cloud.tenants[FABRIKAM.tenant_id].deployer.graph_roles = ("Application.ReadWrite.All",)
    token, app_id = client.token(FABRIKAM), other_tenant(client)
    created = client.ok("POST", "/v1.0/servicePrincipals", {"appId": app_id}, token=token)
    assert created["appOwnerOrganizationId"] == CONTOSO.tenant_id
    single = client.send(
        "POST", "/v1.0/servicePrincipals", {"appId": other_tenant(client, "AzureADMyOrg")}, token=token
    )
    assert error(single)[:2] == (400, "Request_BadRequest")


def test_owned_by_is_not_enough_for_an_application_of_another_tenant(client: Client) -> None:
    body = {"appId": other_tenant(client)}
    refused = client.send("POST", "/v1.0/servicePrincipals", body, token=client.token(FABRIKAM))
    assert error(refused)[:2] == (403, "Authorization_RequestDenied")


def test_a_tenant_that_consented_lets_the_deployer_in_with_what_it_consented_to(client: Client) -> None:
    secret = {"client_secret": CONTOSO.client_secret}
    assert number(sign_in(client, FABRIKAM.tenant_id, **secret)) == (400, "unauthorized_client", 700016)
    home, customer = (client.cloud.tenants[tenant.tenant_id] for tenant in (CONTOSO, FABRIKAM))
    principal = client.cloud.consent(home, customer, ("Application.ReadWrite.All",))
    found = claims(sign_in(client, FABRIKAM.tenant_id, **secret))
    assert (found["tid"], found["oid"]) == (FABRIKAM.tenant_id, principal["id"])
    assert found["roles"] == ["Application.ReadWrite.All"]
    assert claims(sign_in(client, **secret))["roles"] == list(seed.DEPLOYER_GRAPH_ROLES)
    assert client.cloud.consent(home, customer, ())["id"] == principal["id"]


@pytest.mark.parametrize("tenant", [CONTOSO.tenant_id, FABRIKAM.tenant_id])
def test_a_service_principal_that_is_turned_off_gets_no_token(client: Client, tenant: str) -> None:
    cloud = client.cloud
    if tenant == FABRIKAM.tenant_id:
        cloud.consent(cloud.tenants[CONTOSO.tenant_id], cloud.tenants[tenant], ())
    directory, access = cloud.tenants[tenant].directory, cloud.access(CONTOSO.client_id)
    principal = directory.by_app_id(CONTOSO.client_id, access)
    assert principal is not None
    directory.change("servicePrincipals", principal["id"], {"accountEnabled": False}, access)
    refused = sign_in(client, tenant, client_secret=CONTOSO.client_secret)
    assert number(refused) == (400, "unauthorized_client", 7000112)
