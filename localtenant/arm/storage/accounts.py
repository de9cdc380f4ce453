"""Microsoft.Storage: accounts, their keys and service SAS, and blob containers.

Behaviour from the Storage resource provider REST specification 2024-01-01. Creating an account is a long operation.
"""

from __future__ import annotations

import base64
import hashlib

from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.core.messages import Response
from localtenant.state.internals import KEY, StorageAccountInternals, StorageKey, internals
from localtenant.state.store import Body
from localtenant.storage import blob_service

API_VERSIONS = ("2021-09-01", "2022-09-01", "2023-01-01", "2023-05-01", "2024-01-01", "2025-01-01", "2025-06-01")
KEY_NAMES = ("key1", "key2")
SAS_VERSION = "2015-04-05"


class StorageAccount(ResourceType):
    name = blob_service.ACCOUNTS
    api_versions = API_VERSIONS
    name_pattern = r"[a-z0-9]{3,24}"
    tracked = True

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        wanted = properties_of(payload)
        if arm.cloud.behaviour.shared_keys_are_turned_off:
            wanted = {**wanted, "allowSharedKeyAccess": False}
        if stored is None:
            for body in arm.cloud.resources.of_type(self.name):
                if body["name"] == arm.path.name:
                    raise ServiceError(
                        409,
                        "StorageAccountAlreadyTaken",
                        f"The storage account named {arm.path.name} is already taken.",
                    )
        for name in ("sku", "kind"):
            if not payload.get(name) and stored is None:
                raise ServiceError(400, "InvalidRequestPropertyValue", f"The property '{name}' is required.")
        body = self.envelope(arm, stored, payload, _properties(arm, wanted, stored))
        body["sku"] = payload.get("sku") or (stored or {}).get("sku")
        body["kind"] = payload.get("kind") or (stored or {}).get("kind")
        body[KEY] = (
            stored[KEY] if stored else StorageAccountInternals(tuple(_key(arm.path.id, n, 0) for n in KEY_NAMES))
        )
        service = f"{body['id']}/blobServices/default"
        if arm.cloud.resources.find(service) is None:
            default = {"id": service, "name": "default", "type": "Microsoft.Storage/storageAccounts/blobServices"}
            arm.cloud.resources.write({**default, "properties": {}}, arm.now)
        return body

    async def patch(self, arm: ArmRequest, stored: Body) -> Body:
        body = {**stored, "properties": _properties(arm, properties_of(arm.json()), stored)}
        if arm.json().get("tags") is not None:
            body["tags"] = arm.json()["tags"]
        return body

    async def action(self, arm: ArmRequest, action: str, body: Body) -> Response:
        name = action.lower()
        if name == "listkeys":
            return Response(200, {"keys": _shown_keys(body)})
        if name == "regeneratekey":
            wanted = str(arm.json().get("keyName"))
            keys = tuple(
                _key(str(body["id"]), key.name, key.turn + 1) if key.name == wanted else key
                for key in internals(body, StorageAccountInternals).keys
            )
            changed = {**body, KEY: StorageAccountInternals(keys)}
            arm.cloud.resources.write(changed, arm.now)
            return Response(200, {"keys": _shown_keys(changed)})
        if name == "listservicesas":
            return Response(200, {"serviceSasToken": _service_sas(arm, body)})
        return await super().action(arm, action, body)


class BlobServices(ResourceType):
    name = "Microsoft.Storage/storageAccounts/blobServices"
    api_versions = API_VERSIONS
    name_pattern = "default"

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        return self.envelope(arm, stored, {}, properties_of(arm.json()))


