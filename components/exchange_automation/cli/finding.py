"""Finding in the directory and in Azure what a preview would create.

One rule a resource type. A rule knows the resource by what the program gives it; a value that the preview does not
know yet is taken from the resource that it depends on, once that one is found. Only reads are made.

Sources: Microsoft Graph v1.0 and Azure REST references; the "Import" sections of the providers' resources for the ids.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from . import directory
from .previews import UNKNOWN, Preview, Step
from .problems import RefusedError
from .service import Json, Session
from .stacks import APP_ROLE_ASSIGNMENT, DIRECTORY_ROLE_ASSIGNMENT

Verdict = Literal["found", "missing", "ambiguous", "not looked for"]

RESOURCE_GROUP = "azure-native:resources:ResourceGroup"
ACCOUNT = "azure-native:automation:AutomationAccount"
ENVIRONMENT = "azure-native:automation:RuntimeEnvironment"
PACKAGE = "azure-native:automation:Package"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
REGISTRATION = "azuread:index/applicationRegistration:ApplicationRegistration"
PRINCIPAL = "azuread:index/servicePrincipal:ServicePrincipal"
FEDERATED = "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential"

AUTOMATION_VERSION = "2024-10-23"
IDENTITY_VERSION = "2023-01-31"
GROUP_VERSION = "2024-03-01"
# Azure gives this name's random end to resources whose name the program leaves to the provider.
_AUTO_NAME = "[0-9a-f]{7,8}"


@dataclass(frozen=True)
class Outcome:
    """What came of looking for one resource."""

    verdict: Verdict
    id: str = ""
    """As the provider imports it."""
    why: str = ""
    """What it was found by, or why it was not."""
    body: Json = field(default_factory=dict)
    """The resource as the service shows it."""
    inputs: Mapping[str, Any] = field(default_factory=dict)
    """Inputs that the service does not give back, for the import file."""
    candidates: tuple[str, ...] = ()
    """Ids of an ambiguous match."""


class Finder:
    """Looks for the resources of one preview.

    :param subscription: id of the Azure subscription for resources without a provider of their own; may be empty.
    :param chosen: id by logical name or URN, where the user has decided.
    """

    def __init__(
        self, session: Session, preview: Preview, subscription: str, chosen: Mapping[str, str] | None = None
    ) -> None:
        self.session = session
        self._steps = {step.urn: step for step in preview.steps if step.new is not None}
        self._created = {step.urn for step in preview.steps if step.operation == "create"}
        self._subscription = subscription
        self._chosen = dict(chosen or {})
        self._tasks: dict[str, asyncio.Task[Outcome]] = {}

    async def find(self, urn: str) -> Outcome:
        """Look for one resource, once.

        :raises Problem: a service cannot be reached.
        :raises RefusedError: it may not be read.
        """
        if urn not in self._tasks:
            self._tasks[urn] = asyncio.ensure_future(self._look(urn))
        return await self._tasks[urn]

    async def _look(self, urn: str) -> Outcome:
        step = self._steps.get(urn)
        if step is None:
            return Outcome("not looked for", why="the preview does not tell its inputs")
        chosen = self._chosen.get(urn) or self._chosen.get(step.name)
        if chosen:
            return Outcome("found", chosen, "chosen with --pick")
        rule = _RULES.get(step.type)
        if rule is None:
            return Outcome("not looked for", why="this type is not one that adopt knows")
        return await rule(self, step)

    # What rules share

    async def source(self, step: Step, name: str, *types: str) -> Outcome | None:
        """What the resource that an input comes from was found to be; None where it comes from none of ``types``."""
        for urn in step.sources_of(name):
            source = self._steps.get(urn)
            if urn in self._created and source is not None and source.type in types:
                return await self.find(urn)
        return None

    async def text(self, step: Step, name: str, key: str, *types: str) -> str:
        """The input, or what it will be: ``key`` of the resource that it comes from. Empty when that is missing."""
        known = step.known(name)
        if known:
            return known
        source = await self.source(step, name, *types)
        return str(source.body.get(key, "")) if source is not None and source.verdict == "found" else ""

    async def principal(self, step: Step) -> str:
        """Object id of the service principal that a grant is for."""
        known = step.known("principalObjectId")
        if known:
            return known
        source = await self.source(step, "principalObjectId", ACCOUNT, IDENTITY, PRINCIPAL)
        if source is None or source.verdict != "found":
            return ""
        body = source.body
        identity, properties = body.get("identity") or {}, body.get("properties") or {}
        return str(identity.get("principalId") or properties.get("principalId") or body.get("_objectId") or "")

    def subscription_of(self, step: Step) -> str:
        """The subscription that the resource's provider is for."""
        reference = str((step.new or {}).get("provider", "")).rpartition("::")[0]
        provider = self._steps.get(reference)
        return (provider.known("subscriptionId") if provider else "") or self._subscription

    async def azure(self, step: Step, collection: str, name_input: str, version: str, kind: str = "") -> Outcome:
        """A resource of Azure by its id, or by the pattern of a name that the provider made up.

        :param collection: id of the collection, without a trailing slash; empty when a part of it is missing.
        :param name_input: the input that holds the last part of the id.
        :param kind: path below the collection's end, such as ``providers/Microsoft.Automation/automationAccounts``.
        """
        if not collection:
            return Outcome("missing", why="what it belongs to is not there")
        where = f"{collection}/{kind}" if kind else collection
        name = step.known(name_input)
        if name:
            try:
                body = await self.session.resource_manager(f"{where}/{name}", version)
                return Outcome("found", str(body["id"]), f"by its name, {name}", body)
            except RefusedError as refused:
                if not refused.absent:
                    raise
        if name and not re.fullmatch(f"{re.escape(step.name)}{_AUTO_NAME}", name):
            return Outcome("missing", why=f"there is no {name}")
        return await self._by_pattern(step, where, version)

    async def _by_pattern(self, step: Step, where: str, version: str) -> Outcome:
        """One whose name was made up in an earlier run: the logical name and a random end, another in each preview."""
        try:
            listed = await self.session.resource_manager(where, version)
        except RefusedError as refused:
            if not refused.absent:
                raise
            return Outcome("missing", why="what it belongs to is not there")
        pattern = re.compile(f"{re.escape(step.name)}{_AUTO_NAME}", re.IGNORECASE)
        matches = [body for body in listed.get("value") or [] if pattern.fullmatch(str(body.get("name", "")))]
        if not matches:
            return Outcome("missing", why=f'there is none named "{step.name}" and a random end')
        ids = tuple(str(body["id"]) for body in matches)
        if len(ids) > 1:
            return Outcome("ambiguous", why=f"{len(ids)} have this name and a random end", candidates=ids)
        # A list may leave out what only the resource itself shows.
        body = await self.session.resource_manager(ids[0], version)
        return Outcome("found", str(body["id"]), f"by the pattern of its name, {body.get('name')}", body)


