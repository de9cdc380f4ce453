"""The rules of adopt for azuread: they find grants, applications, their service principals and credentials.

Sources: Microsoft Graph v1.0 reference; the "Import" sections of the provider's resources for the ids.
"""

from collections.abc import Mapping
from urllib.parse import quote

from exchange_automation.cli.client import directory
from exchange_automation.cli.pulumi.previews import UNKNOWN, Step
from exchange_automation.cli.pulumi.states import APP_ROLE_ASSIGNMENT, DIRECTORY_ROLE_ASSIGNMENT

from .finder import PRINCIPAL, Finder, Outcome, Rule, held

REGISTRATION = "azuread:index/applicationRegistration:ApplicationRegistration"
FEDERATED = "azuread:index/applicationFederatedIdentityCredential:ApplicationFederatedIdentityCredential"
FLEXIBLE = "azuread:index/applicationFlexibleFederatedIdentityCredential:ApplicationFlexibleFederatedIdentityCredential"
OWNER = "azuread:index/applicationOwner:ApplicationOwner"
API_ACCESS = "azuread:index/applicationApiAccess:ApplicationApiAccess"


async def _app_role_assignment(finder: Finder, step: Step) -> Outcome:
    principal = await finder.principal(step)
    if not principal:
        return Outcome("missing", why="its identity does not exist")
    resource, role = step.known("resourceObjectId").lower(), step.known("appRoleId").lower()
    if not resource or not role:
        return Outcome("missing", why="its API or app role is not known yet")
    roles = await held(directory.app_roles_held(finder.session, principal))
    if roles is None:
        return Outcome("missing", why=f"the directory has no service principal {principal}")
    for item in roles:
        if item.text("resourceId").lower() == resource and item.text("appRoleId").lower() == role:
            created = item.text("createdDateTime")[:10]
            why = f"{item.text('principalDisplayName', principal)} holds it since {created or 'an unknown day'}"
            found = f"/servicePrincipals/{item.required('resourceId')}/appRoleAssignedTo/{item.required('id')}"
            return Outcome("found", found, why)
    return Outcome("missing", why=f"{principal} does not hold it")


async def _directory_role_assignment(finder: Finder, step: Step) -> Outcome:
    principal = await finder.principal(step)
    if not principal:
        return Outcome("missing", why="its identity does not exist")
    role = step.known("roleId").lower()
    scope = step.inputs().get("directoryScopeId") or directory.WHOLE_DIRECTORY
    if not role or scope == UNKNOWN:
        return Outcome("missing", why="its role or scope is not known yet")
    for item in await directory.directory_roles_held(finder.session, principal):
        held_scope = item.text("directoryScopeId", directory.WHOLE_DIRECTORY)
        if item.text("roleDefinitionId").lower() == role and held_scope.lower() == str(scope).lower():
            found = f"/{directory.ROLE_ASSIGNMENTS}/{item.required('id')}"
            return Outcome("found", found, f"{principal} holds it")
    return Outcome("missing", why=f"{principal} does not hold it")


async def _registration(finder: Finder, step: Step) -> Outcome:
    name = step.known("displayName")
    if not name:
        return Outcome("missing", why="its display name is not known yet")
    quoted = quote(name.replace("'", "''"), safe="'")
    found = await finder.session.listed(f"applications?$filter=displayName eq '{quoted}'&$select=id,appId,displayName")
    ids = tuple(f"/applications/{body.required('id')}" for body in found)
    if len(ids) > 1:
        return Outcome("ambiguous", why=f'{len(ids)} applications are called "{name}"', candidates=ids)
    if not ids:
        return Outcome("missing", why=f'no application is called "{name}"')
    return Outcome("found", ids[0], f'the one application called "{name}"', found[0])


async def _service_principal(finder: Finder, step: Step) -> Outcome:
    client = await finder.text(step, "clientId", "appId", REGISTRATION)
    if not client:
        return Outcome("missing", why="its application does not exist")
    found = await finder.session.listed(f"servicePrincipals?$filter=appId eq '{quote(client)}'&$select=id,appId")
    if not found:
        return Outcome("missing", why=f"no service principal has the client id {client}")
    object_id = found[0].required("id")
    body = found[0].with_values(_objectId=object_id)
    return Outcome("found", f"/servicePrincipals/{object_id}", f"by its client id, {client}", body)


async def _application(finder: Finder, step: Step) -> str:
    """Returns the object id of the application that a part of it names; empty when it does not exist."""
    given = step.known("applicationId")
    return given.rsplit("/", 1)[-1] or await finder.text(step, "applicationId", "id", REGISTRATION)


_NO_APPLICATION = Outcome("missing", why="its application does not exist")


async def _federated(finder: Finder, step: Step) -> Outcome:
    application = await _application(finder, step)
    if not application:
        return _NO_APPLICATION
    name = step.known("displayName")
    # The flexible ones are in the beta version alone.
    version = "beta" if step.type == FLEXIBLE else "v1.0"
    path = f"{finder.session.endpoints.graph}/{version}/applications/{application}/federatedIdentityCredentials"
    for item in await held(finder.session.listed(path)) or []:
        if item.text("name") == name:
            form = (
                "/applications/{}/federatedIdentityCredentials/{}"
                if step.type == FLEXIBLE
                else "{}/federatedIdentityCredential/{}"
            )
            found = form.format(application, item.required("id"))
            return Outcome("found", found, f'by its name, "{name}"')
    return Outcome("missing", why=f'the application has no federated credential "{name}"')


async def _owner(finder: Finder, step: Step) -> Outcome:
    application, owner = await _application(finder, step), step.known("ownerObjectId").lower()
    if not application or not owner:
        return _NO_APPLICATION
    owners = await held(finder.session.listed(f"applications/{application}/owners?$select=id")) or []
    if owner in [item.text("id").lower() for item in owners]:
        return Outcome("found", f"/applications/{application}/owners/{owner}", f"{owner} owns it")
    return Outcome("missing", why=f"{owner} does not own it")


async def _api_access(finder: Finder, step: Step) -> Outcome:
    application, api = await _application(finder, step), step.known("apiClientId").lower()
    if not application or not api:
        return _NO_APPLICATION
    body = await finder.session.graph(f"applications/{application}?$select=requiredResourceAccess")
    if api in [item.text("resourceAppId").lower() for item in body.records("requiredResourceAccess")]:
        return Outcome("found", f"/applications/{application}/apiAccess/{api}", f"it declares {api}")
    return Outcome("missing", why=f"it does not declare {api}")


RULES: Mapping[str, Rule] = {
    APP_ROLE_ASSIGNMENT: _app_role_assignment,
    DIRECTORY_ROLE_ASSIGNMENT: _directory_role_assignment,
    REGISTRATION: _registration,
    PRINCIPAL: _service_principal,
    FEDERATED: _federated,
    FLEXIBLE: _federated,
    OWNER: _owner,
    API_ACCESS: _api_access,
}
