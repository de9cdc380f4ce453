"""Secret values as Pulumi's engine carries them: an envelope with a signature around the value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
"""The member that marks an envelope, and its value for a secret (Pulumi's ``sdk/go/common/resource``)."""


def opened(value: Any) -> Any:
    """Returns a value without the envelopes of secrets, at any depth."""
    if isinstance(value, Mapping):
        if _is_envelope(value):
            return opened(value.get("value"))
        return {name: opened(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [opened(item) for item in value]
    return value


def secret_paths(value: Any, path: str = "") -> Iterator[str]:
    """Returns the paths of the secrets in a value, such as ``value`` or ``parts[0].password``."""
    if isinstance(value, Mapping):
        if _is_envelope(value):
            yield path
            return
        for name, item in value.items():
            yield from secret_paths(item, f"{path}.{name}" if path else str(name))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from secret_paths(item, f"{path}[{index}]")


def _is_envelope(value: Mapping[Any, Any]) -> bool:
    return bool(value.get(SIGNATURE) == SECRET)
