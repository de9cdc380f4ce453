"""Pages that the site has beside those in ``docs/``: the reference, the examples, and the documents of the checkout's top."""

from __future__ import annotations

import inspect
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import exchange_automation
from tools.places import CHECKOUT

TOP = {
    "README.md": "use-it.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "report-a-vulnerability.md",
    "benchmarks/README.md": "benchmarks.md",
}
EXAMPLES = "examples"
LANGUAGES = {
    ".cs": "csharp",
    ".go": "go",
    ".java": "java",
    ".js": "javascript",
    ".json": "json",
    ".ps1": "powershell",
    ".py": "python",
    ".sh": "sh",
    ".toml": "toml",
    ".ts": "typescript",
    ".txt": "text",
    ".xml": "xml",
    ".yaml": "yaml",
    ".yml": "yaml",
}
LARGEST = 40_000
"""Bytes of a file that is shown: more is a lock file or data."""


@dataclass(frozen=True)
class Made:
    """A page that is made of other files."""

    uri: str
    """Where it is on the site."""
    origin: str
    """The file of the checkout that its relative links count from."""
    text: str


def pages() -> Iterator[Made]:
    """Every page that is made."""
    for source, uri in TOP.items():
        yield Made(uri, source, (CHECKOUT / source).read_text("utf-8"))
    for uri, component in reference_pages().items():
        yield Made(uri, f"docs/{uri}", _reference(component))
    for uri, name in example_pages().items():
        yield Made(uri, f"{EXAMPLES}/{name}/README.md", _example(name))


def page_of(path: str) -> str | None:
    """The page for a path of the checkout outside ``docs/``, or None."""
    if path in TOP:
        return TOP[path]
    parts = path.split("/")
    if parts[0] == EXAMPLES:
        uri = f"{EXAMPLES}/{parts[1]}.md" if len(parts) > 1 else next(iter(example_pages()))
        return uri if uri in example_pages() else None
    return None


@cache
def public() -> dict[str, tuple[str, ...]]:
    """The public names by their module."""
    return dict(exchange_automation._MODULES)  # noqa: SLF001  (the package has no other list of them)


@cache
def reference_pages() -> dict[str, str]:
    """Page of each component, and of the errors, with its name in the navigation."""
    found = {}
    for names in public().values():
        component = next((name for name in names if f"{name}Args" in names), None)
        if component is not None:
            found[f"reference/{component}.md"] = component
    return dict(sorted(found.items(), key=lambda item: item[1])) | {"reference/errors.md": "Exceptions"}


def _reference(component: str) -> str:
    if component == "Exceptions":
        names: tuple[str, ...] = public()["core.errors"]
        heading = "# Exceptions\n\nAll are `pulumi.RunError`s: the engine prints the message alone."
    else:
        module = next(names for names in public().values() if component in names)
        others = [name for name in module if name not in (component, f"{component}Args")]
        names, heading = (component, f"{component}Args", *others, *_shared(component)), f"# {component}"
    return "\n\n".join([heading, *(_entry(name, component) for name in names)]) + "\n"


def _entry(name: str, component: str) -> str:
    headings = {component: "What it is, and its outputs", f"{component}Args": "Arguments"}
    options = (
        f"\n    options:\n      heading: {headings[name]}\n      toc_label: {headings[name]}"
        if name in headings
        else ""
    )
    return f"::: exchange_automation.{name}{options}"


def _shared(component: str) -> list[str]:
    """Returns the types of modules without a component that the component's arguments name, at any depth."""
    paged = set(reference_pages().values())
    candidates = [
        name
        for module, names in public().items()
        if module != "core.errors" and paged.isdisjoint(names)
        for name in names
    ]
    found: list[str] = []
    named = [f"{component}Args"]
    while named:
        # The source, because an annotation such as TextOf is plain text when the program runs.
        source = inspect.getsource(getattr(exchange_automation, named.pop()))
        new = [name for name in candidates if re.search(rf"\b{name}\b", source) and name not in found]
        found += new
        named += new
    return [name for name in candidates if name in found]


@cache
def _kept() -> tuple[Path, ...]:
    """The files of the examples that are or would be in the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", EXAMPLES],
        check=True,
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
    ).stdout
    paths = (Path(name) for name in listed.split("\0") if name)
    return tuple(sorted(path for path in paths if (CHECKOUT / path).is_file()))


@cache
def example_pages() -> dict[str, str]:
    """Page of each example with its folder's name."""
    names = {path.parts[1] for path in _kept() if len(path.parts) > 2}
    return {f"{EXAMPLES}/{name}.md": name for name in sorted(names)}


def _example(name: str) -> str:
    files = [path for path in _kept() if path.parts[1] == name]
    readme = Path(EXAMPLES, name, "README.md")
    intro = (CHECKOUT / readme).read_text("utf-8").strip() if readme in files else f"# {name}"
    parts = [intro, f"The files of `{EXAMPLES}/{name}`:"]
    for path in files:
        if path == readme or (CHECKOUT / path).stat().st_size > LARGEST:
            continue
        text = (CHECKOUT / path).read_text("utf-8").rstrip("\n")
        parts.append(
            f"## `{path.relative_to(Path(EXAMPLES, name))}`\n\n````{LANGUAGES.get(path.suffix, 'text')}\n{text}\n````"
        )
    return "\n\n".join(parts) + "\n"
