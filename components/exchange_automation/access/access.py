"""ExchangeAccess: what one service principal may do in Exchange Online.

Owns the app role assignment and the directory role assignments of one service principal, whatever it belongs to: a
managed identity or a registered application. It refuses to own the service principal, the identity and anything
inside Exchange (role groups, management scopes).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Optional, TypedDict

import pulumi
import pulumi_azuread as azuread
from typing_extensions import NotRequired

from exchange_automation.access.directory_lookup import app_role_id, exchange_online
from exchange_automation.access.grant_errors import grant_error_hook
from exchange_automation.catalog.directory_roles import (
    DEFAULT_ROLE,
    GLOBAL_ADMINISTRATOR,
    DirectoryRole,
    find_role,
    nearest_role_names,
)
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import slug
from exchange_automation.core.problems import Problem
from exchange_automation.core.validation import check_arguments, checked, object_id_mistake, plain, plain_flag

DEFAULT_APP_ROLE = "Exchange.ManageAsApp"

WHOLE_DIRECTORY = "/"

_ADMINISTRATIVE_UNIT = re.compile(r"/administrativeUnits/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class DirectoryRoleArgs(TypedDict):
    """A directory role for the service principal."""

    role: str
    """Required. Display name or role template id of an Entra role that Exchange Online honours for app-only
    sessions, such as "Exchange Administrator" or "Exchange Recipient Administrator". A plain value, because it is
    part of the resource's name."""
    scope: NotRequired[pulumi.Input[str]]
    """Optional. Where the role holds: "/" for the whole directory, or one administrative unit as
    "/administrativeUnits/{object id}". Of these roles Entra assigns only Helpdesk Administrator for an administrative unit.
    Default: "/"."""


class ExchangeAccessArgs(TypedDict):
    """Arguments of ExchangeAccess."""

    principal_id: pulumi.Input[str]
    """Required. Object id (a GUID) of the service principal: the principal id of a managed identity, or the object
    id of a registered application's service principal. The client id is another id."""
    app_role: NotRequired[str]
    """Optional. Value of the app role of Exchange Online to grant. Default: "Exchange.ManageAsApp"."""
    directory_roles: NotRequired[list[DirectoryRoleArgs]]
    """Optional. Directory roles to grant. An empty list needs permissions_from_exchange_role_group. Default:
    Exchange Administrator for the whole directory."""
    permissions_from_exchange_role_group: NotRequired[bool]
    """Optional. States that a role group in Exchange gives the service principal its permissions, so that the
    component grants no directory role. Default: false."""
    allow_global_administrator: NotRequired[bool]
    """Optional. Accepts Global Administrator among directory_roles. Exchange Online never needs it. Default: false."""


@dataclass(frozen=True)
class PlannedRole:
    """One directory role assignment, decided before anything is registered."""

    slug: str
    """Stable end of the resource's logical name."""
    label: str
    """Key in the component's outputs."""
    role: DirectoryRole
    scope: "pulumi.Input[str]"


