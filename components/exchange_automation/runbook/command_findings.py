"""Checks the commands of a script against the tables of facts: what fails in a job, is retired or needs another module."""

import re
from collections.abc import Collection, Iterator
from typing import Optional

from exchange_automation.catalog import cmdlet_roles
from exchange_automation.catalog.directory_roles import EXCHANGE_ROLES, GLOBAL_ADMINISTRATOR
from exchange_automation.catalog.script_facts import (
    COMMANDS,
    EWS,
    GRAPH_CALL,
    GRAPH_MODULES,
    KNOWN_MODULES,
    ON_PREMISES,
    REMOTE_POWERSHELL,
    RUN_AS_CONNECTION,
    SMTP_HOSTS,
    CommandFact,
    Verdict,
)
from exchange_automation.runbook.findings import (
    Finding,
    argument,
    constant_arguments,
    is_conditional,
    is_for_people,
    own_commands,
)
from exchange_automation.runbook.powershell import Command, Kind, Script

_MODULE_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_REQUIRED_MODULES = re.compile(r"(?i)-modules?\s+(.*)")
_TABLE_NAME = re.compile(r"(?i)modulename\s*=\s*[\"']?([\w.-]+)")
_INTERACTIVE_GRAPH = ("Scopes", "UseDeviceCode", "UseDeviceAuthentication")
_AZ_SIGN_INS = ("connect-azaccount", "login-azaccount", "add-azaccount")
_SESSION_COMMANDS = ("new-pssession", "nsn", "enter-pssession", "etsn", "invoke-command", "icm")
_UNATTENDED_AZURE = (
    *("AccessToken", "ApplicationId", "CertificatePath", "CertificateThumbprint"),
    *("Credential", "FederatedToken", "Identity", "ServicePrincipal"),
)
_UNATTENDED_GRAPH = (
    *(
        "AccessToken",
        "Identity",
        "Certificate",
        "CertificateThumbprint",
        "CertificateSubjectName",
        "EnvironmentVariable",
    ),
    "ClientSecretCredential",
)


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
    own = own_commands(script)
    granted = _granted(roles, management_roles)
    known = {module.lower() for module in modules or ()}
    seen: dict[tuple[CommandFact, str], bool] = {}
    facts = COMMANDS if _has_other_session(script) else (*COMMANDS, ON_PREMISES)
    for command in script.commands:
        name = (command.name or "").lower()
        if not name or name in own:
            continue
        fact = next((fact for fact in facts if fact.names.fullmatch(name)), None)
        if fact is not None:
            # One module is one finding; of other commands, every name is one.
            key = (fact, "" if fact.verdict is Verdict.ADVICE or fact.message.startswith("belongs to") else name)
            for finding in () if _has_module(fact, known) else _of_fact(script, command, fact):
                # A line that fails in every job counts more than an earlier one that may work.
                if key not in seen or (finding.fails and not seen[key]):
                    seen[key] = finding.fails
                    yield finding
        else:
            yield from _of_roles(script, command, granted)
        yield from _of_arguments(script, command)
        if name in _SESSION_COMMANDS and _is_remote_powershell(script, command):
            yield Finding(
                script.line(command.start),
                "remote PowerShell of Exchange Online ended in 2023. Use Connect-ExchangeOnline",
                not is_conditional(command),
            )
    yield from _modules(script, known, is_complete=modules is not None)


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
            )
    for offset in script.broken_continuations:
        following = script.text.find("\n", offset)
        if following >= 0 and re.compile(r"[ \t]*[-\u2013\u2014\u2015|][A-Za-z ]").match(script.text, following + 1):
            yield Finding(
                script.line(offset),
                "something follows the backtick, so the command ends here and the next line is another one. Remove what "
                "follows the backtick",
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


def _has_other_session(script: Script) -> bool:
    """Whether the script opens a session of Exchange Server as well, or gives the cmdlets other names."""
    for command in script.commands:
        name = (command.name or "").lower()
        if name in _SESSION_COMMANDS or name in ("import-pssession", "ipsn", "add-pssnapin"):
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


def _of_fact(script: Script, command: Command, fact: CommandFact) -> Iterator[Finding]:
    line, is_certain = script.line(command.start), not is_conditional(command)
    if is_for_people(script, command):
        return
    yield Finding(line, f"{command.name} {fact.message}", is_certain and fact.verdict is not Verdict.ADVICE)


def _granted(roles: Collection[str], management_roles: Collection[str]) -> frozenset[str]:
    """Returns the directory roles and management roles that are granted; empty where the powers of one are not known."""
    directory_known = not roles or cmdlet_roles.are_known(roles)
    management_known = set(management_roles) <= cmdlet_roles.MANAGEMENT_ROLES
    return frozenset(roles) | frozenset(management_roles) if directory_known and management_known else frozenset()


def _of_roles(script: Script, command: Command, granted: "frozenset[str]") -> Iterator[Finding]:
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
            not row.inferred and not is_conditional(command),
        )


