"""What runbook scripts use that fails in a job, is retired, or needs another module: one row with its source for each.

Every row was compared with its page on 25 or 26 November 2026, in copies stored until then. What the page leaves open is in the row.
"""

import re
from enum import Enum, auto
from typing import NamedTuple, Optional


class Verdict(Enum):
    """How sure the check may be."""

    FAILS = auto()
    """Every job that reaches it fails."""
    FAILS_APP_ONLY = auto()
    """Every job that reaches it fails, unless it signed in to Exchange Online as a person."""
    WAITS = auto()
    """It asks a person, so a job that reaches it fails or waits until it is stopped."""
    ADVICE = auto()
    """It may work, now or in some environments."""


class CommandFact(NamedTuple):
    """What is known of some commands.

    Attributes:
        names: The commands' names, as a pattern of the whole name.
        verdict: What happens in a job.
        message: What the finding says after the command's name.
        source: The page that says so.
    """

    names: "re.Pattern[str]"
    verdict: Verdict
    message: str
    source: str
    module: Optional[str] = None
    """The module, in lower case, with which the finding does not apply."""
    unless: Optional[str] = None
    """The command, in lower case, that gives the names to other commands."""


GRAPH_CALL = (
    "Call Graph without a module: Invoke-RestMethod with a token from "
    '"$env:IDENTITY_ENDPOINT?resource=https://graph.microsoft.com/" and the header X-IDENTITY-HEADER = '
    "$env:IDENTITY_HEADER"
)


def _fact(
    names: str, verdict: Verdict, message: str, source: str, module: Optional[str] = None, unless: Optional[str] = None
) -> CommandFact:
    return CommandFact(re.compile(names, re.IGNORECASE), verdict, message, source, module, unless)


