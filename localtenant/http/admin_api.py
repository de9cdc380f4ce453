"""The admin API below ``/_tenant``: it reads and changes the tenant in ways that no client of Azure can.

It needs no token and is not logged. It answers only requests that are addressed to a loopback name and do not come from
a page of another origin, so that no page in a browser can drive it.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.routing import Route

from localtenant.arm.access import ROLES
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.core.messages import Request
from localtenant.faults.faults import parse
from localtenant.http.admin_body import AdminBody, RefusedError, parsed_seconds
from localtenant.http.bodies import MAX_API_BYTES, TooLargeError, read_body
from localtenant.http.dispatcher import Dispatcher, remove_anywhere
from localtenant.state import applications, assignments, seed
from localtenant.state.cloud import Behaviour, Tenant
from localtenant.state.national_clouds import CLOUDS

MOST_PRINCIPALS = 100_000
LONGEST_WAIT = 600.0
_LOOPBACK_HOST = re.compile(r"(localhost|127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?", re.IGNORECASE)
CONSENTED_ROLES = (
    "Application.ReadWrite.All",
    "AppRoleAssignment.ReadWrite.All",
    "RoleManagement.ReadWrite.Directory",
)
"""The permissions of a consent without a list: enough to create a service principal of another tenant's application."""


@dataclass(frozen=True)
class AdminRequest:
    """A request to the admin API."""

    dispatcher: Dispatcher
    body: AdminBody
    path: dict[str, str]
    query: dict[str, str]

    @property
    def tenant(self) -> Tenant:
        """The tenant that the body names; without a name the first."""
        name = self.body.text("tenant")
        tenants = self.dispatcher.cloud.tenants
        tenant = self.dispatcher.cloud.tenant(name) if name else tenants[seed.CONTOSO.tenant_id]
        if tenant is None:
            known = ", ".join(item.seed.initial_domain for item in tenants.values())
            raise RefusedError(404, f"There is no tenant '{name}'. There are: {known}.")
        return tenant


Handler = Callable[[AdminRequest], Awaitable[Any]]


async def health(request: AdminRequest) -> Any:
    cloud = request.dispatcher.cloud
    return {"status": "ready", "lag": cloud.lag, "tenants": list(cloud.tenants)}


async def list_requests(request: AdminRequest) -> Any:
    """Returns the logged requests after number ``since``."""
    since = request.query.get("since", "0")
    if not since.isdecimal() or len(since) > 15:
        raise RefusedError(400, f"'since' is the number of a request, not '{since[:40]}'.")
    return request.dispatcher.request_log.since(int(since))


async def set_request_log(request: AdminRequest) -> Any:
    """Switches the logging of responses on or off."""
    request.dispatcher.request_log.keeps_responses = request.body.flag("responses", False)
    return {"responses": request.dispatcher.request_log.keeps_responses}


async def list_grants(request: AdminRequest) -> Any:
    return [row for tenant in request.dispatcher.cloud.tenants.values() for row in assignments.grants(tenant.directory)]


async def reset(request: AdminRequest) -> Any:
    name = request.body.text("cloud")
    if name is not None and name not in CLOUDS:
        raise RefusedError(400, f"There is no cloud '{name}'. There are: {', '.join(CLOUDS)}.")
    national = CLOUDS[name] if name else None
    request.dispatcher.reset(request.body.seconds("lag"), request.body.text("seed"), national)
    return {"lag": request.dispatcher.cloud.lag}


