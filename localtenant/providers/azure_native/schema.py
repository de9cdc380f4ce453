"""The schema of a resource type of azure-native, with the translation of inputs into requests and responses into state.

Source: ``provider/pkg/resources`` and ``provider/pkg/convert`` of pulumi/pulumi-azure-native.
"""

from __future__ import annotations

import copy
import enum
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from localtenant.providers.provider import Autonaming, Difference, Failure
from localtenant.providers.values import UNKNOWN, Properties, Secret, contains_unknown, unwrap

CREATE_BEFORE_DELETE = "__createBeforeDelete"
_API_VERSION = "azureApiVersion"
_SCOPES = frozenset({"scope", "resourceUri"})
"""Path parameters that are whole ids."""


class Naming(enum.Enum):
    """How a resource without a name gets one."""

    RANDOM = "logical name and eight hexadecimal digits"
    COPY = "the logical name"
    UUID = "a UUID"


_WITHOUT_API_VERSION = frozenset({"azure-native:storage:Blob"})
"""Types that the plugin writes by hand, without an API version among their inputs."""


@dataclass(frozen=True)
class Input:
    """One input.

    Attributes:
        sent_as: Its place in the request's body, with dots between the levels.
        type: ``string``, ``boolean``, ``integer``, ``object`` or ``array``; None where the type is not checked.
        required: Whether a program has to give it.
        replaces: Whether a change replaces the resource.
        secret: Whether the engine encrypts it.
        keyed: Lists of ids that are maps with empty values in the request.
        pattern: The regular expression that a text has to match.
        ignore_case: Whether letter case and blanks make no difference.
        min_length: The fewest characters.
        max_length: The most characters; 0 for no limit.
        required_parts: Parts of an object that are required when their parent is given, with dots between the levels.
        renamed: Parts of an object that have another name in the request.
        reset: The value that an update sends where the program gives none.
        inner: Names that the request has inside ``properties`` of a list's items, and the schema beside the other names.
        items: By the name of a list inside the object: parts of its items that have another name in the request.
    """

    sent_as: str
    type: str | None = "string"
    required: bool = False
    replaces: bool = False
    secret: bool = False
    keyed: tuple[str, ...] = ()
    pattern: str | None = None
    ignore_case: bool = False
    min_length: int = 0
    max_length: int = 0
    required_parts: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    reset: Any = None
    inner: tuple[str, ...] = ()
    items: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ResourceSchema:
    """One resource type.

    Attributes:
        token: Its type token.
        path: Its id, with path parameters in braces.
        api_version: The default API version.
        inputs: Properties of the request's body, by name.
        outputs: Read-only properties, by name, with their place in the answer.
        name: The path parameter that names it.
        naming: How a resource without a name gets one.
        parameters: Pattern of path parameters that have one.
        nested: Read-only parts of an input's object, unknown in a preview of a creation.
    """

    token: str
    path: str
    api_version: str
    inputs: Mapping[str, Input]
    outputs: Mapping[str, str]
    name: str
    naming: Naming = Naming.COPY
    parameters: Mapping[str, Input] = field(default_factory=dict)
    nested: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def path_parameters(self) -> list[str]:
        """The path parameters that are inputs, in their order."""
        return [name for name in re.findall(r"{(\w+)}", self.path) if name != "subscriptionId"]

    @property
    def has_location(self) -> bool:
        """Whether the type has a region."""
        return "location" in self.inputs

    def check(
        self, name: str, olds: Properties, news: Properties, seed: bytes, autonaming: Autonaming | None = None
    ) -> tuple[Properties, list[Failure]]:
        """Checks the inputs and gives the resource a name; the caller fills in the location."""
        inputs = dict(news)
        if self.name not in inputs:
            self._give_name(inputs, name, olds, seed, autonaming)
        failures = [
            Failure("", f"missing required property '{parameter}'")
            for parameter in self.path_parameters
            if parameter not in inputs
        ]
        for key, declared in self.inputs.items():
            if declared.required and key not in inputs:
                failures.append(Failure("", f"missing required property '{key}'"))
        for key, declared in {**self.inputs, **self.parameters}.items():
            if key in inputs:
                failures.extend(_mistakes(key, declared, unwrap(inputs[key])))
        if self.token not in _WITHOUT_API_VERSION:
            inputs.setdefault(_API_VERSION, self.api_version)
        return inputs, failures

    def _give_name(
        self, inputs: Properties, name: str, olds: Properties, seed: bytes, autonaming: Autonaming | None
    ) -> None:
        """Keeps the name of an existing resource, and gives a new one a name unless the configuration forbids that."""
        if olds.get(self.name):
            inputs[self.name] = olds[self.name]
            is_automatic = bool(olds.get(CREATE_BEFORE_DELETE))
        elif autonaming is None or (autonaming.mode == "propose" and self.naming is Naming.UUID):
            inputs[self.name] = _automatic(self.naming, name, seed)
            is_automatic = self.naming is not Naming.COPY
        elif autonaming.mode in ("propose", "enforce"):
            inputs[self.name] = autonaming.proposed_name
            is_automatic = True
        else:
            return
        if is_automatic:
            inputs[CREATE_BEFORE_DELETE] = True

    def id_of(self, subscription_id: str, inputs: Properties) -> str:
        """Returns the resource's id from its path parameters."""
        values = {"subscriptionId": subscription_id, **{name: inputs[name] for name in self.path_parameters}}
        values.update({name: str(values[name]).strip("/") for name in _SCOPES if name in values})
        return self.path.format(**values)

    def parameters_of(self, resource_id: str) -> Properties | None:
        """Returns the path parameters in an id; None when it is not an id of this type."""
        pattern = re.sub(
            r"{(\w+)}", lambda name: f"(?P<{name[1]}>{'.+' if name[1] in _SCOPES else '[^/]+'})", self.path
        )
        match = re.fullmatch(pattern, resource_id, re.IGNORECASE)
        if match is None:
            return None
        return {name: value for name, value in match.groupdict().items() if name != "subscriptionId"}

    def body(self, inputs: Properties, *, update: bool = False) -> dict[str, Any]:
        """Returns the body of a creation or of an update."""
        result: dict[str, Any] = {}
        for key, declared in self.inputs.items():
            if key in inputs:
                value = copy.deepcopy(unwrap(inputs[key]))
                for path in declared.keyed:
                    _at(value, path, lambda ids: {identifier: {} for identifier in ids})
                for given, sent in declared.renamed.items():
                    if isinstance(value, dict) and given in value:
                        value[sent] = value.pop(given)
                if declared.inner and isinstance(value, list):
                    value = [_wrapped(item, declared.inner) for item in value]
                _rename_items(value, declared.items)
                _put(result, declared.sent_as, value)
            elif update and declared.reset is not None:
                _put(result, declared.sent_as, copy.deepcopy(declared.reset))
        return result

    def update_request(self, state: Properties, news: Properties) -> tuple[str, dict[str, Any]]:
        """Returns the method and the body of an update.

        Resource Manager removes an identity from a resource only when a PATCH names it with null.
        """
        body = self.body(news, update=True)
        method = "PUT"
        for name, declared in self.inputs.items():
            for path in declared.keyed:
                before, after = (
                    _get(unwrap(state.get(name)), path) or {},
                    _get(body, f"{declared.sent_as}.{path}") or {},
                )
                removed = {key: None for key in before if key not in after}
                if removed:
                    method = "PATCH"
                    _put(body, f"{declared.sent_as}.{path}", {**after, **removed})
        return method, body

    def state(self, response: Mapping[str, Any], inputs: Properties) -> Properties:
        """Returns the outputs in an answer."""
        state: Properties = {} if self.token in _WITHOUT_API_VERSION else {_API_VERSION: self.api_version}
        for name, sent_as in {
            **{key: declared.sent_as for key, declared in self.inputs.items()},
            **self.outputs,
        }.items():
            value = _without_nulls(_get(response, sent_as))
            if name in self.inputs and self.inputs[name].inner and isinstance(value, list):
                value = [_flattened(item) for item in value]
            for path, names in self.inputs[name].items.items() if name in self.inputs else ():
                _rename_items(value, {path: {sent: given for given, sent in names.items()}})
            if value is not None:
                state[name] = value
        return self.sealed(state)

    def planned(self, inputs: Properties) -> Properties:
        """Returns the state of a preview: an output is known only where an input of the same name is."""
        state: Properties = dict.fromkeys((*self.inputs, *self.outputs), UNKNOWN)
        state.update({name: inputs[name] for name in self.inputs if name in inputs})
        for name, parts in self.nested.items():
            if isinstance(state[name], dict):
                state[name] = {**dict.fromkeys(parts, UNKNOWN), **state[name]}
        for name, declared in self.inputs.items():
            for path in declared.keyed:
                state[name] = copy.deepcopy(state[name])
                _at(state[name], path, lambda _: UNKNOWN)
        state[_API_VERSION] = self.api_version
        if "name" in self.outputs and "name" in inputs:
            state["name"] = inputs["name"]
        return self.sealed(state)

    def sealed(self, state: Properties) -> Properties:
        """Returns ``state`` with its secrets marked."""
        return {
            key: Secret(unwrap(value))
            if key in self.inputs and self.inputs[key].secret and value is not None
            else value
            for key, value in state.items()
        }

    def imported(self, resource_id: str, state: Properties) -> Properties:
        """Returns the inputs that would produce ``state``, for an import."""
        inputs = dict(self.parameters_of(resource_id) or {})
        for name, declared in self.inputs.items():
            if state.get(name) is not None:
                value = copy.deepcopy(unwrap(state[name]))
                for path in declared.keyed:
                    _at(value, path, list)
                inputs[name] = value
        return inputs

    def refreshed(self, inputs: Properties, old_state: Properties, new_state: Properties) -> Properties:
        """Returns ``inputs`` with the differences between two states."""
        result = dict(inputs)
        for name, declared in self.inputs.items():
            old, new = unwrap(old_state.get(name)), unwrap(new_state.get(name))
            if old == new:
                continue
            if new is None:
                result.pop(name, None)
                continue
            value = copy.deepcopy(new)
            for path in declared.keyed:
                _at(value, path, list)
            carried = _carried(unwrap(result.get(name)), old, value)
            if carried is None:
                result.pop(name, None)
            else:
                result[name] = carried
        return result

    def diff(self, old_inputs: Properties, news: Properties) -> Difference:
        """Compares old with new inputs."""
        changed: dict[str, str] = {}
        replaces: list[str] = []
        known = [*self.path_parameters, *(key for key in self.inputs if key not in self.path_parameters)]
        others = sorted({*old_inputs, *news} - {*known, CREATE_BEFORE_DELETE, _API_VERSION})
        for name in (*known, *others):
            declared = Input(name, None) if name in others else self.inputs.get(name)
            old, new = unwrap(old_inputs.get(name)), unwrap(news.get(name))
            change = _change(old, new, (declared is not None and declared.ignore_case) or name == "resourceGroupName")
            if change is None:
                continue
            replacing = declared is None or declared.replaces
            changed[name] = f"{change}-replace" if replacing else change
            if replacing:
                replaces.append(name)
        delete_first = bool(replaces) and not old_inputs.get(CREATE_BEFORE_DELETE)
        return Difference(tuple(changed), tuple(replaces), delete_first, changed)


