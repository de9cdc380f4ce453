"""The resource types and functions that the emulated provider knows.

Paths and properties: the REST API specifications of the versions named, and the provider's schema 3.29.0.
"""

from __future__ import annotations

from localtenant.providers.azure_native import automation, governance, hosts, network, storage
from localtenant.providers.azure_native.schema import Input, Naming, ResourceSchema
from localtenant.providers.azure_native.shared import COMMON, GROUP, REQUIRED_LOCATION, TAGS

_BASE = (
    ResourceSchema(
        "azure-native:resources:ResourceGroup",
        "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}",
        "2024-03-01",
        {"location": REQUIRED_LOCATION, "managedBy": Input("managedBy"), "tags": TAGS},
        {**COMMON, "properties": "properties"},
        "resourceGroupName",
        Naming.RANDOM,
    ),
    ResourceSchema(
        "azure-native:managedidentity:UserAssignedIdentity",
        f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{{resourceName}}",
        "2023-01-31",
        {"location": REQUIRED_LOCATION, "tags": TAGS},
        {
            **COMMON,
            "clientId": "properties.clientId",
            "principalId": "properties.principalId",
            "tenantId": "properties.tenantId",
            "systemData": "systemData",
        },
        "resourceName",
        Naming.RANDOM,
    ),
)

RESOURCES: dict[str, ResourceSchema] = {
    schema.token: schema
    for schema in (
        *_BASE,
        *automation.RESOURCES,
        *storage.RESOURCES,
        *governance.RESOURCES,
        *hosts.RESOURCES,
        *network.RESOURCES,
    )
}

FUNCTIONS: dict[str, str] = {
    "azure-native:resources:getResourceGroup": "azure-native:resources:ResourceGroup",
    "azure-native:managedidentity:getUserAssignedIdentity": "azure-native:managedidentity:UserAssignedIdentity",
    "azure-native:automation:getAutomationAccount": "azure-native:automation:AutomationAccount",
    "azure-native:automation:getRuntimeEnvironment": "azure-native:automation:RuntimeEnvironment",
    "azure-native:automation:getPackage": "azure-native:automation:Package",
    "azure-native:automation:getRunbook": "azure-native:automation:Runbook",
    "azure-native:automation:getSchedule": "azure-native:automation:Schedule",
    "azure-native:automation:getWebhook": "azure-native:automation:Webhook",
    "azure-native:storage:getStorageAccount": "azure-native:storage:StorageAccount",
    "azure-native:storage:getBlobContainer": "azure-native:storage:BlobContainer",
}
"""Token of a function that reads a resource -> token of the resource."""
