"""A preview as ``pulumi preview --json`` writes it, and its steps.

Two forms: one document (``PreviewDigest`` of the Pulumi CLI), and with PULUMI_ENABLE_STREAMING_JSON_PREVIEW a line for
each event of the engine (``EngineEvent`` of its API types). Both as of engine 3.x.

A part that cannot be read is never left out: either the whole preview is refused, or the step says why it cannot be read.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from exchange_automation.cli.documents import parse_json
from exchange_automation.core.problems import Problem

from .states import unversioned

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for a value that is known only after the deployment."""

REMEDY = "Give what this writes: pulumi preview --json > preview.json"
MAKE_IT_SUCCEED = "Make the preview succeed first."
_OPERATIONS = frozenset(
    {
        *("same", "create", "update", "delete", "replace", "create-replacement", "delete-replaced"),
        *("read", "read-replacement", "read-discard", "refresh", "discard", "discard-replaced"),
        *("remove-pending-replace", "import", "import-replacement"),
    }
)
_INTERNAL = frozenset({"create-replacement", "delete-replaced", "read-replacement", "discard-replaced"})
"""The parts of a replacement, which the document leaves out beside its ``replace``."""
_NEEDS_NEW = frozenset({"create", "create-replacement", "import", "import-replacement", "update", "replace"})
_NEEDS_OLD = frozenset({"delete", "delete-replaced", "update", "replace"})
_COUNTED = ("create", "update", "replace", "delete", "import")


@dataclass(frozen=True)
class Step:
    """What the deployment would do with one resource.

    Attributes:
        operation: What is done, in the engine's words.
        urn: The resource's URN.
        old: The resource as the state has it.
        new: The resource as the program declares it.
    """

    operation: str
    urn: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None

    @property
    def type(self) -> str:
        """The resource's type, without an API version."""
        return unversioned(self.raw_type)

    @property
    def raw_type(self) -> str:
        """The resource's type as the engine has it."""
        return raw_type_of(self.urn) or str((self.new or self.old or {}).get("type", ""))

    @property
    def name(self) -> str:
        """Its logical name."""
        return name_of(self.urn)

    @property
    def unreadable(self) -> str:
        """Why the step cannot be judged; empty when it can."""
        # The type of a component may have two parts, such as "acme:Team".
        if self.operation in _NEEDS_NEW | _NEEDS_OLD and ":" not in raw_type_of(self.urn):
            return "its URN names no type"
        for wanted, state, word in (
            (_NEEDS_NEW, self.new, "what the resource will be"),
            (_NEEDS_OLD, self.old, "what the resource was"),
        ):
            if self.operation not in wanted:
                continue
            if state is None:
                return f"the preview does not say {word}"
            if state.get("type") != self.raw_type:
                return "its type is not the one in its URN"
            if not isinstance(state.get("inputs", {}), dict):
                return "its inputs cannot be read"
        return ""

    def inputs(self, *, old: bool = False) -> Mapping[str, Any]:
        """Returns all inputs."""
        return mapping(mapping(self.old if old else self.new).get("inputs"))

    @property
    def outputs(self) -> Mapping[str, Any]:
        """The outputs as the state has them, before the deployment."""
        return mapping(mapping(self.old).get("outputs"))

    def known(self, name: str, *, old: bool = False) -> str:
        """Returns the input, or an empty string when it is absent or not known yet."""
        text = self.inputs(old=old).get(name)
        return text if isinstance(text, str) and text != UNKNOWN else ""

    def sources_of(self, name: str, *, old: bool = False) -> list[str]:
        """Returns the URNs of the resources that the input takes its value from."""
        state = mapping(self.old) if old else mapping(self.new or self.old)
        found = mapping(state.get("propertyDependencies")).get(name)
        return [str(urn) for urn in found] if isinstance(found, list) else []


@dataclass(frozen=True)
class Preview:
    """A whole preview.

    Attributes:
        steps: In the engine's order.
        counts: How many resources of each operation, as the engine counted them.
    """

    steps: tuple[Step, ...]
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def stack(self) -> str:
        """Project and stack, "exchange-automation/prod"; empty without a step."""
        if not self.steps:
            return ""
        parts = self.steps[0].urn.split("::")
        return f"{parts[1]}/{parts[0].rpartition(':')[2]}" if len(parts) > 2 else ""

    @property
    def missing(self) -> Mapping[str, int]:
        """By operation, how many changes the engine counted that are not among the steps."""
        found = Counter(step.operation for step in self.steps)
        short = {operation: self.counts.get(operation, 0) - found[operation] for operation in _COUNTED}
        return {operation: number for operation, number in short.items() if number > 0}

    def changes(self) -> Iterator[Step]:
        """Returns the steps that are not reads."""
        return (step for step in self.steps if step.operation not in ("same", "refresh", "read"))


def name_of(urn: str) -> str:
    """Returns a resource's logical name."""
    return urn.split("::", 3)[-1]


def type_of(urn: str) -> str:
    """Returns a resource's own type by its URN, without its parents' and without an API version."""
    return unversioned(raw_type_of(urn))


