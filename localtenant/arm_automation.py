"""Microsoft.Automation: accounts, runtime environments and packages.

Behaviour from the Automation REST specification 2024-10-23 and its examples. None of these is a long operation. A
package's PUT answers at once and imports afterwards, on the tenant's clock; its GET leaves ``contentLink`` out.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from localtenant import identities
from localtenant.arm_types import ArmCall, ResourceType, properties_of, system_data, visible
from localtenant.clock import iso_fine
from localtenant.errors import ServiceError
from localtenant.ids import stable_guid
from localtenant.resources import location_name
from localtenant.store import Body
from localtenant.wire import Reply

API_VERSIONS = (
    "2015-10-31",
    "2020-01-13-preview",
    "2021-06-22",
    "2022-08-08",
    "2023-05-15-preview",
    "2023-11-01",
    "2024-10-23",
)
RUNTIME_VERSIONS = {"PowerShell": ("5.1", "7.2", "7.4"), "Python": ("2.7", "3.8", "3.10")}
IMPORT_SECONDS = 60.0
"""How long a package takes from ``Created`` to ``Succeeded``; minutes in reality, one here."""

_IMPORT_STATES = (
    (0.0, "Created"),
    (5.0, "Creating"),
    (15.0, "ContentRetrieved"),
    (20.0, "ContentDownloaded"),
    (30.0, "ContentValidated"),
    (40.0, "ContentStored"),
    (50.0, "ModuleDataStored"),
    (IMPORT_SECONDS, "Succeeded"),
)


class AutomationAccount(ResourceType):
    name = "Microsoft.Automation/automationAccounts"
    shown = "Microsoft.Automation/AutomationAccounts"
    api_versions = API_VERSIONS
    name_pattern = r"[A-Za-z][A-Za-z0-9-]{4,48}[A-Za-z0-9]"
    tracked = True

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        request = arm.json()
        wanted = properties_of(request)
        body = self.envelope(arm, existing, request, _account_properties(arm, wanted, existing))
        identity = identities.apply(
            arm.world, arm.tenant, body["id"], request.get("identity"), (existing or {}).get("identity"), arm.call.lag
        )
        return {**body, "etag": None, "identity": identity, "systemData": system_data(arm, existing)}

    async def patch(self, arm: ArmCall, existing: Body) -> Body:
        request = arm.json()
        before = existing["properties"]
        wanted = {name: before[name] for name in ("sku", "encryption", "publicNetworkAccess", "disableLocalAuth")}
        wanted.update({name: value for name, value in properties_of(request).items() if value is not None})
        body = dict(existing)
        body["properties"] = _account_properties(arm, wanted, existing)
        if request.get("tags") is not None:
            body["tags"] = request["tags"]
        body["identity"] = identities.apply(
            arm.world, arm.tenant, body["id"], request.get("identity"), existing.get("identity"), arm.call.lag
        )
        return {**body, "systemData": system_data(arm, existing)}

    def show(self, arm: ArmCall, body: Body) -> Body:  # noqa: ARG002
        shown = visible(body)
        if shown.get("identity") is None:
            shown.pop("identity", None)
        return shown

    def removed(self, arm: ArmCall, body: Body) -> None:
        identities.release(arm.world, arm.tenant, body.get("identity"))

    async def action(self, arm: ArmCall, action: str, body: Body) -> Reply:
        if action.lower() != "listkeys":
            return await super().action(arm, action, body)
        if body["properties"]["disableLocalAuth"]:
            raise ServiceError(403, "Forbidden", "Local authentication is disabled for this automation account.")
        keys = [
            {"KeyName": name, "Permissions": "Full", "Value": stable_guid("account-key", body["id"], name)}
            for name in ("Primary", "Secondary")
        ]
        return Reply(200, {"keys": keys})


class RuntimeEnvironment(ResourceType):
    name = "Microsoft.Automation/automationAccounts/runtimeEnvironments"
    api_versions = ("2023-05-15-preview", "2024-10-23")
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        request = arm.json()
        wanted = properties_of(request)
        runtime = wanted.get("runtime") or {}
        language, version = runtime.get("language"), runtime.get("version")
        if version not in RUNTIME_VERSIONS.get(str(language), ()):
            raise ServiceError(
                400, "BadRequest", f"The runtime language '{language}' with version '{version}' is not supported."
            )
        if existing and existing["properties"]["runtime"] != {"language": language, "version": version}:
            raise ServiceError(400, "BadRequest", "The runtime of an existing runtime environment cannot be changed.")
        properties = {
            "runtime": {"language": language, "version": version},
            "defaultPackages": wanted.get("defaultPackages") or {},
            "description": wanted.get("description"),
        }
        body = self.envelope(arm, existing, request, properties)
        account = arm.parents["microsoft.automation/automationaccounts"]
        body["location"] = location_name(request.get("location")) or account["location"]
        body["tags"] = request.get("tags") or {}
        return {**body, "systemData": system_data(arm, existing)}

    async def patch(self, arm: ArmCall, existing: Body) -> Body:
        wanted = properties_of(arm.json())
        packages = {**existing["properties"]["defaultPackages"], **(wanted.get("defaultPackages") or {})}
        return {**existing, "properties": {**existing["properties"], "defaultPackages": packages}}


class Package(ResourceType):
    name = "Microsoft.Automation/automationAccounts/runtimeEnvironments/packages"
    api_versions = ("2023-05-15-preview", "2024-10-23")
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"

    async def put(self, arm: ArmCall, existing: Body | None) -> Body:
        request = arm.json()
        link = properties_of(request).get("contentLink") or {}
        uri = str(link.get("uri") or "")
        if urlsplit(uri).scheme not in ("http", "https"):
            raise ServiceError(400, "BadRequest", "The contentLink uri of the package is missing or is not valid.")
        properties = {
            "default": False,
            "version": link.get("version") or _version_in(uri),
            "sizeInBytes": 0,
            "provisioningState": "Created",
            "error": {"code": None, "message": None},
        }
        body = self.envelope(arm, existing, request, properties)
        body["_contentLink"] = link
        body["_imported"] = arm.now.timestamp()
        return {**body, "systemData": system_data(arm, existing)}

    async def patch(self, arm: ArmCall, existing: Body) -> Body:
        return await self.put(arm, existing)

    def show(self, arm: ArmCall, body: Body) -> Body:
        shown = visible(body)
        state = import_state(body, arm.now)
        shown["properties"] = {**shown["properties"], "provisioningState": state}
        if state == "Succeeded":
            shown["properties"]["sizeInBytes"] = 1_048_576
        if body.get("_failure") and state == "Failed":
            shown["properties"]["error"] = {"code": "ImportFailed", "message": body["_failure"]}
        return shown


def import_state(body: Body, now: datetime) -> str:
    """How far the import of a package is; each state follows from the time since the PUT."""
    age = now.timestamp() - float(body["_imported"])
    state = "Created"
    for after, name in _IMPORT_STATES:
        if age >= after:
            state = name
    if body.get("_failure") and state not in ("Created", "Creating"):
        return "Failed"
    return state


def _version_in(uri: str) -> str | None:
    last = urlsplit(uri).path.rstrip("/").rsplit("/", 1)[-1]
    return last if last[:1].isdigit() else None


def _account_properties(arm: ArmCall, wanted: Body, existing: Body | None) -> Body:
    before = (existing or {}).get("properties") or {}
    sku = wanted.get("sku") or before.get("sku") or {"name": "Basic"}
    if sku.get("name") not in ("Basic", "Free"):
        raise ServiceError(400, "InvalidSku", f"The sku name '{sku.get('name')}' is invalid.")
    account_guid = stable_guid("automation-account", arm.path.id.lower())
    encryption = wanted.get("encryption") or before.get("encryption") or {}
    # The service answers with its own idea of encryption whether or not it was asked for any.
    encryption = {"keySource": "Microsoft.Automation", "identity": {"userAssignedIdentity": None}, **encryption}
    region = location_name(arm.json().get("location") or (existing or {}).get("location"))
    return {
        "sku": {"name": sku["name"], "family": sku.get("family"), "capacity": sku.get("capacity")},
        "state": "Ok",
        "RegistrationUrl": f"https://{account_guid}.agentsvc.{region}.azure-automation.net/accounts/{account_guid}",
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
