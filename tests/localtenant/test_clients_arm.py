"""Unmodified Azure management clients against the tenant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.automation import AutomationClient
from azure.mgmt.automation.models import (
    AutomationAccountCreateOrUpdateParameters,
    AutomationAccountCreateOrUpdateProperties,
    AutomationAccountUpdateParameters,
    ContentLink,
    Identity,
    PackageCreateOrUpdateParameters,
    PackageCreateOrUpdateProperties,
    RuntimeEnvironment,
    RuntimeEnvironmentProperties,
    RuntimeProperties,
    Sku,
    UserAssignedIdentitiesProperties,
)
from azure.mgmt.msi import ManagedServiceIdentityClient
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.subscriptions import SubscriptionClient

from localtenant.process import LocalTenant
from tests.localtenant.support import CONTOSO

GROUP = "rg-existing"
ACCOUNT = "aa-mail"
GALLERY = "https://www.powershellgallery.com/api/v2/package/ExchangeOnlineManagement/3.9.0"


@pytest.fixture
def credential(tenant: LocalTenant) -> Iterator[ClientSecretCredential]:
    with ClientSecretCredential(
        CONTOSO.tenant_id,
        CONTOSO.client_id,
        CONTOSO.client_secret,
        authority=tenant.url,
        disable_instance_discovery=True,
    ) as created:
        yield created


def settings(tenant: LocalTenant) -> dict[str, Any]:
    return {"base_url": tenant.url, "credential_scopes": ["https://management.azure.com/.default"]}


@pytest.fixture
def automation(tenant: LocalTenant, credential: ClientSecretCredential) -> Iterator[AutomationClient]:
    with AutomationClient(credential, CONTOSO.subscription_id, **settings(tenant)) as client:
        yield client


@pytest.fixture
def resources(tenant: LocalTenant, credential: ClientSecretCredential) -> Iterator[ResourceManagementClient]:
    with ResourceManagementClient(credential, CONTOSO.subscription_id, **settings(tenant)) as client:
        yield client


@pytest.fixture
def identities(tenant: LocalTenant, credential: ClientSecretCredential) -> Iterator[ManagedServiceIdentityClient]:
    with ManagedServiceIdentityClient(credential, CONTOSO.subscription_id, **settings(tenant)) as client:
        yield client


def create_account(client: AutomationClient, identity: Identity | None = None) -> Any:
    wanted = AutomationAccountCreateOrUpdateParameters(
        location="westeurope",
        identity=identity,
        tags={"a": "b"},
        properties=AutomationAccountCreateOrUpdateProperties(sku=Sku(name="Basic"), disable_local_auth=True),
    )
    return client.automation_account.create_or_update(GROUP, ACCOUNT, wanted)


def test_an_account_and_its_identity(tenant: LocalTenant, automation: AutomationClient) -> None:
    created = create_account(automation, Identity(type="SystemAssigned"))
    assert (created.name, created.location, created.state, created.disable_local_auth) == (
        ACCOUNT,
        "westeurope",
        "Ok",
        True,
    )
    assert created.identity.tenant_id == CONTOSO.tenant_id
    assert created.creation_time is not None
    tenant.add_grant(created.identity.principal_id, appRole="Exchange.ManageAsApp")
    listed = list(automation.automation_account.list_by_resource_group(GROUP))
    assert [account.id for account in listed] == [created.id]
    assert [account.id for account in automation.automation_account.list()] == [created.id]
    changed: Any = automation.automation_account.update(
        GROUP, ACCOUNT, AutomationAccountUpdateParameters(tags={"c": "d"})
    )
    assert changed.tags == {"c": "d"}
    assert changed.identity.principal_id == created.identity.principal_id
    automation.automation_account.delete(GROUP, ACCOUNT)
    with pytest.raises(ResourceNotFoundError) as refusal:
        automation.automation_account.get(GROUP, ACCOUNT)
    assert refusal.value.error is not None
    assert refusal.value.error.code == "ResourceNotFound"
    assert tenant.grants() == []


def test_a_runtime_environment_and_its_package(tenant: LocalTenant, automation: AutomationClient) -> None:
    create_account(automation)
    runtime: Any = automation.runtime_environments.create(
        GROUP,
        ACCOUNT,
        "PowerShell-74",
        RuntimeEnvironment(
            location="westeurope",
            properties=RuntimeEnvironmentProperties(
                runtime=RuntimeProperties(language="PowerShell", version="7.4"), default_packages={}
            ),
        ),
    )
    assert runtime.properties.runtime.version == "7.4"
    wanted = PackageCreateOrUpdateParameters(
        properties=PackageCreateOrUpdateProperties(content_link=ContentLink(uri=GALLERY, version="3.9.0"))
    )
    place = (GROUP, ACCOUNT, "PowerShell-74", "ExchangeOnlineManagement")
    created: Any = automation.package.create_or_update(*place, wanted)
    assert created.properties.provisioning_state == "Creating"
    tenant.advance(120)
    shown: Any = automation.package.get(*place)
    assert (shown.properties.provisioning_state, shown.properties.version) == ("Succeeded", "3.9.0")
    assert shown.properties.content_link is None
    packages = automation.package.list_by_runtime_environment(*place[:3])
    assert [package.name for package in packages] == ["ExchangeOnlineManagement"]
    automation.package.delete(*place)
    automation.runtime_environments.delete(*place[:3])
    assert list(automation.runtime_environments.list_by_automation_account(GROUP, ACCOUNT)) == []


def test_a_user_assigned_identity(automation: AutomationClient, identities: ManagedServiceIdentityClient) -> None:
    created = identities.user_assigned_identities.create_or_update(GROUP, "id-mail", {"location": "westeurope"})
    assert created.principal_id
    assert created.client_id
    wanted = Identity(
        type="UserAssigned", user_assigned_identities={str(created.id): UserAssignedIdentitiesProperties()}
    )
    account = create_account(automation, wanted)
    assert [entry.client_id for entry in account.identity.user_assigned_identities.values()] == [created.client_id]
    assert account.identity.principal_id is None
    assert [item.name for item in identities.user_assigned_identities.list_by_resource_group(GROUP)] == ["id-mail"]
    identities.user_assigned_identities.delete(GROUP, "id-mail")
    with pytest.raises(ResourceNotFoundError):
        identities.user_assigned_identities.get(GROUP, "id-mail")


def test_the_identity_of_a_resource_by_its_scope(
    automation: AutomationClient, identities: ManagedServiceIdentityClient
) -> None:
    account = create_account(automation, Identity(type="SystemAssigned"))
    found = identities.system_assigned_identities.get_by_scope(account.id.lstrip("/"))
    assert found.principal_id == account.identity.principal_id
    assert found.client_id


def test_resource_groups_and_the_wait_for_their_deletion(
    tenant: LocalTenant, automation: AutomationClient, resources: ResourceManagementClient
) -> None:
    assert not resources.resource_groups.check_existence("rg-new")
    created: Any = resources.resource_groups.create_or_update("rg-new", {"location": "West Europe"})
    assert (created.location, created.properties.provisioning_state) == ("westeurope", "Succeeded")
    assert resources.resource_groups.check_existence("rg-new")
    account = create_account(automation, Identity(type="SystemAssigned"))
    tenant.add_grant(account.identity.principal_id, directoryRole="Exchange Administrator")
    assert [item.id for item in resources.resources.list_by_resource_group(GROUP)] == [account.id]
    poller = resources.resource_groups.begin_delete(GROUP)
    poller.wait(20)
    assert poller.done()
    assert [group.name for group in resources.resource_groups.list()] == ["rg-new"]
    assert tenant.grants() == []
    statuses = [entry["status"] for entry in tenant.request_log() if "operationresults" in entry["path"]]
    assert statuses[0] == 202
    assert statuses[-1] == 200


def test_any_resource_by_its_id(automation: AutomationClient, resources: ResourceManagementClient) -> None:
    account = create_account(automation)
    found = resources.resources.get_by_id(account.id, api_version="2024-10-23")
    assert found.name == ACCOUNT
    assert resources.providers.get("Microsoft.Automation").registration_state == "Registered"


def test_subscriptions_and_tenants(tenant: LocalTenant, credential: ClientSecretCredential) -> None:
    with SubscriptionClient(credential, **settings(tenant)) as client:
        assert [item.subscription_id for item in client.subscriptions.list()] == list(CONTOSO.subscription_ids)
        assert client.subscriptions.get(CONTOSO.subscription_id).state == "Enabled"
        assert [item.tenant_id for item in client.tenants.list()] == [CONTOSO.tenant_id]
        assert "westeurope" in [place.name for place in client.subscriptions.list_locations(CONTOSO.subscription_id)]


def test_throttling_is_waited_out(tenant: LocalTenant, automation: AutomationClient) -> None:
    tenant.faults([{"operation": "PUT automationAccounts", "effect": "status", "status": 429, "retryAfter": 1}])
    assert create_account(automation).name == ACCOUNT
    assert [entry["status"] for entry in tenant.request_log() if entry["method"] == "PUT"] == [429, 201]


def test_a_lost_answer_is_asked_for_again(tenant: LocalTenant, automation: AutomationClient) -> None:
    tenant.faults([{"operation": "PUT automationAccounts", "effect": "cut", "when": "after"}])
    assert create_account(automation).name == ACCOUNT
    assert [entry["status"] for entry in tenant.request_log() if entry["method"] == "PUT"] == [0, 200]


def test_a_missing_right_is_named_by_action_and_scope(tenant: LocalTenant, automation: AutomationClient) -> None:
    tenant.set_deployer(arm=["Reader"])
    with pytest.raises(HttpResponseError) as refusal:
        create_account(automation)
    assert refusal.value.status_code == 403
    assert refusal.value.error is not None
    assert refusal.value.error.code == "AuthorizationFailed"
    assert "Microsoft.Automation/automationAccounts/write" in str(refusal.value.error.message)
