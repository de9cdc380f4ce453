"""A stack of one test: its own directory, backend and program, on the real engine and a local tenant."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi import automation as auto
from pulumi.automation.events import EngineEvent
from pulumi.runtime import _grpc_settings

from exchange_automation_testing import key_service, leftovers
from exchange_automation_testing.programs import Program, callable_program
from exchange_automation_testing.stack_directory import open_stack
from localtenant.process import LocalTenant

# All channels of a process share their connections by address. Hundreds of engines come and go in a test process, and a
# new one that is given the port of an old one would find its connection failed already, in back-off.
_grpc_settings._GRPC_CHANNEL_OPTIONS.append(("grpc.use_local_subchannel_pool", 1))  # noqa: SLF001  (no public way)

PROJECT = """\
name: exchange-test
runtime: python
options:
  refresh: always
"""
"""The project of a stack whose program brings none: each command reads Azure before it compares."""

_UNKNOWN_TYPE = re.compile(
    r"(?:Resource type|Unknown Invoke type) '([\w:./-]+)'|"
    r"unrecognized (?:resource type|data function) \(\w+\): ([\w:/-]+)"
)


@dataclass
class Outcome:
    """What one command did and printed.

    Attributes:
        succeeded: Whether its exit code was 0.
        text: Everything it printed.
        steps: Operation and logical name of each step, in the order in which they began.
        finished: The same, in the order in which they ended.
        errors: The error diagnostics.
        violations: Rule, level and logical name of the resource of each violation of a policy.
        outputs: The stack's outputs after it.
        seconds: How long it took.
    """

    succeeded: bool
    text: str
    steps: list[tuple[str, str]] = field(default_factory=list)
    finished: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    violations: list[tuple[str, str, str]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def changes(self) -> dict[str, int]:
        """How many steps of each operation, steps that change nothing left out."""
        return dict(Counter(operation for operation, _ in self.steps if operation not in {"same", "refresh", "read"}))

    @property
    def unknown_types(self) -> list[str]:
        """The types and functions that the program uses and the local tenant does not know, sorted."""
        return sorted(
            {first or second for first, second in _UNKNOWN_TYPE.findall("\n".join([self.text, *self.errors]))}
        )

    def of(self, operation: str) -> list[str]:
        """Logical names of the steps with this operation, sorted."""
        return sorted(name for step, name in self.steps if step == operation)

    def check(self) -> Outcome:
        """Fails the test unless the command succeeded and printed no error."""
        assert not self.unknown_types, (
            f"The local tenant does not know {', '.join(self.unknown_types)}, so this program cannot run on it whole. Test "
            "that part with run_with_mocks, which takes every type, or leave it out of the program under test."
        )
        assert self.succeeded, self.text
        assert not self.errors, self.errors
        return self


class PulumiStack:
    """One stack with one program; the program may be exchanged between commands."""

    def __init__(
        self,
        directory: Path,
        tenant: LocalTenant,
        program: Program | str | Path,
        *,
        stack: str = "test",
        config: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        project: str | None = PROJECT,
    ) -> None:
        """Creates the stack.

        Args:
            directory: The directory for its files.
            tenant: The tenant in place of Azure.
            program: A function, the folder of a project in Python, or a Python file.
            stack: The stack's name.
            config: Its configuration; a name without a colon belongs to the project.
            environment: More variables for the engine.
            project: Text of ``Pulumi.yaml``; None where the directory has one already.
        """
        self.directory = directory
        self.tenant = tenant
        self.program: Program | str | Path = program
        self.environment = {
            **tenant.environment,
            **key_service.environment(),
            "PULUMI_BACKEND_URL": (directory / "backend").as_uri(),
            "PULUMI_HOME": str(directory / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            **(environment or {}),
        }
        self.stack = open_stack(directory, stack, self._run_program, self.environment, project)
        if config is not None:
            self.stack.set_all_config({name: auto.ConfigValue(value) for name, value in config.items()})

    def _run_program(self) -> None:
        callable_program(self.program)()

    def preview(self, **options: Any) -> Outcome:
        """``pulumi preview``."""
        return self._command(self.stack.preview, options)

    def up(self, **options: Any) -> Outcome:
        """``pulumi up``."""
        return self._command(self.stack.up, options)

    def destroy(self, **options: Any) -> Outcome:
        """``pulumi destroy``."""
        return self._command(self.stack.destroy, options)

    def refresh(self, **options: Any) -> Outcome:
        """``pulumi refresh``."""
        return self._command(self.stack.refresh, options)

    def _command(self, method: Any, options: dict[str, Any]) -> Outcome:
        steps: list[tuple[str, str]] = []
        finished: list[tuple[str, str]] = []
        errors: list[str] = []
        violations: list[tuple[str, str, str]] = []

        def note(event: EngineEvent) -> None:
            if event.resource_pre_event:
                _note_step(steps, event.resource_pre_event.metadata)
            if event.res_outputs_event:
                _note_step(finished, event.res_outputs_event.metadata)
            if event.diagnostic_event and event.diagnostic_event.severity == "error":
                errors.append(event.diagnostic_event.message)
            if event.policy_event:
                violation = event.policy_event
                name = (violation.resource_urn or "").rsplit("::", 1)[-1]
                violations.append((violation.policy_name, violation.enforcement_level, name))

        began = time.monotonic()
        try:
            result = method(on_event=note, **options)
        except auto.CommandError as failure:
            leftovers.expect()
            return Outcome(False, str(failure), steps, finished, errors, violations, {}, time.monotonic() - began)
        outputs = {name: output.value for name, output in getattr(result, "outputs", {}).items()}
        text = f"{result.stdout}\n{result.stderr}"
        return Outcome(True, text, steps, finished, errors, violations, outputs, time.monotonic() - began)

    def state(self) -> list[dict[str, Any]]:
        """The program's own resources in the state."""
        return [resource for resource in self.stack.resources() if not resource["type"].startswith("pulumi:")]

    def state_of(self, name: str) -> dict[str, Any]:
        """The one resource with this logical name."""
        [found] = [item for item in self.state() if item["urn"].rsplit("::", 1)[-1] == name]
        return found


def _note_step(steps: list[tuple[str, str]], metadata: Any) -> None:
    """Keeps a step of the program's own resources; the stack and the default providers are the engine's."""
    if not metadata.type.startswith("pulumi:"):
        steps.append((str(getattr(metadata.op, "value", metadata.op)), metadata.urn.rsplit("::", 1)[-1]))
