"""An automation account whose runbooks may manage Exchange Online: the account, its identity and both grants."""

import pulumi
from pulumi_azure_native import resources

from exchange_automation import ExchangeAutomationAccount, ExchangeAutomationAccountArgs
from stacks.settings import load

settings = load()

group = resources.ResourceGroup(
    "exchange-automation",
    resource_group_name=settings.resource_group_name,
    location=settings.location,
    tags=settings.tags,
)

args: ExchangeAutomationAccountArgs = {
    "organization": settings.organization,
    "resource_group_name": group.name,
    "location": settings.location,
    "identity_type": settings.identity_type,
    "tags": settings.tags,
}
if settings.directory_roles is not None:
    args["directory_roles"] = settings.directory_roles
account = ExchangeAutomationAccount("exchange", args)

pulumi.export("accountId", account.account_id)
pulumi.export("accountName", account.account_name)
pulumi.export("principalId", account.principal_id)
pulumi.export("clientId", account.client_id)
pulumi.export("tenantId", account.tenant_id)
pulumi.export("connectCommand", account.connect_command)
pulumi.export("runtimeEnvironmentName", account.runtime_environment_name)
pulumi.export("appRoleAssignmentId", account.app_role_assignment_id)
pulumi.export("directoryRoleAssignmentIds", account.directory_role_assignment_ids)
