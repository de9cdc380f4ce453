"""The exceptions of the components, and the collection of the mistakes in the arguments of one component.

Every exception carries at least one problem: a code, what is wrong, what follows from it and what to do.
"""

from collections.abc import Sequence

import pulumi

from exchange_automation.core.problems import Problem, escaped


class ExchangeAutomationError(pulumi.RunError):
    """Base of all exceptions of this package.

    It is a ``pulumi.RunError``, so that ``pulumi up`` prints the message without a stack trace of the program.

    Args:
        problem: What is wrong.

    Attributes:
        problems: What is wrong, as one or more problems.
    """

    problems: tuple[Problem, ...]

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problems = (problem,)


class InvalidArgumentsError(ExchangeAutomationError):
    """The arguments of a component are wrong. The component registered nothing.

    Args:
        component: The component's class name.
        name: The component's logical name.
        problems: The mistakes, in the order of the arguments.

    Attributes:
        problems: The mistakes.
        mistakes: The messages of the mistakes.
    """

    problems: tuple[Problem, ...]
    mistakes: tuple[str, ...]

    def __init__(self, component: str, name: str, problems: Sequence[Problem]) -> None:
        # One line each: a line end in a name would look like the beginning of another mistake.
        messages = tuple(escaped(str(problem)) for problem in problems)
        count = "1 mistake" if len(messages) == 1 else f"{len(messages)} mistakes"
        lines = "\n".join(f"  - {message}" for message in messages)
        text = (
            f'{component} "{escaped(str(name))}": {count} in its arguments, so nothing of it was registered:\n{lines}'
        )
        pulumi.RunError.__init__(self, text)
        self.problems = tuple(problems)
        self.mistakes = messages


class DirectoryLookupError(ExchangeAutomationError):
    """The directory does not have what the program needs, or the deployer may not read it. No grant was created."""


class ExistingResourceError(ExchangeAutomationError):
    """An existing Azure resource that the program names does not fit. No grant was created."""


class Mistakes:
    """Collects the mistakes in the arguments of one component and raises them together.

    Args:
        component: The component's class name.
        name: The component's logical name.
    """

    def __init__(self, component: str, name: str) -> None:
        self._component = component
        self._name = name
        self._found: list[Problem] = []

    def add(self, code: str, what: str, consequence: str, remedy: str) -> None:
        """Adds one mistake.

        Args:
            code: The code of the message.
            what: What is wrong, without a full stop.
            consequence: What follows from it: the part of the sentence after "so". Empty where ``what`` says it.
            remedy: What to do about it, in whole sentences.
        """
        self.add_problem(Problem(code, what, consequence, remedy))

    def add_without_effect(self, argument: str, why: str, remedy: str) -> None:
        """Adds an argument that the component would ignore because of another one.

        Args:
            argument: The argument.
            why: What the program gives, or does not give, beside it.
            remedy: What to do about it, in whole sentences.
        """
        self.add("EXA194", f"{argument} is given {why}", "the component would ignore it", remedy)

    def add_problem(self, problem: Problem) -> None:
        """Adds one mistake that is a problem already."""
        self._found.append(problem)

    def raise_any(self) -> None:
        """Raises the mistakes, if there are any.

        Raises:
            InvalidArgumentsError: There is at least one mistake.
        """
        if self._found:
            raise InvalidArgumentsError(self._component, self._name, self._found)
