"""An application that may sign in from known addresses only: a runner of one's own, and a Conditional Access policy."""

import pulumi
import pulumi_azuread as azuread

from exchange_automation import ExchangeApplication

application = ExchangeApplication(
    "mail-runner",
    {
        "organization": "contoso.onmicrosoft.com",
        "federated_credentials": [
            {
                "name": "environment-exchange",
                "issuer": "https://token.actions.githubusercontent.com",
                "subject": "repo:contoso/mail-jobs:environment:exchange",
            }
        ],
        "directory_roles": [{"role": "Exchange Recipient Administrator"}],
    },
)

runner = azuread.NamedLocation("mail-runner", display_name="Mail runner", ip={"ip_ranges": ["203.0.113.16/28"]})

azuread.ConditionalAccessPolicy(
    "mail-runner",
    display_name="Mail runner signs in from its own addresses",
    # Report first: the sign-in logs of service principals show what the policy would have blocked. Then "enabled".
    state="enabledForReportingButNotEnforced",
    conditions={
        "applications": {"included_applications": ["All"]},
        "client_applications": {"included_service_principals": [application.principal_id]},
        "client_app_types": ["all"],
        "locations": {"included_locations": ["All"], "excluded_locations": [runner.object_id]},
        "users": {"included_users": ["None"]},
    },
    # The only control that exists for service principals.
    grant_controls={"operator": "OR", "built_in_controls": ["block"]},
)

pulumi.export("clientId", application.client_id)
