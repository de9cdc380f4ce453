"""The hooks of every grant: a check of the principal in a preview, and the explanation of errors.

The azuread provider repeats an app role for four and a half minutes while the directory does not know the principal. That
is right for an identity that the same run created, and useless for a wrong id or an identity that somebody
deleted. A preview can tell them apart: it knows a principal id only if the identity existed before the run. The engine
calls the check only for a grant that it would create, so a stack whose grants exist asks for nothing.
"""

import asyncio
from typing import Any

import pulumi

from exchange_automation.access.directory_lookup import DIRECTORY_OBJECT
from exchange_automation.access.grant_errors import grant_error_hook
from exchange_automation.core.errors import DirectoryLookupError
from exchange_automation.core.invokes import answer_of, once_per_run
from exchange_automation.core.problems import Problem


def grant_hooks(component: pulumi.Resource) -> pulumi.ResourceHookBinding:
    """Returns the hooks of a grant.

    Args:
        component: The component of the grant, whose azuread provider reads the directory.
    """
    on_error = [grant_error_hook()]  # Starts the callback server, which the other hook needs as well.
    if not pulumi.runtime.is_dry_run():
        return pulumi.ResourceHookBinding(on_error=on_error)
    provider = component.get_provider(DIRECTORY_OBJECT.token)
    hook = once_per_run((provider, "hook of principals"), lambda: _principal_hook(component))
    return pulumi.ResourceHookBinding(before_create=[hook], on_error=on_error)


def _principal_hook(component: pulumi.Resource) -> pulumi.ResourceHook:
    """Registers the hook that checks the principals in the directory of the component's azuread provider."""
    hooks: list[pulumi.ResourceHook] = once_per_run((None, "hooks of principals"), list)
    answers: dict[str, asyncio.Future[Any]] = {}

    async def check(args: pulumi.ResourceHookArgs) -> None:
        principal_id = (args.new_inputs or {}).get("principalObjectId")
        if not isinstance(principal_id, str):
            return  # It is not known before the run.
        if principal_id not in answers:
            answers[principal_id] = asyncio.ensure_future(_ask(component, principal_id))
        await answers[principal_id]

    name = f"exchange-automation-principal-{len(hooks) + 1}"
    hooks.append(pulumi.ResourceHook(name, check, pulumi.ResourceHookOptions(on_dry_run=True)))
    return hooks[-1]


async def _ask(component: pulumi.Resource, principal_id: str) -> None:
    """Asks the directory for a principal.

    Raises:
        DirectoryLookupError: The directory does not have it. Other failures are left to the grant itself.
    """

    def otherwise(text: str) -> None:
        if "was not found" in text:
            raise DirectoryLookupError(absent_principal(principal_id))

    await answer_of(component, DIRECTORY_OBJECT, {"objectId": principal_id}, otherwise)


def absent_principal(principal_id: str) -> Problem:
    """Returns the problem of a grant to a principal that the directory does not have."""
    return Problem(
        "EXA309",
        f"The directory has no object with the id {principal_id}, to which the program gives a grant",
        "the directory would refuse the grant, after minutes of repetitions",
        "If it is a client id, give the object id of the service principal. If somebody deleted the identity, create it again, "
        "or remove its grants from the program. If the identity is a few minutes old, run the command again, or run pulumi up "
        "--skip-preview, which waits until the directory knows it.",
    )