async def add_service_principals(request: AdminRequest) -> Any:
    """Creates service principals as if somebody else had; ``count`` of them get numbered names."""
    body, cloud, tenant = request.body, request.dispatcher.cloud, request.tenant
    principal_type = body.text("servicePrincipalType") or "ManagedIdentity"
    if principal_type not in ("ManagedIdentity", "Application"):
        raise RefusedError(
            400, f"'{principal_type}' is no type of service principal. There are: ManagedIdentity, Application."
        )
    count = body.count("count", MOST_PRINCIPALS) or 1
    object_id, app_id = body.guid("id"), body.guid("appId")
    if count > 1 and (object_id or app_id):
        raise RefusedError(400, "'id' and 'appId' name one service principal; leave them out with a 'count'.")
    access = cloud.access(lag=body.seconds("lag"))
    label = body.text("displayName") or "service principal"
    created = []
    for number in range(1, count + 1):
        properties: dict[str, Any] = {
            "displayName": label if count == 1 else f"{label}-{number}",
            "servicePrincipalType": principal_type,
            "appId": app_id or cloud.ids.guid("appId"),
        }
        if principal_type == "ManagedIdentity":
            properties["alternativeNames"] = ["isExplicit=False"]
        created.append(tenant.directory.add_service_principal(properties, access, object_id))
    return created


async def remove_object(request: AdminRequest) -> Any:
    """Removes an object as somebody else would: a directory object or assignment by id, a resource by path."""
    target = request.path["id"]
    dispatcher = request.dispatcher
    if not remove_anywhere(dispatcher.cloud, dispatcher.arm, Request("DELETE", target), target):
        raise RefusedError(404, f"There is no object '{target}'.")
    return {"removed": target}


async def add_grant(request: AdminRequest) -> Any:
    """Creates a grant as somebody else would: ``principalId`` with ``appRole`` (and ``api``) or ``directoryRole``."""
    body, directory, access = request.body, request.tenant.directory, request.dispatcher.cloud.access()
    role = body.text("directoryRole")
    if role:
        wanted = {
            "principalId": body.text("principalId"),
            "roleDefinitionId": seed.DIRECTORY_ROLES.get(role, role),
            "directoryScopeId": body.text("scope") or "/",
        }
        return _visible(assignments.assign_directory_role(directory, wanted, access))
    api = directory.by_app_id(body.text("api") or seed.EXCHANGE_APP_ID, access)
    roles = {app_role["value"]: app_role["id"] for app_role in (api or {}).get("appRoles", [])}
    name = body.text("appRole")
    if api is None or name not in roles:
        raise RefusedError(400, f"There is no app role '{name}' on that API. There are: {', '.join(roles)}.")
    wanted = {"principalId": body.text("principalId"), "resourceId": api["id"], "appRoleId": roles[name]}
    return _visible(assignments.assign_app_role(directory, wanted, access))


def _visible(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if not name.startswith("_")}


async def set_deployer(request: AdminRequest) -> Any:
    """Sets the deployer's permissions from now on, and adds certificates that it may sign in with."""
    body, deployer = request.body, request.tenant.deployer
    if "roles" in body:
        names = body.names("roles")
        unknown = sorted(set(names) - set(seed.GRAPH_APP_ROLES))
        if unknown:
            raise RefusedError(400, f"Microsoft Graph has no permission '{unknown[0]}' here.")
        deployer.graph_roles = names
    if "arm" in body:
        names = body.names("arm")
        unknown = sorted(set(names) - set(ROLES))
        if unknown:
            raise RefusedError(400, f"There is no Azure role '{unknown[0]}' here. There are: {', '.join(ROLES)}.")
        deployer.arm_roles = names
    certificate = body.text("certificate")
    if certificate:
        _add_certificate(request, certificate)
    return {"roles": list(deployer.graph_roles), "arm": list(deployer.arm_roles)}


async def consent(request: AdminRequest) -> Any:
    """Consents, as the administrator of ``tenant``, to the deployer of ``home``, with these permissions in Graph."""
    body, cloud = request.body, request.dispatcher.cloud
    home = cloud.tenant(body.text("home") or seed.CONTOSO.tenant_id)
    if home is None or home is request.tenant:
        raise RefusedError(400, "'home' is another tenant, whose deployer 'tenant' consents to.")
    roles = body.names("roles") if "roles" in body else CONSENTED_ROLES
    unknown = sorted(set(roles) - set(seed.GRAPH_APP_ROLES))
    if unknown:
        raise RefusedError(400, f"Microsoft Graph has no permission '{unknown[0]}' here.")
    return _visible(cloud.consent(home, request.tenant, roles))


