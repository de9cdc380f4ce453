"""The checks of a component's arguments before it registers anything.

The types of the arguments are in their ``TypedDict``. Python does not check them at run time, so :func:`check_arguments`
does it for every component: unknown and missing names, wrong types, outputs where a plain value is needed, and the text
that an output leaves in a string.
"""

import enum
import inspect
import math
import types
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, Optional, TypeVar, Union, cast, get_args, get_origin

import pulumi
import typing_extensions
from typing_extensions import NotRequired, Required

from exchange_automation.core.errors import ExchangeAutomationError, Mistakes
from exchange_automation.core.guids import is_guid
from exchange_automation.core.problems import Problem

Args = TypeVar("Args", bound=Mapping[str, Any])

OUTPUT_IN_TEXT = "Calling __str__ on an Output[T] is not supported"
"""Beginning of the sentence that Pulumi puts into a string in place of an output."""

_TEXT_OR_OUTPUT = cast("Any", pulumi.Input)[str]
_REPORTED_WHEN_EMPTY = frozenset(
    {
        "action_group_ids",
        "address",
        "alert_emails",
        "at",
        "certificate",
        "claims_matching_expression",
        "content",
        "day",
        "default_action",
        "dns_zone_ids",
        "expires",
        "file",
        "frequency",
        "group",
        "ip_rules",
        "issuer",
        "key_vault_uri",
        "principal_id",
        "principal_type",
        "role",
        "scope",
        "sha256",
        "starts",
        "subnet_id",
        "text",
        "uri",
        "user_assigned_identity_id",
        "version",
        "week_days",
    }
)
"""Names of arguments whose own checks report an empty text, inside of other arguments."""
_UNIONS = (Union, getattr(types, "UnionType", Union))


def check_arguments(mistakes: Mistakes, arguments: Any, shape: Any, where: str = "") -> None:
    """Adds what is wrong with the names and types of the arguments, at every depth.

    Wrong types are raised at once, together with every other mistake so far, because the checks that follow rely on them.

    Args:
        mistakes: Receives the mistakes.
        arguments: The arguments as the user gave them.
        shape: The ``TypedDict`` that describes the arguments.
        where: The path of the arguments inside the component's arguments, with a trailing dot.

    Raises:
        InvalidArgumentsError: At least one value has a wrong type.
    """
    if not isinstance(arguments, Mapping):
        mistakes.add_problem(_wrong_type(where.rstrip(".") or "args", arguments, shape, is_input=False))
        mistakes.raise_any()
    _check_names(mistakes, arguments, shape, where)
    _check_empty_texts(mistakes, arguments, shape, where)
    faults = list(_faults_of_mapping(arguments, shape, where))
    for fault in faults:
        mistakes.add_problem(fault)
    if faults:
        mistakes.raise_any()


def with_checked_outputs(arguments: Args, shape: Any, planned: Sequence[str] = ()) -> Args:
    """Returns the arguments, whose outputs have a check of their types that runs as soon as their values are known.

    Args:
        arguments: The arguments after :func:`check_arguments`.
        shape: The ``TypedDict`` that describes the arguments.
        planned: The arguments that a plan has taken over. They stay as they are, because an awaitable can be read once.
    """
    others = {name: value for name, value in arguments.items() if name not in planned}
    return cast("Args", {**arguments, **_checked_mapping(others, shape, "")})


def _checked_mapping(arguments: Mapping[str, Any], shape: Any, where: str) -> dict[str, Any]:
    checked_values = {
        name: _checked_value(
            f"{where}{name}",
            arguments[name],
            hint,
            # Whether a resource exists, or what it is called, was decided from the presence of an id or a name.
            may_be_none=get_origin(hint) is NotRequired and not name.endswith(("_id", "_name")),
        )
        for name, hint in shape.__annotations__.items()
        if arguments.get(name) is not None
    }
    return {**arguments, **checked_values}


def _checked_value(path: str, value: Any, hint: Any, *, may_be_none: bool = False) -> Any:
    plain, _ = _plain_hint(hint)
    inner = Any if plain is Any else next(iter(get_args(plain)[-1:]), None)
    if isinstance(value, pulumi.Output) or inspect.isawaitable(value):
        return pulumi.Output.from_input(value).apply(
            lambda known: _verified(path, known, hint, may_be_none=may_be_none)
        )
    if typing_extensions.is_typeddict(plain):
        return _checked_mapping(value, plain, f"{path}.")
    if isinstance(value, Mapping):
        return {key: _checked_value(f'{path}["{key}"]', entry, inner) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_checked_value(f"{path}[{index}]", entry, inner) for index, entry in enumerate(value)]
    return value