class ExchangeAccess(pulumi.ComponentResource):
    """The access of one service principal to Exchange Online: its app role and its directory roles.

    Both grants are resources of the azuread provider, so Pulumi previews, refreshes, imports and destroys them. The
    component creates the directory roles after the app role and deletes them before it.

    The deployer needs the Microsoft Graph application permissions ``Application.Read.All`` and
    ``AppRoleAssignment.ReadWrite.All`` (app role), and ``RoleManagement.ReadWrite.Directory`` (directory roles).

    Sources: ``POST /servicePrincipals/{id}/appRoleAssignedTo`` and ``POST
    /roleManagement/directory/roleAssignments`` of Microsoft Graph v1.0; "App-only authentication for unattended
    scripts" on learn.microsoft.com.

    Raises:
        InvalidArgumentsError: An argument is wrong. The component registered nothing.
        DirectoryLookupError: Exchange Online or its app role is not in the tenant, or the deployer may not read it.
            The component created no grant.
    """

    principal_id: pulumi.Output[str]
    """Object id of the service principal that holds the grants."""
    app_role_assignment_id: pulumi.Output[str]
    """Id of the app role assignment, in the form that the azuread provider imports."""
    directory_role_assignment_ids: pulumi.Output[dict[str, str]]
    """Id of each directory role assignment by role: the display name of the role, followed by the scope where it is
    narrower than the directory. Empty where a role group in Exchange gives the permissions."""

    def __init__(self, name: str, args: ExchangeAccessArgs, opts: Optional[pulumi.ResourceOptions] = None) -> None:
        """Registers the component and its resources.

        Args:
            name: The logical name of the component. The logical names of its resources begin with it.
            args: The arguments: a dictionary with the keys of ExchangeAccessArgs.
            opts: The options of the component. Its resources have the component as their parent.
        """
        planned = plan_access("ExchangeAccess", name, args)
        # Without inputs of its own: in the state they would make a reordered list look like a change.
        super().__init__("exchange-automation:index:ExchangeAccess", name, None, opts)

        app_role = args.get("app_role") or DEFAULT_APP_ROLE
        principal_id = checked(args["principal_id"], "EXA103", lambda value: object_id_mistake("principal_id", value))
        api = exchange_online(self)
        self.app_role_assignment: azuread.AppRoleAssignment = azuread.AppRoleAssignment(
            f"{name}-{slug(app_role)}",
            app_role_id=api.apply(lambda found: app_role_id(found, app_role)),
            principal_object_id=principal_id,
            resource_object_id=api.apply(lambda found: found.object_id),
            opts=self._child_options(),
        )
        # The provider waits until the app role assignment's principal is replicated, and does not for a directory
        # role: after the app role the second request finds the principal.
        self.directory_role_assignments: dict[str, azuread.DirectoryRoleAssignment] = {
            plan.label: azuread.DirectoryRoleAssignment(
                f"{name}-{plan.slug}",
                role_id=plan.role.template_id,
                principal_object_id=principal_id,
                directory_scope_id=checked(
                    plan.scope, "EXA111", lambda scope, role=plan.role: scope_problem("scope", scope, role)
                ),
                opts=self._child_options(depends_on=[self.app_role_assignment]),
            )
            for plan in planned
        }

        self.principal_id = self.app_role_assignment.principal_object_id
        self.app_role_assignment_id = self.app_role_assignment.id
        self.directory_role_assignment_ids = pulumi.Output.all(
            **{label: assignment.id for label, assignment in self.directory_role_assignments.items()}
        ).apply(dict)
        self.register_outputs(
            {
                "principal_id": self.principal_id,
                "app_role_assignment_id": self.app_role_assignment_id,
                "directory_role_assignment_ids": self.directory_role_assignment_ids,
            }
        )

    @property
    def grants(self) -> list[pulumi.Resource]:
        """Every grant, for whoever must not be ready before all of them exist."""
        return [self.app_role_assignment, *self.directory_role_assignments.values()]

    def _child_options(self, depends_on: Optional[Sequence[pulumi.Resource]] = None) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(
            parent=self,
            depends_on=list(depends_on or []),
            hooks=pulumi.ResourceHookBinding(on_error=[grant_error_hook()]),
        )


def plan_access(component: str, name: str, args: Any) -> list[PlannedRole]:
    """Check the arguments and decide the directory role assignments.

    :raises InvalidArgumentsError: with every mistake.
    """
    mistakes = Mistakes(component, name)
    check_arguments(mistakes, args, ExchangeAccessArgs)
    principal_id = plain(args.get("principal_id"))
    if principal_id is not None and (mistake := object_id_mistake("principal_id", principal_id)):
        mistakes.add("EXA103", mistake)
    planned = plan_grants(mistakes, args)
    mistakes.raise_any()
    return planned


