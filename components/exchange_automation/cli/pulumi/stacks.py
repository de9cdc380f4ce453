"""What the engine knows: stacks and their states, by the ``pulumi`` program or from a file that it wrote.

Source: ``pulumi stack export``; schema versions 3 and 4.
"""

import asyncio
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange_automation.catalog.exchange_module import MODULE
from exchange_automation.cli.problems import Problem

APP_ROLE_ASSIGNMENT = "azuread:index/appRoleAssignment:AppRoleAssignment"
DIRECTORY_ROLE_ASSIGNMENT = "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment"
GRANT_TYPES = (APP_ROLE_ASSIGNMENT, DIRECTORY_ROLE_ASSIGNMENT)
STATE_VERSIONS = (3, 4)
"""What the engine writes; 4 where the program uses what older engines do not know, such as hooks."""

_ORGANIZATION = re.compile(r"-Organization (\S+)")
_VERSIONED = re.compile(r"/v\d{8}(?:preview)?(?=:)")


def unversioned(resource_type: str) -> str:
    """The type without the API version that azure-native's versioned modules put into it."""
    return _VERSIONED.sub("", resource_type)


@dataclass(frozen=True)
class Grant:
    """A grant in a state."""

    stack: str
    urn: str
    name: str
    type: str
    id: str
    """As the provider imports it."""
    principal_id: str
    created: str
    """When the state was given it, ISO 8601; empty in states of old engines."""

    @property
    def assignment_id(self) -> str:
        """The assignment's own id in the directory."""
        return self.id.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class State:
    """The state of one stack."""

    stack: str
    """Project and stack, "exchange-automation/prod"."""
    resources: tuple[dict[str, Any], ...]

    def of_type(self, resource_type: str) -> Iterator[dict[str, Any]]:
        """The resources of a type, in whatever API version."""
        return (each for each in self.resources if unversioned(str(each.get("type"))) == resource_type)

    @property
    def grants(self) -> list[Grant]:
        """The grants in it."""
        return [
            Grant(
                stack=self.stack,
                urn=str(each["urn"]),
                name=str(each["urn"]).rsplit("::", 1)[-1],
                type=kind,
                id=str(each.get("id", "")),
                principal_id=str((each.get("inputs") or {}).get("principalObjectId", "")),
                created=str(each.get("created", "")),
            )
            for kind in GRANT_TYPES
            for each in self.of_type(kind)
        ]

    @property
    def organization(self) -> str:
        """What its connect commands connect to; empty without one."""
        for each in self.resources:
            match = _ORGANIZATION.search(str((each.get("outputs") or {}).get("connect_command", "")))
            if match is not None:
                return match[1]
        return ""

    @property
    def runtime(self) -> tuple[str, str] | None:
        """PowerShell version and module version of its runtime environment."""
        environment = next(self.of_type("azure-native:automation:RuntimeEnvironment"), None)
        wanted = (environment.get("inputs") or {}) if environment else {}
        for package in self.of_type("azure-native:automation:Package"):
            given = package.get("inputs") or {}
            inside = given.get("runtimeEnvironmentName") in (None, wanted.get("runtimeEnvironmentName"))
            module = (given.get("contentLink") or {}).get("version")
            if inside and given.get("packageName") in (None, MODULE) and wanted.get("version") and module:
                return str(wanted["version"]), str(module)
        return None

    @property
    def package_ids(self) -> list[str]:
        """Resource ids of the packages in its runtime environments."""
        return [str(each.get("id", "")) for each in self.of_type("azure-native:automation:Package") if each.get("id")]


def parse_state(text: str, source: str) -> State:
    """The state in what ``pulumi stack export`` wrote.

    :param source: what the text came from, for messages.
    :raises Problem: it is no state, or an empty one.
    """
    remedy = "Give what this writes: pulumi stack export --file state.json"
    document = parse_json(text, source, remedy)
    deployment = document.get("deployment")
    if not isinstance(deployment, dict) or "version" not in document:
        raise Problem("EXA431", f"{source} is not the state of a stack, so nothing can be read from it.", remedy)
    if document["version"] not in STATE_VERSIONS:
        raise Problem(
            "EXA431",
            f"{source} is a state of version {document['version']}; this command reads {' and '.join(map(str, STATE_VERSIONS))}.",
            "Export it with the engine that the program runs on, and update this package.",
        )
    resources = [each for each in deployment.get("resources") or [] if isinstance(each, dict) and each.get("urn")]
    if not resources:
        raise Problem(
            "EXA432",
            f"{source} is the state of a stack without resources, so it manages no grant.",
            "Deploy the stack first (pulumi up), or name another one.",
        )
    parts = str(resources[0]["urn"]).split("::")
    stack = f"{parts[1]}/{parts[0].rpartition(':')[2]}" if len(parts) > 2 else source
    # A resource that waits for its deletion is not managed any more.
    return State(stack, tuple(each for each in resources if not each.get("delete")))


