"""Microsoft.Web and Microsoft.App: function apps, container jobs and their environments. The tenant stores them and runs none.

Properties from the REST specifications of Microsoft.Web 2025-05-01 and Microsoft.App 2025-02-02-preview, as far as a program
needs them to attach an identity to a host.
"""

from __future__ import annotations

from typing import ClassVar

from localtenant.arm.resource_types import ArmRequest, StoredType, properties_of, visible
from localtenant.core.errors import ServiceError
from localtenant.state import identities
from localtenant.state.store import Body

_WEB = ("2022-09-01", "2023-12-01", "2024-04-01", "2024-11-01", "2025-03-01", "2025-05-01")
_APP = ("2023-05-01", "2024-03-01", "2025-01-01", "2025-02-02-preview")


class _Host(StoredType):
    """A tracked resource that can have an identity and some top-level properties."""

    tracked = True
    kept: ClassVar[tuple[str, ...]] = ("kind", "sku")
    needs: ClassVar[str] = ""
    """The property with the id of the plan or environment of the host."""

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        base = str(properties_of(payload).get(self.needs) or "") if self.needs else ""
        if base and arm.cloud.resources.find(base) is None:
            raise ServiceError(404, "ResourceNotFound", f"The resource '{base}' in '{self.needs}' was not found.")
        body = await super().put(arm, stored)
        identity = identities.apply(
            arm.cloud, arm.tenant, body["id"], payload.get("identity"), (stored or {}).get("identity"), arm.request.lag
        )
        extra = {name: payload[name] for name in self.kept if payload.get(name) is not None}
        return {**body, **extra, "identity": identity}

    def show(self, arm: ArmRequest, body: Body) -> Body:
        shown = visible(body)
        if shown.get("identity") is None:
            shown.pop("identity", None)
        return shown

    def removed(self, arm: ArmRequest, body: Body) -> None:
        identities.release(arm.cloud, arm.tenant, body.get("identity"))


class AppServicePlan(_Host):
    name = "Microsoft.Web/serverfarms"
    api_versions = _WEB


class Site(_Host):
    """A web app or a function app."""

    name = "Microsoft.Web/sites"
    api_versions = _WEB
    name_pattern = r"[A-Za-z0-9][A-Za-z0-9-]{0,58}[A-Za-z0-9]"
    needs = "serverFarmId"


class ManagedEnvironment(_Host):
    name = "Microsoft.App/managedEnvironments"
    api_versions = _APP


class ContainerJob(_Host):
    name = "Microsoft.App/jobs"
    api_versions = _APP
    name_pattern = r"[a-z][a-z0-9-]{0,30}[a-z0-9]"
    needs = "environmentId"
    required = ("configuration", "template")
