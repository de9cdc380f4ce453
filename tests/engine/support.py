"""The testing kit's stack with what only this repository's own tests ask of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from exchange_automation_testing import Outcome, Program, PulumiStack

__all__ = ["Deployment", "Outcome", "Program", "program_of"]


class Deployment(PulumiStack):
    """A stack whose previews can be read as the files that the command line tool takes."""

    def write_preview(self, import_file: Path, preview_json: Path) -> None:
        """What the next ``up`` would create, as the engine writes it for an import, and the preview it comes from."""
        preview_json.write_text(self.preview_json(import_file=str(import_file)))

    def preview_json(self, *, stream: bool = False, **options: Any) -> str:
        """What ``pulumi preview --json`` writes: one document, or a line for each event."""
        command = self.stack.workspace.pulumi_command
        plain = command.run
        written: list[str] = []

        def run(args: list[str], cwd: str, env: Mapping[str, str], *rest: Any, **named: Any) -> Any:
            if args[:1] != ["preview"]:
                return plain(args, cwd, env, *rest, **named)
            wanted = {**env, "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true"} if stream else env
            result = plain([*args, "--json"], cwd, wanted, *rest, **named)
            written.append(result.stdout)
            return result

        command.run = run  # type: ignore[method-assign, assignment]
        try:
            self.stack.preview(**options)
        finally:
            command.run = plain  # type: ignore[method-assign]
        return written[0]


def program_of(make: Callable[[], object]) -> Program:
    """A program of one expression."""

    def program() -> None:
        make()

    return program
