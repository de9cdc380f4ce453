"""Resource types of ``azure-native:network``, ``privatedns`` and ``operationalinsights``.

Paths and properties: the REST API specifications of the versions named.
"""

from __future__ import annotations

from localtenant.providers.azure_native.schema import Input, Naming, ResourceSchema
from localtenant.providers.azure_native.shared import COMMON, GROUP, KEPT_LOCATION, LOCATION, TAGS

_ZONE = f"{GROUP}/providers/Microsoft.Network/privateDnsZones/{{privateZoneName}}"

RESOURCES = (
    ResourceSchema(
        "azure-native:network:VirtualNetwork",
        f"{GROUP}/providers/Microsoft.Network/virtualNetworks/{{virtualNetworkName}}",
        "2024-05-01",
        {
            "location": LOCATION,
            "tags": TAGS,
            "addressSpace": Input("properties.addressSpace", "object"),
            "dhcpOptions": Input("properties.dhcpOptions", "object"),
            "subnets": Input(
                "properties.subnets", "array", inner=("addressPrefix", "privateEndpointNetworkPolicies", "delegations")
            ),
        },
        {**COMMON, "etag": "etag", "provisioningState": "properties.provisioningState"},
        "virtualNetworkName",
        Naming.RANDOM,
    ),
    ResourceSchema(
        "azure-native:privatedns:PrivateZone",
        _ZONE,
        "2024-06-01",
        {"location": LOCATION, "tags": TAGS},
        {**COMMON, "etag": "etag", "provisioningState": "properties.provisioningState"},
        "privateZoneName",
        Naming.RANDOM,
    ),
    ResourceSchema(
        "azure-native:privatedns:VirtualNetworkLink",
        f"{_ZONE}/virtualNetworkLinks/{{virtualNetworkLinkName}}",
        "2024-06-01",
        {
            "location": KEPT_LOCATION,
            "tags": TAGS,
            "registrationEnabled": Input("properties.registrationEnabled", "boolean"),
            "resolutionPolicy": Input("properties.resolutionPolicy"),
            "virtualNetwork": Input("properties.virtualNetwork", "object"),
        },
        {
            **COMMON,
            "etag": "etag",
            "provisioningState": "properties.provisioningState",
            "virtualNetworkLinkState": "properties.virtualNetworkLinkState",
        },
        "virtualNetworkLinkName",
    ),
    ResourceSchema(
        "azure-native:operationalinsights:Workspace",
        f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/{{workspaceName}}",
        "2023-09-01",
        {
            "location": LOCATION,
            "tags": TAGS,
            "features": Input("properties.features", "object"),
            "publicNetworkAccessForIngestion": Input("properties.publicNetworkAccessForIngestion"),
            "publicNetworkAccessForQuery": Input("properties.publicNetworkAccessForQuery"),
            "retentionInDays": Input("properties.retentionInDays", "integer"),
            "sku": Input("properties.sku", "object"),
            "workspaceCapping": Input("properties.workspaceCapping", "object"),
        },
        {**COMMON, "customerId": "properties.customerId", "provisioningState": "properties.provisioningState"},
        "workspaceName",
        Naming.RANDOM,
    ),
    ResourceSchema(
        "azure-native:network:PrivateEndpoint",
        f"{GROUP}/providers/Microsoft.Network/privateEndpoints/{{privateEndpointName}}",
        "2024-05-01",
        {
            "location": KEPT_LOCATION,
            "tags": TAGS,
            "customNetworkInterfaceName": Input("properties.customNetworkInterfaceName"),
            "privateLinkServiceConnections": Input(
                "properties.privateLinkServiceConnections",
                "array",
                inner=("groupIds", "privateLinkServiceId", "requestMessage"),
            ),
            "subnet": Input("properties.subnet", "object", replaces=True),
        },
        {
            **COMMON,
            "networkInterfaces": "properties.networkInterfaces",
            "provisioningState": "properties.provisioningState",
        },
        "privateEndpointName",
        Naming.RANDOM,
    ),
    ResourceSchema(
        "azure-native:network:PrivateDnsZoneGroup",
        f"{GROUP}/providers/Microsoft.Network/privateEndpoints/{{privateEndpointName}}/privateDnsZoneGroups/"
        "{privateDnsZoneGroupName}",
        "2024-05-01",
        {
            "name": Input("name"),
            "privateDnsZoneConfigs": Input("properties.privateDnsZoneConfigs", "array", inner=("privateDnsZoneId",)),
        },
        {"name": "name", "provisioningState": "properties.provisioningState"},
        "privateDnsZoneGroupName",
    ),
    ResourceSchema(
        "azure-native:operationalinsights:LinkedService",
        f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/{{workspaceName}}/linkedServices/{{linkedServiceName}}",
        "2023-09-01",
        {
            "tags": TAGS,
            "provisioningState": Input("properties.provisioningState"),
            "resourceId": Input("properties.resourceId"),
            "writeAccessResourceId": Input("properties.writeAccessResourceId"),
        },
        COMMON,
        "linkedServiceName",
    ),
)
