"""The rules of adopt for azure-native: they find a resource by its id, which consists of its path parameters.

Sources: the REST API specifications of the versions named; the provider's schema for the names of path parameters.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.documents import Record
from exchange_automation.cli.pulumi.previews import UNKNOWN, Step, mapping

from .finder import ACCOUNT, IDENTITY, Finder, Outcome, Rule, held

RESOURCE_GROUP = "azure-native:resources:ResourceGroup"
ENVIRONMENT = "azure-native:automation:RuntimeEnvironment"
PACKAGE = "azure-native:automation:Package"
RUNBOOK = "azure-native:automation:Runbook"
SCHEDULE = "azure-native:automation:Schedule"
JOB_SCHEDULE = "azure-native:automation:JobSchedule"
STORAGE_ACCOUNT = "azure-native:storage:StorageAccount"
CONTAINER = "azure-native:storage:BlobContainer"
BLOB = "azure-native:storage:Blob"
PRIVATE_ENDPOINT = "azure-native:network:PrivateEndpoint"
ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment"
LOCK = "azure-native:authorization:ManagementLockByScope"
DIAGNOSTICS = "azure-native:monitor:DiagnosticSetting"

SCOPED_BY: Mapping[str, str] = {ROLE_ASSIGNMENT: "scope", LOCK: "scope", DIAGNOSTICS: "resourceUri"}
"""Types whose id begins with the id of another resource, and the input that holds it."""

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_ACCOUNT = f"{_GROUP}/providers/Microsoft.Automation/automationAccounts/{{automationAccountName}}"
_ENVIRONMENT = f"{_ACCOUNT}/runtimeEnvironments/{{runtimeEnvironmentName}}"
_STORAGE = f"{_GROUP}/providers/Microsoft.Storage/storageAccounts/{{accountName}}"
_CONTAINER = f"{_STORAGE}/blobServices/default/containers/{{containerName}}"
_ENDPOINT = f"{_GROUP}/providers/Microsoft.Network/privateEndpoints/{{privateEndpointName}}"
_AUTOMATION = "2024-10-23"

# The end that the provider appends to the logical name where the program gives no name.
_AUTO_NAME = "[0-9a-f]{7,8}"


@dataclass(frozen=True)
class AzureType:
    """One resource type.

    Attributes:
        path: Its id; the last part is its name.
        version: API version.
    """

    path: str
    version: str


RESOURCE_TYPES: Mapping[str, AzureType] = {
    RESOURCE_GROUP: AzureType(_GROUP, "2024-03-01"),
    IDENTITY: AzureType(
        f"{_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{{resourceName}}", "2023-01-31"
    ),
    ACCOUNT: AzureType(_ACCOUNT, _AUTOMATION),
    ENVIRONMENT: AzureType(_ENVIRONMENT, _AUTOMATION),
    PACKAGE: AzureType(f"{_ENVIRONMENT}/packages/{{packageName}}", _AUTOMATION),
    RUNBOOK: AzureType(f"{_ACCOUNT}/runbooks/{{runbookName}}", _AUTOMATION),
    SCHEDULE: AzureType(f"{_ACCOUNT}/schedules/{{scheduleName}}", _AUTOMATION),
    JOB_SCHEDULE: AzureType(f"{_ACCOUNT}/jobSchedules/{{jobScheduleId}}", _AUTOMATION),
    "azure-native:automation:Webhook": AzureType(f"{_ACCOUNT}/webhooks/{{webhookName}}", _AUTOMATION),
    "azure-native:automation:Variable": AzureType(f"{_ACCOUNT}/variables/{{variableName}}", _AUTOMATION),
    "azure-native:automation:Credential": AzureType(f"{_ACCOUNT}/credentials/{{credentialName}}", _AUTOMATION),
    "azure-native:automation:Certificate": AzureType(f"{_ACCOUNT}/certificates/{{certificateName}}", _AUTOMATION),
    "azure-native:automation:Connection": AzureType(f"{_ACCOUNT}/connections/{{connectionName}}", _AUTOMATION),
    STORAGE_ACCOUNT: AzureType(_STORAGE, "2024-01-01"),
    CONTAINER: AzureType(_CONTAINER, "2024-01-01"),
    BLOB: AzureType(f"{_CONTAINER}/blobs/{{blobName}}", ""),
    ROLE_ASSIGNMENT: AzureType(
        "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}", "2022-04-01"
    ),
    LOCK: AzureType("/{scope}/providers/Microsoft.Authorization/locks/{lockName}", "2020-05-01"),
    DIAGNOSTICS: AzureType(
        "/{resourceUri}/providers/Microsoft.Insights/diagnosticSettings/{name}", "2021-05-01-preview"
    ),
    "azure-native:monitor:ActionGroup": AzureType(
        f"{_GROUP}/providers/Microsoft.Insights/actionGroups/{{actionGroupName}}", "2024-10-01-preview"
    ),
    "azure-native:monitor:MetricAlert": AzureType(
        f"{_GROUP}/providers/Microsoft.Insights/metricAlerts/{{ruleName}}", "2018-03-01"
    ),
    "azure-native:monitor:ActivityLogAlert": AzureType(
        f"{_GROUP}/providers/Microsoft.Insights/activityLogAlerts/{{activityLogAlertName}}", "2020-10-01"
    ),
    "azure-native:operationalinsights:LinkedService": AzureType(
        f"{_GROUP}/providers/Microsoft.OperationalInsights/workspaces/{{workspaceName}}/linkedServices/{{linkedServiceName}}",
        "2023-09-01",
    ),
    PRIVATE_ENDPOINT: AzureType(_ENDPOINT, "2024-05-01"),
    "azure-native:network:PrivateDnsZoneGroup": AzureType(
        f"{_ENDPOINT}/privateDnsZoneGroups/{{privateDnsZoneGroupName}}", "2024-05-01"
    ),
}

_OWNERS: Mapping[str, tuple[str, str]] = {
    "resourceGroupName": (RESOURCE_GROUP, "name"),
    "automationAccountName": (ACCOUNT, "name"),
    "runtimeEnvironmentName": (ENVIRONMENT, "name"),
    "accountName": (STORAGE_ACCOUNT, "name"),
    "containerName": (CONTAINER, "name"),
    "privateEndpointName": (PRIVATE_ENDPOINT, "name"),
    "scope": (ACCOUNT, "id"),
    "resourceUri": (ACCOUNT, "id"),
}
"""Path parameter -> type and property of the resource of the program that it comes from."""


async def _by_id(finder: Finder, step: Step) -> Outcome:
    kind = RESOURCE_TYPES[step.type]
    collection, _, name = kind.path.rpartition("/")
    where = await _filled(finder, step, collection)
    if where is None:
        return _NO_SUBSCRIPTION
    if not where:
        return _NO_PARENT
    return await _named(finder, step, where, name.strip("{}"), kind.version)


_NO_SUBSCRIPTION = Outcome("not looked for", why="ARM_SUBSCRIPTION_ID is not set")
_NO_PARENT = Outcome("missing", why="its parent does not exist")


async def _filled(finder: Finder, step: Step, path: str) -> str | None:
    """Returns the path with its parameters; empty when one of them is not known, None without a subscription."""
    for parameter in re.findall(r"{(\w+)}", path):
        if parameter == "subscriptionId":
            value = finder.subscription_of(step)
            if not value:
                return None
        else:
            # A parameter without an owner names a resource that the program does not create.
            owner, key = _OWNERS.get(parameter, ("", "name"))
            value = (await finder.text(step, parameter, key, owner)).strip("/")
            if not value:
                return ""
        path = path.replace(f"{{{parameter}}}", quote(value, safe="/() ") if "/" in value else _quoted(value))
    return path


def _quoted(name: str) -> str:
    """Returns a name as a part of an address; ``#`` and ``?`` would end it."""
    return quote(name, safe="() ")


