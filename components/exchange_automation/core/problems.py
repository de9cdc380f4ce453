"""A problem: one thing that is wrong, with its code.

This module imports neither Pulumi nor an SDK, because the command line tool starts without them.
"""

_ENDS_OF_A_SENTENCE = (".", "!", "?", ':"', '."')


class Problem(Exception):  # noqa: N818  (a component collects problems, and raises another exception with them)
    """One thing that is wrong: what it is, what follows from it, and what to do about it.

    A component collects the problems of its arguments and raises them together. A command raises a problem and ends with
    exit code 2.

    Args:
        code: The code of the message, such as "EXA101". The documentation explains each code.
        what: What is wrong, without a full stop.
        consequence: What follows from it, the part of the sentence after "so", without a full stop.
        remedy: What to do about it, in one or more whole sentences.
    """

    def __init__(self, code: str, what: str, consequence: str = "", remedy: str = "") -> None:
        super().__init__(code, what, consequence, remedy)
        self.code = code
        self.what = what
        self.consequence = consequence
        self.remedy = remedy

    def within(self, where: str) -> "Problem":
        """Returns the problem with the argument that it belongs to.

        Args:
            where: The path of the argument inside the component's arguments.
        """
        return Problem(self.code, f"{where}: {self.what}", self.consequence, self.remedy)

    @property
    def statement(self) -> str:
        """What is wrong and what follows from it, as a sentence."""
        text = f"{self.what}, so {self.consequence}" if self.consequence else self.what
        return text if text.endswith(_ENDS_OF_A_SENTENCE) else f"{text}."

    def __str__(self) -> str:
        """The whole message, as every user sees it. Line ends stay, because the answers of services have them."""
        message = " ".join(part for part in (self.statement, self.remedy, f"[{self.code}]") if part)
        return escaped(message.replace("\r\n", "\n"), kept="\n\t")


def escaped(text: str, kept: str = "") -> str:
    r"""Returns the text with an escape, such as \x1b, for every character that a terminal obeys or does not show.

    Args:
        text: The text.
        kept: The characters that stay as they are.
    """
    return "".join(
        mark if mark.isprintable() or mark in kept else mark.encode("unicode_escape").decode() for mark in text
    )
