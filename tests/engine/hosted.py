"""Components that the plugin creates, as it does for programs in other languages."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pulumi
from pulumi.provider.experimental.util import camel_case

from tests.engine.everything import outputs_of

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
        # The SDK fills in the outputs that the class declares.
        properties = {**dict.fromkeys(map(camel_case, outputs_of(component))), **sent(args, component)}
        super().__init__(f"exchange-automation:index:{component}", name, properties, opts, remote=True)

    def output(self, name: str) -> pulumi.Output[Any]:
        """One of its outputs, by its Python name."""
        return cast("pulumi.Output[Any]", self.__dict__[camel_case(name)])


OWN_KEYS = frozenset(
    {"tags", "parameters", "fields", "variables", "credentials", "certificates", "connections", "webhooks"}
    | {"extra_packages", "permissions", "value"}
)
"""Arguments that are mappings whose keys are the user's own."""


def sent(args: Any, inside: str = "") -> Any:
    """Arguments under the schema's names."""
    if isinstance(args, Mapping):
        return {
            str(key) if inside in OWN_KEYS else camel_case(str(key)): sent(
                value, "" if inside in OWN_KEYS else str(key)
            )
            for key, value in args.items()
        }
    if isinstance(args, (list, tuple)):
        return [sent(item, inside) for item in args]
    return args
