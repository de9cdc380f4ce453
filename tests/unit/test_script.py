"""What is read out of a runbook's text: parameters, and what cannot work unattended."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange_automation.runbook.script_analysis import LARGEST, ScriptError, check, lint, parameters, read_file

GOOD = """<# .SYNOPSIS param($NotThis) #>
[CmdletBinding()]
param(
    # how many, param($Comment)
    [Parameter(Mandatory)] [ValidateSet('a,b', "c)")] [string] $Mailbox,
    [Parameter(Mandatory = $true)][int]$Days = 7,
    [Parameter(Mandatory=$false)] [switch] $WhatIf,
    $Plain = @{ x = 1, 2 }
)
Connect-ExchangeOnline -ManagedIdentity `
    -Organization contoso.onmicrosoft.com
try { Set-Mailbox $Mailbox } finally { Disconnect-ExchangeOnline -Confirm:$false }
"""


def test_parameters_are_those_of_the_scripts_own_block() -> None:
    assert [(each.name, each.mandatory) for each in parameters(GOOD)] == [
        ("Mailbox", True),
        ("Days", False),
        ("WhatIf", False),
        ("Plain", False),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Get-Mailbox",
        "function Get-It { param($x) }",
        "# param($x)",
        '"param($x)"',
        "@'\nparam($x)\n'@",
        "$param = ($x)",
    ],
)
def test_no_block_of_its_own_means_no_parameters(text: str) -> None:
    assert parameters(text) == ()


def test_a_good_script_has_no_findings() -> None:
    assert lint(GOOD, ["Exchange Administrator"]) == ()


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("Get-Mailbox", 1, "Connect-ExchangeOnline is never called"),
        ("\nConnect-ExchangeOnline -Organization x\nDisconnect-ExchangeOnline", 2, "without -ManagedIdentity"),
        ("Connect-ExchangeOnline -ManagedIdentity\nDisconnect-ExchangeOnline", 1, "without -Organization"),
        ("Connect-ExchangeOnline -ManagedIdentity -Organization x\nGet-Mailbox", 1, "never closed"),
        ("Connect-ExchangeOnline -Organization x -Credential $c\nDisconnect-ExchangeOnline", 1, "signs in as a person"),
        (GOOD + "New-UnifiedGroup -Name x", 13, "New-UnifiedGroup is not available"),
        (GOOD + "\n$c = get-credential", 14, "waits for a person"),
        (GOOD + "Connect-IPPSSession", 13, "does not work with a managed identity"),
    ],
)
def test_what_cannot_work_is_told_with_its_line(text: str, line: int, says: str) -> None:
    found = [each for each in lint(text) if says in each.message]
    assert [each.line for each in found] == [line]


def test_comments_and_strings_are_no_code() -> None:
    text = GOOD + '# New-UnifiedGroup\n\'Read-Host\'\n"Get-Credential"\n<# Connect-IPPSSession #>\n@"\nRead-Host\n"@\n'
    assert lint(text) == ()


def test_splatted_arguments_are_not_guessed() -> None:
    assert lint("Connect-ExchangeOnline @with\nDisconnect-ExchangeOnline") == ()


@pytest.mark.parametrize(
    ("cmdlet", "roles", "needs"),
    [
        (
            "Set-Mailbox",
            ["Global Reader"],
            "Exchange Administrator or Exchange Recipient Administrator; granted is Global",
        ),
        (
            "Add-MailboxPermission",
            ["Security Reader", "Helpdesk Administrator"],
            "Exchange Recipient Administrator; granted",
        ),
        (
            "New-TransportRule",
            ["Exchange Recipient Administrator"],
            "New-TransportRule needs Exchange Administrator; granted",
        ),
        ("Set-AntiPhishPolicy", ["Global Reader"], "Exchange Administrator or Security Administrator"),
        ("Set-AntiPhishPolicy", ["Security Administrator"], None),
        ("Set-Mailbox", ["Exchange Recipient Administrator"], None),
        ("New-TransportRule", ["Exchange Recipient Administrator", "Exchange Administrator"], None),
        ("Get-TransportRule", ["Global Reader"], None),
        # Nothing is said where it cannot be told: other nouns, other roles, no roles.
        ("Set-Something", ["Global Reader"], None),
        ("Set-Mailbox", ["A role of our own"], None),
        ("Set-Mailbox", [], None),
    ],
)
def test_a_cmdlet_that_no_granted_role_lets_in_is_told(cmdlet: str, roles: list[str], needs: str | None) -> None:
    found = lint(GOOD.replace("Set-Mailbox", cmdlet), roles)
    assert [each.line for each in found] == ([12] if needs else [])
    assert not needs or needs in str(found[0])


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfGet-Mailbox\r\n", "Gr\u00fc\u00df".encode(), b"a\rb\nc\r\n"])
def test_a_file_is_read_byte_for_byte(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.ps1").write_bytes(content)
    assert read_file(str(tmp_path / "x.ps1")).encode() == content


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n ", "is empty"),
        (b"Gr\xfc\xdf", "is not UTF-8 at byte 2"),
        (b"\xff\xfeG\x00", "is not UTF-8 at byte 0"),
        (b"#" * (LARGEST + 1), "has 1,048,577 bytes; Azure Automation accepts 1,048,576"),
    ],
)
def test_a_file_that_cannot_be_a_runbook(tmp_path: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / "x.ps1").write_bytes(content)
    with pytest.raises(ScriptError) as caught:
        read_file(str(tmp_path / "x.ps1"))
    assert says in str(caught.value)


def test_the_largest_is_accepted() -> None:
    check("#" * LARGEST, "text")
