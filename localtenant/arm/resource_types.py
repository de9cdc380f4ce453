"""The base of all Azure resource types.

A type is a class with a ``put``. Everything else has a default from the resource provider contract of the REST API
specifications: a PUT answers 201 for a new resource and 200 for an existing one; a DELETE answers 204 for a resource that
does not exist; a parent must exist; letter case in a path makes no difference, and answers keep the first spelling.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.core.messages import Request, Response
from localtenant.state.cloud import Cloud, Tenant
from localtenant.state.resources import location_name
from localtenant.state.store import Body


@dataclass(frozen=True)
class ResourcePath:
    """The parts of a resource id.

    Attributes:
        scope: The id before the last ``/providers/``: a subscription, a resource group or another resource.
        namespace: ``Microsoft.Automation``.
        types: ``("automationAccounts", "runbooks")``, as the caller wrote them.
        names: Their names; for a listing one name fewer than types.
        action: The last part of a POST's path, such as ``listKeys``.
    """

    scope: str
    namespace: str
    types: tuple[str, ...]
    names: tuple[str, ...]
    action: str | None = None

    @property
    def type_name(self) -> str:
        return "/".join((self.namespace, *self.types))

    @property
    def id(self) -> str:
        pairs = "".join(f"/{kind}/{name}" for kind, name in zip(self.types, self.names, strict=False))
        return f"{self.scope}/providers/{self.namespace}{pairs}"

    @property
    def parent_id(self) -> str | None:
        """The id of the parent; None for a resource without a parent."""
        if len(self.types) < 2:
            return None
        return ResourcePath(self.scope, self.namespace, self.types[:-1], self.names[: len(self.types) - 1]).id

    @property
    def name(self) -> str:
        return self.names[-1]

    @property
    def is_collection(self) -> bool:
        return len(self.names) < len(self.types)

    @property
    def subscription(self) -> str:
        return self.scope.split("/")[2]

    @property
    def group(self) -> str | None:
        parts = self.scope.split("/")
        return parts[4] if len(parts) > 4 else None


def parse_resource_path(path: str) -> ResourcePath | None:
    """Returns the parts of a resource's path; None for a path without a provider."""
    at = path.lower().rfind("/providers/")
    if at < 0:
        return None
    scope, rest = path[:at], [part for part in path[at + len("/providers/") :].split("/") if part]
    if not rest:
        return None
    return ResourcePath(scope, rest[0], tuple(rest[1::2]), tuple(rest[2::2]))


@dataclass
class ArmRequest:
    """A request for one resource type."""

    request: Request
    cloud: Cloud
    tenant: Tenant
    path: ResourcePath
    now: datetime
    parents: dict[str, Body] = field(default_factory=dict)

    def json(self) -> Body:
        return self.request.json()

    @property
    def caller_name(self) -> str:
        return self.request.caller.app_id if self.request.caller else ""


