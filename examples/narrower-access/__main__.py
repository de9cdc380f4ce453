"""An account without a directory role, whose permissions are in Exchange, and an account that sets them up once."""

from pathlib import Path

import pulumi
from pulumi_azure_native import resources

from exchange_automation import ExchangeAutomationAccount, ExchangeRunbook

ORGANIZATION = "contoso.onmicrosoft.com"
TAGS = {"owner": "mail-team"}
HERE = Path(__file__).parent

# Whoever may write in a group acts as the identities in it, so the two accounts have a group each.
group = resources.ResourceGroup("rg-narrower", location="westeurope", tags=TAGS)

account = ExchangeAutomationAccount(
    "narrower",
    {
        "organization": ORGANIZATION,
        "resource_group_name": group.name,
        # The app role alone. A role group in Exchange allows the cmdlets.
        "permissions_from_exchange_role_group": True,
        "tags": TAGS,
    },
)

ExchangeRunbook(
    "convert-to-shared",
    {
        "resource_group_name": account.resource_group_name,
        "automation_account_name": account.account_name,
        "runtime_environment_name": account.runtime_environment_name,
        "source": {"file": str(HERE / "convert-to-shared.ps1")},
        # Those that set-narrower-access.ps1 assigns.
        "management_roles": ["Mail Recipients"],
        "strict": True,
        "tags": TAGS,
    },
)

pulumi.export("clientId", account.client_id)
pulumi.export("principalId", account.principal_id)

# The account that writes permissions in Exchange. It can give itself every permission there, so it exists only as long as it
# is needed: "pulumi config set setup false" and "pulumi up" remove it with its grants.
if pulumi.Config().get_bool("setup") is not False:
    setup_group = resources.ResourceGroup("rg-narrower-setup", location="westeurope", tags=TAGS)
    setup = ExchangeAutomationAccount(
        "narrower-setup",
        {
            "organization": ORGANIZATION,
            "resource_group_name": setup_group.name,
            "directory_roles": [{"role": "Exchange Administrator"}],
            "tags": TAGS,
        },
    )
    for script in ("set-narrower-access", "remove-narrower-access"):
        ExchangeRunbook(
            script,
            {
                "resource_group_name": setup.resource_group_name,
                "automation_account_name": setup.account_name,
                "runtime_environment_name": setup.runtime_environment_name,
                "source": {"file": str(HERE / f"{script}.ps1")},
                "directory_roles": ["Exchange Administrator"],
                "strict": True,
                "tags": TAGS,
            },
        )
