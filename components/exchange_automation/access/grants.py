"""The resources that grant one service principal access to Exchange Online, for every component that creates grants."""

from collections.abc import Sequence
from functools import cached_property
from typing import Optional

import pulumi
import pulumi_azuread as azuread

from exchange_automation.access.directory_lookup import app_role_of_exchange_online
from exchange_automation.access.grant_errors import grant_error_hook
from exchange_automation.access.planned_grants import PlannedGrants, PlannedRole, scope_problem, spelled_scope
from exchange_automation.core.former_parents import FormerParent
from exchange_automation.core.naming import slug
from exchange_automation.core.validation import checked

ACCESS_TYPE = "exchange-automation:index:ExchangeAccess"


class Grants:
    """The app role assignment and the directory role assignments of one service principal.

    The directory roles are created after the app role and deleted before it: the azuread provider waits until the
    service principal of an app role assignment has replicated, and does not wait for a directory role assignment.

    Attributes:
        app_role_assignment: The app role assignment.
        directory_role_assignments: The directory role assignments by role, and by scope where that is narrower than
            the directory.
    """

    app_role_assignment: azuread.AppRoleAssignment
    directory_role_assignments: dict[str, azuread.DirectoryRoleAssignment]

    def __init__(
        self,
        parent: pulumi.ComponentResource,
        name: str,
        planned: PlannedGrants,
        principal_id: pulumi.Input[str],
        former: Optional[FormerParent] = None,
    ) -> None:
        """Registers the assignments.

        Args:
            parent: The component that they belong to.
            name: The beginning of their logical names.
            planned: What to grant.
            principal_id: Object id of the service principal.
            former: The component that they belonged to in earlier versions.
        """
        if planned.warning is not None:
            pulumi.log.warn(str(planned.warning), parent)
        hooks = pulumi.ResourceHookBinding(on_error=[grant_error_hook()])

        def options(
            kind: str, logical_name: str, depends_on: Optional[Sequence[pulumi.Resource]] = None
        ) -> pulumi.ResourceOptions:
            aliases = [former.alias(kind, logical_name)] if former else None
            return pulumi.ResourceOptions(parent=parent, depends_on=depends_on, hooks=hooks, aliases=aliases)

        found = app_role_of_exchange_online(parent, planned.app_role)
        logical_name = f"{name}-{slug(planned.app_role)}"
        self.app_role_assignment = azuread.AppRoleAssignment(
            logical_name,
            app_role_id=found.app_role_id,
            principal_object_id=principal_id,
            resource_object_id=found.resource_object_id,
            opts=options("azuread:index/appRoleAssignment:AppRoleAssignment", logical_name),
        )
        self.directory_role_assignments = {}
        for role in planned.roles:
            logical_name = f"{name}-{role.slug}"
            self.directory_role_assignments[role.label] = azuread.DirectoryRoleAssignment(
                logical_name,
                role_id=role.role.template_id,
                principal_object_id=principal_id,
                directory_scope_id=_checked_scope(role),
                opts=options(
                    "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment",
                    logical_name,
                    [self.app_role_assignment],
                ),
            )

    @property
    def grants(self) -> list[pulumi.Resource]:
        """All assignments."""
        return [self.app_role_assignment, *self.directory_role_assignments.values()]

    @property
    def principal_id(self) -> pulumi.Output[str]:
        """Object id of the service principal that holds the grants."""
        return self.app_role_assignment.principal_object_id

    @property
    def app_role_assignment_id(self) -> pulumi.Output[str]:
        """Id of the app role assignment, in the form that the azuread provider imports."""
        return self.app_role_assignment.id

    @cached_property
    def directory_role_assignment_ids(self) -> pulumi.Output[dict[str, str]]:
        """Id of each directory role assignment, by the same keys as directory_role_assignments."""
        ids = {label: assignment.id for label, assignment in self.directory_role_assignments.items()}
        return pulumi.Output.all(**ids).apply(dict)


def _checked_scope(planned: PlannedRole) -> pulumi.Input[str]:
    return checked(planned.scope, "scope", lambda scope: scope_problem("scope", scope, planned.role), spelled_scope)
