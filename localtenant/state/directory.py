"""The directory of one tenant: service principals, and everything that all directory objects share.

Pure state: no HTTP, no clock of its own. Every call names the moment and the caller through :class:`Access`, which
also carries the two delays of a replicated directory: how long a new object takes until other objects may refer to
it, and how far the replica that answers a read is behind.

Behaviour from the Microsoft Graph v1.0 reference (service principals, directory objects) and from what the azuread
provider's retries say about replication.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from localtenant.core.clock import iso
from localtenant.core.errors import ServiceError, graph_bad_request, graph_not_found
from localtenant.core.ids import IdSource, is_guid, stable_guid
from localtenant.state import roles, seed
from localtenant.state.store import Body, Store, StoredObject

COLLECTIONS = (
    "servicePrincipals",
    "applications",
    "administrativeUnits",
    "appRoleAssignments",
    "roleAssignments",
    "users",
    "groups",
    "namedLocations",
    "conditionalAccessPolicies",
    "exchangeRoleAssignments",
    "exchangeCustomAppScopes",
)
PRINCIPALS = ("servicePrincipals", "users", "groups")
"""Collections of objects that can hold a grant."""
RESTORABLE = ("servicePrincipals", "applications", "users", "groups")
"""Collections whose deleted objects can be restored for 30 days; of groups only Microsoft 365 groups."""


@dataclass(frozen=True)
class Access:
    """The caller and the moment of a read or write, and how stale its replica is.

    Attributes:
        now: the moment of the call.
        app_id: application id of the caller. Like Graph's session routing, a caller reads at once what it wrote itself.
            Nobody can refer to a new object before it has replicated.
        lag: seconds until an object that this call creates has replicated.
        behind: seconds that the replica which answers this call is behind.
    """

    now: datetime
    app_id: str = ""
    lag: float = 0.0
    behind: float = 0.0

    def as_of(self) -> datetime | None:
        return self.now - timedelta(seconds=self.behind) if self.behind > 0 else None

    def with_lag(self, lag: float) -> Access:
        return replace(self, lag=lag)


class Directory:
    """The objects of one tenant by collection and id."""

    def __init__(self, tenant: seed.TenantSeed, ids: IdSource) -> None:
        self.tenant = tenant
        self.ids = ids
        self.stores: dict[str, Store] = {collection: Store() for collection in COLLECTIONS}
        self.owners: dict[str, list[str]] = {}
        self.members: dict[str, list[str]] = {}
        self.managers: dict[str, str] = {}
        self.deleted: dict[str, tuple[str, Body]] = {}
        self.role_definitions: dict[str, Body] = roles.built_in()
        # Every tenant has an administrator, so this role is activated.
        first = seed.DIRECTORY_ROLES["Global Administrator"]
        self.activated_roles: dict[str, str] = {first: stable_guid("directoryRole", tenant.tenant_id, first)}
        # Assignments by the objects they name, deleted ones included: a listing costs what it returns.
        self.assigned_by: dict[str, list[str]] = {}
        self._by_app_id: dict[str, list[str]] = {}

    # Reading

    def readable(self, record: StoredObject | None, access: Access) -> Body | None:
        """Returns the body that a read sees; None when it sees none."""
        if record is None:
            return None
        if record.visible > access.now and (not access.app_id or record.creator != access.app_id):
            return None
        return record.at(access.as_of())

    def find(self, collection: str, object_id: str, access: Access) -> Body | None:
        """Returns an object by id as a read sees it; None when it sees none."""
        return self.readable(self.stores[collection].record(object_id.lower()), access)

    def get(self, collection: str, object_id: str, access: Access) -> Body:
        """Returns an object by id.

        Raises:
            ServiceError: 404, the object does not exist or has not replicated.
        """
        body = self.find(collection, object_id, access)
        if body is None:
            raise graph_not_found(object_id)
        return body

    def all(self, collection: str, access: Access) -> Iterator[Body]:
        """Returns every readable object of a collection, oldest first."""
        for record in self.stores[collection].records():
            body = self.readable(record, access)
            if body is not None:
                yield body

    def referable(self, object_id: str, access: Access, collections: tuple[str, ...] = PRINCIPALS) -> bool:
        """Returns whether a write may refer to the object: it exists and has replicated."""
        for collection in collections:
            record = self.stores[collection].record(object_id.lower())
            if record is not None and record.at() is not None:
                return record.visible <= access.now
        return False

    def by_app_id(self, app_id: str, access: Access) -> Body | None:
        """Returns the service principal of an application id; None when a read sees none."""
        for key in self._by_app_id.get(app_id.lower(), []):
            body = self.find("servicePrincipals", key, access)
            if body is not None:
                return body
        return None

    # Writing

    def add(self, collection: str, body: Body, access: Access) -> Body:
        """Stores a new object under ``body["id"]``."""
        visible = access.now + timedelta(seconds=max(0.0, access.lag))
        self.stores[collection].add(body["id"].lower(), body, now=access.now, visible=visible, creator=access.app_id)
        return body

    def change(self, collection: str, object_id: str, changes: Body, access: Access) -> Body:
        """Merges properties into an object, complex ones property by property, as Graph's PATCH does."""
        body = merged(self.get(collection, object_id, replace(access, behind=0.0)), changes)
        self.stores[collection].update(object_id.lower(), body, now=access.now)
        return body

    def add_service_principal(self, properties: Body, access: Access, object_id: str | None = None) -> Body:
        """Creates a service principal.

        ``properties`` are Graph's, ``appId`` and ``displayName`` at least.

        Raises:
            ServiceError: 409, the application has a service principal in this tenant.
        """
        app_id = str(properties["appId"]).lower()
        if any(key in self.stores["servicePrincipals"] for key in self._by_app_id.get(app_id, [])):
            raise ServiceError(
                409,
                "Request_MultipleObjectsWithSameKeyValue",
                f"The service principal cannot be created, updated, or restored because the service principal name "
                f"{app_id} is already in use.",
            )
        body = _service_principal(properties, self.tenant.tenant_id, iso(access.now))
        body["id"] = (object_id or self.ids.guid("servicePrincipal")).lower()
        self._by_app_id.setdefault(app_id, []).append(body["id"])
        return self.add("servicePrincipals", body, access)

    def delete(self, collection: str, object_id: str, access: Access, soft: bool = True) -> Body:
        """Deletes an object with everything that refers to it.

        With an application goes its service principal, and with a service principal go the assignments that it holds or
        that name it as their resource. ``soft`` keeps the types that can be restored for 30 days.

        Raises:
            ServiceError: 404.
        """
        key = object_id.lower()
        record = self.stores[collection].record(key)
        if record is None or record.at() is None:
            raise graph_not_found(object_id)
        if record.visible > access.now and record.creator != access.app_id and access.app_id:
            raise graph_not_found(object_id)
        body = self.stores[collection].remove(key, now=access.now)
        unified = collection != "groups" or "Unified" in body.get("groupTypes", ())
        if collection in RESTORABLE and soft and unified:
            self.deleted[key] = (collection, {**body, "deletedDateTime": iso(access.now)})
        if collection in PRINCIPALS:
            self._forget_assignments(key, access)
        elif collection == "administrativeUnits":
            self._forget_scope(f"/administrativeUnits/{key}", access)
        elif collection == "applications":
            principal = next((sp for sp in self.live("servicePrincipals") if sp["appId"] == body["appId"]), None)
            if principal is not None:
                self.delete("servicePrincipals", principal["id"], replace(access, app_id=""), soft)
        self.members.pop(key, None)
        self.managers = {user: manager for user, manager in self.managers.items() if key not in (user, manager)}
        for names in self.members.values():
            if key in names:
                names.remove(key)
        return body

    def restore(self, object_id: str, access: Access) -> Body:
        """Restores a soft-deleted object, without its assignments."""
        entry = self.deleted.pop(object_id.lower(), None)
        if entry is None:
            raise graph_not_found(object_id)
        collection, body = entry
        restored = {**body, "deletedDateTime": None}
        return self.add(collection, restored, access)

    def live(self, collection: str) -> Iterator[Body]:
        """Returns every existing object of a collection, replicated or not."""
        return self.stores[collection].bodies()

    def index_assignment(self, assignment_id: str, *object_ids: str) -> None:
        """Notes which objects an assignment names."""
        for object_id in object_ids:
            self.assigned_by.setdefault(object_id.lower(), []).append(assignment_id)

    def assignments_of(self, collection: str, object_id: str, access: Access) -> Iterator[Body]:
        """Returns the readable assignments in a collection that name the object."""
        stores = [self.stores[name] for name in ("appRoleAssignments", "roleAssignments")]
        known = self.assigned_by.get(object_id.lower(), [])
        known[:] = [key for key in known if any(store.record(key.lower()) for store in stores)]
        for assignment_id in list(known):
            body = self.find(collection, assignment_id, access)
            if body is not None:
                yield body

    def _forget_assignments(self, key: str, access: Access) -> None:
        for assignment_id in self.assigned_by.get(key, []):
            for collection in ("appRoleAssignments", "roleAssignments"):
                if assignment_id.lower() in self.stores[collection]:
                    self.stores[collection].remove(assignment_id.lower(), now=access.now)

    def _forget_scope(self, scope: str, access: Access) -> None:
        for body in list(self.live("roleAssignments")):
            if str(body["directoryScopeId"]).lower() == scope.lower():
                self.stores["roleAssignments"].remove(body["id"].lower(), now=access.now)


