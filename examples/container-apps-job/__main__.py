"""A scheduled container job whose user-assigned identity reads Exchange Online with a token."""

import pulumi
from pulumi_azure_native import app, managedidentity, resources

from exchange_automation import ExchangeAccess

ORGANIZATION = "contoso.onmicrosoft.com"
# -ManagedIdentity does not work in container jobs, so the job asks the identity's endpoint for a token.
SCRIPT = """
$query = 'api-version=2019-08-01&resource=https://outlook.office365.com&client_id=' + $env:IDENTITY_CLIENT_ID
$headers = @{ 'X-IDENTITY-HEADER' = $env:IDENTITY_HEADER }
$token = (Invoke-RestMethod "$($env:IDENTITY_ENDPOINT)?$query" -Headers $headers).access_token
Connect-ExchangeOnline -AccessToken $token -Organization $env:ORGANIZATION -ShowBanner:$false
try { (Get-EXOMailbox -ResultSize Unlimited | Measure-Object).Count } finally { Disconnect-ExchangeOnline -Confirm:$false }
"""

group = resources.ResourceGroup("mail-jobs", location="westeurope")
identity = managedidentity.UserAssignedIdentity("mail-jobs", resource_group_name=group.name, location=group.location)
access = ExchangeAccess(
    "mail-jobs", {"principal_id": identity.principal_id, "directory_roles": [{"role": "Global Reader"}]}
)
environment = app.ManagedEnvironment("mail-jobs", resource_group_name=group.name, location=group.location)
job = app.Job(
    "count-mailboxes",
    resource_group_name=group.name,
    job_name="count-mailboxes",
    location=group.location,
    environment_id=environment.id,
    identity={"type": app.ManagedServiceIdentityType.USER_ASSIGNED, "user_assigned_identities": [identity.id]},
    configuration={
        "trigger_type": app.TriggerType.SCHEDULE,
        "replica_timeout": 1800,
        "replica_retry_limit": 0,
        "schedule_trigger_config": {"cron_expression": "30 6 * * *", "parallelism": 1, "replica_completion_count": 1},
    },
    template={
        "containers": [
            {
                "name": "powershell",
                # Build an image with a pinned ExchangeOnlineManagement on a pinned base image, and name it by its digest.
                "image": "registry.contoso.com/exchange-powershell:2026-11",
                "command": ["pwsh", "-Command", SCRIPT],
                "resources": {"cpu": 0.5, "memory": "1Gi"},
                "env": [
                    {"name": "ORGANIZATION", "value": ORGANIZATION},
                    {"name": "IDENTITY_CLIENT_ID", "value": identity.client_id},
                ],
            }
        ]
    },
    # A job that runs before the grants would keep a token without them for up to a day.
    opts=pulumi.ResourceOptions(depends_on=[access]),
)

pulumi.export("jobName", job.name)
pulumi.export("principalId", identity.principal_id)
