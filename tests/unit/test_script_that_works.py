"""Scripts that work, or may work: they have no findings, or none that ``strict`` refuses."""

from __future__ import annotations

import pytest

from exchange_automation.runbook.script_analysis import lint

END = "Get-EXOMailbox\nDisconnect-ExchangeOnline -Confirm:$false\n"
CONNECT = "Connect-ExchangeOnline -ManagedIdentity -Organization contoso.onmicrosoft.com\n"
RUN_AS = (
    "$c = Get-AutomationConnection -Name AzureRunAsConnection\n"
    "Connect-ExchangeOnline -AppId $c.ApplicationId -CertificateThumbprint $c.Thumb -Organization c.onmicrosoft.com\n"
)
WORKS = {
    "en dashes": "Connect-ExchangeOnline \u2013ManagedIdentity \u2013Organization contoso.onmicrosoft.com\n" + END,
    "shortened names": "Connect-ExchangeOnline -Managed -Org contoso.onmicrosoft.com\n" + END,
    "access token": "Connect-ExchangeOnline -AccessToken $token -Organization contoso.onmicrosoft.com\n" + END,
    "by hand and by job": "if ($PSPrivateMetadata.JobId) {\n "
    + CONNECT
    + "} else {\n Connect-ExchangeOnline\n}\n"
    + END,
    "typographic quotes": "Write-Output \u201cIt's done\u201d\n" + CONNECT + END,
    "closed by another quote": 'Write-Output "done for\u201d $x\nWrite-Output "next"\n' + CONNECT + END,
    "hash in a word": "Set-Location C:\\a#b; " + CONNECT + END,
    "compliance with a certificate": CONNECT
    + "Connect-IPPSSession -CertificateThumbprint $t -AppId $a -Organization contoso.onmicrosoft.com\n"
    + END,
    "compliance with a token": CONNECT + "Connect-IPPSSession -AccessToken $t -Organization x.onmicrosoft.com\n" + END,
    "role groups of Security & Compliance": "Connect-IPPSSession -AccessToken $t -Organization x.onmicrosoft.com\n"
    "Get-RoleGroupMember a\n",
    "no Exchange at all": "Get-ChildItem | Sort-Object Length\n",
    "connected by another runbook": ".\\Connect.ps1\nGet-EXOMailbox\n",
    "connected by a function of a module": "Connect-OurExchange\nGet-EXOMailbox\n",
    "a question by hand only": "if ([Environment]::UserInteractive) { Read-Host }\n" + CONNECT + END,
    "parameters in a table": "$with = @{ ManagedIdentity = $true }\n$with.Organization = $o\nConnect-ExchangeOnline @with\n"
    + END,
    "a national cloud with its name": CONNECT.strip().replace(".com", ".us")
    + " -ExchangeEnvironmentName O365USGovGCCHigh\n"
    + END,
    "a module of every runtime environment": "#Requires -Modules ExchangeOnlineManagement\n" + CONNECT + END,
    "a Graph call without a module": CONNECT + "Invoke-RestMethod https://graph.microsoft.com/v1.0/users\n" + END,
    "the address of a session that is no remote PowerShell": CONNECT.strip()
    + " -ConnectionUri https://outlook.office365.com/powershell-liveid/\n"
    + END,
    "addresses in a table": CONNECT
    + "$all = @{ Exchange = 'https://outlook.office365.com/powershell-liveid/' }\n"
    + END,
    "remote PowerShell switched off": CONNECT.strip() + " -UseRPSSession:$false\n" + END,
    "a confirmation in a table": CONNECT + "Remove-MailboxPermission @with\n" + END,
    "confirmations switched off": "$ConfirmPreference = 'None'\n" + CONNECT + "Remove-InboxRule -Identity a\n" + END,
    "confirmation by its alias": CONNECT + "Remove-InboxRule -Identity a -cf:$false\n" + END,
    "a function named like a cmdlet that asks": "function Remove-Mailbox { }\n" + CONNECT + "Remove-Mailbox\n" + END,
    "Exchange Server in a session of its own": "Import-PSSession $server\nGet-MailboxDatabase\n" + CONNECT + END,
    **{
        f"Exchange Server by {opened.split()[0]}: {cmdlet}": f"{opened}\n{cmdlet}\n" + CONNECT + END
        for opened, cmdlet in (
            ("Import-PSSession $server", "Search-AdminAuditLog"),
            ("ipsn $server", "Search-Mailbox -Identity a"),
            ("Import-PSSession $server", "Get-MailboxSearch"),
            ("Import-PSSession $server", "Get-ClientAccessRule"),
            ("Connect-ExchangeServer -auto", "Get-DlpPolicy"),
            ("Connect-ExchangeServer -auto", "Get-Queue"),
            (". .\\Shared.ps1", "Get-RemoteMailbox"),
            ('. "$PSScriptRoot\\Shared.ps1"', "Get-Queue"),
        )
    },
    "the names of AzureAD for cmdlets of Entra": "Enable-EntraAzureADAlias\nGet-AzureADUser\n" + CONNECT + END,
    "a virtual directory of IIS": "New-WebVirtualDirectory -Site a\n" + CONNECT + END,
    "a token with a name instead of an organization": "Connect-ExchangeOnline -AccessToken $t -UserPrincipalName a@b.com\n"
    + END,
    "default values of parameters": "$PSDefaultParameterValues['Connect-ExchangeOnline:ManagedIdentity'] = $true\n"
    + CONNECT.replace("-ManagedIdentity ", "")
    + END,
    "a key that the script computes": "$k = 'Organization'\n$with = @{ ManagedIdentity = $true; $k = $o }\n"
    "Connect-ExchangeOnline @with\n" + END,
    "a key in a string that the script computes": '$with = @{ ManagedIdentity = $true; "$k" = $o }\n'
    "Connect-ExchangeOnline @with\n" + END,
    "a key that is a property": "$with = @{ ManagedIdentity = $true; $names.Tenant = $o }\nConnect-ExchangeOnline @with\n"
    + END,
    "a key in brackets": "$with = @{ ManagedIdentity = $true; ('Organ' + 'ization') = $o }\n"
    "Connect-ExchangeOnline @with\n" + END,
    "an old name for a new cmdlet": "Set-Alias Get-MessageTrace Get-MessageTraceV2\n"
    + CONNECT
    + "Get-MessageTrace\n"
    + END,
    "an old name for a new cmdlet, by parameters": "New-Alias -Value Get-MessageTraceV2 -Name Get-MessageTrace\n"
    + CONNECT
    + "Get-MessageTrace\n"
    + END,
    "cmdlets with a prefix": CONNECT.strip()
    + " -Prefix Remote\nGet-RemoteMailbox\nDisconnect-ExchangeOnline -Confirm:$false\n",
    "a function of another script, named like Azure": ". .\\Shared.ps1\nGet-AzureOverview\n" + CONNECT + END,
    "an organization that the caller of a function gives": "$o = 'contoso.com'\nfunction Open-It($o) { "
    + CONNECT.strip().replace("contoso.onmicrosoft.com", "$o")
    + " }\n"
    + END,
    "a function that opens the session for other runbooks": "function Open-It { " + CONNECT.strip() + " }\n",
    "a backtick before a blank line's end": CONNECT + "Write-Output a ` \n" + END,
}


