"""Unattended access to Exchange Online for several teams, in two tenants, on what a platform team provides."""

import pulumi
from landing_zone import Landing, load, read_platform, tag_everything

settings = load()
tag_everything(settings.common_tags)
platform = read_platform(settings.platform_stack)

# Signs in to every tenant and looks up what the settings name; creates nothing yet.
landings = {name: Landing(settings, tenant, platform) for name, tenant in settings.tenants.items()}

for landing in landings.values():
    landing.add_network()

# An identity that several accounts share holds its grants by itself, and they come before the accounts.
for shared in settings.identities.values():
    landings[shared.tenant].add_identity(shared)

accounts = {item.name: landings[item.tenant].add_account(item) for item in settings.accounts.values()}

pulumi.export("accountIds", {name: account.account_id for name, account in accounts.items()})
pulumi.export("connectCommands", {name: account.connect_command for name, account in accounts.items()})
pulumi.export("principalIds", {name: account.principal_id for name, account in accounts.items()})
