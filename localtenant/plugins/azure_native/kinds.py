"""The resource types and functions that the stand-in knows, as the provider's schema 3.29.0 describes them.

Paths and properties: the REST API specifications of the versions named.
"""

from __future__ import annotations

from localtenant.plugins.azure_native.schema import Input, Kind, Naming

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_ACCOUNT = f"{_GROUP}/providers/Microsoft.Automation/automationAccounts/{{automationAccountName}}"
_RUNTIME = f"{_ACCOUNT}/runtimeEnvironments/{{runtimeEnvironmentName}}"
_STORAGE = f"{_GROUP}/providers/Microsoft.Storage/storageAccounts/{{accountName}}"
AUTOMATION = "2024-10-23"
STORAGE = "2024-01-01"

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
        Kind(
            "azure-native:automation:Runbook",
            f"{_ACCOUNT}/runbooks/{{runbookName}}",
            AUTOMATION,
            {
                "location": _LOCATION,
                "name": Input("name"),
                "tags": _TAGS,
                "description": Input("properties.description"),
                "draft": Input("properties.draft", "object"),
                "logActivityTrace": Input("properties.logActivityTrace", "integer"),
                "logProgress": Input("properties.logProgress", "boolean"),
                "logVerbose": Input("properties.logVerbose", "boolean"),
                "publishContentLink": Input("properties.publishContentLink", "object"),
                "runbookType": Input("properties.runbookType", required=True),
                "runtimeEnvironment": Input("properties.runtimeEnvironment"),
            },
            {
                **_COMMON,
                "creationTime": "properties.creationTime",
                "etag": "etag",
                "jobCount": "properties.jobCount",
                "lastModifiedBy": "properties.lastModifiedBy",
                "lastModifiedTime": "properties.lastModifiedTime",
                "outputTypes": "properties.outputTypes",
                "parameters": "properties.parameters",
                "provisioningState": "properties.provisioningState",
                "state": "properties.state",
                "systemData": "systemData",
            },
            "runbookName",
        ),
        Kind(
            "azure-native:automation:Schedule",
            f"{_ACCOUNT}/schedules/{{scheduleName}}",
            AUTOMATION,
            {
                "name": Input("name", required=True),
                "advancedSchedule": Input("properties.advancedSchedule", "object"),
                "description": Input("properties.description"),
                "expiryTime": Input("properties.expiryTime"),
                "frequency": Input("properties.frequency", required=True),
                "interval": Input("properties.interval", None),
                "startTime": Input("properties.startTime", required=True),
                "timeZone": Input("properties.timeZone"),
            },
            {
                **_COMMON,
                "creationTime": "properties.creationTime",
                "expiryTimeOffsetMinutes": "properties.expiryTimeOffsetMinutes",
                "isEnabled": "properties.isEnabled",
                "lastModifiedTime": "properties.lastModifiedTime",
                "nextRun": "properties.nextRun",
                "nextRunOffsetMinutes": "properties.nextRunOffsetMinutes",
                "startTimeOffsetMinutes": "properties.startTimeOffsetMinutes",
                "systemData": "systemData",
            },
            "scheduleName",
        ),
        Kind(
            "azure-native:automation:JobSchedule",
            f"{_ACCOUNT}/jobSchedules/{{jobScheduleId}}",
            AUTOMATION,
            {
                "parameters": Input("properties.parameters", "object", replaces=True),
                "runOn": Input("properties.runOn", replaces=True),
                "runbook": Input("properties.runbook", "object", required=True, replaces=True),
                "schedule": Input("properties.schedule", "object", required=True, replaces=True),
            },
            {**_COMMON, "jobScheduleId": "properties.jobScheduleId", "systemData": "systemData"},
            "jobScheduleId",
            Naming.UUID,
        ),
        Kind(
            "azure-native:automation:Variable",
            f"{_ACCOUNT}/variables/{{variableName}}",
            AUTOMATION,
            {
                "name": Input("name", required=True),
                "description": Input("properties.description"),
                "isEncrypted": Input("properties.isEncrypted", "boolean"),
                "value": Input("properties.value"),
            },
            {
                **_COMMON,
                "creationTime": "properties.creationTime",
                "lastModifiedTime": "properties.lastModifiedTime",
                "systemData": "systemData",
            },
            "variableName",
        ),
        Kind(
            "azure-native:storage:StorageAccount",
            _STORAGE,
            STORAGE,
            {
                "location": _LOCATION,
                "tags": _TAGS,
                "kind": Input("kind", required=True),
                "sku": Input("sku", "object", required=True),
                "allowBlobPublicAccess": Input("properties.allowBlobPublicAccess", "boolean"),
                "allowSharedKeyAccess": Input("properties.allowSharedKeyAccess", "boolean"),
                "enableHttpsTrafficOnly": Input("properties.supportsHttpsTrafficOnly", "boolean"),
                "minimumTlsVersion": Input("properties.minimumTlsVersion"),
                "networkRuleSet": Input("properties.networkAcls", "object"),
                "publicNetworkAccess": Input("properties.publicNetworkAccess"),
            },
            {
                **_COMMON,
                "accessTier": "properties.accessTier",
                "creationTime": "properties.creationTime",
                "primaryEndpoints": "properties.primaryEndpoints",
                "primaryLocation": "properties.primaryLocation",
                "provisioningState": "properties.provisioningState",
                "statusOfPrimary": "properties.statusOfPrimary",
            },
            "accountName",
            Naming.RANDOM,
        ),
        Kind(
            "azure-native:storage:BlobContainer",
            f"{_STORAGE}/blobServices/default/containers/{{containerName}}",
            STORAGE,
            {
                "metadata": Input("properties.metadata", "object"),
                "publicAccess": Input("properties.publicAccess"),
            },
            {
                **_COMMON,
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
}

FUNCTIONS: dict[str, str] = {
    "azure-native:resources:getResourceGroup": "azure-native:resources:ResourceGroup",
    "azure-native:managedidentity:getUserAssignedIdentity": "azure-native:managedidentity:UserAssignedIdentity",
    "azure-native:automation:getAutomationAccount": "azure-native:automation:AutomationAccount",
    "azure-native:automation:getRuntimeEnvironment": "azure-native:automation:RuntimeEnvironment",
    "azure-native:automation:getPackage": "azure-native:automation:Package",
    "azure-native:automation:getRunbook": "azure-native:automation:Runbook",
    "azure-native:automation:getSchedule": "azure-native:automation:Schedule",
    "azure-native:storage:getStorageAccount": "azure-native:storage:StorageAccount",
}
"""Functions that read a resource: their token and that of the resource."""
