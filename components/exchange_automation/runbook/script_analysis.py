"""The script of a runbook: its text, its parameters, and what in it fails in an unattended session of Exchange Online.

Nothing in the script is evaluated. The modules that read PowerShell are imported when a script is read: most programs have none.
Source: "Azure Automation limits" on learn.microsoft.com; the checks name their own.
"""

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Optional

from exchange_automation.core.problems import Problem

if TYPE_CHECKING:
    from exchange_automation.runbook.findings import Finding
    from exchange_automation.runbook.powershell import Parameter

LARGEST = 1024 * 1024
"""Bytes that Azure Automation accepts for one runbook."""


def read_file(path: str) -> str:
    """Returns the text of a file byte for byte: encoded in UTF-8, it is the content of the file.

    Args:
        path: The file. A relative path starts at the directory of the program.

    Raises:
        Problem: The file is missing, empty, too large or not UTF-8.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as failure:
        raise Problem(
            "EXA152",
            f'file "{path}" cannot be read ({failure.strerror})',
            "there is nothing to publish",
            "A relative path starts at the directory in which the program runs. Build the path from __file__ to make it "
            "independent of that directory.",
        ) from None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as failure:
        raise Problem(
            "EXA152",
            f'file "{path}" is not UTF-8 at byte {failure.start}',
            "Azure would publish another text",
            "Save it as UTF-8, with or without a byte order mark.",
        ) from None
    check(text, f'file "{path}"')
    return text


def check(text: str, what: str) -> None:
    """Checks that Azure Automation takes a text as a runbook.

    Args:
        text: The script.
        what: The source of the text, as the message names it.

    Raises:
        Problem: The text is empty or too large, or has a NUL.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if not text.strip("\ufeff \t\r\n"):
        raise Problem("EXA152", f"{what} is empty", "every job would do nothing", "Give the script.")
    if "\0" in text:
        raise Problem(
            "EXA152",
            f"{what} has the character NUL, at number {text.index(chr(0)) + 1:,}",
            "every job would fail to read it",
            "A file in UTF-16 without a byte order mark looks like this. Save it as UTF-8.",
        )
    if size > LARGEST:
        raise Problem(
            "EXA152",
            f"{what} has {size:,} bytes, more than {LARGEST:,}",
            "Azure Automation would refuse it",
            "Move common functions into a module of the runtime environment.",
        )


def parameters(text: str) -> "tuple[Parameter, ...]":
    """Returns the parameters of the script's own ``param()`` block, in the order of the text."""
    from exchange_automation.runbook.powershell import read_script

    return tuple(read_script(text).parameters)


def lint(
    text: str,
    roles: Collection[str] = (),
    *,
    management_roles: Collection[str] = (),
    modules: Optional[Collection[str]] = None,
    user_assigned: bool = False,
) -> "tuple[Finding, ...]":
    """Finds what fails, or may fail, in an unattended session of Exchange Online.

    Args:
        text: The script.
        roles: Display names of the granted directory roles. Empty where they are not known.
        management_roles: Names of the management roles that Exchange assigned. Empty where they are not known.
        modules: Modules of the runtime environment beside ExchangeOnlineManagement; None where they are not known.
        user_assigned: Whether the account has a user-assigned identity alone.

    Returns:
        The findings, in the order of lines.
    """
    from exchange_automation.runbook.command_findings import check_commands, check_text
    from exchange_automation.runbook.confirmation_findings import check_confirmations
    from exchange_automation.runbook.powershell import read_script
    from exchange_automation.runbook.session_findings import check_sessions

    script = read_script(text)
    checks = (
        check_sessions(script, user_assigned=user_assigned),
        check_commands(script, roles, management_roles, modules),
        check_text(script),
        check_confirmations(script),
    )
    found = {finding for findings in checks for finding in findings}
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.message)))


def closest(name: str, known: "Iterable[Parameter]") -> "Optional[Parameter]":
    """Returns the parameter of this name, as PowerShell compares names: without regard to case."""
    return next((parameter for parameter in known if parameter.name.lower() == name.lower()), None)