def _verified(path: str, known: Any, hint: Any, *, may_be_none: bool = False) -> Any:
    if known is None and may_be_none:
        return None
    fault = next(_faults(path, known, hint), None)
    if fault is not None:
        raise ExchangeAutomationError(fault)
    return known


def entries(name: str, values: Any) -> Iterator[tuple[str, Any]]:
    """Returns the entries of a checked list or mapping with their paths, as messages write them."""
    if isinstance(values, Mapping):
        yield from ((f'{name}["{key}"]', value) for key, value in sorted(values.items()))
    else:
        yield from ((f"{name}[{index}]", value) for index, value in enumerate(values or ()))


def required_names(shape: Any) -> set[str]:
    """Returns the keys of a ``TypedDict`` that may not be left out.

    On Python 3.10 ``__required_keys__`` has every key, because ``TypedDict`` there is older than ``NotRequired``.
    """
    return {name for name, hint in shape.__annotations__.items() if get_origin(hint) is not NotRequired}


def _check_names(mistakes: Mistakes, arguments: Mapping[str, Any], shape: Any, where: str) -> None:
    known = shape.__annotations__
    for name in sorted(arguments, key=str):
        if name not in known:
            import difflib  # noqa: PLC0415  (only a mistake needs it)

            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f'Did you mean "{near[0]}"?' if near else f"Known are: {', '.join(sorted(known))}."
            mistakes.add("EXA101", f"{where}{name} is not an argument", "its value would be ignored", hint)
    for name in sorted(required_names(shape)):
        if arguments.get(name) is None:
            mistakes.add("EXA102", f"{where}{name} is missing", "nothing can be created without it", "Give it a value.")
    for path, value, hint in _values(arguments, shape, where):
        for inner_path, entry, inner_shape in _inner_shapes(path, value, hint):
            _check_names(mistakes, entry, inner_shape, f"{inner_path}.")


def _check_empty_texts(mistakes: Mistakes, arguments: Mapping[str, Any], shape: Any, where: str) -> None:
    """Adds empty texts, except those that a check of their own reports."""
    required = required_names(shape)
    for name, hint in shape.__annotations__.items():
        if name == "description" or _plain_hint(hint)[0] is Any:
            continue  # An empty text is a value like any other there.
        value, path = arguments.get(name), f"{where}{name}"
        if name in required:
            reported = name in _REPORTED_WHEN_EMPTY or (not where and not name.endswith("_name"))
            remedy = "Give a name." if name.endswith("name") else "Give a value."
        else:
            reported = name in _REPORTED_WHEN_EMPTY and bool(where)
            remedy = "Give a value, or leave it out for the default."
        if not reported and _is_blank(value):
            mistakes.add("EXA112", f"{path} is empty", "", remedy)
        if isinstance(value, (list, tuple)) and name not in _REPORTED_WHEN_EMPTY:
            for index, entry in enumerate(value):
                if _is_blank(entry):
                    mistakes.add("EXA112", f"{path}[{index}] is empty", "", "Give a value, or remove the entry.")
        for inner_path, entry, inner_shape in _inner_shapes(path, value, hint):
            _check_empty_texts(mistakes, entry, inner_shape, f"{inner_path}.")


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _values(arguments: Mapping[str, Any], shape: Any, where: str) -> Iterator[tuple[str, Any, Any]]:
    """Yields the known arguments that are not left out, with path and annotation."""
    for name, hint in shape.__annotations__.items():
        value = arguments.get(name)
        if value is not None:
            yield f"{where}{name}", value, hint


def _inner_shapes(path: str, value: Any, hint: Any) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    """Yields the mappings inside a value that have a ``TypedDict`` of their own."""
    plain, _ = _plain_hint(hint)
    if typing_extensions.is_typeddict(plain):
        if isinstance(value, Mapping):
            yield path, value, plain
        return
    inner = get_args(plain)[-1:]
    if inner and typing_extensions.is_typeddict(inner[0]) and isinstance(value, (Mapping, list, tuple)):
        for inner_path, entry in entries(path, _with_text_keys(value)):
            if isinstance(entry, Mapping):
                yield inner_path, entry, inner[0]


def _with_text_keys(value: Any) -> Any:
    return {str(key): entry for key, entry in value.items()} if isinstance(value, Mapping) else value


