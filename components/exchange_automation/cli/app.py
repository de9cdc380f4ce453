"""The command line: options, help, exit codes. What a command does is in the module of its name.

Exit codes: 0 done, and nothing is wrong; 1 done, and something is (each command says what); 2 the command could not do
its work, and nothing was written.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

from exchange_automation._version import __version__

from .problems import Problem, RefusedError

T = TypeVar("T")
DONE, WRONG, UNABLE, INTERRUPTED = 0, 1, 2, 130

app: typer.Typer = typer.Typer(
    name="exchange-automation",
    help="Look after what unattended identities may do in Exchange Online.\n\n"
    "Signs in with the environment of the Pulumi providers (ARM_*, OIDC and certificates included), or else as "
    "azure-identity does by default (az login and the like). Reads the directory and Azure, and never changes either.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_EPILOG_CODES = "**Exit codes**: 0 {done}; 1 {wrong}; 2 the command could not do its work, nothing was written."


def _epilog(examples: str, done: str, wrong: str) -> str:
    lines = "\n\n".join(f"- {line}" for line in examples.strip().splitlines())
    return f"Examples:\n\n{lines}\n\n---\n\n{_EPILOG_CODES.format(done=done, wrong=wrong)}"


Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Tell each request on standard error. Never a secret.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output, and nothing else there.")]
Directory = Annotated[str, typer.Option("--cwd", metavar="DIR", help="Directory of the Pulumi program.")]
Stacks = Annotated[
    list[str], typer.Option("--stack", "-s", metavar="NAME", help="Read the state of this stack; may be repeated.")
]
StateFiles = Annotated[
    list[str],
    typer.Option(
        "--state", metavar="FILE", help="Read this file of pulumi stack export; may be repeated; - for standard input."
    ),
]


def _show_version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[  # noqa: ARG001  (its callback answers)
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    # azure-identity tells each failure on standard error by itself; the commands tell it once, in their own form.
    logging.getLogger("azure").addHandler(logging.NullHandler())


@app.command(
    epilog=_epilog(
        "exchange-automation doctor\n"
        "exchange-automation doctor --organization contoso.onmicrosoft.com --resource-group rg-exchange\n"
        "exchange-automation doctor --stack prod\n"
        "exchange-automation doctor --principal 11111111-2222-3333-4444-555555555555 --json",
        "nothing failed (warnings do not count)",
        "at least one check failed",
    )
)
def doctor(
    stack: Stacks = [],  # noqa: B006  (typer copies it)
    state: StateFiles = [],  # noqa: B006
    principal: Annotated[
        list[str],
        typer.Option("--principal", metavar="ID", help="Object id of an identity to look at; may be repeated."),
    ] = [],  # noqa: B006
    organization: Annotated[
        str, typer.Option(metavar="DOMAIN", help="Domain that the program connects to. Default: that of the stack.")
    ] = "",
    subscription: Annotated[
        str, typer.Option(metavar="ID", envvar="ARM_SUBSCRIPTION_ID", help="Azure subscription to check.")
    ] = "",
    resource_group: Annotated[
        str, typer.Option(metavar="NAME", help="Resource group of the account; need not be there yet.")
    ] = "",
    app_role: Annotated[
        str, typer.Option(metavar="VALUE", help="App role of Exchange Online.")
    ] = "Exchange.ManageAsApp",
    powershell: Annotated[
        str, typer.Option(metavar="VERSION", help="PowerShell version. Default: the stack's or package's.")
    ] = "",
    module: Annotated[
        str,
        typer.Option(metavar="VERSION", help="ExchangeOnlineManagement version. Default: the stack's or package's."),
    ] = "",
    applications: Annotated[bool, typer.Option("--applications", help="The program registers applications.")] = False,
    cwd: Directory = ".",
    json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Will a deployment work, and does the one that was made?

    Before a deployment: sign-in, permissions in Graph and Azure, Exchange Online and its app role, the organization's
    initial domain, module and PowerShell, the clock. With --principal, --stack or --state also each identity: both
    grants, whether Exchange honours the role, whether an old token may be cached.
    """
    from .client.session import session  # noqa: PLC0415
    from .doctor import diagnosis as command  # noqa: PLC0415  (each command loads its own)
    from .output import Output  # noqa: PLC0415
    from .pulumi import stacks  # noqa: PLC0415

    output = Output(verbose=verbose)
    environment = os.environ

    async def work() -> int:
        with output.progress("reading") as step:
            engine = stacks.Engine(cwd, environment)
            states = await stacks.states(stack, state, engine)
            questions = command.Questions(
                organization=organization,
                subscription=subscription,
                resource_group=resource_group,
                app_role=app_role,
                powershell=powershell,
                module=module,
                applications=applications,
                principals=[_guid(each, "--principal") for each in principal],
            )
            async with session(environment, output.trace) as opened:
                lines = await command.diagnose(opened, questions, states, step)
        if json:
            output.document(command.as_json(lines))
        else:
            command.print_table(output, lines)
        return DONE if command.passed(lines) else WRONG

    _run(work, output)


