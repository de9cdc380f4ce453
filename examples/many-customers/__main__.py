"""One identity of ours manages Exchange Online in the tenants of many customers, and nothing is secret.

Our tenant has a user-assigned identity and a multi-tenant application that accepts its tokens. The tenant of each customer
has a service principal of that application, with the app role and one directory role.
"""

from pathlib import Path

import pulumi
import pulumi_azuread as azuread
from many_customers.customers import Customer, reach, read
from pulumi_azure_native import managedidentity, resources

from exchange_automation import ExchangeAccess

NAME = "mail-service"

customers = read(Path(__file__).with_name("customers.yaml"))
# The deployer's application signs in to every tenant with the same credential.
providers = {
    customer.name: azuread.Provider(f"customer-{customer.name}", tenant_id=customer.tenant) for customer in customers
}
reach(customers, lambda customer: providers[customer.name])

group = resources.ResourceGroup(NAME, location="westeurope")
identity = managedidentity.UserAssignedIdentity(NAME, resource_group_name=group.name)

home = azuread.get_client_config_output()
application = azuread.ApplicationRegistration(NAME, display_name=NAME, sign_in_audience="AzureADMultipleOrgs")
azuread.ApplicationFederatedIdentityCredential(
    NAME,
    application_id=application.id,
    display_name=NAME,
    # Entra ID accepts an identity of the application's own tenant here, and only a user-assigned one.
    issuer=pulumi.Output.concat("https://login.microsoftonline.com/", home.tenant_id, "/v2.0"),
    subject=identity.principal_id,
    audiences=["api://AzureADTokenExchange"],
)


def grant(customer: Customer) -> pulumi.Output[str]:
    """The service principal and the grants in one customer's tenant. Returns its object id, available after the grants."""
    provider = providers[customer.name]
    name = f"{NAME}-{customer.name}"
    # Without an owner, the provider removes the deployer from the owners, and the deployer could not delete the principal.
    deployer = azuread.get_client_config_output(opts=pulumi.InvokeOutputOptions(provider=provider))
    principal = azuread.ServicePrincipal(
        name,
        client_id=application.client_id,
        owners=[deployer.object_id],
        opts=pulumi.ResourceOptions(provider=provider, ignore_changes=["owners"]),
    )
    access = ExchangeAccess(
        name,
        {"principal_id": principal.object_id, "directory_roles": [{"role": customer.role}]},
        opts=pulumi.ResourceOptions(providers=[provider]),
    )
    granted = pulumi.Output.all(
        principal.object_id, access.app_role_assignment_id, access.directory_role_assignment_ids
    )
    return granted.apply(lambda known: str(known[0]))


pulumi.export("clientId", application.client_id)
pulumi.export("identityClientId", identity.client_id)
pulumi.export("servicePrincipals", {customer.name: grant(customer) for customer in customers})
pulumi.export(
    "connectCommands",
    {
        customer.name: f"Connect-ExchangeOnline -AccessToken $token -Organization {customer.organization}"
        for customer in customers
    },
)