def _add_certificate(request: AdminRequest, pem: str) -> None:
    tenant = request.tenant
    directory, access = tenant.directory, request.dispatcher.cloud.access(tenant.seed.client_id)
    application = directory.get("applications", tenant.seed.application_object_id, access)
    key = base64.b64encode(pem.encode("utf-8")).decode("ascii")
    listed = [*application["keyCredentials"], {"key": key, "displayName": "admin API"}]
    applications.update(directory, application["id"], {"keyCredentials": listed}, access)


async def set_exchange(request: AdminRequest) -> Any:
    """Removes or restores Exchange Online's service principal, and disables some of its app roles."""
    disabled = list(request.body.names("disabledAppRoles")) if "disabledAppRoles" in request.body else []
    unknown = sorted(set(disabled) - set(seed.EXCHANGE_APP_ROLES))
    if unknown:
        raise RefusedError(400, f"Exchange Online has no app role '{unknown[0]}' here.")
    present = request.body.flag("present", True)
    request.dispatcher.cloud.set_exchange(request.tenant, present, disabled)
    return {"present": present, "disabledAppRoles": disabled}


async def set_behaviour(request: AdminRequest) -> Any:
    """Sets how the services behave from now on."""
    known = {_camel(field.name): field.name for field in fields(Behaviour)}
    unknown = sorted(set(request.body.values) - set(known))
    if unknown:
        raise RefusedError(400, f"There is no behaviour '{unknown[0]}'. There are: {', '.join(known)}.")
    behaviour = request.dispatcher.cloud.behaviour
    wanted = {attribute: request.body.flag(name, getattr(behaviour, attribute)) for name, attribute in known.items()}
    for attribute, value in wanted.items():
        setattr(behaviour, attribute, value)
    return {name: getattr(behaviour, attribute) for name, attribute in known.items()}


async def read_clock(request: AdminRequest) -> Any:
    clock = request.dispatcher.cloud.clock
    return {"now": iso_fine(clock.now()), "virtual": clock.virtual}


async def advance_clock(request: AdminRequest) -> Any:
    request.dispatcher.cloud.clock.advance(request.body.seconds("advance") or 0.0)
    return await read_clock(request)


async def sleep(request: AdminRequest) -> Any:
    await request.dispatcher.cloud.clock.sleep(request.body.seconds("seconds") or 0.0)
    return await read_clock(request)


async def list_faults(request: AdminRequest) -> Any:
    return [_shown(request.dispatcher, fault.id) for fault in request.dispatcher.faults.faults]


async def set_faults(request: AdminRequest) -> Any:
    """Sets one fault, or several under ``faults``."""
    wanted = request.body.values.get("faults", [request.body.values])
    if not isinstance(wanted, list) or not all(isinstance(entry, dict) for entry in wanted):
        raise RefusedError(400, "'faults' is a list of faults.")
    for entry in wanted:
        parse(entry)
    return [_shown(request.dispatcher, request.dispatcher.faults.add(entry).id) for entry in wanted]


async def clear_faults(request: AdminRequest) -> Any:
    request.dispatcher.clear_faults()
    return []


async def one_fault(request: AdminRequest) -> Any:
    """Returns one fault; with ``?wait=SECONDS`` waits until a ``hold`` has caught a request (408 without one)."""
    fault_id, dispatcher = request.path["id"], request.dispatcher
    shown = _shown(dispatcher, fault_id)
    wait = request.query.get("wait")
    if wait is None:
        return shown
    if shown["effect"] != "hold":
        raise RefusedError(400, f"Only a hold can be waited for; {fault_id} is a '{shown['effect']}'.")
    try:
        # Wall time: a test waits here for a process.
        limit = min(parsed_seconds("wait", wait), LONGEST_WAIT)
        await asyncio.wait_for(dispatcher.hold(fault_id).hit.wait(), limit)
    except asyncio.TimeoutError:
        raise RefusedError(408, f"No request reached {fault_id} ({shown['operation']}) in {wait} s.") from None
    return _shown(dispatcher, fault_id)


