"""The platform team's half: account, identity and runbook. The deployer needs no permission in the directory."""

import pulumi
from pulumi_azure_native import resources

from exchange_automation import ExchangeAutomationAccount, ExchangeRunbook

config = pulumi.Config()
organization = config.get("organization") or "contoso.onmicrosoft.com"

group = resources.ResourceGroup(
    "group", resource_group_name="rg-mail-automation", location=config.get("location") or "westeurope"
)

account = ExchangeAutomationAccount(
    "mail",
    {
        "organization": organization,
        "resource_group_name": group.name,
        "account_name": "aa-mail-automation",
        # The identity team's program creates the grants.
        "grants_managed_elsewhere": True,
    },
)

pulumi.export("principalId", account.principal_id)

# A job that runs before the grants would keep a token without them for up to a day, so the runbook comes with the second update:
# pulumi config set grantsExist true
if config.get_bool("grantsExist"):
    ExchangeRunbook(
        "count-mailboxes",
        {
            "resource_group_name": account.resource_group_name,
            "automation_account_name": account.account_name,
            "runtime_environment_name": account.runtime_environment_name,
            "source": {
                "text": f"""Connect-ExchangeOnline -ManagedIdentity -Organization {organization} -ShowBanner:$false
try {{ Write-Output (Get-EXOMailbox -ResultSize Unlimited | Measure-Object).Count }}
finally {{ Disconnect-ExchangeOnline -Confirm:$false }}
"""
            },
            "schedules": [{"frequency": "Day", "at": "06:30", "time_zone": "Europe/Berlin"}],
        },
    )
