"""The ``pulumi`` program: its runs, and the states that it exports."""

import asyncio
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchange_automation.cli.documents import read_text
from exchange_automation.core.problems import Problem

from .states import State, parse_state, require_own


@dataclass(frozen=True)
class Run:
    """A run of ``pulumi`` that has ended."""

    code: int
    out: str
    err: str

    @property
    def failure(self) -> str:
        """The engine's own sentence about a failure."""
        lines = [line.strip() for line in (*self.err.splitlines(), *self.out.splitlines())]
        errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
        text = errors[0] if errors else next(filter(None, reversed(lines)), f"pulumi ended with code {self.code}")
        return text if text.endswith(".") else f"{text}."


@dataclass(frozen=True)
class Engine:
    """The ``pulumi`` program, in the directory of a Pulumi program.

    Attributes:
        directory: The program's directory.
        environment: Of the process.
    """

    directory: str
    environment: Mapping[str, str]

    async def run(self, *arguments: str) -> Run:
        """Runs ``pulumi`` without a terminal; its output is kept.

        Raises:
            Problem: ``pulumi`` is not on PATH, or the directory does not exist.
        """
        program = shutil.which("pulumi", path=self.environment.get("PATH"))
        if program is None:
            raise Problem(
                "EXA426",
                "There is no program pulumi on PATH",
                "the stack cannot be read",
                "Install the Pulumi CLI, or give a file in place of the stack.",
            )
        if not os.path.isdir(self.directory):  # noqa: ASYNC240, PTH112  (one look, before anything runs)
            raise Problem(
                "EXA425",
                f"There is no directory {self.directory}",
                remedy="Give the directory of a Pulumi project with --cwd.",
            )
        try:
            process = await asyncio.create_subprocess_exec(
                program,
                *arguments,
                "--non-interactive",
                "--color=never",
                cwd=self.directory,
                env=dict(self.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
        except (OSError, ValueError) as failure:
            raise Problem(
                "EXA426",
                f"The program {program} cannot be started: {failure}",
                remedy="Install the Pulumi CLI, or give a file in place of the stack.",
            ) from None
        try:
            out, err = await process.communicate()
        except asyncio.CancelledError:
            # The engine cancels what it does and keeps its state in order.
            process.terminate()
            await process.wait()
            raise
        return Run(process.returncode or 0, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    async def state(self, stack: str | None) -> State:
        """Returns the state of a stack; None means the selected stack.

        Raises:
            Problem: The stack does not exist or is empty.
        """
        chosen = ["--stack", stack] if stack else []
        ran = await self.run("stack", "export", *chosen)
        source = f'The stack "{stack}"' if stack else "The selected stack"
        if ran.code != 0:
            raise Problem("EXA433", f"{source} cannot be read: {ran.failure}", remedy=stack_remedy(self.directory))
        return parse_state(ran.out, source)


def stack_remedy(directory: str) -> str:
    """Returns what to do about a stack that cannot be read."""
    where = "" if directory in (".", os.curdir) else f" in {directory}"
    return (
        f"List the stacks with: pulumi stack ls{where}. Give --cwd for a program in another directory, and log in to its "
        "backend first (pulumi login)."
    )


async def read_states(stacks: Sequence[str], files: Sequence[str], engine: Engine) -> list[State]:
    """Returns the states of all files and stacks.

    Raises:
        Problem: One of them cannot be read, or belongs to a program without components of this package.
    """
    found = []
    for file in files:
        source = "Standard input" if file == "-" else f"The file {file}"
        found.append(require_own(parse_state(read_text(file, "The state file"), source), source))
    for stack in stacks:
        found.append(require_own(await engine.state(stack), f'The stack "{stack}"'))
    return found