def _automatic(naming: Naming, name: str, seed: bytes) -> str:
    digest = hashlib.sha256(seed or name.encode()).hexdigest()
    if naming is Naming.RANDOM:
        return f"{name}{digest[:8]}"
    if naming is Naming.UUID:
        return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}"
    return name


_TYPES = {"string": str, "boolean": bool, "integer": int, "object": dict, "array": list}
_TYPE_NAMES = {
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    dict: "an object",
    list: "an array",
}


def _mistakes(key: str, declared: Input, value: Any) -> Sequence[Failure]:
    if contains_unknown(value) or value is None or declared.type is None:
        return ()
    expected = _TYPES[declared.type]
    if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        found = _TYPE_NAMES.get(type(value), type(value).__name__)
        return [Failure("", f"'{key}' should be of type '{declared.type}' but got {found}")]
    if isinstance(value, str) and len(value) < declared.min_length:
        return [Failure("", f"'{key}' is too short ({len(value)}): at least {declared.min_length} characters required")]
    if isinstance(value, str) and declared.max_length and len(value) > declared.max_length:
        return [Failure("", f"'{key}' is too long ({len(value)}): at most {declared.max_length} characters allowed")]
    if isinstance(value, str) and declared.pattern and not re.search(declared.pattern, value):
        return [Failure("", f"'{key}' does not match expression '{declared.pattern}'")]
    if isinstance(value, dict):
        return [
            Failure("", f"missing required property '{key}.{part}'")
            for part in declared.required_parts
            if isinstance(_get(value, part.rpartition(".")[0]) if "." in part else value, Mapping)
            and _get(value, part) is None
        ]
    return ()


