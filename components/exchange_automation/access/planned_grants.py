"""The grants of one service principal, decided from the arguments before anything is registered."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Optional, TypedDict

import pulumi
from typing_extensions import NotRequired

from exchange_automation.catalog.directory_roles import (
    DEFAULT_ROLE,
    GLOBAL_ADMINISTRATOR,
    DirectoryRole,
    find_role,
    nearest_role_names,
)
from exchange_automation.catalog.enumerations import DirectoryRoleName, DirectoryRoleNameText, TextOf
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.naming import slug
from exchange_automation.core.problems import Problem
from exchange_automation.core.validation import plain_flag, plain_text

DEFAULT_APP_ROLE = "Exchange.ManageAsApp"

GRANT_ARGUMENTS = ("app_role", "directory_roles", "permissions_from_exchange_role_group", "allow_global_administrator")
"""The arguments that decide the grants, in every component that creates grants."""

WHOLE_DIRECTORY = "/"

_ADMINISTRATIVE_UNITS = "/administrativeUnits/"
_ADMINISTRATIVE_UNIT = _ADMINISTRATIVE_UNITS + r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_DEFAULT_ROLES = ({"role": DEFAULT_ROLE},)


class DirectoryRoleArgs(TypedDict):
    """A directory role for the service principal."""

    role: TextOf[DirectoryRoleName, DirectoryRoleNameText]
    """Required. Display name or role template id of an Entra role that Exchange Online honours for app-only
    sessions, such as "Exchange Administrator" or "Exchange Recipient Administrator". A plain value, because it is
    part of the resource's name."""
    scope: NotRequired[pulumi.Input[str]]
    """Optional. Where the role holds: "/" for the whole directory, or one administrative unit as
    "/administrativeUnits/{object id}". Of these roles Entra assigns only Helpdesk Administrator for an administrative unit.
    Default: "/"."""


class PlannedRole(NamedTuple):
    """One directory role assignment.

    Attributes:
        slug: Stable end of the resource's logical name.
        label: Key in the component's outputs.
        role: The directory role.
        scope: Where the role holds.
    """

    slug: str
    label: str
    role: DirectoryRole
    scope: "pulumi.Input[str]"


class PlannedGrants(NamedTuple):
    """All grants of one service principal.

    Attributes:
        app_role: Value of the app role of Exchange Online.
        roles: The directory roles. Empty where a role group in Exchange gives the permissions.
        by_default: Whether the program left the directory roles out and gets the default.
    """

    app_role: str
    roles: tuple[PlannedRole, ...]
    by_default: bool = False

    @property
    def warning(self) -> Optional[Problem]:
        """The warning about the default role of a program that leaves directory_roles out; None for any other program."""
        if not self.by_default:
            return None
        return Problem(
            "EXA116",
            "directory_roles is left out",
            f"the identity gets {DEFAULT_ROLE} for the whole tenant, and whoever can edit what runs as it can change every "
            "mailbox and the organization's settings",
            'Name the narrowest role that is enough: "Exchange Recipient Administrator" for mailboxes and recipients, '
            f'"Global Reader" for reports, or "{DEFAULT_ROLE}", which ends this warning.',
        )


def plan_grants(mistakes: Mistakes, args: Mapping[str, Any]) -> PlannedGrants:
    """Decides the grants from the arguments named in GRANT_ARGUMENTS, whose types check_arguments has checked.

    Args:
        mistakes: Receives the mistakes.
        args: The arguments of the component.

    Returns:
        The grants. They are complete only if there was no mistake.
    """
    app_role = plain_text(args, "app_role") or DEFAULT_APP_ROLE
    by_role_group = plain_flag(args, "permissions_from_exchange_role_group")
    allow_global = plain_flag(args, "allow_global_administrator")
    planned: dict[str, PlannedRole] = {}
    for index, entry in enumerate(_role_entries(mistakes, args.get("directory_roles"), by_role_group=by_role_group)):
        where = f"directory_roles[{index}]"
        role = _planned_role(mistakes, where, entry, allow_global=allow_global)
        if role is None:
            continue
        if role.slug in planned:
            _add_duplicate(mistakes, where, role)
        planned[role.slug] = role
    by_default = args.get("directory_roles") is None and not by_role_group
    return PlannedGrants(app_role, tuple(planned.values()), by_default)


def scope_problem(subject: str, scope: str, role: DirectoryRole) -> Optional[Problem]:
    """Returns what is wrong with the scope of a directory role; None when nothing is.

    Args:
        subject: The argument that has the scope.
        scope: The scope.
        role: The role.
    """
    if scope == WHOLE_DIRECTORY:
        return None
    if not re.fullmatch(_ADMINISTRATIVE_UNIT, scope, re.IGNORECASE):
        return Problem(
            "EXA111",
            f'{subject} "{scope}" is not an administrative unit',
            "the directory would refuse the role",
            'Give "/administrativeUnits/{object id}", or leave it out for the whole directory.',
        )
    if not role.takes_administrative_unit:
        return unit_problem(f'{subject} is "{scope}"', role)
    return None


