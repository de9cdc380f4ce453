"""``explain``: describes in words what a preview does to access.

A reviewer of a pull request needs to know who may do what afterwards, and a preview shows resource names. So this module
returns a sentence with a risk for every change of a grant, of a way to sign in, of an identity with its grants, and of code
that runs with them.
"""

from collections.abc import Iterable, Iterator

from exchange_automation.cli.pulumi.previews import Preview, Step

from .azure_changes import DESCRIBED, azure_changes
from .changes import Change
from .directory_changes import GRANT_TYPES, directory_changes
from .subjects import Subjects
from .unknown_changes import missing_changes, unknown_change, unreadable_change

_KNOWN = {**GRANT_TYPES, **DESCRIBED}


def explain(preview: Preview, more: Iterable[Change] = ()) -> list[Change]:
    """Returns all changes of access, the riskiest first, and then the changes of code that runs with it.

    Args:
        preview: The preview.
        more: More changes, from another source.
    """
    subjects = Subjects(preview)
    found = [*missing_changes(preview), *more]
    for step, again in _steps(preview):
        found += _changes(step, subjects, again=again)
    changes = {(change.urn, change.sentence): change for change in found}
    return sorted(changes.values(), key=lambda change: (change.kind != "access", -change.risk, change.sentence))


def _changes(step: Step, subjects: Subjects, *, again: bool) -> Iterator[Change]:
    if step.unreadable:
        yield unreadable_change(step)
        return
    yield from directory_changes(step, subjects, again=again)
    yield from azure_changes(step, subjects)
    yield from unknown_change(step, _KNOWN)


def _steps(preview: Preview) -> list[tuple[Step, bool]]:
    """Returns the steps that change something, and whether they create again what somebody removed by hand.

    A refresh that does not find a resource appears as a deletion, followed by a creation. Some engines show the parts of a
    replacement beside it.
    """
    operations: dict[str, set[str]] = {}
    for step in preview.steps:
        operations.setdefault(step.urn, set()).add(step.operation)
    found = []
    for step in preview.changes():
        beside = operations[step.urn]
        part = step.operation in ("create-replacement", "delete-replaced") and "replace" in beside
        again = "create" in beside and bool(beside & {"delete", "refresh"})
        if not part and not (again and step.operation == "delete"):
            found.append((step, again))
    return found
