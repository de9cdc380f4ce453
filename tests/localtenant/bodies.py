"""Valid requests with bodies, one for each operation below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from localtenant.state import seed
from tests.localtenant.support import ACCOUNT, EXCHANGE, EXCHANGE_ADMINISTRATOR, GROUP, IDENTITY, SUBSCRIPTION, Client

NETWORK = f"{GROUP}/providers/Microsoft.Network"
STORAGE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/stmail"
AUTHORIZATION = f"{GROUP}/providers/Microsoft.Authorization"
INSIGHTS = f"{GROUP}/providers/Microsoft.Insights"
WORKSPACE = f"{GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs"
READER = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
GUID = "00000000-0000-4000-8000-00000000000"
CONDITIONAL_ACCESS = "/v1.0/identity/conditionalAccess"


@dataclass(frozen=True)
class Sent:
    """A request that succeeds.

    Attributes:
        method: HTTP method.
        path: Path with query.
        body: The JSON body.
    """

    method: str
    path: str
    body: Any


def with_every_permission() -> Client:
    """Returns a tenant whose deployer holds every permission."""
    client = Client()
    for tenant in client.cloud.tenants.values():
        tenant.deployer.graph_roles = tuple(seed.GRAPH_APP_ROLES)
        tenant.deployer.arm_roles = ("Owner",)
    return client


def graph_requests(client: Client) -> list[Sent]:
    """Returns the requests to Microsoft Graph, in an order in which all succeed."""
    application = client.ok("POST", "/v1.0/applications", {"displayName": "app"})
    principal = client.ok("POST", "/v1.0/servicePrincipals", {"appId": application["appId"]})["id"]
    other = client.ok("POST", "/v1.0/applications", {"displayName": "other"})
    group = client.ok(
        "POST",
        "/v1.0/groups",
        {"displayName": "g", "mailEnabled": False, "mailNickname": "g", "securityEnabled": True},
    )["id"]
    unit = client.ok("POST", "/v1.0/directory/administrativeUnits", {"displayName": "unit"})["id"]
    app = f"/v1.0/applications/{application['id']}"
    link = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{principal}"}
    policy = {
        "displayName": "block",
        "state": "enabled",
        "conditions": {
            "applications": {"includeApplications": ["All"]},
            "clientApplications": {"includeServicePrincipals": [principal]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["block"]},
    }
    place = {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "displayName": "egress",
        "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}],
    }
    role = {"id": f"{GUID}1", "value": "Run", "displayName": "Run", "allowedMemberTypes": ["Application"]}
    full = {
        "displayName": "x",
        "identifierUris": [],
        "tags": ["x"],
        "requiredResourceAccess": [{"resourceAppId": seed.EXCHANGE_APP_ID, "resourceAccess": []}],
        "web": {"redirectUris": [], "implicitGrantSettings": {"enableIdTokenIssuance": False}},
        "keyCredentials": [{"key": "eA==", "type": "AsymmetricX509Cert", "usage": "Verify"}],
        "appRoles": [role],
        "owners@odata.bind": [link["@odata.id"]],
    }
    definition = {"displayName": "d", "isEnabled": True, "rolePermissions": [{"allowedResourceActions": ["a/b/c"]}]}
    batch = {"requests": [{"id": "1", "method": "GET", "url": "/users", "headers": {"a": "b"}, "dependsOn": ["0"]}]}
    return [
        Sent("POST", "/v1.0/applications", full),
        Sent("PATCH", app, {name: value for name, value in full.items() if "@" not in name}),
        Sent("POST", f"{app}/addPassword", {"passwordCredential": {"displayName": "x", "endDateTime": None}}),
        Sent("POST", f"{app}/owners/$ref", {"@odata.id": f"https://graph.microsoft.com/v1.0/users/{principal}"}),
        Sent(
            "POST",
            f"{app}/federatedIdentityCredentials",
            {"name": "f", "issuer": "https://issuer.example", "subject": "s", "audiences": ["a"]},
        ),
        Sent("PATCH", f"{app}/federatedIdentityCredentials/f", {"subject": "t", "audiences": ["b"]}),
        Sent("POST", "/v1.0/servicePrincipals", {"appId": other["appId"], "tags": [], "alternativeNames": []}),
        Sent("PATCH", f"/v1.0/servicePrincipals/{principal}", {"tags": ["x"], "accountEnabled": True, "notes": "n"}),
        Sent(
            "POST",
            f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo",
            {"principalId": principal, "resourceId": EXCHANGE, "appRoleId": seed.MANAGE_AS_APP_ID},
        ),
        Sent(
            "POST",
            "/v1.0/roleManagement/directory/roleAssignments",
            {"principalId": principal, "roleDefinitionId": EXCHANGE_ADMINISTRATOR, "directoryScopeId": "/"},
        ),
        Sent("POST", "/v1.0/roleManagement/directory/roleDefinitions", definition),
        Sent(
            "POST",
            "/v1.0/groups",
            {"displayName": "h", "mailEnabled": False, "mailNickname": "h", "securityEnabled": True},
        ),
        Sent("PATCH", f"/v1.0/groups/{group}", {"description": "d"}),
        Sent("POST", f"/v1.0/groups/{group}/members/$ref", link),
        Sent("POST", "/v1.0/directory/administrativeUnits", {"displayName": "u"}),
        Sent("PATCH", f"/v1.0/directory/administrativeUnits/{unit}", {"displayName": "u"}),
        Sent("POST", "/v1.0/directoryObjects/getByIds", {"ids": [principal], "types": ["servicePrincipal"]}),
        Sent("POST", f"{CONDITIONAL_ACCESS}/policies", policy),
        Sent("POST", f"{CONDITIONAL_ACCESS}/namedLocations", place),
        Sent(
            "POST",
            "/v1.0/users",
            {
                "displayName": "u",
                "accountEnabled": True,
                "mailNickname": "u",
                "userPrincipalName": f"u@{seed.CONTOSO.initial_domain}",
                "passwordProfile": {"password": "a-long-password-1"},
            },
        ),
        Sent("POST", "/v1.0/$batch", batch),
    ]


def arm_requests(client: Client) -> list[Sent]:
    """Returns the requests to Azure Resource Manager, in an order in which all succeed."""
    principal = client.identity()["properties"]["principalId"]
    client.account(type="SystemAssigned")

    def put(path: str, version: str, body: Any) -> Sent:
        return Sent("PUT", f"{path}?api-version={version}", body)

    def automation(path: str, body: Any) -> Sent:
        return put(f"{ACCOUNT}/{path}", "2024-10-23", body)

    west = {"location": "westeurope", "tags": {"a": "b"}}
    runbook = automation(
        "runbooks/report",
        {**west, "properties": {"runbookType": "PowerShell", "logVerbose": False, "draft": {"inEdit": True}}},
    )
    client.ok(runbook.method, runbook.path, runbook.body)
    client.ok("PUT", f"{ACCOUNT}/runbooks/report/draft/content?api-version=2024-10-23", b"Get-Date")
    client.ok("POST", f"{ACCOUNT}/runbooks/report/publish?api-version=2024-10-23")
    schedule = {
        "startTime": "2036-01-01T00:00:00+00:00",
        "expiryTime": "2037-01-01T00:00:00+00:00",
        "frequency": "Week",
        "interval": 1,
        "timeZone": "Europe/Berlin",
        "advancedSchedule": {"weekDays": ["Monday"]},
    }
    firewall = {
        "defaultAction": "Deny",
        "ipRules": [{"value": "192.0.2.1"}],
        "virtualNetworkRules": [{"id": f"{NETWORK}/virtualNetworks/vnet/subnets/a"}],
    }
    link = {
        "uri": "https://www.powershellgallery.com/api/v2/package/ExchangeOnlineManagement/3.9.0",
        "contentHash": {"algorithm": "sha256", "value": "x"},
    }
    connection = {
        "name": "l",
        "properties": {"privateLinkServiceId": ACCOUNT, "groupIds": ["Webhook"]},
    }
    zone = f"{NETWORK}/privateDnsZones/privatelink.azure-automation.net"
    return [
        put(
            ACCOUNT,
            "2024-10-23",
            {
                **west,
                "identity": {"type": "SystemAssigned, UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
                "properties": {
                    "sku": {"name": "Basic"},
                    "encryption": {"keySource": "Microsoft.Automation", "identity": {}},
                    "publicNetworkAccess": True,
                    "disableLocalAuth": False,
                },
            },
        ),
        put(IDENTITY, "2023-01-31", west),
        put(
            f"{IDENTITY}/federatedIdentityCredentials/fed",
            "2023-01-31",
            {"properties": {"issuer": "https://issuer.example", "subject": "s", "audiences": ["a"]}},
        ),
        runbook,
        Sent("PATCH", runbook.path, {"tags": {"a": "c"}, "properties": {"description": "d", "logVerbose": True}}),
        automation(
            "runtimeEnvironments/re",
            {
                **west,
                "properties": {
                    "runtime": {"language": "PowerShell", "version": "7.4"},
                    "defaultPackages": {"Az": "12.3.0"},
                },
            },
        ),
        Sent(
            "PATCH",
            f"{ACCOUNT}/runtimeEnvironments/re?api-version=2024-10-23",
            {"properties": {"defaultPackages": {"Az": "12.3.0"}}},
        ),
        automation("runtimeEnvironments/re/packages/ExchangeOnlineManagement", {"properties": {"contentLink": link}}),
        automation("schedules/s", {"name": "s", "properties": schedule}),
        automation(
            f"jobSchedules/{GUID}1",
            {"properties": {"runbook": {"name": "report"}, "schedule": {"name": "s"}, "parameters": {"a": "b"}}},
        ),
        automation("variables/v", {"name": "v", "properties": {"value": '"x"', "isEncrypted": True}}),
        automation("credentials/c", {"name": "c", "properties": {"userName": "u", "password": "p"}}),
        automation("certificates/c", {"name": "c", "properties": {"base64Value": "eA==", "isExportable": False}}),
        automation(
            "webhooks/w",
            {
                "name": "w",
                "properties": {
                    "isEnabled": True,
                    "expiryTime": "2036-01-01T00:00:00Z",
                    "runbook": {"name": "report"},
                    "parameters": {"a": "b"},
                },
            },
        ),
        put(
            f"{NETWORK}/virtualNetworks/vnet",
            "2024-05-01",
            {
                **west,
                "properties": {
                    "addressSpace": {"addressPrefixes": ["10.0.0.0/16"]},
                    "subnets": [{"name": "a", "properties": {"addressPrefix": "10.0.0.0/24"}}],
                },
            },
        ),
        put(zone, "2024-06-01", {"location": "global", "properties": {}}),
        put(
            f"{zone}/virtualNetworkLinks/l",
            "2024-06-01",
            {"location": "global", "properties": {"virtualNetwork": {"id": f"{NETWORK}/virtualNetworks/vnet"}}},
        ),
        put(
            f"{NETWORK}/privateEndpoints/pe",
            "2024-05-01",
            {
                **west,
                "properties": {
                    "subnet": {"id": f"{NETWORK}/virtualNetworks/vnet/subnets/a"},
                    "privateLinkServiceConnections": [connection],
                },
            },
        ),
        put(
            f"{NETWORK}/privateEndpoints/pe/privateDnsZoneGroups/default",
            "2024-05-01",
            {"properties": {"privateDnsZoneConfigs": [{"name": "z", "properties": {"privateDnsZoneId": zone}}]}},
        ),
        put(
            STORAGE,
            "2024-01-01",
            {**west, "sku": {"name": "Standard_LRS"}, "kind": "StorageV2", "properties": {"networkAcls": firewall}},
        ),
        Sent(
            "POST",
            f"{STORAGE}/listServiceSas?api-version=2024-01-01",
            {"canonicalizedResource": "/blob/stmail/scripts/a", "signedPermission": "r", "keyToSign": "key1"},
        ),
        put(f"{STORAGE}/blobServices/default/containers/scripts", "2024-01-01", {"properties": {"metadata": {}}}),
        put(
            f"{AUTHORIZATION}/roleAssignments/{GUID}2",
            "2022-04-01",
            {
                "properties": {
                    "principalId": principal,
                    "principalType": "ServicePrincipal",
                    "roleDefinitionId": READER,
                }
            },
        ),
        put(WORKSPACE, "2023-09-01", {**west, "properties": {"sku": {"name": "PerGB2018"}}}),
        put(f"{WORKSPACE}/linkedServices/Automation", "2020-08-01", {"properties": {"resourceId": ACCOUNT}}),
        put(
            f"{INSIGHTS}/metricAlerts/m",
            "2018-03-01",
            {
                "location": "global",
                "properties": {
                    "scopes": [ACCOUNT],
                    "criteria": {"allOf": [{"name": "c"}]},
                    "evaluationFrequency": "PT5M",
                    "windowSize": "PT5M",
                },
            },
        ),
        put(
            f"{ACCOUNT}/providers/Microsoft.Insights/diagnosticSettings/d",
            "2021-05-01-preview",
            {"properties": {"workspaceId": WORKSPACE, "logs": [{"categoryGroup": "audit", "enabled": True}]}},
        ),
        put(
            f"{GROUP}/providers/Microsoft.Web/sites/mail-app",
            "2024-04-01",
            {**west, "identity": {"type": "SystemAssigned"}, "properties": {"siteConfig": {"appSettings": []}}},
        ),
        put(f"{SUBSCRIPTION}/resourceGroups/rg-new", "2024-03-01", west),
        Sent("PATCH", f"{SUBSCRIPTION}/resourceGroups/rg-new?api-version=2024-03-01", {"tags": {"a": "b"}}),
    ]
