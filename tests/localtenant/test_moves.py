"""Moved resources: another id, the same content and identity; what cannot be moved stays where it is."""

from __future__ import annotations

from typing import Any

import pytest

from localtenant.core.messages import Response
from localtenant.state import seed
from tests.localtenant.support import ACCOUNT, GROUP, SUBSCRIPTION, Client, error

VERSION = "2024-03-01"
ELSEWHERE = f"/subscriptions/{seed.CONTOSO.further_subscription_ids[0]}/resourceGroups/rg-new"
MOVED = ACCOUNT.replace(GROUP, ELSEWHERE)
VARIABLE = {"name": "v", "properties": {"value": '"x"', "isEncrypted": False}}


def move(client: Client, *resource_ids: str, target: str = ELSEWHERE) -> Response:
    client.arm("PUT", ELSEWHERE, {"location": "westeurope"}, VERSION)
    body: dict[str, Any] = {"resources": resource_ids, "targetResourceGroup": target}
    return client.arm("POST", f"{GROUP}/moveResources", body, VERSION)


def test_an_account_moves_to_another_subscription_with_its_children_and_its_identity(client: Client) -> None:
    before = client.account(type="SystemAssigned")
    client.arm("PUT", f"{ACCOUNT}/variables/v", VARIABLE)
    assert move(client, ACCOUNT.upper()).status == 204
    assert client.arm("GET", ACCOUNT).status == 404
    assert client.arm("GET", f"{ACCOUNT}/variables/v").status == 404
    after = client.arm("GET", MOVED).body
    assert after["id"] == MOVED
    assert after["identity"] == before["identity"]
    assert client.arm("GET", f"{MOVED}/variables/v").body["properties"]["value"] == '"x"'


def test_a_diagnostic_setting_does_not_move_with_an_account(client: Client) -> None:
    client.account()
    setting = "providers/Microsoft.Insights/diagnosticSettings/d"
    body = {"properties": {"storageAccountId": "x", "logs": [{"category": "JobLogs", "enabled": True}]}}
    assert client.arm("PUT", f"{ACCOUNT}/{setting}", body, "2021-05-01-preview").status < 300
    assert move(client, ACCOUNT).status == 204
    assert client.arm("GET", f"{MOVED}/{setting}", None, "2021-05-01-preview").status == 404


def test_a_lock_keeps_an_account_where_it_is(client: Client) -> None:
    client.account()
    lock = f"{ACCOUNT}/providers/Microsoft.Authorization/locks/keep"
    client.arm("PUT", lock, {"properties": {"level": "CanNotDelete"}}, "2020-05-01")
    assert error(move(client, ACCOUNT))[:2] == (409, "ScopeLocked")
    assert client.arm("GET", ACCOUNT).status == 200


@pytest.mark.parametrize(
    ("resource_ids", "target", "status"),
    [
        ([], ELSEWHERE, 400),
        ([ACCOUNT], f"{SUBSCRIPTION}/resourceGroups/none", 404),
        ([ACCOUNT], "", 404),
        ([f"{ACCOUNT}-none"], ELSEWHERE, 404),
        ([GROUP], ELSEWHERE, 400),
        ([f"{ACCOUNT}/variables/v"], ELSEWHERE, 400),
    ],
)
def test_what_cannot_be_moved_is_refused_and_nothing_moves(
    client: Client, resource_ids: list[str], target: str, status: int
) -> None:
    client.account()
    client.arm("PUT", f"{ACCOUNT}/variables/v", VARIABLE)
    assert move(client, *resource_ids, target=target).status == status
    assert client.arm("GET", ACCOUNT).status == 200


def test_a_name_that_the_target_has_is_a_conflict(client: Client) -> None:
    client.account()
    assert move(client, ACCOUNT).status == 204
    client.account()
    assert error(move(client, ACCOUNT))[:2] == (409, "ResourceMoveConflict")


def test_a_group_of_another_tenant_and_a_resource_are_no_targets(client: Client) -> None:
    client.account()
    theirs = f"/subscriptions/{seed.FABRIKAM.subscription_id}/resourceGroups/{seed.EXISTING_RESOURCE_GROUP}"
    assert error(move(client, ACCOUNT, target=theirs))[0] == 401
    assert error(move(client, ACCOUNT, target=ACCOUNT))[0] == 404
    assert client.arm("GET", ACCOUNT).status == 200


def test_the_files_of_a_storage_account_move_with_it(client: Client) -> None:
    storage = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stmail"
    body = {"location": "westeurope", "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {}}
    client.arm("PUT", storage, body, "2024-01-01")
    container = f"{storage}/blobServices/default/containers/runbooks"
    client.arm("PUT", container, {"properties": {}}, "2024-01-01")
    client.cloud.blobs[container.lower()] = {"a.ps1": "kept"}
    assert move(client, storage).status == 204
    assert client.cloud.blobs == {container.replace(GROUP, ELSEWHERE).lower(): {"a.ps1": "kept"}}
