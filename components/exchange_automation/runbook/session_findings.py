"""Checks how a script opens and closes its sessions of Exchange Online and of Security & Compliance.

Sources: "App-only authentication for unattended scripts in Exchange Online PowerShell", "Use Azure managed identities to
connect to Exchange Online PowerShell", the parameters of Connect-ExchangeOnline and Connect-IPPSSession, all on
learn.microsoft.com.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple, Optional

from exchange_automation.catalog.clouds import PUBLIC, clouds_of
from exchange_automation.catalog.script_facts import EXCHANGE_NOUNS
from exchange_automation.core.organization import organization_problem
from exchange_automation.runbook.findings import (
    Finding,
    closest_name,
    is_conditional,
    is_for_people,
    own_commands,
)
from exchange_automation.runbook.powershell import Command, Script, Token

_PARAMETERS = frozenset(
    {
        *("accesstoken", "appid", "certificate", "certificatefilepath", "certificatepassword", "certificatethumbprint"),
        *("azureadauthorizationendpointuri", "bypassmailboxanchoring", "commandname", "connectionuri", "credential"),
        *("delegatedorganization", "device", "disablewam", "enableerrorreporting", "enablesearchonlysession"),
        *("exchangeenvironmentname", "formattypename", "inlinecredential", "loadcmdlethelp", "logdirectorypath"),
        *("loglevel", "managedidentity", "managedidentityaccountid", "organization", "pagesize", "prefix"),
        *("pssessionoption", "showbanner", "showprogress", "signingcertificate", "skiploadingcmdlethelp"),
        *("skiploadingformatdata", "trackperformance", "usemultithreading", "userprincipalname", "userpssession"),
    }
)
_APP_ONLY = ("managedidentity", "certificate", "certificatefilepath", "certificatethumbprint", "accesstoken")
_PERSON = ("credential", "userprincipalname", "inlinecredential", "device")
_OTHER_WAYS = re.compile(
    r"(?i)[a-z]+-\w*(?:exchange|exo|office|o365|m365|365|ippssession|pssession)\w*|.*\.ps1|.*Login.*|Connect-\w+"
)
_EXCHANGE_CMDLET = re.compile(
    rf"(?i)(?:get|set|new|remove|add|enable|disable|search|start)-(?:{EXCHANGE_NOUNS.pattern.removeprefix('(?i)')})"
)


class _Connection(NamedTuple):
    """A command that opens a session.

    Attributes:
        command: The command.
        given: Its parameters by their full names in lower case, with the value where it is known.
        is_open: Whether arguments are splatted that the script computes, so that others may be given.
    """

    command: Command
    given: dict[str, Optional[Token]]
    is_open: bool

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
    names = [(command.name or "").lower() for command in script.commands]
    connections = [
        _connection(script, command)
        for command, name in zip(script.commands, names, strict=True)
        if name in ("connect-exchangeonline", "connect-ippssession") and name not in own
    ]
    exchange = [opened for opened in connections if (opened.command.name or "").lower() == "connect-exchangeonline"]
    if not exchange:
        yield from _never_opened(script, own)
    is_unattended = any(opened.has(*_APP_ONLY) or opened.is_open for opened in connections)
    for connection in connections:
        yield from _identity(script, connection, is_unattended=is_unattended)
        if connection in exchange:
            yield from _tenant(script, connection, user_assigned=user_assigned)
    if exchange and not any(name.startswith("disconnect-") or name == "remove-pssession" for name in names):
        yield Finding(
            script.line(exchange[-1].command.start),
            "the session is never closed: sessions are few and time out late. End with Disconnect-ExchangeOnline "
            "-Confirm:$false, in a finally block",
            fails=False,
        )


def _connection(script: Script, command: Command) -> _Connection:
    given: dict[str, Optional[Token]] = {}
    is_open = False
    for name, value in command.parameters():
        if full := closest_name(name, _PARAMETERS):
            given[full] = value
    for variable in command.splats:
        table = script.table(variable)
        # Entries may be added to the table later, so it tells what is given and never what is missing.
        is_open = True
        for name, value in (table or {}).items():
            if full := closest_name(name, _PARAMETERS):
                given[full] = value
    return _Connection(command, given, is_open)


def _never_opened(script: Script, own: Collection[str]) -> Iterator[Finding]:
    used = [command for command in script.commands if _EXCHANGE_CMDLET.fullmatch(command.name or "")]
    if not used or any(command.name is None or _OTHER_WAYS.fullmatch(command.name) for command in script.commands):
        return
    if all((command.name or "").lower() in own for command in used):
        return
    yield Finding(1, "Connect-ExchangeOnline is never called, so the session has no Exchange cmdlets")


def _identity(script: Script, connection: _Connection, *, is_unattended: bool) -> Iterator[Finding]:
    command, line = connection.command, script.line(connection.command.start)
    name = command.name or ""
    is_compliance = name.lower() == "connect-ippssession"
    if is_compliance and connection.has("managedidentity"):
        yield Finding(
            line,
            "Connect-IPPSSession does not work with a managed identity. Give a certificate, or -AccessToken with "
            "ExchangeOnlineManagement 3.8.0 or later",
        )
        return
    # Credentials that Azure Automation keeps are there for jobs alone.
    is_for_jobs = connection.has("credential") and any(_is_credential_asset(other) for other in script.commands)
    is_by_hand = not is_for_jobs and (is_for_people(script, command) or (is_unattended and is_conditional(command)))
    if connection.has(*_APP_ONLY) or connection.is_open or is_by_hand:
        return
    if connection.has(*_PERSON):
        yield Finding(line, f"{name} signs in as a person, whose password it would need", fails=False)
    elif is_compliance:
        yield Finding(
            line,
            "Connect-IPPSSession does not work with a managed identity and asks for a person to sign in. Give a "
            "certificate, or -AccessToken with ExchangeOnlineManagement 3.8.0 or later",
        )
    else:
        yield Finding(line, f"{name} without -ManagedIdentity asks for a person to sign in")


def _is_credential_asset(command: Command) -> bool:
    return (command.name or "").lower() == "get-automationpscredential"


def _tenant(script: Script, connection: _Connection, *, user_assigned: bool) -> Iterator[Finding]:
    line = script.line(connection.command.start)
    if not connection.has(*_APP_ONLY):
        return
    if not connection.has("organization", "delegatedorganization") and not connection.is_open:
        yield Finding(line, "Connect-ExchangeOnline without -Organization cannot find the tenant")
    organization = script.value(connection.given.get("organization"))
    if organization is not None and organization_problem(organization) is not None:
        yield Finding(
            line,
            f'-Organization "{organization}" is not the initial domain of a tenant: reads may work, and Set-Mailbox or '
            "Enable-Mailbox fail with INSUFF_ACCESS_RIGHTS. Give the *.onmicrosoft.com domain",
            fails=False,
        )
    clouds = clouds_of(organization or "")
    has_environment = connection.has("exchangeenvironmentname", "connectionuri") or connection.is_open
    if clouds and PUBLIC not in clouds and not has_environment:
        environments = " or ".join(cloud.exchange_environment for cloud in clouds)
        yield Finding(
            line,
            f'-Organization "{organization}" belongs to a national cloud, and without -ExchangeEnvironmentName the '
            f"session goes to the public one. Give -ExchangeEnvironmentName {environments}",
        )
    has_account = connection.has("managedidentityaccountid") or connection.is_open
    if user_assigned and connection.has("managedidentity") and not has_account:
        yield Finding(
            line,
            "the account has a user-assigned identity, and Connect-ExchangeOnline without -ManagedIdentityAccountId "
            "asks for the system-assigned one. Give the client id of the identity",
        )
