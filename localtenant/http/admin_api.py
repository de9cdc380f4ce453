"""The control routes below ``/_tenant``: what the tenant tells and lets tests do that Azure does not.

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

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from localtenant.arm.access import ROLES
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.core.ids import is_guid
from localtenant.core.messages import Call
from localtenant.faults.faults import parse
from localtenant.http.dispatcher import Gate, remove_anywhere
from localtenant.state import applications, assignments, seed
from localtenant.state.cloud import Tenant

Answer = Callable[[Gate, dict[str, Any], Request], Awaitable[Any]]
_ANSWERS: list[tuple[str, str, Answer]] = []


class RefusedError(Exception):
    """A control request that cannot be done."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _control(method: str, path: str) -> Callable[[Answer], Answer]:
    def register(answer: Answer) -> Answer:
        _ANSWERS.append((method, path, answer))
        return answer

    return register


def control_routes(gate: Gate) -> list[Route]:
    """The routes, bound to a gate."""
    return [Route(path, _endpoint(gate, answer), methods=[method]) for method, path, answer in _ANSWERS]


def _endpoint(gate: Gate, answer: Answer) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def endpoint(request: Request) -> JSONResponse:
        host = request.headers.get("host", "")
        if host.rsplit(":", 1)[0] not in ("localhost", "127.0.0.1", "[::1]"):
            return JSONResponse({"error": f"The control routes do not answer to the name '{host}'."}, 421)
        raw = await request.body()
        try:
            return JSONResponse(await answer(gate, _object(raw), request))
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
        raise RefusedError(400, "A control request is a JSON object.")
    return body


def _tenant(gate: Gate, name: Any) -> Tenant:
    tenant = gate.world.tenant(str(name)) if name else gate.world.tenants[seed.CONTOSO.tenant_id]
    if tenant is None:
        known = ", ".join(t.seed.initial_domain for t in gate.world.tenants.values())
        raise RefusedError(404, f"There is no tenant '{name}'. There are: {known}.")
    return tenant


def _names(body: dict[str, Any], name: str) -> tuple[str, ...]:
    value = body[name]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RefusedError(400, f"'{name}' is a list of names.")
    return tuple(value)