COMMANDS: tuple[CommandFact, ...] = (
    _fact(
        "(?:New|Remove)-UnifiedGroup|(?:Add|Remove)-UnifiedGroupLinks",
        Verdict.FAILS_APP_ONLY,
        "is not available in app-only sessions. Use Microsoft Graph",
        "App-only authentication for unattended scripts in Exchange Online PowerShell",
    ),
    _fact(
        "Get-Credential|Read-Host",
        Verdict.WAITS,
        "waits for a person, and a job has none. Take the value from a parameter or an asset of the account",
        "Runbook input parameters; Manage credentials in Azure Automation",
    ),
    _fact(
        "Out-GridView|ogv|Show-Command|Show-EventLog",
        Verdict.FAILS,
        "opens a window, and a job has no desktop. Write the objects to the output",
        "Out-GridView (Microsoft.PowerShell.Utility): needs a user interface",
    ),
    _fact(
        "Invoke-Item|ii",
        Verdict.ADVICE,
        "opens a file in its program, and a job has no desktop. Send the file, or write the objects to the output",
        "Invoke-Item (Microsoft.PowerShell.Management): the default action, such as the program of a file's type",
    ),
    _fact(
        "Get-MessageTrace(?:Detail)?",
        Verdict.FAILS,
        "is retired since 1 September 2025. Use the cmdlet of the same name with V2 at its end, at most 10 days in one "
        "query",
        "New Message Trace in Exchange admin center (learn.microsoft.com/exchange/monitoring/trace-an-email-message). Exchange "
        "refuses it with a ValidationException: CIPP issue 4643 (September 2025), hawk issue 302 (March 2026). The cmdlet's own "
        "page of August 2026 says that it is to be retired",
    ),
    _fact(
        "Search-MailboxAuditLog|New-MailboxAuditLogSearch",
        Verdict.ADVICE,
        "finds nothing new and is to be retired in Exchange Online. Use Search-UnifiedAuditLog",
        "The cmdlets' own pages, a copy of August 2026: will be deprecated. Second-hand: no new records since March 2025, and the "
        "end by the end of 2025",
    ),
    _fact(
        "Get-DlpDetailReport",
        Verdict.FAILS,
        "is retired. Use Export-ActivityExplorerData of Security & Compliance PowerShell",
        "The cmdlet's own page, a copy of August 2026",
    ),
    _fact(
        "(?:Get|New|Set|Remove)-HoldCompliance(?:Policy|Rule)",
        Verdict.ADVICE,
        "is replaced by the cmdlet with RetentionCompliance instead of HoldCompliance in its name",
        "The cmdlets' own pages, a copy of August 2026",
    ),
    _fact(
        "(?:Get|New|Set|Remove)-DataClassification|New-Fingerprint",
        Verdict.ADVICE,
        "is replaced by the DlpSensitiveInformationType and DlpFingerprint cmdlets of Security & Compliance PowerShell",
        "The cmdlets' own pages, a copy of August 2026",
    ),
    _fact(
        "(?:Get|New|Start|Remove|Stop)-ComplianceSearch(?:Action)?|Invoke-(?:HoldRemovalAction|ComplianceSecurityFilterAction|"
        "ComplianceSearchActionStep)",
        Verdict.ADVICE,
        "is a cmdlet of Microsoft Purview, which app-only sessions do not support. With a certificate, -EnableSearchOnlySession "
        "and ExchangeOnlineManagement 3.10.0 or later it may work",
        "App-only authentication for unattended scripts in Exchange Online PowerShell; version 3.10.0 in About the Exchange "
        "Online PowerShell module: the two pages disagree",
    ),
    _fact(
        r"Connect-MsolService|(?:Get|Set|New|Remove|Add)-Msol\w+",
        Verdict.FAILS,
        "belongs to the module MSOnline, which is retired since May 2025. " + GRAPH_CALL,
        "What's new in Microsoft Entra (learn.microsoft.com/entra/fundamentals/whats-new): stops between April and May 2025",
    ),
    _fact(
        r"Connect-AzureAD|(?:Get|Set|New|Remove|Add|Revoke|Restore)-AzureAD\w+",
        Verdict.FAILS,
        "belongs to the module AzureAD, which is retired, without support since 30 March 2025, and made for PowerShell 5.1 "
        "alone. " + GRAPH_CALL,
        "What's new in Microsoft Entra: retirement announced for July 2025; "
        "learn.microsoft.com/powershell/azure/active-directory/install-adv2: not compatible with PowerShell 7",
        unless="enable-entraazureadalias",
    ),
    _fact(
        r"(?:Login|Add|Connect|Select|Set|Get|New|Remove|Start|Stop)-AzureRm\w+",
        Verdict.ADVICE,
        "belongs to the module AzureRM, which is retired: Microsoft maintains it no longer since 29 February 2024. Use the "
        "module Az",
        "Migrate Azure PowerShell from AzureRM to Az (learn.microsoft.com/powershell/azure/migrate-from-azurerm-to-az): "
        "deprecated, and may still function",
    ),
    _fact(
        r"Add-AzureAccount|(?:Get|Select|Set|Remove)-AzureSubscription|(?:Get|Start|Stop|Resume|Suspend|New|Set|Remove)-AzureVM|"
        r"[a-z]+-Azure(?:Service|Deployment)",
        Verdict.FAILS,
        "belongs to classic Azure, which ended on 31 August 2024. Use the module Az",
        "learn.microsoft.com/powershell/azure/servicemanagement/overview and the cmdlets' pages: Windows PowerShell alone",
    ),
    _fact(
        r"[a-z]+-Azure(?:Automation\w+|Storage(?:Account|Blob|Container|Context|Key|Table)\w*|KeyVault\w*)",
        Verdict.ADVICE,
        "belongs to a module of classic Azure, which ended on 31 August 2024, or of AzureRM, which Microsoft maintains no "
        "longer since 29 February 2024. Use the module Az",
        "learn.microsoft.com/powershell/azure/servicemanagement/overview and the cmdlets' pages; "
        "learn.microsoft.com/powershell/azure/azurerm: deprecated, and may still function",
    ),
    _fact(
        "(?:Add|Get|Remove)-PSSnapin|asnp|(?:Get|Remove)-WmiObject|gwmi|Invoke-WmiMethod|Set-WmiInstance|Register-WmiEvent|"
        "New-WebServiceProxy|Get-EventLog",
        Verdict.ADVICE,
        "is missing in PowerShell 7. Snap-ins became modules, and the CIM cmdlets replace those of WMI",
        "Differences between Windows PowerShell 5.1 and PowerShell 7.x; Release history of modules and cmdlets",
    ),
    _fact(
        "(?:Select|Get)-MgProfile",
        Verdict.ADVICE,
        "is missing in Microsoft Graph PowerShell since version 2.0, whose beta cmdlets have names of their own. "
        + GRAPH_CALL,
        "Microsoft Graph PowerShell v2 upgrade guide; notes of release 2.0.0-preview1",
    ),
    _fact(
        "Install-Module|Install-PSResource|Update-Module|Install-PackageProvider|Save-Module",
        Verdict.ADVICE,
        "downloads whatever version is newest, in every job. Put the module with its version into the runtime "
        "environment: extra_packages",
        "Runtime environment in Azure Automation",
    ),
    _fact(
        r"Connect-(?:Mg)?Graph|Disconnect-(?:Mg)?Graph|Invoke-(?:Mg)?GraphRequest|"
        r"(?:Get|Set|New|Remove|Update|Add|Invoke|Send|Revoke|Select|Confirm|Restore)-Mg\w+",
        Verdict.ADVICE,
        "belongs to Microsoft Graph PowerShell, which the runtime environment has only where extra_packages names it, and "
        "whose assemblies clash with ExchangeOnlineManagement in one session. " + GRAPH_CALL,
        "msgraph-sdk-powershell issue 3394: seen in September 2026 with Microsoft.Graph 2.40.0 and ExchangeOnlineManagement "
        "3.10.1 on PowerShell 7.6, in either order and with the same version of Microsoft.Identity.Client in both",
    ),
    _fact(
        r"Connect-AzAccount|Disable-AzContextAutosave|(?:Get|Set|New|Remove|Select|Start|Stop|Invoke)-Az(?!ure)[A-Z]\w+",
        Verdict.ADVICE,
        "belongs to the module Az, which the runtime environment has only where extra_packages names it. The script "
        "needs no Az to sign in to Exchange: Connect-ExchangeOnline -ManagedIdentity does",
        "Runtime environment in Azure Automation: default packages",
        "az",
    ),
    _fact(
        "Connect-(?:PnPOnline|SPOService|MicrosoftTeams)",
        Verdict.ADVICE,
        "belongs to a module that the runtime environment has only where extra_packages names it",
        "Runtime environment in Azure Automation: default packages",
    ),
)
"""Commands, checked in this order; the first row that fits counts."""

