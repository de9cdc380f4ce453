"""Azure Resource Manager: subscriptions, resource groups, providers, and the way to every resource type.

Behaviour from the Azure Resource Manager REST reference (resources 2024-03-01, subscriptions 2022-12-01), the
resource provider contract, and the page of common deployment errors.
"""

from __future__ import annotations

from typing import Any

from localtenant.arm import access
from localtenant.arm.known_types import KNOWN_TYPES
from localtenant.arm.resource_types import ArmCall, ResourcePath, ResourceType, parse_resource_path, visible
from localtenant.core.errors import ServiceError
from localtenant.core.messages import Call, Reply
from localtenant.state.cloud import World
from localtenant.state.resources import REGISTERED_PROVIDERS, later
from localtenant.state.store import Body

LONG_OPERATION_SECONDS = 2.0
"""What Azure needs minutes for takes this long here, on the tenant's clock."""

RETRY_AFTER = 1
GROUP_VERSIONS = (
    "2016-09-01",
    "2018-05-01",
    "2019-05-01",
    "2019-10-01",
    "2020-06-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-09-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
)


class ResourceManager:
    """Answers every request outside the directory and sign-in."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def handle(self, call: Call) -> Reply:
        """Answer a request.

        Raises:
            ServiceError: whatever the service refuses.
        """
        now = self.world.clock.now()
        self.world.resources.settle(now)
        parts = [part.lower() for part in call.segments]
        if parts and parts[0] != "metadata" and not call.query.get("api-version"):
            raise ServiceError(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        if parts == ["tenants"]:
            return self._tenants(call)
        if parts == ["subscriptions"]:
            return self._subscriptions(call)
        if parts[:1] == ["providers"] and len(parts) <= 2:
            return Reply(200, {"value": [_provider(name, True) for name in REGISTERED_PROVIDERS]})
        if parts[:1] != ["subscriptions"] or len(parts) < 2:
            raise ServiceError(404, "InvalidResourceType", f"There is nothing at '{call.path}'.")
        tenant = self.world.tenant_of_subscription(parts[1])
        if tenant is None:
            raise ServiceError(404, "SubscriptionNotFound", f"The subscription '{parts[1]}' could not be found.")
        access.check_tenant(call, tenant)
        if call.method == "GET" and parts[-3:] == ["providers", "microsoft.authorization", "permissions"]:
            return Reply(200, {"value": access.permissions(self.world, call, call.path.rpartition("/providers/")[0])})
        if "providers" in parts[2:]:
            path = parse_resource_path(call.path)
            if path is not None and path.types and parts[4:] not in (["register"], ["unregister"]):
                return await self._resource(call, path)
        return await self._subscription_level(call, parts)

    # Above resources

    def _tenants(self, call: Call) -> Reply:
        tenant = self.world.tenants[call.caller.tenant_id] if call.caller else None
        if tenant is None:
            return Reply(200, {"value": []})
        body = {
            "id": f"/tenants/{tenant.id}",
            "tenantId": tenant.id,
            "countryCode": "DE",
            "displayName": tenant.seed.name.capitalize(),
            "domains": [tenant.seed.initial_domain, tenant.seed.custom_domain],
            "tenantCategory": "Home",
            "defaultDomain": tenant.seed.custom_domain,
            "tenantType": "AAD",
        }
        return Reply(200, {"value": [body]})

    def _subscriptions(self, call: Call) -> Reply:
        own = [s for s, t in self.world.resources.subscriptions.items() if call.caller and t == call.caller.tenant_id]
        return Reply(
            200, {"value": [self._subscription(s) for s in own], "count": {"type": "Total", "value": len(own)}}
        )

    def _subscription(self, subscription: str) -> Body:
        tenant = self.world.tenant_of_subscription(subscription)
        assert tenant is not None
        return {
            "id": f"/subscriptions/{subscription}",
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "subscriptionId": subscription,
            "tenantId": tenant.id,
            "displayName": f"{tenant.seed.name.capitalize()} local",
            "state": "Enabled",
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": "PayAsYouGo_2014-09-01",
                "spendingLimit": "Off",
            },
        }

    async def _subscription_level(self, call: Call, parts: list[str]) -> Reply:
        names = call.segments
        subscription, rest = parts[1], parts[2:]
        if not rest:
            access.check(self.world, call, f"/subscriptions/{subscription}", "Microsoft.Resources/subscriptions/read")
            return Reply(200, self._subscription(subscription))
        if rest[0] in ("operationresults", "operationstatuses"):
            return self._operation(call, rest)
        if rest[0] == "locations":
            regions = ("westeurope", "northeurope", "germanywestcentral", "eastus", "eastus2")
            prefix = f"/subscriptions/{subscription}/locations"
            return Reply(
                200, {"value": [{"id": f"{prefix}/{name}", "name": name, "displayName": name} for name in regions]}
            )
        if rest[0] == "providers":
            return self._providers(call, subscription, names[3:])
        if rest[0] == "resources":
            access.check(
                self.world, call, f"/subscriptions/{subscription}", "Microsoft.Resources/subscriptions/resources/read"
            )
            return self._listed(call, f"/subscriptions/{subscription}")
        if rest[0] == "resourcegroups":
            if len(rest) == 3 and rest[2] == "resources" and call.method == "GET":
                group = self.world.resources.group(subscription, names[3])
                access.check(self.world, call, group["id"], "Microsoft.Resources/subscriptions/resources/read")
                return self._listed(call, group["id"])
            if len(rest) <= 2:
                return self._group(call, subscription, names[3] if len(rest) == 2 else None)
        raise ServiceError(404, "InvalidResourceType", f"There is nothing at '{call.path}'.")

    def _providers(self, call: Call, subscription: str, names: list[str]) -> Reply:
        registered = self.world.resources.providers[subscription]
        known = {name.lower(): name for name in (*REGISTERED_PROVIDERS, *registered)}
        if not names:
            return Reply(200, {"value": [_provider(name, name in registered) for name in known.values()]})
        name = known.get(names[0].lower())
        if name is None:
            raise ServiceError(404, "InvalidResourceNamespace", f"The resource namespace '{names[0]}' is invalid.")
        if call.method == "POST" and names[1:] in (["register"], ["unregister"]):
            access.check(self.world, call, f"/subscriptions/{subscription}", f"{name}/{names[1]}/action")
            (registered.add if names[1] == "register" else registered.discard)(name)
        return Reply(200, _provider(name, name in registered))

    def _listed(self, call: Call, parent: str) -> Reply:
        bodies = self.world.resources.below(parent, as_of=self._as_of(call))
        rows = []
        for body in bodies:
            kind = KNOWN_TYPES.get(str(body.get("_type", "")).lower())
            if kind is not None and kind.tracked:
                row = {key: body[key] for key in ("id", "name", "type", "location", "tags", "identity") if key in body}
                rows.append({key: value for key, value in row.items() if value is not None})
        wanted = call.query.get("$filter", "")
        if wanted.lower().startswith("resourcetype eq "):
            name = wanted[len("resourcetype eq ") :].strip("' ").lower()
            rows = [row for row in rows if row["type"].lower() == name]
        return Reply(200, {"value": rows})

    # Resource groups

    def _group(self, call: Call, subscription: str, name: str | None) -> Reply:
        resources, now = self.world.resources, self.world.clock.now()
        _check_version(call, GROUP_VERSIONS, "Microsoft.Resources/resourceGroups")
        scope = f"/subscriptions/{subscription}" + (f"/resourceGroups/{name}" if name else "")
        action = {"GET": "read", "HEAD": "read", "DELETE": "delete"}.get(call.method, "write")
        access.check(self.world, call, scope, f"Microsoft.Resources/subscriptions/resourceGroups/{action}")
        if name is None:
            return Reply(200, {"value": [visible(b) for b in resources.groups(subscription, self._as_of(call))]})
        if call.method == "GET":
            return Reply(200, visible(resources.group(subscription, name, self._as_of(call))))
        if call.method == "HEAD":
            try:
                resources.group(subscription, name, self._as_of(call))
            except ServiceError:
                return Reply(404)
            return Reply(204)
        if call.method == "PUT":
            if name.endswith(".") or len(name) > 90:
                raise ServiceError(400, "InvalidResourceGroupName", f"The resource group name '{name}' is invalid.")
            body, new = resources.put_group(subscription, name, call.json(), now)
            return Reply(201 if new else 200, visible(body))
        if call.method == "PATCH":
            body = dict(resources.group(subscription, name))
            if "tags" in call.json():
                body["tags"] = call.json()["tags"] or {}
            resources.write(body, now)
            return Reply(200, visible(body))
        if call.method == "DELETE":
            return self._delete_group(call, subscription, name)
        raise ServiceError(405, "MethodNotAllowed", f"{call.method} is not supported.")

    def _delete_group(self, call: Call, subscription: str, name: str) -> Reply:
        group = self.world.resources.group(subscription, name)
        access.check_locks(self.world, group["id"])
        leaving = dict(group)
        leaving["properties"] = {"provisioningState": "Deleting"}
        self.world.resources.write(leaving, self.world.clock.now())
        return self._accepted(call, subscription, lambda: self.drop(call, group["id"]), "operationresults")

    def drop(self, call: Call, resource_id: str) -> None:
        """Remove a resource with all it holds, and what its types have elsewhere."""
        for body in self.world.resources.drop(resource_id, self.world.clock.now()):
            kind = KNOWN_TYPES.get(str(body.get("_type", "")).lower())
            path = parse_resource_path(str(body["id"]))
            tenant = self.world.tenant_of_subscription(str(body["id"]).split("/")[2])
            if kind is not None and path is not None and tenant is not None:
                kind.removed(ArmCall(call, self.world, tenant, path, self.world.clock.now()), body)

    # Long operations

    def _accepted(self, call: Call, subscription: str, finish: Any, kind: str, body: Body | None = None) -> Reply:
        key = self.world.ids.guid("operation")
        ends = later(self.world.clock.now(), LONG_OPERATION_SECONDS)
        self.world.resources.begin(key, ends, finish)
        version = call.query["api-version"]
        base = f"{call.base_url}/subscriptions/{subscription}"
        headers = {
            "Location": f"{base}/operationresults/{key}?api-version={version}",
            "Retry-After": str(RETRY_AFTER),
        }
        if kind == "operationstatuses":
            headers["Azure-AsyncOperation"] = f"{base}/operationstatuses/{key}?api-version={version}"
        return Reply(202, body, headers)

    def _operation(self, call: Call, rest: list[str]) -> Reply:
        operation = self.world.resources.operations.get(rest[1]) if len(rest) > 1 else None
        if operation is None:
            raise ServiceError(404, "OperationNotFound", "The operation could not be found.")
        running = not operation.done
        if running:
            # A client that sleeps on the wall between two polls would never see a virtual clock move.
            advance = getattr(self.world.clock, "advance", None)
            if advance is not None:
                advance(RETRY_AFTER)
        waiting = {"Retry-After": str(RETRY_AFTER)} if running else {}
        if rest[0] == "operationstatuses":
            status = "InProgress" if running else "Succeeded"
            body: Body = {"id": call.path, "name": operation.key, "status": status}
            return Reply(200, body, waiting)
        if running:
            return Reply(202, None, {**waiting, "Location": f"{call.base_url}{call.path}?{call.raw_query}"})
        return Reply(200)

    # Resources

    async def _resource(self, call: Call, path: ResourcePath) -> Reply:
        path, kind = self._typed(call, path)
        _check_version(call, kind.api_versions, kind.name)
        tenant = self.world.tenant_of_subscription(path.subscription)
        assert tenant is not None
        arm = ArmCall(call, self.world, tenant, path, self.world.clock.now())
        access.check(self.world, call, path.scope, access.action_name(call, path, kind))
        if path.namespace not in self.world.resources.providers[path.subscription.lower()]:
            raise ServiceError(
                409,
                "MissingSubscriptionRegistration",
                f"The subscription is not registered to use namespace '{path.namespace}'. See "
                "https://aka.ms/rps-not-found for how to register subscriptions.",
            )
        self._load_parents(arm)
        if path.is_collection:
            if call.method != "GET":
                raise ServiceError(405, "MethodNotAllowed", f"The requested method '{call.method}' is not supported.")
            whole = kind.collection(arm)
            if whole is not None:
                return whole
            parent = path.parent_id or path.scope
            bodies = list(self.world.resources.below(parent, kind.name, self._as_of(call)))
            return Reply(200, {"value": kind.listed(arm, bodies)})
        existing = kind.load(arm, self._as_of(call) if call.method == "GET" else None)
        if call.method == "PUT":
            return await self._put(arm, kind, existing)
        if call.method == "DELETE":
            return self._delete(arm, kind, existing)
        if existing is None:
            made = kind.post(arm) if call.method == "POST" else None
            if made is not None:
                return made
            raise _not_found(arm, kind)
        if call.method == "GET":
            return Reply(200, kind.show(arm, existing))
        if call.method == "HEAD":
            return Reply(204)
        if call.method == "PATCH":
            access.check_locks(self.world, path.id, read_only=True)
            body = await kind.patch(arm, existing)
            self.world.resources.write(body, arm.now)
            return Reply(200, kind.show(arm, body))
        if call.method == "POST" and path.action is not None:
            return await kind.action(arm, path.action, existing)
        raise ServiceError(405, "MethodNotAllowed", f"The requested method '{call.method}' is not supported.")

    async def _put(self, arm: ArmCall, kind: ResourceType, existing: Body | None) -> Reply:
        kind.check_name(arm.path)
        access.check_locks(self.world, arm.path.id, read_only=True)
        body = await kind.put(arm, existing)
        self.world.resources.write(body, arm.now)
        shown = kind.show(arm, body)
        if kind.long_put and existing is None:
            return self._accepted(arm.call, arm.path.subscription, lambda: None, "operationstatuses", shown)
        return Reply(kind.created_status(existing), shown)

    def _delete(self, arm: ArmCall, kind: ResourceType, existing: Body | None) -> Reply:
        if existing is None:
            return Reply(204)
        access.check_locks(self.world, arm.path.id)
        kind.check_delete(arm)
        if kind.long_delete:
            return self._accepted(
                arm.call, arm.path.subscription, lambda: self.drop(arm.call, arm.path.id), "operationstatuses"
            )
        self.drop(arm.call, arm.path.id)
        return Reply(kind.deleted_status)

    def _typed(self, call: Call, path: ResourcePath) -> tuple[ResourcePath, ResourceType]:
        kind = KNOWN_TYPES.get(path.type_name.lower())
        if kind is None and call.method == "POST" and len(path.types) > 1 and path.is_collection:
            # POST .../accounts/name/listKeys: the odd last part is an action, not a type.
            path = ResourcePath(path.scope, path.namespace, path.types[:-1], path.names, path.types[-1])
            kind = KNOWN_TYPES.get(path.type_name.lower())
        if kind is None:
            raise ServiceError(
                404,
                "InvalidResourceType",
                f"The resource type '{'/'.join(path.types)}' could not be found in the namespace '{path.namespace}' "
                f"for api version '{call.query.get('api-version')}'. The local tenant knows: "
                f"{', '.join(sorted(known.name for known in KNOWN_TYPES.values()))}.",
            )
        namespace, *types = kind.name.split("/")
        return ResourcePath(path.scope, namespace, tuple(types), path.names, path.action), kind

    def _load_parents(self, arm: ArmCall) -> None:
        """Check that what the resource stands in exists."""
        path = arm.path
        if path.group is not None:
            self.world.resources.group(path.subscription, path.group)
        for depth in range(1, len(path.types)):
            above = ResourcePath(path.scope, path.namespace, path.types[:depth], path.names[:depth])
            body = self.world.resources.find(above.id)
            if body is None:
                raise ServiceError(
                    404,
                    "ParentResourceNotFound",
                    f"Failed to perform '{'read' if arm.call.method == 'GET' else 'write'}' on resource(s) of type "
                    f"'{'/'.join(path.types)}', because the parent resource '{above.id}' could not be found.",
                )
            arm.parents[above.type_name.lower()] = body

    def _as_of(self, call: Call) -> Any:
        return later(self.world.clock.now(), -call.behind) if call.behind > 0 else None


def _check_version(call: Call, known: tuple[str, ...], type_name: str) -> None:
    version = call.query.get("api-version", "")
    if version not in known:
        raise ServiceError(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for API version '{version}' for type '{type_name}'. The supported "
            f"api-versions are '{', '.join(known)}'.",
        )


def _not_found(arm: ArmCall, kind: ResourceType) -> ServiceError:
    names = "/".join(arm.path.names)
    return ServiceError(
        404,
        "ResourceNotFound",
        f"The Resource '{kind.name}/{names}' under resource group '{arm.path.group}' was not found. For more details "
        "please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def _provider(name: str, registered: bool) -> Body:
    types = [kind for kind in KNOWN_TYPES.values() if kind.name.split("/")[0] == name]
    return {
        "namespace": name,
        "registrationState": "Registered" if registered else "NotRegistered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [
            {
                "resourceType": kind.name.split("/", 1)[1],
                "locations": [],
                "apiVersions": list(reversed(kind.api_versions)),
            }
            for kind in types
        ],
    }
