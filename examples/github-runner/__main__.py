"""A workflow of GitHub Actions that manages recipients in Exchange Online, without Azure and without a secret."""

import pulumi
import pulumi_azuread as azuread

from exchange_automation import ExchangeApplication

ORGANIZATION = "contoso.onmicrosoft.com"
REPOSITORY = "contoso/mail-jobs"

application = ExchangeApplication(
    "mail-jobs",
    {
        "organization": ORGANIZATION,
        "federated_credentials": [
            {
                # Only jobs of the environment "exchange" get a token, and its reviewers approve each of them.
                "name": "environment-exchange",
                "issuer": "https://token.actions.githubusercontent.com",
                "subject": f"repo:{REPOSITORY}:environment:exchange",
            }
        ],
        "directory_roles": [{"role": "Exchange Recipient Administrator"}],
    },
)

# Variables of the environment "exchange" in the repository; neither is a secret.
pulumi.export("AZURE_CLIENT_ID", application.client_id)
pulumi.export("AZURE_TENANT_ID", azuread.get_client_config_output().tenant_id)
