"""Resource types of ``azure-native:authorization`` and ``azure-native:monitor``: role assignments, locks, alerts."""

from __future__ import annotations

from localtenant.providers.azure_native.schema import Input, Naming, ResourceSchema
from localtenant.providers.azure_native.shared import COMMON, GROUP, LOCATION, TAGS

RESOURCES = (
    ResourceSchema(
        "azure-native:authorization:RoleAssignment",
        "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
        "2022-04-01",
        {
            "condition": Input("properties.condition"),
            "conditionVersion": Input("properties.conditionVersion"),
            "delegatedManagedIdentityResourceId": Input("properties.delegatedManagedIdentityResourceId"),
            "description": Input("properties.description"),
            "principalId": Input("properties.principalId", required=True, replaces=True),
            "principalType": Input("properties.principalType"),
            "roleDefinitionId": Input("properties.roleDefinitionId", required=True),
        },
        {**COMMON, "createdOn": "properties.createdOn", "updatedOn": "properties.updatedOn"},
        "roleAssignmentName",
        Naming.UUID,
    ),
    ResourceSchema(
        "azure-native:authorization:ManagementLockByScope",
        "/{scope}/providers/Microsoft.Authorization/locks/{lockName}",
        "2020-05-01",
        {"level": Input("properties.level", required=True), "notes": Input("properties.notes")},
        COMMON,
        "lockName",
    ),
    ResourceSchema(
        "azure-native:monitor:DiagnosticSetting",
        "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}",
        "2021-05-01-preview",
        {
            "eventHubAuthorizationRuleId": Input("properties.eventHubAuthorizationRuleId"),
            "eventHubName": Input("properties.eventHubName"),
            "logAnalyticsDestinationType": Input("properties.logAnalyticsDestinationType"),
            "logs": Input("properties.logs", "array"),
            "metrics": Input("properties.metrics", "array"),
            "storageAccountId": Input("properties.storageAccountId"),
            "workspaceId": Input("properties.workspaceId"),
        },
        {"type": "type"},
        "name",
    ),
    ResourceSchema(
        "azure-native:monitor:ActionGroup",
        f"{GROUP}/providers/Microsoft.Insights/actionGroups/{{actionGroupName}}",
        "2024-10-01-preview",
        {
            "location": LOCATION,
            "tags": TAGS,
            "emailReceivers": Input("properties.emailReceivers", "array"),
            "enabled": Input("properties.enabled", "boolean", required=True),
            "groupShortName": Input("properties.groupShortName", required=True),
        },
        COMMON,
        "actionGroupName",
        Naming.RANDOM,
    ),
    ResourceSchema(
        "azure-native:monitor:MetricAlert",
        f"{GROUP}/providers/Microsoft.Insights/metricAlerts/{{ruleName}}",
        "2018-03-01",
        {
            "location": LOCATION,
            "tags": TAGS,
            "actions": Input("properties.actions", "array"),
            "autoMitigate": Input("properties.autoMitigate", "boolean"),
            "criteria": Input("properties.criteria", "object", required=True),
            "description": Input("properties.description"),
            "enabled": Input("properties.enabled", "boolean", required=True),
            "evaluationFrequency": Input("properties.evaluationFrequency", required=True),
            "scopes": Input("properties.scopes", "array", required=True),
            "severity": Input("properties.severity", "integer", required=True),
            "windowSize": Input("properties.windowSize", required=True),
        },
        COMMON,
        "ruleName",
        Naming.RANDOM,
    ),
    ResourceSchema(
        "azure-native:monitor:ActivityLogAlert",
        f"{GROUP}/providers/Microsoft.Insights/activityLogAlerts/{{activityLogAlertName}}",
        "2020-10-01",
        {
            "location": LOCATION,
            "tags": TAGS,
            "actions": Input("properties.actions", "object", required=True),
            "condition": Input("properties.condition", "object", required=True),
            "description": Input("properties.description"),
            "enabled": Input("properties.enabled", "boolean"),
            "scopes": Input("properties.scopes", "array", required=True),
        },
        COMMON,
        "activityLogAlertName",
        Naming.RANDOM,
    ),
)
