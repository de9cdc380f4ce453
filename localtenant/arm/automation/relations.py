"""The relations between the runbooks, job schedules and webhooks of an account."""

from __future__ import annotations

from collections.abc import Iterator

from localtenant.arm.resource_types import ArmRequest
from localtenant.state.internals import RunbookInternals, internals
from localtenant.state.store import Body

ACCOUNT = "microsoft.automation/automationaccounts"
WEBHOOKS = "Microsoft.Automation/automationAccounts/webhooks"
JOB_SCHEDULES = "Microsoft.Automation/automationAccounts/jobSchedules"


def published_content(runbook: Body) -> bytes | None:
    """Returns the published text of a stored runbook; None before the first publication."""
    return internals(runbook, RunbookInternals).content


def drop_links(arm: ArmRequest, kind: str, name: str) -> None:
    """Deletes the job schedules of a deleted runbook or schedule, as Azure does without a message."""
    for link in list(links(arm)):
        if link["properties"][kind]["name"].lower() == name.lower():
            arm.cloud.resources.drop(str(link["id"]), arm.now)


def drop_webhooks(arm: ArmRequest, runbook: str) -> None:
    """Deletes the webhooks of a deleted runbook. Azure documents no rule; its callers get 404 in any case."""
    for body in list(arm.cloud.resources.below(account_id(arm), WEBHOOKS)):
        if body["properties"]["runbook"]["name"].lower() == runbook.lower():
            arm.cloud.resources.drop(str(body["id"]), arm.now)


def account_id(arm: ArmRequest) -> str:
    return f"{arm.path.scope}/providers/Microsoft.Automation/automationAccounts/{arm.path.names[0]}"


def links(arm: ArmRequest) -> Iterator[Body]:
    """Yields the job schedules of the account."""
    return arm.cloud.resources.below(account_id(arm), JOB_SCHEDULES)
