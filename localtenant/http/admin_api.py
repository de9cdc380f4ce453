"""The admin API below ``/_tenant``: what the tenant tells and lets tests do that Azure does not.

They need no token, are not journalled, and answer only requests that are addressed to a loopback name, so that a page
in a browser cannot drive them through a name of its own.
"""

# ruff: noqa: ARG001  (every answer has the same signature)

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.routing import Route

from localtenant.arm.access import ROLES
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.core.ids import is_guid
from localtenant.core.messages import Request
from localtenant.faults.faults import parse
from localtenant.http.dispatcher import Dispatcher, remove_anywhere
from localtenant.state import applications, assignments, seed
from localtenant.state.cloud import Tenant

Handler = Callable[[Dispatcher, dict[str, Any], HttpRequest], Awaitable[Any]]
_HANDLERS: list[tuple[str, str, Handler]] = []


class RefusedError(Exception):
    """A request to the admin API that cannot be done."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _admin(method: str, path: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        _HANDLERS.append((method, path, handler))
        return handler

    return register


def admin_routes(dispatcher: Dispatcher) -> list[Route]:
    """The routes, bound to a dispatcher."""
    return [Route(path, _endpoint(dispatcher, handler), methods=[method]) for method, path, handler in _HANDLERS]


def _endpoint(dispatcher: Dispatcher, handler: Handler) -> Callable[[HttpRequest], Awaitable[JSONResponse]]:
    async def endpoint(http_request: HttpRequest) -> JSONResponse:
        host = http_request.headers.get("host", "")
        if host.rsplit(":", 1)[0] not in ("localhost", "127.0.0.1", "[::1]"):
            return JSONResponse({"error": f"The admin API does not answer to the name '{host}'."}, 421)
        raw = await http_request.body()
        try:
            return JSONResponse(await handler(dispatcher, _object(raw), http_request))
        except RefusedError as refused:
            return JSONResponse({"error": str(refused)}, refused.status)
        except ServiceError as error:
            return JSONResponse({"error": error.message, "code": error.code}, error.status)
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return endpoint


def _object(raw: bytes) -> dict[str, Any]:
    body = json.loads(raw) if raw else {}
    if not isinstance(body, dict):
        raise RefusedError(400, "A request to the admin API is a JSON object.")
    return body


def _tenant(dispatcher: Dispatcher, name: Any) -> Tenant:
    tenant = dispatcher.cloud.tenant(str(name)) if name else dispatcher.cloud.tenants[seed.CONTOSO.tenant_id]
    if tenant is None:
        known = ", ".join(t.seed.initial_domain for t in dispatcher.cloud.tenants.values())
        raise RefusedError(404, f"There is no tenant '{name}'. There are: {known}.")
    return tenant


def _names(body: dict[str, Any], name: str) -> tuple[str, ...]:
    value = body[name]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RefusedError(400, f"'{name}' is a list of names.")
    return tuple(value)


@_admin("GET", "/health")
async def health(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    return {"status": "ready", "lag": dispatcher.cloud.lag, "tenants": list(dispatcher.cloud.tenants)}


@_admin("GET", "/requests")
async def request_log(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    return dispatcher.request_log.since(int(http_request.query_params.get("since", "0")))


@_admin("GET", "/grants")
async def grants(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    return [row for tenant in dispatcher.cloud.tenants.values() for row in assignments.grants(tenant.directory)]


@_admin("POST", "/reset")
async def reset(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    lag = body.get("lag")
    dispatcher.reset(float(lag) if lag is not None else None, body.get("seed"))
    return {"lag": dispatcher.cloud.lag}


@_admin("POST", "/service-principals")
async def add_service_principals(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    """Make service principals as if somebody else had: ``count`` of them get numbered names."""
    tenant = _tenant(dispatcher, body.get("tenant"))
    principal_type = body.get("servicePrincipalType", "ManagedIdentity")
    if principal_type not in ("ManagedIdentity", "Application"):
        raise RefusedError(
            400, f"'{principal_type}' is no type of service principal. There are: ManagedIdentity, Application."
        )
    count = int(body.get("count", 1))
    if count > 1 and (body.get("id") or body.get("appId")):
        raise RefusedError(400, "'id' and 'appId' name one service principal; leave them out with a 'count'.")
    for name in ("id", "appId"):
        if body.get(name) is not None and not is_guid(body[name]):
            raise RefusedError(400, f"'{name}' is a GUID.")
    lag = float(body["lag"]) if body.get("lag") is not None else None
    created = []
    for number in range(1, count + 1):
        label = str(body.get("displayName", "service principal"))
        properties: dict[str, Any] = {
            "displayName": label if count == 1 else f"{label}-{number}",
            "servicePrincipalType": principal_type,
            "appId": body.get("appId") or dispatcher.cloud.ids.guid("appId"),
        }
        if principal_type == "ManagedIdentity":
            properties["alternativeNames"] = ["isExplicit=False"]
        created.append(
            tenant.directory.add_service_principal(properties, dispatcher.cloud.access(lag=lag), body.get("id"))
        )
    return created


@_admin("DELETE", "/objects/{id:path}")
async def remove_object(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    """Remove an object as somebody else would: a directory object or assignment by id, a resource by path."""
    target = http_request.path_params["id"]
    if not remove_anywhere(dispatcher.cloud, dispatcher.arm, Request("DELETE", target), target):
        raise RefusedError(404, f"There is no object '{target}'.")
    return {"removed": target}


@_admin("POST", "/grants")
async def add_grant(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    """Make a grant as somebody else would: ``principalId`` with ``appRole`` (and ``api``) or ``directoryRole``."""
    tenant = _tenant(dispatcher, body.get("tenant"))
    access = dispatcher.cloud.access()
    if body.get("directoryRole"):
        role = str(body["directoryRole"])
        return assignments.assign_directory_role(
            tenant.directory,
            {
                "principalId": body.get("principalId"),
                "roleDefinitionId": seed.DIRECTORY_ROLES.get(role, role),
                "directoryScopeId": body.get("scope", "/"),
            },
            access,
        )
    api = tenant.directory.by_app_id(str(body.get("api", seed.EXCHANGE_APP_ID)), access)
    roles = {role["value"]: role["id"] for role in (api or {}).get("appRoles", [])}
    if api is None or body.get("appRole") not in roles:
        raise RefusedError(
            400, f"There is no app role '{body.get('appRole')}' on that API. There are: {', '.join(roles)}."
        )
    request_body = {
        "principalId": body.get("principalId"),
        "resourceId": api["id"],
        "appRoleId": roles[str(body["appRole"])],
    }
    return assignments.assign_app_role(tenant.directory, request_body, access)


@_admin("POST", "/deployer")
async def set_deployer(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    """What the deployer may do from now on, and certificates it may sign in with."""
    tenant = _tenant(dispatcher, body.get("tenant"))
    deployer = tenant.deployer
    if "roles" in body:
        names = _names(body, "roles")
        unknown = sorted(set(names) - set(seed.GRAPH_APP_ROLES))
        if unknown:
            raise RefusedError(400, f"Microsoft Graph has no permission '{unknown[0]}' here.")
        deployer.graph_roles = names
    if "arm" in body:
        names = _names(body, "arm")
        unknown = sorted(set(names) - set(ROLES))
        if unknown:
            raise RefusedError(400, f"There is no Azure role '{unknown[0]}' here. There are: {', '.join(ROLES)}.")
        deployer.arm_roles = names
    if "certificate" in body:
        _add_certificate(dispatcher, tenant, str(body["certificate"]))
    return {"roles": list(deployer.graph_roles), "arm": list(deployer.arm_roles)}


def _add_certificate(dispatcher: Dispatcher, tenant: Tenant, pem: str) -> None:
    directory, access = tenant.directory, dispatcher.cloud.access(tenant.seed.client_id)
    application = directory.get("applications", tenant.seed.application_object_id, access)
    key = base64.b64encode(pem.encode("ascii")).decode("ascii")
    listed = [*application["keyCredentials"], {"key": key, "displayName": "admin API"}]
    applications.update(directory, application["id"], {"keyCredentials": listed}, access)


@_admin("POST", "/exchange")
async def set_exchange(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    tenant = _tenant(dispatcher, body.get("tenant"))
    disabled = list(_names(body, "disabledAppRoles")) if "disabledAppRoles" in body else []
    unknown = sorted(set(disabled) - set(seed.EXCHANGE_APP_ROLES))
    if unknown:
        raise RefusedError(400, f"Exchange Online has no app role '{unknown[0]}' here.")
    dispatcher.cloud.set_exchange(tenant, bool(body.get("present", True)), disabled)
    return {"present": bool(body.get("present", True)), "disabledAppRoles": disabled}


# Time


@_admin("POST", "/behaviour")
async def behaviour(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    """What the service does from now on: where reports of it differ, whether imports fail, and what a policy forbids."""
    for name, attribute in (
        ("runbookUpdateDropsLinks", "runbook_update_drops_links"),
        ("secondLinkIsRefused", "second_link_is_refused"),
        ("packageImportsFail", "package_imports_fail"),
        ("sharedKeysAreTurnedOff", "shared_keys_are_turned_off"),
    ):
        if name in body:
            setattr(dispatcher.cloud, attribute, bool(body[name]))
    return {}


@_admin("GET", "/clock")
async def read_clock(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    return {"now": iso_fine(dispatcher.cloud.clock.now()), "virtual": dispatcher.cloud.clock.virtual}


@_admin("POST", "/clock")
async def advance_clock(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    dispatcher.cloud.clock.advance(float(body.get("advance", 0)))
    return await read_clock(dispatcher, body, http_request)


@_admin("POST", "/clock/sleep")
async def sleep(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    await dispatcher.cloud.clock.sleep(float(body.get("seconds", 0)))
    return await read_clock(dispatcher, body, http_request)


# Faults


@_admin("GET", "/faults")
async def list_faults(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    return [_shown(dispatcher, fault.id) for fault in dispatcher.faults.faults]


@_admin("POST", "/faults")
async def set_faults(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    """Set one fault, or several under ``faults``."""
    wanted = body.get("faults", [body])
    for entry in wanted:
        parse(entry)
    return [_shown(dispatcher, dispatcher.faults.add(entry).id) for entry in wanted]


@_admin("DELETE", "/faults")
async def clear_faults(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    dispatcher.clear_faults()
    return []


@_admin("GET", "/faults/{id}")
async def one_fault(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    """One fault; with ``?wait=SECONDS`` not before a ``hold`` has caught a request (408 when none came)."""
    fault_id = http_request.path_params["id"]
    shown = _shown(dispatcher, fault_id)
    wait = http_request.query_params.get("wait")
    if wait is None:
        return shown
    if shown["effect"] != "hold":
        raise RefusedError(400, f"Only a hold can be waited for; {fault_id} is a '{shown['effect']}'.")
    try:
        # Wall time: whoever waits here is a test, and what it waits for is a process.
        await asyncio.wait_for(dispatcher.hold(fault_id).hit.wait(), float(wait))
    except asyncio.TimeoutError:
        raise RefusedError(408, f"No request reached {fault_id} ({shown['operation']}) in {wait} s.") from None
    return _shown(dispatcher, fault_id)


@_admin("POST", "/faults/{id}/release")
async def release_fault(dispatcher: Dispatcher, body: dict[str, Any], http_request: HttpRequest) -> Any:
    """Let held requests go on, or cut their connections with ``{"then": "cut"}``."""
    fault_id = http_request.path_params["id"]
    _shown(dispatcher, fault_id)
    then = body.get("then", "continue")
    if then not in ("continue", "cut"):
        raise RefusedError(400, "'then' is 'continue' or 'cut'.")
    hold = dispatcher.hold(fault_id)
    hold.then = then
    hold.released.set()
    return _shown(dispatcher, fault_id)


def _shown(dispatcher: Dispatcher, fault_id: str) -> dict[str, Any]:
    fault = dispatcher.faults.get(fault_id)
    if fault is None:
        raise RefusedError(404, f"There is no fault '{fault_id}'. It was cleared, or never set.")
    hold = dispatcher.holds.get(fault_id)
    extra = {"waiting": hold.waiting, "released": hold.released.is_set()} if hold is not None else {}
    return {**fault.as_json(), **extra}