@pytest.mark.parametrize("text", WORKS.values(), ids=WORKS)
def test_a_script_that_works_has_no_findings(text: str) -> None:
    assert lint(text) == ()


NO_TENANT = CONNECT.replace(" -Organization contoso.onmicrosoft.com", "")
NOT_REFUSED = {
    "a session by a module": "Import-Module Contoso.Mail\nInitialize-ContosoSession\nGet-Mailbox\n",
    "a session by an unknown command": "Initialize-ContosoSession\nGet-Mailbox\n",
    "cmdlets by a module": "Import-Module Contoso.Mail\nGet-Mailbox\n",
    "cmdlets by an installed module": "Install-Module -Name Contoso.Mail -Force -Scope CurrentUser\nGet-Mailbox\n",
    "cmdlets by one of two modules": "Import-Module ImportExcel, $ours\nGet-Mailbox\n",
    "cmdlets by one of two modules in brackets": "Import-Module @('ImportExcel', $ours)\nGet-Mailbox\n",
    "cmdlets by a module in a file": "Import-Module .\\Contoso.psm1\nGet-Mailbox\n",
    "cmdlets by a module of the script": "using module Contoso.Mail\nGet-Mailbox\n",
    "Exchange Server at a hybrid worker": "Invoke-Command -ConnectionUri http://mail01/PowerShell/ "
    "-ConfigurationName Microsoft.Exchange -ScriptBlock { Get-Mailbox }\n",
    "a snap-in": "Add-PSSnapin Microsoft.Exchange.Management.PowerShell.RecipientManagement\nGet-Mailbox\n",
    "an alias": "Set-Alias c Connect-ExchangeOnline\nc -ManagedIdentity -Organization a.onmicrosoft.com\nGet-Mailbox\n",
    "an alias by a drive": "New-Item alias:c -Value Connect-ExchangeOnline\nGet-Mailbox\n",
    "code in a text": "[powershell]::Create().AddScript($text).Invoke()\nGet-Mailbox\n",
    **{
        f"{noun} of another module": f"Get-{noun} -Identity a\n"
        for noun in ("User", "Group", "Contact", "ServicePrincipal", "Recipient")
    },
    "a library whose functions call one another": "function Get-Boxes { Get-EXOMailbox }\n"
    "function Get-Report { Get-Boxes | Select-Object Name }\n",
    "cmdlets under a condition": "if ($report) { Get-EXOMailbox }\n",
    "a function that is called under a condition": "function Get-Boxes { Get-EXOMailbox }\nif ($report) { Get-Boxes }\n",
    "a session by hand beside an unknown command": "if ($test) { Connect-ExchangeOnline } else { Open-Contoso }\n"
    + END,
    "a session under a condition": "if ($report) { Connect-ExchangeOnline }\nGet-Date\n",
    "another session under a condition": "if ($old) { "
    + NO_TENANT.strip()
    + " } else { "
    + CONNECT.strip()
    + " }\n"
    + END,
    "Security & Compliance under a condition": "if ($x) { Connect-IPPSSession -ManagedIdentity }\n" + CONNECT + END,
    "Security & Compliance beside a password": "if ($x) { Connect-IPPSSession }\nConnect-ExchangeOnline -Credential $c\n"
    + END,
    "a new cmdlet in place of the old one": CONNECT
    + "try { Get-MessageTrace -ErrorAction Stop } catch { Get-MessageTraceV2 }\n"
    + END,
    "a value in place of the old cmdlet": CONNECT + "$t = try { Get-MessageTrace } catch { @() }\n" + END,
    "one of two that goes on": CONNECT
    + "try { Get-MessageTrace } catch [System.Exception] { throw } catch { Get-MessageTraceV2 }\n"
    + END,
    "a catch that throws under a condition": CONNECT
    + "try { Get-MessageTrace } catch { if ($strict) { throw }; Get-MessageTraceV2 }\n"
    + END,
    "a catch that throws in one of its branches": CONNECT
    + "try { Get-MessageTrace } catch { if ($a) { throw } else { Get-MessageTraceV2 } }\n"
    + END,
    "a catch that throws in all branches but the last": CONNECT
    + "try { Get-MessageTrace } catch { if ($a) { throw } elseif ($b) { Get-Date } else { throw }; Get-MessageTraceV2 }\n"
    + END,
    "a pipe after a blank after a backtick": CONNECT + "Get-EXOMailbox ` \n  | Out-Null\n" + END,
    "a calculation after a blank after a backtick": CONNECT + "$a = $b ` \n  - 1\n" + END,
    "an operator that a statement begins with": CONNECT + "$a = $b ` \n  -join ','\n" + END,
    "a group by a person": "Connect-ExchangeOnline -Credential $c\nNew-UnifiedGroup a\n" + END,
    "a group by a person's token": CONNECT.replace("-ManagedIdentity", "-AccessToken $t")
    + "New-UnifiedGroup a\n"
    + END,
    "a connection of an old name": RUN_AS + END,
    "a sign-in that may fail": "try { " + NO_TENANT.strip() + " } catch { " + CONNECT.strip() + " }\n" + END,
    "a block in a block": CONNECT
    + "try { try { Get-MessageTrace } finally { Get-Date } } catch { Get-MessageTraceV2 }\n"
    + END,
}


