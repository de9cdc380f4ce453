"""The emulated provider for the plugin ``azure-native``."""

from __future__ import annotations

import json
from collections.abc import Sequence

from localtenant.environment import PluginEnvironment
from localtenant.providers.azure_native import blob
from localtenant.providers.azure_native.client import DEFAULT_POLL_SECONDS, GONE, ArmClient, ArmResponse
from localtenant.providers.azure_native.resources import FUNCTIONS, RESOURCES
from localtenant.providers.azure_native.schema import ResourceSchema
from localtenant.providers.provider import (
    Autonaming,
    Difference,
    Failure,
    PartialCreateError,
    ProviderError,
    ReadResult,
    SignedInProvider,
)
from localtenant.providers.values import UNKNOWN, Properties

GET_CLIENT_CONFIG = "azure-native:authorization:getClientConfig"
LIST_SERVICE_SAS = "azure-native:storage:listStorageAccountServiceSAS"
GROUP_API_VERSION = "2020-10-01"
REGISTRATION_API_VERSION = "2019-05-01"
REGISTRATION_POLLS = 60
_SAS_ARGUMENTS = {
    "canonicalizedResource": "canonicalizedResource",
    "resource": "signedResource",
    "permissions": "signedPermission",
    "protocols": "signedProtocol",
    "sharedAccessStartTime": "signedStart",
    "sharedAccessExpiryTime": "signedExpiry",
    "keyToSign": "keyToSign",
}


