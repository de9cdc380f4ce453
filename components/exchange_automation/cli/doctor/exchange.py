"""Checks Exchange Online, its app role and the organization."""

from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES
from exchange_automation.cli.client import directory
from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.session import Session
from exchange_automation.core.organization import organization_problem
from exchange_automation.core.problems import Problem

from .lines import Line, problem_line, reason, refused_line
from .permissions import READ_PRINCIPALS

READ_DIRECTORY_ROLES = "RoleManagement.Read.Directory"


async def exchange_lines(session: Session, app_role: str) -> tuple[list[Line], directory.Api | None]:
    """Checks whether Exchange Online is in the tenant and offers the app role."""
    try:
        api = await directory.exchange_online(session)
    except Problem as problem:
        return [problem_line("Exchange Online", problem)], None
    except ServiceError as refused:
        return [refused_line("Exchange Online", refused, READ_PRINCIPALS.any_of[0])], None
    state = Line("Exchange Online", "ok", f"{api.name}, object id {api.object_id}")
    if not api.enabled:
        state = Line("Exchange Online", "failed", "its service principal is disabled", "enable it: accountEnabled true")
    return [state, _app_role_line(api, app_role)], api


def _app_role_line(api: directory.Api, app_role: str) -> Line:
    role = api.role(app_role)
    if role is None:
        offered = ", ".join(sorted(item.value for item in api.roles))
        return Line("app role", "failed", f"{app_role} is not offered in this tenant", f"use one of {offered}")
    if not role.enabled:
        return Line(
            "app role", "failed", f"{app_role} is disabled in this tenant", "ask Microsoft support for the reason"
        )
    if not role.for_applications:
        return Line("app role", "failed", f"{app_role} is for users only", "use an application permission")
    return Line("app role", "ok", f"{app_role} is enabled")


async def role_reading_line(session: Session) -> Line:
    """Checks whether directory role assignments can be read, which every refresh does."""
    subject = "Graph: read directory roles"
    role = EXCHANGE_ROLES[0].template_id
    try:
        await session.graph(f"{directory.ROLE_ASSIGNMENTS}?$filter=roleDefinitionId eq '{role}'&$top=1")
    except ServiceError as refused:
        return refused_line(subject, refused, READ_DIRECTORY_ROLES)
    return Line(subject, "ok", "a read was answered")


async def organization_line(session: Session, organization: str) -> Line:
    """Checks whether the organization is the tenant's initial domain.

    Args:
        session: Where the tenant's domains are read.
        organization: The domain that the program connects to; empty when it is not known.
    """
    try:
        initial = await directory.initial_domain(session)
    except ServiceError as refused:
        initial, unread = "", reason(refused)
    else:
        unread = "the tenant has no initial domain"
    problem = organization_problem(organization) if organization else None
    if problem is not None:
        return problem_line("organization", problem, f"use {initial}" if initial else "")
    if not initial:
        return Line(
            "organization",
            "skipped",
            f"the tenant's domains cannot be read ({unread})",
            "grant Organization.Read.All to have it checked, or compare by hand",
        )
    if not organization:
        return Line("organization", "ok", f"the initial domain is {initial}; use it as organization")
    if organization.lower() != initial.lower():
        return Line(
            "organization",
            "failed",
            f"{organization} is not the initial domain of the tenant that is signed in to",
            f"use {initial}, or sign in to the tenant of {organization}",
        )
    return Line("organization", "ok", f"{organization} is the initial domain")
