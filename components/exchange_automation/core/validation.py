"""Checks that every component makes of its argument dictionary before anything is registered."""

import difflib
import enum
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Optional, cast, get_origin

import pulumi
from typing_extensions import NotRequired

from exchange_automation.core.errors import ExchangeAutomationError, Mistakes
from exchange_automation.core.guids import is_guid


def check_names(mistakes: Mistakes, arguments: Mapping[str, Any], shape: Any, where: str = "") -> None:
    """Note names that ``shape`` does not have, and required ones that are missing.

    A ``TypedDict`` checks nothing at run time: without this a misspelt argument would be ignored in silence.

    :param shape: the ``TypedDict`` class that describes ``arguments``.
    :param where: path of ``arguments`` inside the component's arguments, with a trailing dot.
    """
    known = shape.__annotations__
    for name in sorted(arguments, key=str):
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1)
            hint = f'Did you mean "{near[0]}"?' if near else f"Known are: {', '.join(sorted(known))}."
            mistakes.add("EXA101", f"{where}{name} is not an argument, so its value would be ignored. {hint}")
    for name in sorted(required_names(shape)):
        if arguments.get(name) is None:
            mistakes.add("EXA102", f"{where}{name} is missing; nothing can be made without it.")


def required_names(shape: Any) -> set[str]:
    """The keys of a ``TypedDict`` that may not be left out.

    ``__required_keys__`` names all of them on Python 3.10, whose ``TypedDict`` is older than ``NotRequired``.
    """
    return {name for name, hint in shape.__annotations__.items() if get_origin(hint) is not NotRequired}


def plain(value: Any) -> Optional[str]:
    """``value`` when it is a plain string, None when it is an output or absent."""
    return value if isinstance(value, str) else None


def object_id_mistake(what: str, value: str) -> Optional[str]:
    """What is wrong with ``value`` as the object id of a directory object; None when nothing is."""
    if is_guid(value):
        return None
    return (
        f'{what} "{value}" is not a GUID, so the directory would refuse every grant to it. Give the object id of the '
        "service principal: the principal id that the identity's page in the portal shows, or object_id of an "
        "azuread.ServicePrincipal. It is neither the client id's name nor a resource id."
    )


def plain_text(mistakes: Mistakes, arguments: Mapping[str, Any], name: str) -> Optional[str]:
    """The argument, which has to be known before the program runs and may be left out; notes what is wrong with it."""
    value = arguments.get(name)
    if value is None:
        return None
    if isinstance(value, enum.Enum):
        value = value.value
    if not isinstance(value, str):
        mistakes.add(
            "EXA112",
            f"{name} is {_kind_of(value)}, but what is made depends on it and must be known before the program runs. Give "
            "plain text.",
        )
        return None
    if not value.strip():
        mistakes.add("EXA112", f"{name} is empty. Give a value, or leave it out for the default.")
        return None
    return value


def plain_flag(mistakes: Mistakes, arguments: Mapping[str, Any], name: str) -> bool:
    """The argument as a bool, False where it is left out; notes what is wrong with it."""
    value = arguments.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    mistakes.add(
        "EXA112",
        f"{name} is {_kind_of(value)}, but what is made depends on it and must be known before the program runs. Give "
        "True or False.",
    )
    return False


def plain_list(mistakes: Mistakes, arguments: Mapping[str, Any], name: str, where: str = "") -> Sequence[Any]:
    """The argument as a list, empty where it is left out; notes what is wrong with it."""
    value = arguments.get(name)
    if value is None or isinstance(value, (list, tuple)):
        return value or ()
    mistakes.add(
        "EXA112",
        f"{where}{name} is {_kind_of(value)}, but what is made depends on it and must be known before the program runs. Give a "
        "list.",
    )
    return ()


def _kind_of(value: Any) -> str:
    return "an output" if isinstance(value, pulumi.Output) else f"of type {type(value).__name__}"


def checked(value: "pulumi.Input[str]", code: str, check: Callable[[str], Optional[str]]) -> pulumi.Input[str]:
    """``value`` with ``check`` applied once it is known; plain values have been checked before.

    :param check: takes the value and returns what is wrong with it, or None.
    :raises ExchangeAutomationError: inside the output.
    """
    if isinstance(value, str):
        return value

    def verify(resolved: str) -> str:
        mistake = check(resolved)
        if mistake is not None:
            raise ExchangeAutomationError(f"{mistake} [{code}]")
        return resolved

    return pulumi.Output.from_input(cast("pulumi.Output[str]", value)).apply(verify)
