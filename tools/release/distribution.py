"""Wheel, source distribution and bill of materials, the same bytes from the same commit."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from exchange_automation import __version__
from tools.environments import fresh, pins
from tools.places import CHECKOUT

COMPONENTS = CHECKOUT / "components"


class BuildError(Exception):
    """The distribution cannot be built; the text says why and what to do."""


@dataclass(frozen=True)
class Distribution:
    """The files of a release."""

    wheel: Path
    source: Path
    materials: Path
    """What the wheel and its extra ``cli`` bring with them, in CycloneDX's JSON."""

    @classmethod
    def in_folder(cls, folder: Path) -> Distribution:
        """Where the files of this version are, or will be, in ``folder``."""
        stem = f"exchange_automation-{__version__}"
        return cls(
            wheel=folder / f"{stem}-py3-none-any.whl",
            source=folder / f"{stem}.tar.gz",
            materials=folder / f"{stem}.cdx.json",
        )

    def __iter__(self) -> Iterator[Path]:
        return iter((self.wheel, self.source, self.materials))


def epoch(environment: Mapping[str, str]) -> str:
    """The moment that every file of the release bears, in seconds since 1970.

    That of the last commit, so that whoever builds the commit again gets the same bytes; ``SOURCE_DATE_EPOCH`` overrides
    it (reproducible-builds.org, "SOURCE_DATE_EPOCH").

    :raises BuildError: there is neither.
    """
    given = environment.get("SOURCE_DATE_EPOCH")
    if given:
        if not given.isdecimal():
            raise BuildError(f'SOURCE_DATE_EPOCH is "{given}", which is no number of seconds since 1970.')
        return given
    asked = subprocess.run(
        ["git", "log", "-1", "--format=%ct"], check=False, cwd=CHECKOUT, capture_output=True, text=True
    )
    if asked.returncode != 0 or not asked.stdout.strip():
        raise BuildError(
            "This is no checkout of git, so the build has no moment to bear and could not be repeated. Set "
            "SOURCE_DATE_EPOCH to the seconds since 1970."
        )
    return asked.stdout.strip()


def build(folder: Path) -> Distribution:
    """Build everything into ``folder``.

    The wheel is made from the source distribution, which is thereby known to be complete. Only tools that
    requirements-dev.txt pins are used: their versions are part of the result.

    :raises BuildError: a tool failed.
    """
    environment = {**os.environ, "SOURCE_DATE_EPOCH": epoch(os.environ)}
    folder.mkdir(parents=True, exist_ok=True)
    build_packages(folder, environment)
    made = Distribution.in_folder(folder)
    with tempfile.TemporaryDirectory(prefix="release-") as scratch:
        made.materials.write_text(_materials(made.wheel, Path(scratch), environment))
    return made


def build_packages(folder: Path, environment: Mapping[str, str]) -> None:
    """Source distribution and, from it, the wheel."""
    _run("build", "--no-isolation", "--outdir", folder, COMPONENTS, environment=environment)


def _materials(wheel: Path, scratch: Path, environment: Mapping[str, str]) -> str:
    """The bill of materials of an environment that holds the wheel with its extra, and nothing else."""
    python = fresh(scratch / "venv", [f"{wheel}[cli]"], "--constraint", pins(scratch))
    target = scratch / "materials.json"
    _run(
        *("cyclonedx_py", "environment", "--output-reproducible", "--no-validate", "--mc-type", "library"),
        *("--pyproject", COMPONENTS / "pyproject.toml", "--spec-version", "1.6", "--output-file", target, python),
        environment=environment,
    )
    bill = json.loads(target.read_text())
    # pyproject.toml leaves the version to _version.py, and knows nothing of the wheel.
    bill["metadata"]["component"].update(
        version=__version__,
        purl=f"pkg:pypi/exchange-automation@{__version__}",
        hashes=[{"alg": "SHA-256", "content": hashlib.sha256(wheel.read_bytes()).hexdigest()}],
    )
    return json.dumps(bill, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def validate(materials: Path) -> None:
    """Hold the finished bill of materials against CycloneDX's own schema.

    :raises BuildError: it is not valid.
    """
    mistake = JsonStrictValidator(SchemaVersion.V1_6).validate_str(materials.read_text())
    if mistake is not None:
        raise BuildError(f"{materials.name} is not valid CycloneDX, so no tool could be trusted to read it: {mistake}")


def _run(module: str, *arguments: str | Path, environment: Mapping[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        check=False,
        cwd=CHECKOUT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode != 0:
        raise BuildError(f"{module} ended with exit code {result.returncode}:\n{result.stdout.rstrip()}")
