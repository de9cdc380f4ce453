"""The search for existing resources of a program, and the import file of the found ones."""

import asyncio
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from exchange_automation.cli.output import Progress, counted
from exchange_automation.cli.pulumi.previews import Preview, Step
from exchange_automation.core.problems import Problem

from .azure_rules import BLOB
from .finder import Finder, Outcome
from .import_file import Entry, has_id, logical_name


@dataclass(frozen=True)
class Candidate:
    """One resource that the program would create, and the outcome of the search for it."""

    entry: Entry
    step: Step | None
    outcome: Outcome

    @property
    def name(self) -> str:
        """Its logical name."""
        return logical_name(self.entry)

    @property
    def imported(self) -> Entry:
        """Its entry in the import file, with the id that was found."""
        if not has_id(self.entry):
            return self.entry
        inputs = {**self.entry.get("inputs", {}), **self.outcome.inputs}
        return {**self.entry, "id": self.outcome.id, **({"inputs": inputs} if inputs else {})}


@dataclass(frozen=True)
class Adoption:
    """The resources that the program can adopt.

    Attributes:
        candidates: The resources that the program would create.
        document: The import file: the found resources with their components.
    """

    candidates: Sequence[Candidate]
    document: Mapping[str, Any]
    _all: Sequence[Candidate] = ()

    @property
    def resources(self) -> Sequence[Entry]:
        """The entries of the import file."""
        found: Sequence[Entry] = self.document["resources"]
        return found

    def of(self, *verdicts: str) -> list[Candidate]:
        """Returns the candidates with one of the verdicts."""
        return [candidate for candidate in self.candidates if candidate.outcome.verdict in verdicts]

    @property
    def blobs(self) -> set[str]:
        """URNs of the files in containers that are in the import file."""
        return {item.step.urn for item in self.of("found") if item.step is not None and item.step.type == BLOB}

    def without_blobs(self, urns: Container[str]) -> "Adoption":
        """Returns the adoption in which these files in containers do not exist."""
        gone = Outcome("missing", why="there is no such file in the container")
        judged = [
            replace(item, outcome=gone) if item.step is not None and item.step.urn in urns else item
            for item in self._all
        ]
        return build(self.document, judged)

    def with_later(self, later: "Adoption") -> "Adoption":
        """Returns the adoption with the resources that were imported after the first file."""
        newest = {newer.step.urn: newer for newer in later.candidates if newer.step}
        known = {item.step.urn for item in self.candidates if item.step}
        merged = [
            newest.get(candidate.step.urn, candidate) if candidate.step else candidate for candidate in self.candidates
        ]
        merged += [newer for urn, newer in newest.items() if urn not in known]
        return replace(self, candidates=merged)


async def search(finder: Finder, entries: Sequence[tuple[Entry, Step | None]], progress: Progress) -> list[Candidate]:
    """Looks for all resources that have an id.

    Raises:
        Problem: A service cannot be reached.
        ServiceError: A service refused to be read.
    """
    number = sum(step is not None and has_id(entry) for entry, step in entries)
    progress.show(f"looking for {counted(number, 'resource')}")

    async def look(entry: Entry, step: Step | None) -> Candidate:
        if step is None or not has_id(entry):
            return Candidate(entry, step, Outcome("not looked for"))
        return Candidate(entry, step, await finder.find(step.urn))

    return list(await asyncio.gather(*(look(entry, step) for entry, step in entries)))


def build(document: Mapping[str, Any], candidates: Sequence[Candidate]) -> Adoption:
    """Returns the adoption of the candidates. Its import file has the found ones with their components and providers."""
    by_name = {str(candidate.entry["name"]): candidate for candidate in candidates}
    needed: set[str] = set()
    for candidate in candidates:
        around = list(_upwards(candidate, by_name))
        if has_id(candidate.entry) and all(outer.outcome.verdict == "found" for outer in around if has_id(outer.entry)):
            needed.update(name for item in around for name in (item.entry["name"], item.entry.get("provider")) if name)
    resources = [candidate.imported for candidate in candidates if candidate.entry["name"] in needed]
    references = {str(entry[key]) for entry in resources for key in ("parent", "provider") if key in entry}
    names = {name: urn for name, urn in (document.get("nameTable") or {}).items() if name in references}
    tables: dict[str, Any] = {"nameTable": names} if names else {}
    real = [candidate for candidate in candidates if has_id(candidate.entry)]
    return Adoption(real, {**tables, "resources": resources}, candidates)


def _upwards(candidate: Candidate, by_name: Mapping[str, Candidate]) -> Iterable[Candidate]:
    """Returns the candidate and its parents, as far as they are in the file."""
    seen: set[str] = set()
    current: Candidate | None = candidate
    while current is not None and current.entry["name"] not in seen:
        seen.add(current.entry["name"])
        yield current
        current = by_name.get(str(current.entry.get("parent", "")))


def refuse_ambiguous(found: Adoption) -> None:
    """Stops when a match is ambiguous: with a wrong id the program would manage a resource of somebody else.

    Raises:
        Problem: At least one match is ambiguous.
    """
    ambiguous = found.of("ambiguous")
    if not ambiguous:
        return
    names = ", ".join(candidate.name for candidate in ambiguous)
    example = f"--pick '{ambiguous[0].name}={ambiguous[0].outcome.candidates[0]}'"
    raise Problem(
        "EXA440",
        f"More than one existing object matches {names}",
        "no file was written and nothing was imported",
        f"Decide with --pick NAME=ID, for example {example}",
    )


def refuse_renamed(found: Adoption, plan: Preview) -> None:
    """Stops when the state has a match under another name: the next deployment would delete the resource.

    Raises:
        Problem: At least one match is in the state already.
    """
    going = {
        (step.type, str((step.old or {}).get("id"))): step.name
        for step in plan.steps
        if step.operation in ("delete", "discard")
    }
    for candidate in found.of("found"):
        if candidate.step is None:
            continue
        other = going.get((candidate.step.type, candidate.outcome.id))
        if other is not None:
            raise Problem(
                "EXA441",
                f"{candidate.step.name} is in the state already, under the name {other} or another parent, and the program "
                "no longer has it there. Imported under the new name, it would be deleted with the old one by the next "
                "deployment",
                "no file was written",
                "Give it the old name again and run pulumi up, then rename it with an alias: "
                'pulumi.ResourceOptions(aliases=[pulumi.Alias(name="the old name")]).',
            )
