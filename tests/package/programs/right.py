"""Right use of every component: a strict type checker has nothing to say."""

from typing import Optional

import pulumi
from typing_extensions import assert_type

from exchange_automation import (
    ApiPermissions,
    DirectoryRoleArgs,
    DirectoryRoleName,
    ExchangeAccess,
    ExchangeAccountAssets,
    ExchangeAccountGovernance,
    ExchangeApplication,
    ExchangeAutomationAccount,
    ExchangeAutomationAccountArgs,
    ExchangeAutomationError,
    ExchangeRunbook,
    ExchangeRuntimeEnvironment,
    ExchangeSmokeTest,
    Frequency,
    IdentityType,
    InvalidArgumentsError,
    ScheduleArgs,
    __version__,
)

config = pulumi.Config()
known: str = "contoso.onmicrosoft.com"
later: pulumi.Output[str] = config.require_secret("organization")

account = ExchangeAutomationAccount("plain", {"organization": known, "resource_group_name": "rg"})
assert_type(account.account_id, pulumi.Output[str])
assert_type(account.client_id, pulumi.Output[Optional[str]])
assert_type(account.grants_managed_here, pulumi.Output[bool])
assert_type(account.directory_role_assignment_ids, pulumi.Output[dict[str, str]])

roles: list[DirectoryRoleArgs] = [
    {"role": "Exchange Recipient Administrator"},
    {"role": "f2ef992c-3afb-46b9-b7cf-a126ee74c451"},
    {"role": DirectoryRoleName(config.require("role"))},
    {"role": "Helpdesk Administrator", "scope": later.apply(lambda unit: f"/administrativeUnits/{unit}")},
]
arguments: ExchangeAutomationAccountArgs = {
    "organization": later,
    "resource_group_name": "rg",
    "identity_type": IdentityType.USER_ASSIGNED,
    "directory_roles": roles,
    "extra_packages": {"Az.Accounts": {"version": "4.0.0"}},
    "tags": {"owner": "messaging", "cost": later},
}
arguments["disable_local_auth"] = False
whole = ExchangeAutomationAccount("whole", arguments, pulumi.ResourceOptions(protect=True))

access = ExchangeAccess("access", {"principal_id": whole.principal_id, "directory_roles": [{"role": "Global Reader"}]})
assert_type(access.app_role_assignment_id, pulumi.Output[str])
assert_type(access.grants, list[pulumi.Resource])

application = ExchangeApplication(
    "application",
    {
        "organization": known,
        "federated_credentials": [
            {"name": "main", "issuer": "https://token.actions.githubusercontent.com", "subject": later},
        ],
    },
    opts=pulumi.ResourceOptions(depends_on=[access]),
)
assert_type(application.connect_command, pulumi.Output[str])

permissions = ApiPermissions(
    "permissions", {"principal_id": account.principal_id, "permissions": {"Microsoft Graph": ["User.Read.All"]}}
)
runtime = ExchangeRuntimeEnvironment(
    "runtime", {"resource_group_name": account.resource_group_name, "automation_account_name": account.account_name}
)
daily: ScheduleArgs = {"frequency": "Day", "at": "06:30", "time_zone": "Europe/Berlin"}
configured: ScheduleArgs = {"frequency": Frequency(config.require("frequency")), "at": config.require("at")}
runbook = ExchangeRunbook(
    "runbook",
    {
        "resource_group_name": account.resource_group_name,
        "automation_account_name": account.account_name,
        "runtime_environment_name": runtime.runtime_environment_name,
        "source": {"text": "Get-EXOMailbox"},
        "schedules": [
            daily,
            configured,
            {**daily, "frequency": "Week", "week_days": ["Monday"], "parameters": {"limit": 10}},
        ],
    },
)
assert_type(runbook.schedule_names, pulumi.Output[list[str]])
smoke = ExchangeSmokeTest(
    "smoke",
    {
        "resource_group_name": account.resource_group_name,
        "automation_account_name": account.account_name,
        "runtime_environment_name": account.runtime_environment_name,
        "organization": known,
    },
)
assets = ExchangeAccountAssets(
    "assets",
    {
        "resource_group_name": account.resource_group_name,
        "automation_account_name": account.account_name,
        "variables": {"Threshold": {"value": 90}, "Key": {"value": later, "encrypted": True}},
        "credentials": {"Relay": {"user_name": "relay", "password": later}},
    },
)
governance = ExchangeAccountGovernance(
    "governance",
    {
        "account_id": account.account_id,
        "resource_group_name": account.resource_group_name,
        "lock": "CanNotDelete",
        "alert_emails": ["messaging@contoso.com"],
        "role_assignments": [{"role": "Reader", "principal_id": later}],
    },
    pulumi.ResourceOptions(depends_on=[runbook, smoke, assets, permissions]),
)
assert_type(governance.action_group_id, pulumi.Output[Optional[str]])


def mistakes_of(arguments: ExchangeAutomationAccountArgs) -> tuple[str, ...]:
    """What is wrong with the arguments."""
    try:
        ExchangeAutomationAccount("checked", arguments)
    except InvalidArgumentsError as error:
        return error.mistakes
    except ExchangeAutomationError as error:
        return (str(error),)
    return ()


pulumi.export("version", __version__)
pulumi.export("connectCommand", account.connect_command)