def raw_type_of(urn: str) -> str:
    """Returns a resource's own type by its URN, without its parents'; empty where the URN has none."""
    parts = urn.split("::", 3)
    return parts[2].rpartition("$")[2] if len(parts) == 4 else ""


def mapping(value: Any) -> Mapping[str, Any]:
    """Returns ``value`` when it is a mapping, or an empty one: anybody can write a preview."""
    return value if isinstance(value, dict) else {}


def parse_preview(text: str, source: str) -> Preview:
    """Returns the preview in ``text``.

    Args:
        text: The JSON.
        source: What the text came from, for messages.

    Raises:
        Problem: The text is not a preview, is cut off, is of another version, or tells of a preview that failed.
    """
    if text.lstrip()[:1] == "{" and '"sequence"' in text.lstrip()[:40]:
        return _from_events(text, source)
    document = parse_json(text, source, REMEDY)
    _refuse_failure(document.get("diagnostics"), source)
    entries = document.get("steps", [] if "changeSummary" in document else None)
    if not isinstance(entries, list) or "changeSummary" not in document:
        raise Problem("EXA434", f"{source} is JSON, but not the JSON of a preview.", remedy=REMEDY)
    steps = tuple(_step(entry, "oldState", "newState", source) for entry in entries)
    return Preview(steps, _counts(document["changeSummary"], source))


def _from_events(text: str, source: str) -> Preview:
    """Returns the preview in the engine's events, one a line; what events repeat appears once, as in the document."""
    steps: list[Step] = []
    refreshed: set[str] = set()
    summary: Mapping[str, Any] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        event = _event(line, number, source)
        _refuse_failure([event.get("diagnosticEvent")], source)
        if "summaryEvent" in event:
            summary = mapping(event["summaryEvent"])
        for name in ("resourcePreEvent", "resOutputsEvent"):
            if name in event:
                step = _step(mapping(event[name]).get("metadata"), "old", "new", source)
                _note(step, steps, refreshed, ended=name == "resOutputsEvent")
    if summary is None:
        raise Problem("EXA435", f"{source} is a stream of events without its last ones: it was cut off.", remedy=REMEDY)
    if summary.get("isPreview") is False:
        raise Problem("EXA434", f"{source} tells of an update that has run, not of a preview.", remedy=REMEDY)
    if summary.get("result") == "failed":
        raise Problem(
            "EXA437", f"{source} tells of a preview that failed", "its changes are not known", MAKE_IT_SUCCEED
        )
    return Preview(tuple(steps), _counts(summary.get("resourceChanges", {}), source))


def _note(step: Step, steps: list[Step], refreshed: set[str], *, ended: bool) -> None:
    """Adds the step of an event to those of the preview."""
    if not ended:
        if step.operation not in _INTERNAL:
            steps.append(step)
        if step.operation == "refresh":
            refreshed.add(step.urn)
    elif step.urn in refreshed and step.operation in ("update", "delete"):
        # A refresh found the resource changed or gone.
        steps[:] = [step if (item.urn, item.operation) == (step.urn, "refresh") else item for item in steps]


def _event(line: str, number: int, source: str) -> Mapping[str, Any]:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise Problem(
            "EXA435",
            f"{source} is a stream of events, but its line {number} is not an event: it was cut off, or something else was "
            "written into it.",
            remedy=REMEDY,
        )
    return event


def _refuse_failure(diagnostics: Any, source: str) -> None:
    failures = [
        str(item.get("message", "")).strip().removeprefix("error: ")
        for item in (diagnostics if isinstance(diagnostics, list) else [])
        if isinstance(item, dict) and item.get("severity") == "error"
    ]
    if failures:
        first = next(iter(failures[0].splitlines()), "no reason given").rstrip(":.")
        raise Problem(
            "EXA437",
            f"{source} tells of a preview that failed",
            f"its changes are not known: {first}",
            MAKE_IT_SUCCEED,
        )


def _counts(value: Any, source: str) -> dict[str, int]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(count, int) and count >= 0 for count in value.values()):
        raise Problem("EXA434", f"{source} counts its changes in a way that cannot be read.", remedy=REMEDY)
    return {str(name): count for name, count in value.items()}


def _step(entry: Any, old: str, new: str, source: str) -> Step:
    if not isinstance(entry, dict) or not isinstance(entry.get("op"), str) or not isinstance(entry.get("urn"), str):
        raise Problem(
            "EXA436",
            f"{source} holds a step without an operation or a URN: another version of Pulumi wrote it.",
            remedy=REMEDY,
        )
    if entry["op"] not in _OPERATIONS:
        raise Problem(
            "EXA436",
            f'{source} holds the operation "{entry["op"]}", which this command does not know: another version of Pulumi '
            "wrote it, and a guess could hide a grant.",
            remedy="Update this package.",
        )
    before, after = entry.get(old), entry.get(new)
    return Step(
        entry["op"],
        entry["urn"],
        before if isinstance(before, dict) else None,
        after if isinstance(after, dict) else None,
    )
