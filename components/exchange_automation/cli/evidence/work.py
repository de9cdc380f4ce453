"""Runs the checks and the audit, and writes what they show as Markdown."""

import contextlib
import json
import platform
import time
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

from exchange_automation._version import __version__
from exchange_automation.cli.client.errors import ServiceError
from exchange_automation.cli.client.session import Session, open_session
from exchange_automation.cli.doctor.diagnosis import diagnose, with_states
from exchange_automation.cli.doctor.questions import Questions
from exchange_automation.cli.documents import Record, read_text
from exchange_automation.cli.execution import DONE, Context, as_problem
from exchange_automation.cli.output import Progress, counted, printable
from exchange_automation.cli.pulumi.engine import Engine, read_states
from exchange_automation.cli.pulumi.states import State
from exchange_automation.cli.report.audit import audit
from exchange_automation.cli.report.rendering import summary
from exchange_automation.core.problems import Problem

from .replacements import Replacements

T = TypeVar("T")
SDKS = ("pulumi", "pulumi-azuread", "pulumi-azure-native")
VERDICT = ("passed", "step", "powershell", "module", "roles", "error")
"""What the smoke test's verdict shows, apart from the organization."""


@dataclass(frozen=True)
class Sources:
    """The options of the command."""

    stacks: Sequence[str]
    states: Sequence[str]
    smoke_test: str
    subscription: str
    directory: str


@dataclass
class Document:
    """The Markdown, section by section; names are replaced before anything is escaped."""

    replacements: Replacements
    lines: list[str] = field(default_factory=lambda: ["# What ran, and how it went"])

    def section(self, title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Adds a heading and a table."""
        self.lines += ["", f"## {title}", "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
        self.lines += [f"| {' | '.join(_cell(self.replacements.apply(text)) for text in row)} |" for row in rows]

    def sentence(self, title: str, text: str) -> None:
        """Adds a heading and a sentence."""
        self.lines += ["", f"## {title}", "", _cell(self.replacements.apply(text))]


async def run(context: Context, sources: Sources) -> int:
    """Runs ``evidence``; returns the exit code.

    Raises:
        Problem: A state, the environment or the verdict cannot be read.
    """
    replacements = Replacements()
    replacements.add(*sources.stacks, sources.subscription)
    document = Document(replacements)
    verdict = _verdict(sources.smoke_test) if sources.smoke_test else None
    engine = Engine(sources.directory, context.environment)
    with context.output.progress("reading the stacks") as progress:
        states = await read_states(sources.stacks, sources.states, engine)
        for state in states:
            replacements.add_state(state)
        document.section("Versions", ("what", "version"), await _versions(engine))
        async with open_session(context.environment, context.output.trace) as session:
            session.observe = replacements.observe
            with contextlib.suppress(Problem):
                # The diagnosis says whether the sign-in failed.
                replacements.observe((await session.token(session.endpoints.graph_scope)).claims)
            await _add_diagnosis(document, session, sources, states, progress)
            await _add_report(document, session, states, progress)
    if verdict is None:
        document.sentence("Smoke test", "Not given.")
    else:
        document.section("Smoke test", ("what", "value"), _verdict_rows(verdict))
    context.output.plain("\n".join(document.lines))
    return DONE


async def _versions(engine: Engine) -> list[tuple[str, str]]:
    rows = [("exchange-automation", __version__), ("Python", platform.python_version())]
    rows.append(("system", f"{platform.system()} {platform.machine()}"))
    try:
        ran = await engine.run("version")
        rows.append(("Pulumi engine", ran.out.strip() or ran.failure))
    except Problem:
        rows.append(("Pulumi engine", "not on PATH"))
    for name in SDKS:
        try:
            rows.append((name, version(name)))
        except PackageNotFoundError:
            rows.append((name, "not installed"))
    return rows


async def _add_diagnosis(
    document: Document, session: Session, sources: Sources, states: Sequence[State], progress: Progress
) -> None:
    questions = with_states(Questions(subscription=sources.subscription), states)
    found, seconds = await _timed(diagnose(session, questions, states, progress))
    title = f"doctor, {seconds:.1f} s"
    if isinstance(found, Problem):
        document.sentence(title, str(found))
        return
    # The subject of an identity's line begins with its name, which the replacements know.
    rows = [
        (line.level, line.subject, f"{line.finding}{f' -> {line.remedy}' if line.remedy else ''}") for line in found
    ]
    document.section(title, ("level", "check", "finding"), rows)


async def _add_report(document: Document, session: Session, states: Sequence[State], progress: Progress) -> None:
    found, seconds = await _timed(audit(session, list(states), progress))
    title = f"report, {seconds:.1f} s"
    if isinstance(found, Problem):
        document.sentence(title, str(found))
        return
    counts = [(name, f"{number:,}") for name, number in summary(found).items()]
    counts.append(("requests", counted(session.traffic.requests, "request")))
    document.section(title, ("what", "number"), counts)
    own = [holder for holder in found.holders if holder.stacks]
    if own:
        rows = [
            (holder.kind, ", ".join(grant.label for grant in holder.grants), ", ".join(holder.findings) or "nothing")
            for holder in own
        ]
        document.section("Identities of the stacks", ("kind", "grants", "what looks wrong"), rows)
    texts = [(runbook.verdict, runbook.why) for runbook in found.runbooks]
    if texts:
        document.section("Runbook texts", ("verdict", "why"), texts)


async def _timed(work: Awaitable[T]) -> tuple[T | Problem, float]:
    began = time.monotonic()
    found: T | Problem
    try:
        found = await work
    except Problem as problem:
        found = problem
    except ServiceError as refused:
        found = as_problem(refused)
    return found, time.monotonic() - began


def _verdict(path: str) -> Record:
    """Returns the verdict in the output of the smoke test's job.

    Raises:
        Problem: The output has no verdict.
    """
    for line in reversed(read_text(path, "The output of the smoke test").splitlines()):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and "passed" in found:
            return Record(found, _no_verdict)
    raise _no_verdict("it has no line of JSON with the member passed")


def _no_verdict(what: str) -> Problem:
    return Problem(
        "EXA453",
        f"The output of the smoke test cannot be read: {what}",
        remedy="Give the whole output of the job, as the portal shows it.",
    )


def _verdict_rows(verdict: Record) -> list[tuple[str, str]]:
    rows = []
    for name in VERDICT:
        value = verdict.values.get(name)
        text = ", ".join(map(str, value)) if isinstance(value, list) else "" if value is None else str(value)
        rows.append((name, text))
    return rows


def _cell(text: str) -> str:
    """Returns text for a cell of a Markdown table."""
    return " ".join(printable(text).split()).replace("|", "\\|").replace("<", "&lt;")
