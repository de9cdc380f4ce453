"""Programs in which an output fails, run in a process of their own: ``failing_outputs.py SPECIFICATION``.

A crash of the SDK ends the process that runs the program, so the test must not be that process.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import pulumi
from pulumi import automation as auto

from exchange_automation import (
    ApiPermissions,
    ExchangeAccess,
    ExchangeAccountAssets,
    ExchangeAccountGovernance,
    ExchangeApplication,
    ExchangeAutomationAccount,
    ExchangeRunbook,
    ExchangeSmokeTest,
)
from localtenant.state import seed

GUID = "11111111-1111-4111-8111-111111111111"
DOMAIN = "contoso.onmicrosoft.com"
GROUP = "rg-existing"
ACCOUNT = f"/subscriptions/{GUID}/resourceGroups/{GROUP}/providers/Microsoft.Automation/automationAccounts/aa-mail"
FEDERATED: Any = [{"name": "ci", "issuer": "https://issuer.example", "subject": "main"}]
IN_IT = {"resource_group_name": GROUP, "automation_account_name": "aa-mail", "runtime_environment_name": "ps"}
KEY = {"key_vault_uri": "https://kv-mail.vault.azure.net", "key_name": "k", "key_version": "1"}
HOOK = {"expires": "2030-03-01T06:00:00Z"}
TURNS = range(4)
"""Turns of the event loop after which an output of the user's fails; the SDK needs two to start its callback server."""


@dataclass(frozen=True)
class Case:
    """A program with an output that fails.

    Attributes:
        program: what the engine runs.
        expected: part of the message that the user must see.
    """

    program: Callable[[], object]
    expected: str


def output(value: str) -> Any:
    """An output whose value is known only when the program runs."""
    return pulumi.Output.from_input(value)


async def _fail(turns: int) -> str:
    for _ in range(turns):
        await asyncio.sleep(0)
    raise pulumi.RunError("THE USER'S OWN ERROR")


def failing(turns: int) -> Any:
    """An output of the user's that fails after some turns of the event loop."""
    return pulumi.Output.from_input(_fail(turns))


def account(**args: Any) -> ExchangeAutomationAccount:
    """An account with names of its own."""
    given: Any = {"organization": DOMAIN, "resource_group_name": GROUP, "account_name": "aa-mail", **args}
    return ExchangeAutomationAccount("mail", given)


def existing(**args: Any) -> ExchangeAutomationAccount:
    """An account that another program created."""
    given: Any = {"organization": DOMAIN, **args}
    return ExchangeAutomationAccount("mail", given)


def application(**args: Any) -> ExchangeApplication:
    """A registered application that signs in with a federated credential."""
    given: Any = {"organization": DOMAIN, "federated_credentials": FEDERATED, **args}
    return ExchangeApplication("mail", given)


def governed(**args: Any) -> None:
    """A governed account beside an access, whose hook starts the callback server."""
    ExchangeAccess("job", {"principal_id": seed.CONTOSO.principal_object_id})
    given: Any = {"account_id": ACCOUNT, "resource_group_name": GROUP, **args}
    ExchangeAccountGovernance("mail", given)


def runbook_beside_access() -> None:
    """A runbook whose storage account does not exist, beside an access."""
    ExchangeAccess("job", {"principal_id": seed.CONTOSO.principal_object_id})
    given: Any = {
        "resource_group_name": GROUP,
        "automation_account_name": "aa-mail",
        "runtime_environment_name": "ps",
        "source": {"text": "Get-EXOMailbox\n"},
        "storage_account_name": "nothere",
    }
    ExchangeRunbook("report", given)


def runbook(**args: Any) -> None:
    """A runbook beside an access."""
    ExchangeAccess("job", {"principal_id": seed.CONTOSO.principal_object_id})
    given: Any = {**IN_IT, "source": {"uri": "https://scripts.example/a.ps1", "sha256": "a" * 64}, **args}
    ExchangeRunbook("report", given)


def smoke(**args: Any) -> None:
    """A smoke test beside an access."""
    ExchangeAccess("job", {"principal_id": seed.CONTOSO.principal_object_id})
    given: Any = {**IN_IT, **args}
    ExchangeSmokeTest("smoke", given)


def variable(value: Any) -> None:
    """A variable beside an access."""
    ExchangeAccess("job", {"principal_id": seed.CONTOSO.principal_object_id})
    given: Any = {
        "resource_group_name": GROUP,
        "automation_account_name": "aa-mail",
        "variables": {"a": {"value": value}},
    }
    ExchangeAccountAssets("assets", given)


def beside(turns: int) -> None:
    """An access, and beside it an output that fails."""
    bad = failing(turns)
    ExchangeAccess("job", {"principal_id": seed.CONTOSO.principal_object_id})
    pulumi.export("bad", bad)


def inside_apply(turns: int) -> None:
    """An access that is created when another output is known, and an output that fails."""
    bad = failing(turns)

    def create(_: int) -> None:
        ExchangeAccess("job", {"principal_id": seed.CONTOSO.principal_object_id})

    pulumi.Output.from_input(1).apply(create)
    pulumi.export("bad", bad)


