"""Runs ``adopt``: preview, search, import file, and with ``--yes`` the import until nothing more is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange_automation.cli.client.session import Session, open_session
from exchange_automation.cli.documents import read_text
from exchange_automation.cli.execution import DONE, WRONG, Context
from exchange_automation.cli.output import Progress
from exchange_automation.cli.pulumi.engine import Engine
from exchange_automation.cli.pulumi.previews import UNKNOWN, Step, parse_preview
from exchange_automation.cli.pulumi.states import GRANT_TYPES
from exchange_automation.core.problems import Problem

from . import azure_rules, directory_rules
from .adoption import Adoption, build, refuse_ambiguous, refuse_renamed, search
from .finder import Finder
from .import_file import match_steps, parse_import_file, write
from .importing import import_file, left_to_do, preview
from .rendering import as_document, print_listing, print_outcome
from .scopes import repair_scopes

ROUNDS = 4
"""Imports of one command: a runbook's container is known after its account and its runbook."""
RULES = {**directory_rules.RULES, **azure_rules.RULES}


@dataclass(frozen=True)
class AdoptOptions:
    """The options of the command.

    Attributes:
        stack: Name of the stack; empty for the selected one.
        from_file: Import file of a preview; empty to run one.
        preview_json: JSON of the same preview; empty to run one.
        out: Where the import file is written.
        picks: ``NAME=ID`` for ambiguous matches.
        import_it: Whether the file is imported.
        subscription: Azure subscription to search; may be empty.
        directory: Directory of the Pulumi program.
    """

    stack: str
    from_file: str
    preview_json: str
    out: Path
    picks: Sequence[str]
    import_it: bool
    subscription: str
    directory: str


@dataclass(frozen=True)
class _Texts:
    """A preview's JSON and its import file, and the sources of both."""

    preview: str
    import_file: str
    preview_source: str = "pulumi preview"
    file_source: str = "pulumi preview --import-file"


async def run(context: Context, request: AdoptOptions, *, as_json: bool) -> int:
    """Runs ``adopt``; returns the exit code.

    Raises:
        Problem: The preview or a file cannot be read, a match is ambiguous, or the import failed.
        ServiceError: The directory or Azure refused to be read.
    """
    picks = _picks(request.picks)
    engine = Engine(request.directory, context.environment)
    left: list[Step] | None = None
    with context.output.progress("pulumi preview") as progress:
        texts = await _texts(engine, request)
        async with open_session(context.environment, context.output.trace) as session:
            found = await look(session, texts, request.subscription, picks, progress)
            if not as_json:
                print_listing(context.output, found)
            refuse_ambiguous(found)
            if found.resources:
                write(found.document, request.out)
            if request.import_it:
                found, left = await _import_in_rounds(engine, request, session, found, progress)
    wrong = [] if left is None else _unexpected(found, left)
    if as_json:
        context.output.document(as_document(found, request.out if found.resources else None, left))
    else:
        print_outcome(context.output, found, request.out, left, expected=not wrong)
    return WRONG if wrong or (found.candidates and not found.resources) else DONE


async def look(
    session: Session, texts: _Texts, subscription: str, picks: Mapping[str, str], progress: Progress
) -> Adoption:
    """Reads preview and import file, and looks for every resource in them.

    Args:
        session: The directory and Azure.
        texts: The preview's JSON and the import file.
        subscription: Azure subscription to search; may be empty.
        picks: Id by logical name or URN, where the user has decided.
        progress: Shows the progress.

    Raises:
        Problem: A text has another form, or the state has a match under another name.
        ServiceError: The directory or Azure refused to be read.
    """
    session.begin()  # The engine's preview and import took time that is not the services'.
    plan = parse_preview(texts.preview, texts.preview_source)
    document = parse_import_file(texts.import_file, texts.file_source)
    entries = match_steps(document, plan, texts.file_source)
    names = {step.name for _, step in entries if step} | {step.urn for _, step in entries if step}
    for name in picks:
        if name not in names:
            raise Problem(
                "EXA422",
                f"--pick names {name}, which the program does not create",
                remedy="Give the name of a resource as the table shows it, or its URN.",
            )
    candidates = await search(Finder(session, plan, subscription, RULES, picks), entries, progress)
    found = build(document, candidates)
    refuse_renamed(found, plan)
    return found


async def _import_in_rounds(
    engine: Engine, request: AdoptOptions, session: Session, first: Adoption, progress: Progress
) -> tuple[Adoption, list[Step]]:
    """Imports the file, and afterwards the resources whose names depend on imported ones.

    Returns:
        The adoption, and the changes of the next deployment.
    """
    stack = request.stack or None
    found, current = first, first
    left: list[Step] = []
    absent: set[str] = set()
    for _ in range(ROUNDS):
        if current.resources:
            progress.show("pulumi import")
            tried = current.blobs
            current = await import_file(engine, stack, request.out, current)
            absent |= tried - current.blobs
            found = found.with_later(current) if current is not first else current
        progress.show("pulumi preview")
        texts = _Texts(*await preview(engine, stack, import_file=True))
        if await repair_scopes(engine, stack, parse_preview(texts.preview, texts.preview_source)):
            texts = _Texts(*await preview(engine, stack, import_file=True))
        left = left_to_do(texts.preview)
        if not any(step.operation == "create" for step in left):
            break
        current = (await look(session, texts, request.subscription, {}, progress)).without_blobs(absent)
        refuse_ambiguous(current)
        if not current.resources:
            break
        write(current.document, request.out)
    return found, left


def _unexpected(found: Adoption, left: Sequence[Step]) -> list[Step]:
    """Returns the changes after the import that are not normal.

    It is normal that pulumi up creates missing resources and updates resources of Azure in place: the state has properties
    that Azure filled in and the program does not set, and lacks properties that Azure does not return. A preview of such an
    update does not know the principal id of an account, so that grants look as if they were replaced; the update replaces
    none.
    """
    missing = {candidate.step.urn for candidate in found.of("missing", "not looked for") if candidate.step}
    in_place = {step.urn for step in left if step.operation == "update" and step.type.startswith("azure-native:")}

    def expected(step: Step) -> bool:
        if step.urn in missing | in_place or step.operation == "create":
            return True
        unknown = step.inputs().get("principalObjectId") == UNKNOWN
        return step.type in GRANT_TYPES and unknown and not in_place.isdisjoint(step.sources_of("principalObjectId"))

    return [step for step in left if not expected(step)]


async def _texts(engine: Engine, request: AdoptOptions) -> _Texts:
    if request.preview_json and not request.from_file:
        raise Problem(
            "EXA420",
            "--preview-json is given without --from",
            remedy="Give the import file of the same preview as well.",
        )
    stack = request.stack or None
    if not request.from_file:
        return _Texts(*await preview(engine, stack, import_file=True))
    file_source = f"The file {request.from_file}"
    file = read_text(request.from_file, "The import file")
    parse_import_file(file, file_source)
    if request.preview_json:
        digest = read_text(request.preview_json, "The preview")
        return _Texts(digest, file, f"The file {request.preview_json}", file_source)
    digest, _ = await preview(engine, stack, import_file=False)
    return _Texts(digest, file, file_source=file_source)


def _picks(given: Sequence[str]) -> Mapping[str, str]:
    picks = {}
    for item in given:
        name, mark, value = item.partition("=")
        if not name or not mark or not value:
            raise Problem(
                "EXA422",
                f'--pick "{item}" is not NAME=ID',
                remedy="Give the name in the table and the id to import.",
            )
        picks[name] = value
    return picks
