"""The emulated provider for the plugin ``azuread``."""

from __future__ import annotations

from collections.abc import Sequence

from localtenant.providers.azuread.application_credentials import (
    ApplicationCertificate,
    ApplicationFederatedIdentityCredential,
)
from localtenant.providers.azuread.application_parts import (
    ApplicationApiAccess,
    ApplicationFlexibleFederatedIdentityCredential,
    ApplicationOwner,
)
from localtenant.providers.azuread.application_registrations import ApplicationRegistration
from localtenant.providers.azuread.client import GraphClient
from localtenant.providers.azuread.conditional_access import ConditionalAccessPolicy, NamedLocation
from localtenant.providers.azuread.functions import (
    get_administrative_unit,
    get_client_config,
    get_directory_object,
    get_service_principal,
)
from localtenant.providers.azuread.grants import AppRoleAssignment, DirectoryRoleAssignment
from localtenant.providers.azuread.schema import DEFAULTS, DirectoryResourceType
from localtenant.providers.azuread.service_principals import ServicePrincipal
from localtenant.providers.provider import (
    Autonaming,
    Difference,
    Failure,
    PartialCreateError,
    ProviderError,
    ReadResult,
    SignedInProvider,
)
from localtenant.providers.values import Properties

_TYPES: dict[str, DirectoryResourceType] = {
    resource_type.token: resource_type
    for resource_type in (
        AppRoleAssignment(),
        DirectoryRoleAssignment(),
        ApplicationRegistration(),
        ServicePrincipal(),
        ApplicationFederatedIdentityCredential(),
        ApplicationCertificate(),
        ApplicationOwner(),
        ApplicationApiAccess(),
        ApplicationFlexibleFederatedIdentityCredential(),
        NamedLocation(),
        ConditionalAccessPolicy(),
    )
}

GET_ADMINISTRATIVE_UNIT = "azuread:index/getAdministrativeUnit:getAdministrativeUnit"
GET_CLIENT_CONFIG = "azuread:index/getClientConfig:getClientConfig"
GET_DIRECTORY_OBJECT = "azuread:index/getDirectoryObject:getDirectoryObject"
GET_SERVICE_PRINCIPAL = "azuread:index/getServicePrincipal:getServicePrincipal"


class AzureAD(SignedInProvider[GraphClient]):
    """One instance of the provider ``azuread``."""

    name = "azuread"
    version = "6.11.1"

    async def configure(self, config: Properties) -> None:
        """Signs in, as the plugin does before every other call."""
        client = GraphClient(self._environment, config)
        await client.sign_in()
        self._client = client

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
        """Checks the inputs against the type's schema."""
        return _type(token, "Check").check(name, news)

    async def diff(
        self, token: str, resource_id: str, state: Properties, old_inputs: Properties, news: Properties
    ) -> Difference:
        """Compares state and inputs by the type's schema."""
        return _type(token, "Diff").diff(state, news)

    async def create(self, token: str, urn: str, inputs: Properties, *, preview: bool) -> tuple[str, Properties]:
        """Creates the resource, waits until it has settled, and reads it."""
        resource_type = _type(token, "Create")
        if preview:
            return "", resource_type.planned(inputs)
        try:
            resource_id = await resource_type.create(self.client, inputs)
        except ProviderError as failure:
            raise ProviderError(_listed(failure)) from failure
        known = {key: value for key, value in inputs.items() if key != DEFAULTS}
        try:
            await resource_type.settle(self.client, resource_id, inputs)
            state = await resource_type.read(self.client, resource_id, known)
        except ProviderError as failure:
            partial = resource_type.sealed({**known, "id": resource_id})
            raise PartialCreateError(resource_id, partial, inputs, [f"creating {urn}: {_listed(failure)}"]) from failure
        if state is None:
            # The plugin takes this 404 for a deletion as well, and forgets an object that may exist.
            raise ProviderError(f"expected non-empty ID for new state during Create of {urn}")
        return resource_id, resource_type.sealed({**state, "id": resource_id})

    async def read(
        self, token: str, resource_id: str, urn: str, inputs: Properties, state: Properties
    ) -> ReadResult | None:
        """Reads a resource for a refresh or an import."""
        resource_type = _type(token, "Read")
        try:
            found = await resource_type.read(self.client, resource_id, state)
        except ProviderError as failure:
            raise ProviderError(f"refreshing {urn}: {_listed(failure)}") from failure
        if found is None:
            return None
        return ReadResult(
            resource_id, resource_type.sealed({**found, "id": resource_id}), resource_type.inputs_of(found, inputs)
        )

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
        """Changes a resource in place and reads it."""
        resource_type = _type(token, "Update")
        if preview:
            return resource_type.sealed({**state, **{key: value for key, value in news.items() if key != DEFAULTS}})
        changes = {name: news.get(name) for name in resource_type.diff(state, news).changed}
        try:
            if changes:
                sent = dict(news) if resource_type.whole_update else changes
                await resource_type.update(self.client, resource_id, sent)
            found = await resource_type.read(self.client, resource_id, {**state, **news})
        except ProviderError as failure:
            raise ProviderError(f"updating {urn}: {_listed(failure)}") from failure
        if found is None:
            raise ProviderError(f"updating {urn}: the resource is gone")
        return resource_type.sealed({**found, "id": resource_id})

    async def delete(self, token: str, resource_id: str, urn: str, old_inputs: Properties, state: Properties) -> None:
        """Deletes a resource. Whether a missing resource is an error depends on its type, as in the plugin."""
        try:
            await _type(token, "Delete").delete(self.client, resource_id, state)
        except ProviderError as failure:
            raise ProviderError(f"deleting {urn}: {_listed(failure)}") from failure

    async def invoke(self, token: str, args: Properties) -> tuple[Properties, Sequence[Failure]]:
        """Calls a function."""
        try:
            if token == GET_SERVICE_PRINCIPAL:
                return await get_service_principal(self.client, args)
            if token == GET_ADMINISTRATIVE_UNIT:
                return await get_administrative_unit(self.client, args)
            if token == GET_DIRECTORY_OBJECT:
                return await get_directory_object(self.client, args)
            if token == GET_CLIENT_CONFIG:
                return await get_client_config(self.client), ()
        except ProviderError as failure:
            raise ProviderError(f"invoking {token}: {_listed(failure)}") from failure
        raise ProviderError(
            f"unrecognized data function (Invoke): {token}. The emulated provider knows {GET_ADMINISTRATIVE_UNIT}, "
            f"{GET_CLIENT_CONFIG}, {GET_DIRECTORY_OBJECT} and {GET_SERVICE_PRINCIPAL}; use the real plugin for others."
        )


def _type(token: str, operation: str) -> DirectoryResourceType:
    resource_type = _TYPES.get(token)
    if resource_type is None:
        known = ", ".join(sorted(_TYPES))
        raise ProviderError(
            f"unrecognized resource type ({operation}): {token}. The emulated provider knows {known}; use the real plugin for others."
        )
    return resource_type


def _listed(failure: ProviderError) -> str:
    """Returns the failure in the form in which the bridge lists errors."""
    return f"1 error occurred:\n\t* {failure}\n\n"