Rule = Callable[[Finder, Step], Awaitable[Outcome]]


async def _app_role_assignment(finder: Finder, step: Step) -> Outcome:
    principal = await finder.principal(step)
    if not principal:
        return Outcome("missing", why="its identity is not there yet")
    resource, role = step.known("resourceObjectId").lower(), step.known("appRoleId").lower()
    if not resource or not role:
        return Outcome("missing", why="its API or app role is not known yet")
    held = await _held(directory.app_roles_held(finder.session, principal))
    if held is None:
        return Outcome("missing", why=f"the directory has no service principal {principal}")
    for each in held:
        if str(each["resourceId"]).lower() == resource and str(each["appRoleId"]).lower() == role:
            made = str(each.get("createdDateTime") or "")[:10]
            why = f"{each.get('principalDisplayName') or principal} holds it since {made or 'an unknown day'}"
            return Outcome("found", f"/servicePrincipals/{each['resourceId']}/appRoleAssignedTo/{each['id']}", why)
    return Outcome("missing", why=f"{principal} does not hold it")


async def _directory_role_assignment(finder: Finder, step: Step) -> Outcome:
    principal = await finder.principal(step)
    if not principal:
        return Outcome("missing", why="its identity is not there yet")
    role = step.known("roleId").lower()
    scope = ((step.new or {}).get("inputs") or {}).get("directoryScopeId") or directory.WHOLE_DIRECTORY
    if not role or scope == UNKNOWN:
        return Outcome("missing", why="its role or scope is not known yet")
    for each in await directory.directory_roles_held(finder.session, principal):
        held_scope = str(each.get("directoryScopeId") or directory.WHOLE_DIRECTORY)
        if str(each["roleDefinitionId"]).lower() == role and held_scope.lower() == str(scope).lower():
            return Outcome("found", f"/{directory.ROLE_ASSIGNMENTS}/{each['id']}", f"{principal} holds it")
    return Outcome("missing", why=f"{principal} does not hold it")


async def _held(read: Awaitable[list[Json]]) -> list[Json] | None:
    try:
        return await read
    except RefusedError as refused:
        if refused.absent:
            return None
        raise


async def _resource_group(finder: Finder, step: Step) -> Outcome:
    subscription = finder.subscription_of(step)
    if not subscription:
        return _NO_SUBSCRIPTION
    return await finder.azure(step, f"/subscriptions/{subscription}/resourceGroups", "resourceGroupName", GROUP_VERSION)