def _change(old: Any, new: Any, ignore_case: bool) -> str | None:
    if contains_unknown(new):
        return "update" if old is not None else "add"
    if ignore_case and isinstance(old, str) and isinstance(new, str):
        old, new = old.lower().replace(" ", ""), new.lower().replace(" ", "")
    if old == new:
        return None
    if old is None:
        return "add"
    return "delete" if new is None else "update"


def _carried(given: Any, old: Any, new: Any) -> Any:
    """Returns ``given`` with the differences between ``old`` and ``new``, without other parts that the program did not give."""
    if isinstance(given, dict) and isinstance(new, dict) and isinstance(old, dict):
        result = dict(given)
        for key in {*old, *new}:
            if old.get(key) == new.get(key):
                continue
            if key not in new:
                result.pop(key, None)
            else:
                result[key] = _carried(given.get(key), old.get(key), new[key])
        return result
    return new


def _flattened(item: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an item of a list with the names below ``properties`` beside its other names."""
    return {**{name: value for name, value in item.items() if name != "properties"}, **(item.get("properties") or {})}


def _wrapped(item: Mapping[str, Any], inner: Sequence[str]) -> dict[str, Any]:
    """Returns an item of a list with some of its names below ``properties``."""
    outer = {name: value for name, value in item.items() if name not in inner}
    return {**outer, "properties": {name: item[name] for name in inner if name in item}}


def _rename_items(value: Any, names: Mapping[str, Mapping[str, str]]) -> None:
    """Renames parts of the items of lists inside ``value``."""
    for path, renamed in names.items():
        _at(value, path, lambda items, renamed=renamed: [{renamed.get(k, k): v for k, v in it.items()} for it in items])


def _without_nulls(value: Any) -> Any:
    """Returns the value without nulls, which a state does not have."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _put(target: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.split(".")
    for parent in parents:
        target = target.setdefault(parent, {})
    target[last] = value


def _get(source: Any, path: str) -> Any:
    for item in path.split("."):
        if not isinstance(source, Mapping):
            return None
        source = source.get(item)
    return source


def _at(value: Any, path: str, change: Any) -> None:
    """Replaces the value at ``path`` inside ``value``, if it exists, by the result of ``change``."""
    *parents, last = path.split(".")
    for parent in parents:
        value = value.get(parent) if isinstance(value, dict) else None
    if isinstance(value, dict) and value.get(last) is not None:
        value[last] = change(value[last])
