"""The management roles that have the cmdlets of Exchange Online: one row for each group of cmdlets, with its source.

A cmdlet that no row has is unknown, and never one that needs nothing. The rows know cmdlets, not parameters: a role may
have a cmdlet without a parameter that a script uses, such as -LitigationHoldEnabled of Set-Mailbox (Legal Hold).
``Get-ManagementRole -Cmdlet <name>`` in a tenant is the truth.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Optional

from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES
from exchange_automation.catalog.management_roles import directory_roles_with
from exchange_automation.catalog.sources import Source

_READ = dt.date(2026, 11, 25)

FEATURES = Source(
    "https://learn.microsoft.com/exchange/permissions-exo/feature-permissions",
    _READ,
    "Features with the role groups that manage them; a copy of July 2021.",
)
ROLE_PAGES = Source(
    "https://learn.microsoft.com/exchange/built-in-management-roles-exchange-2013-help",
    _READ,
    "The page of each management role says what it manages; copies of July 2021, written for Exchange Server, whose role names "
    "Exchange Online has.",
)
RESOURCE_LISTS = Source(
    "https://microsoft.github.io/Microsoft365DSC/",
    _READ,
    "The management roles that Microsoft365DSC lists for each of its resources (settings.json), an open-source project of "
    "Microsoft's; October 2024, and for permissions of mailboxes February 2026.",
)
APP_ONLY = Source(
    "https://learn.microsoft.com/powershell/exchange/app-only-auth-powershell-v2",
    _READ,
    "How a service principal becomes a member of a role group; a copy of August 2026.",
)
AUDIT = Source(
    "https://learn.microsoft.com/purview/audit-search",
    _READ,
    "As public pages quote it: searching needs View-Only Audit Logs or Audit Logs, switching the log on needs Audit Logs.",
)
SOURCES: tuple[Source, ...] = (FEATURES, ROLE_PAGES, RESOURCE_LISTS, APP_ONLY, AUDIT)


class Row(NamedTuple):
    """Cmdlets that the same management roles have.

    Attributes:
        cmdlets: Their names, as Microsoft writes them.
        roles: Management roles of which one is enough, the narrowest first.
        source: The page that the row comes from.
        inferred: Whether the page names neither the cmdlets nor their subject together with these roles.
    """

    cmdlets: tuple[str, ...]
    roles: tuple[str, ...]
    source: Source
    inferred: bool = False


def _row(verbs: str, nouns: str, roles: str, source: Source, *, inferred: bool = False) -> Row:
    cmdlets = tuple(f"{verb}-{noun}" for noun in nouns.split() for verb in verbs.split())
    return Row(cmdlets, tuple(roles.split("; ")), source, inferred)


_HYGIENE = (
    "AntiPhishPolicy MalwareFilterPolicy HostedContentFilterPolicy HostedOutboundSpamFilterPolicy SafeLinksPolicy "
    "SafeAttachmentPolicy QuarantinePolicy"
)
_HYGIENE_RULES = "AntiPhishRule MalwareFilterRule HostedContentFilterRule HostedOutboundSpamFilterRule SafeLinksRule SafeAttachmentRule"
_SETTINGS = (
    "MailboxAutoReplyConfiguration MailboxRegionalConfiguration MailboxCalendarConfiguration MailboxCalendarFolder "
    "MailboxJunkEmailConfiguration MailboxMessageConfiguration CalendarProcessing Clutter FocusedInbox"
)

ROWS: tuple[Row, ...] = (
    # Recipients
    _row(
        "Get",
        "Mailbox MailUser MailContact Recipient",
        "View-Only Recipients; Mail Recipients; Mail Recipient Creation",
        ROLE_PAGES,
    ),
    _row("Get", "User Contact Group CASMailbox", "View-Only Recipients; Mail Recipients", ROLE_PAGES, inferred=True),
    _row(
        "Get",
        "EXOMailbox EXORecipient EXOCasMailbox EXOMailboxPermission EXORecipientPermission EXOMailboxFolderPermission "
        "EXOMailboxStatistics EXOMailboxFolderStatistics EXOMobileDeviceStatistics",
        "View-Only Recipients; Mail Recipients",
        ROLE_PAGES,
        inferred=True,
    ),
    _row(
        "Get",
        "MailboxStatistics MailboxFolderStatistics MailboxFolderPermission MailboxLocation MobileDevice MobileDeviceStatistics",
        "View-Only Recipients; Mail Recipients",
        ROLE_PAGES,
        inferred=True,
    ),
    _row("Get", "MailboxPermission RecipientPermission", "View-Only Recipients; Mail Recipients", RESOURCE_LISTS),
    _row("Set", "Mailbox MailUser MailContact", "Mail Recipients", ROLE_PAGES),
    _row("Enable", "Mailbox", "Mail Recipients", ROLE_PAGES),
    _row("Disable", "Mailbox", "Mail Recipients", ROLE_PAGES, inferred=True),
    _row("Set", "CASMailbox", "Mail Recipients; User Options", RESOURCE_LISTS),
    _row("Set", "User Contact", "Mail Recipients", ROLE_PAGES, inferred=True),
    _row("New", "Mailbox MailUser MailContact", "Mail Recipient Creation", ROLE_PAGES),
    _row("Remove", "Mailbox MailUser MailContact", "Mail Recipient Creation", ROLE_PAGES, inferred=True),
    _row("Undo", "SoftDeletedMailbox", "Mail Recipient Creation", ROLE_PAGES, inferred=True),
    _row("Add Remove", "MailboxPermission RecipientPermission", "Mail Recipients", RESOURCE_LISTS),
    _row("Add Set Remove", "MailboxFolderPermission", "Mail Recipients", RESOURCE_LISTS, inferred=True),
    _row(
        "Get",
        f"{_SETTINGS} InboxRule",
        "View-Only Recipients; User Options; Mail Recipients",
        ROLE_PAGES,
        inferred=True,
    ),
    _row("Set", _SETTINGS, "User Options; Mail Recipients", RESOURCE_LISTS, inferred=True),
    _row("New Set Remove Enable Disable", "InboxRule", "User Options; Mail Recipients", ROLE_PAGES, inferred=True),
    _row("Remove Clear", "MobileDevice", "User Options; Mail Recipients", FEATURES, inferred=True),
    _row("Start", "ManagedFolderAssistant", "Mail Recipients; Retention Management", FEATURES, inferred=True),
    # Groups
    _row("Get", "DistributionGroup DynamicDistributionGroup", "View-Only Recipients; Distribution Groups", ROLE_PAGES),
    _row(
        "Get",
        "DistributionGroupMember DynamicDistributionGroupMember UnifiedGroup UnifiedGroupLinks",
        "View-Only Recipients; Distribution Groups",
        ROLE_PAGES,
        inferred=True,
    ),
    _row("New", "DistributionGroup", "Distribution Groups; Mail Recipient Creation", ROLE_PAGES),
    _row("Set Remove", "DistributionGroup", "Distribution Groups", ROLE_PAGES),
    _row("Add Remove Update", "DistributionGroupMember", "Distribution Groups", ROLE_PAGES),
    _row("New", "DynamicDistributionGroup", "Mail Recipient Creation", ROLE_PAGES),
    _row("Set Remove", "DynamicDistributionGroup", "Distribution Groups", FEATURES, inferred=True),
    _row("Set", "UnifiedGroup", "Mail Recipients; Distribution Groups", FEATURES, inferred=True),
    # Policies of recipients
    _row("New Set Remove", "MobileDeviceMailboxPolicy OwaMailboxPolicy", "Recipient Policies", ROLE_PAGES),
    _row(
        "Get",
        "MobileDeviceMailboxPolicy OwaMailboxPolicy",
        "View-Only Configuration; Recipient Policies",
        RESOURCE_LISTS,
    ),
    _row(
        "New Set Remove",
        "AuthenticationPolicy",
        "Recipient Policies; Organization Configuration",
        RESOURCE_LISTS,
        inferred=True,
    ),
    _row(
        "Get",
        "AuthenticationPolicy",
        "View-Only Configuration; Recipient Policies; Organization Configuration",
        RESOURCE_LISTS,
    ),
    _row("New Set Remove", "RetentionPolicy RetentionPolicyTag", "Retention Management", ROLE_PAGES),
    _row(
        "Get",
        "RetentionPolicy RetentionPolicyTag",
        "View-Only Configuration; Retention Management",
        ROLE_PAGES,
        inferred=True,
    ),
    _row("New Set Remove", "EmailAddressPolicy", "E-Mail Address Policies", ROLE_PAGES),
    _row(
        "New Set Remove",
        "AddressList GlobalAddressList OfflineAddressBook AddressBookPolicy",
        "Address Lists",
        ROLE_PAGES,
    ),
    # Moving mailboxes and content
    _row("Get New Set Start Stop Complete Remove", "MigrationBatch MigrationUser", "Migration", ROLE_PAGES),
    _row("New Set Remove", "MigrationEndpoint", "Migration", ROLE_PAGES),
    _row("Get New Set Remove Suspend Resume", "MoveRequest", "Move Mailboxes", ROLE_PAGES),
    _row(
        "Get New Set Remove Suspend Resume",
        "MailboxImportRequest MailboxExportRequest",
        "Mailbox Import Export",
        ROLE_PAGES,
    ),
    # Mail flow
    _row("New Set Enable Disable Remove", "TransportRule", "Transport Rules; Data Loss Prevention", ROLE_PAGES),
    _row(
        "Get",
        "TransportRule",
        "View-Only Configuration; Security Reader; Security Admin; Transport Rules; Data Loss Prevention",
        RESOURCE_LISTS,
    ),
    _row(
        "New Set Remove",
        "InboundConnector OutboundConnector RemoteDomain",
        "Remote and Accepted Domains",
        RESOURCE_LISTS,
    ),
    _row("Set", "AcceptedDomain", "Remote and Accepted Domains", ROLE_PAGES),
    _row(
        "Get",
        "InboundConnector OutboundConnector RemoteDomain",
        "View-Only Configuration; Remote and Accepted Domains",
        RESOURCE_LISTS,
    ),
    _row(
        "Get",
        "AcceptedDomain",
        "View-Only Configuration; Mail Recipients; Distribution Groups; Retention Management; Remote and Accepted Domains",
        RESOURCE_LISTS,
    ),
    _row("Set", "TransportConfig", "Organization Transport Settings", ROLE_PAGES),
    _row(
        "Get",
        "TransportConfig",
        "View-Only Configuration; Journaling; Organization Transport Settings",
        RESOURCE_LISTS,
    ),
    _row("New Set Enable Disable Remove", "JournalRule", "Journaling", ROLE_PAGES),
    _row("Get", "JournalRule", "View-Only Configuration; Compliance Admin; Journaling", RESOURCE_LISTS),
    _row(
        "Get",
        "MessageTrace MessageTraceDetail MessageTraceV2 MessageTraceDetailV2 HistoricalSearch",
        "View-Only Recipients; Message Tracking",
        FEATURES,
        inferred=True,
    ),
    _row("Start", "HistoricalSearch", "Message Tracking", FEATURES, inferred=True),
    # Protection
    _row("New Set Remove", _HYGIENE, "Transport Hygiene; Security Admin", RESOURCE_LISTS),
    _row("New Set Enable Disable Remove", _HYGIENE_RULES, "Transport Hygiene; Security Admin", RESOURCE_LISTS),
    _row("Set", "HostedConnectionFilterPolicy", "Transport Hygiene; Security Admin", RESOURCE_LISTS),
    _row("New Set", "DkimSigningConfig", "Transport Hygiene; Security Admin", RESOURCE_LISTS),
    _row("Rotate", "DkimSigningConfig", "Transport Hygiene; Security Admin", FEATURES, inferred=True),
    _row(
        "Get",
        f"{_HYGIENE} {_HYGIENE_RULES} HostedConnectionFilterPolicy DkimSigningConfig",
        "View-Only Configuration; Security Reader; Transport Hygiene; Security Admin",
        RESOURCE_LISTS,
    ),
    _row(
        "New Set Remove",
        "TenantAllowBlockListItems TenantAllowBlockListSpoofItems",
        "Transport Hygiene; Security Admin",
        FEATURES,
        inferred=True,
    ),
    _row(
        "Get",
        "TenantAllowBlockListItems TenantAllowBlockListSpoofItems QuarantineMessage",
        "Security Reader; Transport Hygiene; Security Admin",
        FEATURES,
        inferred=True,
    ),
    _row("Release Delete Preview", "QuarantineMessage", "Transport Hygiene; Security Admin", FEATURES, inferred=True),
    # The organization
    _row("Set", "OrganizationConfig", "Organization Configuration", ROLE_PAGES),
    _row(
        "Get",
        "OrganizationConfig",
        "View-Only Configuration; Mail Recipients; Distribution Groups; Recipient Policies; Team Mailboxes; Mail Tips; "
        "Public Folders; Federated Sharing; Compliance Admin; Remote and Accepted Domains; Organization Configuration",
        RESOURCE_LISTS,
    ),
    _row("New Set Remove", "ApplicationAccessPolicy", "Organization Configuration", RESOURCE_LISTS),
    _row("Get", "ApplicationAccessPolicy", "View-Only Configuration; Organization Configuration", RESOURCE_LISTS),
    _row("New Set Remove", "ActiveSyncDeviceAccessRule", "Organization Client Access", RESOURCE_LISTS),
    _row("Get", "ActiveSyncDeviceAccessRule", "View-Only Configuration; Organization Client Access", RESOURCE_LISTS),
    _row("New Set Remove", "OrganizationRelationship SharingPolicy", "Federated Sharing", ROLE_PAGES),
    _row("Get", "OrganizationRelationship SharingPolicy", "View-Only Configuration; Federated Sharing", RESOURCE_LISTS),
    _row("Add Set Remove", "AvailabilityAddressSpace", "Federated Sharing", RESOURCE_LISTS),
    _row("Set", "IRMConfiguration", "Information Rights Management", RESOURCE_LISTS),
    _row("Get", "IRMConfiguration", "View-Only Configuration; Information Rights Management", RESOURCE_LISTS),
    # Public folders
    _row("New Set Remove", "PublicFolder", "Public Folders", ROLE_PAGES),
    _row("Add Remove", "PublicFolderClientPermission", "Public Folders", ROLE_PAGES, inferred=True),
    _row("Enable Disable Set", "MailPublicFolder", "Mail Enabled Public Folders", ROLE_PAGES),
    _row(
        "Get",
        "PublicFolder PublicFolderStatistics PublicFolderClientPermission",
        "Public Folders",
        ROLE_PAGES,
        inferred=True,
    ),
    # Permissions in Exchange itself
    _row(
        "New Set Remove",
        "RoleGroup ManagementRole ManagementScope ManagementRoleAssignment",
        "Role Management",
        ROLE_PAGES,
    ),
    _row("Add Remove Update", "RoleGroupMember", "Role Management", ROLE_PAGES),
    _row("Add Set Remove", "ManagementRoleEntry", "Role Management", ROLE_PAGES),
    _row(
        "Get",
        "RoleGroup ManagementRole ManagementRoleAssignment ManagementRoleEntry",
        "View-Only Configuration; Role Management",
        RESOURCE_LISTS,
    ),
    _row(
        "Get", "RoleGroupMember ManagementScope", "View-Only Configuration; Role Management", ROLE_PAGES, inferred=True
    ),
    _row("New Set Remove Get", "ServicePrincipal", "Role Management", APP_ONLY, inferred=True),
    _row("Test", "ServicePrincipalAuthorization", "Role Management", APP_ONLY, inferred=True),
    _row("Get", "AdministrativeUnit", "View-Only Configuration; Role Management", APP_ONLY, inferred=True),
    # The audit log
    _row("Search", "UnifiedAuditLog", "View-Only Audit Logs; Audit Logs", AUDIT),
    _row("Set", "AdminAuditLogConfig", "Audit Logs", AUDIT),
    _row("Get", "AdminAuditLogConfig", "View-Only Audit Logs; Audit Logs", AUDIT, inferred=True),
    _row("Set", "MailboxAuditBypassAssociation", "Audit Logs", RESOURCE_LISTS),
)

MANAGEMENT_ROLES: frozenset[str] = frozenset(role for row in ROWS for role in row.roles)
"""Management roles whose cmdlets the rows know."""

WITHOUT_ROLE: frozenset[str] = frozenset(
    {"connect-exchangeonline", "disconnect-exchangeonline", "get-connectioninformation"}
)
"""Cmdlets of ExchangeOnlineManagement that open, close and list sessions, in lower case."""

_BY_CMDLET: Mapping[str, tuple[str, Row]] = {cmdlet.lower(): (cmdlet, row) for row in ROWS for cmdlet in row.cmdlets}


def find_row(cmdlet: str) -> Optional[tuple[str, Row]]:
    """Returns the cmdlet's name as Microsoft writes it, and its row; None where no row has it."""
    return _BY_CMDLET.get(cmdlet.lower())


def directory_roles_for(row: Row) -> frozenset[str]:
    """Returns the directory roles of which one is enough for the cmdlets of a row."""
    return directory_roles_with(frozenset(row.roles))


def are_known(roles: Iterable[str]) -> bool:
    """Returns whether there are roles, and the tables know the powers of all of them."""
    names = {role.name for role in EXCHANGE_ROLES}
    given = set(roles)
    return bool(given) and given <= names
