"""Reads a preview, prints what it does to access, and decides the exit code."""

from dataclasses import dataclass
from typing import Literal

from exchange_automation.cli.documents import read_text
from exchange_automation.cli.execution import DONE, WRONG, Context
from exchange_automation.cli.pulumi.previews import parse_preview
from exchange_automation.core.problems import Problem

from .changes import Risk, highest
from .explanation import explain
from .rendering import as_json, as_markdown, print_table, problem_as_markdown
from .script_changes import NO_SCRIPTS, Scripts, script_changes


@dataclass(frozen=True)
class ExplainOptions:
    """The options of the output, and the risk that ends the command with exit code 1."""

    name: Literal["table", "markdown", "json"]
    fail_on: Literal["low", "medium", "high", "critical", "never"]
    title: str
    note: str


def run(context: Context, form: ExplainOptions, path: str, scripts: Scripts = NO_SCRIPTS) -> int:
    """Runs ``explain``; returns the exit code.

    Args:
        context: Streams and environment.
        form: The options of the output.
        path: Path of the preview; ``-`` for standard input.
        scripts: Scripts of runbooks, whose needs are compared as well.

    Raises:
        Problem: The preview cannot be read.
    """
    source = "Standard input" if path == "-" else f"The file {path}"
    try:
        preview = parse_preview(read_text(path, "The preview"), source)
        changes = explain(preview, script_changes(scripts, preview))
    except Problem as problem:
        if form.name == "markdown":
            print(
                problem_as_markdown(
                    problem.statement, f"{problem.remedy} [{problem.code}]", title=form.title, note=form.note
                )
            )
        raise
    if form.name == "json":
        context.output.document(as_json(preview, changes))
    elif form.name == "markdown":
        print(as_markdown(preview, changes, title=form.title, note=form.note))
    else:
        print_table(context.output, preview, changes)
    refused = form.fail_on != "never" and highest(changes) >= Risk[form.fail_on.upper()]
    return WRONG if refused else DONE
