"""The identity team's half: both grants of an identity that another team owns. The deployer needs no right in Azure."""

import pulumi

from exchange_automation import ExchangeAccess

config = pulumi.Config()
# The platform team gives the name of its stack, or the principal id itself where the two teams share no backend.
stack = config.get("workloadStack")
principal_id = pulumi.StackReference(stack).require_output("principalId") if stack else config.require("principalId")

access = ExchangeAccess("mail", {"principal_id": principal_id, "directory_roles": [{"role": "Global Reader"}]})

pulumi.export("appRoleAssignmentId", access.app_role_assignment_id)
pulumi.export("directoryRoleAssignmentIds", access.directory_role_assignment_ids)
