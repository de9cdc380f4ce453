"""Makes a release: ``python -m tools.release dist | notes | check TAG``. CONTRIBUTING.md, "Releasing", has the order.

``dist`` writes wheel and source distribution of the components and of the testing kit, and the components' bill of materials:
the same bytes from the same commit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from exchange_automation import __version__
from tools.environments import PINS, fresh
from tools.places import CHECKOUT

COMPONENTS = CHECKOUT / "components"
TESTING = CHECKOUT / "testing"
CHANGELOG = CHECKOUT / "CHANGELOG.md"


class ReleaseError(Exception):
    """The release cannot be made. The text says why and what to do."""


@dataclass(frozen=True)
class Distribution:
    """The files of a release.

    Attributes:
        wheel: the package.
        source: the source distribution that the wheel is built from.
        materials: the wheel and its extra ``cli`` with everything that they need, as CycloneDX JSON.
        testing_wheel: the testing kit.
        testing_source: the source distribution that the testing kit's wheel is built from.
    """

    wheel: Path
    source: Path
    materials: Path
    testing_wheel: Path
    testing_source: Path

    @classmethod
    def in_folder(cls, folder: Path) -> Distribution:
        """Returns the files of this version in `folder`, whether or not they exist."""
        stem, kit = (f"{name}-{__version__}" for name in ("exchange_automation", "exchange_automation_testing"))
        return cls(
            wheel=folder / f"{stem}-py3-none-any.whl",
            source=folder / f"{stem}.tar.gz",
            materials=folder / f"{stem}.cdx.json",
            testing_wheel=folder / f"{kit}-py3-none-any.whl",
            testing_source=folder / f"{kit}.tar.gz",
        )

    def __iter__(self) -> Iterator[Path]:
        return iter((self.wheel, self.source, self.materials, self.testing_wheel, self.testing_source))


def changelog(text: str) -> dict[str, tuple[str, str]]:
    """Returns the day and the notes of each version in a changelog, newest first.

    Raises:
        ReleaseError: a heading of the second level is not ``## VERSION - DAY``.
    """
    entries = {}
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        heading, _, notes = section.partition("\n")
        found = re.fullmatch(r"(\S+) - (unreleased|\d{4}-\d\d-\d\d)", heading)
        if found is None or (found[2] != "unreleased" and not _is_day(found[2])):
            raise ReleaseError(
                f'CHANGELOG.md has the heading "## {heading}", so its notes belong to no version. Write '
                '"## VERSION - DAY" with the day as 2026-01-31, or as "unreleased" before the release.'
            )
        entries[found[1]] = (found[2], notes.strip())
    return entries


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def notes(text: str, version: str) -> str:
    """Returns what the changelog says about a version.

    Raises:
        ReleaseError: it says nothing.
    """
    found = changelog(text).get(version, ("", ""))[1]
    if not found:
        raise ReleaseError(f"CHANGELOG.md says nothing about {version}. Write what changes for users.")
    return found


def check(tag: str, text: str, version: str) -> None:
    """Refuses a release whose tag, version and changelog disagree.

    Raises:
        ReleaseError: they disagree, or the changelog gives no day.
    """
    newest, (day, _) = next(iter(changelog(text).items()), ("no version", ("", "")))
    if not tag == f"v{version}" == f"v{newest}":
        raise ReleaseError(
            f'The tag is "{tag}", _version.py says {version} and CHANGELOG.md begins with {newest}, so the release would '
            f"have a wrong number or no notes. Tag v{version}, and give the changelog a heading for {version}."
        )
    if day == "unreleased":
        raise ReleaseError(f"CHANGELOG.md calls {version} unreleased. Write the day of the release into its heading.")


def epoch(environment: Mapping[str, str]) -> str:
    """Returns the time stamp of every file in the release: ``SOURCE_DATE_EPOCH``, or else the time of the last commit.

    Raises:
        ReleaseError: there is neither.
    """
    given = environment.get("SOURCE_DATE_EPOCH") or _run("git", "log", "-1", "--format=%ct").strip()
    if not given.isdecimal():
        raise ReleaseError(f'SOURCE_DATE_EPOCH is "{given}". Give it as a number of seconds since 1970.')
    return given


def build(folder: Path) -> Distribution:
    """Builds everything into `folder`. Each wheel is built from its source distribution, which proves that one complete.

    Raises:
        ReleaseError: a tool failed, or the bill of materials is not valid.
    """
    built = Distribution.in_folder(folder)
    stamp = epoch(os.environ)
    for source in (COMPONENTS, TESTING):
        _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, source, SOURCE_DATE_EPOCH=stamp)
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        python = fresh(Path(scratch, "venv"), [f"{built.wheel}[cli]"], "--constraint", PINS)
        options = ("--output-reproducible", "--no-validate", "--mc-type", "library", "--spec-version", "1.6")
        project = ("--pyproject", COMPONENTS / "pyproject.toml", "--output-file", built.materials)
        command = (sys.executable, "-m", "cyclonedx_py", "environment", *options, *project, python)
        _run(*command, SOURCE_DATE_EPOCH=stamp)
    bill = json.loads(built.materials.read_text())
    # pyproject.toml takes the version from _version.py and does not know the wheel.
    bill["metadata"]["component"].update(
        version=__version__,
        purl=f"pkg:pypi/exchange-automation@{__version__}",
        hashes=[{"alg": "SHA-256", "content": hashlib.sha256(built.wheel.read_bytes()).hexdigest()}],
    )
    built.materials.write_text(json.dumps(bill, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    # Importing these compiles a grammar, which takes two seconds.
    from cyclonedx.schema import SchemaVersion  # noqa: PLC0415
    from cyclonedx.validation.json import JsonStrictValidator  # noqa: PLC0415

    mistake = JsonStrictValidator(SchemaVersion.V1_6).validate_str(built.materials.read_text())
    if mistake is not None:
        raise ReleaseError(f"{built.materials.name} is not valid CycloneDX, so no tool can read it: {mistake}")
    return built


def _run(*command: str | Path, **environment: str) -> str:
    """Runs a command in the checkout and returns its output.

    Raises:
        ReleaseError: The command failed.
    """
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode != 0:
        name = " ".join(str(part) for part in command[:4])
        raise ReleaseError(f"{name} ended with exit code {done.returncode}:\n{done.stdout.rstrip()}")
    return done.stdout


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description="Make a release.")
    commands = parser.add_subparsers(dest="command", required=True)
    dist = commands.add_parser(
        "dist", help="build wheels, source distributions and bill of materials; print their SHA-256"
    )
    dist.add_argument("--folder", type=Path, default=CHECKOUT / "dist", help="their folder (default: dist)")
    commands.add_parser("notes", help=f"print what the changelog says about {__version__}")
    commands.add_parser("check", help="refuse a tag that disagrees with version or changelog").add_argument("tag")
    options = parser.parse_args(arguments)
    try:
        if options.command == "notes":
            print(notes(CHANGELOG.read_text(), __version__))
        elif options.command == "check":
            check(options.tag, CHANGELOG.read_text(), __version__)
            print(f"{options.tag}: version and changelog agree")
        else:
            for file in build(options.folder):
                print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
