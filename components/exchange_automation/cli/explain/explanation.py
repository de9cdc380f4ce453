"""``explain``: what a preview does to access, in words.

A reviewer of a pull request sees resource names; what matters is who may do what afterwards. Each change of a grant,
of a way to sign in, of an identity with its grants, or of what runs with them becomes one sentence with a risk.
"""

from collections.abc import Iterable, Iterator

from exchange_automation.cli.pulumi.previews import Preview, Step

from .azure_changes import JUDGED, azure_changes
from .changes import Change
from .directory_changes import GRANT_TYPES, directory_changes
from .subjects import Subjects
from .unknown_changes import missing_changes, unknown_change, unreadable_change

_KNOWN = {**GRANT_TYPES, **JUDGED}


def explain(preview: Preview, more: Iterable[Change] = ()) -> list[Change]:
    """Returns all changes of access, the riskiest first, and then those of what runs with it.

    Args:
        preview: the preview.
        more: changes from elsewhere.
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
    """Returns the steps that change something, each with whether it creates again what was removed by hand.

    A refresh that finds a resource gone appears as its deletion, and its creation follows; engines that were asked for
    the parts of a replacement show those beside it.
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