class ResourceType:
    """Base of all resource types."""

    name: ClassVar[str]
    """Canonical name, ``Microsoft.Automation/automationAccounts``."""
    shown: ClassVar[str | None] = None
    """The spelling of ``type`` in responses, where its letter case differs from ``name``."""
    api_versions: ClassVar[tuple[str, ...]]
    name_pattern: ClassVar[str] = r"[^/]{1,260}"
    tracked: ClassVar[bool] = False
    """Whether it has a location and tags, and is listed among a group's resources."""
    long_put: ClassVar[bool] = False
    long_delete: ClassVar[bool] = False
    deleted_status: ClassVar[int] = 200
    deletes_absent: ClassVar[bool] = True
    """Whether a DELETE of a resource that does not exist succeeds with 204; otherwise it answers 404."""
    not_found_code: ClassVar[str] = "ResourceNotFound"

    def load(self, arm: ArmRequest, as_of: datetime | None) -> Body | None:
        """Returns the stored resource, or its state at a moment."""
        return arm.cloud.resources.find(arm.path.id, as_of)

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        """Returns the body to store after a PUT."""
        raise NotImplementedError

    async def patch(self, arm: ArmRequest, stored: Body) -> Body:
        """Returns the body to store after a PATCH."""
        raise ServiceError(405, "MethodNotAllowed", f"The type '{self.name}' does not support PATCH.")

    def show(self, arm: ArmRequest, body: Body) -> Body:
        """Returns the body of a GET."""
        return visible(body)

    def check_delete(self, arm: ArmRequest) -> None:
        """Refuses to delete a resource that another one needs."""

    def removed(self, arm: ArmRequest, body: Body) -> None:
        """Cleans up after a deletion; the types of children are called first."""

    async def action(self, arm: ArmRequest, action: str, body: Body) -> Response:
        """Answers a POST to an action of a resource."""
        raise ServiceError(404, "InvalidResourceType", f"The resource type '{self.name}' has no action '{action}'.")

    def post(self, arm: ArmRequest) -> Response | None:
        """Answers a POST to a name of which no resource exists; None where the type has no such action."""
        return None

    def listed(self, arm: ArmRequest, bodies: list[Body]) -> list[Body]:
        """Returns the bodies of a listing."""
        return [self.show(arm, body) for body in bodies]

    def collection(self, arm: ArmRequest) -> Response | None:
        """Answers a GET without a name; None where the answer is the list of resources."""
        return None

    def created_status(self, stored: Body | None) -> int:
        return 200 if stored else 201

    def check_name(self, path: ResourcePath) -> None:
        if not re.fullmatch(self.name_pattern, path.name):
            raise ServiceError(
                400, "InvalidResourceName", f"The resource name '{path.name}' of type '{self.name}' is not valid."
            )

    def envelope(self, arm: ArmRequest, stored: Body | None, payload: Body, properties: Body) -> Body:
        """Returns a stored body: id, name, type, properties and, for tracked types, location and tags."""
        body: Body = {
            "id": stored["id"] if stored else arm.path.id,
            "name": stored["name"] if stored else arm.path.name,
            "type": self.shown or self.name,
        }
        if self.tracked:
            location = location_name(payload.get("location") or (stored or {}).get("location"))
            if not location:
                raise ServiceError(400, "LocationRequired", "The location property is required for this definition.")
            if stored and stored["location"] != location:
                raise ServiceError(
                    409,
                    "InvalidResourceLocation",
                    f"The resource '{stored['name']}' already exists in location '{stored['location']}' in resource "
                    f"group '{arm.path.group}'. A resource with the same name cannot be created in location "
                    f"'{location}'. Please select a new resource name.",
                )
            body["location"] = location
            body["tags"] = payload.get("tags") if payload.get("tags") is not None else {}
        return {**body, "properties": properties}


class StoredType(ResourceType):
    """A type without behaviour of its own: it checks the required properties and stores the body unchanged."""

    required: ClassVar[tuple[str, ...]] = ()
    with_state: ClassVar[bool] = True

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        wanted = properties_of(payload)
        for name in self.required:
            if wanted.get(name) in (None, "", []):
                raise ServiceError(400, "BadRequest", f"The property '{name}' is required.")
        state = {"provisioningState": "Succeeded"} if self.with_state else {}
        return self.envelope(arm, stored, payload, {**wanted, **state})


def visible(body: Body) -> Body:
    """Returns a body without the values that the service never returns."""
    return {name: value for name, value in body.items() if not name.startswith("_")}


def properties_of(payload: Body) -> dict[str, Any]:
    """Returns the ``properties`` of a request; empty where the body has none."""
    value = payload.get("properties")
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ServiceError(400, "InvalidRequestContent", "The request content was invalid: 'properties' is no object.")
    return value


def system_data(arm: ArmRequest, stored: Body | None) -> Body:
    """Returns ``systemData``: the creator, the last writer, and both times."""
    before = (stored or {}).get("systemData") or {}
    moment = iso_fine(arm.now)
    return {
        "createdAt": before.get("createdAt", moment),
        "createdBy": before.get("createdBy", arm.caller_name),
        "createdByType": "Application",
        "lastModifiedAt": moment,
        "lastModifiedBy": arm.caller_name,
        "lastModifiedByType": "Application",
    }