async def release_fault(request: AdminRequest) -> Any:
    """Lets held requests go on, or cut their connections with ``{"then": "cut"}``."""
    fault_id = request.path["id"]
    _shown(request.dispatcher, fault_id)
    then = request.body.text("then") or "continue"
    if then not in ("continue", "cut"):
        raise RefusedError(400, "'then' is 'continue' or 'cut'.")
    hold = request.dispatcher.hold(fault_id)
    hold.then = then
    hold.released.set()
    return _shown(request.dispatcher, fault_id)


def _shown(dispatcher: Dispatcher, fault_id: str) -> dict[str, Any]:
    fault = dispatcher.faults.get(fault_id)
    if fault is None:
        raise RefusedError(404, f"There is no fault '{fault_id}'. It was cleared, or never set.")
    hold = dispatcher.holds.get(fault_id)
    extra = {"waiting": hold.waiting, "released": hold.released.is_set()} if hold is not None else {}
    return {**fault.as_json(), **extra}


_HANDLERS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/health", health),
    ("GET", "/requests", list_requests),
    ("POST", "/requests", set_request_log),
    ("GET", "/grants", list_grants),
    ("POST", "/grants", add_grant),
    ("POST", "/reset", reset),
    ("POST", "/service-principals", add_service_principals),
    ("DELETE", "/objects/{id:path}", remove_object),
    ("POST", "/deployer", set_deployer),
    ("POST", "/consent", consent),
    ("POST", "/exchange", set_exchange),
    ("POST", "/behaviour", set_behaviour),
    ("GET", "/clock", read_clock),
    ("POST", "/clock", advance_clock),
    ("POST", "/clock/sleep", sleep),
    ("GET", "/faults", list_faults),
    ("POST", "/faults", set_faults),
    ("DELETE", "/faults", clear_faults),
    ("GET", "/faults/{id}", one_fault),
    ("POST", "/faults/{id}/release", release_fault),
)


def admin_routes(dispatcher: Dispatcher, base_url: str) -> list[Route]:
    """Returns the routes of the admin API of a tenant that is reached at ``base_url``."""
    return [
        Route(path, _endpoint(dispatcher, handler, base_url), methods=[method]) for method, path, handler in _HANDLERS
    ]


def _endpoint(dispatcher: Dispatcher, handler: Handler, base_url: str) -> Callable[[HttpRequest], Awaitable[Any]]:
    async def endpoint(http_request: HttpRequest) -> JSONResponse:
        try:
            _check_origin(http_request, base_url)
            body = AdminBody.read(await read_body(http_request, MAX_API_BYTES))
            request = AdminRequest(dispatcher, body, dict(http_request.path_params), dict(http_request.query_params))
            return JSONResponse(await handler(request))
        except TooLargeError as error:
            return JSONResponse({"error": str(error)}, 413)
        except RefusedError as refused:
            return JSONResponse({"error": str(refused)}, refused.status)
        except ServiceError as error:
            return JSONResponse({"error": error.message, "code": error.code}, error.status)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)

    return endpoint


def _check_origin(http_request: HttpRequest, base_url: str) -> None:
    """Refuses a request to another name of this machine, and one that a browser sends for a page of another origin."""
    host = http_request.headers.get("host", "")
    if not _LOOPBACK_HOST.fullmatch(host):
        raise RefusedError(421, f"The admin API does not answer to the name '{host}'.")
    origin = http_request.headers.get("origin")
    if origin is not None and origin not in (base_url, f"https://{host}"):
        raise RefusedError(403, f"The admin API does not answer pages of '{origin}'. Call it from a program.")
    if http_request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise RefusedError(403, "The admin API does not answer pages of other sites. Call it from a program.")


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