EXCHANGE_SERVER: tuple[CommandFact, ...] = (
    _fact(
        "(?:Search|New)-AdminAuditLog(?:Search)?",
        Verdict.FAILS,
        "is retired in Exchange Online. Use Search-UnifiedAuditLog",
        "Search-AdminAuditLog's own page, a copy of August 2026: only in on-premises Exchange; aka.ms/AdminAuditCmdletBlog",
    ),
    _fact(
        "Search-Mailbox|(?:Get|New|Set|Start|Stop|Remove)-MailboxSearch",
        Verdict.FAILS,
        "is retired in Exchange Online. Use the compliance searches of Microsoft Purview",
        "The cmdlets' own pages: *-MailboxSearch retired since October 2020, Search-Mailbox only in on-premises Exchange",
    ),
    _fact(
        "(?:Get|New|Set|Remove|Test)-ClientAccessRule",
        Verdict.FAILS,
        "belongs to client access rules, which Exchange Online ended in September 2025. Use Conditional Access",
        "The cmdlets' own pages (learn.microsoft.com/powershell/module/exchangepowershell), a copy of August 2026",
    ),
    _fact(
        "(?:Get|New|Set|Remove)-DlpPolicy|(?:Export|Import)-DlpPolicyCollection",
        Verdict.FAILS,
        "is retired in Exchange Online. Use the DlpCompliancePolicy cmdlets of Security & Compliance PowerShell",
        "The cmdlets' own pages, a copy of August 2026",
    ),
    _fact(
        "(?:Get|Set|New|Remove|Enable|Disable|Test|Start|Stop|Suspend|Resume|Restore|Export|Import|Update|Add|Clean|Connect|Mount|"
        "Dismount|Search)-(?:Exchange(?:Server|Certificate|DiagnosticInfo)|MailboxDatabase(?:CopyStatus)?|MailboxServer|"
        "ClientAccess(?:Server|Service)|(?:Frontend)?TransportServ(?:er|ice)|(?:Send|Receive)Connector|RemoteMailbox|"
        "MailboxExportRequest|MessageTracking(?:Log|Report)|ADPermission|DatabaseAvailabilityGroup|UMMailbox|"
        "(?:ActiveSync|Autodiscover|Ecp|Mapi|Oab|Owa|PowerShell|WebServices)VirtualDirectory)|Connect-Mailbox|Set-ADServerSettings",
        Verdict.FAILS,
        "exists in Exchange Server alone; a session of Exchange Online does not have it",
        "The cmdlets' own pages: available only in on-premises Exchange; a copy of August 2026",
    ),
    _fact(
        "(?:Get|Suspend|Resume|Retry)-Queue|Get-ServerHealth",
        Verdict.ADVICE,  # Other modules have commands of these names.
        "exists in Exchange Server, and a session of Exchange Online does not have it",
        "The cmdlets' own pages: available only in on-premises Exchange; a copy of August 2026",
    ),
)
"""Cmdlets that Exchange Server has and Exchange Online lacks; a script with a session of Exchange Server may use them."""

