"""Adds the package ``localtenant`` to both distributions: it stays at the top of the checkout, beside this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "localtenant"


class LocalTenantHook(BuildHookInterface[Any]):
    """Includes ``localtenant`` from the checkout, or from the source distribution that a wheel is built from."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Names every module of the package, so that no file of a test run gets into the wheel."""
        here = Path(self.root)
        package = here.parent / PACKAGE if (here.parent / PACKAGE).is_dir() else here / PACKAGE
        for module in sorted(package.rglob("*.py")):
            build_data["force_include"][str(module)] = str(Path(PACKAGE) / module.relative_to(package))
