"""Microsoft.Automation: accounts.

Behaviour from the Automation REST specification 2024-10-23 and its examples. Nothing here is a long operation.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from localtenant.arm import access
from localtenant.arm.automation.checks import ACCOUNT_VERSIONS, refused, typed
from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of, system_data, visible
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.core.ids import stable_guid
from localtenant.core.messages import Response
from localtenant.state import identities
from localtenant.state.resources import location_name
from localtenant.state.store import Body

KEY_SOURCES = ("Microsoft.Automation", "Microsoft.Keyvault")


class AutomationAccount(ResourceType):
    name = "Microsoft.Automation/automationAccounts"
    shown = "Microsoft.Automation/AutomationAccounts"
    api_versions = ACCOUNT_VERSIONS
    name_pattern = r"[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9]"
    tracked = True

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        wanted = properties_of(payload)
        _check_key(arm, wanted.get("encryption") or {}, stored)
        body = self.envelope(arm, stored, payload, _account_properties(arm, wanted, stored))
        _check_identities(arm, body["id"], payload)
        identity = identities.apply(
            arm.cloud, arm.tenant, body["id"], payload.get("identity"), (stored or {}).get("identity"), arm.request.lag
        )
        return {**body, "etag": None, "identity": identity, "systemData": system_data(arm, stored)}

    async def patch(self, arm: ArmRequest, stored: Body) -> Body:
        payload = arm.json()
        before = stored["properties"]
        wanted = {name: before[name] for name in ("sku", "encryption", "publicNetworkAccess", "disableLocalAuth")}
        wanted.update({name: value for name, value in properties_of(payload).items() if value is not None})
        body = dict(stored)
        body["properties"] = _account_properties(arm, wanted, stored)
        if payload.get("tags") is not None:
            body["tags"] = payload["tags"]
        _check_identities(arm, body["id"], payload)
        body["identity"] = identities.apply(
            arm.cloud, arm.tenant, body["id"], payload.get("identity"), stored.get("identity"), arm.request.lag
        )
        return {**body, "systemData": system_data(arm, stored)}

    def show(self, arm: ArmRequest, body: Body) -> Body:
        shown = visible(body)
        if shown.get("identity") is None:
            shown.pop("identity", None)
        return shown

    def removed(self, arm: ArmRequest, body: Body) -> None:
        identities.release(arm.cloud, arm.tenant, body.get("identity"))

    async def action(self, arm: ArmRequest, action: str, body: Body) -> Response:
        if action.lower() != "listkeys":
            return await super().action(arm, action, body)
        if body["properties"]["disableLocalAuth"]:
            raise ServiceError(403, "Forbidden", "Local authentication is disabled for this automation account.")
        keys = [
            {"KeyName": name, "Permissions": "Full", "Value": stable_guid("account-key", body["id"], name)}
            for name in ("Primary", "Secondary")
        ]
        return Response(200, {"keys": keys})


def _check_identities(arm: ArmRequest, account_id: str, payload: Body) -> None:
    named = (payload.get("identity") or {}).get("userAssignedIdentities") or {}
    access.check_assigned(
        arm.cloud, arm.request, account_id, [key for key, value in named.items() if value is not None]
    )


def _check_key(arm: ArmRequest, encryption: Body, stored: Body | None) -> None:
    """Refuses an incomplete customer-managed key, and a key that the account's own identity may not use."""
    source = encryption.get("keySource")
    if source is not None and source not in KEY_SOURCES:
        raise refused(f"The key source '{source}' is not supported. Supported are {' and '.join(KEY_SOURCES)}.")
    if encryption.get("keySource") != "Microsoft.Keyvault":
        return
    key = encryption.get("keyVaultProperties") or {}
    for name in ("keyvaultUri", "keyName", "keyVersion"):
        if not key.get(name):
            raise ServiceError(400, "BadRequest", f"The encryption key is incomplete: {name} is missing.")
    if (encryption.get("identity") or {}).get("userAssignedIdentity"):
        return
    principal = ((stored or {}).get("identity") or {}).get("principalId")
    vault = str(urlsplit(key["keyvaultUri"]).hostname).partition(".")[0]
    for body in arm.cloud.resources.of_type("Microsoft.Authorization/roleAssignments"):
        at = str(body["properties"]["scope"]).lower()
        if body["properties"]["principalId"] == principal and f"/vaults/{vault}/" in f"{at}/":
            return
    raise ServiceError(
        400, "BadRequest", f"The identity of the automation account has no access to the key in '{key['keyvaultUri']}'."
    )


def _account_properties(arm: ArmRequest, wanted: Body, stored: Body | None) -> Body:
    before = (stored or {}).get("properties") or {}
    typed("automationAccount", wanted, sku=dict, encryption=dict, publicNetworkAccess=bool, disableLocalAuth=bool)
    sku = wanted.get("sku") or before.get("sku") or {"name": "Basic"}
    if sku.get("name") not in ("Basic", "Free"):
        raise ServiceError(400, "InvalidSku", f"The sku name '{sku.get('name')}' is invalid.")
    account_guid = stable_guid("automation-account", arm.path.id.lower())
    encryption = wanted.get("encryption") or before.get("encryption") or {}
    # The service always answers with its encryption settings.
    encryption = {"keySource": "Microsoft.Automation", "identity": {"userAssignedIdentity": None}, **encryption}
    region = location_name(arm.json().get("location") or (stored or {}).get("location"))
    return {
        "sku": {"name": sku["name"], "family": sku.get("family"), "capacity": sku.get("capacity")},
        "state": "Ok",
        "automationHybridServiceUrl": (
            f"https://{account_guid}.jrds.{region}.azure-automation.net/automationAccounts/{account_guid}"
        ),
        "encryption": encryption,
        "publicNetworkAccess": _flag(wanted, before, "publicNetworkAccess", True),
        "disableLocalAuth": _flag(wanted, before, "disableLocalAuth", False),
        "creationTime": before.get("creationTime", iso_fine(arm.now)),
        "lastModifiedBy": arm.caller_name,
        "lastModifiedTime": iso_fine(arm.now),
    }


def _flag(wanted: Body, before: Body, name: str, default: bool) -> Any:
    value = wanted.get(name)
    return value if value is not None else before.get(name, default)
