"""How to find what the azure-native provider would create: each resource by its id, which its path parameters make up.

Sources: the REST API specifications of the versions named; the provider's schema for the names of path parameters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from exchange_automation.cli.client.session import Json
from exchange_automation.cli.problems import RefusedError
from exchange_automation.cli.pulumi.previews import Step

from .finder import ACCOUNT, IDENTITY, Finder, Outcome, Rule, held

RESOURCE_GROUP = "azure-native:resources:ResourceGroup"
ENVIRONMENT = "azure-native:automation:RuntimeEnvironment"
PACKAGE = "azure-native:automation:Package"
RUNBOOK = "azure-native:automation:Runbook"
SCHEDULE = "azure-native:automation:Schedule"
JOB_SCHEDULE = "azure-native:automation:JobSchedule"
STORAGE_ACCOUNT = "azure-native:storage:StorageAccount"
CONTAINER = "azure-native:storage:BlobContainer"
PRIVATE_ENDPOINT = "azure-native:network:PrivateEndpoint"

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_ACCOUNT = f"{_GROUP}/providers/Microsoft.Automation/automationAccounts/{{automationAccountName}}"
_ENVIRONMENT = f"{_ACCOUNT}/runtimeEnvironments/{{runtimeEnvironmentName}}"
_STORAGE = f"{_GROUP}/providers/Microsoft.Storage/storageAccounts/{{accountName}}"
_ENDPOINT = f"{_GROUP}/providers/Microsoft.Network/privateEndpoints/{{privateEndpointName}}"
_AUTOMATION = "2024-10-23"

# Azure gives this name's random end to resources whose name the program leaves to the provider.
_AUTO_NAME = "[0-9a-f]{7,8}"


@dataclass(frozen=True)
class Kind:
    """One resource type."""

    path: str
    """Its id; the last part is its name."""
    version: str


KINDS: Mapping[str, Kind] = {
    RESOURCE_GROUP: Kind(_GROUP, "2024-03-01"),
    IDENTITY: Kind(
        f"{_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{{resourceName}}", "2023-01-31"
    ),
    ACCOUNT: Kind(_ACCOUNT, _AUTOMATION),
    ENVIRONMENT: Kind(_ENVIRONMENT, _AUTOMATION),
    PACKAGE: Kind(f"{_ENVIRONMENT}/packages/{{packageName}}", _AUTOMATION),
    RUNBOOK: Kind(f"{_ACCOUNT}/runbooks/{{runbookName}}", _AUTOMATION),
    SCHEDULE: Kind(f"{_ACCOUNT}/schedules/{{scheduleName}}", _AUTOMATION),
    JOB_SCHEDULE: Kind(f"{_ACCOUNT}/jobSchedules/{{jobScheduleId}}", _AUTOMATION),
    "azure-native:automation:Webhook": Kind(f"{_ACCOUNT}/webhooks/{{webhookName}}", "2024-10-23"),
    "azure-native:automation:Variable": Kind(f"{_ACCOUNT}/variables/{{variableName}}", _AUTOMATION),
    "azure-native:automation:Credential": Kind(f"{_ACCOUNT}/credentials/{{credentialName}}", _AUTOMATION),
    "azure-native:automation:Certificate": Kind(f"{_ACCOUNT}/certificates/{{certificateName}}", _AUTOMATION),
    "azure-native:automation:Connection": Kind(f"{_ACCOUNT}/connections/{{connectionName}}", _AUTOMATION),
    STORAGE_ACCOUNT: Kind(_STORAGE, "2024-01-01"),
    CONTAINER: Kind(f"{_STORAGE}/blobServices/default/containers/{{containerName}}", "2024-01-01"),
    "azure-native:authorization:ManagementLockByScope": Kind(
        "/{scope}/providers/Microsoft.Authorization/locks/{lockName}", "2020-05-01"
    ),
    "azure-native:monitor:DiagnosticSetting": Kind(
        "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}", "2021-05-01-preview"
    ),
    "azure-native:monitor:ActionGroup": Kind(
        f"{_GROUP}/providers/Microsoft.Insights/actionGroups/{{actionGroupName}}", "2024-10-01-preview"
    ),
    "azure-native:monitor:MetricAlert": Kind(
        f"{_GROUP}/providers/Microsoft.Insights/metricAlerts/{{ruleName}}", "2018-03-01"
    ),
    "azure-native:monitor:ActivityLogAlert": Kind(
        f"{_GROUP}/providers/Microsoft.Insights/activityLogAlerts/{{activityLogAlertName}}", "2020-10-01"
    ),
    "azure-native:operationalinsights:LinkedService": Kind(
        f"{_GROUP}/providers/Microsoft.OperationalInsights/workspaces/{{workspaceName}}/linkedServices/{{linkedServiceName}}",
        "2023-09-01",
    ),
    PRIVATE_ENDPOINT: Kind(_ENDPOINT, "2024-05-01"),
    "azure-native:network:PrivateDnsZoneGroup": Kind(
        f"{_ENDPOINT}/privateDnsZoneGroups/{{privateDnsZoneGroupName}}", "2024-05-01"
    ),
}

_OWNERS: Mapping[str, tuple[str, str]] = {
    "resourceGroupName": (RESOURCE_GROUP, "name"),
    "automationAccountName": (ACCOUNT, "name"),
    "runtimeEnvironmentName": (ENVIRONMENT, "name"),
    "accountName": (STORAGE_ACCOUNT, "name"),
    "privateEndpointName": (PRIVATE_ENDPOINT, "name"),
    "scope": (ACCOUNT, "id"),
    "resourceUri": (ACCOUNT, "id"),
}
"""Path parameters that come from another resource of the program: its type, and which of its properties."""


async def _by_id(finder: Finder, step: Step) -> Outcome:
    kind = KINDS[step.type]
    collection, _, name = kind.path.rpartition("/")
    where = await _filled(finder, step, collection)
    if where is None:
        return Outcome("not looked for", why="ARM_SUBSCRIPTION_ID is not set")
    if not where:
        return Outcome("missing", why="what it belongs to is not there")
    return await _named(finder, step, where, name.strip("{}"), kind.version)


async def _filled(finder: Finder, step: Step, path: str) -> str | None:
    """The path with its parameters; empty when one of them is not known, None without a subscription."""
    for parameter in re.findall(r"{(\w+)}", path):
        if parameter == "subscriptionId":
            value = finder.subscription_of(step)
            if not value:
                return None
        else:
            owner, key = _OWNERS[parameter]
            value = (await finder.text(step, parameter, key, owner)).strip("/")
            if not value:
                return ""
        path = path.replace(f"{{{parameter}}}", value)
    return path


async def _named(finder: Finder, step: Step, where: str, name_input: str, version: str) -> Outcome:
    """A resource by its name, or by the pattern of a name that the provider made up.

    :param where: id of the collection.
    :param name_input: the input that holds the last part of the id.
    """
    name = step.known(name_input)
    if name:
        try:
            body = await finder.session.resource_manager(f"{where}/{name}", version)
            return Outcome("found", str(body["id"]), f"by its name, {name}", body)
        except RefusedError as refused:
            if not refused.absent:
                raise
    if name and not re.fullmatch(f"{re.escape(step.name)}{_AUTO_NAME}", name):
        return Outcome("missing", why=f"there is no {name}")
    return await _by_pattern(finder, step, where, version)


async def _by_pattern(finder: Finder, step: Step, where: str, version: str) -> Outcome:
    """One whose name was made up in an earlier run: the logical name and a random end, another in each preview."""
    listed = await held(_listed(finder, where, version))
    if listed is None:
        return Outcome("missing", why="what it belongs to is not there")
    pattern = re.compile(f"{re.escape(step.name)}{_AUTO_NAME}", re.IGNORECASE)
    matches = [body for body in listed if pattern.fullmatch(str(body.get("name", "")))]
    if not matches:
        return Outcome("missing", why=f'there is none named "{step.name}" and a random end')
    ids = tuple(str(body["id"]) for body in matches)
    if len(ids) > 1:
        return Outcome("ambiguous", why=f"{len(ids)} have this name and a random end", candidates=ids)
    # A list may leave out what only the resource itself shows.
    body = await finder.session.resource_manager(ids[0], version)
    return Outcome("found", str(body["id"]), f"by the pattern of its name, {body.get('name')}", body)


async def _listed(finder: Finder, where: str, version: str) -> list[Json]:
    return list((await finder.session.resource_manager(where, version)).get("value") or [])


async def _package(finder: Finder, step: Step) -> Outcome:
    found = await _by_id(finder, step)
    content = ((step.new or {}).get("inputs") or {}).get("contentLink")
    if found.verdict != "found" or not isinstance(content, dict):
        return found
    # Azure never gives the link back; without it in the file, the next preview would set it again.
    return Outcome(found.verdict, found.id, found.why, found.body, {"contentLink": content})


async def _job_schedule(finder: Finder, step: Step) -> Outcome:
    """A link by what it links, because its id is made of ids that a preview does not know."""
    where = await _filled(finder, step, KINDS[JOB_SCHEDULE].path.rpartition("/")[0])
    if where is None:
        return Outcome("not looked for", why="ARM_SUBSCRIPTION_ID is not set")
    linked = {
        "runbook": await _linked(finder, step, "runbook", RUNBOOK),
        "schedule": await _linked(finder, step, "schedule", SCHEDULE),
    }
    if not where or not all(linked.values()):
        return Outcome("missing", why="what it links is not there")
    for body in await held(_listed(finder, where, _AUTOMATION)) or []:
        properties = body.get("properties") or {}
        names = {end: str((properties.get(end) or {}).get("name", "")).lower() for end in linked}
        if names == {end: name.lower() for end, name in linked.items()}:
            identifier = str(body.get("id") or f"{where}/{properties.get('jobScheduleId')}")
            return Outcome("found", identifier, f"it links {linked['runbook']} and {linked['schedule']}", body)
    return Outcome("missing", why=f"{linked['runbook']} is not linked to {linked['schedule']}")


async def _linked(finder: Finder, step: Step, end: str, kind: str) -> str:
    """Name of one end of a link; empty when it is not there."""
    given: Any = ((step.new or {}).get("inputs") or {}).get(end)
    found = await finder.source(step, end, kind)
    if found is not None:
        return str(found.body.get("name", "")) if found.verdict == "found" else ""
    return str(given.get("name", "")) if isinstance(given, dict) else ""


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(KINDS, _by_id),
    PACKAGE: _package,
    JOB_SCHEDULE: _job_schedule,
}
