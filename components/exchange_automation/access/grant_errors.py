"""The error hook of the grants: it repeats a creation until the identity has replicated, and explains all other errors.

A new identity takes seconds to minutes to reach every replica of the directory. The azuread provider waits for that before
it creates an app role assignment, and does not wait before it creates a directory role assignment. The components create
directory roles after the app role for that reason, which is enough in nearly every case. This hook covers the others: it
repeats the creation of a directory role after the replication error alone, because the engine prints every failed attempt.
It does not repeat an app role, for which the provider has waited some minutes: the identity was deleted or never existed.

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

_REFUSED = ("status 400", "Request_BadRequest")
"""What the provider prints of a request that the directory refused as wrong: the request changed nothing."""

_GONE = ("status 404", "Request_ResourceNotFound")
"""What the provider prints of an object that the directory does not have. A bare 404 may be part of an id."""

_EXISTS_ALREADY = ("Permission being assigned already exists", "A conflicting object with one or more")

WAITS_SECONDS = (5.0, 10.0, 15.0, 30.0, 30.0, 60.0, 60.0, 60.0)
"""The waits between two attempts: together four and a half minutes, longer than any replication that we observed."""

sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
"""Waits for a number of seconds; tests replace it with the clock of the local tenant."""

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
    """Waits while the identity has not replicated; explains every other error.

    Returns:
        True if the engine should repeat the operation.
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
    """Returns what a failed grant means and what to do; None where the provider's own text is enough."""
    kind, permission = _GRANTS.get(args.type, ("grant", "the permission for it"))
    grant = f'the {kind} "{args.name}"'
    if "Authorization_RequestDenied" in text:
        return Problem(
            "EXA301",
            f"The deployer may not {args.failed_operation} {grant}",
            "the directory refused the request",
            f"Give the deployer the Microsoft Graph application permission {permission} (a user: the role Privileged Role "
            "Administrator), wait until it gets its next token, and run the command again. The grants that exist are in the "
            "state and stay.",
        )
    explain = {"create": _failed_create, "delete": _failed_delete}.get(args.failed_operation)
    return explain(grant, text) if explain is not None else None


def _failed_create(grant: str, text: str) -> Optional[Problem]:
    if any(sign in text for sign in _EXISTS_ALREADY):
        return Problem(
            "EXA302",
            f"{_capitalized(grant)} exists in the directory already and is not in the state under this name",
            "the directory refused to create it again",
            "If the program renamed it, give it the old name again, run the command, then rename it with an alias "
            "(docs/operations.md). If somebody created it by hand, or the answer to an earlier request was lost, import it "
            "with exchange-automation adopt --yes (docs/adoption.md) and run the command again.",
        )
    if any(sign in text for sign in NOT_REPLICATED):
        return Problem(
            "EXA303",
            f"The directory does not know the service principal of {grant} yet",
            "it refused to create the grant",
            "Replication can take some minutes: run the command again. If it never succeeds, the principal id is wrong or "
            "somebody deleted the identity.",
        )
    if any(sign in text for sign in _REFUSED):
        return None
    return Problem(
        "EXA305",
        f"The directory did not say whether it created {grant}",
        "the grant may exist without being in the state",
        "Run the command again. If it then reports that the grant exists already, import the grant with exchange-automation "
        "adopt --yes (docs/adoption.md).",
    )


def _failed_delete(grant: str, text: str) -> Optional[Problem]:
    if any(sign in text for sign in _GONE):
        return Problem(
            "EXA304",
            f"{_capitalized(grant)} is gone from the directory already",
            "there is nothing to delete",
            "Run the command again with --refresh, which removes it from the state.",
        )
    if any(sign in text for sign in _REFUSED):
        return None
    return Problem(
        "EXA306",
        f"The directory did not say whether it deleted {grant}",
        "the grant is still in the state",
        "Run the command again with --refresh.",
    )


def _capitalized(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"
