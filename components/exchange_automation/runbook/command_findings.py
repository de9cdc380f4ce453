"""Checks the commands of a script against the tables of facts: what fails in a job, is retired or needs another module."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Optional

from exchange_automation.catalog import cmdlet_roles
from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES, GLOBAL_ADMINISTRATOR
from exchange_automation.catalog.script_facts import (
    COMMANDS,
    EWS,
    EXCHANGE_SERVER,
    REMOTE_POWERSHELL,
    RUN_AS_CONNECTION,
    SMTP_HOSTS,
    CommandFact,
    Verdict,
)
from exchange_automation.runbook.findings import (
    Finding,
    alias_names,
    argument,
    constant_arguments,
    has_default_parameters,
    is_conditional,
    is_for_people,
    own_commands,
)
from exchange_automation.runbook.module_findings import check_modules
from exchange_automation.runbook.powershell import Command, Script

_SESSION_COMMANDS = ("new-pssession", "nsn", "enter-pssession", "etsn", "invoke-command", "icm")
_CONTINUATION = re.compile(r"[ \t]*(?:[-\u2013\u2014\u2015](?:(?P<word>[A-Za-z]+)| )|\|[A-Za-z ])")
"""A line that continues a command, a calculation or a pipeline."""
_UNARY = ("not", "bnot", "join", "split", "isplit", "csplit")
"""Operators that a statement may begin with."""
_OTHER_SESSIONS = (
    *_SESSION_COMMANDS,
    *("import-pssession", "ipsn", "add-pssnapin", "asnp", "connect-exchangeserver"),
)
"""Commands that may bring the cmdlets of Exchange Server."""
_PERSONS = ("Credential", "InlineCredential", "UserPrincipalName", "AccessToken")
_UNATTENDED_AZURE = (
    *("AccessToken", "ApplicationId", "CertificatePath", "CertificateThumbprint"),
    *("Credential", "FederatedToken", "Identity", "ManagedService", "MSI", "ServicePrincipal"),
)
_UNATTENDED_GRAPH = (
    *("AccessToken", "Identity", "Certificate", "CertificateThumbprint", "CertificateSubjectName"),
    *("CertificateName", "EnvironmentVariable", "ClientSecretCredential", "SecretCredential", "Credential"),
    *("ManagedIdentity", "ManagedServiceIdentity", "MSI"),
)
_UNATTENDED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("connect-mggraph", "connect-graph"), _UNATTENDED_GRAPH),
    **dict.fromkeys(("connect-azaccount", "login-azaccount", "add-azaccount"), _UNATTENDED_AZURE),
}
"""For every sign-in, the parameters of which one is enough to sign in without a person; aliases are among them."""


def check_commands(
    script: Script, roles: Collection[str], management_roles: Collection[str], modules: Optional[Collection[str]]
) -> Iterator[Finding]:
    """Finds commands that fail in a job, that no granted role allows, or whose module may be missing.

    Args:
        script: The script.
        roles: Display names of the granted directory roles; empty where they are not known.
        management_roles: Names of the management roles that Exchange assigned; empty where they are not known.
        modules: Modules of the runtime environment beside ExchangeOnlineManagement; None where they are not known.

    Yields:
        The findings.
    """
    own = {*own_commands(script), *alias_names(script)}
    granted = _granted(roles, management_roles)
    known = {module.lower() for module in modules or ()}
    seen: dict[tuple[CommandFact, str], bool] = {}
    unattended = {
        _UNATTENDED[name]
        for command in script.commands
        if (name := command.key) in _UNATTENDED and _is_unattended(script, command)
    }
    has_other_session = _has_other_session(script)
    facts = _facts(script, has_other_session=has_other_session)
    signs_in_as_person = any(_may_be_person(command) for command in script.commands)
    for command in script.commands:
        name = command.key
        if not name or name in own:
            continue
        fact = next((fact for fact in facts if fact.names.fullmatch(name)), None)
        if fact is not None:
            # One module is one finding; of other commands, every name is one.
            key = (fact, "" if fact.verdict is Verdict.ADVICE or fact.message.startswith("belongs to") else name)
            may_work = fact.verdict is Verdict.FAILS_APP_ONLY and signs_in_as_person
            for finding in () if _has_module(fact, known) else _of_fact(script, command, fact, may_work=may_work):
                # A line that fails in every job counts more than an earlier one that may work.
                if key not in seen or (finding.fails and not seen[key]):
                    seen[key] = finding.fails
                    yield finding
        else:
            yield from _of_roles(script, command, granted, may_work=has_other_session)
        yield from _of_arguments(script, command, unattended)
        if name in _SESSION_COMMANDS and _is_remote_powershell(script, command):
            yield Finding(
                script.line(command.start),
                "remote PowerShell of Exchange Online ended in 2023. Use Connect-ExchangeOnline",
                not is_conditional(command),
            )
    yield from check_modules(script, known, is_complete=modules is not None)


def check_text(script: Script) -> Iterator[Finding]:
    """Finds workflows, broken lines, and services that Exchange Online ends.

    Args:
        script: The script.

    Yields:
        The findings.
    """
    for found in script.definitions:
        if found.keyword == "workflow":
            yield Finding(
                script.line(found.start),
                f"{found.name} is a workflow, which PowerShell 7 does not have. Write a function",
                fails=False,  # Windows PowerShell 5.1 has workflows, and a runbook does not know its PowerShell.
            )
    for offset in script.broken_continuations:
        following = script.text.find("\n", offset)
        next_line = _CONTINUATION.match(script.text, following + 1) if following >= 0 else None
        if next_line:
            yield Finding(
                script.line(offset),
                "something follows the backtick, so the command ends here and the next line is another one. Remove what "
                "follows the backtick",
                # PowerShell 7 goes on with a line that begins with a pipe. What begins with a parameter is no statement.
                next_line["word"] is not None and next_line["word"].lower() not in _UNARY,
            )
    reported: set[str] = set()
    for token in script.strings:
        for kind, message, fails in _services(token.text):
            if kind not in reported:
                reported.add(kind)
                yield Finding(script.line(token.start), message, fails)


def _services(text: str) -> Iterator[tuple[str, str, bool]]:
    if text.lower() in SMTP_HOSTS:
        yield (
            "smtp",
            (
                f"{text} takes mail with a password only until SMTP AUTH is off: by default from the end of December 2026. "
                "Send through Graph (Mail.Send) or High Volume Email"
            ),
            False,
        )
    if EWS.search(text):
        yield (
            "ews",
            (
                "Exchange Web Services are blocked by default since 1 October 2026 and end on 1 April 2027. Use Microsoft "
                "Graph"
            ),
            False,
        )


def _facts(script: Script, *, has_other_session: bool) -> Sequence[CommandFact]:
    """Returns the rows of the table that apply to the script."""
    names = {command.key for command in script.commands}
    rows = COMMANDS if has_other_session else (*COMMANDS, *EXCHANGE_SERVER)
    return [fact for fact in rows if fact.unless not in names]


def _has_other_session(script: Script) -> bool:
    """Whether the script may have cmdlets of Exchange Server, runs another script, or gives the cmdlets other names."""
    for command in script.commands:
        name = command.key
        if name in _OTHER_SESSIONS or name.endswith(".ps1") or not name:
            return True
        if name == "connect-exchangeonline" and (command.splats or argument(command, "Prefix")):
            return True
    return False


def _is_remote_powershell(script: Script, command: Command) -> bool:
    """Whether a command opens a session of remote PowerShell at Exchange Online."""
    values = [value for name, value in command.parameters() if "connectionuri".startswith(name.lower())]
    for variable in command.splats:
        values.append((script.table(variable) or {}).get("connectionuri"))
    return any(REMOTE_POWERSHELL.search(script.source(value)) for value in values)


def _has_module(fact: CommandFact, known: Collection[str]) -> bool:
    """Whether the runtime environment has the module that the commands belong to."""
    return fact.module is not None and any(name == fact.module or name.startswith(f"{fact.module}.") for name in known)


def _may_be_person(command: Command) -> bool:
    """Whether a command opens a session of Exchange Online that may be a person's."""
    is_connection = command.key == "connect-exchangeonline"
    return is_connection and (bool(command.splats) or argument(command, *_PERSONS))


