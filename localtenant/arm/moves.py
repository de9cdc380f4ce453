"""Moves resources to another resource group, which may be in another subscription of the tenant.

A moved resource gets another id and keeps its content, its children and its identity. Role assignments and diagnostic settings
do not move with it. Azure answers 202 and moves them later; the tenant moves them at once.

Sources: "Resources - Move Resources" of the Resource Manager REST reference; "Move your Azure Automation account to another
subscription" and "Move operation support for resources" on learn.microsoft.com.
"""

from __future__ import annotations

from localtenant.arm import access
from localtenant.core.errors import ServiceError
from localtenant.core.messages import Request, Response
from localtenant.state.cloud import Cloud
from localtenant.state.resources import RESOURCE_GROUP
from localtenant.state.store import Body


def move_resources(cloud: Cloud, request: Request, group: Body) -> Response:
    """Moves the resources that the request names out of the group.

    Raises:
        ServiceError: 400 for a resource of another group and without a target, 404 for a resource or a group that does not exist, 409 for a
            locked resource and for one that the target has already.
    """
    payload = request.json()
    target = cloud.resources.find(str(payload.get("targetResourceGroup") or ""))
    if target is None or target["type"] != RESOURCE_GROUP:
        raise ServiceError(404, "ResourceGroupNotFound", "The target resource group could not be found.")
    owner = cloud.tenant_of_subscription(str(target["id"]).split("/")[2])
    assert owner is not None
    access.check_tenant(request, owner)
    access.check(cloud, request, group["id"], "Microsoft.Resources/subscriptions/resourceGroups/moveResources/action")
    access.check(cloud, request, target["id"], "Microsoft.Resources/subscriptions/resourceGroups/write")
    access.check_locks(cloud, str(target["id"]), read_only=True)
    moved = [_movable(cloud, resource_id, group, target) for resource_id in payload.get("resources") or []]
    if not moved:
        raise ServiceError(400, "InvalidRequestContent", "The request names no resources to move.")
    for resource_id in moved:
        _move(cloud, resource_id, str(target["id"]) + resource_id[len(group["id"]) :])
    return Response(204)


def _movable(cloud: Cloud, resource_id: str, group: Body, target: Body) -> str:
    """Returns the id of a resource that can be moved."""
    body = cloud.resources.find(resource_id)
    if body is None:
        raise ServiceError(404, "ResourceNotFound", f"The Resource '{resource_id}' could not be found.")
    found = str(body["id"])
    inner = found[len(group["id"]) :]
    if not found.lower().startswith(f"{group['id']}/providers/".lower()) or inner.count("/") != 4:
        raise ServiceError(400, "InvalidResourceId", f"The resource '{found}' cannot be moved out of '{group['id']}'.")
    access.check_locks(cloud, found)
    if cloud.resources.find(f"{target['id']}{inner}") is not None:
        raise ServiceError(409, "ResourceMoveConflict", f"The target resource group has a resource '{body['name']}'.")
    return found


def _move(cloud: Cloud, old: str, new: str) -> None:
    now = cloud.clock.now()
    for address, account in list(cloud.webhook_addresses.items()):
        if account == old.lower():
            cloud.webhook_addresses[address] = new.lower()
    for container in [held for held in cloud.blobs if held.startswith(f"{old.lower()}/")]:
        cloud.blobs[new.lower() + container[len(old) :]] = cloud.blobs.pop(container)
    for body in [cloud.resources.find(old), *cloud.resources.below(old)]:
        if body is None or "/providers/" in str(body["id"])[len(old) :].lower():
            continue  # A role assignment or a diagnostic setting.
        cloud.resources.store.remove(str(body["id"]).lower(), now=now)
        cloud.resources.write({**body, "id": new + str(body["id"])[len(old) :]}, now)