async def _named(finder: Finder, step: Step, where: str, name_input: str, version: str) -> Outcome:
    """Looks for a resource by its name, or by the pattern of a name that the provider chose.

    Args:
        finder: Looks for it.
        step: What happens to the resource.
        where: Id of the collection.
        name_input: The input that holds the last part of the id.
        version: API version.
    """
    name = step.known(name_input)
    if name:
        try:
            body = await finder.session.resource_manager(f"{where}/{_quoted(name)}", version)
            return Outcome("found", body.required("id"), f"by its name, {name}", body)
        except ServiceError as refused:
            if not refused.absent:
                raise
    if name and not re.fullmatch(f"{re.escape(step.name)}{_AUTO_NAME}", name):
        return Outcome("missing", why=f"there is no {name}")
    return await _by_pattern(finder, step, where, version)


async def _by_pattern(finder: Finder, step: Step, where: str, version: str) -> Outcome:
    """Looks for a name that an earlier run chose: the logical name and a random suffix, which differs in each preview."""
    listed = await held(finder.session.azure_listed(where, version))
    if listed is None:
        return _NO_PARENT
    pattern = re.compile(f"{re.escape(step.name)}{_AUTO_NAME}", re.IGNORECASE)
    matches = [body for body in listed if pattern.fullmatch(body.text("name"))]
    if not matches:
        return Outcome("missing", why=f'no name is "{step.name}" and a random suffix')
    ids = tuple(body.required("id") for body in matches)
    if len(ids) > 1:
        return Outcome("ambiguous", why=f"{len(ids)} have this name and a random suffix", candidates=ids)
    # A list may leave out what only the resource itself shows.
    body = await finder.session.resource_manager(ids[0], version)
    return Outcome("found", body.required("id"), f"by the pattern of its name, {body.text('name')}", body)


