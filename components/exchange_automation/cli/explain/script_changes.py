"""What an edit of a runbook's script adds to its needs, and whether the granted directory roles allow it.

A preview does not have the text of a runbook, so the scripts come from the checkout, and what they needed before from the
permissions files.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange_automation.catalog.directory_roles import find_role
from exchange_automation.cli.permission_files import added, file_beside, needs_of_file, read_written
from exchange_automation.cli.pulumi.previews import Preview
from exchange_automation.cli.pulumi.states import DIRECTORY_ROLE_ASSIGNMENT
from exchange_automation.runbook.permissions import Needs

from .changes import Change, Name, Phrase, Risk
from .operations import REMOVED
from .subjects import Subjects


@dataclass(frozen=True)
class Scripts:
    """Scripts to compare.

    Attributes:
        paths: Their paths.
        before: Directory of the permissions files of before the edit; None for those beside the scripts.
    """

    paths: tuple[Path, ...]
    before: Path | None


NO_SCRIPTS = Scripts((), None)


def script_changes(scripts: Scripts, preview: Preview) -> Iterator[Change]:
    """What each edit adds.

    Args:
        scripts: The scripts.
        preview: The preview, whose directory roles the needs are compared with.

    Raises:
        Problem: A script or a permissions file cannot be read.
    """
    roles = granted_roles(preview)
    for path in scripts.paths:
        found = needs_of_file(path)
        written = read_written(file_beside(path, scripts.before))
        new = added(written, found.needs)
        runbook: Phrase = ("runbook ", Name(path.stem))
        what = "added" if written else "used, and no permissions file says what the script needed before"
        for name in new.cmdlets:
            note, risk = _judged(name, found.needs, roles)
            yield Change((name,), runbook, (), what, risk, "", note, "runs")
        for call in new.graph:
            permission = dict(found.needs.graph)[call]
            yield Change((Name(call),), runbook, (), what, Risk.LOW, "", (f"it needs {permission}",), "runs")
        for name in new.unknown:
            unknown: Phrase = ("what it needs is not known",)
            yield Change((Name(name),), runbook, (), what, Risk.LOW, "", unknown, "runs")


def granted_roles(preview: Preview) -> tuple[str, ...]:
    """Returns the directory roles that one identity has after the deployment.

    Empty where the preview has none, one that Exchange Online does not honour, or those of several identities, because
    it does not tell which of them a script runs as.
    """
    subjects = Subjects(preview)
    names, holders = set[str](), set[Phrase]()
    for step in preview.steps:
        if step.type != DIRECTORY_ROLE_ASSIGNMENT or step.operation in REMOVED:
            continue
        old = step.new is None
        role = find_role(step.known("roleId", old=old))
        if role is None:
            return ()
        names.add(role.name)
        holders.add(subjects.holder(step, "principalObjectId", old=old))
    return tuple(sorted(names)) if len(holders) == 1 else ()


def _judged(name: str, needs: Needs, roles: tuple[str, ...]) -> tuple[Phrase, Risk]:
    need = next(cmdlet for cmdlet in needs.cmdlets if cmdlet.name == name)
    inferred = ", as inferred" if need.inferred else ""
    words = f"it needs the management role {' or '.join(need.roles)}{inferred}"
    if roles and need in needs.refused(roles):
        return (f"{' and '.join(roles)} does not allow it; {words}",), Risk.MEDIUM
    return (words,), Risk.LOW
