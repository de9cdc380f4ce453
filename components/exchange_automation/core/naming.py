"""Logical names and their parts; checks of names and resource ids.

A logical name is part of the state, so a name must always give the same part, whatever the other names are.
"""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Optional, cast

import pulumi

from exchange_automation.catalog import resource_ids
from exchange_automation.catalog.name_rules import NameRule
from exchange_automation.core.errors import Mistakes
from exchange_automation.core.problems import Problem
from exchange_automation.core.validation import Args, checked

_RANDOM_DIGITS = "0" * 8
_KEBAB = r"[a-z0-9]+(?:-[a-z0-9]+)*"


def slug(text: str) -> str:
    """Returns the text in kebab-case. Different texts can have the same slug; :func:`name_part` keeps them apart."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def name_part(name: str) -> str:
    """Returns the part of a logical name for a name that the program gives.

    Different names have different parts. Names that differ only in letter case have the same part, because Azure takes them
    for one name. A name in kebab-case is its own part; any other name gets eight hexadecimal digits.
    """
    kebab = slug(name)
    if name.isascii() and re.fullmatch(_KEBAB, name.lower()):
        return kebab
    digest = hashlib.sha256(name.lower().encode()).hexdigest()[:8]
    return f"{kebab}-{digest}" if kebab else digest


def former_name_part(name: str, others: "set[str] | frozenset[str]" = frozenset()) -> Optional[str]:
    """Returns the part that version 0.1.0 gave this name where it differs from today's, for an alias.

    Args:
        name: The name.
        others: All other names. There is no alias where another name has the part today, or had it in that version.
    """
    kebab = slug(name)
    if not kebab or kebab == name_part(name):
        return None
    return None if any(slug(other) == kebab for other in others if other != name) else kebab


def name_problem(code: str, subject: str, name: str, rule: NameRule) -> Optional[Problem]:
    """Returns why Azure refuses a name; None when Azure accepts it.

    Args:
        code: The code of the message.
        subject: The beginning of the message: an argument with its value, or its path.
        name: The name.
        rule: The rule for names of this type of resource.
    """
    fault = _fault(name, rule)
    if fault is None:
        return None
    return Problem(
        code, f"{subject} {fault}", f"Azure would refuse it as the name of {rule.resource}", f"Give {rule.reads}."
    )


def check_name(mistakes: Mistakes, argument: str, value: Any, rule: NameRule, code: str = "EXA114") -> None:
    """Adds the problem of a plain name that Azure refuses. :func:`checked_name` checks outputs."""
    # check_arguments reports an empty name.
    if (
        isinstance(value, str)
        and value.strip()
        and (problem := name_problem(code, f'{argument} "{value}"', value, rule)) is not None
    ):
        mistakes.add_problem(problem)


def checked_name(
    argument: str, value: "pulumi.Input[str]", rule: NameRule, code: str = "EXA114"
) -> "pulumi.Input[str]":
    """Returns the name with a check that runs when an output is known.

    Raises:
        ExchangeAutomationError: Inside the output, when Azure would refuse the name.
    """
    return checked(value, argument, lambda name: name_problem(code, f'{argument} "{name}"', name, rule))


def check_names(mistakes: Mistakes, args: Any, rules: Mapping[str, NameRule]) -> None:
    """Adds the problems of plain names among the arguments that Azure refuses.

    Args:
        mistakes: Receives the mistakes.
        args: The arguments of a component.
        rules: The rule of each argument that has a name.
    """
    for argument, rule in rules.items():
        check_name(mistakes, argument, args.get(argument), rule)


def with_checked_names(args: Args, rules: Mapping[str, NameRule]) -> Args:
    """Returns the arguments, with a check of names that runs when an output is known."""
    checked_names = {name: checked_name(name, args[name], rule) for name, rule in rules.items() if args.get(name)}
    return cast("Args", {**args, **checked_names})


def checked_name_or_none(args: Mapping[str, Any], argument: str, rule: NameRule) -> "Optional[pulumi.Input[str]]":
    """Returns the name that an argument has, with a check of outputs; None where the argument is left out."""
    value = args.get(argument)
    return None if value is None else checked_name(argument, value, rule)


def automatic_name_problem(code: str, logical_name: str, rule: NameRule, remedy: str) -> Optional[Problem]:
    """Returns why Azure would refuse the name that the azure-native provider derives from a logical name.

    The provider appends eight hexadecimal digits to the logical name of a resource that lies in a resource group.
    """
    fault = _fault(f"{logical_name}{_RANDOM_DIGITS}", rule)
    if fault is None:
        return None
    return Problem(
        code,
        f'the automatic name "{logical_name}{_RANDOM_DIGITS}" {fault}',
        f"Azure would refuse it as the name of {rule.resource}, which has {rule.reads}",
        remedy,
    )


def wrong_resource_id(code: str, argument: str, value: str, resource_type: str) -> Problem:
    """Returns the problem of a value that is not the id of a resource of this type.

    Args:
        code: The code of the message.
        argument: The argument that has the id.
        value: The value.
        resource_type: The type, such as "Microsoft.Automation/automationAccounts".
    """
    return Problem(
        code,
        f'{argument} "{value}" is not the id of a {resource_type}',
        "Azure could not find it",
        f"Give {resource_ids.form(resource_type)}.",
    )


def resource_id_problem(code: str, argument: str, value: str, resource_type: str) -> Optional[Problem]:
    """Returns what is wrong with a value as the id of a resource of this type; None when nothing is."""
    is_right = resource_ids.parse(value, resource_type) is not None
    return None if is_right else wrong_resource_id(code, argument, value, resource_type)


def check_resource_id(mistakes: Mistakes, code: str, argument: str, value: Any, resource_type: str) -> None:
    """Adds what is wrong with a plain resource id; outputs are checked when their values are known."""
    if isinstance(value, str) and (problem := resource_id_problem(code, argument, value, resource_type)) is not None:
        mistakes.add_problem(problem)


def checked_resource_id(
    code: str, argument: str, value: "pulumi.Input[str]", resource_type: str
) -> "pulumi.Input[str]":
    """Returns the resource id with a check that runs as soon as an output is known.

    Raises:
        ExchangeAutomationError: Inside the output, when it is not the id of a resource of this type.
    """
    return checked(value, argument, lambda known: resource_id_problem(code, argument, known, resource_type))


def _fault(name: str, rule: NameRule) -> Optional[str]:
    wrong = list(
        dict.fromkeys(character for character in name if not re.fullmatch(rule.characters, character, re.DOTALL))
    )
    if wrong:
        return f"contains {' '.join(_shown(character) for character in wrong)}"
    if len(name) < rule.shortest:
        return "is empty" if not name else f"has {len(name)} of at least {rule.shortest} characters"
    if len(name) > rule.longest:
        return f"has {len(name)} characters, more than {rule.longest}"
    if not re.fullmatch(rule.first, name[0], re.DOTALL):
        return f"begins with {_shown(name[0])}"
    if not re.fullmatch(rule.last, name[-1], re.DOTALL):
        return f"ends with {_shown(name[-1])}"
    return None


def _shown(character: str) -> str:
    if character == " ":
        return "a blank"
    return character if character.isprintable() else f"U+{ord(character):04X}"
