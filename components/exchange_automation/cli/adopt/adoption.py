"""``adopt``: grants that exist already come under management.

It works from the program: what a preview would create is looked for, and what is there goes into the import file that
the engine wrote, with its id. Nothing in the directory or in Azure is changed; an import writes the state alone.
"""

import asyncio
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchange_automation.cli.client.session import Session
from exchange_automation.cli.output import Output, shown, table
from exchange_automation.cli.output import Step as Progress
from exchange_automation.cli.problems import Problem
from exchange_automation.cli.pulumi.previews import UNKNOWN, Preview, Step, parse_preview
from exchange_automation.cli.pulumi.stacks import GRANT_TYPES, Engine, parse_json, said, stack_remedy

from . import azure_rules, directory_rules
from .finder import Finder, Outcome

PLACEHOLDER = "<PLACEHOLDER>"
PROVIDERS = "pulumi:providers:"
REMEDY = "Give what this writes: pulumi preview --import-file import.json"
ROUNDS = 4
"""Imports of one command: a runbook's container is known after its account and its runbook."""
NOT_CHANGES = frozenset({"same", "refresh", "read"})

Spec = dict[str, Any]


@dataclass(frozen=True)
class Candidate:
    """One resource that the program would create, and what came of looking for it."""

    spec: Spec
    step: Step | None
    outcome: Outcome


@dataclass(frozen=True)
class Adoption:
    """What can be taken under management."""

    candidates: list[Candidate]
    document: dict[str, Any]
    """The import file: what was found, with the components around it."""

    def of(self, *verdicts: str) -> list[Candidate]:
        """The candidates with one of the verdicts."""
        return [candidate for candidate in self.candidates if candidate.outcome.verdict in verdicts]


async def preview(engine: Engine, stack: str | None, *, import_file: bool) -> tuple[str, str]:
    """Run the preview; returns its JSON and the import file that it wrote.

    :raises Problem: it failed.
    """
    chosen = ["--stack", stack] if stack else []
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "import.json"
        wanted = [f"--import-file={file}"] if import_file else []
        plain = Engine(engine.directory, {**engine.environment, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "false"})
        ran = await plain.run("preview", "--json", *wanted, *chosen)
        if ran.code != 0:
            if "no stack" in ran.err:
                raise Problem("EXA437", f"The stack cannot be previewed: {said(ran)}", stack_remedy(engine.directory))
            # A preview that failed tells why in its JSON; otherwise the engine's own words have to do.
            if ran.out.strip().startswith("{"):
                parse_preview(ran.out, "pulumi preview")
            raise Problem("EXA437", f"pulumi preview failed: {said(ran)}", "Make the preview succeed first.")
        return ran.out, file.read_text() if file.is_file() else ""


def parse_import_file(text: str, source: str) -> dict[str, Any]:
    """The import file in ``text``.

    :raises Problem: it is none.
    """
    document = parse_json(text, source, REMEDY)
    if "resources" not in document and document.keys() - {"nameTable"}:
        raise Problem("EXA438", f"{source} is not an import file: it has no resources.", REMEDY)
    resources = document.get("resources") or []
    well = isinstance(resources, list) and all(
        isinstance(each, dict) and isinstance(each.get("type"), str) and isinstance(each.get("name"), str)
        for each in resources
    )
    if not well:
        raise Problem(
            "EXA438", f"{source} is not the import file of a preview: its resources have no type and name.", REMEDY
        )
    return {**document, "resources": resources}


def pair(document: Mapping[str, Any], plan: Preview, source: str) -> list[tuple[Spec, Step | None]]:
    """Each entry of the import file with the preview's step for it.

    The file names resources by unique names and leaves the URN out; type and logical name tell the step, and the order
    tells apart the few that share both.

    :raises Problem: the file is of another preview.
    """
    waiting: dict[tuple[str, str], list[Step]] = {}
    for step in plan.steps:
        if step.operation == "create":
            waiting.setdefault((step.raw_type, step.name), []).append(step)
    pairs: list[tuple[Spec, Step | None]] = []
    for spec in document["resources"]:
        if spec["type"].startswith(PROVIDERS):
            pairs.append((spec, None))
            continue
        steps = waiting.get((spec["type"], str(spec.get("logicalName") or spec["name"])))
        if not steps:
            raise Problem(
                "EXA439",
                f'{source} holds "{spec["name"]}" ({spec["type"]}), which the preview of this program does not create: it '
                "is of another program, stack or time.",
                "Write both anew: pulumi preview --json --import-file import.json > preview.json",
            )
        pairs.append((spec, steps.pop(0)))
    return pairs


async def search(finder: Finder, pairs: Sequence[tuple[Spec, Step | None]], progress: Progress) -> list[Candidate]:
    """Look for everything that has an id; components and providers have none."""
    progress.say(f"looking for {sum(step is not None and _has_id(spec) for spec, step in pairs)} resources")

    async def look(spec: Spec, step: Step | None) -> Candidate:
        if step is None or not _has_id(spec):
            return Candidate(spec, step, Outcome("not looked for"))
        return Candidate(spec, step, await finder.find(step.urn))

    return list(await asyncio.gather(*(look(spec, step) for spec, step in pairs)))