def plan_grants(mistakes: Mistakes, args: Any) -> list[PlannedRole]:
    """Check the arguments that say what is granted, and decide the directory role assignments."""
    by_role_group = plain_flag(args, "permissions_from_exchange_role_group")
    entries = args.get("directory_roles")
    if entries is None:
        entries = [] if by_role_group else [{"role": DEFAULT_ROLE}]
    elif not entries and not by_role_group:
        mistakes.add(
            "EXA105",
            "directory_roles is empty, so every cmdlet would fail with \"The role assigned to application ... isn't "
            'supported in this scenario". Name a role, leave directory_roles out for Exchange Administrator, or set '
            "permissions_from_exchange_role_group when a role group in Exchange gives the permissions "
            "(docs/permissions.md).",
        )
    elif entries and by_role_group:
        mistakes.add(
            "EXA106",
            "permissions_from_exchange_role_group says that a role group in Exchange gives the permissions, but "
            "directory_roles grants Entra roles as well, which are wider than any role group. Keep one of the two.",
        )
    allow_global = plain_flag(args, "allow_global_administrator")
    planned: dict[str, PlannedRole] = {}
    for index, entry in enumerate(entries):
        where = f"directory_roles[{index}]"
        plan = _plan_role(mistakes, where, entry, allow_global)
        if plan is None:
            continue
        if plan.slug in planned:
            mistakes.add("EXA110", _duplicate(where, plan))
        planned[plan.slug] = plan
    return list(planned.values())


def _plan_role(mistakes: Mistakes, where: str, entry: Any, allow_global: bool) -> Optional[PlannedRole]:
    given = entry.get("role")
    if given is None:
        return None
    role = find_role(given)
    if role is None:
        nearest = ", ".join(f'"{name}"' for name in nearest_role_names(given))
        mistakes.add(
            "EXA108",
            f'{where}.role "{given}" is not a role that Exchange Online honours for app-only sessions, so the identity '
            f"could not use it. Nearest: {nearest}. All roles are in docs/permissions.md.",
        )
        return None
    if role.name == GLOBAL_ADMINISTRATOR and not allow_global:
        mistakes.add(
            "EXA109",
            f"{where}.role is Global Administrator: whoever can edit a runbook would own the whole tenant, and Exchange "
            'Online never needs it. Use "Exchange Administrator", or set allow_global_administrator if it has to be.',
        )
        return None
    scope = entry.get("scope")
    if scope is None or scope == WHOLE_DIRECTORY:
        return PlannedRole(slug(role.name), role.name, role, WHOLE_DIRECTORY)
    if not isinstance(scope, str) and not role.takes_administrative_unit:
        mistakes.add_problem(unit_problem(f"{where}.scope is an output", role))
        return None
    if not isinstance(scope, str):
        # Its value is not known yet and names come from known values only, so a role can have one such scope.
        return PlannedRole(f"{slug(role.name)}-scoped", f"{role.name} (scoped)", role, scope)
    if (problem := scope_problem(f"{where}.scope", scope, role)) is not None:
        mistakes.add_problem(problem)
        return None
    unit = scope.rsplit("/", 1)[-1].lower()
    return PlannedRole(f"{slug(role.name)}-{unit}", f"{role.name} {scope}", role, scope)


def scope_problem(subject: str, scope: str, role: DirectoryRole) -> Optional[Problem]:
    """Returns what is wrong with the scope of a directory role; None when nothing is.

    Args:
        subject: The argument that has the scope.
        scope: The scope.
        role: The role.
    """
    if scope == WHOLE_DIRECTORY:
        return None
    if not _ADMINISTRATIVE_UNIT.fullmatch(scope):
        return Problem(
            "EXA111",
            f'{subject} "{scope}" is not an administrative unit',
            "the directory would refuse the role",
            'Give "/administrativeUnits/{object id}", or leave it out for the whole directory.',
        )
    if not role.takes_administrative_unit:
        return unit_problem(f'{subject} is "{scope}"', role)
    return None


def unit_problem(subject: str, role: DirectoryRole) -> Problem:
    """Returns the problem of an administrative unit for a role that Entra does not assign for one."""
    return Problem(
        "EXA115",
        f"{subject}, and Entra assigns {role.name} for the whole directory only",
        "the directory would answer 400 after the app role is granted",
        "Leave scope out. For narrower access give the identity a role group in Exchange with a management scope: "
        "permissions_from_exchange_role_group (docs/permissions.md).",
    )


def _duplicate(where: str, plan: PlannedRole) -> str:
    if isinstance(plan.scope, str):
        return (
            f'{where} grants "{plan.label}" a second time; the directory knows each grant once and would refuse it. '
            "Remove one of the two."
        )
    return (
        f'{where} grants "{plan.role.name}" for a second scope that is not known before the program runs, so the two could '
        "not be told apart by name. Give the scope of one of them as a plain string."
    )
