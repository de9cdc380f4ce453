"""The form of a call: a component takes its arguments in one dictionary, as it takes them from every other language."""

import functools
import inspect
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import pulumi

from exchange_automation.core.errors import InvalidArgumentsError
from exchange_automation.core.problems import Problem

Initializer = TypeVar("Initializer")

_ENTRIES_SHOWN = 3
_OPTIONS = frozenset(inspect.signature(pulumi.ResourceOptions).parameters)


def takes_one_dictionary(initialize: Initializer) -> Initializer:
    """Returns the ``__init__`` of a component, which explains the right form to a call that has another.

    Args:
        initialize: The ``__init__``, with the parameters name, args and opts.
    """
    function: Any = initialize
    signature = inspect.signature(function)

    @functools.wraps(function)
    def checked(self: Any, *given: Any, **named: Any) -> None:
        try:
            signature.bind(self, *given, **named)
        except TypeError as mistake:
            raise _form_error(type(self).__name__, given, named, mistake) from None
        function(self, *given, **named)

    return checked  # type: ignore[return-value]


def _form_error(component: str, given: tuple[Any, ...], named: Mapping[str, Any], mistake: TypeError) -> Exception:
    name = given[0] if given else named.get("name")
    shown = name if isinstance(name, str) else "name"
    keywords = [each for each in named if each not in ("name", "args", "opts")]
    options = [each for each in keywords if each in _OPTIONS]
    arguments = [f'"{each}": ...' for each in keywords if each not in _OPTIONS]
    form = f'{component}("{shown}", {{{_listed(arguments)}}}'
    if options:
        form += f", opts=pulumi.ResourceOptions({_listed([f'{each}=...' for each in options])})"
    if len(keywords) == 1:
        what = f"{keywords[0]} is a keyword argument"
    elif keywords:
        what = f"{', '.join(keywords)} are keyword arguments"
    else:
        what = f"the call has another form than (name, args, opts): {mistake}"
    problem = Problem("EXA100", what, "the component would not get its arguments", f"Write {form}).")
    return InvalidArgumentsError(component, shown, [problem])


def _listed(entries: Sequence[str]) -> str:
    return ", ".join(entries if 0 < len(entries) <= _ENTRIES_SHOWN else [*entries[:_ENTRIES_SHOWN], "..."])
