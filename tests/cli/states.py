"""States as ``pulumi stack export`` writes them, written by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STACK = "urn:pulumi:prod::exchange-automation"
ROLE = "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment"
APP_ROLE = "azuread:index/appRoleAssignment:AppRoleAssignment"


def grant(name: str, assignment_id: str, principal_id: str, kind: str = ROLE) -> dict[str, Any]:
    """A grant of a state; one of long ago."""
    return {
        "urn": f"{STACK}::exchange-automation:index:ExchangeAccess${kind}::{name}",
        "type": kind,
        "id": assignment_id,
        "inputs": {"principalObjectId": principal_id},
        "created": "2026-01-02T03:04:05.678901Z",
    }


def state_of(*resources: dict[str, Any]) -> dict[str, Any]:
    """A state with these resources."""
    stack = {"urn": f"{STACK}::pulumi:pulumi:Stack::exchange-automation-prod", "type": "pulumi:pulumi:Stack"}
    return {"version": 3, "deployment": {"resources": [stack, *resources]}}


def write_state(directory: Path, state: Any) -> str:
    """Writes a state into a file; returns its path."""
    file = directory / "state.json"
    file.write_text(state if isinstance(state, str) else json.dumps(state))
    return str(file)