def require_grants(state: State, source: str) -> State:
    """``state`` when it manages grants.

    :raises Problem: it is the state of another kind of program.
    """
    if not state.grants:
        raise Problem(
            "EXA432",
            f"{source} is the state of {state.stack}, which has no grant of this kind: it belongs to another program.",
            "Name a stack whose program makes an ExchangeAccess, ExchangeAutomationAccount or ExchangeApplication.",
        )
    return state


def parse_json(text: str, source: str, remedy: str) -> dict[str, Any]:
    """The object in ``text``.

    :raises Problem: it is empty, cut off, or something else.
    """
    if not text.strip():
        raise Problem("EXA430", f"{source} is empty.", remedy)
    try:
        document = json.loads(text)
    except ValueError as failure:
        at = getattr(failure, "pos", 0)
        cut = at >= len(text.rstrip()) - 1 or "Unterminated string" in str(failure)
        what = "ends in the middle: it was cut off" if cut else f"is not JSON (line {getattr(failure, 'lineno', 1)})"
        raise Problem("EXA430", f"{source} {what}.", remedy) from None
    except RecursionError:
        raise Problem("EXA430", f"{source} is nested too deeply to be what it should be.", remedy) from None
    if not isinstance(document, dict):
        raise Problem("EXA430", f"{source} is JSON, but not an object.", remedy)
    return document


def read_text(path: str, what: str) -> str:
    """The text of a file, or of standard input for "-".

    :raises Problem: it cannot be read.
    """
    try:
        if path == "-":
            import sys  # noqa: PLC0415  (only here)

            return sys.stdin.read()
        return Path(path).read_text()
    except OSError as failure:
        raise Problem("EXA423", f"{what} {path} cannot be read: {failure.strerror}.", "Correct the path.") from None
    except UnicodeDecodeError:
        raise Problem("EXA423", f"{what} {path} is not text.", "Correct the path.") from None


@dataclass(frozen=True)
class Ran:
    """What a run of ``pulumi`` left."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Engine:
    """The ``pulumi`` program, in the directory of a Pulumi program.

    Attributes:
        directory: the program's directory.
        environment: of the process.
    """

    directory: str
    environment: Mapping[str, str]

    async def run(self, *arguments: str) -> Ran:
        """Run ``pulumi``; its output is kept, and none of it is interactive.

        :raises Problem: there is no such program, or no such directory.
        """
        program = shutil.which("pulumi", path=self.environment.get("PATH"))
        if program is None:
            raise Problem(
                "EXA426",
                "There is no program pulumi on PATH, so the stack cannot be read.",
                "Install the Pulumi CLI, or give a file in place of the stack.",
            )
        if not os.path.isdir(self.directory):  # noqa: ASYNC240, PTH112  (one look, before anything runs)
            raise Problem("EXA425", f"There is no directory {self.directory}.", "Correct --cwd.")
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
        try:
            out, err = await process.communicate()
        except asyncio.CancelledError:
            # The engine cancels what it does and keeps its state in order.
            process.terminate()
            await process.wait()
            raise
        return Ran(process.returncode or 0, out.decode("utf-8", "replace"), err.decode("utf-8", "replace"))

    async def state(self, stack: str | None) -> State:
        """The state of a stack; of the selected one for None.

        :raises Problem: there is no such stack, or it is empty.
        """
        chosen = ["--stack", stack] if stack else []
        ran = await self.run("stack", "export", *chosen)
        source = f'The stack "{stack}"' if stack else "The selected stack"
        if ran.code != 0:
            raise Problem("EXA433", f"{source} cannot be read: {said(ran)}", stack_remedy(self.directory))
        return parse_state(ran.out, source)


def stack_remedy(directory: str) -> str:
    """What to do about a stack that cannot be read."""
    where = "" if directory in (".", os.curdir) else f" in {directory}"
    return (
        f"See what there is with: pulumi stack ls{where}. Give --cwd for a program in another directory, and log in to its "
        "backend first (pulumi login)."
    )


def said(ran: Ran) -> str:
    """The engine's own sentence about a failure."""
    lines = [line.strip() for line in (*ran.err.splitlines(), *ran.out.splitlines())]
    errors = [line.removeprefix("error: ") for line in lines if line.startswith("error: ")]
    text = errors[0] if errors else next(filter(None, reversed(lines)), f"pulumi ended with code {ran.code}")
    return text if text.endswith(".") else f"{text}."


async def states(
    stacks: Sequence[str], files: Sequence[str], engine: Engine, *, empty_allowed: bool = False
) -> list[State]:
    """The states of all stacks and files.

    :param empty_allowed: whether a state may be without grants.
    :raises Problem: one of them cannot be read, or is not of a program of this kind.
    """
    found = []
    for file in files:
        state = parse_state(read_text(file, "The state file"), f"The file {file}")
        found.append(state if empty_allowed else require_grants(state, f"The file {file}"))
    for stack in stacks:
        state = await engine.state(stack)
        found.append(state if empty_allowed else require_grants(state, f'The stack "{stack}"'))
    return found
