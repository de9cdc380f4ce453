"""The two identities that a pipeline signs in as: one that may only read, and one that may grant. No secret anywhere.

Deployed once, by a person who is Privileged Role Administrator and Owner of the resource group, and not by the pipeline itself.
"""

import pulumi
import pulumi_azuread as azuread
from pulumi_azure_native import authorization

from exchange_automation import ApiPermissions

ISSUER = "https://token.actions.githubusercontent.com"
REPOSITORY = "contoso/exchange-automation"
RESOURCE_GROUP = "rg-existing"

READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
CONTRIBUTOR = "b24988ac-6180-42a0-ab88-20f7382dd24c"

READ = ["Application.Read.All", "RoleManagement.Read.Directory"]
GRANT = ["Application.Read.All", "AppRoleAssignment.ReadWrite.All", "RoleManagement.ReadWrite.Directory"]


def identity(name: str, subjects: dict[str, str], permissions: list[str], azure_role: str) -> pulumi.Output[str]:
    """An application that accepts the pipeline's tokens with these subjects. Returns its client id."""
    application = azuread.ApplicationRegistration(name, display_name=name)
    # Without an owner, the provider removes the deployer from the owners, and the deployer could not delete the principal.
    principal = azuread.ServicePrincipal(
        name,
        client_id=application.client_id,
        owners=[azuread.get_client_config_output().object_id],
        opts=pulumi.ResourceOptions(ignore_changes=["owners"]),
    )
    for label, subject in subjects.items():
        azuread.ApplicationFederatedIdentityCredential(
            f"{name}-{label}",
            application_id=application.id,
            display_name=label,
            issuer=ISSUER,
            subject=f"repo:{REPOSITORY}:{subject}",
            audiences=["api://AzureADTokenExchange"],
        )
    ApiPermissions(name, {"principal_id": principal.object_id, "permissions": {"Microsoft Graph": permissions}})
    subscription = authorization.get_client_config_output().subscription_id
    scope = pulumi.Output.concat("/subscriptions/", subscription, "/resourceGroups/", RESOURCE_GROUP)
    definitions = pulumi.Output.concat(
        "/subscriptions/", subscription, "/providers/Microsoft.Authorization/roleDefinitions/"
    )
    authorization.RoleAssignment(
        name,
        principal_id=principal.object_id,
        principal_type="ServicePrincipal",
        role_definition_id=pulumi.Output.concat(definitions, azure_role),
        scope=scope,
    )
    return application.client_id


# Any pull request from this repository, and what is on main.
read = identity("exchange-ci-read", {"pull-request": "pull_request", "main": "ref:refs/heads/main"}, READ, READER)
# Only jobs of the environment, whose reviewers have approved them.
deploy = identity("exchange-ci-deploy", {"production": "environment:production"}, GRANT, CONTRIBUTOR)

pulumi.export("AZURE_CLIENT_ID_READ", read)
pulumi.export("AZURE_CLIENT_ID_DEPLOY", deploy)
