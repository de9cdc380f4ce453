"""What a script needs, and the tables that say so."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from exchange_automation.catalog import cmdlet_roles, graph_permissions, powershell_commands
from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES
from exchange_automation.catalog.management_roles import BROUGHT, UNASSIGNED
from exchange_automation.runbook.permissions import Needs, as_document, needs_of
from tools.places import CHECKOUT

RECIPIENTS = "Exchange Recipient Administrator"
EVERYTHING = ["Exchange Administrator"]


def roles_of(cmdlet: str) -> tuple[str, ...]:
    found = cmdlet_roles.find_row(cmdlet)
    assert found is not None, cmdlet
    return found[1].roles


# The tables


def test_no_cmdlet_is_in_two_rows_and_every_row_has_a_page_and_a_day() -> None:
    cmdlets = Counter(cmdlet.lower() for row in cmdlet_roles.ROWS for cmdlet in row.cmdlets)
    assert [name for name, count in cmdlets.items() if count > 1] == []
    assert len(cmdlet_roles.ROWS) > 80
    assert len(cmdlets) > 250
    for row in cmdlet_roles.ROWS:
        assert row.source in cmdlet_roles.SOURCES, row
        assert row.roles, row
        assert len(set(row.roles)) == len(row.roles), row
        assert all(re.fullmatch(r"[A-Z][a-z]+-[A-Z]\w+", cmdlet) for cmdlet in row.cmdlets), row


def test_the_documentation_has_the_numbers_of_the_table() -> None:
    page = " ".join((CHECKOUT / "docs" / "permissions.md").read_text("utf-8").split())
    rows, inferred = cmdlet_roles.ROWS, [row for row in cmdlet_roles.ROWS if row.inferred]
    assert f"{sum(len(row.cmdlets) for row in rows)} cmdlets of Exchange Online, in {len(rows)} rows" in page
    assert f"{len(inferred)} rows, with {sum(len(row.cmdlets) for row in inferred)} cmdlets, are *inferred*" in page
    assert f"The {len(graph_permissions.ROWS)} rows on Microsoft Graph are all inferred" in page
    counts = Counter((row.source, row.inferred) for row in rows)
    for source in cmdlet_roles.SOURCES:
        assert re.search(
            rf"\| {counts[source, False] + counts[source, True]} \| [^|]+ \| {counts[source, True]} \|", page
        )


def test_every_role_of_a_row_is_brought_by_a_directory_role_or_by_none_at_first() -> None:
    named = {role for row in cmdlet_roles.ROWS for role in row.roles}
    brought = {role for brought_roles in BROUGHT.values() for role in brought_roles.roles or ()}
    # Organization Management alone has these.
    alone = {
        *(
            "E-Mail Address Policies",
            "Federated Sharing",
            "Mail Enabled Public Folders",
            "Mail Tips",
            "Role Management",
        ),
        *("Organization Client Access", "Organization Configuration", "Organization Transport Settings"),
        *("Public Folders", "Remote and Accepted Domains", "Transport Hygiene", "User Options"),
    }
    assert named - brought == alone | (named & UNASSIGNED)


def test_every_directory_role_that_exchange_honours_has_its_management_roles() -> None:
    assert set(BROUGHT) == {role.name for role in EXCHANGE_ROLES}
    for brought in BROUGHT.values():
        assert brought.source.page.startswith("https://")
        assert brought.source.note


def test_the_rows_of_graph_say_that_they_are_inferred() -> None:
    assert all(row.inferred and row.source in graph_permissions.SOURCES for row in graph_permissions.ROWS)
    assert len({row.permission for row in graph_permissions.ROWS}) == len(graph_permissions.ROWS)


def test_no_command_is_both_without_permission_and_in_a_table() -> None:
    for name in powershell_commands.WITHOUT_PERMISSION:
        assert cmdlet_roles.find_row(name) is None, name
        assert graph_permissions.of_cmdlet(name) is None, name


# What a script needs


def needs(*lines: str) -> Needs:
    return needs_of("\n".join(("Connect-ExchangeOnline -ManagedIdentity -Organization $o", *lines)))


@pytest.mark.parametrize(
    ("cmdlet", "roles"),
    [
        (
            "Get-EXOMailbox",
            [*EVERYTHING, RECIPIENTS, "Compliance Administrator", "Helpdesk Administrator", "Global Reader"],
        ),
        ("Set-Mailbox", [*EVERYTHING, RECIPIENTS]),
        ("New-Mailbox", [*EVERYTHING, RECIPIENTS]),
        ("Set-OwaMailboxPolicy", [*EVERYTHING, RECIPIENTS]),
        ("Set-TransportRule", [*EVERYTHING, "Compliance Administrator"]),
        ("Set-OrganizationConfig", EVERYTHING),
        ("Set-AntiPhishPolicy", [*EVERYTHING, "Security Administrator"]),
        ("Search-UnifiedAuditLog", [*EVERYTHING, "Compliance Administrator"]),
        # No role group has its management role before somebody assigns it.
        ("New-MailboxExportRequest", []),
    ],
)
def test_which_directory_roles_allow_a_cmdlet(cmdlet: str, roles: list[str]) -> None:
    assert sorted(needs(f"{cmdlet.lower()} -Identity x").directory_roles) == sorted(roles)


def test_management_roles_are_as_few_and_as_narrow_as_the_cmdlets_allow() -> None:
    assert needs("Get-Mailbox").management_roles == ("View-Only Recipients",)
    assert needs("Get-Mailbox", "Set-Mailbox").management_roles == ("Mail Recipients",)
    both = needs("Get-Mailbox", "Set-Mailbox x", "New-TransportRule y", "Get-TransportRule")
    assert both.management_roles == ("Mail Recipients", "Transport Rules")
    assert both.directory_roles == tuple(EVERYTHING)
    assert [need.name for need in both.refused([RECIPIENTS])] == ["Get-TransportRule", "New-TransportRule"]
    assert both.refused(["Exchange Administrator"]) == ()


def test_what_no_table_has_is_unknown_and_never_left_out() -> None:
    found = needs(
        "Set-Something x", "& $what", "Get-Date | Sort-Object", "function Own {}", "Own", ".\\other.ps1", "az login"
    )
    assert found.unknown == (".\\other.ps1", "a command whose name the script computes", "az", "Set-Something")
    assert found.cmdlets == ()
    assert found.directory_roles == ()


def test_calls_of_graph_name_a_permission_and_no_identifier() -> None:
    found = needs(
        '$t = Invoke-RestMethod -Uri "$env:IDENTITY_ENDPOINT?resource=https://graph.microsoft.com/" -Headers $h',
        '$url = "https://graph.microsoft.com/v1.0/users/$($user.Id)/sendMail"',
        "Invoke-RestMethod -Method Post -Uri $url -Body $b",
        "Invoke-MgGraphRequest -Uri 'v1.0/groups/11111111-2222-3333-4444-555555555555/members?$top=5'",
        "Invoke-RestMethod https://graph.microsoft.com/v1.0/users/bob@contoso.com/onlineMeetings",
        "Get-MgUser -All",
        "Connect-MgGraph -Identity",
        "Invoke-RestMethod -Uri $computed[0]",
        "Invoke-WebRequest https://example.com/x",
    )
    assert dict(found.graph) == {
        "Get-MgUser": "User.Read.All",
        "GET /groups/{id}/members": "Group.Read.All",
        "POST /users/{id}/sendmail": "Mail.Send",
    }
    assert found.graph_permissions == ("Group.Read.All", "Mail.Send", "User.Read.All")
    assert found.unknown == (
        "GET /users/{id}/onlinemeetings",
        "Invoke-RestMethod to an address that the script computes",
        "Invoke-WebRequest to another service than Microsoft Graph",
    )


def test_an_address_that_is_assigned_in_a_circle_is_computed() -> None:
    assert needs("$a = $b", "$b = $a", "Invoke-RestMethod $a").unknown == (
        "Invoke-RestMethod to an address that the script computes",
    )


def test_the_document_is_the_same_for_the_same_commands_in_any_order() -> None:
    one = as_document("x.ps1", needs("Set-Mailbox a", "Get-Mailbox", "Foo", "Bar", "Get-MgUser"))
    other = as_document(
        "x.ps1",
        needs("get-mguser", "BAR".capitalize(), "# a comment", "foo".capitalize(), "get-mailbox", "SET-MAILBOX b"),
    )
    assert one["cmdlets"] == other["cmdlets"]
    assert one["unknown"] == other["unknown"]
    assert one["managementRoles"] == ["Mail Recipients"]
    assert one["cmdlets"]["Set-Mailbox"] == {"roles": ["Mail Recipients"], "inferred": False}


def test_ten_kinds_of_published_scripts() -> None:
    kinds = {
        "report of forwarding": (["Get-EXOMailbox -ResultSize Unlimited"], ("View-Only Recipients",), RECIPIENTS),
        "leavers become shared": (["Set-Mailbox $m -Type Shared"], ("Mail Recipients",), RECIPIENTS),
        "full access": (
            ["Add-MailboxPermission $m -User $u", "Add-RecipientPermission $m"],
            ("Mail Recipients",),
            RECIPIENTS,
        ),
        "calendar permissions": (["Set-MailboxFolderPermission $f"], ("Mail Recipients",), RECIPIENTS),
        "members of a group": (
            ["Get-DistributionGroupMember $g", "Add-DistributionGroupMember $g"],
            ("Distribution Groups",),
            RECIPIENTS,
        ),
        "out of office": (["Set-MailboxAutoReplyConfiguration $m"], ("User Options",), RECIPIENTS),
        "audit log": (["Search-UnifiedAuditLog -StartDate $d"], ("View-Only Audit Logs",), "Compliance Administrator"),
        "disclaimer": (["New-TransportRule $r"], ("Transport Rules",), "Compliance Administrator"),
        "blocked senders": (["New-TenantAllowBlockListItems -Block"], ("Transport Hygiene",), "Security Administrator"),
        "tenant hardening": (["Set-OrganizationConfig -AuditDisabled $false"], ("Organization Configuration",), None),
    }
    assert len(kinds) == 10
    for kind, (lines, roles, smallest) in kinds.items():
        found = needs(*lines, "Disconnect-ExchangeOnline -Confirm:$false")
        assert found.management_roles == roles, kind
        assert found.unknown == (), kind
        assert (smallest in found.directory_roles) if smallest else found.directory_roles == tuple(EVERYTHING), kind
