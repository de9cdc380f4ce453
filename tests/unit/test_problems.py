"""Every message has one form: what is wrong, what follows, what to do, and the code."""

from __future__ import annotations

import copy
import pickle

import pulumi
import pytest

from exchange_automation.core.errors import ExchangeAutomationError, InvalidArgumentsError, Mistakes
from exchange_automation.core.problems import Problem

PROBLEM = Problem("EXA101", "siize is not an argument", "its value would be ignored", 'Did you mean "size"?')
MESSAGE = 'siize is not an argument, so its value would be ignored. Did you mean "size"? [EXA101]'


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (PROBLEM, MESSAGE),
        (Problem("EXA102", "A whole message."), "A whole message. [EXA102]"),
        (Problem("EXA102", "name is empty", remedy="Give a name."), "name is empty. Give a name. [EXA102]"),
        (Problem("EXA102", 'The service said: "No."', remedy="Ask."), 'The service said: "No." Ask. [EXA102]'),
    ],
)
def test_a_problem_reads_as_one_message(problem: Problem, message: str) -> None:
    assert str(problem) == message


def test_a_message_has_no_character_that_a_terminal_obeys_or_hides() -> None:
    problem = Problem(
        "EXA101", 'name "a\0\x1b[2J\u202eb\udc80"', remedy="The service answered:\n\tNo, größe 日本 😀.\r"
    )
    assert str(problem) == (
        'name "a\\x00\\x1b[2J\\u202eb\\udc80". The service answered:\n\tNo, größe 日本 😀.\\r [EXA101]'
    )
    mistakes = Mistakes("ExchangeAccess", "ma\u200fil\n")
    mistakes.add("EXA101", 'name "a\n  - b"', "", "")
    with pytest.raises(InvalidArgumentsError) as caught:
        mistakes.raise_any()
    assert str(caught.value).splitlines() == [
        'ExchangeAccess "ma\\u200fil\\n": 1 mistake in its arguments, so nothing of it was registered:',
        '  - name "a\\n  - b". [EXA101]',
    ]


def test_a_problem_can_be_raised_and_copied() -> None:
    with pytest.raises(Problem, match=r"\[EXA101\]"):
        raise PROBLEM
    for other in (copy.copy(PROBLEM), pickle.loads(pickle.dumps(PROBLEM))):  # noqa: S301  (its own bytes)
        assert (other.code, str(other)) == ("EXA101", MESSAGE)


def test_the_mistakes_of_a_component_are_raised_together_with_their_codes() -> None:
    mistakes = Mistakes("ExchangeAccess", "mail")
    mistakes.raise_any()
    mistakes.add("EXA101", "a is wrong", "it would be ignored", "Remove it.")
    mistakes.add_problem(PROBLEM)
    with pytest.raises(InvalidArgumentsError) as caught:
        mistakes.raise_any()
    assert [problem.code for problem in caught.value.problems] == ["EXA101", "EXA101"]
    assert caught.value.mistakes == ("a is wrong, so it would be ignored. Remove it. [EXA101]", MESSAGE)
    assert str(caught.value).startswith('ExchangeAccess "mail": 2 mistakes in its arguments, so nothing of it was')


def test_an_exception_of_the_components_ends_a_program_with_its_message_alone() -> None:
    error = ExchangeAutomationError(PROBLEM)
    assert isinstance(error, pulumi.RunError)
    assert (str(error), error.problems) == (MESSAGE, (PROBLEM,))
