"""Azure roles at an automation account.

Source: ``Microsoft.Authorization/roleAssignments``, API 2022-04-01, of the Azure REST reference.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, TypedDict, cast

import pulumi
from pulumi_azure_native import authorization
from typing_extensions import NotRequired

from exchange_automation.catalog.azure_roles import edits_runbooks, nearest, role_definition_id
from exchange_automation.catalog.enumerations import OneOf, PrincipalType, PrincipalTypeText
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.guids import is_guid
from exchange_automation.core.naming import slug
from exchange_automation.core.problems import Problem
from exchange_automation.core.validation import checked, entries, plain, plain_list

PRINCIPAL_TYPES = tuple(principal_type.value for principal_type in PrincipalType)


class RoleAssignmentArgs(TypedDict):
    """An Azure role at the account."""

    role: str
    """Required. Display name of a built-in role, or the id of any role definition."""
    principal_id: pulumi.Input[str]
    """Required. Object id of the principal."""
    principal_type: NotRequired[OneOf[PrincipalType, PrincipalTypeText]]
    """Optional. Type of the principal: "User", "Group", "ServicePrincipal", "ForeignGroup" or "Device". Default:
    "Group"."""
    description: NotRequired[str]
    """Optional. Reason for the assignment, which the portal shows. Default: none."""
    condition: NotRequired[str]
    """Optional. Condition of the assignment, in version 2.0 of Azure's condition language. Default: none."""


def check_role_assignments(mistakes: Mistakes, args: Mapping[str, Any]) -> None:
    """Adds what is wrong with the role assignments, and warns of roles that edit runbooks."""
    seen: set[str] = set()
    for where, entry in entries("role_assignments", plain_list(args, "role_assignments")):
        role, principal_id = entry.get("role"), entry.get("principal_id")
        if role is None or principal_id is None:
            continue
        _check_principal(mistakes, where, entry)
        role_id = role_definition_id(role)
        if role_id is None:
            names = ", ".join(f'"{name}"' for name in nearest(role))
            mistakes.add(
                "EXA166",
                f'{where}.role "{role}" is not the name of a built-in role that this package knows',
                "the component cannot assign it",
                f"Nearest: {names}. Or give the id of a role definition.",
            )
            continue
        logical_name = _logical_name(entry)
        if logical_name in seen:
            mistakes.add(
                "EXA167",
                f"{where} repeats another entry",
                "Azure would refuse the second assignment",
                "Remove one of them.",
            )
        seen.add(logical_name)
        if edits_runbooks(role_id):
            pulumi.log.warn(
                f'{where} gives "{role}" at the automation account. Its holder can edit runbooks, and so do everything in '
                "Exchange Online that the account's identity can do."
            )


def _check_principal(mistakes: Mistakes, where: str, entry: Mapping[str, Any]) -> None:
    principal_type = entry.get("principal_type")
    if principal_type is not None and principal_type not in PRINCIPAL_TYPES:
        mistakes.add(
            "EXA166",
            f'{where}.principal_type "{principal_type}" is not a type of principal',
            "Azure would refuse the assignment",
            f"Use {', '.join(PRINCIPAL_TYPES)}.",
        )
    principal_id = plain(entry.get("principal_id"))
    if principal_id is not None and (problem := _principal_problem(f"{where}.principal_id", principal_id)) is not None:
        mistakes.add_problem(problem)


def _principal_problem(subject: str, principal_id: str) -> "Problem | None":
    if is_guid(principal_id):
        return None
    return Problem(
        "EXA166",
        f'{subject} "{principal_id}" is not an object id',
        "Azure would refuse the assignment",
        "Give the object id (a GUID) of the user, the group or the service principal, which its page in the Entra admin center "
        "shows. A name, an email address and a client id are not object ids.",
    )


def create_role_assignments(
    component: pulumi.Resource, name: str, args: Mapping[str, Any], account_id: pulumi.Input[str]
) -> list[pulumi.Resource]:
    """Creates the role assignments."""
    return [
        authorization.RoleAssignment(
            f"{name}-{_logical_name(entry)}",
            scope=account_id,
            principal_id=checked(
                entry["principal_id"],
                f"{where}.principal_id",
                partial(_principal_problem, f"{where}.principal_id"),
                str.lower,
            ),
            principal_type=entry.get("principal_type") or "Group",
            role_definition_id=pulumi.Output.all(account_id, role_definition_id(entry["role"])).apply(_in_subscription),
            description=entry.get("description"),
            condition=entry.get("condition"),
            condition_version="2.0" if entry.get("condition") else None,
            opts=pulumi.ResourceOptions(parent=component),
        )
        for where, entry in entries("role_assignments", plain_list(args, "role_assignments"))
    ]


def _in_subscription(known: Sequence[str]) -> str:
    """Returns the id of a role definition in the subscription of the account."""
    account_id, role_id = known
    subscription = account_id.split("/")[2]
    return f"/subscriptions/{subscription}/providers/Microsoft.Authorization/roleDefinitions/{role_id}"


def _logical_name(entry: Mapping[str, Any]) -> str:
    """Returns the end of an assignment's logical name: its role and, where it is known, its principal."""
    role = slug(entry["role"].rsplit("/", 1)[-1])
    principal = cast("pulumi.Input[str]", entry["principal_id"])
    if isinstance(principal, str):
        return f"{role}-{principal.lower()}"
    description = entry.get("description") or ""
    return f"{role}-assigned-{hashlib.sha256(description.encode()).hexdigest()[:6]}"
