"""Checks how a script opens and closes its sessions of Exchange Online and of Security & Compliance.

Sources: "App-only authentication for unattended scripts in Exchange Online PowerShell", "Use Azure managed identities to
connect to Exchange Online PowerShell", the parameters of Connect-ExchangeOnline and Connect-IPPSSession, all on
learn.microsoft.com.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple, Optional

from exchange_automation.catalog import cmdlet_roles, powershell_commands
from exchange_automation.catalog.clouds import PUBLIC, clouds_of
from exchange_automation.catalog.script_facts import COMMANDS, EXCHANGE_NOUNS, SHARED_NOUNS
from exchange_automation.core.organization import organization_problem
from exchange_automation.runbook.findings import (
    Finding,
    called_functions,
    closest_name,
    has_default_parameters,
    is_conditional,
    is_for_people,
    own_commands,
    runs_always,
)
from exchange_automation.runbook.module_findings import has_known_modules
from exchange_automation.runbook.powershell import Command, Kind, Script, Token

_PARAMETERS = frozenset(
    {
        *("accesstoken", "appid", "certificate", "certificatefilepath", "certificatepassword", "certificatethumbprint"),
        *("azureadauthorizationendpointuri", "bypassmailboxanchoring", "commandname", "connectionuri", "credential"),
        *("delegatedorganization", "device", "disablewam", "enableerrorreporting", "enablesearchonlysession"),
        *(
            "exchangeenvironmentname",
            "exomodulebasepath",
            "formattypename",
            "inlinecredential",
            "loadcmdlethelp",
            "logdirectorypath",
        ),
        *("loglevel", "managedidentity", "managedidentityaccountid", "organization", "pagesize", "prefix"),
        *("pssessionoption", "showbanner", "showprogress", "signingcertificate", "skiploadingcmdlethelp"),
        *("skiploadingformatdata", "trackperformance", "usemultithreading", "userprincipalname", "userpssession"),
    }
)
_CONNECTS = ("connect-exchangeonline", "connect-ippssession")
_APP_ONLY = ("managedidentity", "certificate", "certificatefilepath", "certificatethumbprint", "accesstoken")
_PERSON = ("credential", "userprincipalname", "inlinecredential", "device")
_OTHER_WAYS = re.compile(
    r"(?i)[a-z]+-\w*(?:exchange|exo|office|o365|m365|365|ippssession|pssession)\w*|.*\.ps1|.*Login.*|Connect-\w+"
)
_OTHER_SERVICES = re.compile(
    r"(?i)(?:dis)?connect-(?:az\w*|mg\w*|msolservice|microsoftteams|pnponline|sposervice|powerbi\w*|viserver|wsman|pssession|mailbox)"
)
"""Commands that open and close sessions of other services; a session of Exchange Online they do not open."""
_OTHER_COMMANDS = re.compile(
    r"(?i)invoke-(?:restmethod|webrequest)|i[rw][mr]|(?:import|export|open|close)-excel\w*|"
    r"(?:get|set|new|remove|add|move|enable|disable|unlock|search)-ad(?:user|group|computer|object|organizationalunit|principal|"
    r"account|domain|forest)\w*|(?:get|set|new|remove|add|grant|revoke)-(?:spo|pnp|team)\w+"
)
"""Other commands that open no session of Exchange Online."""
_RUNS_TEXT = re.compile(
    r"(?i)\b(?:function|alias):[\\/\w]|\[(?:scriptblock|powershell)\]|\.Invoke(?:Script|Command)?\b|\.AddScript\b"
)
"""What a script contains that defines commands, or runs code, in a way that is not read."""
_RUNS_OTHER_CODE = frozenset(
    {
        *("invoke-expression", "iex", "invoke-command", "icm", "invoke-history", "ihy", "add-pssnapin", "asnp"),
        *("set-alias", "sal", "new-alias", "nal", "import-alias", "ipal"),
    }
)
"""Commands that run other code, bring other commands, or give commands other names."""
_EXCHANGE_CMDLET = re.compile(
    rf"(?i)(?:get|set|new|remove|add|enable|disable|search|start)-(?:{EXCHANGE_NOUNS.pattern.removeprefix('(?i)')})"
)


class _Connection(NamedTuple):
    """A command that opens a session.

    Attributes:
        command: The command.
        given: Its parameters by their full names in lower case, with the value where it is known.
        is_open: Whether the script computes arguments or sets defaults, so that other parameters may be given.
    """

    command: Command
    given: dict[str, Optional[Token]]
    is_open: bool

    @property
    def is_exchange(self) -> bool:
        """Whether the session is one of Exchange Online, and not of Security & Compliance."""
        return self.command.key == "connect-exchangeonline"

    def has(self, *names: str) -> bool:
        """Whether one of the parameters is given."""
        return any(name in self.given for name in names)


def check_sessions(script: Script, *, user_assigned: bool) -> Iterator[Finding]:
    """Finds sessions that a job cannot open, that go to the wrong tenant or cloud, or that stay open.

    Args:
        script: The script.
        user_assigned: Whether the account has a user-assigned identity alone.

    Yields:
        The findings.
    """
    own = own_commands(script)
    connections = [
        _connection(script, command)
        for command in script.commands
        if command.key in _CONNECTS and command.key not in own
    ]
    if not connections:
        yield from _never_opened(script, own)
        return
    exchange = [opened for opened in connections if opened.is_exchange]
    is_unattended = any(opened.has(*_APP_ONLY) or opened.is_open for opened in connections)
    is_needed = _needs_connection(script, own) and not any(opened.has(*_PERSON) for opened in connections)
    called = called_functions(script, always=True)
    for connection in connections:
        is_certain = runs_always(connection.command, called)
        must_open = connection.is_exchange and is_needed and not is_unattended
        yield from _identity(script, connection, is_unattended=is_unattended, is_certain=is_certain or must_open)
        yield from _remote_powershell(script, connection)
        if connection.is_exchange:
            line = script.line(connection.command.start)
            for message in _tenant(script, connection, user_assigned=user_assigned):
                yield Finding(line, message, is_certain)
            yield from _organization(script, connection)
    called = called_functions(script, always=False)
    # Functions that nothing calls belong to the runbook that dot-sources this one.
    runs = any(opened.command.function is None or opened.command.function.lower() in called for opened in exchange)
    if runs and not any(_closes(command.key) for command in script.commands):
        yield Finding(
            script.line(exchange[-1].command.start),
            "the session is never closed: sessions are few and time out late. End with Disconnect-ExchangeOnline "
            "-Confirm:$false, in a finally block",
            fails=False,
        )


def _connection(script: Script, command: Command) -> _Connection:
    given: dict[str, Optional[Token]] = {}
    is_open = has_default_parameters(script)
    for name, value in command.parameters():
        if (full := closest_name(name, _PARAMETERS)) and not _is_off(value):
            given[full] = value
    for variable in command.splats:
        table = script.table(variable)
        # Where entries may be added to the table, it tells what is given and not what is missing.
        is_open = is_open or table is None or script.mentions(variable) > 1
        for name, value in (table or {}).items():
            if (full := closest_name(name, _PARAMETERS)) and not _is_off(value):
                given[full] = value
    return _Connection(command, given, is_open)


def _is_off(value: Optional[Token]) -> bool:
    """Whether a switch is given as ``$false``."""
    return value is not None and value.kind is Kind.VARIABLE and value.text.lower() == "false"


def _closes(name: str) -> bool:
    """Whether a command closes a session of Exchange Online; Remove-PSSession does not."""
    return name.startswith("disconnect-") and not _OTHER_SERVICES.fullmatch(name)


def _is_exchange_cmdlet(command: Command) -> bool:
    name = command.name or ""
    return _EXCHANGE_CMDLET.fullmatch(name) is not None or cmdlet_roles.find_row(name) is not None


def _is_exchange_alone(command: Command) -> bool:
    """Whether it is a cmdlet of Exchange, with a name that no other module is likely to have."""
    return _is_exchange_cmdlet(command) and not SHARED_NOUNS.fullmatch((command.name or "").partition("-")[2])


def _may_connect(command: Command, own: Collection[str]) -> bool:
    """Whether a command of another module or script may open the session."""
    name = command.name
    if name is None:
        return True
    if command.key in own or command.key in (*_CONNECTS, "disconnect-exchangeonline") or _is_exchange_cmdlet(command):
        return False
    return _OTHER_WAYS.fullmatch(name) is not None and not _OTHER_SERVICES.fullmatch(name)


def _opens_nothing(command: Command, own: Collection[str]) -> bool:
    """Whether it is known that a command opens no session of Exchange Online, or opens it as ``connections`` has it."""
    name = command.key
    if name in own or name in (*_CONNECTS, "disconnect-exchangeonline") or _is_exchange_cmdlet(command):
        return True
    if not name or name in _RUNS_OTHER_CODE or _may_connect(command, own):
        return False
    is_known = name in powershell_commands.WITHOUT_PERMISSION or name in cmdlet_roles.WITHOUT_ROLE
    patterns = (_OTHER_SERVICES, _OTHER_COMMANDS, *(row.names for row in COMMANDS))
    return is_known or any(pattern.fullmatch(name) for pattern in patterns)


def _needs_connection(script: Script, own: Collection[str]) -> bool:
    """Whether every job needs a session of Exchange Online, and only the commands of ExchangeOnlineManagement can open it."""
    called = called_functions(script, always=True)
    is_used = any(
        runs_always(command, called) and _is_exchange_alone(command) and command.key not in own
        for command in script.commands
    )
    return (
        is_used
        and all(_opens_nothing(command, own) for command in script.commands)
        and has_known_modules(script)
        and not _RUNS_TEXT.search(script.text)
    )


def _never_opened(script: Script, own: Collection[str]) -> Iterator[Finding]:
    is_used = any(_is_exchange_cmdlet(command) and command.key not in own for command in script.commands)
    if not is_used or any(
        command.key == "disconnect-exchangeonline" or _may_connect(command, own) for command in script.commands
    ):
        return
    message = "Connect-ExchangeOnline is never called, so the session has no Exchange cmdlets"
    yield Finding(1, message, _needs_connection(script, own))


def _remote_powershell(script: Script, connection: _Connection) -> Iterator[Finding]:
    """Finds a switch for sessions that Exchange Online no longer has."""
    if connection.has("userpssession"):
        yield Finding(
            script.line(connection.command.start),
            "-UseRPSSession asks for remote PowerShell, which ended in October 2023. Remove it",
            not is_conditional(connection.command),
        )


def _identity(script: Script, connection: _Connection, *, is_unattended: bool, is_certain: bool) -> Iterator[Finding]:
    command, line = connection.command, script.line(connection.command.start)
    is_compliance = not connection.is_exchange
    if is_compliance and connection.has("managedidentity"):
        yield Finding(
            line,
            "Connect-IPPSSession does not work with a managed identity. Give a certificate, or -AccessToken with "
            "ExchangeOnlineManagement 3.8.0 or later",
            is_certain,
        )
        return
    # Only jobs use credentials that Azure Automation keeps.
    is_for_jobs = connection.has("credential") and any(
        other.key == "get-automationpscredential" for other in script.commands
    )
    is_by_hand = not is_for_jobs and (is_for_people(script, command) or (is_unattended and is_conditional(command)))
    if connection.has(*_APP_ONLY) or connection.is_open or is_by_hand:
        return
    if connection.has(*_PERSON):
        yield Finding(line, f"{command.name} signs in as a person, whose password it would need", fails=False)
    elif is_compliance:
        yield Finding(
            line,
            "Connect-IPPSSession does not work with a managed identity and asks for a person to sign in. Give a "
            "certificate, or -AccessToken with ExchangeOnlineManagement 3.8.0 or later",
            is_certain,
        )
    else:
        yield Finding(line, f"{command.name} without -ManagedIdentity asks for a person to sign in", is_certain)


def _tenant(script: Script, connection: _Connection, *, user_assigned: bool) -> Iterator[str]:
    """Yields messages about what lets a session fail, or go to the wrong place."""
    if not connection.has(*_APP_ONLY) or connection.is_open:
        return
    if not connection.has("organization", "delegatedorganization") and not (
        connection.has("accesstoken") and connection.has("userprincipalname")
    ):
        yield "Connect-ExchangeOnline without -Organization cannot find the tenant"
    organization = script.value(connection.given.get("organization"))
    clouds = clouds_of(organization or "")
    if clouds and PUBLIC not in clouds and not connection.has("exchangeenvironmentname", "connectionuri"):
        environments = " or ".join(cloud.exchange_environment for cloud in clouds)
        yield (
            f'-Organization "{organization}" belongs to a national cloud, and without -ExchangeEnvironmentName the '
            f"session goes to the public one. Give -ExchangeEnvironmentName {environments}"
        )
    if user_assigned and connection.has("managedidentity") and not connection.has("managedidentityaccountid"):
        yield (
            "the account has a user-assigned identity, and Connect-ExchangeOnline without -ManagedIdentityAccountId "
            "asks for the system-assigned one. Give the client id of the identity"
        )


def _organization(script: Script, connection: _Connection) -> Iterator[Finding]:
    """Finds an organization that is not the initial domain of a tenant."""
    organization = script.value(connection.given.get("organization"))
    if connection.has(*_APP_ONLY) and organization is not None and organization_problem(organization) is not None:
        yield Finding(
            script.line(connection.command.start),
            f'-Organization "{organization}" is not the initial domain of a tenant: reads may work, and Set-Mailbox or '
            "Enable-Mailbox fail with INSUFF_ACCESS_RIGHTS. Give the *.onmicrosoft.com domain",
            fails=False,
        )