@_control("GET", "/health")
async def health(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    return {"status": "ready", "lag": gate.world.lag, "tenants": list(gate.world.tenants)}


@_control("GET", "/journal")
async def journal(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    return gate.journal.since(int(request.query_params.get("since", "0")))


@_control("GET", "/grants")
async def grants(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    return [row for tenant in gate.world.tenants.values() for row in assignments.grants(tenant.directory)]


@_control("POST", "/reset")
async def reset(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    lag = body.get("lag")
    gate.reset(float(lag) if lag is not None else None, body.get("seed"))
    return {"lag": gate.world.lag}


@_control("POST", "/service-principals")
async def add_service_principals(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    """Make service principals as if somebody else had: ``count`` of them get numbered names."""
    tenant = _tenant(gate, body.get("tenant"))
    kind = body.get("servicePrincipalType", "ManagedIdentity")
    if kind not in ("ManagedIdentity", "Application"):
        raise RefusedError(400, f"'{kind}' is no type of service principal. There are: ManagedIdentity, Application.")
    count = int(body.get("count", 1))
    if count > 1 and (body.get("id") or body.get("appId")):
        raise RefusedError(400, "'id' and 'appId' name one service principal; leave them out with a 'count'.")
    for name in ("id", "appId"):
        if body.get(name) is not None and not is_guid(body[name]):
            raise RefusedError(400, f"'{name}' is a GUID.")
    lag = float(body["lag"]) if body.get("lag") is not None else None
    made = []
    for number in range(1, count + 1):
        label = str(body.get("displayName", "service principal"))
        properties: dict[str, Any] = {
            "displayName": label if count == 1 else f"{label}-{number}",
            "servicePrincipalType": kind,
            "appId": body.get("appId") or gate.world.ids.guid("appId"),
        }
        if kind == "ManagedIdentity":
            properties["alternativeNames"] = ["isExplicit=False"]
        made.append(tenant.directory.add_service_principal(properties, gate.world.access(lag=lag), body.get("id")))
    return made


@_control("DELETE", "/objects/{id:path}")
async def remove_object(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    """Remove an object as somebody else would: a directory object or assignment by id, a resource by path."""
    target = request.path_params["id"]
    if not remove_anywhere(gate.world, gate.arm, Call("DELETE", target), target):
        raise RefusedError(404, f"There is no object '{target}'.")
    return {"removed": target}


@_control("POST", "/grants")
async def add_grant(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    """Make a grant as somebody else would: ``principalId`` with ``appRole`` (and ``api``) or ``directoryRole``."""
    tenant = _tenant(gate, body.get("tenant"))
    access = gate.world.access()
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


@_control("POST", "/deployer")
async def set_deployer(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    """What the deployer may do from now on, and certificates it may sign in with."""
    tenant = _tenant(gate, body.get("tenant"))
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
        _add_certificate(gate, tenant, str(body["certificate"]))
    return {"roles": list(deployer.graph_roles), "arm": list(deployer.arm_roles)}


def _add_certificate(gate: Gate, tenant: Tenant, pem: str) -> None:
    directory, access = tenant.directory, gate.world.access(tenant.seed.client_id)
    application = directory.get("applications", tenant.seed.application_object_id, access)
    key = base64.b64encode(pem.encode("ascii")).decode("ascii")
    listed = [*application["keyCredentials"], {"key": key, "displayName": "control route"}]
    applications.update(directory, application["id"], {"keyCredentials": listed}, access)


@_control("POST", "/exchange")
async def set_exchange(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    tenant = _tenant(gate, body.get("tenant"))
    disabled = list(_names(body, "disabledAppRoles")) if "disabledAppRoles" in body else []
    unknown = sorted(set(disabled) - set(seed.EXCHANGE_APP_ROLES))
    if unknown:
        raise RefusedError(400, f"Exchange Online has no app role '{unknown[0]}' here.")
    gate.world.set_exchange(tenant, bool(body.get("present", True)), disabled)
    return {"present": bool(body.get("present", True)), "disabledAppRoles": disabled}


# Time


@_control("POST", "/behaviour")
async def behaviour(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    """What the service does from now on: where reports of it differ, whether imports fail, and what a policy forbids."""
    for name, attribute in (
        ("runbookUpdateDropsLinks", "runbook_update_drops_links"),
        ("secondLinkIsRefused", "second_link_is_refused"),
        ("packageImportsFail", "package_imports_fail"),
        ("sharedKeysAreTurnedOff", "shared_keys_are_turned_off"),
    ):
        if name in body:
            setattr(gate.world, attribute, bool(body[name]))
    return {}


@_control("GET", "/clock")
async def read_clock(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    return {"now": iso_fine(gate.world.clock.now()), "virtual": gate.world.clock.virtual}


@_control("POST", "/clock")
async def advance_clock(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    gate.world.clock.advance(float(body.get("advance", 0)))
    return await read_clock(gate, body, request)


@_control("POST", "/clock/sleep")
async def sleep(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    await gate.world.clock.sleep(float(body.get("seconds", 0)))
    return await read_clock(gate, body, request)


# Faults


@_control("GET", "/faults")
async def list_faults(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    return [_shown(gate, fault.id) for fault in gate.faults.faults]


@_control("POST", "/faults")
async def set_faults(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    """Set one fault, or several under ``faults``."""
    wanted = body.get("faults", [body])
    for entry in wanted:
        parse(entry)
    return [_shown(gate, gate.faults.add(entry).id) for entry in wanted]


@_control("DELETE", "/faults")
async def clear_faults(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    gate.clear_faults()
    return []


@_control("GET", "/faults/{id}")
async def one_fault(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    """One fault; with ``?wait=SECONDS`` not before a ``hold`` has caught a request (408 when none came)."""
    fault_id = request.path_params["id"]
    shown = _shown(gate, fault_id)
    wait = request.query_params.get("wait")
    if wait is None:
        return shown
    if shown["effect"] != "hold":
        raise RefusedError(400, f"Only a hold can be waited for; {fault_id} is a '{shown['effect']}'.")
    try:
        # Wall time: whoever waits here is a test, and what it waits for is a process.
        await asyncio.wait_for(gate.hold(fault_id).hit.wait(), float(wait))
    except asyncio.TimeoutError:
        raise RefusedError(408, f"No request reached {fault_id} ({shown['operation']}) in {wait} s.") from None
    return _shown(gate, fault_id)


@_control("POST", "/faults/{id}/release")
async def release_fault(gate: Gate, body: dict[str, Any], request: Request) -> Any:
    """Let held requests go on, or cut their connections with ``{"then": "cut"}``."""
    fault_id = request.path_params["id"]
    _shown(gate, fault_id)
    then = body.get("then", "continue")
    if then not in ("continue", "cut"):
        raise RefusedError(400, "'then' is 'continue' or 'cut'.")
    hold = gate.hold(fault_id)
    hold.then = then
    hold.released.set()
    return _shown(gate, fault_id)


def _shown(gate: Gate, fault_id: str) -> dict[str, Any]:
    fault = gate.faults.get(fault_id)
    if fault is None:
        raise RefusedError(404, f"There is no fault '{fault_id}'. It was cleared, or never set.")
    hold = gate.holds.get(fault_id)
    extra = {"waiting": hold.waiting, "released": hold.released.is_set()} if hold is not None else {}
    return {**fault.as_json(), **extra}
