"""The resource types and functions that the stand-in knows, as the provider's schema 3.29.0 describes them.

Paths and properties: the REST API specifications of the versions named.
"""

from __future__ import annotations

from localtenant.plugins.azure_native.schema import Input, Kind, Naming

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_ACCOUNT = f"{_GROUP}/providers/Microsoft.Automation/automationAccounts/{{automationAccountName}}"
_RUNTIME = f"{_ACCOUNT}/runtimeEnvironments/{{runtimeEnvironmentName}}"
AUTOMATION = "2024-10-23"

_LOCATION = Input("location", replaces=True, ignore_case=True)
_REQUIRED_LOCATION = Input("location", required=True, replaces=True, ignore_case=True)
_TAGS = Input("tags", "object")
_COMMON = {"name": "name", "type": "type"}

KINDS: dict[str, Kind] = {
    kind.token: kind
    for kind in (
        Kind(
            "azure-native:resources:ResourceGroup",
            "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}",
            "2024-03-01",
            {"location": _REQUIRED_LOCATION, "managedBy": Input("managedBy"), "tags": _TAGS},
            {**_COMMON, "properties": "properties"},
            "resourceGroupName",
            Naming.RANDOM,
        ),
        Kind(
            "azure-native:managedidentity:UserAssignedIdentity",
            f"{_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{{resourceName}}",
            "2023-01-31",
            {"location": _REQUIRED_LOCATION, "tags": _TAGS},
            {
                **_COMMON,
                "clientId": "properties.clientId",
                "principalId": "properties.principalId",
                "tenantId": "properties.tenantId",
                "systemData": "systemData",
            },
            "resourceName",
            Naming.RANDOM,
        ),
        Kind(
            "azure-native:automation:AutomationAccount",
            _ACCOUNT,
            AUTOMATION,
            {
                "location": _LOCATION,
                "name": Input("name"),
                "tags": _TAGS,
                "identity": Input("identity", "object", keyed=("userAssignedIdentities",)),
                "sku": Input("properties.sku", "object"),
                "encryption": Input("properties.encryption", "object"),
                "publicNetworkAccess": Input("properties.publicNetworkAccess", "boolean"),
                "disableLocalAuth": Input("properties.disableLocalAuth", "boolean"),
            },
            {
                **_COMMON,
                "automationHybridServiceUrl": "properties.automationHybridServiceUrl",
                "creationTime": "properties.creationTime",
                "description": "properties.description",
                "etag": "etag",
                "hybridServiceUrl": "properties.hybridServiceUrl",
                "lastModifiedBy": "properties.lastModifiedBy",
                "lastModifiedTime": "properties.lastModifiedTime",
                "privateEndpointConnections": "properties.privateEndpointConnections",
                "state": "properties.state",
                "systemData": "systemData",
            },
            "automationAccountName",
            Naming.RANDOM,
            nested={"identity": ("principalId", "tenantId")},
        ),
        Kind(
            "azure-native:automation:RuntimeEnvironment",
            _RUNTIME,
            AUTOMATION,
            {
                "location": _LOCATION,
                "tags": _TAGS,
                "defaultPackages": Input("properties.defaultPackages", "object"),
                "description": Input("properties.description"),
                "language": Input("properties.runtime.language"),
                "version": Input("properties.runtime.version"),
            },
            {**_COMMON, "systemData": "systemData"},
            "runtimeEnvironmentName",
        ),
        Kind(
            "azure-native:automation:Package",
            f"{_RUNTIME}/packages/{{packageName}}",
            AUTOMATION,
            {
                "allOf": Input("allOf", "object"),
                "contentLink": Input("properties.contentLink", "object", required=True),
            },
            {
                **_COMMON,
                "allOf": "allOf",
                "contentLink": "properties.contentLink",
                "default": "properties.default",
                "error": "properties.error",
                "location": "location",
                "provisioningState": "properties.provisioningState",
                "sizeInBytes": "properties.sizeInBytes",
                "systemData": "systemData",
                "tags": "tags",
                "version": "properties.version",
            },
            "packageName",
        ),
    )
}

FUNCTIONS: dict[str, str] = {
    "azure-native:resources:getResourceGroup": "azure-native:resources:ResourceGroup",
    "azure-native:managedidentity:getUserAssignedIdentity": "azure-native:managedidentity:UserAssignedIdentity",
    "azure-native:automation:getAutomationAccount": "azure-native:automation:AutomationAccount",
    "azure-native:automation:getRuntimeEnvironment": "azure-native:automation:RuntimeEnvironment",
    "azure-native:automation:getPackage": "azure-native:automation:Package",
}
"""Functions that read a resource: their token and that of the resource."""