@pytest.mark.parametrize("text", NOT_REFUSED.values(), ids=NOT_REFUSED)
def test_strict_does_not_refuse_a_script_that_may_work(text: str) -> None:
    assert [finding for finding in lint(text) if finding.fails] == []


@pytest.mark.parametrize(
    "handler",
    [
        "catch { throw }",
        "catch { Write-Error $_; exit 1 }",
        "catch { Write-Error $_ }",
        "catch { $_ | Write-Error }",
        "catch { $m = $_.Exception.Message; if ($m) { Write-Output $m }; throw $m }",
        "catch [System.Exception] { throw } catch { exit 1 }",
        "catch { if ($a) { throw } elseif ($b) { Write-Error $_ } else { if ($c) { throw } else { exit 1 } } }",
        "finally { Get-Date }",
    ],
)
@pytest.mark.parametrize("line", ["Get-MessageTrace", "function Ask { Get-Date }\nRead-Host", NO_TENANT])
def test_a_catch_that_does_not_go_on_leaves_the_line_failing(line: str, handler: str) -> None:
    text = "try {\n" + ("" if line == NO_TENANT else CONNECT) + f"{line}\nGet-EXOMailbox\n}} {handler}\n" + END
    assert [finding.fails for finding in lint(text) if finding.fails] == [True]
    assert [finding.fails for finding in lint(text.replace(handler, "catch { Get-Date }")) if finding.fails] == []


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("Set-Mailbox a", True),
        ("Set-User a", False),
        ("Import-PSSession $server; Set-Mailbox a", False),
        (". .\\Shared.ps1; Set-Mailbox a", False),
        ("try { Set-Mailbox a } catch { Set-MailUser a }", False),
        ("try { Set-Mailbox a } catch { throw }", True),
    ],
)
def test_a_cmdlet_that_may_be_another_one_is_a_warning(text: str, refused: bool) -> None:
    found = lint(CONNECT + text + "\n" + END, ["Global Reader"])
    assert {finding.fails for finding in found if "granted" in finding.message} == {refused}
