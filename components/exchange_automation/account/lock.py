"""The lock of an automation account.

Source: "Lock your resources to protect your infrastructure" on learn.microsoft.com; ``Microsoft.Authorization/locks``,
API 2020-05-01.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi_azure_native import authorization

from exchange_automation.catalog.enumerations import LockLevel
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.validation import plain_text

LOCK_LEVELS = tuple(level.value for level in LockLevel)


def check_lock(mistakes: Mistakes, args: Mapping[str, Any]) -> None:
    """Adds what is wrong with the level of the lock."""
    level = plain_text(args, "lock")
    if level is None and args.get("lock_notes") is not None:
        mistakes.add_without_effect("lock_notes", "without lock", "Give the level of the lock as well.")
    if level is not None and level not in LOCK_LEVELS:
        mistakes.add(
            "EXA161",
            f'lock "{level}" is not a level of a lock',
            "Azure would refuse the lock",
            f"Use {' or '.join(LOCK_LEVELS)}.",
        )


def create_lock(
    component: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    account_id: pulumi.Input[str],
    before: Sequence[pulumi.Resource],
) -> list[pulumi.Resource]:
    """Creates the lock, if the arguments ask for one.

    Args:
        component: The parent.
        name: The logical name of the component.
        args: The checked arguments of the component.
        account_id: Resource id of the account.
        before: The resources that exist before the lock and are deleted after it. Azure deletes nothing under a lock.
    """
    level = args.get("lock")
    if level is None:
        return []
    return [
        authorization.ManagementLockByScope(
            f"{name}-lock",
            scope=account_id,
            level=level,
            notes=args.get("lock_notes") or f"Managed by Pulumi: {pulumi.get_project()}/{pulumi.get_stack()}",
            opts=pulumi.ResourceOptions(parent=component, depends_on=list(before)),
        )
    ]


def warn_of_unknown_contents(component: pulumi.Resource, name: str) -> None:
    """Warns that the program may not be able to destroy its own locked account."""
    pulumi.log.warn(
        f'The component "{name}" does not know the other resources of the program in the account, so Azure would refuse to '
        "delete them while the lock exists (ScopeLocked), and destroy would stop half-way. Give ExchangeAccountGovernance "
        "depends_on with the account and the runbooks.",
        component,
    )