def merged(body: Body, changes: Body) -> Body:
    """Returns ``body`` with ``changes``: objects merge, and every other value is replaced."""
    result = dict(body)
    for name, value in changes.items():
        current = result.get(name)
        result[name] = merged(current, value) if isinstance(current, dict) and isinstance(value, dict) else value
    return result


def require_guid(value: Any, name: str, resource: str) -> str:
    """Returns a GUID from a request body, in lower case.

    Raises:
        ServiceError: 400, it is not a GUID.
    """
    if not is_guid(value):
        raise graph_bad_request(f"Invalid value specified for property '{name}' of resource '{resource}'.")
    return str(value).lower()


def app_role(value: str, role_id: str, display_name: str) -> Body:
    """Returns an app role as a service principal exposes it."""
    return {
        "allowedMemberTypes": ["Application"],
        "description": display_name,
        "displayName": display_name,
        "id": role_id,
        "isEnabled": True,
        "origin": "Application",
        "value": value,
    }


def _service_principal(properties: Body, tenant_id: str, created: str) -> Body:
    name = properties.get("displayName")
    defaults: Body = {
        "deletedDateTime": None,
        "accountEnabled": True,
        "alternativeNames": [],
        "appDisplayName": name,
        "appDescription": None,
        "applicationTemplateId": None,
        "appOwnerOrganizationId": tenant_id,
        "appRoleAssignmentRequired": False,
        "createdDateTime": created,
        "description": None,
        "disabledByMicrosoftStatus": None,
        "homepage": None,
        "loginUrl": None,
        "logoutUrl": None,
        "notes": None,
        "notificationEmailAddresses": [],
        "preferredSingleSignOnMode": None,
        "preferredTokenSigningKeyThumbprint": None,
        "replyUrls": [],
        "servicePrincipalNames": [properties["appId"]],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "tags": [],
        "tokenEncryptionKeyId": None,
        "samlSingleSignOnSettings": None,
        "addIns": [],
        "appRoles": [],
        "info": {
            "logoUrl": None,
            "marketingUrl": None,
            "privacyStatementUrl": None,
            "supportUrl": None,
            "termsOfServiceUrl": None,
        },
        "keyCredentials": [],
        "oauth2PermissionScopes": [],
        "passwordCredentials": [],
        "resourceSpecificApplicationPermissions": [],
        "verifiedPublisher": {"displayName": None, "verifiedPublisherId": None, "addedDateTime": None},
    }
    body = {"id": "", **defaults, **properties}
    body["appId"] = str(properties["appId"]).lower()
    return body