def _of_fact(script: Script, command: Command, fact: CommandFact, *, may_work: bool) -> Iterator[Finding]:
    line, is_certain = script.line(command.start), not is_conditional(command) and not may_work
    if is_for_people(script, command):
        return
    yield Finding(line, f"{command.name} {fact.message}", is_certain and fact.verdict is not Verdict.ADVICE)


def _granted(roles: Collection[str], management_roles: Collection[str]) -> frozenset[str]:
    """Returns the directory roles and management roles that are granted; empty where the powers of one are not known."""
    directory_known = not roles or cmdlet_roles.are_known(roles)
    management_known = set(management_roles) <= cmdlet_roles.MANAGEMENT_ROLES
    return frozenset(roles) | frozenset(management_roles) if directory_known and management_known else frozenset()


def _of_roles(script: Script, command: Command, granted: "frozenset[str]", *, may_work: bool) -> Iterator[Finding]:
    found = cmdlet_roles.find_row(command.name or "") if granted else None
    if found is None:
        return
    name, row = found
    needed = cmdlet_roles.directory_roles_for(row)
    if not (needed | set(row.roles)) & granted:
        others = [role.name for role in EXCHANGE_ROLES if role.name in needed and role.name != GLOBAL_ADMINISTRATOR]
        enough = " or ".join(others) or "a management role that no directory role brings"
        yield Finding(
            script.line(command.start),
            f"{name} needs {enough}; granted is {', '.join(sorted(granted))}. In Exchange it needs the management role "
            f"{' or '.join(row.roles)}" + (", which is inferred" if row.inferred else ""),
            not (row.inferred or may_work or is_conditional(command)),
        )


def _of_arguments(script: Script, command: Command, unattended: Collection[tuple[str, ...]]) -> Iterator[Finding]:
    name, line = command.key, script.line(command.start)
    if name == "get-automationconnection" and RUN_AS_CONNECTION in [
        text.lower() for text in constant_arguments(script, command)
    ]:
        yield Finding(
            line,
            "AzureRunAsConnection belongs to a Run As account, and those are retired since 30 September 2023. Sign in "
            "with Connect-ExchangeOnline -ManagedIdentity",
            fails=False,  # The account may have a connection of this name all the same.
        )
    elif name in _UNATTENDED and not _is_unattended(script, command) and not is_for_people(script, command):
        # Beside a sign-in for jobs, one under a condition is the sign-in of people.
        is_beside = is_conditional(command) and _UNATTENDED[name] in unattended
        message = f"{command.name} without -Identity asks for a person to sign in. Give -Identity"
        yield from () if is_beside else (Finding(line, message, not is_conditional(command)),)


def _is_unattended(script: Script, command: Command) -> bool:
    """Whether a sign-in to Azure or Microsoft Graph needs no person."""
    is_open = bool(command.splats) or has_default_parameters(script)
    return is_open or argument(command, *_UNATTENDED[command.key])
