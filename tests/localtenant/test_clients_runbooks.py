"""Unmodified storage and automation clients on runbooks, schedules and the files behind them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.automation import AutomationClient
from azure.storage.blob import BlobSasPermissions, BlobServiceClient, generate_blob_sas

from localtenant.process import LocalTenant
from tests.localtenant.support import ACCOUNT, CONTOSO, GROUP

STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stmail"
TEXT = "Connect-ExchangeOnline -ManagedIdentity\r\n".encode("utf-8-sig")


def trust(tenant: LocalTenant) -> ssl.SSLContext:
    """The tenant's authority."""
    return ssl.create_default_context(cafile=str(tenant.authority))


class Manager:
    """Resource Manager, for types without a client here."""

    def __init__(self, tenant: LocalTenant, credential: ClientSecretCredential) -> None:
        self.tenant = tenant
        token = credential.get_token("https://management.azure.com/.default").token
        self.http = httpx.Client(headers={"Authorization": f"Bearer {token}"}, verify=trust(tenant))

    def send(self, method: str, path: str, version: str, body: Any = None) -> Any:
        answer = self.http.request(method, f"{self.tenant.url}{path}?api-version={version}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else {}


@pytest.fixture
def credential(tenant: LocalTenant) -> Iterator[ClientSecretCredential]:
    secrets = (CONTOSO.tenant_id, CONTOSO.client_id, CONTOSO.client_secret)
    with ClientSecretCredential(*secrets, authority=tenant.url, disable_instance_discovery=True) as created:
        yield created


@pytest.fixture
def manager(tenant: LocalTenant, credential: ClientSecretCredential) -> Manager:
    created = Manager(tenant, credential)
    storage = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}}
    created.send("PUT", STORAGE, "2024-01-01", storage)
    created.send("PUT", f"{STORAGE}/blobServices/default/containers/runbooks", "2024-01-01", {"properties": {}})
    created.send("PUT", ACCOUNT, "2024-10-23", {"location": "westeurope", "properties": {"sku": {"name": "Basic"}}})
    return created


@pytest.fixture
def key(manager: Manager) -> str:
    return str(manager.send("POST", f"{STORAGE}/listKeys", "2024-01-01")["keys"][0]["value"])


@pytest.fixture
def blobs(tenant: LocalTenant, key: str) -> Iterator[BlobServiceClient]:
    account = {"account_name": "stmail", "account_key": key}
    with BlobServiceClient(f"{tenant.url}/blobs/stmail", credential=account) as client:
        yield client


def test_a_file_is_put_listed_read_and_deleted_with_the_accounts_key(blobs: BlobServiceClient) -> None:
    container = blobs.get_container_client("runbooks")
    container.upload_blob("report one.ps1", TEXT, metadata={"owner": "mail"})
    assert [blob.name for blob in container.list_blobs()] == ["report one.ps1"]
    blob = container.get_blob_client("report one.ps1")
    assert blob.download_blob().readall() == TEXT
    assert blob.get_blob_properties().metadata == {"owner": "mail"}
    assert blob.download_blob(offset=3, length=7).readall() == b"Connect"
    blob.delete_blob()
    with pytest.raises(ResourceNotFoundError):
        blob.download_blob()


def test_a_wrong_key_opens_nothing(tenant: LocalTenant, manager: Manager) -> None:
    account = {"account_name": "stmail", "account_key": "d3Jvbmc="}
    with (
        BlobServiceClient(f"{tenant.url}/blobs/stmail", credential=account) as client,
        pytest.raises(HttpResponseError) as caught,
    ):
        client.get_container_client("runbooks").upload_blob("x", b"x")
    assert caught.value.status_code == 403


def test_the_clients_own_signatures_are_accepted_and_end(
    tenant: LocalTenant, blobs: BlobServiceClient, key: str
) -> None:
    blobs.get_blob_client("runbooks", "x.ps1").upload_blob(TEXT)
    now = datetime.now(timezone.utc)
    for ends, status in ((timedelta(hours=1), 200), (timedelta(hours=-1), 403)):
        signed = generate_blob_sas(
            "stmail", "runbooks", "x.ps1", account_key=key, permission=BlobSasPermissions(read=True), expiry=now + ends
        )
        answer = httpx.get(f"{tenant.url}/blobs/stmail/runbooks/x.ps1?{signed}", verify=trust(tenant))
        assert answer.status_code == status, answer.text


