"""Resource types of ``azure-native:web`` and ``azure-native:app``: hosts that run code as a managed identity.

They have the inputs that a program for Exchange Online gives, and refuse others.
"""

from __future__ import annotations

from localtenant.providers.azure_native.schema import Input, Naming, ResourceSchema
from localtenant.providers.azure_native.shared import COMMON, GROUP, LOCATION, TAGS

_IDENTITY = Input("identity", "object", keyed=("userAssignedIdentities",))
_WEB = "2025-05-01"
_APP = "2025-02-02-preview"

RESOURCES = (
    ResourceSchema(
        "azure-native:web:AppServicePlan",
        f"{GROUP}/providers/Microsoft.Web/serverfarms/{{name}}",
        _WEB,
        {
            "kind": Input("kind"),
            "location": LOCATION,
            "reserved": Input("properties.reserved", "boolean"),
            "sku": Input("sku", "object"),
            "tags": TAGS,
        },
        COMMON,
        "name",
        Naming.RANDOM,
    ),
    ResourceSchema(
        "azure-native:web:WebApp",
        f"{GROUP}/providers/Microsoft.Web/sites/{{name}}",
        _WEB,
        {
            "functionAppConfig": Input("properties.functionAppConfig", "object"),
            "httpsOnly": Input("properties.httpsOnly", "boolean"),
            "identity": _IDENTITY,
            "kind": Input("kind"),
            "location": LOCATION,
            "reserved": Input("properties.reserved", "boolean"),
            "serverFarmId": Input("properties.serverFarmId"),
            "siteConfig": Input("properties.siteConfig", "object"),
            "tags": TAGS,
        },
        COMMON,
        "name",
        Naming.RANDOM,
        nested={"identity": ("principalId", "tenantId")},
    ),
    ResourceSchema(
        "azure-native:app:ManagedEnvironment",
        f"{GROUP}/providers/Microsoft.App/managedEnvironments/{{environmentName}}",
        _APP,
        {"location": LOCATION, "tags": TAGS, "zoneRedundant": Input("properties.zoneRedundant", "boolean")},
        COMMON,
        "environmentName",
        Naming.RANDOM,
    ),
    ResourceSchema(
        "azure-native:app:Job",
        f"{GROUP}/providers/Microsoft.App/jobs/{{jobName}}",
        _APP,
        {
            "configuration": Input("properties.configuration", "object"),
            "environmentId": Input("properties.environmentId"),
            "identity": _IDENTITY,
            "location": LOCATION,
            "tags": TAGS,
            "template": Input("properties.template", "object"),
        },
        COMMON,
        "jobName",
        Naming.RANDOM,
        nested={"identity": ("principalId", "tenantId")},
    ),
)
