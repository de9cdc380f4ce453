"""A preview as ``pulumi preview --json`` writes it, and its steps.

Source: ``PreviewDigest`` of the Pulumi CLI (engine 3.x).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .problems import Problem
from .stacks import parse_json, unversioned

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine writes for a value that is known only after the deployment."""

REMEDY = "Give what this writes: pulumi preview --json > preview.json"
_OPERATIONS = frozenset(
    {
        *("same", "create", "update", "delete", "replace", "create-replacement", "delete-replaced"),
        *("read", "read-replacement", "read-discard", "refresh", "discard", "discard-replaced"),
        *("remove-pending-replace", "import", "import-replacement"),
    }
)


@dataclass(frozen=True)
class Step:
    """What the deployment would do with one resource."""

    operation: str
    urn: str
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None

    @property
    def type(self) -> str:
        """The resource's type, without an API version."""
        return unversioned(str((self.new or self.old or {}).get("type", "")))

    @property
    def raw_type(self) -> str:
        """The resource's type as the engine has it."""
        return str((self.new or self.old or {}).get("type", ""))

    @property
    def name(self) -> str:
        """Its logical name."""
        return self.urn.rsplit("::", 1)[-1]

    def known(self, name: str, *, old: bool = False) -> str:
        """The input, or an empty string when it is absent or not known yet."""
        value = ((self.old if old else self.new) or {}).get("inputs") or {}
        text = value.get(name)
        return text if isinstance(text, str) and text != UNKNOWN else ""

    def sources_of(self, name: str) -> list[str]:
        """URNs of the resources that the input takes its value from."""
        found = ((self.new or self.old or {}).get("propertyDependencies") or {}).get(name) or []
        return [str(urn) for urn in found]


@dataclass(frozen=True)
class Preview:
    """A whole preview."""

    steps: tuple[Step, ...]

    @property
    def stack(self) -> str:
        """Project and stack, "exchange-automation/prod"; empty without a step."""
        if not self.steps:
            return ""
        parts = self.steps[0].urn.split("::")
        return f"{parts[1]}/{parts[0].rpartition(':')[2]}" if len(parts) > 2 else ""

    def changes(self) -> Iterator[Step]:
        """The steps that are not reads."""
        return (step for step in self.steps if step.operation not in ("same", "refresh", "read"))


def parse_preview(text: str, source: str) -> Preview:
    """The preview in ``text``.

    :param source: what the text came from, for messages.
    :raises Problem: it is none, it is cut off, or it tells of a preview that failed.
    """
    if text.lstrip().startswith('{"sequence"'):
        raise Problem(
            f"{source} is a stream of events, not a preview's JSON, so its steps cannot be told apart.",
            "Run the preview without PULUMI_ENABLE_STREAMING_JSON_PREVIEW.",
        )
    document = parse_json(text, source, REMEDY)
    failures = [
        str(each.get("message", "")).strip().removeprefix("error: ")
        for each in document.get("diagnostics") or []
        if isinstance(each, dict) and each.get("severity") == "error"
    ]
    if failures:
        raise Problem(
            f"{source} tells of a preview that failed, so what it would do is not known: "
            f"{failures[0].splitlines()[0].rstrip(':.')}.",
            "Make the preview succeed first.",
        )
    entries = document.get("steps", [] if "changeSummary" in document else None)
    if not isinstance(entries, list) or "changeSummary" not in document:
        raise Problem(f"{source} is JSON, but not the JSON of a preview.", REMEDY)
    return Preview(tuple(_step(entry, source) for entry in entries))


def _step(entry: Any, source: str) -> Step:
    if not isinstance(entry, dict) or not isinstance(entry.get("op"), str) or not isinstance(entry.get("urn"), str):
        raise Problem(
            f"{source} holds a step without an operation or a URN: it was written by another version of Pulumi.", REMEDY
        )
    if entry["op"] not in _OPERATIONS:
        raise Problem(
            f'{source} holds the operation "{entry["op"]}", which this command does not know: it was written by another '
            "version of Pulumi, and guessing could hide a grant.",
            "Update this package.",
        )
    old, new = entry.get("oldState"), entry.get("newState")
    return Step(
        entry["op"], entry["urn"], old if isinstance(old, dict) else None, new if isinstance(new, dict) else None
    )
