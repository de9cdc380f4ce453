"""Resource Manager's state: subscriptions, resource groups and the resources in them.

Pure state. A stored resource is the body of its GET, with its :mod:`internals <localtenant.state.internals>`. The types in
``localtenant.arm`` decide how a request changes it.

Behaviour from the Azure Resource Manager REST reference (resource groups 2024-03-01) and the resource provider
contract of the REST API specifications (asynchronous operations).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from localtenant.core.errors import ServiceError
from localtenant.state.store import Body, Store

REGISTERED_PROVIDERS = (
    "Microsoft.Automation",
    "Microsoft.ManagedIdentity",
    "Microsoft.Resources",
    "Microsoft.Authorization",
    "Microsoft.Storage",
    "Microsoft.Insights",
    "Microsoft.OperationalInsights",
    "Microsoft.Network",
    "Microsoft.KeyVault",
    "Microsoft.App",
    "Microsoft.Web",
)

RESOURCE_GROUP = "Microsoft.Resources/resourceGroups"


KEPT_OPERATIONS = 1000
"""A client asks after an operation for minutes, and every request looks at all kept ones."""


@dataclass
class Operation:
    """A long operation.

    Attributes:
        key: the end of its status address.
        ends: when it is done.
        finish: the function to call then.
        done: whether it was called.
    """

    key: str
    ends: datetime
    finish: Callable[[], None]
    done: bool = False


class Resources:
    """All subscriptions of all tenants.

    Args:
        subscriptions: subscription id -> tenant id.
    """

    def __init__(self, subscriptions: dict[str, str]) -> None:
        self.subscriptions = subscriptions
        self.providers: dict[str, set[str]] = {key: set(REGISTERED_PROVIDERS) for key in subscriptions}
        self.store = Store()
        self.operations: dict[str, Operation] = {}

    # Resource groups

    def put_group(self, subscription: str, name: str, payload: Body, now: datetime) -> tuple[Body, bool]:
        """Creates or changes a resource group; returns it, and whether it is new.

        Raises:
            ServiceError: 400 without a location, 409 when the location would change.
        """
        group_id = f"/subscriptions/{subscription}/resourceGroups/{name}"
        location = location_name(payload.get("location"))
        if not location:
            raise ServiceError(400, "LocationRequired", "The location property is required for this definition.")
        existing = self.store.get(group_id.lower())
        if existing is not None and existing["location"] != location:
            raise ServiceError(
                409,
                "InvalidResourceGroupLocation",
                f"Invalid resource group location '{location}'. The Resource group already exists in location "
                f"'{existing['location']}'.",
            )
        body: Body = {
            "id": existing["id"] if existing else group_id,
            "name": existing["name"] if existing else name,
            "type": RESOURCE_GROUP,
            "location": location,
            "tags": payload.get("tags") or {},
            "properties": {"provisioningState": "Succeeded"},
        }
        if payload.get("managedBy"):
            body["managedBy"] = payload["managedBy"]
        self.write(body, now)
        return body, existing is None

    def group(self, subscription: str, name: str, as_of: datetime | None = None) -> Body:
        """Returns a resource group; 404 ``ResourceGroupNotFound`` when it does not exist."""
        body = self.store.get(f"/subscriptions/{subscription}/resourcegroups/{name}".lower(), as_of)
        if body is None:
            raise ServiceError(404, "ResourceGroupNotFound", f"Resource group '{name}' could not be found.")
        return body

    def groups(self, subscription: str, as_of: datetime | None = None) -> Iterator[Body]:
        """Yields the resource groups of a subscription."""
        for body in self.store.bodies(as_of):
            if _is_of_type(body, RESOURCE_GROUP) and _under(body["id"], f"/subscriptions/{subscription}"):
                yield body

    # Resources

    def find(self, resource_id: str, as_of: datetime | None = None) -> Body | None:
        """Returns a resource by id, in any letter case; None when it does not exist."""
        return self.store.get(resource_id.lower(), as_of)

    def write(self, body: Body, now: datetime) -> None:
        """Stores a resource under its id."""
        key = str(body["id"]).lower()
        if key in self.store:
            self.store.update(key, body, now=now)
        else:
            self.store.add(key, body, now=now, visible=now)

    def drop(self, resource_id: str, now: datetime) -> list[Body]:
        """Removes a resource and everything below it; returns the removed bodies, children first."""
        doomed = [body for body in self.store.bodies() if _under(body["id"], resource_id)]
        doomed.sort(key=lambda body: str(body["id"]).count("/"), reverse=True)
        for body in doomed:
            self.store.remove(str(body["id"]).lower(), now=now)
        return doomed

    def below(self, parent_id: str, type_name: str | None = None, as_of: datetime | None = None) -> Iterator[Body]:
        """Resources below an id, of one type or of all."""
        for body in self.store.bodies(as_of):
            if not _under(body["id"], parent_id) or str(body["id"]).lower() == parent_id.lower():
                continue
            if type_name is None or _is_of_type(body, type_name):
                yield body

    def of_type(self, type_name: str) -> Iterator[Body]:
        """Yields the resources of a type in all subscriptions."""
        return (body for body in self.store.bodies() if _is_of_type(body, type_name))

    # Long operations

    def begin(self, key: str, ends: datetime, finish: Callable[[], None]) -> Operation:
        """Starts a long operation, which :meth:`settle` finishes when its time has come."""
        operation = Operation(key, ends, finish)
        self.operations[key] = operation
        oldest = next(iter(self.operations.values()))
        if len(self.operations) > KEPT_OPERATIONS and oldest.done:
            del self.operations[oldest.key]
        return operation

    def settle(self, now: datetime) -> None:
        """Finishes the operations that are due."""
        for operation in list(self.operations.values()):
            if not operation.done and operation.ends <= now:
                operation.done = True
                operation.finish()


def _is_of_type(body: Body, type_name: str) -> bool:
    """Returns whether a resource is of a type; some services write another letter case than the type has elsewhere."""
    return str(body["type"]).lower() == type_name.lower()


def _under(resource_id: Any, parent_id: str) -> bool:
    text, parent = str(resource_id).lower(), parent_id.lower().rstrip("/")
    return text == parent or text.startswith(parent + "/")


def location_name(text: Any) -> str:
    """``West Europe`` as Resource Manager writes it back: ``westeurope``."""
    return str(text or "").replace(" ", "").lower()


def later(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)
