"""Finds modules that a script imports or requires and that its runtime environment may lack."""

import re
from collections.abc import Collection, Iterator

from exchange_automation.catalog.script_facts import GRAPH_CALL, GRAPH_MODULES, KNOWN_MODULES
from exchange_automation.runbook.findings import Finding, is_for_people
from exchange_automation.runbook.powershell import Command, Kind, Script, Token

_MODULE_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_REQUIRED_MODULES = re.compile(r"(?i)-modules?\s+(.*)")
_TABLE = re.compile(r"@\{[^}]*\}?")
_TABLE_NAME = re.compile(r"(?i)modulename\s*=\s*[\"']?([\w.-]+)")
_BRINGING = ("import-module", "ipmo", "install-module", "install-psresource")
_NAMES = ("name", "fullyqualifiedname")
_OTHER_SERVICES = re.compile(
    r"(?i)(?:az|azurerm|microsoft\.graph|microsoft\.entra|pnp\.powershell|importexcel|activedirectory)(?:\..*)?|"
    r"azuread(?:preview)?|msonline|microsoftteams|microsoft\.online\.sharepoint\.powershell"
)
"""Modules of other services, and of none."""
_SWITCHES = (
    *("ascustomobject", "disablenamechecking", "force", "global", "noclobber", "passthru", "skipeditioncheck"),
    *("usewindowspowershell", "verbose"),
)
"""Parameters of Import-Module without a value, after which the module's name may stand."""


def check_modules(script: Script, known: Collection[str], *, is_complete: bool) -> Iterator[Finding]:
    """Finds modules that the runtime environment may lack, and modules that clash with ExchangeOnlineManagement.

    Args:
        script: The script.
        known: Modules of the runtime environment beside ExchangeOnlineManagement, in lower case.
        is_complete: Whether the runtime environment has no other modules.

    Yields:
        The findings.
    """
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


def has_known_modules(script: Script) -> bool:
    """Whether it is known of every module of the script that it has no cmdlets of Exchange and opens no session."""
    names = [name for _, name, is_required in _imports(script) if is_required]
    for command in script.commands:
        if command.key in _BRINGING:
            tokens = list(_named(command))
            names += [name for token in tokens for name in _names_in(script, token)]
            if not tokens or not all(_is_read(script, token) for token in tokens):
                return False
    return all(KNOWN_MODULES.fullmatch(name) or _OTHER_SERVICES.fullmatch(name) for name in names)


def _is_read(script: Script, token: Token) -> bool:
    """Whether every module that an argument names is known."""
    items = token.items if token.kind is Kind.GROUP and token.text in ("(", "@(") else [token]
    named = [item for item in items if item.kind not in (Kind.COMMA, Kind.END)]
    return bool(named) and all(any(True for _ in _names_in(script, item)) for item in named)


def _imports(script: Script) -> Iterator[tuple[int, str, bool]]:
    """Yields line and name of every module that the script imports, and whether it refuses to run without it."""
    for offset, text in script.requires:
        if required := _REQUIRED_MODULES.search(text):
            plain = _TABLE.sub("", required[1]).split(" -")[0]
            for name in (*_TABLE_NAME.findall(required[1]), *plain.split(",")):
                if stripped := name.strip("\"' \t"):
                    yield script.line(offset), stripped, True
    for statement in script.using:
        if len(statement) > 1 and statement[0].text.lower() == "module":
            for name in _names_in(script, statement[1]):
                yield script.line(statement[1].start), name, True
    for command in script.commands:
        if command.key in ("import-module", "ipmo") and not is_for_people(script, command):
            for token in _named(command):
                for name in _names_in(script, token):
                    yield script.line(command.start), name, False


def _named(command: Command) -> Iterator[Token]:
    """Yields the arguments that name modules: those of -Name, and those without a parameter."""
    names = is_named = True
    for token in command.arguments:
        if token.kind is Kind.PARAMETER:
            names = any(parameter.startswith(token.text.lower()) for parameter in (*_NAMES, *_SWITCHES))
        elif token.kind is Kind.COMMA:
            names = is_named
        else:
            if names:
                yield token
            names, is_named = False, names


def _names_in(script: Script, token: Token) -> Iterator[str]:
    """Yields the names of modules that an argument, a list or a table contains; files are none."""
    if token.kind is Kind.GROUP and token.text == "@{":
        yield from _TABLE_NAME.findall(script.text[token.start : token.end])
    elif token.kind is Kind.GROUP and token.text in ("(", "@("):
        for item in token.items:
            if item.kind is Kind.STRING:
                yield from _names_in(script, item)
    else:
        text = script.value(token) or ""
        if _MODULE_NAME.fullmatch(text) and not text.lower().endswith((".psm1", ".psd1", ".dll")):
            yield text