def _of_arguments(script: Script, command: Command) -> Iterator[Finding]:
    name, line = (command.name or "").lower(), script.line(command.start)
    if name == "get-automationconnection":
        if RUN_AS_CONNECTION in [text.lower() for text in constant_arguments(script, command)]:
            yield Finding(
                line,
                "AzureRunAsConnection belongs to a Run As account, and those are retired since 30 September 2023. Sign in "
                "with Connect-ExchangeOnline -ManagedIdentity",
                not is_conditional(command),
            )
    elif name == "connect-mggraph" and _asks(command) and not is_for_people(script, command):
        is_certain = not is_conditional(command)
        yield Finding(line, "Connect-MgGraph with -Scopes asks for a person to sign in. Give -Identity", is_certain)
    elif name in _AZ_SIGN_INS and _asks_for_azure(command) and not _is_azure_by_hand(script, command):
        is_certain = not is_conditional(command)
        yield Finding(
            line, f"{command.name} without -Identity asks for a person to sign in. Give -Identity", is_certain
        )


def _asks(command: Command) -> bool:
    """Whether Connect-MgGraph signs in as a person."""
    return argument(command, *_INTERACTIVE_GRAPH) and not argument(command, *_UNATTENDED_GRAPH) and not command.splats


def _asks_for_azure(command: Command) -> bool:
    """Whether Connect-AzAccount signs in as a person."""
    return not argument(command, *_UNATTENDED_AZURE) and not command.splats


def _is_azure_by_hand(script: Script, command: Command) -> bool:
    """Whether a sign-in is the one of people, beside another one for jobs."""
    has_other = any(
        (other.name or "").lower() in _AZ_SIGN_INS and not _asks_for_azure(other) for other in script.commands
    )
    return is_for_people(script, command) or (has_other and is_conditional(command))


def _modules(script: Script, known: Collection[str], *, is_complete: bool) -> Iterator[Finding]:
    reported: set[str] = set()
    for line, module, is_required in _imports(script):
        lowered = module.lower()
        if lowered in reported or KNOWN_MODULES.fullmatch(module):
            continue
        reported.add(lowered)
        if GRAPH_MODULES.fullmatch(module) and "microsoft.graph" not in reported:
            reported.add("microsoft.graph")
            yield Finding(
                line,
                f"{module} clashes with ExchangeOnlineManagement in one session: both load Microsoft.Identity.Client. "
                f"{GRAPH_CALL}",
                fails=False,
            )
        elif lowered not in known and not GRAPH_MODULES.fullmatch(module):
            yield Finding(
                line,
                f"the runtime environment has the module {module} only where extra_packages names it",
                fails=is_complete and is_required,
            )


def _imports(script: Script) -> Iterator[tuple[int, str, bool]]:
    """Yields line and name of every module that the script imports, and whether it refuses to run without it."""
    for offset, text in script.requires:
        if required := _REQUIRED_MODULES.search(text):
            names = _TABLE_NAME.findall(required[1]) or re.split(r"\s*,\s*", required[1].split(" -")[0].strip())
            for name in names:
                yield script.line(offset), name.strip("\"' "), True
    for statement in script.using:
        if len(statement) > 1 and statement[0].text.lower() == "module" and _MODULE_NAME.fullmatch(statement[1].text):
            yield script.line(statement[1].start), statement[1].text, True
    for command in script.commands:
        if (command.name or "").lower() in ("import-module", "ipmo") and not is_for_people(script, command):
            values = [value for name, value in command.parameters() if "name".startswith(name.lower())]
            bare = [token for token in command.arguments[:1] if token.kind in (Kind.WORD, Kind.STRING, Kind.VARIABLE)]
            for token in values or bare:
                text = script.value(token) or ""
                if _MODULE_NAME.fullmatch(text) and not text.lower().endswith((".psm1", ".psd1", ".dll")):
                    yield script.line(command.start), text, False