async def _group_id(finder: Finder, step: Step) -> str:
    subscription = finder.subscription_of(step)
    name = await finder.text(step, "resourceGroupName", "name", RESOURCE_GROUP)
    return f"/subscriptions/{subscription}/resourceGroups/{name}" if subscription and name else ""


async def _account(finder: Finder, step: Step) -> Outcome:
    kind = "providers/Microsoft.Automation/automationAccounts"
    group = await _group_id(finder, step)
    return await finder.azure(step, group, "automationAccountName", AUTOMATION_VERSION, kind)


async def _identity(finder: Finder, step: Step) -> Outcome:
    kind = "providers/Microsoft.ManagedIdentity/userAssignedIdentities"
    return await finder.azure(step, await _group_id(finder, step), "resourceName", IDENTITY_VERSION, kind)


async def _account_id(finder: Finder, step: Step) -> str:
    group = await _group_id(finder, step)
    name = await finder.text(step, "automationAccountName", "name", ACCOUNT)
    return f"{group}/providers/Microsoft.Automation/automationAccounts/{name}" if group and name else ""


async def _runtime_environment(finder: Finder, step: Step) -> Outcome:
    account = await _account_id(finder, step)
    return await finder.azure(
        step, account, "runtimeEnvironmentName", AUTOMATION_VERSION, "runtimeEnvironments" if account else ""
    )


async def _package(finder: Finder, step: Step) -> Outcome:
    account = await _account_id(finder, step)
    name = await finder.text(step, "runtimeEnvironmentName", "name", ENVIRONMENT)
    where = f"{account}/runtimeEnvironments/{name}" if account and name else ""
    found = await finder.azure(step, where, "packageName", AUTOMATION_VERSION, "packages" if where else "")
    content = ((step.new or {}).get("inputs") or {}).get("contentLink")
    if found.verdict != "found" or not isinstance(content, dict):
        return found
    # Azure never gives the link back; without it in the file, the next preview would set it again.
    return Outcome(found.verdict, found.id, found.why, found.body, {"contentLink": content})


async def _registration(finder: Finder, step: Step) -> Outcome:
    name = step.known("displayName")
    if not name:
        return Outcome("missing", why="its display name is not known yet")
    quoted = name.replace("'", "''")
    found = await finder.session.listed(f"applications?$filter=displayName eq '{quoted}'&$select=id,appId,displayName")
    ids = tuple(f"/applications/{body['id']}" for body in found)
    if len(ids) > 1:
        return Outcome("ambiguous", why=f'{len(ids)} applications are called "{name}"', candidates=ids)
    if not ids:
        return Outcome("missing", why=f'no application is called "{name}"')
    return Outcome("found", ids[0], f'the one application called "{name}"', found[0])


async def _service_principal(finder: Finder, step: Step) -> Outcome:
    client = await finder.text(step, "clientId", "appId", REGISTRATION)
    if not client:
        return Outcome("missing", why="its application is not there yet")
    found = await finder.session.listed(f"servicePrincipals?$filter=appId eq '{client}'&$select=id,appId")
    if not found:
        return Outcome("missing", why=f"no service principal has the client id {client}")
    body = {**found[0], "_objectId": found[0]["id"]}
    return Outcome("found", f"/servicePrincipals/{found[0]['id']}", f"by its client id, {client}", body)


async def _federated(finder: Finder, step: Step) -> Outcome:
    given = step.known("applicationId")
    application = given.rsplit("/", 1)[-1] or await finder.text(step, "applicationId", "id", REGISTRATION)
    if not application:
        return Outcome("missing", why="its application is not there yet")
    name = step.known("displayName")
    held = await _held(finder.session.listed(f"applications/{application}/federatedIdentityCredentials"))
    for each in held or []:
        if each.get("name") == name:
            found = f"{application}/federatedIdentityCredential/{each['id']}"
            return Outcome("found", found, f'by its name, "{name}"')
    return Outcome("missing", why=f'the application has no federated credential "{name}"')


_NO_SUBSCRIPTION = Outcome("not looked for", why="ARM_SUBSCRIPTION_ID is not set")

_RULES: dict[str, Rule] = {
    APP_ROLE_ASSIGNMENT: _app_role_assignment,
    DIRECTORY_ROLE_ASSIGNMENT: _directory_role_assignment,
    RESOURCE_GROUP: _resource_group,
    ACCOUNT: _account,
    ENVIRONMENT: _runtime_environment,
    PACKAGE: _package,
    IDENTITY: _identity,
    REGISTRATION: _registration,
    PRINCIPAL: _service_principal,
    FEDERATED: _federated,
}
