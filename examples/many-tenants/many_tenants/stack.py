"""Runs one command on the stack of one tenant, in a process that has the credentials of this tenant alone.

``python -m many_tenants.stack COMMAND TENANT RESULT`` writes the outcome to the file RESULT; what the engine prints goes
to standard output. A process per tenant keeps credentials apart and gives the memory back.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import Any

import pulumi
from pulumi import automation
from pulumi_azure_native import resources

from exchange_automation import ExchangeAutomationAccount

PROJECT = "exchange-many-tenants"


def program(tenant: dict[str, Any]) -> None:
    """The resources of one tenant."""
    group = resources.ResourceGroup("exchange-automation", location=tenant["location"])
    account = ExchangeAutomationAccount(
        "exchange",
        {
            "organization": tenant["organization"],
            "resource_group_name": group.name,
            "directory_roles": [{"role": role} for role in tenant["directory_roles"]],
        },
    )
    pulumi.export("connectCommand", account.connect_command)


def run(command: str, tenant: dict[str, Any]) -> dict[str, Any]:
    """Runs ``preview``, ``up`` or ``destroy`` and returns the changes by kind."""
    stack = automation.create_or_select_stack(
        stack_name=tenant["name"],
        project_name=PROJECT,
        program=lambda: program(tenant),
    )
    if command == "preview":
        changes = {str(kind.value): count for kind, count in stack.preview(on_output=print).change_summary.items()}
    else:
        update: Any = stack.up if command == "up" else stack.destroy
        changes = update(on_output=print, refresh=True).summary.resource_changes or {}
    return {"outcome": "succeeded", "changes": changes}


def main() -> None:
    """Writes the outcome, also when the command fails."""
    command, tenant, result = sys.argv[1:]
    # The engine gets the interrupt as well: it finishes what it has begun and writes the state. This process waits for it.
    signal.signal(signal.SIGINT, lambda *_: None)
    try:
        outcome = run(command, json.loads(tenant))
    except Exception as error:  # noqa: BLE001  (any failure is this tenant's outcome, and the others go on)
        print(error, file=sys.stderr)
        outcome = {"outcome": "failed", "changes": {}}
    Path(result).write_text(json.dumps(outcome), "utf-8")
    sys.exit(0 if outcome["outcome"] == "succeeded" else 1)


if __name__ == "__main__":
    main()