def spelled_scope(scope: str) -> str:
    """Returns a scope in the spelling of Entra, because the azuread provider replaces a grant when letters differ in case."""
    return WHOLE_DIRECTORY if scope == WHOLE_DIRECTORY else _ADMINISTRATIVE_UNITS + scope.rsplit("/", 1)[-1].lower()


def unit_problem(subject: str, role: DirectoryRole) -> Problem:
    """Returns the problem of an administrative unit for a role that Entra does not assign for one."""
    return Problem(
        "EXA115",
        f"{subject}, and Entra assigns {role.name} for the whole directory only",
        "the directory would answer 400 after the app role is granted",
        "Leave scope out. For narrower access give the identity a role group in Exchange with a management scope: "
        "permissions_from_exchange_role_group (docs/permissions.md).",
    )


def _role_entries(
    mistakes: Mistakes, entries: Optional[Sequence[Mapping[str, Any]]], *, by_role_group: bool
) -> Sequence[Mapping[str, Any]]:
    """Returns the entries of directory_roles, or the default where the argument is left out."""
    if entries is None:
        return () if by_role_group else _DEFAULT_ROLES
    if not entries and not by_role_group:
        mistakes.add(
            "EXA105",
            "directory_roles is empty",
            'every cmdlet would fail with "The role assigned to application ... isn\'t supported in this scenario"',
            "Name a role, leave directory_roles out for Exchange Administrator, or set "
            "permissions_from_exchange_role_group where a role group in Exchange gives the permissions.",
        )
    elif entries and by_role_group:
        mistakes.add(
            "EXA106",
            "permissions_from_exchange_role_group states that a role group in Exchange gives the permissions, but "
            "directory_roles grants Entra roles, which are wider than any role group",
            "",
            "Keep one of the two arguments.",
        )
    return entries


def _planned_role(
    mistakes: Mistakes, where: str, entry: Mapping[str, Any], *, allow_global: bool
) -> Optional[PlannedRole]:
    given = entry.get("role")
    if given is None:
        return None  # check_arguments has added the mistake.
    role = find_role(given)
    if role is None:
        nearest = ", ".join(f'"{name}"' for name in nearest_role_names(given))
        mistakes.add(
            "EXA108",
            f'{where}.role "{given}" is not a role that Exchange Online honours for app-only sessions',
            "the identity could not use it",
            f"Nearest: {nearest}. docs/permissions.md lists all roles.",
        )
        return None
    if role.name == GLOBAL_ADMINISTRATOR and not allow_global:
        mistakes.add(
            "EXA109",
            f"{where}.role is Global Administrator",
            "everybody who can edit a runbook would control the whole tenant",
            'Exchange Online never needs the role. Use "Exchange Administrator", or set allow_global_administrator.',
        )
        return None
    return _scoped_role(mistakes, where, role, entry.get("scope"))


def _scoped_role(mistakes: Mistakes, where: str, role: DirectoryRole, scope: Any) -> Optional[PlannedRole]:
    if scope is None or scope == WHOLE_DIRECTORY:
        return PlannedRole(slug(role.name), role.name, role, WHOLE_DIRECTORY)
    if not isinstance(scope, str) and not role.takes_administrative_unit:
        mistakes.add_problem(unit_problem(f"{where}.scope is an output", role))
        return None
    if not isinstance(scope, str):
        # The value is not known yet, and names come from known values only, so a role can have one such scope.
        return PlannedRole(f"{slug(role.name)}-scoped", f"{role.name} (scoped)", role, scope)
    if (problem := scope_problem(f"{where}.scope", scope, role)) is not None:
        mistakes.add_problem(problem)
        return None
    unit = scope.rsplit("/", 1)[-1].lower()
    return PlannedRole(f"{slug(role.name)}-{unit}", f"{role.name} {scope}", role, spelled_scope(scope))


def _add_duplicate(mistakes: Mistakes, where: str, role: PlannedRole) -> None:
    if isinstance(role.scope, str):
        mistakes.add(
            "EXA110",
            f'{where} grants "{role.label}" a second time',
            "the directory would refuse the second grant",
            "Remove one of the two entries.",
        )
        return
    mistakes.add(
        "EXA110",
        f'{where} grants "{role.role.name}" for a second scope that is not known before the program runs',
        "both assignments would have the same resource name",
        "Give the scope of one of them as a plain string.",
    )
