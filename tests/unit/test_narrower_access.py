"""The two scripts of ``examples/narrower-access``, read as PowerShell reads them."""

from __future__ import annotations

import re

import pytest

from exchange_automation.catalog.cmdlet_roles import ROWS
from exchange_automation.runbook.permissions import needs_of
from exchange_automation.runbook.powershell import Command, Script, read_script
from exchange_automation.runbook.script_analysis import lint
from localtenant.state.exchange_roles import MANAGEMENT_ROLES
from tools.places import CHECKOUT

SCRIPTS = {
    name: (CHECKOUT / "examples" / "narrower-access" / f"{name}-narrower-access.ps1").read_text("utf-8")
    for name in ("set", "remove")
}


def commands(script: Script, *verbs: str) -> list[Command]:
    return [command for command in script.commands if (command.name or "").partition("-")[0] in verbs]


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_works_unattended_and_needs_role_management_alone(name: str) -> None:
    assert lint(SCRIPTS[name], ["Exchange Administrator"]) == ()
    needs = needs_of(SCRIPTS[name])
    assert needs.management_roles == ("Role Management",)
    assert needs.unknown == ()
    assert needs.directory_roles == ("Exchange Administrator",)


def test_nothing_is_created_without_a_look_whether_it_is_there() -> None:
    found = commands(read_script(SCRIPTS["set"]), "New", "Add")
    assert {command.name for command in found} == {
        *("New-ServicePrincipal", "New-RoleGroup", "Add-RoleGroupMember", "New-ManagementScope"),
        "New-ManagementRoleAssignment",
    }
    for command in found:
        assert command.branch is not None, command.name
        condition = "".join(SCRIPTS["set"][start:end] for start, end in command.branch.conditions)
        assert "-not" in condition, command.name


def test_the_removal_removes_what_the_other_script_creates_assignments_first() -> None:
    found = commands(read_script(SCRIPTS["remove"]), "Remove")
    assert [command.name for command in found] == [
        *("Remove-ManagementRoleAssignment", "Remove-RoleGroup", "Remove-ManagementScope", "Remove-ServicePrincipal"),
    ]
    created = {command.name for command in commands(read_script(SCRIPTS["set"]), "New")}
    assert {str(command.name).replace("Remove-", "New-") for command in found} == created
    for command in found:
        assert "Confirm" in [name for name, _ in command.parameters()], command.name


def test_both_scripts_name_an_assignment_alike() -> None:
    bodies = []
    for text in SCRIPTS.values():
        found = re.search(r"function Get-AssignmentName.*?\n}", text, re.DOTALL)
        assert found
        bodies.append(re.sub(r"(?m)^\s*#.*\n", "", found[0]))
    assert bodies[0] == bodies[1]


def test_a_scope_is_taken_for_roles_of_recipients_alone() -> None:
    block = re.search(r"\$scopedTypes = @\((.*?)\)", SCRIPTS["set"], re.DOTALL)
    assert block
    types = set(re.findall(r"'(\w+)'", block[1]))
    names = {re.sub(r"\W", "", name.title().replace("And", "And")): name for name in MANAGEMENT_ROLES}
    assert types <= set(names), types - set(names)
    scoped = {names[role_type] for role_type in types}
    organization = {"Organization Configuration", "Transport Rules", "Remote and Accepted Domains", "Role Management"}
    assert not scoped & organization
    # Whatever changes a mailbox or a group can be limited.
    changing = [
        row
        for row in ROWS
        if any(cmdlet in ("Set-Mailbox", "New-Mailbox", "Set-DistributionGroup") for cmdlet in row.cmdlets)
    ]
    assert all(set(row.roles) <= scoped for row in changing)