class Container(ResourceType):
    name = blob_service.CONTAINERS
    not_found_code = "ContainerNotFound"
    api_versions = API_VERSIONS
    name_pattern = r"[a-z0-9](?:-?[a-z0-9]){2,62}"

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        wanted = properties_of(arm.json())
        access = wanted.get("publicAccess") or "None"
        account = arm.parents["microsoft.storage/storageaccounts"]
        if access != "None" and not account["properties"]["allowBlobPublicAccess"]:
            raise ServiceError(
                409, "PublicAccessNotPermitted", "Public access is not permitted on this storage account."
            )
        before = (stored or {}).get("properties") or {}
        properties = {
            "publicAccess": access,
            "metadata": wanted.get("metadata") or {},
            "lastModifiedTime": iso_fine(arm.now)
            if before.get("publicAccess") != access
            else before["lastModifiedTime"],
            "leaseStatus": "Unlocked",
            "leaseState": "Available",
            "hasImmutabilityPolicy": False,
            "hasLegalHold": False,
            "deleted": False,
        }
        return self.envelope(arm, stored, {}, properties)

    async def patch(self, arm: ArmRequest, stored: Body) -> Body:
        return await self.put(arm, stored)

    def removed(self, arm: ArmRequest, body: Body) -> None:
        arm.cloud.blobs.pop(str(body["id"]).lower(), None)


def _properties(arm: ArmRequest, wanted: Body, stored: Body | None) -> Body:
    before = (stored or {}).get("properties") or {}
    chosen = {
        "minimumTlsVersion": "TLS1_0",
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": None,
        "supportsHttpsTrafficOnly": True,
        "publicNetworkAccess": None,
        "networkAcls": {"defaultAction": "Allow"},
    }
    given = {name: wanted.get(name, before.get(name, default)) for name, default in chosen.items()}
    given["networkAcls"] = _firewall(given["networkAcls"] or {"defaultAction": "Allow"})
    return {
        **{name: value for name, value in given.items() if value is not None},
        "accessTier": "Hot",
        "creationTime": before.get("creationTime", iso_fine(arm.now)),
        "primaryEndpoints": {"blob": f"{arm.request.base_url}/{blob_service.PREFIX}/{arm.path.name}/"},
        "primaryLocation": arm.json().get("location") or (stored or {}).get("location"),
        "provisioningState": "Succeeded",
        "statusOfPrimary": "available",
    }


def _firewall(rules: Body) -> Body:
    """Returns the firewall rules with the service's defaults."""
    if rules.get("defaultAction") not in ("Allow", "Deny"):
        raise ServiceError(
            400,
            "InvalidValuesForRequestParameters",
            "Values for request parameters are invalid: networkAcls.defaultAction.",
        )
    networks = rules.get("virtualNetworkRules") or []
    return {
        "bypass": rules.get("bypass") or "AzureServices",
        "virtualNetworkRules": [{"action": "Allow", "state": "Succeeded", **network} for network in networks],
        "ipRules": [{"action": "Allow", **ip_rule} for ip_rule in rules.get("ipRules") or []],
        "defaultAction": rules["defaultAction"],
    }


def _key(account_id: str, name: str, turn: int) -> StorageKey:
    digest = hashlib.sha512(f"{account_id.lower()}/{name}/{turn}".encode()).digest()
    return StorageKey(name, base64.b64encode(digest).decode(), turn)


def _shown_keys(account: Body) -> list[Body]:
    keys = internals(account, StorageAccountInternals).keys
    return [{"keyName": key.name, "value": key.value, "permissions": "FULL"} for key in keys]


def _service_sas(arm: ArmRequest, account: Body) -> str:
    wanted = arm.json()
    if account["properties"].get("allowSharedKeyAccess") is False:
        raise ServiceError(
            403,
            "KeyBasedAuthenticationNotPermitted",
            "Key based authentication is not permitted on this storage account.",
        )
    resource = str(wanted.get("canonicalizedResource") or "")
    if not resource.startswith(f"/blob/{account['name']}/"):
        raise ServiceError(
            400,
            "InvalidValuesForRequestParameters",
            "Values for request parameters are invalid: canonicalizedResource.",
        )
    name = wanted.get("keyToSign", "key1")
    key = next((item for item in internals(account, StorageAccountInternals).keys if item.name == name), None)
    if key is None:
        raise ServiceError(
            400, "InvalidValuesForRequestParameters", "Values for request parameters are invalid: keyToSign."
        )
    query = {
        "sv": SAS_VERSION,
        "sr": str(wanted.get("signedResource") or "b"),
        "spr": str(wanted.get("signedProtocol") or "https"),
        "st": str(wanted.get("signedStart") or ""),
        "se": str(wanted.get("signedExpiry") or ""),
        "sp": str(wanted.get("signedPermission") or ""),
    }
    return blob_service.service_sas(key.value, query, resource)