ASKS_FOR_CONFIRMATION = re.compile(
    r"(?i)Disconnect-ExchangeOnline|Disable-(?:Mailbox|MailUser|MailContact|MailPublicFolder|DistributionGroup|App|[a-z]+Rule)|"
    r"Add-RecipientPermission|Update-(?:DistributionGroup|RoleGroup)Member|Clear-MobileDevice|(?:Complete|Stop)-MigrationBatch|"
    r"Delete-QuarantineMessage|New-ComplianceSearchAction|Remove-(?:Mailbox|MailboxPermission|MailboxFolderPermission|"
    r"RecipientPermission|DistributionGroup(?:Member)?|DynamicDistributionGroup|InboxRule|TransportRule|JournalRule|MailContact|"
    r"MailUser|MobileDevice|PublicFolder(?:ClientPermission)?|RoleGroup(?:Member)?|ManagementRole(?:Assignment|Entry)?|"
    r"ManagementScope|MigrationBatch|MigrationUser|MoveRequest|RetentionPolicy(?:Tag)?|AddressList|(?:In|Out)boundConnector|"
    r"AcceptedDomain|RemoteDomain|ComplianceSearch(?:Action)?)"
)
"""Cmdlets with a built-in pause.

Source: -Confirm on the cmdlets' own pages, a copy of August 2026. The pages say the same of every Remove cmdlet; published runbooks
run Remove-TenantAllowBlockListItems and Remove-CalendarEvents without it, so the table lacks those two. Seen in jobs: "A command that prompts the user failed because the
host program or the command type does not support user interaction" (PnP-PowerShell issue 2527, azure-powershell issue 13350).
"""

GRAPH_MODULES = re.compile(r"(?i)microsoft\.graph(?:\..*)?")
KNOWN_MODULES = re.compile(
    r"(?i)ExchangeOnlineManagement|PackageManagement|PowerShellGet|Orchestrator\.AssetManagement\.Cmdlets|"
    r"Microsoft\.PowerShell\..*|CimCmdlets|Microsoft\.WSMan\.Management|ThreadJob"
)
"""Modules of every runtime environment that the components create, and of PowerShell itself.

Source: "Runtime environment in Azure Automation" and "about_Modules" on learn.microsoft.com.
"""

RUN_AS_CONNECTION = "azurerunasconnection"
"""Name of the connection of Run As accounts, which are retired since 30 September 2023.

Source: learn.microsoft.com/azure/site-recovery/how-to-migrate-run-as-accounts-managed-identity.
"""

SMTP_HOSTS = frozenset({"smtp.office365.com", "smtp-legacy.office365.com"})
REMOTE_POWERSHELL = re.compile(
    r"(?i)(?:outlook\.office(?:365)?\.com|ps\.outlook\.com|ps\.compliance\.protection\.outlook\.com)/powershell"
)
"""Addresses of remote PowerShell, which ended in October 2023 ("Deprecation of Remote PowerShell in Exchange Online")."""
EWS = re.compile(r"(?i)/ews/exchange\.asmx|Microsoft\.Exchange\.WebServices")
EXCHANGE_NOUNS = re.compile(
    r"(?i)exo\w+|mailbox(?:permission|statistics|folder\w*|[a-z]+configuration|extendedproperty|location|plan|"
    r"restorerequest\w*|userconfiguration|auditbypassassociation)?|casmailbox|recipientpermission|distributiongroup(?:member)?|dynamicdistributiongroup|"
    r"transportrule|inboxrule|mailcontact|mailuser|calendarprocessing|organizationconfig|accepteddomain|messagetracev2"
)
"""Nouns of cmdlets that only a session of Exchange Online has."""
SHARED_NOUNS = re.compile(
    r"(?i)user|group|contact|recipient|serviceprincipal\w*|administrativeunit|rolegroup\w*|managementrole\w*|managementscope|"
    r"mobiledevice\w*|migration\w*|retentionpolicy\w*|authenticationpolicy|addresslist|addressbookpolicy|remotedomain|"
    r"historicalsearch|clutter"
)
"""Nouns of cmdlets that Exchange Online has, and that modules of other services may have."""

JOB_MARKS = re.compile(
    r"(?i)PSPrivateMetadata|AUTOMATION_ASSET_ACCOUNTID|UserInteractive|IDENTITY_ENDPOINT|AZUREPS_HOST_ENVIRONMENT|"
    r"\$Host\.Name|Environment(?:Type)?\b|MyInvocation|\binteractive"
)
"""What a condition contains that tells a job from a person's session."""