class AzureNative(SignedInProvider[ArmClient]):
    """One instance of the provider ``azure-native``."""

    name = "azure-native"
    version = "3.29.0"

    def __init__(self, environment: PluginEnvironment) -> None:
        super().__init__(environment)
        self._location = ""
        self._group_locations: dict[str, object] = {}

    async def configure(self, config: Properties) -> None:
        """Signs in."""
        client = ArmClient(self._environment, config)
        await client.sign_in()
        self._client = client
        self._location = client.setting("location", "ARM_LOCATION_NAME")

    async def check(
        self,
        token: str,
        urn: str,
        name: str,
        olds: Properties,
        news: Properties,
        random_seed: bytes,
        autonaming: Autonaming | None = None,
    ) -> tuple[Properties, Sequence[Failure]]:
        """Checks the inputs against the type's schema, and fills in a missing location as the plugin does."""
        schema = _schema(token)
        given = dict(news)
        if schema.has_location and given.get("location") is None:
            location = await self._default_location(schema, olds, given)
            if location is not None:
                given["location"] = location
        return schema.check(name, olds, given, random_seed, autonaming)

    async def _default_location(self, schema: ResourceSchema, olds: Properties, inputs: Properties) -> object:
        """Returns the location of the existing resource, else that of the configuration, else that of the resource group."""
        if olds.get("location") is not None:
            return olds["location"]
        if self._location:
            return self._location
        group = inputs.get("resourceGroupName")
        if group is None or schema.name == "resourceGroupName":
            return None
        if group is UNKNOWN:
            return UNKNOWN
        path = f"/subscriptions/{self.client.subscription_id}/resourceGroups/{group}"
        if path not in self._group_locations:
            found = await self.client.request("GET", path, GROUP_API_VERSION)
            if not found.succeeded:
                return UNKNOWN
            self._group_locations[path] = found.body.get("location")
        return self._group_locations[path]

    async def diff(
        self, token: str, resource_id: str, state: Properties, old_inputs: Properties, news: Properties
    ) -> Difference:
        """Compares the inputs by the type's schema."""
        return _schema(token).diff(old_inputs, news)

    async def create(self, token: str, urn: str, inputs: Properties, *, preview: bool) -> tuple[str, Properties]:
        """Checks that the resource does not exist, sends the PUT, polls the operation and reads the resource."""
        schema = _schema(token)
        if preview:
            return "", schema.planned(inputs)
        if token == blob.TOKEN:
            return await blob.create(self.client, inputs)
        path = schema.id_of(self.client.subscription_id, inputs)
        existing = await self.client.request("GET", path, schema.api_version)
        if existing.succeeded and existing.body:
            raise ProviderError(f"cannot create already existing resource '{path}'")
        if not existing.succeeded and existing.status != 404:
            body = json.dumps(existing.body, separators=(",", ":"))
            raise ProviderError(f"cannot check existence of resource '{path}': status code {existing.status}, {body}")
        put = await self._write("PUT", schema, path, schema.body(inputs))
        resource_id = str(put.body.get("id") or path)
        try:
            done = await self.client.finish("PUT", put, path, schema.api_version)
        except ProviderError as failure:
            partial = await self._after_write(schema, path, put)
            state = schema.state(partial, inputs)
            raise PartialCreateError(resource_id, state, inputs, [str(failure)]) from failure
        response = await self._after_write(schema, path, done if done.body else put)
        return str(response.get("id") or resource_id), schema.state(response, inputs)

    async def _write(self, method: str, schema: ResourceSchema, path: str, body: Properties) -> ArmResponse:
        """Sends a PUT or PATCH, and repeats it after it has registered a missing resource provider."""
        response = await self.client.request(method, path, schema.api_version, body)
        if response.status == 409 and response.code == "MissingSubscriptionRegistration":
            await self._register(path.rsplit("/providers/", 1)[-1].split("/", 1)[0])
            response = await self.client.request(method, path, schema.api_version, body)
        if not response.succeeded:
            raise ProviderError(response.failure)
        return response

    async def _register(self, namespace: str) -> None:
        address = f"/subscriptions/{self.client.subscription_id}/providers/{namespace}"
        response = await self.client.request("POST", f"{address}/register", REGISTRATION_API_VERSION)
        for _ in range(REGISTRATION_POLLS):
            if not response.succeeded:
                raise ProviderError(response.failure)
            if response.body.get("registrationState") == "Registered":
                return
            await self.client.sleep(DEFAULT_POLL_SECONDS)
            response = await self.client.request("GET", address, REGISTRATION_API_VERSION)
        raise ProviderError(f"the resource provider {namespace} was not registered in time")

    async def _after_write(self, schema: ResourceSchema, path: str, written: ArmResponse) -> Properties:
        """Returns the resource as the service shows it now, or the answer to the write where it cannot be read."""
        try:
            found = await self.client.request("GET", path, schema.api_version)
        except ProviderError:
            return written.body
        return found.body if found.succeeded else written.body

    async def read(
        self, token: str, resource_id: str, urn: str, inputs: Properties, state: Properties
    ) -> ReadResult | None:
        """Reads a resource for a refresh or an import."""
        schema = _schema(token)
        if token == blob.TOKEN:
            blob_inputs = inputs or blob.inputs_of(resource_id)
            blob_state = await blob.read(self.client, blob_inputs)
            return None if blob_state is None else ReadResult(resource_id, blob_state, blob_inputs)
        if schema.parameters_of(resource_id) is None:
            raise ProviderError(f"unable to parse the id '{resource_id}' as '{schema.path}'")
        found = await self.client.request("GET", resource_id, schema.api_version)
        if found.status == 404 and found.code in GONE:
            return None
        if not found.succeeded:
            raise ProviderError(found.failure)
        new = schema.state(found.body, inputs)
        if not inputs:
            return ReadResult(resource_id, new, schema.imported(resource_id, new))
        return ReadResult(resource_id, new, schema.refreshed(inputs, state, new))

    async def update(
        self,
        token: str,
        resource_id: str,
        urn: str,
        state: Properties,
        old_inputs: Properties,
        news: Properties,
        *,
        preview: bool,
    ) -> Properties:
        """Sends the PUT or PATCH, polls the operation and reads the resource."""
        schema = _schema(token)
        if preview:
            # A preview knows only the outputs that never change, so dependents may look as if they were replaced.
            return {**schema.planned(news), **{name: state[name] for name in ("name", "location") if name in state}}
        if token == blob.TOKEN:
            return await blob.update(self.client, old_inputs, news)
        method, body = schema.update_request(state, news)
        written = await self._write(method, schema, resource_id, body)
        done = await self.client.finish("PUT", written, resource_id, schema.api_version)
        return schema.state(await self._after_write(schema, resource_id, done if done.body else written), news)

    async def delete(self, token: str, resource_id: str, urn: str, old_inputs: Properties, state: Properties) -> None:
        """Sends the DELETE and polls the operation; a resource that does not exist counts as deleted."""
        schema = _schema(token)
        if token == blob.TOKEN:
            await blob.delete(self.client, old_inputs)
            return
        response = await self.client.request("DELETE", resource_id, schema.api_version)
        if response.status == 404:
            return
        if not response.succeeded:
            raise ProviderError(response.failure)
        await self.client.finish("DELETE", response, resource_id, schema.api_version)

    async def invoke(self, token: str, args: Properties) -> tuple[Properties, Sequence[Failure]]:
        """Calls a function."""
        if token == GET_CLIENT_CONFIG:
            return dict(await self.client.client_config()), ()
        if token == LIST_SERVICE_SAS:
            return await self._service_sas(args), ()
        if token not in FUNCTIONS:
            known = ", ".join(sorted((*FUNCTIONS, GET_CLIENT_CONFIG, LIST_SERVICE_SAS)))
            raise ProviderError(
                f"Unknown Invoke type '{token}'. The emulated provider knows {known}; use the real plugin for others."
            )
        schema = RESOURCES[FUNCTIONS[token]]
        missing = [name for name in schema.path_parameters if not args.get(name)]
        if missing:
            return {}, [Failure(missing[0], f"missing required property '{missing[0]}'")]
        path = schema.id_of(self.client.subscription_id, args)
        found = await self.client.request("GET", path, schema.api_version)
        if not found.succeeded:
            raise ProviderError(f"request failed {path}: {found.failure}")
        return {**schema.state(found.body, {}), "id": found.body.get("id", path)}, ()

    async def _service_sas(self, args: Properties) -> Properties:
        path = RESOURCES["azure-native:storage:StorageAccount"].id_of(self.client.subscription_id, args)
        body = {sent_as: args[name] for name, sent_as in _SAS_ARGUMENTS.items() if args.get(name) is not None}
        created = await self.client.request("POST", f"{path}/ListServiceSas", blob.API_VERSION, body)
        if not created.succeeded:
            raise ProviderError(f"request failed {path}/ListServiceSas: {created.failure}")
        return {"serviceSasToken": created.body["serviceSasToken"]}


def _schema(token: str) -> ResourceSchema:
    schema = blob.SCHEMA if token == blob.TOKEN else RESOURCES.get(token)
    if schema is None:
        raise ProviderError(
            f"Resource type '{token}' not found. The emulated provider knows {', '.join(sorted(RESOURCES))}; use the real plugin for "
            "others."
        )
    return schema
