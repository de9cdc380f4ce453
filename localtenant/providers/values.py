"""Property values as the engine sends them, and as plain Python.

In Python a value is None, a bool, a number, a string, a list, a dictionary, :data:`UNKNOWN` or a :class:`Secret`.
The engine's protocol sends ``google.protobuf.Struct`` with reserved strings and reserved keys, given in Pulumi's
``sdk/proto`` and ``sdk/go/common/resource``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import struct_pb2

Properties = dict[str, Any]

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_TEXTS = frozenset(
    {
        _UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class Unknown:
    """The type of :data:`UNKNOWN`."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, memo: object) -> Unknown:
        return self


UNKNOWN: Final = Unknown()
"""A value that is only known once something else has been created."""


@dataclass(frozen=True)
class Secret:
    """A value that the engine keeps encrypted."""

    value: Any


def from_struct(struct: struct_pb2.Struct, *, nulls: bool = False, secrets: bool = False) -> Properties:
    """Reads properties.

    Args:
        struct: The properties as the engine sends them.
        nulls: Whether to keep nulls.
        secrets: Whether to mark secrets; otherwise they are plain values.
    """
    return {
        name: _from_value(value, nulls, secrets)
        for name, value in struct.fields.items()
        if nulls or value.WhichOneof("kind") != "null_value"
    }


def _from_value(value: struct_pb2.Value, nulls: bool, secrets: bool) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return UNKNOWN if value.string_value in _UNKNOWN_TEXTS else value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_from_value(item, nulls, secrets) for item in value.list_value.values]
    if kind == "struct_value":
        return _from_special(value.struct_value, nulls, secrets)
    return None


def _from_special(struct: struct_pb2.Struct, nulls: bool, secrets: bool) -> Any:
    fields = struct.fields
    signature = fields[_SIGNATURE].string_value if _SIGNATURE in fields else None
    if signature == _SECRET:
        value = _from_value(fields["value"], nulls, secrets)
        return Secret(value) if secrets else value
    if signature == _OUTPUT:
        return _from_value(fields["value"], nulls, secrets) if "value" in fields else UNKNOWN
    if signature == _RESOURCE:
        # The engine sends a reference to a resource; a provider that accepts no references gets its id.
        return _from_value(fields["id"], nulls, secrets) if "id" in fields else fields["urn"].string_value
    return from_struct(struct, nulls=nulls, secrets=secrets)


def secret_names(struct: struct_pb2.Struct) -> frozenset[str]:
    """Returns the top-level properties that hold a secret, at any depth."""
    return frozenset(name for name, value in struct.fields.items() if _has_secret(value))


def _has_secret(value: struct_pb2.Value) -> bool:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        return any(_has_secret(item) for item in value.list_value.values)
    if kind != "struct_value":
        return False
    fields = value.struct_value.fields
    if _SIGNATURE in fields:
        if fields[_SIGNATURE].string_value == _SECRET:
            return True
        if fields[_SIGNATURE].string_value == _OUTPUT and fields["secret"].bool_value:
            return True
    return any(_has_secret(item) for item in fields.values())


def sealed(properties: Mapping[str, Any], names: frozenset[str]) -> Properties:
    """Returns ``properties`` with those of ``names`` marked as secrets, unless a part of them is marked already."""
    return {
        name: Secret(value) if name in names and value is not None and not contains_secret(value) else value
        for name, value in properties.items()
    }


def to_struct(properties: Mapping[str, Any], *, nulls: bool = False) -> struct_pb2.Struct:
    """Writes properties, and nulls only where ``nulls`` is true."""
    struct = struct_pb2.Struct()
    for name, value in properties.items():
        if value is not None or nulls:
            struct.fields[name].CopyFrom(_to_value(value, nulls))
    return struct


def _to_value(value: Any, nulls: bool) -> struct_pb2.Value:
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=_UNKNOWN_TEXT)
    if isinstance(value, Secret):
        return _to_value({_SIGNATURE: _SECRET, "value": value.value}, nulls)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, (int, float)):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        return struct_pb2.Value(struct_value=to_struct(value, nulls=nulls))
    if isinstance(value, (list, tuple)):
        return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_to_value(item, nulls) for item in value]))
    raise TypeError(f"{type(value).__name__} cannot be a property value.")


def contains_unknown(value: Any) -> bool:
    """Returns whether the value holds an unknown, at any depth."""
    if isinstance(value, Mapping):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(contains_unknown(item) for item in value)
    return value is UNKNOWN


def contains_secret(value: Any) -> bool:
    """Returns whether the value holds a secret, at any depth."""
    if isinstance(value, Mapping):
        return any(contains_secret(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return any(contains_secret(item) for item in value)
    return isinstance(value, Secret)


def unwrap(value: Any) -> Any:
    """Returns the value with plain values in place of secrets, at any depth."""
    if isinstance(value, Secret):
        return unwrap(value.value)
    if isinstance(value, Mapping):
        return {name: unwrap(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [unwrap(item) for item in value]
    return value
