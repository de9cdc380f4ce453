"""Microsoft.Automation: schedules, and the job schedules that link them with runbooks.

Behaviour from the Automation REST specification 2024-10-23, and from public reports where it is silent. A schedule begins five
minutes ahead at the earliest. A job schedule can be created and deleted, and not changed.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

from localtenant.arm.automation.checks import CHILD_VERSIONS, invalid, named_as_the_path, refused, required, typed
from localtenant.arm.automation.relations import JOB_SCHEDULES, account_id, drop_links, links, published_content
from localtenant.arm.resource_types import ArmRequest, ResourceType, properties_of, visible
from localtenant.core.clock import iso_fine
from localtenant.core.errors import ServiceError
from localtenant.state.store import Body

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

    name = JOB_SCHEDULES
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
        for other in links(arm):
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
    # A year at either end of the calendar has no other zone's time, and no time five minutes later.
    if not 1900 <= moment.year <= 9998:
        raise refused(f"The time '{text}' is not valid.")
    return moment.replace(second=0, microsecond=0).astimezone(timezone.utc)


def _shown(moment: datetime | None, zone: str) -> str:
    assert moment is not None
    return moment.astimezone(_zone(zone)).isoformat()


def _offset(moment: datetime, zone: str) -> float:
    offset = moment.astimezone(_zone(zone)).utcoffset()
    return offset.total_seconds() / 60 if offset else 0