def test_the_automation_client_reads_what_was_published(
    tenant: LocalTenant, manager: Manager, blobs: BlobServiceClient, credential: ClientSecretCredential
) -> None:
    blobs.get_blob_client("runbooks", "report.ps1").upload_blob(TEXT)
    now = datetime.fromisoformat(tenant.now()[:19]).replace(tzinfo=timezone.utc)
    wanted = {
        "canonicalizedResource": "/blob/stmail/runbooks/report.ps1",
        "signedResource": "b",
        "signedPermission": "r",
        "signedExpiry": (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    token = manager.send("POST", f"{STORAGE}/ListServiceSas", "2024-01-01", wanted)["serviceSasToken"]
    link = {"uri": f"{tenant.url}/blobs/stmail/runbooks/report.ps1?{token}"}
    runbook = {"location": "westeurope", "properties": {"runbookType": "PowerShell", "publishContentLink": link}}
    manager.send("PUT", f"{ACCOUNT}/runbooks/report", "2024-10-23", runbook)
    start = (now + timedelta(hours=1)).isoformat()
    daily = {"name": "daily", "properties": {"startTime": start, "frequency": "Day", "interval": 1}}
    manager.send("PUT", f"{ACCOUNT}/schedules/daily", "2024-10-23", daily)
    ends = {"runbook": {"name": "report"}, "schedule": {"name": "daily"}}
    path = f"{ACCOUNT}/jobSchedules/11111111-1111-4111-8111-111111111111"
    manager.send("PUT", path, "2024-10-23", {"properties": ends})
    settings: dict[str, Any] = {"base_url": tenant.url, "credential_scopes": ["https://management.azure.com/.default"]}
    with AutomationClient(credential, CONTOSO.subscription_id, **settings) as client:
        group, name = "rg-existing", "aa-mail"
        assert client.runbook.get(group, name, "report").state == "Published"
        assert "".join(client.runbook.get_content(group, name, "report")) == TEXT.decode("utf-8-sig")
        assert [schedule.name for schedule in client.schedule.list_by_automation_account(group, name)] == ["daily"]
        [created] = client.job_schedule.list_by_automation_account(group, name)
        assert created.runbook.name == "report"


def test_the_automation_client_makes_webhooks_certificates_and_connections(
    tenant: LocalTenant, manager: Manager, blobs: BlobServiceClient, credential: ClientSecretCredential
) -> None:
    blobs.get_blob_client("runbooks", "report.ps1").upload_blob(TEXT)
    wanted = {
        "canonicalizedResource": "/blob/stmail/runbooks/report.ps1",
        "signedResource": "b",
        "signedPermission": "r",
        "signedExpiry": (datetime.now(timezone.utc) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    token = manager.send("POST", f"{STORAGE}/ListServiceSas", "2024-01-01", wanted)["serviceSasToken"]
    link = {"uri": f"{tenant.url}/blobs/stmail/runbooks/report.ps1?{token}"}
    runbook = {"location": "westeurope", "properties": {"runbookType": "PowerShell", "publishContentLink": link}}
    manager.send("PUT", f"{ACCOUNT}/runbooks/report", "2024-10-23", runbook)
    settings: dict[str, Any] = {"base_url": tenant.url, "credential_scopes": ["https://management.azure.com/.default"]}
    with AutomationClient(credential, CONTOSO.subscription_id, **settings) as client:
        group, name = "rg-existing", "aa-mail"
        ends = datetime.now(timezone.utc) + timedelta(days=30)
        # Bodies as they go over the wire: the client's models have no typed form of flattened properties.
        created: Any = client.webhook.create_or_update
        body = {"expiryTime": ends.isoformat(), "runbook": {"name": "report"}}
        own_webhook = created(group, name, "generated", {"name": "generated", "properties": body})
        assert own_webhook.uri.startswith(f"{tenant.url}/webhooks/")
        assert client.webhook.get(group, name, "generated").uri == ""
        # The client returns the JSON text unchanged.
        address = client.webhook.generate_uri(group, name).strip('"')
        assert created(group, name, "given", {"name": "given", "properties": {**body, "uri": address}}).uri == ""
        assert {webhook.name for webhook in client.webhook.list_by_automation_account(group, name)} == {
            "generated",
            "given",
        }
        for webhook in (own_webhook.uri, address):
            assert httpx.post(webhook, verify=trust(tenant)).status_code == 202
        created = client.certificate.create_or_update
        created(group, name, "c", {"name": "c", "properties": {"base64Value": "YQ==", "isExportable": True}})
        assert client.certificate.get(group, name, "c").is_exportable
        fields = {"AutomationCertificateName": "c", "SubscriptionID": "1"}
        created = client.connection.create_or_update
        properties = {"connectionType": {"name": "Azure"}, "fieldDefinitionValues": fields}
        created(group, name, "old", {"name": "old", "properties": properties})
        assert client.connection.get(group, name, "old").field_definition_values == fields
        client.webhook.delete(group, name, "generated")
        assert httpx.post(own_webhook.uri, verify=trust(tenant)).status_code == 404
