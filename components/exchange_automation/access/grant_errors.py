"""What happens when a grant's creation or deletion fails: one kind of failure is waited out, all others are explained.

A new identity takes seconds to minutes to reach every replica of the directory. The azuread provider waits for that
when it makes an app role assignment, and does not when it makes a directory role assignment. Directory roles are made
after the app role for that reason, which settles nearly every case with clean output; this error hook is the second
line of defence. It repeats the creation of a directory role for the replication error alone, because each repeated failure
is printed. It does not repeat an app role: the provider has waited for minutes by then, so the identity was deleted or never
existed.

Source: "Error hooks" in Pulumi's documentation of resource hooks; error texts of Microsoft Graph.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Optional

import pulumi

from exchange_automation.core.hooks import hook_of_run
from exchange_automation.core.problems import Problem

NOT_REPLICATED = (
    "does not exist or one of its queried reference-property objects are not present",
    "Not a valid reference update",
)
"""What Microsoft Graph answers while a replica does not know the service principal yet."""

_EXISTS_ALREADY = ("Permission being assigned already exists", "A conflicting object with one or more")

WAITS_SECONDS = (5.0, 10.0, 15.0, 30.0, 30.0, 60.0, 60.0, 60.0)
"""Waits between attempts; together four and a half minutes, longer than replication was seen to take."""

sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
"""How the hook waits, in seconds; tests replace it by the clock of the local tenant."""

_APP_ROLE_ASSIGNMENT = "azuread:index/appRoleAssignment:AppRoleAssignment"
_GRANTS = {
    _APP_ROLE_ASSIGNMENT: ("app role assignment", "AppRoleAssignment.ReadWrite.All"),
    "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment": (
        "directory role assignment",
        "RoleManagement.ReadWrite.Directory",
    ),
}


def grant_error_hook() -> pulumi.ErrorHook:
    """Returns the error hook of every grant of this program."""
    name = "exchange-automation-grant"
    return hook_of_run(name, lambda: pulumi.ErrorHook(name, on_grant_error))


async def on_grant_error(args: pulumi.ErrorHookArgs) -> bool:
    """Wait and have the engine try again while the identity is not replicated; explain every other error.

    :returns: True to repeat the operation.
    """
    text = args.errors[0]
    is_waited_for = args.failed_operation == "create" and args.type != _APP_ROLE_ASSIGNMENT
    if is_waited_for and any(sign in text for sign in NOT_REPLICATED):
        attempt = len(args.errors) - 1
        if attempt < len(WAITS_SECONDS):
            await sleep(WAITS_SECONDS[attempt])
            return True
    explanation = explain_grant_error(args, text)
    if explanation is not None:
        pulumi.log.error(str(explanation))
    return False


def explain_grant_error(args: pulumi.ErrorHookArgs, text: str) -> Optional[Problem]:
    """Returns what a failed grant means and what to do; None where the provider's own text tells everything."""
    kind, permission = _GRANTS.get(args.type, ("grant", "the permission for it"))
    grant = f'the {kind} "{args.name}"'
    if "Authorization_RequestDenied" in text:
        return Problem(
            "EXA301",
            f"The deployer may not {args.failed_operation} {grant}",
            remedy=f"Give it the Microsoft Graph application permission {permission} (a user: the role Privileged Role "
            "Administrator), wait until its next token, and run the command again. The grants that exist are in the state "
            "and stay.",
        )
    explain = {"create": _failed_create, "delete": _failed_delete}.get(args.failed_operation)
    return explain(f"The{grant[3:]}", text) if explain is not None else None


def _failed_create(grant: str, text: str) -> Problem:
    if any(sign in text for sign in _EXISTS_ALREADY):
        return Problem(
            "EXA302",
            f"{grant} exists in the directory already and is not in the state under this name: it was made by hand, by a run "
            "whose answer was lost, or by this program before it was renamed",
            remedy="If it was renamed, give it the old name again, run the command, then rename it with an alias "
            "(docs/operations.md). Otherwise bring it under management: exchange-automation adopt --yes (docs/adoption.md), "
            "then run the command again.",
        )
    if any(sign in text for sign in NOT_REPLICATED):
        return Problem(
            "EXA303",
            f"{grant} could not be made because the directory still does not know its service principal",
            remedy="Replication can take some minutes: run the command again. If it never succeeds, the principal id is wrong "
            "or the identity was deleted.",
        )
    return Problem(
        "EXA305",
        f"{grant} may or may not have been made: the directory gave no clear answer",
        remedy="Run the command again; if it then says that the grant exists already, its answer was lost: "
        "exchange-automation adopt --yes (docs/adoption.md).",
    )


def _failed_delete(grant: str, text: str) -> Problem:
    if "404" in text or "Request_ResourceNotFound" in text:
        return Problem(
            "EXA304",
            f"{grant} is gone from the directory already",
            remedy="Run the command again with --refresh, which takes it out of the state.",
        )
    return Problem(
        "EXA306",
        f"{grant} may or may not be gone: the directory gave no clear answer",
        remedy="It is still in the state; run the command again with --refresh.",
    )
