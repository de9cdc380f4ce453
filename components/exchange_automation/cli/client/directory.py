"""What the commands read from the directory, each with as few requests as Graph allows.

Source: ``servicePrincipal``, ``appRoleAssignment``, ``unifiedRoleAssignment``, ``organization`` and
``directoryObject: getByIds`` of the Microsoft Graph v1.0 reference.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from exchange_automation.catalog.app_roles import EXCHANGE_ONLINE_APP_ID
from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.documents import Record
from exchange_automation.core.problems import Problem

from .exchange import NO_EXCHANGE_REMEDY
from .session import PAGE_SIZE, Session

IDS_AT_ONCE = 1000
ROLE_ASSIGNMENTS = "roleManagement/directory/roleAssignments"
WHOLE_DIRECTORY = "/"


@dataclass(frozen=True)
class AppRole:
    """An app role that an API offers."""

    id: str
    value: str
    enabled: bool
    for_applications: bool


@dataclass(frozen=True)
class Api:
    """The service principal of an API, such as Exchange Online."""

    object_id: str
    name: str
    enabled: bool
    roles: tuple[AppRole, ...]

    def role(self, value: str) -> AppRole | None:
        """Returns the app role with this value; None where the API offers none."""
        return next((role for role in self.roles if role.value == value), None)

    def value_of(self, role_id: str) -> str:
        """Returns the value of an app role; its id when the API does not offer it any more."""
        return next((role.value for role in self.roles if role.id == role_id), role_id)


async def exchange_online(session: Session) -> Api:
    """Reads Exchange Online's service principal in this tenant.

    Raises:
        Problem: The tenant has none.
        ServiceError: It may not be read.
    """
    path = (
        f"servicePrincipals?$filter=appId eq '{EXCHANGE_ONLINE_APP_ID}'&$select=id,displayName,accountEnabled,appRoles"
    )
    found = (await session.graph(path)).records("value")
    if not found:
        raise Problem(
            "EXA415",
            f"This tenant has no service principal of Office 365 Exchange Online (app id {EXCHANGE_ONLINE_APP_ID})",
            "no permission of Exchange Online can exist in it",
            NO_EXCHANGE_REMEDY,
        )
    body = found[0]
    roles = tuple(_app_role(role) for role in body.records("appRoles"))
    return Api(body.required("id"), body.text("displayName"), body.flag("accountEnabled") is not False, roles)


def _app_role(role: Record) -> AppRole:
    return AppRole(
        role.text("id"),
        role.text("value") or role.text("displayName") or role.text("id"),
        role.flag("isEnabled") is not False,
        "Application" in role.texts("allowedMemberTypes"),
    )


async def initial_domain(session: Session) -> str:
    """Reads the tenant's initial domain.

    Raises:
        ServiceError: Neither the organization nor its domains may be read.
    """
    try:
        organizations = await session.listed("organization?$select=id,verifiedDomains")
        domains = [domain for organization in organizations for domain in organization.records("verifiedDomains")]
        return next((domain.text("name") for domain in domains if domain.flag("isInitial")), "")
    except ServiceError as refused:
        if not refused.forbidden:
            raise
    domains = await session.listed("domains?$select=id,isInitial")
    return next((domain.text("id") for domain in domains if domain.flag("isInitial")), "")


def holders_of(session: Session, api: Api) -> AsyncIterator[list[Record]]:
    """Reads the app role assignments of an API, page by page."""
    return session.pages(f"servicePrincipals/{api.object_id}/appRoleAssignedTo?$top={PAGE_SIZE}")


async def role_holders(session: Session, role_ids: Iterable[str]) -> AsyncIterator[Record]:
    """Reads the assignments of several directory roles; the first pages of all roles come in one request.

    Raises:
        ServiceError: They may not be read.
    """
    paths = [f"{ROLE_ASSIGNMENTS}?$filter=roleDefinitionId eq '{role_id}'" for role_id in role_ids]
    for answer in await session.batch(paths):
        if isinstance(answer, ServiceError):
            raise answer
        async for page in session.following(answer):
            for assignment in page:
                yield assignment


async def principals(
    session: Session,
    ids: Iterable[str],
    keep: Callable[[Record], Any],
    progress: Callable[[int], None] = lambda _: None,
) -> dict[str, Any]:
    """Reads directory objects, a thousand in a request; ids that no longer exist are not among them.

    Args:
        session: Where they are read.
        ids: Object ids.
        keep: Takes the object as Graph gives it and returns the little that is needed of it.
        progress: Called with the number of ids that were answered.

    Returns:
        What ``keep`` returned, by id.
    """
    wanted = list(ids)
    found: dict[str, Any] = {}

    async def look_up(chunk: list[str]) -> None:
        answer = await session.graph("directoryObjects/getByIds", method="POST", body={"ids": chunk})
        for body in answer.records("value"):
            found[body.required("id")] = keep(body)
        progress(len(chunk))

    chunks = [wanted[start : start + IDS_AT_ONCE] for start in range(0, len(wanted), IDS_AT_ONCE)]
    # Two at a time: whole objects come back, and they are what takes the memory.
    for start in range(0, len(chunks), 2):
        await asyncio.gather(*(look_up(chunk) for chunk in chunks[start : start + 2]))
    return found


async def app_roles_held(session: Session, principal_id: str) -> list[Record]:
    """Reads the app role assignments of one service principal, to whatever API."""
    return await session.listed(f"servicePrincipals/{principal_id}/appRoleAssignments")


async def directory_roles_held(session: Session, principal_id: str) -> list[Record]:
    """Reads the directory role assignments of one principal."""
    return await session.listed(f"{ROLE_ASSIGNMENTS}?$filter=principalId eq '{principal_id}'")


async def role_names(session: Session, role_ids: Iterable[str]) -> dict[str, str]:
    """Reads display names of role definitions by id; those that may not be read are left out."""
    wanted = sorted(set(role_ids))
    answers = await session.batch(
        [f"roleManagement/directory/roleDefinitions/{role_id}?$select=id,displayName" for role_id in wanted]
    )
    return {
        role_id: answer.text("displayName", role_id)
        for role_id, answer in zip(wanted, answers, strict=True)
        if not isinstance(answer, ServiceError)
    }
