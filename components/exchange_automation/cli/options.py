"""Options of several commands, and the end of their help."""

from typing import Annotated

import typer

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print requests on standard error, never a secret.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]
Directory = Annotated[str, typer.Option("--cwd", metavar="DIR", help="Directory of the Pulumi program.")]
Stacks = Annotated[
    list[str], typer.Option("--stack", "-s", metavar="NAME", help="Read the state of this stack; may be repeated.")
]
StateFiles = Annotated[
    list[str],
    typer.Option(
        "--state",
        metavar="FILE",
        help="Read this file of pulumi stack export; may be repeated; - reads standard input.",
    ),
]


def epilog(examples: str, done: str, wrong: str = "") -> str:
    r"""Returns the end of a command's help: examples, one a line, and exit codes.

    Args:
        examples: Commands, one a line.
        done: When the exit code is 0.
        wrong: When the exit code is 1; empty where the command never has it.
    """
    lines = "\n".join(f"  {line}" for line in examples.strip().splitlines())
    found = f"  1  {wrong}\n" if wrong else ""
    codes = f"  0  {done}\n{found}  2  the command failed; a message on standard error says why and what to do"
    # \b keeps the lines of a paragraph as they are.
    return f"\b\nExamples:\n{lines}\n\n\b\nExit codes:\n{codes}"
