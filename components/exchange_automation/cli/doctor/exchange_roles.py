"""Checks the management roles that Exchange itself assigned to an identity, as Graph's beta shows them.

Source: unifiedRoleAssignment of the Exchange Online provider in the Microsoft Graph beta reference. It has the assignments
of the service principal itself. Memberships of role groups are in Exchange alone, so an empty list never means that an
identity may do nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from exchange_automation.catalog.cmdlet_roles import ROWS
from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.session import Session
from exchange_automation.cli.documents import Record
from exchange_automation.cli.output import counted
from exchange_automation.core.problems import Problem

from .lines import Line, reason

READ_PERMISSION = "RoleManagement.Read.Exchange"
_ROOT = "roleManagement/exchange"
_APPLICATION_ROLES = "Application "
"""Roles whose names begin so open mailboxes through Graph and have no cmdlets."""


@dataclass(frozen=True)
class ExchangeRoles:
    """The management roles of one identity.

    Attributes:
        assigned: Management role and scope of every assignment.
        why: The reason why they could not be read; empty where they could.
        role_group: Whether the user states that a role group has the identity as its member.
    """

    assigned: Sequence[tuple[str, str]] = ()
    why: str = ""
    role_group: bool = False

    @property
    def allow_cmdlets(self) -> bool:
        """Whether one of the roles has cmdlets."""
        return any(not role.startswith(_APPLICATION_ROLES) for role, _ in self.assigned)


async def exchange_roles_of(session: Session, principal_id: str, *, role_group: bool = False) -> ExchangeRoles:
    """Reads the management role assignments of one service principal.

    Args:
        session: The session that reads them.
        principal_id: Object id of the service principal.
        role_group: Whether the user states that a role group has the identity as its member.
    """
    reference = f"/ServicePrincipals/{principal_id}"
    address = f"{session.endpoints.graph}/beta/{_ROOT}"
    try:
        listed = await session.listed(f"{address}/roleAssignments?$filter=principalId eq '{reference}'")
        own = [
            assignment
            for assignment in listed
            if assignment.text("principalId").lower() in (reference.lower(), principal_id.lower())
        ]
        assigned = [(await _name(session, address, item), _scope(item)) for item in own]
        return ExchangeRoles(assigned, role_group=role_group)
    except ServiceError as refused:
        return ExchangeRoles(why=reason(refused), role_group=role_group)
    except Problem as problem:
        # The form of a beta's answers can change any day. The other checks go on.
        return ExchangeRoles(why=problem.statement.rstrip("."), role_group=role_group)


async def _name(session: Session, address: str, assignment: Record) -> str:
    role_id = assignment.required("roleDefinitionId")
    return (await session.graph(f"{address}/roleDefinitions/{role_id}")).text("displayName", role_id)


def _scope(assignment: Record) -> str:
    if app_scope := assignment.text("appScopeId"):
        return f"management scope {app_scope}"
    kind, _, object_id = assignment.text("directoryScopeId", "/").strip("/").partition("/")
    words = {"administrativeunits": "administrative unit", "groups": "members of group", "users": "user"}
    return f"{words.get(kind.lower(), kind)} {object_id}" if object_id else "the whole organization"


def exchange_role_lines(name: str, found: ExchangeRoles) -> list[Line]:
    """Returns the lines of one identity.

    Args:
        name: Its name.
        found: What was read.
    """
    subject = f"{name}: roles in Exchange"
    if found.why:
        remedy = f"grant the deployer {READ_PERMISSION}, or look with Get-ManagementRoleAssignment -RoleAssignee"
        return [Line(subject, "skipped", f"not known: Graph's beta does not show them ({found.why})", remedy)]
    if not found.assigned:
        return [
            Line(
                subject,
                "skipped",
                "no assignment of its own; whether it is a member of a role group is not known, because Graph does not show that",
                "look with Get-RoleGroupMember",
            )
        ]
    return [Line(subject, "ok", f"{role} for {scope}: {_allowed(role)}") for role, scope in found.assigned]


def _allowed(role: str) -> str:
    if role.startswith(_APPLICATION_ROLES):
        return "mailboxes through Microsoft Graph, no cmdlets"
    known = sum(len(row.cmdlets) for row in ROWS if role in row.roles)
    return f"{counted(known, 'known cmdlet')}" if known else "which cmdlets is not known"