def _faults_of_mapping(arguments: Mapping[str, Any], shape: Any, where: str) -> Iterator[Problem]:
    for path, value, hint in _values(arguments, shape, where):
        yield from _faults(path, value, hint)


def _faults(path: str, value: Any, hint: Any) -> Iterator[Problem]:
    """Yields the faults in the type of a value and in the types of its entries."""
    plain, is_input = _plain_hint(hint)
    if isinstance(value, pulumi.Output) or inspect.isawaitable(value):
        if not is_input and plain is not Any:
            yield _wrong_type(path, value, plain, is_input=False)
    elif plain is Any or (isinstance(value, str) and _is_of(value, plain)):
        yield from _faults_of_json(path, value, is_input=is_input or plain is Any)
    elif not _is_of(value, plain):
        yield _wrong_type(path, value, plain, is_input=is_input)
    else:
        yield from _faults_inside(path, value, plain)


def _faults_inside(path: str, value: Any, hint: Any) -> Iterator[Problem]:
    """Yields the faults in the types of the entries of a value."""
    if typing_extensions.is_typeddict(hint):
        yield from _faults_of_mapping(value, hint, f"{path}.")
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _faults_of_key(path, key)
            yield from _faults(f'{path}["{key}"]', entry, get_args(hint)[-1])
    elif isinstance(value, (list, tuple)):
        for index, entry in enumerate(value):
            yield from _faults(f"{path}[{index}]", entry, get_args(hint)[0])


def _plain_hint(hint: Any) -> tuple[Any, bool]:
    """Returns the type of a plain value, and whether the argument takes an output as well."""
    while get_origin(hint) in (NotRequired, Required):
        hint = get_args(hint)[0]
    if get_origin(hint) not in _UNIONS:
        return hint, False
    members = [member for member in get_args(hint) if member is not type(None)]
    is_input = any(get_origin(member) is Awaitable for member in members)
    return members[0], is_input


def _is_of(value: Any, hint: Any) -> bool:
    origin = get_origin(hint) or hint
    if typing_extensions.is_typeddict(hint) or origin is Mapping:
        return isinstance(value, Mapping)
    if origin in (list, Sequence):
        return isinstance(value, (list, tuple))
    if isinstance(hint, enum.EnumMeta):
        return isinstance(value, str)
    if hint is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, origin)


def _wrong_type(path: str, value: Any, hint: Any, *, is_input: bool) -> Problem:
    wanted = _wanted(hint)
    if isinstance(value, pulumi.Output) or inspect.isawaitable(value):
        return Problem(
            "EXA112",
            f"{path} is an output, whose value is not known before the program has run",
            "the component could not decide what to create",
            f"Give {wanted} as a plain value.",
        )
    kind = "None" if value is None else f"of type {type(value).__name__}"
    also = " or an output of that" if is_input else ""
    return Problem("EXA112", f"{path} is {kind}", "the component cannot use it", f"Give {wanted}{also}.")


def _wanted(hint: Any) -> str:
    origin = get_origin(hint) or hint
    if typing_extensions.is_typeddict(hint):
        return f"a mapping with the keys {', '.join(sorted(hint.__annotations__))}"
    if isinstance(hint, enum.EnumMeta):
        values = [str(member.value) for member in cast("list[enum.Enum]", list(hint))]
        return "one of " + ", ".join(f'"{value}"' for value in values)
    names: Mapping[Any, str] = {bool: "True or False", int: "a whole number", str: "text", Mapping: "a mapping"}
    return names.get(origin, "a list")


def _faults_of_json(path: str, value: Any, *, is_input: bool) -> Iterator[Problem]:
    """The faults in a text, or in every value that a value of any type holds: it is written as JSON."""
    if isinstance(value, str):
        if OUTPUT_IN_TEXT in value:
            yield output_in_text(path, is_input=is_input)
        elif (surrogate := _lone_surrogate(value)) is not None:
            yield Problem(
                "EXA112",
                f"{path} contains {surrogate}, a lone surrogate, which has no encoding in UTF-8",
                "the program could not send it to the engine",
                "Remove it. Where the text is from a file or the environment, read it in its own encoding.",
            )
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _faults_of_key(path, key)
            yield from _faults_of_json(f'{path}["{key}"]', entry, is_input=is_input)
    elif isinstance(value, (list, tuple)):
        for index, entry in enumerate(value):
            yield from _faults_of_json(f"{path}[{index}]", entry, is_input=is_input)
    elif not _is_json(value):
        yield Problem(
            "EXA182",
            f"{path} is {value}" if isinstance(value, float) else f"{path} is of type {type(value).__name__}",
            "it cannot be written as JSON",
            "Give text, a number, a bool, a list or a mapping of these.",
        )


