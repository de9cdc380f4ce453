"""Microsoft.Automation: runtime environments and their packages.

Behaviour from the Automation REST specification 2024-10-23, its examples, and "Manage Runtime environment": a name has
letters, digits, underscores and dashes. The service answers the PUT of a package at once. The import follows on the
tenant's clock and can fail. The GET of a package has no ``contentLink``.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

from localtenant.arm.automation.checks import RUNTIME_VERSIONS, hashed_content
from localtenant.arm.automation.content_links import UnreadableError, downloaded
from localtenant.arm.automation.relations import ACCOUNT
from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of, system_data, visible
from localtenant.core.errors import ServiceError
from localtenant.state.internals import KEY, PackageInternals, internals
from localtenant.state.resources import location_name
from localtenant.state.store import Body

RUNTIMES = {"PowerShell": ("5.1", "7.2", "7.4", "7.6"), "Python": ("2.7", "3.8", "3.10")}
IMPORT_SECONDS = 60.0
"""The time of an import from ``Creating`` to ``Succeeded``; Azure needs some minutes."""

_IMPORT_STATES = (
    (0.0, "Creating"),
    (10.0, "Created"),
    (15.0, "ContentRetrieved"),
    (20.0, "ContentDownloaded"),
    (30.0, "ContentValidated"),
    (40.0, "ContentStored"),
    (50.0, "ModuleDataStored"),
    (IMPORT_SECONDS, "Succeeded"),
)

GALLERY = "https://www.powershellgallery.com/api/v2/package/"
GALLERY_VERSIONS = {
    "exchangeonlinemanagement": (
        *("3.0.0", "3.1.0", "3.2.0", "3.3.0", "3.4.0", "3.5.0", "3.5.1", "3.6.0", "3.7.0", "3.7.1", "3.7.2", "3.8.0"),
        *("3.9.0", "3.9.2", "3.10.0", "3.10.1"),
    )
}
"""Versions of a module in the PowerShell Gallery. The tenant downloads nothing from there, and takes every version of any
other module for an existing one.
"""


class RuntimeEnvironment(ResourceType):
    name = "Microsoft.Automation/automationAccounts/runtimeEnvironments"
    api_versions = RUNTIME_VERSIONS
    name_pattern = r"[A-Za-z][A-Za-z0-9_-]{0,127}"

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        wanted = properties_of(payload)
        runtime = wanted.get("runtime") or {}
        language, version = runtime.get("language"), runtime.get("version")
        if version not in RUNTIMES.get(str(language), ()):
            raise ServiceError(
                400, "BadRequest", f"The runtime language '{language}' with version '{version}' is not supported."
            )
        if stored and stored["properties"]["runtime"] != {"language": language, "version": version}:
            raise ServiceError(400, "BadRequest", "The runtime of an existing runtime environment cannot be changed.")
        properties = {
            "runtime": {"language": language, "version": version},
            "defaultPackages": wanted.get("defaultPackages") or {},
            "description": wanted.get("description"),
        }
        if not payload.get("location"):
            raise ServiceError(400, "LocationRequired", "The location property is required for this definition.")
        body = self.envelope(arm, stored, payload, properties)
        body["location"] = location_name(payload["location"])
        body["tags"] = payload.get("tags") or {}
        return {**body, "systemData": system_data(arm, stored)}

    async def patch(self, arm: ArmRequest, stored: Body) -> Body:
        wanted = properties_of(arm.json())
        packages = {**stored["properties"]["defaultPackages"], **(wanted.get("defaultPackages") or {})}
        return {**stored, "properties": {**stored["properties"], "defaultPackages": packages}}


class Package(ResourceType):
    name = "Microsoft.Automation/automationAccounts/runtimeEnvironments/packages"
    api_versions = RUNTIME_VERSIONS
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}"

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        link = properties_of(payload).get("contentLink") or {}
        uri = str(link.get("uri") or "")
        if urlsplit(uri).scheme not in ("http", "https"):
            raise ServiceError(400, "BadRequest", "The contentLink uri of the package is missing or is not valid.")
        hashed_content("package.properties.contentLink", link)
        properties = {
            "default": False,
            "version": link.get("version") or _version_in(uri),
            "sizeInBytes": 0,
            "provisioningState": "Creating",
            "error": {"code": None, "message": None},
        }
        body = self.envelope(arm, stored, payload, properties)
        body["location"] = arm.parents[ACCOUNT]["location"]
        body["tags"] = payload.get("tags") or (stored or {}).get("tags") or {}
        body[KEY] = PackageInternals(arm.now.timestamp(), import_failure(arm, arm.path.name, link))
        return {**body, "systemData": system_data(arm, stored)}

    async def patch(self, arm: ArmRequest, stored: Body) -> Body:
        return await self.put(arm, stored)

    def show(self, arm: ArmRequest, body: Body) -> Body:
        shown = visible(body)
        state = import_state(body, arm.now)
        shown["properties"] = {**shown["properties"], "provisioningState": state}
        if state == "Succeeded":
            shown["properties"]["sizeInBytes"] = 1_048_576
        if state in ("Creating", "Created"):
            shown["properties"]["version"] = None
        if state == "Failed":
            failure = internals(body, PackageInternals).failure
            shown["properties"]["error"] = {"code": "ImportFailed", "message": failure}
        return shown


def import_state(body: Body, now: datetime) -> str:
    """Returns the state of a package's import, which depends on the time since the PUT."""
    package = internals(body, PackageInternals)
    age = now.timestamp() - package.began
    state = "Creating"
    for after, name in _IMPORT_STATES:
        if age >= after:
            state = name
    if package.failure and state not in ("Created", "Creating"):
        return "Failed"
    return state


def _version_in(uri: str) -> str | None:
    last = urlsplit(uri).path.rstrip("/").rsplit("/", 1)[-1]
    return last if last[:1].isdigit() else None


def import_failure(arm: ArmRequest, name: str, link: Body) -> str | None:
    """Returns the reason why the import of a package will fail; None when it will succeed."""
    uri = str(link.get("uri") or "")
    if arm.cloud.behaviour.package_imports_fail:
        return "The module was not imported: an internal error occurred during validation of the package."
    if uri.lower().startswith(GALLERY.lower()):
        module, _, version = uri[len(GALLERY) :].strip("/").partition("/")
        if module.lower() != name.lower():
            return f"The package at the content link is '{module}', not '{name}'."
        known = GALLERY_VERSIONS.get(module.lower())
        if known is not None and version not in known:
            return f"The content link '{uri}' could not be downloaded: 404 Not Found."
        return None
    try:
        downloaded(arm, link)
    except UnreadableError as unreadable:
        return f"The content link could not be used: {unreadable}."
    return None