def adoption(document: Mapping[str, Any], candidates: list[Candidate]) -> Adoption:
    """The import file with what was found, and with the components and providers that it needs."""
    specs = {str(candidate.spec["name"]): candidate for candidate in candidates}

    def importable(candidate: Candidate) -> bool:
        """Whether it and every parent with an id of its own was found."""
        current: Candidate | None = candidate
        while current is not None:
            if _has_id(current.spec) and current.outcome.verdict != "found":
                return False
            current = specs.get(str(current.spec.get("parent", "")))
        return True

    needed: set[str] = set()
    for candidate in candidates:
        if not _has_id(candidate.spec) or not importable(candidate):
            continue
        current: Candidate | None = candidate
        while current is not None and current.spec["name"] not in needed:
            needed.add(str(current.spec["name"]))
            provider = current.spec.get("provider")
            needed.update({str(provider)} if provider in specs else set())
            current = specs.get(str(current.spec.get("parent", "")))
    resources = [_filled(candidate) for candidate in candidates if candidate.spec["name"] in needed]
    references = {str(spec[key]) for spec in resources for key in ("parent", "provider") if key in spec}
    table_of_names = {name: urn for name, urn in (document.get("nameTable") or {}).items() if name in references}
    made: dict[str, Any] = {"nameTable": table_of_names} if table_of_names else {}
    real = [candidate for candidate in candidates if _has_id(candidate.spec)]
    return Adoption(real, {**made, "resources": resources})


def _has_id(spec: Spec) -> bool:
    return not spec.get("component") and not spec["type"].startswith(PROVIDERS)


def _filled(candidate: Candidate) -> Spec:
    if not _has_id(candidate.spec):
        return candidate.spec
    extra: Spec = {}
    if candidate.outcome.inputs:
        extra["inputs"] = {**candidate.spec.get("inputs", {}), **candidate.outcome.inputs}
    return {**candidate.spec, "id": candidate.outcome.id, **extra}


def with_more(made: Adoption, later: Sequence[Candidate]) -> Adoption:
    """The adoption with what was imported after the first file."""
    if not later:
        return made
    urns = {candidate.step.urn for candidate in later if candidate.step}
    before = [each for each in made.candidates if each.step is None or each.step.urn not in urns]
    return Adoption([*before, *later], made.document)


def refuse_ambiguous(made: Adoption) -> None:
    """Stop when a match is not certain: a wrong id would put somebody else's resource under management.

    :raises Problem: at least one match is ambiguous.
    """
    ambiguous = made.of("ambiguous")
    if not ambiguous:
        return
    names = ", ".join(str(candidate.spec.get("logicalName") or candidate.spec["name"]) for candidate in ambiguous)
    first = ambiguous[0]
    example = f"--pick '{first.spec.get('logicalName') or first.spec['name']}={first.outcome.candidates[0]}'"
    raise Problem(
        "EXA440",
        f"More than one thing could be {names}, so no file was written and nothing was imported.",
        f"Choose with --pick NAME=ID, for example {example}",
    )


def refuse_renamed(made: Adoption, plan: Preview) -> None:
    """Stop when the state has a match under another name: the next deployment would delete it there, and so everywhere.

    :raises Problem: at least one match is in the state already.
    """
    going = {
        (step.type, str((step.old or {}).get("id"))): step.name
        for step in plan.steps
        if step.operation in ("delete", "discard")
    }
    for candidate in made.of("found"):
        if candidate.step is None:
            continue
        other = going.get((candidate.step.type, candidate.outcome.id))
        if other is not None:
            raise Problem(
                "EXA441",
                f"{candidate.step.name} is in the state already, under the name {other} or another parent, and the program "
                "no longer has it there. Imported under the new name, it would be deleted with the old one by the next "
                "deployment, so no file was written.",
                "Give it the old name again and run pulumi up, then rename it with an alias: "
                'pulumi.ResourceOptions(aliases=[pulumi.Alias(name="the old name")]).',
            )


def write(made: Adoption, path: Path) -> None:
    """Write the import file, whole or not at all.

    :raises Problem: it cannot be written.
    """
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=path.resolve().parent, prefix=f".{path.name}.", delete=False, encoding="utf-8"
        ) as stream:
            temporary = stream.name
            stream.write(json.dumps(made.document, indent=4) + "\n")
        Path(temporary).replace(path)
    except OSError as failure:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise Problem(
            "EXA424", f"{path} cannot be written: {failure.strerror}.", "Give another file with --out."
        ) from None


async def import_into(engine: Engine, stack: str | None, path: Path) -> None:
    """Have the engine import the file. The imported resources are not protected, as the program says nothing of it.

    :raises Problem: it failed; the state is as it was, except for what was imported before the failure.
    """
    chosen = ["--stack", stack] if stack else []
    # The engine runs in the program's directory, which is not where the file's path begins.
    file = path.resolve()  # noqa: ASYNC240  (one look, before anything runs)
    ran = await engine.run("import", f"--file={file}", "--yes", "--protect=false", "--generate-code=false", *chosen)
    if ran.code != 0:
        raise Problem(
            "EXA442",
            f"pulumi import failed: {said(ran)}",
            f"The file {path} is written; correct the cause and run adopt again, which looks anew.",
        )


