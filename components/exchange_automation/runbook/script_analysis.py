"""Text of a runbook: reading it, its parameters, and what in it cannot work in an app-only Exchange session.

Reads PowerShell as far as that needs: comments, strings and here-strings are told from code, nothing is evaluated.

Sources: "App-only authentication for unattended scripts in Exchange Online PowerShell", "Use Azure managed identities to
connect to Exchange Online PowerShell" and "Azure Automation limits" on learn.microsoft.com; the PowerShell language
specification for the tokens.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from exchange_automation.catalog import cmdlet_roles

LARGEST = 1024 * 1024
"""Bytes that Azure Automation accepts for one runbook."""

UNSUPPORTED = {
    "new-unifiedgroup": "New-UnifiedGroup",
    "remove-unifiedgroup": "Remove-UnifiedGroup",
    "add-unifiedgrouplinks": "Add-UnifiedGroupLinks",
    "remove-unifiedgrouplinks": "Remove-UnifiedGroupLinks",
}
"""Cmdlets that app-only sessions do not have."""

INTERACTIVE = {"get-credential": "Get-Credential", "read-host": "Read-Host"}

_TOKEN = re.compile(
    r"""
    (?P<block><\#.*?(?:\#>|\Z))
    | (?P<line>\#[^\n]*)
    | (?P<here>@(?P<quote>["'])[ \t]*\r?\n.*?(?:\n(?P=quote)@|\Z))
    | (?P<double>"(?:`.|""|[^"`])*(?:"|\Z))
    | (?P<single>'(?:''|[^'])*(?:'|\Z))
    """,
    re.VERBOSE | re.DOTALL,
)
_PARAMETER = re.compile(r"\$(?P<name>[A-Za-z_]\w*)\s*(?P<default>=)?", re.IGNORECASE)
_COMMAND = re.compile(r"(?<![\w$.\-:])(?P<verb>[A-Za-z]+)-(?P<noun>[A-Za-z]\w*)(?![\w-])")


class ScriptError(ValueError):
    """The text cannot be a runbook; the message says why, with the consequence and the remedy."""


@dataclass(frozen=True)
class Parameter:
    """One parameter of a script's ``param()`` block."""

    name: str
    mandatory: bool
    """Whether a job without it fails: it says so, and has no default."""


@dataclass(frozen=True)
class Finding:
    """What in a script will not work, or is risky."""

    line: int
    """Counted from 1."""
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


def read_file(path: str) -> str:
    """The text of a file, byte for byte: encoding it as UTF-8 gives the file's bytes again.

    :raises ScriptError: it is missing, empty, too large or not UTF-8.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as failure:
        raise ScriptError(
            f'file "{path}" cannot be read ({failure.strerror}), so there is nothing to publish. The path counts from the '
            "directory of the program; build it from __file__ if the program may run elsewhere."
        ) from None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as failure:
        raise ScriptError(
            f'file "{path}" is not UTF-8 at byte {failure.start}, so its text would be another one in Azure. Save it as '
            "UTF-8, with or without a byte order mark."
        ) from None
    check(text, f'file "{path}"')
    return text


def check(text: str, what: str) -> None:
    """Whether the text may be a runbook's.

    :param what: what it is, for the message.
    :raises ScriptError: it is empty or too large.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if not text.strip("\ufeff \t\r\n"):
        raise ScriptError(f"{what} is empty, so every job would do nothing. Give the script.")
    if size > LARGEST:
        raise ScriptError(
            f"{what} has {size:,} bytes; Azure Automation accepts {LARGEST:,}. Move what is common into a module of the "
            "runtime environment."
        )


def parameters(text: str) -> tuple[Parameter, ...]:
    """The parameters of the script's own ``param()`` block; none without one."""
    code = _blanked(text)
    match = re.search(r"(?i)(?<![\w$-])param\s*\(", code)
    before = code[: match.start()] if match else ""
    if match is None or re.search(r"(?i)(?<![\w-])(?:function|filter)\s", before):
        return ()
    end = _closing(code, match.end() - 1)
    found = []
    for part in _parts(code[match.end() : end]):
        # What stands in brackets before the name are its type and attributes.
        bare, attributes = _without_brackets(part)
        name = _PARAMETER.search(bare)
        if name is not None:
            mandatory = re.search(r"(?i)mandatory(?!\s*=\s*\$false)", attributes) is not None
            found.append(Parameter(name["name"], mandatory and not name["default"]))
    return tuple(found)


def lint(text: str, roles: Collection[str] = ()) -> tuple[Finding, ...]:
    """What will not work in an unattended Exchange session, in the order of lines.

    :param roles: display names of the directory roles that are granted; none when that is not known.
    """
    code = _blanked(text)
    commands = [(match["verb"].lower(), match["noun"].lower(), match) for match in _COMMAND.finditer(code)]
    connects = [match for verb, noun, match in commands if (verb, noun) == ("connect", "exchangeonline")]
    found = [*_connection(code, connects)]
    if connects and not any((verb, noun) == ("disconnect", "exchangeonline") for verb, noun, _ in commands):
        found.append(
            Finding(
                _line(code, connects[-1].start()),
                "the session is never closed: sessions are few and time out late. End with Disconnect-ExchangeOnline "
                "-Confirm:$false, in a finally block",
            )
        )
    granted = frozenset(roles) if cmdlet_roles.are_known(roles) else frozenset()
    for verb, noun, match in commands:
        name, line = f"{verb}-{noun}", _line(code, match.start())
        if name in UNSUPPORTED:
            found.append(
                Finding(line, f"{UNSUPPORTED[name]} is not available in app-only sessions. Use Microsoft Graph")
            )
        elif name in INTERACTIVE:
            found.append(Finding(line, f"{INTERACTIVE[name]} waits for a person, and a job has none"))
        elif name == "connect-ippssession":
            found.append(Finding(line, "Connect-IPPSSession does not work with a managed identity"))
        elif granted and (needed := cmdlet_roles.roles_needed(verb, noun)) and not needed & granted:
            enough = " or ".join(sorted(needed - {"Global Administrator"}))
            found.append(Finding(line, f"{match[0]} needs {enough}; granted is {', '.join(sorted(granted))}"))
    return tuple(sorted(found, key=lambda finding: finding.line))


def _connection(code: str, connects: "list[re.Match[str]]") -> Iterator[Finding]:
    if not connects:
        yield Finding(1, "Connect-ExchangeOnline is never called, so no Exchange cmdlet is there")
    for match in connects:
        line, statement = _line(code, match.start()), _statement(code, match.start()).lower()
        if "@" in statement.replace("@(", ""):
            continue  # Splatted: the arguments are elsewhere.
        if "-managedidentity" not in statement and "-certificate" not in statement:
            yield Finding(line, "Connect-ExchangeOnline without -ManagedIdentity asks for a person to sign in")
        if "-organization" not in statement:
            yield Finding(line, "Connect-ExchangeOnline without -Organization cannot find the tenant")
        if "-credential" in statement or "-userprincipalname" in statement:
            yield Finding(line, "Connect-ExchangeOnline signs in as a person, whose password it would need")


def _blanked(text: str) -> str:
    """The text with everything that is no code blanked out; line ends and positions stay."""
    return _TOKEN.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _statement(code: str, start: int) -> str:
    """From ``start`` to the end of the statement; a backtick at a line's end carries on."""
    end = start
    while True:
        end = code.find("\n", end)
        if end < 0:
            return code[start:]
        if not code[start:end].rstrip().endswith("`"):
            return code[start:end]
        end += 1


def _closing(code: str, opening: int) -> int:
    depth = 0
    for position in range(opening, len(code)):
        if code[position] in "([{":
            depth += 1
        elif code[position] in ")]}":
            depth -= 1
            if depth == 0:
                return position
    return len(code)


def _parts(inside: str) -> Iterator[str]:
    depth, start = 0, 0
    for position, mark in enumerate(inside):
        if mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth -= 1
        elif mark == "," and depth == 0:
            yield inside[start:position]
            start = position + 1
    yield inside[start:]


def _without_brackets(part: str) -> tuple[str, str]:
    """A parameter without its bracketed prefix, and that prefix."""
    position = 0
    while True:
        match = re.compile(r"\s*\[").match(part, position)
        if match is None:
            return part[position:], part[:position]
        position = _closing(part, match.end() - 1) + 1


def closest(name: str, known: Iterable[Parameter]) -> Optional[Parameter]:
    """The parameter of this name, as PowerShell compares names."""
    return next((each for each in known if each.name.lower() == name.lower()), None)
