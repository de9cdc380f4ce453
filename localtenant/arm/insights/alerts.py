"""Microsoft.Insights: diagnostic settings, metric alerts, activity log alerts and action groups.

Behaviour from the REST specifications of Microsoft.Insights (diagnostic settings 2021-05-01-preview, metric alerts
2018-03-01, activity log alerts 2020-10-01, action groups 2024-10-01-preview). The tenant checks
and stores alerts, and fires none.
"""

from __future__ import annotations

from localtenant.arm.resource_types import ArmRequest, StoredType, properties_of
from localtenant.core.errors import ServiceError
from localtenant.state.store import Body


class DiagnosticSetting(StoredType):
    name = "Microsoft.Insights/diagnosticSettings"
    api_versions = ("2017-05-01-preview", "2021-05-01-preview")
    with_state = False

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        wanted = properties_of(arm.json())
        if not any(
            wanted.get(name)
            for name in ("workspaceId", "storageAccountId", "eventHubAuthorizationRuleId", "marketplacePartnerId")
        ):
            raise ServiceError(400, "BadRequest", "At least one data sink needs to be specified.")
        if not (wanted.get("logs") or wanted.get("metrics")):
            raise ServiceError(400, "BadRequest", "At least one category has to be enabled.")
        if arm.cloud.resources.find(arm.path.scope) is None:
            raise ServiceError(404, "ResourceNotFound", f"The Resource '{arm.path.scope}' was not found.")
        return await super().put(arm, stored)


class MetricAlert(StoredType):
    name = "Microsoft.Insights/metricAlerts"
    api_versions = ("2018-03-01",)
    tracked = True
    required = ("scopes", "criteria", "evaluationFrequency", "windowSize")
    with_state = False


class ActivityLogAlert(StoredType):
    name = "Microsoft.Insights/activityLogAlerts"
    api_versions = ("2020-10-01", "2023-01-01-preview")
    tracked = True
    required = ("scopes", "condition")
    with_state = False


class ActionGroup(StoredType):
    name = "Microsoft.Insights/actionGroups"
    api_versions = ("2023-01-01", "2024-10-01-preview")
    tracked = True
    required = ("groupShortName",)
    with_state = False
