"""What the commands read from the directory, each read as few requests as Graph allows.

Source: ``servicePrincipal``, ``appRoleAssignment``, ``unifiedRoleAssignment``, ``organization`` and
``directoryObject: getByIds`` of the Microsoft Graph v1.0 reference.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from exchange_automation.cli.problems import Problem, RefusedError

from .exchange import EXCHANGE_ONLINE_APP_ID, NO_EXCHANGE_REMEDY
from .session import PAGE_SIZE, Json, Session

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
    """Exchange Online's service principal."""

    object_id: str
    name: str
    enabled: bool
    roles: tuple[AppRole, ...]

    def role(self, value: str) -> AppRole | None:
        """The app role with this value."""
        return next((role for role in self.roles if role.value == value), None)

    def value_of(self, role_id: str) -> str:
        """Value of the app role with this id; the id itself when the API does not offer it any more."""
        return next((role.value for role in self.roles if role.id == role_id), role_id)


async def exchange_online(session: Session) -> Api:
    """Exchange Online's service principal in this tenant.

    :raises Problem: the tenant has none.
    :raises RefusedError: it may not be read.
    """
    path = (
        f"servicePrincipals?$filter=appId eq '{EXCHANGE_ONLINE_APP_ID}'&$select=id,displayName,accountEnabled,appRoles"
    )
    found = (await session.graph(path)).get("value") or []
    if not found:
        raise Problem(
            "EXA415",
            f"This tenant has no service principal of Office 365 Exchange Online (app id {EXCHANGE_ONLINE_APP_ID}), so "
            "there is nothing to hold a permission of.",
            NO_EXCHANGE_REMEDY,
        )
    body = found[0]
    roles = tuple(
        AppRole(
            str(role.get("id")),
            str(role.get("value") or role.get("displayName") or role.get("id")),
            role.get("isEnabled") is not False,
            "Application" in (role.get("allowedMemberTypes") or []),
        )
        for role in body.get("appRoles") or []
    )
    return Api(str(body["id"]), str(body.get("displayName", "")), body.get("accountEnabled") is not False, roles)


async def initial_domain(session: Session) -> str:
    """The tenant's initial domain.

    :raises RefusedError: neither the organization nor its domains may be read.
    """
    try:
        organizations = await session.listed("organization?$select=id,verifiedDomains")
        domains = [domain for each in organizations for domain in each.get("verifiedDomains") or []]
        return next((str(domain["name"]) for domain in domains if domain.get("isInitial")), "")
    except RefusedError as refused:
        if not refused.forbidden:
            raise
    domains = await session.listed("domains?$select=id,isInitial")
    return next((str(domain["id"]) for domain in domains if domain.get("isInitial")), "")


def holders_of(session: Session, api: Api) -> AsyncIterator[list[Json]]:
    """Everybody who holds an app role of the API, page by page."""
    return session.pages(f"servicePrincipals/{api.object_id}/appRoleAssignedTo?$top={PAGE_SIZE}")


async def role_holders(session: Session, role_ids: Iterable[str], take: Callable[[Json], None]) -> None:
    """Everybody who holds one of the directory roles; the first pages of all roles come in one request.

    :param take: called with each assignment; nothing is kept here.
    """
    paths = [f"{ROLE_ASSIGNMENTS}?$filter=roleDefinitionId eq '{role_id}'" for role_id in role_ids]
    for answer in await session.batch(paths):
        if isinstance(answer, RefusedError):
            raise answer
        for assignment in answer.get("value") or []:
            take(assignment)
        following = str(answer.get("@odata.nextLink") or "")
        if following:
            async for page in session.pages(following):
                for assignment in page:
                    take(assignment)


async def principals(
    session: Session, ids: Iterable[str], keep: Callable[[Json], Any], progress: Callable[[int], None] = lambda _: None
) -> dict[str, Any]:
    """What ``keep`` makes of each object, by id, a thousand to a request; ids that are gone are not among them.

    :param keep: takes the object as Graph gives it and returns the little that is needed of it.
    :param progress: called with the number of ids that were answered.
    """
    wanted = list(ids)
    found: dict[str, Any] = {}

    async def look_up(chunk: list[str]) -> None:
        answer = await session.graph("directoryObjects/getByIds", method="POST", body={"ids": chunk})
        for body in answer.get("value") or []:
            found[str(body["id"])] = keep(body)
        progress(len(chunk))

    chunks = [wanted[start : start + IDS_AT_ONCE] for start in range(0, len(wanted), IDS_AT_ONCE)]
    # Two at a time: whole objects come back, and they are what the memory goes to.
    for start in range(0, len(chunks), 2):
        await asyncio.gather(*(look_up(chunk) for chunk in chunks[start : start + 2]))
    return found


async def app_roles_held(session: Session, principal_id: str) -> list[Json]:
    """App role assignments of one service principal, to whatever API."""
    return await session.listed(f"servicePrincipals/{principal_id}/appRoleAssignments")


async def directory_roles_held(session: Session, principal_id: str) -> list[Json]:
    """Directory role assignments of one principal."""
    return await session.listed(f"{ROLE_ASSIGNMENTS}?$filter=principalId eq '{principal_id}'")


async def role_names(session: Session, role_ids: Iterable[str]) -> dict[str, str]:
    """Display names of role definitions by id; those that may not be read are left out."""
    wanted = sorted(set(role_ids))
    answers = await session.batch(
        [f"roleManagement/directory/roleDefinitions/{role_id}?$select=id,displayName" for role_id in wanted]
    )
    return {
        role_id: str(answer.get("displayName", role_id))
        for role_id, answer in zip(wanted, answers, strict=True)
        if not isinstance(answer, RefusedError)
    }
