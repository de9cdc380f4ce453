"""``python -m tools.release dist | notes | check``."""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from exchange_automation import __version__
from tools.places import CHECKOUT
from tools.release import changelog
from tools.release.changelog import ChangelogError
from tools.release.distribution import BuildError, build, validate


class NotReadyError(Exception):
    """The checkout is not what its tag says; the text says what to do."""


def check(tag: str, text: str, version: str) -> None:
    """Refuse a release whose tag, version and changelog do not say the same.

    :raises NotReadyError: with what differs.
    """
    if tag != f"v{version}":
        raise NotReadyError(
            f'The tag is "{tag}" and components/exchange_automation/_version.py says {version}, so the release would bear '
            f"a wrong number. Tag v{version}, or change the version first."
        )
    newest = changelog.newest(text)
    if newest.version != version:
        raise NotReadyError(
            f"CHANGELOG.md begins with {newest.version} and the version is {version}, so the release would come without its "
            f"notes. Give the changelog a heading for {version}."
        )
    if newest.released is None:
        raise NotReadyError(
            f'CHANGELOG.md calls {version} "{changelog.UNRELEASED}", so nobody could tell since when it exists. Write the '
            "day of the release into its heading."
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.release", description="What a release is made with.")
    commands = parser.add_subparsers(dest="command", required=True)
    dist = commands.add_parser("dist", help="wheel, source distribution and bill of materials, with their SHA-256")
    dist.add_argument("--folder", type=Path, default=CHECKOUT / "dist", help="where to put them (default: dist)")
    notes = commands.add_parser("notes", help="what the changelog says about a version")
    notes.add_argument("version", nargs="?", default=__version__, help="(default: %(default)s)")
    checked = commands.add_parser("check", help="refuse a tag that version and changelog do not bear out")
    checked.add_argument("tag", help=f"such as v{__version__}")
    options = parser.parse_args(arguments)
    try:
        if options.command == "notes":
            print(changelog.entry(changelog.CHANGELOG.read_text(), options.version).notes)
        elif options.command == "check":
            check(options.tag, changelog.CHANGELOG.read_text(), __version__)
            print(f"{options.tag}: version and changelog agree")
        else:
            made = build(options.folder)
            validate(made.materials)
            for file in made:
                print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")
    except (BuildError, ChangelogError, NotReadyError) as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"release: {' '.join(error.cmd)} ended with exit code {error.returncode}; see above", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