def _faults_of_key(path: str, key: Any) -> Iterator[Problem]:
    if isinstance(key, str):
        yield from _faults_of_json(f"{path}: the name", key, is_input=False)
    else:
        yield Problem("EXA112", f"{path} has the name {key!r}, which is not text", remedy="Give names as text.")


def _is_json(value: Any) -> bool:
    """Whether a value that holds no others, or the value that an output will have, can be written as JSON."""
    if isinstance(value, pulumi.Output) or inspect.isawaitable(value):
        return True
    return value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _lone_surrogate(text: str) -> Optional[str]:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"U+{ord(text[error.start]):04X}"
    return None


def output_in_text(path: str, *, is_input: bool) -> Problem:
    """Returns the problem of a text into which the program put an output.

    Args:
        path: The path of the text inside the component's arguments.
        is_input: Whether the argument takes an output.
    """
    if is_input:
        remedy = 'Write pulumi.Output.format("... {0} ...", output) in place of the f-string.'
    else:
        remedy = "This argument takes plain text alone: take the value from the configuration in place of the output."
    return Problem(
        "EXA113",
        f"{path} contains the text that Python makes of an output, such as in an f-string",
        f'Azure would get the words "{OUTPUT_IN_TEXT}" in place of the value',
        remedy,
    )


def plain(value: Any) -> Optional[str]:
    """Returns the value where it is plain text, and None where it is an output or left out."""
    return value if isinstance(value, str) else None


def object_id_problem(argument: str, value: str) -> Optional[Problem]:
    """Returns what is wrong with a value as the object id of a directory object; None when nothing is."""
    if is_guid(value):
        return None
    return Problem(
        "EXA103",
        f'{argument} "{value}" is not a GUID',
        "the directory would refuse every grant to it",
        "Give the object id of the service principal: the principal id that the identity's page in the portal shows, or "
        "object_id of an azuread.ServicePrincipal. The name of an application and a resource id are not object ids.",
    )


def check_object_id(mistakes: Mistakes, argument: str, value: Any) -> None:
    """Adds what is wrong with the object id of a directory object, where it is plain text."""
    if isinstance(value, str) and (problem := object_id_problem(argument, value)) is not None:
        mistakes.add_problem(problem)


def plain_text(arguments: Mapping[str, Any], name: str) -> Optional[str]:
    """Returns a checked argument as text; None where it is left out or empty. A member of an enumeration is its value."""
    value = arguments.get(name)
    if value is None or not value.strip():
        return None
    return str(value.value if isinstance(value, enum.Enum) else value)


def plain_flag(arguments: Mapping[str, Any], name: str, *, default: bool = False) -> bool:
    """Returns a checked argument as a bool, and the default where it is left out."""
    value = arguments.get(name)
    return default if value is None else bool(value)


def plain_list(arguments: Mapping[str, Any], name: str) -> Sequence[Any]:
    """Returns a checked argument as a list, which is empty where it is left out."""
    return arguments.get(name) or ()


def checked_object_id(argument: str, value: "pulumi.Input[str]") -> pulumi.Input[str]:
    """Returns an object id in lower case, with a check that runs when an output is known.

    Entra answers in lower case. The azuread provider compares letter by letter, and would replace a grant whose object id
    differs from Entra's in letter case.
    """
    return checked(value, argument, lambda given: object_id_problem(argument, given), str.lower)


def checked(
    value: "pulumi.Input[str]",
    argument: str,
    check: "Callable[[str], Problem | None]",
    spell: Callable[[str], str] = str,
) -> pulumi.Input[str]:
    """Returns the value with a check that runs when an output is known; plain values were checked before.

    Args:
        value: The value of an argument.
        argument: The argument, for the message about an output that is not text.
        check: Takes the value and returns what is wrong with it, or None.
        spell: Returns the spelling of a value that the provider gets.

    Raises:
        ExchangeAutomationError: Inside the output, when the check finds something.
    """
    if isinstance(value, str):
        return spell(value)

    def verify(known: Any) -> str:
        text: str = _verified(argument, known, _TEXT_OR_OUTPUT)
        found = check(text)
        if found is not None:
            raise ExchangeAutomationError(found)
        return spell(text)

    return pulumi.Output.from_input(cast("pulumi.Output[str]", value)).apply(verify)
