"""Microsoft.Automation: runbooks, their published text and their draft.

Behaviour from the Automation REST specification 2024-10-23, and from public reports where it is silent. The service downloads
a content link without credentials before it answers the PUT, and never returns the link.
"""

from __future__ import annotations

from typing import Any

from localtenant.arm.automation.checks import CHILD_VERSIONS, hashed_content, invalid, named_as_the_path, refused, typed
from localtenant.arm.automation.content_links import UnreadableError, downloaded
from localtenant.arm.automation.relations import ACCOUNT, account_id, drop_links, drop_webhooks, published_content
from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.core.ids import stable_guid
from localtenant.core.messages import Response
from localtenant.state.internals import KEY, DraftInternals, RunbookInternals, internals
from localtenant.state.resources import location_name
from localtenant.state.store import Body

RUNBOOK_TYPES = ("PowerShell", "PowerShell72", "PowerShellWorkflow", "Script", "Python", "Python2", "Python3", "Graph")
LARGEST = 1024 * 1024
"""Bytes that a runbook may have."""
_RUNBOOK_TYPES = {
    "description": str,
    "draft": dict,
    "logActivityTrace": int,
    "logProgress": bool,
    "logVerbose": bool,
    "publishContentLink": dict,
    "runbookType": str,
    "runtimeEnvironment": str,
}


class Runbook(ResourceType):
    name = "Microsoft.Automation/automationAccounts/runbooks"
    shown = "Microsoft.Automation/AutomationAccounts/Runbooks"
    api_versions = CHILD_VERSIONS
    name_pattern = r"[A-Za-z][A-Za-z0-9_-]{0,62}"
    tracked = True

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = {**arm.json()}
        typed("runbook", properties_of(payload), **_RUNBOOK_TYPES)
        if payload.get("name") is not None:
            named_as_the_path("runbook", arm, payload)
        payload["location"] = payload.get("location") or arm.parents[ACCOUNT]["location"]
        wanted, before = properties_of(payload), (stored or {}).get("properties") or {}
        if wanted.get("runbookType", before.get("runbookType")) not in RUNBOOK_TYPES:
            raise ServiceError(400, "BadRequest", f"The runbook type '{wanted.get('runbookType')}' is not supported.")
        link = wanted.get("publishContentLink")
        if link is None and stored is None and wanted.get("draft") is None:
            raise invalid("runbook.properties.publishContentLink.uri", "The uri field is required.")
        if link is not None:
            hashed_content("runbook.properties.publishContentLink", link)
        content = internals(stored, RunbookInternals).content if stored is not None else None
        if link is not None:
            content = _published(arm, link)
            if stored is not None and arm.cloud.behaviour.runbook_update_drops_links:
                drop_links(arm, "runbook", arm.path.name)
        runtime = wanted.get("runtimeEnvironment")
        if runtime and arm.cloud.resources.find(f"{account_id(arm)}/runtimeEnvironments/{runtime}") is None:
            raise ServiceError(404, "NotFound", f"The runtime environment '{runtime}' was not found.")
        properties = {
            "description": wanted.get("description"),
            "logVerbose": wanted.get("logVerbose", False),
            "logProgress": wanted.get("logProgress", False),
            "logActivityTrace": wanted.get("logActivityTrace") or 0,
            "runbookType": wanted.get("runbookType", before.get("runbookType")),
            "runtimeEnvironment": runtime,
            "state": "Published" if content is not None else "New",
            "jobCount": 0,
            "parameters": {},
            "outputTypes": [],
            "provisioningState": "Succeeded",
            "creationTime": before.get("creationTime", iso_fine(arm.now)),
            "lastModifiedTime": iso_fine(arm.now),
            "lastModifiedBy": arm.caller_name,
        }
        body = self.envelope(arm, stored, payload, properties)
        body["location"] = location_name(payload["location"])
        body[KEY] = RunbookInternals(content)
        return {**body, "etag": f'"{stable_guid("runbook", arm.path.id, iso_fine(arm.now))}"'}

    async def patch(self, arm: ArmRequest, stored: Body) -> Body:
        wanted = properties_of(arm.json())
        kept = {name: wanted[name] for name in ("description", "logVerbose", "logProgress") if name in wanted}
        body = {**stored, "properties": {**stored["properties"], **kept, "lastModifiedTime": iso_fine(arm.now)}}
        if arm.json().get("tags") is not None:
            body["tags"] = arm.json()["tags"]
        return body

    async def action(self, arm: ArmRequest, action: str, body: Body) -> Response:
        """Publishes the draft."""
        if action.lower() != "publish":
            return await super().action(arm, action, body)
        draft = arm.cloud.resources.find(f"{body['id']}/draft/content")
        content = internals(draft, DraftInternals).content if draft is not None else published_content(body) or b""
        properties = {**body["properties"], "state": "Published", "lastModifiedTime": iso_fine(arm.now)}
        arm.cloud.resources.write({**body, "properties": properties, KEY: RunbookInternals(content)}, arm.now)
        return Response(202, None, {"Location": f"{arm.request.base_url}{body['id']}?{arm.request.raw_query}"})

    def removed(self, arm: ArmRequest, body: Body) -> None:
        drop_links(arm, "runbook", str(body["name"]))
        drop_webhooks(arm, str(body["name"]))


class RunbookContent(ResourceType):
    """The published text of a runbook."""

    name = "Microsoft.Automation/automationAccounts/runbooks/content"
    api_versions = CHILD_VERSIONS

    def collection(self, arm: ArmRequest) -> Response | None:
        content = published_content(arm.parents["microsoft.automation/automationaccounts/runbooks"])
        if content is None:
            raise ServiceError(404, "NotFound", "The runbook has not been published.")
        return Response(200, content, {}, "text/powershell")


class RunbookDraft(ResourceType):
    """The draft of a runbook, which the action publish publishes."""

    name = "Microsoft.Automation/automationAccounts/runbooks/draft"
    api_versions = CHILD_VERSIONS
    name_pattern = "content"

    def collection(self, arm: ArmRequest) -> Response | None:
        return Response(200, {"inEdit": arm.cloud.resources.find(f"{arm.path.id}/draft/content") is not None})

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        if len(arm.request.body) > LARGEST:
            raise refused(f"The content of a runbook has at most {LARGEST} bytes.")
        return {**self.envelope(arm, stored, {}, {}), KEY: DraftInternals(arm.request.body)}

    def created_status(self, stored: Body | None) -> int:
        return 202

    def show(self, arm: ArmRequest, body: Body) -> Any:
        return internals(body, DraftInternals).content if arm.request.method == "GET" else None


def _published(arm: ArmRequest, link: Body) -> bytes:
    """Returns the text at a content link."""
    if not link.get("uri"):
        raise invalid("runbook.properties.publishContentLink.uri", "The uri field is required.")
    try:
        content = downloaded(arm, link, LARGEST)
    except UnreadableError as unreadable:
        arm.request.remarks.append(f"content link: {unreadable}")
        raise refused("Validation errors while reading content link.") from None
    arm.request.remarks.append(f"content downloaded: {len(content)} bytes")
    return content
