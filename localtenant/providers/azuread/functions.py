"""The functions ``getServicePrincipal``, ``getAdministrativeUnit``, ``getDirectoryObject`` and ``getClientConfig``.

Sources: ``internal/services/serviceprincipals/service_principal_data_source.go`` and
``internal/services/administrativeunits/administrative_unit_data_source.go`` of hashicorp/terraform-provider-azuread.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from localtenant.providers.azuread.client import GraphClient
from localtenant.providers.provider import Failure, ProviderError
from localtenant.providers.values import UNKNOWN, Properties

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_KEYS = {"clientId": "client_id", "displayName": "display_name", "objectId": "object_id"}


async def get_client_config(client: GraphClient) -> Properties:
    """Returns who is signed in."""
    who = client.identity
    return {
        "id": f"{who.tenant_id}-{who.client_id}-{who.object_id}",
        "tenantId": who.tenant_id,
        "clientId": who.client_id,
        "objectId": who.object_id,
    }


async def get_service_principal(client: GraphClient, args: Properties) -> tuple[Properties, Sequence[Failure]]:
    """Returns a service principal by client id, object id or display name."""
    given = {key: value for key, value in args.items() if key in _KEYS and value is not None}
    if failures := _combination(given):
        return {}, failures
    [(key, value)] = given.items()
    if value is UNKNOWN:
        value = ""
    elif key != "displayName" and not _UUID.fullmatch(str(value)):
        return {}, [Failure("", f'[{_KEYS[key]}] expected "{_KEYS[key]}" to be a valid UUID, got {value}')]
    found = await _by_object_id(client, value) if key == "objectId" else await _by_filter(client, key, value)
    beta = await client.request(
        "GET", f"/servicePrincipals/{found['id']}", query={"$select": "samlMetadataUrl"}, version="beta"
    )
    if not beta.succeeded:
        raise ProviderError(
            f'Retrieving Service Principal (Service Principal: "{found["id"]}") (beta API): {beta.failure}'
        )
    return _result(found, beta.body), ()


async def get_administrative_unit(client: GraphClient, args: Properties) -> tuple[Properties, Sequence[Failure]]:
    """Returns an administrative unit by display name or object id."""
    name, object_id = args.get("displayName"), args.get("objectId")
    if name:
        wanted = f"displayName eq '{name}'"
        response = await client.request("GET", "/directory/administrativeUnits", query={"$filter": wanted})
        found = response.body["value"] if response.succeeded else []
        if len(found) != 1:
            count = "More than one" if found else "No"
            raise ProviderError(
                f"[display_name] {count} administrative unit found matching specified filter ({wanted})"
            )
        unit: dict[str, Any] = found[0]
    elif object_id:
        response = await client.request("GET", f"/directory/administrativeUnits/{object_id}")
        if response.status == 404:
            raise ProviderError(f'[object_id] No administrative unit found with object ID: "{object_id}"')
        if not response.succeeded:
            raise ProviderError(f'Retrieving administrative unit with object ID: "{object_id}": {response.failure}')
        unit = response.body
    else:
        raise ProviderError("Bad API response: API returned administrative unit with nil object ID")
    members = await client.request("GET", f"/directory/administrativeUnits/{unit['id']}/members")
    if not members.succeeded:
        raise ProviderError(
            f'[members] Could not retrieve members for administrative unit with object ID "{unit["id"]}": {members.failure}'
        )
    return {
        "id": unit["id"],
        "objectId": unit["id"],
        "displayName": unit.get("displayName") or "",
        "description": unit.get("description") or "",
        "visibility": unit.get("visibility") or "",
        "members": [item["id"] for item in members.body["value"]],
    }, ()


def _combination(given: Properties) -> list[Failure]:
    names = ",".join(sorted(_KEYS.values()))
    if not given:
        fault = f"one of `{names}` must be specified"
    elif len(given) > 1:
        both = ",".join(sorted(_KEYS[key] for key in given))
        fault = f"only one of `{names}` can be specified, but `{both}` were specified."
    else:
        return []
    return [Failure("", f'[{name}] Invalid combination of arguments: "{name}": {fault}') for name in _KEYS.values()]


async def _by_object_id(client: GraphClient, object_id: str) -> dict[str, Any]:
    response = await client.request("GET", f"/servicePrincipals/{object_id}")
    text = f'Service Principal (Service Principal: "{object_id}")'
    if response.status == 404:
        raise ProviderError(f"[object_id] {text} was not found")
    if not response.succeeded:
        raise ProviderError(f"[object_id] Retrieving {text}: {response.failure}")
    body: dict[str, Any] = response.body
    return body


async def _by_filter(client: GraphClient, key: str, value: str) -> dict[str, Any]:
    attribute = "appId" if key == "clientId" else "displayName"
    escaped = value.replace("'", "''")
    wanted = f"{attribute} eq '{escaped}'"
    response = await client.request("GET", "/servicePrincipals", query={"$filter": wanted})
    if not response.succeeded:
        raise ProviderError(f'Listing service principals for filter "{wanted}": {response.failure}')
    found: list[dict[str, Any]] = [
        item for item in response.body["value"] if str(item.get(attribute)).lower() == value.lower()
    ]
    if key == "displayName" and not found:
        raise ProviderError(f'Service principal not found: no service principals found matching filter: "{wanted}"')
    if key == "displayName" and len(found) > 1:
        raise ProviderError(
            f'Multiple service principals found: found multiple service principals matching filter: "{wanted}"'
        )
    if not found:
        raise ProviderError("No service principal found: no service principal found")
    return found[0]


def _result(found: dict[str, Any], beta: dict[str, Any]) -> Properties:
    tags = found.get("tags") or []
    roles = found.get("appRoles") or []
    scopes = found.get("oauth2PermissionScopes") or []
    client_id = found.get("appId") or ""
    return {
        "id": f"/servicePrincipals/{found['id']}",
        "objectId": found["id"],
        "accountEnabled": bool(found.get("accountEnabled")),
        "alternativeNames": found.get("alternativeNames") or [],
        "appRoleAssignmentRequired": bool(found.get("appRoleAssignmentRequired")),
        "appRoleIds": {role["value"]: role["id"] for role in roles if role.get("value")},
        "appRoles": [
            {
                "allowedMemberTypes": role.get("allowedMemberTypes") or [],
                "description": role.get("description") or "",
                "displayName": role.get("displayName") or "",
                "enabled": bool(role.get("isEnabled")),
                "id": role["id"],
                "value": role.get("value") or "",
            }
            for role in roles
        ],
        "applicationTenantId": found.get("appOwnerOrganizationId") or "",
        "clientId": client_id,
        "description": found.get("description") or "",
        "displayName": found.get("displayName") or "",
        "featureTags": [
            {
                "customSingleSignOn": "WindowsAzureActiveDirectoryCustomSingleSignOnApplication" in tags,
                "enterprise": "WindowsAzureActiveDirectoryIntegratedApp" in tags,
                "gallery": "WindowsAzureActiveDirectoryGalleryApplicationNonPrimaryV1" in tags,
                "hide": "HideApp" in tags,
            }
        ],
        "features": [
            {
                "customSingleSignOnApp": "WindowsAzureActiveDirectoryCustomSingleSignOnApplication" in tags,
                "enterpriseApplication": "WindowsAzureActiveDirectoryIntegratedApp" in tags,
                "galleryApplication": "WindowsAzureActiveDirectoryGalleryApplicationNonPrimaryV1" in tags,
                "visibleToUsers": "HideApp" not in tags,
            }
        ],
        "homepageUrl": found.get("homepage") or "",
        "loginUrl": found.get("loginUrl") or "",
        "logoutUrl": found.get("logoutUrl") or "",
        "notes": found.get("notes") or "",
        "notificationEmailAddresses": found.get("notificationEmailAddresses") or [],
        "oauth2PermissionScopeIds": {scope["value"]: scope["id"] for scope in scopes if scope.get("value")},
        "oauth2PermissionScopes": scopes,
        "preferredSingleSignOnMode": found.get("preferredSingleSignOnMode") or "",
        "redirectUris": found.get("replyUrls") or [],
        "samlMetadataUrl": beta.get("samlMetadataUrl") or "",
        "samlSingleSignOns": [],
        "servicePrincipalNames": [
            name for name in found.get("servicePrincipalNames") or [] if name.lower() != client_id.lower()
        ],
        "signInAudience": found.get("signInAudience") or "",
        "tags": tags,
        "type": found.get("servicePrincipalType") or "",
    }


async def get_directory_object(client: GraphClient, args: Properties) -> tuple[Properties, Sequence[Failure]]:
    """Returns the type of a directory object."""
    object_id = args["objectId"]
    text = f'Directory Object (Directory Object: "{object_id}")'
    found = await client.request("GET", f"/directoryObjects/{object_id}")
    if found.status == 404:
        raise ProviderError(f"[object_id] {text} was not found")
    if not found.succeeded:
        raise ProviderError(f"retrieving {text}: {found.failure}")
    kind = str(found.body["@odata.type"]).rpartition(".")[2]
    return {
        "id": f"/directoryObjects/{object_id}",
        "objectId": object_id,
        "type": {"servicePrincipal": "ServicePrincipal", "user": "User", "group": "Group"}.get(kind, kind),
    }, ()