async def _package(finder: Finder, step: Step) -> Outcome:
    found = await _by_id(finder, step)
    content = step.inputs().get("contentLink")
    if found.verdict != "found" or not isinstance(content, dict):
        return found
    # Azure never returns the link. Without it in the file, the next preview would set it again.
    return replace(found, inputs={"contentLink": content})


async def _role_assignment(finder: Finder, step: Step) -> Outcome:
    """Looks for an assignment by principal, role and scope, because every preview chooses another GUID as its id."""
    collection = RESOURCE_TYPES[ROLE_ASSIGNMENT].path.rpartition("/")[0]
    where = await _filled(finder, step, collection)
    principal = (await finder.principal(step, "principalId")).lower()
    role = _last_part(step.known("roleDefinitionId"))
    if not where or not principal or not role:
        return Outcome("missing", why="its identity or scope does not exist yet")
    listed = await held(finder.session.azure_listed(where, RESOURCE_TYPES[ROLE_ASSIGNMENT].version))
    if listed is None:
        return _NO_PARENT
    at = where.partition("/providers/Microsoft.Authorization/")[0].lower()
    for body in listed:
        properties = body.record("properties")
        # The list has assignments of higher and lower scopes as well.
        if (
            properties.text("principalId").lower() == principal
            and _last_part(properties.text("roleDefinitionId")) == role
            and properties.text("scope").rstrip("/").lower() == unquote(at)
        ):
            return Outcome("found", body.required("id"), f"{principal} holds it at this scope", body)
    return Outcome("missing", why=f"{principal} does not hold it at this scope")


def _last_part(resource_id: str) -> str:
    return resource_id.rsplit("/", 1)[-1].lower()


async def _blob(finder: Finder, step: Step) -> Outcome:
    """Assumes that a file exists when its container does, because only the account's key can list files."""
    where = await _filled(finder, step, RESOURCE_TYPES[BLOB].path.rpartition("/")[0])
    if where is None:
        return _NO_SUBSCRIPTION
    name = step.known("blobName") or step.name
    container = where.rpartition("/blobs")[0]
    if not where or await held(_one(finder, container, RESOURCE_TYPES[CONTAINER].version)) is None:
        return _NO_PARENT
    # The service returns neither source nor type. Without them in the file, the next preview would replace the blob.
    inputs = {key: value for key, value in step.inputs().items() if value != UNKNOWN and not key.startswith("__")}
    return Outcome("found", f"{unquote(where)}/{name}", "its container exists", inputs=inputs)


async def _one(finder: Finder, resource_id: str, version: str) -> list[Record]:
    return [await finder.session.resource_manager(resource_id, version)]


async def _job_schedule(finder: Finder, step: Step) -> Outcome:
    """Looks for a link by its runbook and its schedule, because its id contains ids that a preview does not know."""
    where = await _filled(finder, step, RESOURCE_TYPES[JOB_SCHEDULE].path.rpartition("/")[0])
    if where is None:
        return _NO_SUBSCRIPTION
    linked = {
        "runbook": await _linked(finder, step, "runbook", RUNBOOK),
        "schedule": await _linked(finder, step, "schedule", SCHEDULE),
    }
    if not where or not all(linked.values()):
        return Outcome("missing", why="its runbook or its schedule does not exist")
    for body in await held(finder.session.azure_listed(where, _AUTOMATION)) or []:
        properties = body.record("properties")
        names = {end: properties.record(end).text("name").lower() for end in linked}
        if names == {end: name.lower() for end, name in linked.items()}:
            identifier = body.text("id") or f"{where}/{properties.required('jobScheduleId')}"
            return Outcome("found", identifier, f"it links {linked['runbook']} and {linked['schedule']}", body)
    return Outcome("missing", why=f"{linked['runbook']} is not linked to {linked['schedule']}")


async def _linked(finder: Finder, step: Step, end: str, kind: str) -> str:
    """Returns the name of one end of a link; empty when it does not exist."""
    found = await finder.source(step, end, kind)
    if found is not None:
        return found.body.text("name") if found.verdict == "found" else ""
    name = mapping(step.inputs().get(end)).get("name")
    return name if isinstance(name, str) and name != UNKNOWN else ""


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(RESOURCE_TYPES, _by_id),
    PACKAGE: _package,
    JOB_SCHEDULE: _job_schedule,
    ROLE_ASSIGNMENT: _role_assignment,
    BLOB: _blob,
}
