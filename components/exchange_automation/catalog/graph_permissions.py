"""The application permissions that calls of Microsoft Graph need: by cmdlet of its PowerShell module, and by request.

The rows were written from knowledge of Graph's permissions reference; nobody compared each with the page of its method, so
all are inferred. A call that no row has is unknown, and never one that needs nothing.
"""

import datetime as dt
import re
from typing import NamedTuple, Optional

from exchange_automation.catalog.sources import Source

_REFERENCE = Source(
    "https://learn.microsoft.com/graph/permissions-reference", dt.date(2026, 11, 25), "Not compared row by row."
)
SOURCES: tuple[Source, ...] = (_REFERENCE,)


class GraphRow(NamedTuple):
    """Calls that one application permission allows.

    Attributes:
        permission: A permission that is enough.
        cmdlets: Cmdlets of Microsoft Graph PowerShell, as a pattern of the whole name.
        methods: Methods of the request, as a pattern of the whole word.
        path: The path after the version, as a pattern of the whole path, in lower case.
        source: The page that the row comes from.
        inferred: Whether nobody compared the row with the page.
    """

    permission: str
    cmdlets: "re.Pattern[str]"
    methods: "re.Pattern[str]"
    path: "re.Pattern[str]"
    source: Source = _REFERENCE
    inferred: bool = True


def _row(permission: str, cmdlets: str, methods: str, path: str) -> GraphRow:
    return GraphRow(
        permission,
        re.compile(rf"(?i){cmdlets}"),
        re.compile(rf"(?i){methods}"),
        re.compile(rf"(?i){path}"),
    )


_ONE = "(?:/[^/]+)?"
_PARTS = "(?:/[^/]+(?:/(?:members|owners)(?:/.*)?)?)?"

ROWS: tuple[GraphRow, ...] = (
    _row("Mail.Send", "Send-Mg(?:Beta)?UserMail", "POST", "users/[^/]+/sendmail"),
    _row("Mail.Read", r"Get-MgUser(?:Message|MailFolder)\w*", "GET", "users/[^/]+/(?:messages|mailfolders)(?:/.*)?"),
    _row("Calendars.Read", r"Get-MgUser(?:Event|Calendar)\w*", "GET", "users/[^/]+/(?:events|calendar.*)"),
    _row("MailboxSettings.Read", "Get-MgUserMailboxSetting", "GET", "users/[^/]+/mailboxsettings"),
    _row("AuditLog.Read.All", r"Get-MgAuditLog\w+", "GET", "auditlogs/.*"),
    _row("Reports.Read.All", r"Get-MgReport\w+", "GET", "reports/.*"),
    _row(
        "User.Read.All",
        "Get-Mg(?:Beta)?User(?:MemberOf|Manager|DirectReport|LicenseDetail)?",
        "GET",
        "users(?:/[^/]+(?:/(?:memberof|manager|directreports|licensedetails))?)?",
    ),
    _row("User.ReadWrite.All", "(?:New|Update|Remove)-MgUser|Set-MgUserLicense", "POST|PATCH|DELETE", f"users{_ONE}"),
    _row("Group.Read.All", "Get-MgGroup(?:Member|Owner)?", "GET", f"groups{_PARTS}"),
    _row(
        "Group.ReadWrite.All",
        r"(?:New|Update|Remove)-MgGroup(?:(?:Member|Owner)\w*)?",
        "POST|PATCH|DELETE",
        f"groups{_PARTS}",
    ),
    _row(
        "Application.Read.All",
        "Get-Mg(?:Application|ServicePrincipal)",
        "GET",
        f"(?:applications|serviceprincipals){_ONE}",
    ),
    _row(
        "Organization.Read.All",
        "Get-MgOrganization|Get-MgSubscribedSku",
        "GET",
        f"(?:organization|subscribedskus){_ONE}",
    ),
    _row("Domain.Read.All", "Get-MgDomain", "GET", f"domains{_ONE}"),
    _row("Device.Read.All", "Get-MgDevice", "GET", f"devices{_ONE}"),
    _row("Place.Read.All", r"Get-MgPlace\w*", "GET", "places/.*"),
    _row("Sites.Read.All", r"Get-MgSite\w*", "GET", "sites(?:/.*)?"),
)
"""Rows, checked in this order; the first row that fits counts."""

WITHOUT_PERMISSION = re.compile(
    r"(?i)(?:Connect|Disconnect)-(?:MgGraph|Graph)|Get-MgContext|Select-MgProfile|Set-MgRequestContext|Find-MgGraph\w+"
)
"""Cmdlets of Microsoft Graph PowerShell that sign in, or look up what the module knows."""
REQUESTS = re.compile(
    r"(?i)Invoke-(?:RestMethod|WebRequest|MgGraphRequest|GraphRequest|MgRestMethod)|irm|iwr|curl|wget"
)
"""Commands that send a request to an address."""
_ADDRESS = re.compile(
    r"(?i)(?:https://(?:graph\.microsoft\.(?:com|us)|dod-graph\.microsoft\.us|microsoftgraph\.chinacloudapi\.cn))?"
    r"/?(?:v1\.0|beta)/(?P<path>[^?#\s]*)"
)


def of_cmdlet(name: str) -> Optional[GraphRow]:
    """Returns the row of a cmdlet; None where no row has it."""
    return next((row for row in ROWS if row.cmdlets.fullmatch(name)), None)


def path_of(address: str) -> Optional[str]:
    """Returns the path of a request to Microsoft Graph, after the version, with x for empty parts; None for another address."""
    found = _ADDRESS.fullmatch(address.partition("?")[0].strip())
    # An expression inside a string leaves nothing in its place.
    return "/".join(part or "x" for part in found["path"].lower().split("/")) if found else None


def of_request(method: str, path: str) -> Optional[GraphRow]:
    """Returns the row of a request; None where no row has it."""
    return next((row for row in ROWS if row.methods.fullmatch(method) and row.path.fullmatch(path)), None)
