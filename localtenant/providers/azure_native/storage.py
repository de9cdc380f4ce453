"""Resource types of ``azure-native:storage`` that Resource Manager manages; blobs are in ``blob.py``."""

from __future__ import annotations

from localtenant.providers.azure_native.schema import Input, Naming, ResourceSchema
from localtenant.providers.azure_native.shared import COMMON, GROUP, LOCATION, TAGS

_STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/{{accountName}}"
STORAGE = "2024-01-01"

RESOURCES = (
    ResourceSchema(
        "azure-native:storage:StorageAccount",
        _STORAGE,
        STORAGE,
        {
            "location": LOCATION,
            "tags": TAGS,
            "kind": Input("kind", required=True),
            "sku": Input("sku", "object", required=True, required_parts=("name",)),
            "allowBlobPublicAccess": Input("properties.allowBlobPublicAccess", "boolean"),
            "allowSharedKeyAccess": Input("properties.allowSharedKeyAccess", "boolean"),
            "enableHttpsTrafficOnly": Input("properties.supportsHttpsTrafficOnly", "boolean"),
            "minimumTlsVersion": Input("properties.minimumTlsVersion"),
            "networkRuleSet": Input(
                "properties.networkAcls",
                "object",
                required_parts=("defaultAction",),
                items={
                    "ipRules": {"iPAddressOrRange": "value"},
                    "virtualNetworkRules": {"virtualNetworkResourceId": "id"},
                },
                reset={
                    "bypass": "AzureServices",
                    "defaultAction": "Allow",
                    "ipRules": [],
                    "virtualNetworkRules": [],
                },
            ),
            "publicNetworkAccess": Input("properties.publicNetworkAccess"),
        },
        {
            **COMMON,
            "accessTier": "properties.accessTier",
            "creationTime": "properties.creationTime",
            "primaryEndpoints": "properties.primaryEndpoints",
            "primaryLocation": "properties.primaryLocation",
            "provisioningState": "properties.provisioningState",
            "statusOfPrimary": "properties.statusOfPrimary",
        },
        "accountName",
        Naming.RANDOM,
        parameters={"accountName": Input("", min_length=3, max_length=24)},
    ),
    ResourceSchema(
        "azure-native:storage:BlobContainer",
        f"{_STORAGE}/blobServices/default/containers/{{containerName}}",
        STORAGE,
        {
            "metadata": Input("properties.metadata", "object"),
            "publicAccess": Input("properties.publicAccess"),
        },
        {
            **COMMON,
            "deleted": "properties.deleted",
            "hasImmutabilityPolicy": "properties.hasImmutabilityPolicy",
            "hasLegalHold": "properties.hasLegalHold",
            "lastModifiedTime": "properties.lastModifiedTime",
            "leaseState": "properties.leaseState",
            "leaseStatus": "properties.leaseStatus",
        },
        "containerName",
    ),
)
