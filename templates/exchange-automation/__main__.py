"""An automation account whose runbooks may manage Exchange Online: the account, its identity and both grants."""

import pulumi
from pulumi_azure_native import resources

from exchange_automation import ExchangeAutomationAccount

config = pulumi.Config()

# Give the account a resource group of its own:
# everybody who may write in the group can act as the identity.
group = resources.ResourceGroup("rg-exchange-automation")

account = ExchangeAutomationAccount(
    "exchange",
    {
        "organization": config.require("organization"),
        "resource_group_name": group.name,
        "directory_roles": [{"role": config.require("directoryRole")}],
    },
)

pulumi.export("accountName", account.account_name)
pulumi.export("connectCommand", account.connect_command)
