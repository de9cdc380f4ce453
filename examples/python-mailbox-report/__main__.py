"""A daily report of shared mailboxes that are nearly full: account, least role, runbook, schedule, alert."""

from pathlib import Path

import pulumi
from pulumi_azure_native import resources

from exchange_automation import ExchangeAccountGovernance, ExchangeAutomationAccount, ExchangeRunbook

ORGANIZATION = "contoso.onmicrosoft.com"
ROLE = "Global Reader"
TAGS = {"owner": "mail-team"}

# Whoever may write in this group acts as the identity, so it holds nothing else.
group = resources.ResourceGroup("rg-mailbox-report", location="westeurope", tags=TAGS)

account = ExchangeAutomationAccount(
    "mailbox-report",
    {
        "organization": ORGANIZATION,
        "resource_group_name": group.name,
        # The report only reads.
        "directory_roles": [{"role": ROLE}],
        "tags": TAGS,
    },
)

report = ExchangeRunbook(
    "report-shared-mailboxes",
    {
        "resource_group_name": account.resource_group_name,
        # Available after both grants: no job can run too early.
        "automation_account_name": account.account_name,
        "runtime_environment_name": account.runtime_environment_name,
        "source": {"file": str(Path(__file__).with_name("report-shared-mailboxes.ps1"))},
        "directory_roles": [ROLE],
        "strict": True,
        "schedules": [
            {
                "frequency": "Day",
                "at": "06:30",
                "time_zone": "Europe/Berlin",
                "parameters": {"Organization": ORGANIZATION, "Threshold": 85},
            }
        ],
        "tags": TAGS,
    },
)

ExchangeAccountGovernance(
    "mailbox-report-guard",
    {
        "account_id": account.account_id,
        "resource_group_name": group.name,
        "lock": "CanNotDelete",
        "alert_emails": ["mail-team@contoso.com"],
        "tags": TAGS,
    },
    pulumi.ResourceOptions(depends_on=[account, report]),
)

pulumi.export("accountName", account.account_name)
pulumi.export("runbook", report.runbook_name)
pulumi.export("schedules", report.schedule_names)
