"""Microsoft.Automation: runbooks, schedules, and the links between them.

Behaviour from the Automation REST specification 2024-10-23, and from public reports where it is silent. The service downloads
a content link without credentials before it answers the PUT, and never returns the link. A schedule begins five minutes
ahead at the earliest. A job schedule can be created and deleted, and not changed.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

from localtenant.arm.automation.checks import (
    CHILD_VERSIONS,
    hashed_content,
    invalid,
    named_as_the_path,
    refused,
    required,
    typed,
)
from localtenant.arm.automation.content_links import UnreadableError, downloaded
from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of, visible
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.core.ids import stable_guid
from localtenant.core.messages import Response
from localtenant.state.internals import KEY, DraftInternals, RunbookInternals, internals
from localtenant.state.resources import location_name
from localtenant.state.store import Body

ACCOUNT = "microsoft.automation/automationaccounts"
WEBHOOKS = "Microsoft.Automation/automationAccounts/webhooks"
RUNBOOK_TYPES = ("PowerShell", "PowerShell72", "PowerShellWorkflow", "Script", "Python", "Python2", "Python3", "Graph")
LARGEST = 1024 * 1024
"""Bytes that a runbook may have."""
AHEAD = timedelta(minutes=5)
_SCHEDULE_TYPES = {
    "advancedSchedule": dict,
    "description": str,
    "expiryTime": str,
    "frequency": str,
    "startTime": str,
    "timeZone": str,
}
FREQUENCIES = ("OneTime", "Minute", "Hour", "Day", "Week", "Month")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


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

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        if len(arm.request.body) > LARGEST:
            raise refused(f"The content of a runbook has at most {LARGEST} bytes.")
        return {**self.envelope(arm, stored, {}, {}), KEY: DraftInternals(arm.request.body)}

    def created_status(self, stored: Body | None) -> int:
        return 202

    def show(self, arm: ArmRequest, body: Body) -> Any:
        return internals(body, DraftInternals).content if arm.request.method == "GET" else None


class Schedule(ResourceType):
    deletes_absent = False
    name = "Microsoft.Automation/automationAccounts/schedules"
    shown = "Microsoft.Automation/AutomationAccounts/Schedules"
    api_versions = CHILD_VERSIONS
    name_pattern = r"[^<>*%&:\\?.+/]{1,128}"

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        payload = arm.json()
        named_as_the_path("schedule", arm, payload)
        typed("schedule", properties_of(payload), **_SCHEDULE_TYPES)
        wanted, before = properties_of(payload), (stored or {}).get("properties") or {}
        zone = wanted.get("timeZone") or "UTC"
        start, expiry = moment(wanted.get("startTime"), zone), moment(wanted.get("expiryTime"), zone)
        if start is None:
            raise invalid("schedule.properties.startTime", "The startTime field is required.")
        if start < arm.now + AHEAD and _shown(start, zone) != before.get("startTime"):
            raise refused(
                "The start time of the schedule must be at least 5 minutes after the time you create the schedule."
            )
        if expiry is not None and expiry < start + AHEAD:
            raise refused("The expiry time of the schedule must be at least 5 minutes after the start time.")
        frequency, interval = wanted.get("frequency"), wanted.get("interval")
        _check_frequency(frequency, interval, wanted.get("advancedSchedule"))
        properties = {
            "description": wanted.get("description"),
            "startTime": _shown(start, zone),
            "startTimeOffsetMinutes": _offset(start, zone),
            "expiryTime": _shown(expiry, zone) if expiry else "9999-12-31T23:59:59.9999999+00:00",
            "expiryTimeOffsetMinutes": _offset(expiry, zone) if expiry else 0,
            "isEnabled": before.get("isEnabled", True),
            "nextRun": _shown(start, zone),
            "nextRunOffsetMinutes": _offset(start, zone),
            "interval": interval,
            "frequency": frequency,
            "timeZone": zone,
            "advancedSchedule": wanted.get("advancedSchedule"),
            "creationTime": before.get("creationTime", iso_fine(arm.now)),
            "lastModifiedTime": iso_fine(arm.now),
        }
        return self.envelope(arm, stored, {}, properties)

    async def patch(self, arm: ArmRequest, stored: Body) -> Body:
        wanted = properties_of(arm.json())
        kept = {name: wanted[name] for name in ("description", "isEnabled") if name in wanted}
        return {**stored, "properties": {**stored["properties"], **kept}}

    def show(self, arm: ArmRequest, body: Body) -> Body:
        shown = visible(body)
        properties = shown["properties"]
        start = datetime.fromisoformat(properties["startTime"])
        if properties["frequency"] == "Day" and start < arm.now:
            # The service computes the next run when it is asked.
            days = ((arm.now - start) // timedelta(days=properties["interval"]) + 1) * properties["interval"]
            wall = start.astimezone(_zone(properties["timeZone"])).replace(tzinfo=None) + timedelta(days=days)
            shown["properties"] = {
                **properties,
                "nextRun": _shown(moment(wall.isoformat(), properties["timeZone"]), properties["timeZone"]),
            }
        return shown

    def removed(self, arm: ArmRequest, body: Body) -> None:
        drop_links(arm, "schedule", str(body["name"]))


class JobSchedule(ResourceType):
    """The link of a runbook with a schedule."""

    deletes_absent = False

    name = "Microsoft.Automation/automationAccounts/jobSchedules"
    shown = "Microsoft.Automation/AutomationAccounts/JobSchedules"
    api_versions = CHILD_VERSIONS

    def check_name(self, path: Any) -> None:
        try:
            uuid.UUID(path.name)
        except ValueError:
            raise ServiceError(
                400, "BadRequest", f"The job schedule id '{path.name}' is not valid. It has to be a GUID."
            ) from None

    async def put(self, arm: ArmRequest, stored: Body | None) -> Body:
        if stored is not None:
            raise ServiceError(409, "Conflict", f"A job schedule with the id '{arm.path.name}' already exists.")
        wanted = properties_of(arm.json())
        typed("jobSchedule", wanted, runbook=dict, schedule=dict, runOn=str, parameters=dict)
        required("jobSchedule", wanted, "runbook", "schedule")
        names = {kind: str(wanted[kind].get("name") or "") for kind in ("runbook", "schedule")}
        for kind, name in names.items():
            required(f"jobSchedule.{kind}", {"name": name}, "name")
        for kind, name in names.items():
            found = arm.cloud.resources.find(f"{account_id(arm)}/{kind}s/{name}")
            if found is None or (kind == "runbook" and published_content(found) is None):
                raise ServiceError(404, "NotFound", f"The {kind} '{name}' was not found, or is not published.")
        for other in _links(arm):
            same = all(other["properties"][kind]["name"].lower() == name.lower() for kind, name in names.items())
            if same and arm.cloud.behaviour.second_link_is_refused:
                raise ServiceError(
                    409, "Conflict", "A job schedule for the specified runbook and schedule already exists."
                )
            if same:
                return other
        properties = {
            "jobScheduleId": arm.path.name,
            "runbook": {"name": names["runbook"]},
            "schedule": {"name": names["schedule"]},
            "runOn": wanted.get("runOn"),
            "parameters": wanted.get("parameters"),
        }
        return self.envelope(arm, None, {}, properties)

    def created_status(self, stored: Body | None) -> int:
        return 201


def published_content(runbook: Body) -> bytes | None:
    """Returns the published text of a stored runbook; None before the first publication."""
    return internals(runbook, RunbookInternals).content


def drop_links(arm: ArmRequest, kind: str, name: str) -> None:
    """Deletes the job schedules of a deleted runbook or schedule, as Azure does without a message."""
    for link in list(_links(arm)):
        if link["properties"][kind]["name"].lower() == name.lower():
            arm.cloud.resources.drop(str(link["id"]), arm.now)


def drop_webhooks(arm: ArmRequest, runbook: str) -> None:
    """Deletes the webhooks of a deleted runbook. Azure documents no rule; its callers get 404 in any case."""
    for body in list(arm.cloud.resources.below(account_id(arm), WEBHOOKS)):
        if body["properties"]["runbook"]["name"].lower() == runbook.lower():
            arm.cloud.resources.drop(str(body["id"]), arm.now)


def account_id(arm: ArmRequest) -> str:
    return f"{arm.path.scope}/providers/Microsoft.Automation/automationAccounts/{arm.path.names[0]}"


def _links(arm: ArmRequest) -> Iterator[Body]:
    return arm.cloud.resources.below(account_id(arm), JobSchedule.name)


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


def _check_frequency(frequency: Any, interval: Any, advanced: Body | None) -> None:
    if frequency not in FREQUENCIES:
        raise invalid("schedule.properties.frequency", f"The frequency '{frequency}' is not valid.")
    if frequency == "OneTime":
        return
    if not isinstance(interval, int) or not 1 <= interval <= 100:
        raise refused("The interval of the schedule must be between 1 and 100.")
    if frequency == "Minute" and interval < 15:
        raise refused("The interval of the schedule must be at least 15 minutes.")
    given = advanced or {}
    if (given.get("weekDays") and frequency != "Week") or (
        (given.get("monthDays") or given.get("monthlyOccurrences")) and frequency != "Month"
    ):
        raise refused("The advanced schedule does not fit the frequency.")
    occurrences = [item.get("occurrence") for item in given.get("monthlyOccurrences") or []]
    if any(occurrence not in (1, 2, 3, 4, 5, -1) for occurrence in occurrences):
        raise refused("The occurrence of an advanced schedule must be between 1 and 5, or -1 for the last one.")
    days = [
        *(given.get("weekDays") or []),
        *(monthly_occurrence.get("day") for monthly_occurrence in given.get("monthlyOccurrences") or []),
    ]
    if any(day not in DAYS for day in days) or any(
        day not in (*range(1, 32), -1) for day in given.get("monthDays") or []
    ):
        raise refused("The advanced schedule has a day that does not exist.")


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(win_tz.get(name, name))
    except (ZoneInfoNotFoundError, ValueError):
        raise refused(f"The time zone '{name}' is not valid.") from None


def moment(text: Any, zone: str) -> datetime | None:
    """Returns a time as the service reads it: without seconds, in the zone unless it has an offset."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"\.\d+", "", str(text)).replace("Z", "+00:00"))
    except ValueError:
        raise refused(f"The time '{text}' is not valid.") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=_zone(zone))
    return moment.replace(second=0, microsecond=0).astimezone(timezone.utc)


def _shown(moment: datetime | None, zone: str) -> str:
    assert moment is not None
    return moment.astimezone(_zone(zone)).isoformat()


def _offset(moment: datetime, zone: str) -> float:
    offset = moment.astimezone(_zone(zone)).utcoffset()
    return offset.total_seconds() / 60 if offset else 0