@app.command(
    epilog=_epilog(
        "exchange-automation report\n"
        "exchange-automation report --stack prod --stack test\n"
        "exchange-automation report --state prod.json --fail-on-untracked --csv > audit.csv",
        "the audit is made, whatever it found",
        "with --fail-on-untracked: a program's grant is managed by none of the stacks",
    )
)
def report(
    stack: Stacks = [],  # noqa: B006
    state: StateFiles = [],  # noqa: B006
    fail_on_untracked: Annotated[
        bool, typer.Option("--fail-on-untracked", help="Exit with 1 when a grant is in none of the states.")
    ] = False,
    csv: Annotated[bool, typer.Option("--csv", help="CSV on standard output, a row for each grant.")] = False,
    limit: Annotated[int, typer.Option(min=0, help="Rows of the table; 0 for all.")] = 200,
    cwd: Directory = ".",
    json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Who holds Exchange Online, who manages it, and what looks wrong?

    Lists every principal of the tenant that holds an app role of Exchange Online or a directory role that Exchange
    honours. Needs the Graph permissions Application.Read.All and RoleManagement.Read.Directory, no more.
    """
    from .client.session import session  # noqa: PLC0415
    from .output import Output  # noqa: PLC0415
    from .pulumi import stacks  # noqa: PLC0415
    from .report import rendering as command  # noqa: PLC0415
    from .report.audit import audit  # noqa: PLC0415

    output = Output(verbose=verbose)
    environment = os.environ

    async def work() -> int:
        if json and csv:
            raise Problem("EXA420", "--json and --csv are two forms of one output.", "Keep one of the two.")
        if fail_on_untracked and not stack and not state:
            raise Problem("EXA420", "--fail-on-untracked has no stack to compare with.", "Give --stack or --state.")
        with output.progress("reading the stacks") as step:
            states = await stacks.states(stack, state, stacks.Engine(cwd, environment))
            async with session(environment, output.trace) as opened:
                made = await audit(opened, states, step)
                output.trace(f"{opened.traffic.requests} requests, {opened.traffic.retries} retries")
        if json:
            output.document(command.as_json(made))
        elif csv:
            command.print_csv(output, made)
        else:
            command.print_table(output, made, limit or len(made.holders))
        if fail_on_untracked and made.untracked:
            output.err.print(command.untracked_line(made), markup=False)
            return WRONG
        return DONE

    _run(work, output)


@app.command(
    epilog=_epilog(
        "exchange-automation adopt --stack prod\n"
        "exchange-automation adopt --stack prod --yes\n"
        "exchange-automation adopt --from import.json --preview-json preview.json --out adopt.json\n"
        "exchange-automation adopt --pick exchange-account=/subscriptions/.../automationAccounts/exchange-account1a2b3c4d",
        "the file is written (and imported), or the program creates nothing",
        "nothing of what the program creates was found, or the preview after the import is not empty",
    )
)
def adopt(
    stack: Annotated[str, typer.Option("--stack", "-s", metavar="NAME", help="Stack. Default: the selected one.")] = "",
    from_file: Annotated[
        str, typer.Option("--from", metavar="FILE", help="Import file of a preview, in place of running one.")
    ] = "",
    preview_json: Annotated[
        str, typer.Option("--preview-json", metavar="FILE", help="JSON of the same preview; with --from.")
    ] = "",
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the import file goes.")] = Path("adopt.json"),
    pick: Annotated[
        list[str], typer.Option("--pick", metavar="NAME=ID", help="Decide an ambiguous match; may be repeated.")
    ] = [],  # noqa: B006
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Import the file into the stack.")] = False,
    subscription: Annotated[
        str, typer.Option(metavar="ID", envvar="ARM_SUBSCRIPTION_ID", help="Azure subscription to look in.")
    ] = "",
    cwd: Directory = ".",
    json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Bring what exists already under management.

    Asks the program what it would create, finds each of that in the directory and in Azure, and writes an import file
    with the ids. What is not there is left out and stays for pulumi up. Nothing in the directory or Azure is changed.
    """
    from .adopt import adoption as command  # noqa: PLC0415
    from .client.session import session  # noqa: PLC0415
    from .output import Output  # noqa: PLC0415
    from .pulumi import stacks  # noqa: PLC0415

    output = Output(verbose=verbose)
    environment = os.environ

    async def work() -> int:
        chosen = _picks(pick)
        engine = stacks.Engine(cwd, environment)
        left = None
        with output.progress("pulumi preview") as step:
            texts, sources = await _preview_texts(engine, stack, from_file, preview_json)
            async with session(environment, output.trace) as opened:
                made = await command.look(opened, texts, sources, subscription, chosen, step)
                if not json:
                    command.print_table(output, made)
                command.refuse_ambiguous(made)
                found = bool(made.document["resources"])
                if found:
                    command.write(made, out)
                if found and yes:
                    more, left = await command.bring_home(engine, stack or None, out, opened, subscription, step)
                    made = command.with_more(made, more)
        wrong = command.unfaithful(made, left or [])
        if json:
            output.document(command.as_json(made, out if found else None, left))
        else:
            _tell_adoption(output, made, out, left, found=found, unfaithful=bool(wrong))
        return WRONG if wrong or (made.candidates and not found) else DONE

    _run(work, output)


async def _preview_texts(
    engine: Any, stack: str, from_file: str, preview_json: str
) -> tuple[tuple[str, str], tuple[str, str]]:
    """The preview's JSON and the import file, and what each came from."""
    from .adopt import adoption as command  # noqa: PLC0415
    from .pulumi import stacks  # noqa: PLC0415

    if preview_json and not from_file:
        raise Problem(
            "EXA420", "--preview-json is given without --from.", "Give the import file of the same preview as well."
        )
    if not from_file:
        digest, file = await command.preview(engine, stack or None, import_file=True)
        return (digest, file or "{}"), ("pulumi preview", "pulumi preview --import-file")
    file = stacks.read_text(from_file, "The import file")
    command.parse_import_file(file, f"The file {from_file}")
    if preview_json:
        digest = stacks.read_text(preview_json, "The preview")
        return (digest, file), (f"The file {preview_json}", f"The file {from_file}")
    digest, _ = await command.preview(engine, stack or None, import_file=False)
    return (digest, file), ("pulumi preview", f"The file {from_file}")


def _tell_adoption(output: Any, made: Any, out: Path, left: Any, *, found: bool, unfaithful: bool) -> None:
    if not made.candidates:
        output.line("The program creates nothing: everything is under management.")
    elif not found:
        output.line("Nothing of it exists, so there is nothing to adopt and no file was written. pulumi up creates it.")
    elif left is None:
        output.line(f"Written: {out}. Import it with --yes, or:")
        output.line(f"pulumi import --file {out} --yes --protect=false --generate-code=false")
    elif left:
        output.line(f"Imported. The next preview still shows {len(left)}:")
        for step in left:
            output.line(f"  {step.operation} {step.name}")
        if not unfaithful:
            output.line(
                "All of it is to be expected after an import, and no grant is touched: what was missing is created, and "
                "resources of Azure are updated in place. pulumi up completes it."
            )
    else:
        output.line("Imported. The preview is empty.")


@app.command(
    epilog=_epilog(
        "pulumi preview --json | exchange-automation explain\n"
        "exchange-automation explain preview.json --format markdown --title prod > comment.md\n"
        "exchange-automation explain preview.json --fail-on high",
        "the highest risk is below --fail-on",
        "it is at or above --fail-on (default: critical)",
    )
)
def explain(
    preview: Annotated[
        str, typer.Argument(metavar="[FILE]", help="JSON of pulumi preview; - for standard input.")
    ] = "-",
    form: Annotated[
        Literal["table", "markdown", "json"], typer.Option("--format", help="How it is written.")
    ] = "table",
    fail_on: Annotated[
        Literal["low", "medium", "high", "critical", "never"],
        typer.Option("--fail-on", help="Lowest risk that makes the exit code 1."),
    ] = "critical",
    title: Annotated[
        str, typer.Option(metavar="TEXT", help="With markdown: heading and mark. Default: project and stack.")
    ] = "",
    note: Annotated[str, typer.Option(metavar="TEXT", help="With markdown: a line below the headline.")] = "",
    json: AsJson = False,
) -> None:
    """Say in words what a preview does to access.

    Needs no sign-in. Risks: low: access vanishes or is made again, or what runs with it changes; medium: reading, one
    administrative unit, an app role that opens a session, a new credential or webhook; high: a role for the whole tenant,
    or power over the identity; critical: Global Administrator, or what Exchange does not need. Markdown is a comment for a
    pull request; a preview that cannot be read makes one as well, so that no comment stays that is out of date.
    """
    from .explain import rendering as show  # noqa: PLC0415
    from .explain.changes import Risk, highest  # noqa: PLC0415
    from .explain.explanation import explain as explained  # noqa: PLC0415
    from .output import Output  # noqa: PLC0415
    from .pulumi import stacks  # noqa: PLC0415
    from .pulumi.previews import parse_preview  # noqa: PLC0415

    output = Output()

    async def work() -> int:
        source = "Standard input" if preview == "-" else f"The file {preview}"
        try:
            plan = parse_preview(stacks.read_text(preview, "The preview"), source)
        except Problem as problem:
            if form == "markdown" and not json:
                print(show.problem_as_markdown(problem.what, problem.remedy, title=title, note=note))
            raise
        changes = explained(plan)
        if json or form == "json":
            output.document(show.as_json(plan, changes))
        elif form == "markdown":
            print(show.as_markdown(plan, changes, title=title, note=note))
        else:
            show.print_table(output, plan, changes)
        refused = fail_on != "never" and highest(changes) >= Risk[fail_on.upper()]
        return WRONG if refused else DONE

    _run(work, output)


@app.command(
    "webhook-address",
    epilog=_epilog(
        "exchange-automation webhook-address --account-id $(pulumi stack output accountId) | pulumi config set --secret mailHook",
        "the address is on standard output",
        "never",
    ),
)
def webhook_address(
    account_id: Annotated[
        str, typer.Option("--account-id", metavar="ID", help="Resource id of the automation account.")
    ],
    verbose: Verbose = False,
) -> None:
    """A new address for a webhook of an automation account.

    Azure makes the address, takes no other, and tells it this once; nothing in Azure is changed. Whoever has it can start the
    runbook: pipe it into a secret. Needs Automation Contributor at the account.
    """
    from .client.session import session  # noqa: PLC0415
    from .output import Output  # noqa: PLC0415
    from .webhook_address import address as command  # noqa: PLC0415

    output = Output(verbose=verbose)

    async def work() -> int:
        async with session(os.environ, output.trace) as opened:
            print(await command.new_address(opened, account_id))
        return DONE

    _run(work, output)


def _picks(given: list[str]) -> Mapping[str, str]:
    chosen = {}
    for each in given:
        name, mark, value = each.partition("=")
        if not name or not mark or not value:
            raise Problem(
                "EXA422", f'--pick "{each}" is not NAME=ID.', "Give the name in the table and the id to import."
            )
        chosen[name] = value
    return chosen


def _guid(text: str, option: str) -> str:
    from exchange_automation.core.guids import is_guid  # noqa: PLC0415

    if not is_guid(text):
        raise Problem(
            "EXA421", f'{option} "{text}" is not a GUID.', "Give the object id of the service principal (principalId)."
        )
    return text.lower()


def _run(work: Callable[[], Awaitable[int]], output: Any) -> None:
    """Do the work of a command and end the process with its exit code."""

    async def start() -> int:
        return await work()

    try:
        code = asyncio.run(start())
    except Problem as problem:
        output.problem(problem)
        code = UNABLE
    except RefusedError as refused:
        output.problem(_as_problem(refused))
        code = UNABLE
    except KeyboardInterrupt:
        output.err.print("exchange-automation: interrupted.", markup=False)
        code = INTERRUPTED
    raise typer.Exit(code)


def _as_problem(refused: RefusedError) -> Problem:
    if refused.forbidden:
        remedy = (
            "The one who is signed in lacks a permission. exchange-automation doctor tells which; report needs the Microsoft "
            "Graph permissions Application.Read.All and RoleManagement.Read.Directory."
        )
    elif refused.status == 429 or refused.status >= 500:
        remedy = "The service is overloaded or down; run the command again later."
    else:
        remedy = "Run it again with --verbose to see which request it was."
    said = f"{refused.code}: {refused.message}".strip(": ").splitlines()[0] or "no reason given"
    return Problem(
        "EXA414", f"{refused.operation} was refused with status {refused.status}: {said.rstrip('.')}.", remedy
    )


def run() -> None:
    """Run the tool with the process's arguments; ends the process."""
    app()
