"""The form of a call: a component takes its arguments in one dictionary."""

import functools
import inspect
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import pulumi

from exchange_automation.core.errors import InvalidArgumentsError
from exchange_automation.core.problems import Problem

Component = TypeVar("Component", bound=pulumi.ComponentResource)

_ENTRIES_SHOWN = 3
_signature = functools.cache(inspect.signature)


def takes_one_dictionary(component: type[Component]) -> type[Component]:
    """Returns the class of a component with a check of the form of its calls.

    The check is in ``__new__``, which returns before ``__init__`` runs. The SDK records the caller of ``__init__`` as the
    place where the program creates the component, and a function around ``__init__`` would be that caller.

    Args:
        component: The class, whose ``__init__`` has the parameters name, args and opts.
    """
    initialize: Any = component.__init__

    @functools.wraps(initialize)
    def check_form(cls: type[Component], *given: Any, **named: Any) -> Component:
        try:
            _signature(initialize).bind(None, *given, **named)
        except TypeError as mistake:
            raise _form_error(cls.__name__, given, named, mistake) from None
        return object.__new__(cls)

    component.__new__ = check_form  # type: ignore[assignment, method-assign]
    return component


def _form_error(component: str, given: tuple[Any, ...], named: Mapping[str, Any], mistake: TypeError) -> Exception:
    name = given[0] if given else named.get("name")
    shown = name if isinstance(name, str) else "name"
    keywords = [keyword for keyword in named if keyword not in ("name", "args", "opts")]
    known = _signature(pulumi.ResourceOptions).parameters
    options = [item for item in keywords if item in known]
    arguments = [f'"{keyword}": ...' for keyword in keywords if keyword not in known]
    form = f'{component}("{shown}", {{{_listed(arguments)}}}'
    if options:
        form += f", opts=pulumi.ResourceOptions({_listed([f'{option}=...' for option in options])})"
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
