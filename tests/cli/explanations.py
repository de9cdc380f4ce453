"""The command ``explain`` on previews of a test, and resources that grant access."""

from __future__ import annotations

from typing import Any

from tests.cli import plans
from tests.cli.plans import preview, role, state
from tests.cli.support import CommandResult, run

UNIT = "/administrativeUnits/66666666-6666-4666-8666-666666666666"


def explain(text: str, *arguments: str, source: str = "-") -> CommandResult:
    """The command, which needs no tenant."""
    return run(None, "explain", source, *arguments, stdin=text, variables={"COLUMNS": "400"})


def sentences(*steps: dict[str, Any]) -> dict[str, str]:
    """Risk of each change by its sentence."""
    return {change["sentence"]: change["risk"] for change in explain(preview(*steps), "--json").json["changes"]}


ADMINISTRATOR = role(plans.EXCHANGE_ADMINISTRATOR)
READER = role(plans.GLOBAL_READER)
IN_A_UNIT = role(plans.EXCHANGE_ADMINISTRATOR, directoryScopeId=UNIT)
APP_ROLE = state("app", plans.APP_ROLE, appRoleId=plans.MANAGE_AS_APP, principalObjectId=plans.PRINCIPAL)
MAILBOXES = state("app", plans.APP_ROLE, appRoleId=plans.FULL_ACCESS, principalObjectId=plans.PRINCIPAL)


def azure(kind: str, name: str, **inputs: Any) -> dict[str, Any]:
    return state(name, f"azure-native:{kind}", **inputs)
