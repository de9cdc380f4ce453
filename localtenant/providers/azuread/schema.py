"""The schema of a resource type of the azuread plugin, and the checks and comparisons of its Terraform bridge.

Source: ``pkg/tfbridge`` and ``pkg/tfshim`` of pulumi/pulumi-terraform-bridge, observed with the real plugin.
"""

from __future__ import annotations

import abc
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localtenant.providers.azuread.client import GraphClient
from localtenant.providers.provider import Difference, Failure
from localtenant.providers.values import UNKNOWN, Properties, Secret, contains_unknown, unwrap

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DEFAULTS = "__defaults"


@dataclass(frozen=True)
class Field:
    """One property.

    Attributes:
        name: Its name in Pulumi's schema.
        required: Whether an input is needed.
        settable: Whether it is an input.
        computed: Whether the service may choose the value.
        replaces: Whether a change replaces the resource.
        uuid: Whether it has to be a UUID.
        not_empty: Whether an empty text is refused.
        conflicts: A property that must not be given beside it.
        secret: Whether the engine encrypts it.
        default: The value where the program gives none.
    """

    name: str
    required: bool = False
    settable: bool = True
    computed: bool = False
    replaces: bool = False
    uuid: bool = False
    not_empty: bool = False
    conflicts: str | None = None
    secret: bool = False
    default: Any = None

    @property
    def terraform_name(self) -> str:
        """Its name in the plugin's own schema."""
        return re.sub(r"(?<!^)([A-Z])", r"_\1", self.name).lower()


def fields_by_name(*fields: Field) -> dict[str, Field]:
    """Returns the fields of a type by their names."""
    return {field.name: field for field in fields}


class DirectoryResourceType(abc.ABC):
    """One resource type: its properties and the requests behind its operations.

    Attributes:
        token: Its type token.
        fields: Its properties, by name.
        whole_update: Whether an update sends all properties and not the changed ones alone.
    """

    token: str
    fields: Mapping[str, Field]
    whole_update = False

    @abc.abstractmethod
    async def create(self, client: GraphClient, inputs: Properties) -> str:
        """Creates the resource; returns its id.

        Raises:
            ProviderError: The resource was not created.
        """

    async def settle(  # noqa: B027  (most types have nothing to wait for)
        self, client: GraphClient, resource_id: str, inputs: Properties
    ) -> None:
        """Does what the plugin does between the creation and the first read.

        Raises:
            ProviderError: It failed. The engine keeps the resource and reports the error.
        """

    @abc.abstractmethod
    async def read(self, client: GraphClient, resource_id: str, state: Properties) -> Properties | None:
        """Returns the state; None when the resource does not exist, or ``resource_id`` is not an id of this type."""

    async def update(self, client: GraphClient, resource_id: str, changes: Properties) -> None:
        """Changes the resource in place."""
        raise NotImplementedError(f"{self.token} is replaced by every change.")

    @abc.abstractmethod
    async def delete(self, client: GraphClient, resource_id: str, state: Properties) -> None:
        """Deletes the resource."""

    def check(self, name: str, news: Properties) -> tuple[Properties, Sequence[Failure]]:
        """Checks the inputs; returns them with their defaults, and the failures."""
        inputs: Properties = {key: value for key, value in news.items() if key != DEFAULTS and value is not None}
        failures: list[Failure] = []
        for key in sorted(inputs):
            if key not in self.fields or not self.fields[key].settable:
                failures.append(Failure("", f"Invalid or unknown key. Examine values at '{name}.{key}'."))
        applied: list[str] = []
        for field in self.fields.values():
            if not field.settable:
                continue
            if field.name not in inputs:
                if field.default is not None:
                    inputs[field.name] = field.default
                    applied.append(field.name)
                elif field.required:
                    failures.append(
                        Failure(
                            "",
                            f'Missing required argument. The argument "{field.terraform_name}" is required, but no '
                            f"definition was found.. Examine values at '{name}.{field.name}'.",
                        )
                    )
                continue
            value = inputs[field.name]
            if isinstance(value, (int, float)) and not isinstance(value, bool) and (field.uuid or field.not_empty):
                value = inputs[field.name] = str(value)
            mistake = _mistake(field, value, inputs)
            if mistake is not None:
                failures.append(Failure("", f"{mistake}. Examine values at '{name}.{field.name}'."))
        inputs[DEFAULTS] = applied
        return inputs, failures

    def diff(self, state: Properties, news: Properties) -> Difference:
        """Compares the state with checked inputs."""
        changed: dict[str, str] = {}
        replaces: list[str] = []
        for field in self.fields.values():
            if not field.settable:
                continue
            change = _change(field, unwrap(state.get(field.name)), unwrap(news.get(field.name)))
            if change is None:
                continue
            changed[field.name] = f"{change}-replace" if field.replaces else change
            if field.replaces:
                replaces.append(field.name)
        return Difference(tuple(changed), tuple(replaces), detailed=changed)

    def planned(self, inputs: Properties) -> Properties:
        """Returns the state of a preview, in which the values that the service chooses are unknown."""
        state = {field.name: UNKNOWN for field in self.fields.values() if field.computed or not field.settable}
        state.update({key: value for key, value in inputs.items() if key != DEFAULTS})
        return self.sealed({**state, "id": UNKNOWN})

    def sealed(self, state: Properties) -> Properties:
        """Returns ``state`` with its secrets marked."""
        return {
            key: Secret(value)
            if key in self.fields and self.fields[key].secret and value is not None and not isinstance(value, Secret)
            else value
            for key, value in state.items()
        }

    def inputs_of(self, state: Properties, inputs: Properties) -> Properties:
        """Returns the inputs that would produce ``state``: the same names as before, or after an import all that have a value."""
        if not inputs:
            taken = {
                field.name: state[field.name]
                for field in self.fields.values()
                if field.settable and state.get(field.name) not in (None, "", [], {}, False)
            }
            return {**taken, DEFAULTS: []}
        taken = {}
        for key, value in inputs.items():
            taken[key] = state.get(key, value) if key in self.fields else value
        return taken


def _mistake(field: Field, value: Any, inputs: Properties) -> str | None:
    if contains_unknown(value):
        return None
    if field.uuid and not (isinstance(value, str) and _UUID.fullmatch(value)):
        return f'expected "{field.terraform_name}" to be a valid UUID, got {value}'
    if field.not_empty and value == "":
        return f'expected "{field.terraform_name}" to not be an empty string, got {value}'
    if field.conflicts is not None and field.conflicts in inputs:
        other = Field(field.conflicts).terraform_name
        return f'Conflicting configuration arguments. "{field.terraform_name}": conflicts with {other}'
    return None


def _change(field: Field, old: Any, new: Any) -> str | None:
    if new is None:
        if field.computed or old in (None, "", [], {}, False) or old == field.default:
            return None
        return "delete"
    if contains_unknown(new):
        return "update" if old is not None else "add"
    if _same(old, new):
        return None
    return "add" if old in (None, "", [], {}) else "update"


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, list) and isinstance(new, list):
        return sorted(map(str, old)) == sorted(map(str, new))
    return bool(old == new)