async def bring_home(
    engine: Engine, stack: str | None, path: Path, session: Session, subscription: str, progress: Progress
) -> tuple[list[Candidate], list[Step]]:
    """Import the file, and what can only be found once that is imported: names that are made of other resources.

    :returns: what was imported after the file, and what the next deployment would still change.
    :raises Problem: an import or a preview failed, or a match is ambiguous.
    """
    later: list[Candidate] = []
    left: list[Step] = []
    for _ in range(ROUNDS):
        progress.say("pulumi import")
        await import_into(engine, stack, path)
        progress.say("pulumi preview")
        digest, file = await preview(engine, stack, import_file=True)
        left = [step for step in parse_preview(digest, "pulumi preview").steps if step.operation not in NOT_CHANGES]
        if not any(step.operation == "create" for step in left):
            break
        sources = ("pulumi preview", "pulumi preview --import-file")
        more = await look(session, (digest, file or "{}"), sources, subscription, {}, progress)
        refuse_ambiguous(more)
        if not more.document["resources"]:
            break
        later += more.of("found")
        write(more, path)
    return later, left


async def look(
    session: Session,
    texts: tuple[str, str],
    sources: tuple[str, str],
    subscription: str,
    chosen: Mapping[str, str],
    progress: Progress,
) -> Adoption:
    """Everything up to the file: read preview and import file, find, fill in.

    :param texts: the preview's JSON and the import file.
    :param sources: what they came from, for messages.
    :raises Problem: a text is not what it should be, or a match is in the state under another name.
    """
    plan = parse_preview(texts[0], sources[0])
    document = parse_import_file(texts[1], sources[1])
    pairs = pair(document, plan, sources[1])
    names = {step.name for _, step in pairs if step} | {step.urn for _, step in pairs if step}
    for name in chosen:
        if name not in names:
            raise Problem(
                "EXA422",
                f"--pick names {name}, which the program does not create.",
                "Use the name in the table, or the URN.",
            )
    rules = {**directory_rules.RULES, **azure_rules.RULES}
    candidates = await search(Finder(session, plan, subscription, rules, chosen), pairs, progress)
    made = adoption(document, candidates)
    refuse_renamed(made, plan)
    return made


def unfaithful(made: Adoption, left: Sequence[Step]) -> list[Step]:
    """What is left to change after the import, without what is to be expected.

    pulumi up creates what was missing. It updates resources of Azure in place: the import takes over what Azure fills in by
    itself and the program does not set, and what Azure keeps to itself is sent again. While such an update is only previewed,
    an account's principal id is not known, so that its grants look as if they were replaced; the update replaces none.
    """
    missing = {candidate.step.urn for candidate in made.of("missing", "not looked for") if candidate.step}
    in_place = {step.urn for step in left if step.operation == "update" and step.type.startswith("azure-native:")}

    def expected(step: Step) -> bool:
        if step.urn in missing | in_place or step.operation == "create":
            return True
        unknown = ((step.new or {}).get("inputs") or {}).get("principalObjectId") == UNKNOWN
        return step.type in GRANT_TYPES and unknown and not in_place.isdisjoint(step.sources_of("principalObjectId"))

    return [step for step in left if not expected(step)]


# How it is shown


def as_json(made: Adoption, written: Path | None, left: list[Step] | None) -> dict[str, Any]:
    """What was found as a document; keys are stable."""
    return {
        "resources": [
            {
                "name": candidate.spec.get("logicalName") or candidate.spec["name"],
                "type": candidate.spec["type"],
                "urn": candidate.step.urn if candidate.step else None,
                "verdict": candidate.outcome.verdict,
                "id": candidate.outcome.id or None,
                "why": candidate.outcome.why,
                "candidates": list(candidate.outcome.candidates),
            }
            for candidate in made.candidates
        ],
        "file": str(written) if written else None,
        "imported": left is not None,
        "remaining": None if left is None else [{"operation": step.operation, "urn": step.urn} for step in left],
    }


def print_table(output: Output, made: Adoption) -> None:
    """What was found, for a person."""
    made_table = table("What the program would create", "", "resource", "why", "id")
    colours = {"found": "green", "missing": "dim", "ambiguous": "red", "not looked for": "yellow"}
    for candidate in made.candidates:
        outcome = candidate.outcome
        colour = colours[outcome.verdict]
        name = str(candidate.spec.get("logicalName") or candidate.spec["name"])
        kind = str(candidate.spec["type"]).rpartition(":")[2]
        made_table.add_row(
            f"[{colour}]{outcome.verdict}[/{colour}]",
            f"{shown(name)}\n[dim]{kind}[/dim]",
            shown(outcome.why),
            shown(outcome.id or "\n".join(outcome.candidates)),
        )
    output.out.print(made_table)
    counts = {verdict: len(made.of(verdict)) for verdict in colours}
    output.line(", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) + ".")
