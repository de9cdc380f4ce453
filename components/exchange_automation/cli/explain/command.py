"""Options and help of ``explain``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from exchange_automation.cli.execution import Context, execute
from exchange_automation.cli.options import AsJson, epilog

EPILOG = epilog(
    "pulumi preview --json | exchange-automation explain\n"
    "exchange-automation explain preview.json --format markdown --title prod > comment.md\n"
    "exchange-automation explain preview.json --fail-on high\n"
    "exchange-automation explain preview.json --runbook runbooks/report.ps1 --before main/runbooks",
    "the highest risk is below --fail-on",
    "the highest risk reaches --fail-on (default: critical)",
)


def explain(
    preview: Annotated[
        # Described in the help text, because a list of arguments would show Python's type as well.
        str, typer.Argument(metavar="FILE", hidden=True)
    ] = "-",
    form: Annotated[
        Literal["table", "markdown", "json"],
        typer.Option("--format", metavar="FORM", help="table, markdown or json."),
    ] = "table",
    fail_on: Annotated[
        Literal["low", "medium", "high", "critical", "never"],
        typer.Option(
            "--fail-on",
            metavar="RISK",
            help="Lowest risk that makes the exit code 1: low, medium, high, critical or never.",
        ),
    ] = "critical",
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="With markdown: heading and mark. Default: project and stack.")
    ] = "",
    note: Annotated[str, typer.Option(metavar="TEXT", help="With markdown: a line below the headline.")] = "",
    runbook: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Script of a runbook, to compare with its permissions file; may be repeated."
        ),
    ] = None,
    before: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Directory with the permissions files to compare with. Default: the script's."
        ),
    ] = None,
    json: AsJson = False,
) -> None:
    """Explain in words what a preview does to access.

    FILE is the JSON of pulumi preview; without it, or with -, the command reads standard input. Needs no sign-in. Markdown
    is a comment for a pull request. For a preview that cannot be read the command prints a comment as well, in place of an
    outdated one.

    \b
    Risks:
      none      no grant changes, and no code that runs with one
      low       access is removed or created again, or code that runs with it changes
      medium    access that only reads, or that is for one administrative unit; the app
                role that opens a session; a new credential or webhook
      high      a role for the whole tenant, control over the identity, or a change
                whose effect the preview does not show
      critical  Global Administrator, a wide app role, an unknown role, or a change
                of which the preview leaves out a part
    """  # noqa: D301  (the mark keeps the lines apart)

    async def work(context: Context) -> int:
        from .script_changes import Scripts
        from .work import ExplainOptions, run

        scripts = Scripts(tuple(runbook or ()), before)
        return run(context, ExplainOptions("json" if json else form, fail_on, title, note), preview, scripts)

    execute(work)
