"""A registered application that a CI job signs in with, by a federated credential: no secret anywhere."""

import pulumi

from exchange_automation import ExchangeApplication

application = ExchangeApplication(
    "mailbox-report",
    {
        "organization": "contoso.onmicrosoft.com",
        "federated_credentials": [
            {
                "name": "github-main",
                "issuer": "https://token.actions.githubusercontent.com",
                "subject": "repo:contoso/mailbox-report:ref:refs/heads/main",
            }
        ],
        "directory_roles": [{"role": "Global Reader"}],
    },
)

pulumi.export("clientId", application.client_id)
pulumi.export("connectCommand", application.connect_command)
