"""Components made by the plugin, as programs in other languages have them made."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.provider.experimental.util import camel_case

PLUGIN = Path(__file__).resolve().parents[2] / "components"


def plugin_on_path(directory: Path) -> dict[str, str]:
    """The environment of an engine that finds the plugin: started as a language host starts it, by its folder."""
    script = directory / "bin" / "pulumi-resource-exchange-automation"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{PLUGIN}" "$@"\n')
    script.chmod(0o755)
    return {"PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}"}


class Remote(pulumi.ComponentResource):
    """A component of the plugin; arguments are given with their Python names, and sent with the schema's."""

    def __init__(
        self, component: str, name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(f"exchange-automation:index:{component}", name, sent(args), opts, remote=True)


def sent(args: Any) -> Any:
    """Arguments under the schema's names. Keys that are the user's own have no underscore, and stay as they are."""
    if isinstance(args, Mapping):
        return {camel_case(key): sent(value) for key, value in args.items()}
    if isinstance(args, (list, tuple)):
        return [sent(item) for item in args]
    return args
