"""The results of the providers' functions that programs for Exchange Online call.

The tenant, the deployer, Microsoft's own APIs and every resource that a program names exist. Runbooks, schedules, packages and
webhooks do not exist yet, as on the first run of a program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localtenant.core.ids import stable_guid
from localtenant.providers.azure_native.resources import FUNCTIONS, RESOURCES
from localtenant.state import seed

ABSENT = frozenset(
    f"azure-native:automation:{function}" for function in ("getRunbook", "getSchedule", "getPackage", "getWebhook")
)
"""Functions that read resources which the first run of a program creates."""

NOT_FOUND = 'Status=404 Code="ResourceNotFound" Message="The resource was not found."'

_APIS = {
    seed.EXCHANGE_APP_ID: ("Office 365 Exchange Online", seed.CONTOSO.exchange_object_id, seed.EXCHANGE_APP_ROLES),
    seed.GRAPH_APP_ID: ("Microsoft Graph", seed.CONTOSO.graph_object_id, seed.GRAPH_APP_ROLES),
    seed.SHAREPOINT_APP_ID: ("SharePoint Online", seed.CONTOSO.sharepoint_object_id, seed.SHAREPOINT_APP_ROLES),
}


def answer(token: str, args: dict[str, Any], subscription_id: str) -> dict[str, Any] | None:
    """Returns the result of a function; None for a function without an answer here.

    Args:
        token: The function's token.
        args: Its arguments.
        subscription_id: The subscription that ids name.
    """
    if token in _ANSWERS:
        return _ANSWERS[token](args, subscription_id)
    if token in FUNCTIONS:
        return _resource(FUNCTIONS[token], args, subscription_id)
    return None


def _service_principal(args: dict[str, Any], subscription_id: str) -> dict[str, Any]:
    client_id = str(args.get("clientId") or stable_guid("client", str(args.get("objectId") or args.get("displayName"))))
    name, object_id, app_roles = _APIS.get(client_id, (str(args.get("displayName") or "aa-mail"), "", {}))
    return {
        "id": f"/servicePrincipals/{object_id}",
        "objectId": args.get("objectId") or object_id or stable_guid("object", client_id),
        "clientId": client_id,
        "displayName": name,
        "appRoles": [
            {
                "id": role_id,
                "value": value,
                "displayName": display_name,
                "description": display_name,
                "enabled": True,
                "allowedMemberTypes": ["Application"],
            }
            for value, (role_id, display_name) in app_roles.items()
        ],
        "appRoleIds": {value: role_id for value, (role_id, _) in app_roles.items()},
    }


def _administrative_unit(args: dict[str, Any], subscription_id: str) -> dict[str, Any]:
    object_id = args.get("objectId") or stable_guid("object", str(args.get("displayName")))
    return {"id": object_id, "objectId": object_id, "displayName": args.get("displayName") or "unit"}


def _directory_object(args: dict[str, Any], subscription_id: str) -> dict[str, Any]:
    return {"id": f"/directoryObjects/{args['objectId']}", "objectId": args["objectId"], "type": "ServicePrincipal"}


def _deployer(args: dict[str, Any], subscription_id: str) -> dict[str, Any]:
    return {
        "objectId": seed.CONTOSO.principal_object_id,
        "clientId": seed.CONTOSO.client_id,
        "tenantId": seed.CONTOSO.tenant_id,
        "subscriptionId": subscription_id,
    }


def _published_app_ids(args: dict[str, Any], subscription_id: str) -> dict[str, Any]:
    ids = {
        "MicrosoftGraph": seed.GRAPH_APP_ID,
        "Office365ExchangeOnline": seed.EXCHANGE_APP_ID,
        "Office365SharePointOnline": seed.SHAREPOINT_APP_ID,
    }
    return {"id": "appIds", "result": ids}


def _domains(args: dict[str, Any], subscription_id: str) -> dict[str, Any]:
    domain = {
        "domainName": seed.CONTOSO.initial_domain,
        "initial": True,
        "default": True,
        "verified": True,
        "root": True,
        "adminManaged": True,
        "authenticationType": "Managed",
        "supportedServices": ["Email"],
    }
    return {"id": "domains", "domains": [domain]}


def _signature(args: dict[str, Any], subscription_id: str) -> dict[str, Any]:
    return {"serviceSasToken": "sv=2024-01-01&sig=mocked"}


def _resource(type_token: str, args: dict[str, Any], subscription_id: str) -> dict[str, Any]:
    schema = RESOURCES[type_token]
    name = str(args[schema.name])
    result: dict[str, Any] = {
        "id": schema.id_of(subscription_id, args),
        "name": name,
        "location": seed.EXISTING_LOCATION,
    }
    tenant_id = seed.CONTOSO.tenant_id
    if type_token.endswith(":AutomationAccount"):
        principal_id = stable_guid("principal", name)
        result["identity"] = {"type": "SystemAssigned", "principalId": principal_id, "tenantId": tenant_id}
    elif type_token.endswith(":UserAssignedIdentity"):
        ids = {"principalId": stable_guid("principal", name), "clientId": stable_guid("client", name)}
        result.update(ids, tenantId=tenant_id)
    elif type_token.endswith(":StorageAccount"):
        result.update(allowSharedKeyAccess=True, kind="StorageV2")
    return result


_ANSWERS: dict[str, Callable[[dict[str, Any], str], dict[str, Any]]] = {
    "azure-native:authorization:getClientConfig": _deployer,
    "azure-native:storage:listStorageAccountServiceSAS": _signature,
    "azuread:index/getAdministrativeUnit:getAdministrativeUnit": _administrative_unit,
    "azuread:index/getApplicationPublishedAppIds:getApplicationPublishedAppIds": _published_app_ids,
    "azuread:index/getClientConfig:getClientConfig": _deployer,
    "azuread:index/getDirectoryObject:getDirectoryObject": _directory_object,
    "azuread:index/getDomains:getDomains": _domains,
    "azuread:index/getServicePrincipal:getServicePrincipal": _service_principal,
}
