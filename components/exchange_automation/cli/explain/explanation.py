"""``explain``: what a preview does to access, in words.

A reviewer of a pull request sees resource names; what matters is who may do what afterwards. Each change of a grant,
of a way to sign in, of an identity with its grants, or of what runs with them becomes one sentence with a risk.
"""

from exchange_automation.cli.pulumi.previews import Preview, Step

from .azure_changes import azure_changes
from .changes import Change
from .directory_changes import directory_changes
from .subjects import Subjects


def explain(preview: Preview) -> list[Change]:
    """All changes of access, the riskiest first, and then those of what runs with it."""
    subjects = Subjects(preview)
    changes: dict[tuple[str, str], Change] = {}
    for step, again in _steps(preview):
        found = [*directory_changes(step, subjects, again=again), *azure_changes(step, subjects)]
        changes.update(((change.urn, change.sentence), change) for change in found)
    return sorted(changes.values(), key=lambda change: (change.kind != "access", -change.risk, change.sentence))


def _steps(preview: Preview) -> list[tuple[Step, bool]]:
    """The steps that change something, each with whether it makes again what was removed by hand.

    A refresh that finds a resource gone is told as its deletion, and its creation follows; engines that were asked for
    the parts of a replacement tell those beside it.
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
