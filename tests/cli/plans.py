"""Previews as ``pulumi preview --json`` writes them, written by hand."""

from __future__ import annotations

import json
from typing import Any

STACK = "urn:pulumi:prod::exchange-automation"
ROLE = "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment"
APP_ROLE = "azuread:index/appRoleAssignment:AppRoleAssignment"
ACCOUNT = "azure-native:automation:AutomationAccount"
COMPONENT = "exchange-automation:index:ExchangeAccess"
EXCHANGE_ADMINISTRATOR = "29232cdf-9323-42fd-ade2-1d097af3e4de"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
MANAGE_AS_APP = "dc50a0fb-09a3-484d-be87-e023b12c6440"
FULL_ACCESS = "dc890d15-9560-4a4c-9b7f-a736ec74ec40"
PRINCIPAL = "11111111-1111-4111-8111-111111111111"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def state(name: str, kind: str = ROLE, **inputs: Any) -> dict[str, Any]:
    """A resource of a preview, with its inputs."""
    return {"urn": f"{STACK}::{COMPONENT}${kind}::{name}", "type": kind, "inputs": inputs}


def step(operation: str, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None) -> dict[str, Any]:
    """One step."""
    urn = (new or old or {})["urn"]
    return {"op": operation, "urn": urn, **({"oldState": old} if old else {}), **({"newState": new} if new else {})}


def preview(*steps: dict[str, Any], **more: Any) -> str:
    """The whole document."""
    return json.dumps({"steps": list(steps), "changeSummary": {}, **more})


def events(*steps: dict[str, Any], **summary: Any) -> str:
    """The same as a stream of the engine's events."""
    lines: list[dict[str, Any]] = [
        {"resourcePreEvent": {"metadata": {"op": step["op"], "urn": step["urn"], **_states(step)}, "planning": True}}
        for step in steps
    ]
    lines.append({"summaryEvent": {"resourceChanges": {}, "isPreview": True, **summary}})
    return "\n".join(json.dumps({"sequence": number, "timestamp": 0, **line}) for number, line in enumerate(lines))


def _states(given: dict[str, Any]) -> dict[str, Any]:
    return {"old": given.get("oldState"), "new": given.get("newState")}


def role(role_id: str, principal: str = PRINCIPAL, name: str = "mail-role", **inputs: Any) -> dict[str, Any]:
    """A directory role assignment."""
    return state(name, roleId=role_id, principalObjectId=principal, **inputs)
