"""What is read out of a runbook's text: parameters, and what cannot work unattended."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange_automation.access.connect_command import (
    application_command,
    certificate_file_command,
    managed_identity_command,
)
from exchange_automation.core.problems import Problem
from exchange_automation.runbook.script_analysis import LARGEST, check, lint, parameters, read_file

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
    assert [(parameter.name, parameter.mandatory) for parameter in parameters(GOOD)] == [
        ("Mailbox", True),
        ("Days", True),
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
def test_a_line_that_cannot_work_is_reported_with_its_number(text: str, line: int, says: str) -> None:
    found = [finding for finding in lint(text) if says in finding.message]
    assert [finding.line for finding in found] == [line]


def test_comments_and_strings_are_no_code() -> None:
    text = GOOD + '# New-UnifiedGroup\n\'Read-Host\'\n"Get-Credential"\n<# Connect-IPPSSession #>\n@"\nRead-Host\n"@\n'
    assert lint(text) == ()


def test_splatted_arguments_are_not_guessed() -> None:
    assert lint("Connect-ExchangeOnline @with\nDisconnect-ExchangeOnline -Confirm:$false") == ()


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
            "New-TransportRule needs Exchange Administrator or Compliance Administrator; granted",
        ),
        ("Set-AntiPhishPolicy", ["Global Reader"], "Exchange Administrator or Security Administrator"),
        ("Set-AntiPhishPolicy", ["Security Administrator"], None),
        ("Set-Mailbox", ["Exchange Recipient Administrator"], None),
        ("New-TransportRule", ["Exchange Recipient Administrator", "Exchange Administrator"], None),
        ("Get-TransportRule", ["Global Reader"], None),
        # No finding for other nouns, other roles, no roles: nothing is known about them.
        ("Set-Something", ["Global Reader"], None),
        ("Set-Mailbox", ["A role of our own"], None),
        ("Set-Mailbox", [], None),
    ],
)
def test_a_cmdlet_that_no_granted_role_allows_is_reported(cmdlet: str, roles: list[str], needs: str | None) -> None:
    found = lint(GOOD.replace("Set-Mailbox", cmdlet), roles)
    assert [finding.line for finding in found] == ([12] if needs else [])
    assert not needs or needs in str(found[0])


@pytest.mark.parametrize(
    ("cmdlet", "roles", "in_exchange", "refused"),
    [
        ("Set-Mailbox", [], ["Mail Recipients"], None),
        ("Set-Mailbox", ["Global Reader"], ["Mail Recipients"], None),
        ("New-TransportRule", [], ["Mail Recipients"], True),
        # An inferred row warns and refuses nothing.
        ("Set-MailboxFolderPermission", [], ["Transport Rules"], False),
        # A role of which the cmdlets are not known: nothing is compared.
        ("New-TransportRule", [], ["Mail Recipients", "Our own role"], None),
        ("New-TransportRule", ["Our own role"], ["Mail Recipients"], None),
    ],
)
def test_a_cmdlet_is_compared_with_the_roles_in_exchange(
    cmdlet: str, roles: list[str], in_exchange: list[str], refused: bool | None
) -> None:
    found = lint(GOOD.replace("Set-Mailbox", cmdlet), roles, management_roles=in_exchange)
    assert [finding.fails for finding in found] == ([] if refused is None else [refused])


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
        ("Get-Mailbox".encode("utf-16-le"), "has the character NUL, at number 2"),
        ("Get-Mailbox".encode("utf-16-be"), "has the character NUL, at number 1"),
        (b"#" * (LARGEST + 1), "has 1,048,577 bytes, more than 1,048,576"),
    ],
)
def test_a_file_that_cannot_be_a_runbook(tmp_path: Path, content: bytes | None, says: str) -> None:
    if content is not None:
        (tmp_path / "x.ps1").write_bytes(content)
    with pytest.raises(Problem) as caught:
        read_file(str(tmp_path / "x.ps1"))
    assert says in str(caught.value)


def test_the_largest_is_accepted() -> None:
    check("#" * LARGEST, "text")


END = "Get-EXOMailbox\nDisconnect-ExchangeOnline -Confirm:$false\n"
CONNECT = "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com\n"


@pytest.mark.parametrize("client_id", [None, "11111111-2222-3333-4444-555555555555"])
@pytest.mark.parametrize(
    "organization", ["contoso.onmicrosoft.com", "contoso.onmicrosoft.us", "c.partner.onmschina.cn"]
)
def test_our_own_connect_commands_have_no_findings(organization: str, client_id: str | None) -> None:
    commands = [
        managed_identity_command(organization, client_id),
        application_command(organization, str(client_id)),
        application_command(organization, str(client_id), "AB" * 20),
        certificate_file_command(organization, str(client_id)),
    ]
    for command in commands:
        assert lint(f"{command}\n{END}", user_assigned=client_id is not None) == ()


def test_functions_of_the_script_are_no_exchange_cmdlets() -> None:
    text = "function New-ReportMailbox { param($n) $n }\n" + CONNECT + "New-ReportMailbox 1\n" + END
    assert lint(text, ["Global Reader"]) == ()


RUN_AS = (
    "$c = Get-AutomationConnection -Name AzureRunAsConnection\n"
    "Connect-ExchangeOnline -AppId $c.ApplicationId -CertificateThumbprint $c.Thumb -Organization c.onmicrosoft.com\n"
)
FOUND = {
    "a custom domain": (CONNECT.replace("contoso.onmicrosoft.com", "'contoso.com'") + END, "initial domain", False),
    "a custom domain in a variable": (
        "$o = 'contoso.com'\n" + CONNECT.replace("contoso.onmicrosoft.com", "$o") + END,
        "initial domain",
        False,
    ),
    "a tenant id": (
        CONNECT.replace("contoso.onmicrosoft.com", "11111111-2222-3333-4444-555555555555") + END,
        "initial domain",
        False,
    ),
    "no cloud": (CONNECT.replace(".com", ".us") + END, "-ExchangeEnvironmentName O365USGovGCCHigh or", True),
    "no cloud, China": (CONNECT.replace(".onmicrosoft.com", ".partner.onmschina.cn") + END, "O365China", True),
    "blank after a backtick": (CONNECT.replace(" -Org", " ` \n  -Org") + END, "follows the backtick", True),
    "comment after a backtick": (CONNECT.replace(" -Org", " ` # why\n  -Org") + END, "follows the backtick", True),
    "another statement's arguments": (
        "Connect-ExchangeOnline; Use-It -ManagedIdentity -Organization x\n" + END,
        "asks for a person",
        True,
    ),
    "a device code": (CONNECT.replace("-ManagedIdentity", "-Device") + END, "signs in as a person", False),
    "Graph beside": ("Connect-MgGraph -Identity\n" + CONNECT + END, "IDENTITY_ENDPOINT", False),
    "Graph as a person": ("Connect-MgGraph -Scopes Mail.Read\n" + CONNECT + END, "asks for a person", True),
    "Az beside": (CONNECT + "Connect-AzAccount -Identity\n" + END, "only where extra_packages names it", False),
    "AzureAD": (CONNECT + "Get-AzureADUser\n" + END, "retired", True),
    "MSOnline": (CONNECT + "Get-MsolUser\n" + END, "retired", True),
    "AzureRM": (CONNECT + "Get-AzureRmVM\n" + END, "retired", False),
    "module by #Requires": ("#Requires -Modules Microsoft.Graph.Users\n" + CONNECT + END, "clashes", False),
    "modules by #Requires, in tables": (
        "#Requires -Modules @{ ModuleName = 'ImportExcel'; ModuleVersion = '7.8' }\n" + CONNECT + END,
        "ImportExcel",
        False,
    ),
    "modules by #Requires, in both forms": (
        "#Requires -Modules Pester, @{ ModuleName = 'ImportExcel'; ModuleVersion = '7.8' }\n" + CONNECT + END,
        "the runtime environment has the module",
        [False, False],
    ),
    "a list of modules": (
        "Import-Module -Force ImportExcel, PnP.PowerShell -ErrorAction Stop\nImport-Module -Name @('Pester', 'Foo')\n"
        + CONNECT
        + END,
        "the runtime environment has the module",
        [False] * 4,
    ),
    "modules in tables": (
        "using module @{ ModuleName = 'A'; ModuleVersion = '1.0' }\n"
        "Import-Module -FullyQualifiedName @{ ModuleName = 'B'; ModuleVersion = '1.0' }\n" + CONNECT + END,
        "the runtime environment has the module",
        [False, False],
    ),
    "Graph without anything": ("Connect-Graph\n" + CONNECT + END, "asks for a person", True),
    "Graph with an application alone": (
        "Connect-MgGraph -ClientId $a -TenantId $t\n" + CONNECT + END,
        "asks for a person",
        True,
    ),
    "a table that nothing changes": (
        "$with = [ordered]@{ CertificateThumbprint = $t; AppId = $a }\nConnect-ExchangeOnline @with\n" + END,
        "without -Organization",
        True,
    ),
    "a switch that is off": (CONNECT.replace("Identity ", "Identity:$false ") + END, "asks for a person", True),
    "a custom domain in a string": (
        "[string]$o = 'contoso.com'\n" + CONNECT.replace("contoso.onmicrosoft.com", '"$o"') + END,
        "initial domain",
        False,
    ),
    "module by using": ("using module ImportExcel\n" + CONNECT + END, "ImportExcel", False),
    "module by Import-Module": ("Import-Module -Name 'ImportExcel'\n" + CONNECT + END, "ImportExcel", False),
    "Run As account": (RUN_AS + END, "Run As account", False),
    "message trace": (CONNECT + "Get-MessageTrace -SenderAddress a@contoso.com\n" + END, "V2", True),
    "mailbox audit": (CONNECT + "Search-MailboxAuditLog -Identity a\n" + END, "Search-UnifiedAuditLog", False),
    "admin audit": (CONNECT + "New-AdminAuditLogSearch\n" + END, "Search-UnifiedAuditLog", True),
    "a window": (CONNECT + "Get-EXOMailbox | Out-GridView\n" + END, "opens a window", True),
    "a file in its program": (CONNECT + "Invoke-Item a.csv\n" + END, "has no desktop", False),
    "installs a module": ("Install-Module ExchangeOnlineManagement -Force\n" + CONNECT + END, "extra_packages", False),
    "workflow": ("workflow Do-Boxes {\n" + CONNECT + END + "}\n", "is a workflow", False),
    "a question in a function": (
        "function Ask { Read-Host }\n" + CONNECT + END,
        "waits for a person",
        False,
    ),
    "SMTP AUTH": (
        CONNECT + "Send-MailMessage -SmtpServer smtp.office365.com -To a@b.c\n" + END,
        "December 2026",
        False,
    ),
    "EWS": (CONNECT + "$u = 'https://outlook.office365.com/EWS/Exchange.asmx'\n" + END, "1 April 2027", False),
    "remote PowerShell": (
        '$u = "https://outlook.office365.com/powershell-liveid/?email=$mail"\nNew-PSSession -ConnectionUri $u\n'
        + CONNECT
        + END,
        "ended",
        True,
    ),
    "remote PowerShell by splatting": (
        "$with = @{ ConnectionUri = 'https://ps.outlook.com/powershell/' }\nNew-PSSession @with\n" + CONNECT + END,
        "ended",
        True,
    ),
    "remote PowerShell by a switch": (CONNECT.strip() + " -UseRPS\n" + END, "-UseRPSSession asks", True),
    "a second question without a condition": (
        CONNECT + "if ($x) { Read-Host }\n$a = Read-Host 'Name'\n" + END,
        "waits for a person",
        [False, True],
    ),
    "closed with the old cmdlet": (
        CONNECT + "Get-EXOMailbox\nGet-PSSession | Remove-PSSession\n",
        "never closed",
        False,
    ),
    "another service closed": (CONNECT + "Get-EXOMailbox\nDisconnect-MgGraph\n", "never closed", False),
    "another service opened": ("Connect-AzAccount -Identity\nGet-EXOMailbox\n", "never called", True),
    "a cmdlet of the tables without a session": (
        "Search-UnifiedAuditLog -Operations New-InboxRule\n",
        "never called",
        True,
    ),
    "a cmdlet of mailboxes without a session": ("Get-MailboxExtendedProperty -Identity a\n", "never called", True),
    "by hand in a function": (
        "function Open-It { if ($x) { Connect-ExchangeOnline } }\nOpen-It\n" + END,
        "asks for a person",
        True,
    ),
    "functions for other runbooks": ("function Get-Boxes { Get-EXOMailbox }\n", "never called", False),
    "functions that functions call": (
        "function Get-Boxes { Get-EXOMailbox }\nfunction Get-Report { Get-Boxes }\nGet-Report\n",
        "never called",
        True,
    ),
    "modules of other services alone": (
        (
            "Install-Module @('ImportExcel', 'PnP.PowerShell') -Force\nImport-Module Az.Accounts, ActiveDirectory\n"
            "Connect-AzAccount -Identity\nInvoke-RestMethod $u\nGet-ADUser a\nGet-EXOMailbox | Export-Excel a.xlsx\n"
        ),
        "never called",
        True,
    ),
    "functions that are called": ("function Get-Boxes { Get-EXOMailbox }\nGet-Boxes\n", "never called", True),
    "by hand beside another runbook": (
        "if ($test) { Connect-ExchangeOnline } else { .\\Login.ps1 }\n" + END,
        "asks for a person",
        False,
    ),
    "a question about closing": (
        CONNECT + "Get-EXOMailbox\nDisconnect-ExchangeOnline\n",
        "asks for a confirmation",
        False,
    ),
    "a question about deleting": (
        CONNECT + "Remove-MailboxPermission -Identity a -User b -AccessRights FullAccess\n" + END,
        "Remove-MailboxPermission asks for a confirmation",
        False,
    ),
    "a question about disabling": (CONNECT + "Disable-TransportRule a\n" + END, "asks for a confirmation", False),
    "Exchange Server": (CONNECT + "Get-MailboxDatabase\n" + END, "Exchange Server alone", True),
    "a queue": (CONNECT + "Get-Queue\n" + END, "does not have it", False),
    "a virtual directory": (CONNECT + "Set-OwaVirtualDirectory a\n" + END, "Exchange Server alone", True),
    "mailbox search": (CONNECT + "Search-Mailbox -Identity a -DeleteContent\n" + END, "compliance searches", True),
    "compliance search": (
        CONNECT + "Connect-IPPSSession -CertificateThumbprint $t -AppId $a -Organization c.onmicrosoft.com\n"
        "New-ComplianceSearch -Name a\n" + END,
        "-EnableSearchOnlySession",
        False,
    ),
    "client access rules": (CONNECT + "Get-ClientAccessRule\n" + END, "September 2025", True),
    "data loss prevention": (CONNECT + "Get-DlpPolicy\n" + END, "DlpCompliancePolicy", True),
    "holds": (CONNECT + "New-HoldComplianceRule a\n" + END, "RetentionCompliance", False),
    "groups": (CONNECT + "New-UnifiedGroup a\n" + END, "app-only", True),
    "a pipe after a backtick with a blank": (
        CONNECT + "Get-Date ` \n | Out-Null\n" + END,
        "follows the backtick",
        False,
    ),
    "classic Azure": (CONNECT + "Add-AzureAccount\n" + END, "classic Azure", True),
    "old names of Az": (CONNECT + "Get-AzureKeyVaultSecret a\n" + END, "classic Azure", False),
    "snap-ins": (
        CONNECT + "Add-PSSnapin Microsoft.Exchange.Management.PowerShell.SnapIn\n" + END,
        "PowerShell 7",
        False,
    ),
    "WMI": (CONNECT + "gwmi Win32_Bios\n" + END, "PowerShell 7", False),
    "beta of Graph": (CONNECT + "Select-MgProfile beta\n" + END, "since version 2.0", False),
    "compliance with a managed identity": (
        CONNECT + "Connect-IPPSSession -ManagedIdentity\n" + END,
        "certificate",
        True,
    ),
}


@pytest.mark.parametrize(("text", "says", "fails"), FOUND.values(), ids=FOUND)
def test_what_fails_or_may_fail_is_found_with_the_remedy(text: str, says: str, fails: bool | list[bool]) -> None:
    expected = fails if isinstance(fails, list) else [fails]
    assert [finding.fails for finding in lint(text) if says in finding.message] == expected


MANAGED = "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com\nDisconnect-ExchangeOnline\n"


@pytest.mark.parametrize(
    ("sign_in", "asks", "fails"),
    [
        ("Connect-AzAccount", True, True),
        ("$status = Connect-AzAccount -Tenant $t", True, True),
        ("Login-AzAccount -UseDeviceAuthentication", True, True),
        ("if (-not (Get-AzContext)) { Connect-AzAccount }", True, False),
        ("Connect-AzAccount -Identity", False, False),
        ("$PSDefaultParameterValues['Connect-AzAccount:Identity'] = $true\nConnect-AzAccount", False, False),
        ("Connect-AzAccount -Id", False, False),
        ("Connect-AzAccount -MSI", False, False),
        ("Connect-MgGraph -NoWelcome -ManagedIdentity", False, False),
        ("Connect-MgGraph -NoWelcome", True, True),
        ("if ($inJob) { Connect-MgGraph -Identity } else { Connect-MgGraph -Scopes Mail.Read }", False, False),
        ("Connect-AzAccount @params", False, False),
        ("Connect-AzAccount -ServicePrincipal -Credential $c -Tenant $t", False, False),
        ("if ($inJob) { Connect-AzAccount -Identity } else { Connect-AzAccount }", False, False),
        ("if ([Environment]::UserInteractive) { Connect-AzAccount }", False, False),
    ],
)
def test_a_sign_in_to_azure_that_asks_a_person(sign_in: str, asks: bool, fails: bool) -> None:
    found = [finding for finding in lint(f"{sign_in}\n{MANAGED}") if "asks for a person" in finding.message]
    assert [finding.fails for finding in found] == ([fails] if asks else [])


def test_a_stored_password_in_the_branch_of_jobs_is_named() -> None:
    text = (
        "if ([Environment]::UserInteractive) { Connect-ExchangeOnline } else {\n"
        "$password = Get-AutomationPSCredential -Name Mail\nConnect-ExchangeOnline -Credential $password\n}\n"
        "Get-EXOMailbox\nDisconnect-ExchangeOnline -Confirm:$false\n"
    )
    [finding] = lint(text)
    assert (finding.line, finding.fails) == (3, False)
    assert "signs in as a person" in finding.message


def test_modules_that_the_runtime_environment_has_are_no_finding() -> None:
    text = "#Requires -Modules ImportExcel\n" + CONNECT + "Connect-AzAccount -Identity\n" + END
    assert lint(text, modules=["importexcel", "Az.Accounts"]) == ()
    assert [finding.fails for finding in lint(text, modules=["Az"])] == [True]


def test_a_user_assigned_identity_needs_its_client_id() -> None:
    assert ["-ManagedIdentityAccountId" in str(found) for found in lint(CONNECT + END, user_assigned=True)] == [True]
    assert lint(CONNECT + END) == ()
