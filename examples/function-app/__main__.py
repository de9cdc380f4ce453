"""A function app whose own identity reads Exchange Online."""

import pulumi
from pulumi_azure_native import resources, web

from exchange_automation import ExchangeAccess

ORGANIZATION = "contoso.onmicrosoft.com"

group = resources.ResourceGroup("mail-functions", location="westeurope")
plan = web.AppServicePlan(
    "mail-plan",
    resource_group_name=group.name,
    location=group.location,
    kind="functionapp",
    sku={"name": "EP1", "tier": "ElasticPremium"},
)
function_app = web.WebApp(
    "mail-functions",
    resource_group_name=group.name,
    location=group.location,
    kind="functionapp",
    server_farm_id=plan.id,
    https_only=True,
    identity={"type": web.ManagedServiceIdentityType.SYSTEM_ASSIGNED},
    site_config={"power_shell_version": "7.4", "net_framework_version": "v8.0"},
)
access = ExchangeAccess(
    "mail-functions",
    {
        "principal_id": function_app.identity.apply(lambda identity: identity.principal_id),
        "directory_roles": [{"role": "Exchange Recipient Administrator"}],
    },
)

pulumi.export("functionAppName", function_app.name)
pulumi.export(
    "connectCommand",
    # Available after the grants: a function that connects before them keeps a token without them for up to a day.
    access.app_role_assignment_id.apply(
        lambda _: f"Connect-ExchangeOnline -ManagedIdentity -Organization {ORGANIZATION}"
    ),
)
