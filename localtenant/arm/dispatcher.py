"""Azure Resource Manager: subscriptions, resource groups and providers; dispatches other requests to the resource types.

Behaviour from the Azure Resource Manager REST reference (resources 2024-03-01, subscriptions 2022-12-01), the
resource provider contract, and the page of common deployment errors.
"""

from __future__ import annotations

from typing import Any

from localtenant.arm import access
from localtenant.arm.known_types import KNOWN_TYPES
from localtenant.arm.moves import move_resources
from localtenant.arm.resource_types import ArmRequest, ResourcePath, ResourceType, parse_resource_path, visible
from localtenant.core.errors import ServiceError
from localtenant.core.messages import Request, Response
from localtenant.state.cloud import Cloud
from localtenant.state.resources import REGISTERED_PROVIDERS, later
from localtenant.state.store import Body

LONG_OPERATION_SECONDS = 2.0
"""The time of a long operation on the tenant's clock; Azure needs minutes."""

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
    """Answers the requests to Azure Resource Manager."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    async def handle(self, request: Request) -> Response:
        """Answers a request.

        Raises:
            ServiceError: Whatever the service refuses.
        """
        now = self.cloud.clock.now()
        self.cloud.resources.settle(now)
        parts = [part.lower() for part in request.segments]
        if parts and parts[0] != "metadata" and not request.query.get("api-version"):
            raise ServiceError(
                400,
                "MissingApiVersionParameter",
                "The api-version query parameter (?api-version=) is required for all requests.",
            )
        if parts == ["tenants"]:
            return self._tenants(request)
        if parts == ["subscriptions"]:
            return self._subscriptions(request)
        if parts[:1] == ["providers"] and len(parts) <= 2:
            return Response(200, {"value": [_provider(name, True) for name in REGISTERED_PROVIDERS]})
        if parts[:1] != ["subscriptions"] or len(parts) < 2:
            raise ServiceError(404, "InvalidResourceType", f"No resource type has the path '{request.path}'.")
        tenant = self.cloud.tenant_of_subscription(parts[1])
        if tenant is None:
            raise ServiceError(404, "SubscriptionNotFound", f"The subscription '{parts[1]}' could not be found.")
        access.check_tenant(request, tenant)
        if request.method == "GET" and parts[-3:] == ["providers", "microsoft.authorization", "permissions"]:
            return Response(
                200, {"value": access.permissions(self.cloud, request, request.path.rpartition("/providers/")[0])}
            )
        if "providers" in parts[2:]:
            path = parse_resource_path(request.path)
            if path is not None and path.types and parts[4:] not in (["register"], ["unregister"]):
                return await self._resource(request, path)
        return await self._subscription_level(request, parts)

    # Above resources

    def _tenants(self, request: Request) -> Response:
        tenant = self.cloud.tenants[request.caller.tenant_id] if request.caller else None
        if tenant is None:
            return Response(200, {"value": []})
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
        return Response(200, {"value": [body]})

    def _subscriptions(self, request: Request) -> Response:
        own = [
            s for s, t in self.cloud.resources.subscriptions.items() if request.caller and t == request.caller.tenant_id
        ]
        return Response(
            200, {"value": [self._subscription(s) for s in own], "count": {"type": "Total", "value": len(own)}}
        )

    def _subscription(self, subscription: str) -> Body:
        tenant = self.cloud.tenant_of_subscription(subscription)
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

    async def _subscription_level(self, request: Request, parts: list[str]) -> Response:
        names = request.segments
        subscription, rest = parts[1], parts[2:]
        if not rest:
            access.check(
                self.cloud, request, f"/subscriptions/{subscription}", "Microsoft.Resources/subscriptions/read"
            )
            return Response(200, self._subscription(subscription))
        if rest[0] in ("operationresults", "operationstatuses"):
            return self._operation(request, rest)
        if rest[0] == "locations":
            regions = ("westeurope", "northeurope", "germanywestcentral", "eastus", "eastus2")
            prefix = f"/subscriptions/{subscription}/locations"
            return Response(
                200, {"value": [{"id": f"{prefix}/{name}", "name": name, "displayName": name} for name in regions]}
            )
        if rest[0] == "providers":
            return self._providers(request, subscription, names[3:])
        if rest[0] == "resources":
            access.check(
                self.cloud,
                request,
                f"/subscriptions/{subscription}",
                "Microsoft.Resources/subscriptions/resources/read",
            )
            return self._listed(request, f"/subscriptions/{subscription}")
        if rest[0] == "resourcegroups":
            if len(rest) == 3 and rest[2] == "resources" and request.method == "GET":
                group = self.cloud.resources.group(subscription, names[3])
                access.check(self.cloud, request, group["id"], "Microsoft.Resources/subscriptions/resources/read")
                return self._listed(request, group["id"])
            if len(rest) == 3 and rest[2] == "moveresources" and request.method == "POST":
                return move_resources(self.cloud, request, self.cloud.resources.group(subscription, names[3]))
            if len(rest) <= 2:
                return self._group(request, subscription, names[3] if len(rest) == 2 else None)
        raise ServiceError(404, "InvalidResourceType", f"No resource type has the path '{request.path}'.")

    def _providers(self, request: Request, subscription: str, names: list[str]) -> Response:
        registered = self.cloud.resources.providers[subscription]
        known = {name.lower(): name for name in (*REGISTERED_PROVIDERS, *registered)}
        if not names:
            return Response(200, {"value": [_provider(name, name in registered) for name in known.values()]})
        name = known.get(names[0].lower())
        if name is None:
            raise ServiceError(404, "InvalidResourceNamespace", f"The resource namespace '{names[0]}' is invalid.")
        if request.method == "POST" and names[1:] in (["register"], ["unregister"]):
            access.check(self.cloud, request, f"/subscriptions/{subscription}", f"{name}/{names[1]}/action")
            (registered.add if names[1] == "register" else registered.discard)(name)
        return Response(200, _provider(name, name in registered))

    def _listed(self, request: Request, parent: str) -> Response:
        bodies = self.cloud.resources.below(parent, as_of=self._as_of(request))
        rows = []
        for body in bodies:
            resource_type = KNOWN_TYPES.get(str(body["type"]).lower())
            if resource_type is not None and resource_type.tracked:
                row = {key: body[key] for key in ("id", "name", "type", "location", "tags", "identity") if key in body}
                rows.append({key: value for key, value in row.items() if value is not None})
        wanted = request.query.get("$filter", "")
        if wanted.lower().startswith("resourcetype eq "):
            name = wanted[len("resourcetype eq ") :].strip("' ").lower()
            rows = [row for row in rows if row["type"].lower() == name]
        return Response(200, {"value": rows})

    # Resource groups

    def _group(self, request: Request, subscription: str, name: str | None) -> Response:
        resources, now = self.cloud.resources, self.cloud.clock.now()
        _check_version(request, GROUP_VERSIONS, "Microsoft.Resources/resourceGroups")
        scope = f"/subscriptions/{subscription}" + (f"/resourceGroups/{name}" if name else "")
        action = {"GET": "read", "HEAD": "read", "DELETE": "delete"}.get(request.method, "write")
        access.check(self.cloud, request, scope, f"Microsoft.Resources/subscriptions/resourceGroups/{action}")
        if name is None:
            return Response(200, {"value": [visible(b) for b in resources.groups(subscription, self._as_of(request))]})
        if request.method == "GET":
            return Response(200, visible(resources.group(subscription, name, self._as_of(request))))
        if request.method == "HEAD":
            try:
                resources.group(subscription, name, self._as_of(request))
            except ServiceError:
                return Response(404)
            return Response(204)
        if request.method == "PUT":
            if name.endswith(".") or len(name) > 90:
                raise ServiceError(400, "InvalidResourceGroupName", f"The resource group name '{name}' is invalid.")
            body, new = resources.put_group(subscription, name, request.json(), now)
            return Response(201 if new else 200, visible(body))
        if request.method == "PATCH":
            body = dict(resources.group(subscription, name))
            if "tags" in request.json():
                body["tags"] = request.json()["tags"] or {}
            resources.write(body, now)
            return Response(200, visible(body))
        if request.method == "DELETE":
            return self._delete_group(request, subscription, name)
        raise ServiceError(405, "MethodNotAllowed", f"{request.method} is not supported.")

    def _delete_group(self, request: Request, subscription: str, name: str) -> Response:
        group = self.cloud.resources.group(subscription, name)
        access.check_locks(self.cloud, group["id"])
        leaving = dict(group)
        leaving["properties"] = {"provisioningState": "Deleting"}
        self.cloud.resources.write(leaving, self.cloud.clock.now())
        return self._accepted(request, subscription, lambda: self.drop(request, group["id"]), "operationresults")

    def drop(self, request: Request, resource_id: str) -> None:
        """Removes a resource with its children, and lets their types clean up."""
        for body in self.cloud.resources.drop(resource_id, self.cloud.clock.now()):
            resource_type = KNOWN_TYPES.get(str(body["type"]).lower())
            path = parse_resource_path(str(body["id"]))
            tenant = self.cloud.tenant_of_subscription(str(body["id"]).split("/")[2])
            if resource_type is not None and path is not None and tenant is not None:
                resource_type.removed(ArmRequest(request, self.cloud, tenant, path, self.cloud.clock.now()), body)

    # Long operations

    def _accepted(
        self, request: Request, subscription: str, finish: Any, address: str, body: Body | None = None
    ) -> Response:
        key = self.cloud.ids.guid("operation")
        ends = later(self.cloud.clock.now(), LONG_OPERATION_SECONDS)
        self.cloud.resources.begin(key, ends, finish)
        version = request.query["api-version"]
        base = f"{request.base_url}/subscriptions/{subscription}"
        headers = {
            "Location": f"{base}/operationresults/{key}?api-version={version}",
            "Retry-After": str(RETRY_AFTER),
        }
        if address == "operationstatuses":
            headers["Azure-AsyncOperation"] = f"{base}/operationstatuses/{key}?api-version={version}"
        return Response(202, body, headers)

    def _operation(self, request: Request, rest: list[str]) -> Response:
        operation = self.cloud.resources.operations.get(rest[1]) if len(rest) > 1 else None
        if operation is None:
            raise ServiceError(404, "OperationNotFound", "The operation could not be found.")
        running = not operation.done
        if running:
            # A client that sleeps by the wall clock between two polls would never see a virtual clock move.
            advance = getattr(self.cloud.clock, "advance", None)
            if advance is not None:
                advance(RETRY_AFTER)
        waiting = {"Retry-After": str(RETRY_AFTER)} if running else {}
        if rest[0] == "operationstatuses":
            status = "InProgress" if running else "Succeeded"
            body: Body = {"id": request.path, "name": operation.key, "status": status}
            return Response(200, body, waiting)
        if running:
            return Response(202, None, {**waiting, "Location": f"{request.base_url}{request.path}?{request.raw_query}"})
        return Response(200)

    # Resources

    async def _resource(self, request: Request, path: ResourcePath) -> Response:
        path, resource_type = self._typed(request, path)
        _check_version(request, resource_type.api_versions, resource_type.name)
        tenant = self.cloud.tenant_of_subscription(path.subscription)
        assert tenant is not None
        arm = ArmRequest(request, self.cloud, tenant, path, self.cloud.clock.now())
        access.check(self.cloud, request, path.scope, access.action_name(request, path, resource_type))
        self._check_registration(path)
        self._load_parents(arm)
        if path.is_collection:
            return self._collection(arm, resource_type)
        stored = resource_type.load(arm, self._as_of(request) if request.method == "GET" else None)
        if request.method == "PUT":
            return await self._put(arm, resource_type, stored)
        if request.method == "DELETE":
            return self._delete(arm, resource_type, stored)
        if request.method == "POST":
            return await self._post(arm, resource_type, stored)
        if stored is None:
            raise _not_found(arm, resource_type)
        if request.method == "GET":
            return Response(200, resource_type.show(arm, stored))
        if request.method == "HEAD":
            return Response(204)
        return await self._patch(arm, resource_type, stored)

    def _check_registration(self, path: ResourcePath) -> None:
        if path.namespace not in self.cloud.resources.providers[path.subscription.lower()]:
            raise ServiceError(
                409,
                "MissingSubscriptionRegistration",
                f"The subscription is not registered to use namespace '{path.namespace}'. See "
                "https://aka.ms/rps-not-found for how to register subscriptions.",
            )

    def _collection(self, arm: ArmRequest, resource_type: ResourceType) -> Response:
        if arm.request.method != "GET":
            raise ServiceError(
                405, "MethodNotAllowed", f"The requested method '{arm.request.method}' is not supported."
            )
        whole = resource_type.collection(arm)
        if whole is not None:
            return whole
        parent = arm.path.parent_id or arm.path.scope
        bodies = list(self.cloud.resources.below(parent, resource_type.name, self._as_of(arm.request)))
        return Response(200, {"value": resource_type.listed(arm, bodies)})

    async def _post(self, arm: ArmRequest, resource_type: ResourceType, stored: Body | None) -> Response:
        if stored is None:
            response = resource_type.post(arm)
            if response is None:
                raise _not_found(arm, resource_type)
            return response
        if arm.path.action is None:
            raise ServiceError(405, "MethodNotAllowed", "The requested method 'POST' is not supported.")
        return await resource_type.action(arm, arm.path.action, stored)

    async def _patch(self, arm: ArmRequest, resource_type: ResourceType, stored: Body) -> Response:
        if arm.request.method != "PATCH":
            raise ServiceError(
                405, "MethodNotAllowed", f"The requested method '{arm.request.method}' is not supported."
            )
        access.check_locks(self.cloud, arm.path.id, read_only=True)
        body = await resource_type.patch(arm, stored)
        self.cloud.resources.write(body, arm.now)
        return Response(200, resource_type.show(arm, body))

    async def _put(self, arm: ArmRequest, resource_type: ResourceType, stored: Body | None) -> Response:
        resource_type.check_name(arm.path)
        access.check_locks(self.cloud, arm.path.id, read_only=True)
        body = await resource_type.put(arm, stored)
        if not resource_type.long_put or stored is not None:
            self.cloud.resources.write(body, arm.now)
            return Response(resource_type.created_status(stored), resource_type.show(arm, body))
        unfinished = {**body, "properties": {**body["properties"], "provisioningState": "Creating"}}
        self.cloud.resources.write(unfinished, arm.now)

        def finish() -> None:
            if self.cloud.resources.find(str(body["id"])) == unfinished:
                self.cloud.resources.write(body, self.cloud.clock.now())

        shown = resource_type.show(arm, unfinished)
        return self._accepted(arm.request, arm.path.subscription, finish, "operationstatuses", shown)

    def _delete(self, arm: ArmRequest, resource_type: ResourceType, stored: Body | None) -> Response:
        if stored is None and resource_type.deletes_absent:
            return Response(204)
        if stored is None:
            raise _not_found(arm, resource_type)
        access.check_locks(self.cloud, arm.path.id)
        resource_type.check_delete(arm)
        if resource_type.long_delete:
            return self._accepted(
                arm.request, arm.path.subscription, lambda: self.drop(arm.request, arm.path.id), "operationstatuses"
            )
        self.drop(arm.request, arm.path.id)
        return Response(resource_type.deleted_status)

    def _typed(self, request: Request, path: ResourcePath) -> tuple[ResourcePath, ResourceType]:
        resource_type = KNOWN_TYPES.get(path.type_name.lower())
        if resource_type is None and request.method == "POST" and len(path.types) > 1 and path.is_collection:
            # In POST .../accounts/name/listKeys the last part is an action, not a type.
            path = ResourcePath(path.scope, path.namespace, path.types[:-1], path.names, path.types[-1])
            resource_type = KNOWN_TYPES.get(path.type_name.lower())
        if resource_type is None:
            raise ServiceError(
                404,
                "InvalidResourceType",
                f"The resource type '{'/'.join(path.types)}' could not be found in the namespace '{path.namespace}' "
                f"for api version '{request.query.get('api-version')}'. The local tenant knows: "
                f"{', '.join(sorted(known.name for known in KNOWN_TYPES.values()))}.",
            )
        namespace, *types = resource_type.name.split("/")
        return ResourcePath(path.scope, namespace, tuple(types), path.names, path.action), resource_type

    def _load_parents(self, arm: ArmRequest) -> None:
        """Checks that the parents of the resource exist, and keeps their bodies in the request."""
        path = arm.path
        if path.group is not None:
            self.cloud.resources.group(path.subscription, path.group)
        for depth in range(1, len(path.types)):
            above = ResourcePath(path.scope, path.namespace, path.types[:depth], path.names[:depth])
            body = self.cloud.resources.find(above.id)
            if body is None:
                raise ServiceError(
                    404,
                    "ParentResourceNotFound",
                    f"Failed to perform '{'read' if arm.request.method == 'GET' else 'write'}' on resource(s) of type "
                    f"'{'/'.join(path.types)}', because the parent resource '{above.id}' could not be found.",
                )
            arm.parents[above.type_name.lower()] = body

    def _as_of(self, request: Request) -> Any:
        return later(self.cloud.clock.now(), -request.behind) if request.behind > 0 else None


def _check_version(request: Request, known: tuple[str, ...], type_name: str) -> None:
    version = request.query.get("api-version", "")
    if version not in known:
        raise ServiceError(
            400,
            "NoRegisteredProviderFound",
            f"No registered resource provider found for API version '{version}' for type '{type_name}'. The supported "
            f"api-versions are '{', '.join(known)}'.",
        )


def _not_found(arm: ArmRequest, resource_type: ResourceType) -> ServiceError:
    names = "/".join(arm.path.names)
    return ServiceError(
        404,
        resource_type.not_found_code,
        f"The Resource '{resource_type.name}/{names}' under resource group '{arm.path.group}' was not found. For more details "
        "please go to https://aka.ms/ARMResourceNotFoundFix",
    )


def _provider(name: str, registered: bool) -> Body:
    types = [resource_type for resource_type in KNOWN_TYPES.values() if resource_type.name.split("/")[0] == name]
    return {
        "namespace": name,
        "registrationState": "Registered" if registered else "NotRegistered",
        "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [
            {
                "resourceType": resource_type.name.split("/", 1)[1],
                "locations": [],
                "apiVersions": list(reversed(resource_type.api_versions)),
            }
            for resource_type in types
        ],
    }
