"""What this package raises, and how its messages read.

Every mistake in the arguments of one component is collected first and reported together, before anything is
registered. A message says what is wrong, what follows from it and what to do, and ends in a code (``EXA101``) that
``docs/errors`` has a page for.
"""

from collections.abc import Sequence

import pulumi


class ExchangeAutomationError(pulumi.RunError):
    """Base of all errors of this package.

    A ``pulumi.RunError``, so that ``pulumi up`` prints the message alone instead of a stack trace of the program.
    """


class InvalidArgumentsError(ExchangeAutomationError):
    """The arguments of a component are wrong; nothing of the component was registered.

    :param component: the component's class name.
    :param name: the component's logical name.
    :param mistakes: one complete sentence or more for each mistake.
    """

    mistakes: tuple[str, ...]

    def __init__(self, component: str, name: str, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        lines = "\n".join(f"  - {mistake}" for mistake in self.mistakes)
        super().__init__(f'{component} "{name}": {count} in its arguments, so nothing of it was registered:\n{lines}')


class DirectoryLookupError(ExchangeAutomationError):
    """The directory does not hold what the program needs, or the deployer may not read it; no grant was made."""


class ExistingResourceError(ExchangeAutomationError):
    """An existing Azure resource that the program was given is not as it has to be; no grant was made."""


class Mistakes:
    """Collects the mistakes in one component's arguments and raises them together."""

    def __init__(self, component: str, name: str) -> None:
        self._component = component
        self._name = name
        self._found: list[str] = []

    def add(self, code: str, message: str) -> None:
        """Note one mistake: what is wrong, what follows, what to do."""
        self._found.append(f"{message} [{code}]")

    def raise_any(self) -> None:
        """Raise what was collected, if there is anything.

        :raises InvalidArgumentsError: at least one mistake was noted.
        """
        if self._found:
            raise InvalidArgumentsError(self._component, self._name, self._found)