def argument(turns: int) -> None:
    """An access whose principal id is an output that fails."""
    ExchangeAccess("job", {"principal_id": failing(turns)})


def raises_afterwards() -> None:
    """An access, and an error of the program's own after it."""
    ExchangeAccess("job", {"principal_id": seed.CONTOSO.principal_object_id})
    raise pulumi.RunError("THE USER'S OWN ERROR")


def scoped(scope: str) -> ExchangeAccess:
    """An access with one directory role for a scope that is an output."""
    return ExchangeAccess(
        "job",
        {
            "principal_id": seed.CONTOSO.principal_object_id,
            "directory_roles": [{"role": "Helpdesk Administrator", "scope": output(scope)}],
        },
    )


USERS = "THE USER'S OWN ERROR"
CASES: Mapping[str, Case] = {
    "principal id of an access": Case(lambda: ExchangeAccess("job", {"principal_id": output("nope")}), "[EXA103]"),
    "principal id of permissions": Case(
        lambda: ApiPermissions(
            "apis", {"principal_id": output("nope"), "permissions": {"Microsoft Graph": ["User.Read.All"]}}
        ),
        "[EXA103]",
    ),
    "scope of a directory role": Case(lambda: scoped("everywhere"), "[EXA111]"),
    "organization of an account": Case(lambda: account(organization=output("contoso.com")), "[EXA120]"),
    "organization of an application": Case(lambda: application(organization=output("contoso.com")), "[EXA120]"),
    "organization of the wrong cloud": Case(
        lambda: account(organization=output("contoso.onmicrosoft.us"), exchange_environment="O365Default"),
        "exchange_environment",
    ),
    "certificate of an application": Case(lambda: application(certificate=output("no certificate")), "[EXA140]"),
    "id of an existing account": Case(lambda: existing(account_id=output("nope")), "[EXA122]"),
    "existing account that is not there": Case(
        lambda: existing(account_id=output(ACCOUNT.replace(GROUP, "nowhere"))), "[EXA210]"
    ),
    "id of an existing identity": Case(
        lambda: account(identity_type="UserAssigned", user_assigned_identity_id=output("nope")), "[EXA122]"
    ),
    "app role that is not offered": Case(
        lambda: ExchangeAccess(
            "job", {"principal_id": seed.CONTOSO.principal_object_id, "app_role": "Exchange.Nothing"}
        ),
        "[EXA202]",
    ),
    "workspace of the governance": Case(lambda: governed(linked_workspace_id=output("nope")), "[EXA192]"),
    "workspace of the diagnostics": Case(lambda: governed(workspace_id=output("nope")), "[EXA168]"),
    "region that is a list": Case(
        lambda: account(location=pulumi.Output.from_input(["x"])), "location is of type list"
    ),
    "flag that is a text": Case(
        lambda: account(disable_local_auth=output("false")), "disable_local_auth is of type str"
    ),
    "tags of a governance": Case(lambda: governed(tags=output("a")), "tags is of type str"),
    "owner of an application": Case(lambda: application(owners={"a": output("nope")}), "[EXA103]"),
    "display name of an application": Case(lambda: application(display_name=output("")), "[EXA114]"),
    "key of an account": Case(
        lambda: account(customer_managed_key={**KEY, "user_assigned_identity_id": output("nope")}), "[EXA122]"
    ),
    "variable that is no JSON": Case(lambda: variable(pulumi.Output.from_input(float("nan"))), "[EXA182]"),
    "organization of a smoke test": Case(lambda: smoke(organization=output("contoso.com")), "[EXA120]"),
    "address of a webhook": Case(lambda: runbook(webhooks={"w": {**HOOK, "address": output("nope")}}), "[EXA188]"),
    "parameter of a schedule": Case(
        lambda: runbook(schedules=[{"frequency": "Day", "parameters": {"A": pulumi.Output.from_input(float("nan"))}}]),
        "[EXA182]",
    ),
    "storage account of a runbook": Case(runbook_beside_access, "nothere"),
    "an error after an access": Case(raises_afterwards, USERS),
    **{
        f"{where.__name__} after {turns}": Case(partial(where, turns), USERS)
        for where in (beside, inside_apply, argument)
        for turns in TURNS
    },
}


def main() -> None:
    """Runs the command for every case in one stack and writes a line of JSON for each case."""
    given = json.loads(sys.argv[1])
    stack = auto.select_stack(
        stack_name="test",
        project_name="exchange-test",
        program=lambda: None,
        opts=auto.LocalWorkspaceOptions(work_dir=given["work"], env_vars=given["environment"]),
    )
    for name in given["cases"]:
        sys.stdout.write(json.dumps({"begins": name}) + "\n")
        sys.stdout.flush()
        stack.workspace.program = CASES[name].program  # type: ignore[assignment]
        try:
            stack.preview() if given["command"] == "preview" else stack.up()
            text = ""
        except auto.CommandError as failure:
            text = str(failure)
        sys.stdout.write(json.dumps({"case": name, "text": text}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
