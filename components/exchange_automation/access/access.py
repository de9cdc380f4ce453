"""ExchangeAccess: the access of one service principal to Exchange Online.

Owns the app role assignment and the directory role assignments of the service principal of a managed identity or of a
registered application. It refuses to own the service principal, the identity and anything
inside Exchange (role groups, management scopes).
"""

from typing import Any, Optional, TypedDict

import pulumi
import pulumi_azuread as azuread
from typing_extensions import NotRequired

from exchange_automation.access.grants import Grants
from exchange_automation.access.planned_grants import DirectoryRoleArgs, PlannedGrants, plan_grants
from exchange_automation.core.call_stacks import short_call_stacks
from exchange_automation.core.calls import takes_one_dictionary
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.outputs import computed_when_read
from exchange_automation.core.validation import check_arguments, check_object_id, checked_object_id


class ExchangeAccessArgs(TypedDict):
    """Arguments of ExchangeAccess."""

    principal_id: pulumi.Input[str]
    """Required. Object id (a GUID) of the service principal: the principal id of a managed identity, or the object
    id of a registered application's service principal. The client id is another id."""
    app_role: NotRequired[str]
    """Optional. Value of the app role of Exchange Online to grant. Default: "Exchange.ManageAsApp"."""
    directory_roles: NotRequired[list[DirectoryRoleArgs]]
    """Optional. Directory roles to grant. An empty list needs permissions_from_exchange_role_group. Default:
    Exchange Administrator for the whole directory, with a warning."""
    permissions_from_exchange_role_group: NotRequired[bool]
    """Optional. States that a role group in Exchange gives the service principal its permissions, so that the
    component grants no directory role. Default: false."""
    allow_global_administrator: NotRequired[bool]
    """Optional. Accepts Global Administrator among directory_roles. Exchange Online never needs it. Default: false."""


@takes_one_dictionary
class ExchangeAccess(pulumi.ComponentResource):
    """The access of one service principal to Exchange Online: its app role and its directory roles.

    Both grants are resources of the azuread provider, so Pulumi previews, refreshes, imports and destroys them. The
    component creates the directory roles after the app role and deletes them before it.

    The deployer needs the Microsoft Graph application permissions ``Application.Read.All`` and
    ``AppRoleAssignment.ReadWrite.All`` (app role), and ``RoleManagement.ReadWrite.Directory`` (directory roles).

    Sources: ``POST /servicePrincipals/{id}/appRoleAssignedTo`` and ``POST
    /roleManagement/directory/roleAssignments`` of Microsoft Graph v1.0; "App-only authentication for unattended
    scripts" on learn.microsoft.com.

    Example:
        ```python
        access = ExchangeAccess(
            "access",
            {
                "principal_id": "11111111-2222-4333-8444-555555555555",
                "directory_roles": [{"role": "Global Reader"}],
            },
        )
        ```

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
        DirectoryLookupError: Exchange Online or its app role is not in the tenant, or the deployer may not read it.
            The component created no grant.
    """

    principal_id: pulumi.Output[str]
    """Object id of the service principal that holds the grants."""
    app_role_assignment_id: pulumi.Output[str]
    """Id of the app role assignment, in the form that the azuread provider imports."""
    directory_role_assignment_ids: pulumi.Output[dict[str, str]] = computed_when_read(
        lambda self: self._grants.directory_role_assignment_ids
    )
    """Id of each directory role assignment by role: the display name of the role, followed by the scope where it is
    narrower than the directory. Empty where a role group in Exchange gives the permissions."""

    def __init__(self, name: str, args: ExchangeAccessArgs, opts: Optional[pulumi.ResourceOptions] = None) -> None:
        """Registers the component and its resources.

        Args:
            name: The logical name of the component. The logical names of its resources begin with it.
            args: The arguments: a dictionary with the keys of ExchangeAccessArgs.
            opts: The options of the component. Its resources have the component as their parent.
        """
        planned = _plan(name, args)
        # The component has no inputs: in the state they would make a reordered list look like a change.
        with short_call_stacks():
            super().__init__("exchange-automation:index:ExchangeAccess", name, None, opts)
            principal_id = checked_object_id("principal_id", args["principal_id"])
            self._grants = Grants(self, name, planned, principal_id)
            self.app_role_assignment: azuread.AppRoleAssignment = self._grants.app_role_assignment
            self.directory_role_assignments: dict[str, azuread.DirectoryRoleAssignment] = (
                self._grants.directory_role_assignments
            )
            self.principal_id = self._grants.principal_id
            self.app_role_assignment_id = self._grants.app_role_assignment_id

    @property
    def grants(self) -> list[pulumi.Resource]:
        """All assignments, for a resource that must not exist before them."""
        return self._grants.grants


def _plan(name: str, args: Any) -> PlannedGrants:
    """Checks the arguments and decides the grants.

    Raises:
        InvalidArgumentsError: At least one argument is wrong.
    """
    mistakes = Mistakes("ExchangeAccess", name)
    check_arguments(mistakes, args, ExchangeAccessArgs)
    check_object_id(mistakes, "principal_id", args.get("principal_id"))
    planned = plan_grants(mistakes, args)
    mistakes.raise_any()
    return planned
