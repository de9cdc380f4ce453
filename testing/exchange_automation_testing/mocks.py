"""Pulumi's mocks with the answers of Azure and Entra ID, and a recording of the resources that a program registers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pulumi
from pulumi.runtime import mocks as sdk_mocks
from pulumi.runtime.settings import get_root_resource

from exchange_automation_testing import leftovers, mock_functions, mock_resources
from exchange_automation_testing.programs import Program, callable_program
from exchange_automation_testing.secret_values import opened, secret_paths
from localtenant.state import seed

Answer = Mapping[str, Any] | Callable[[dict[str, Any]], Mapping[str, Any]]
"""Properties, or a function of the inputs that returns them."""

# The SDK's stand-in of the engine works on the thread's event loop and keeps its stack's futures there from run to run,
# while asyncio.run, which other tests of the same process use, leaves the thread without one.
_LOOP = asyncio.new_event_loop()


class RefusedByProvider(grpc.RpcError):
    """A provider's refusal, with the text that the program reads.

    Raise it from an answer to test a program against a failed look-up.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._text = text

    def code(self) -> grpc.StatusCode:
        """The status that providers end failed calls with."""
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        """The provider's text."""
        return self._text


class Registered(NamedTuple):
    """One resource of the program, a component included."""

    type: str
    """Its type token."""
    name: str
    """Its logical name."""
    inputs: dict[str, Any]
    """The inputs by the names in the provider's schema. Secrets are plain values here."""
    secrets: frozenset[str] = frozenset()
    """Paths of the inputs that the engine would encrypt, such as ``value`` or ``parts[0].password``."""


@dataclass
class Recording:
    """What a program registered, looked up and exported.

    Attributes:
        resources: What the program registered, in order.
        calls: Token and arguments of each provider function, in order.
        outputs: What the program exported.
        unknown_types: Resource types whose outputs the mocks cannot tell; they have their inputs, a name and an id.
    """

    resources: list[Registered] = field(default_factory=list)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    unknown_types: set[str] = field(default_factory=set)

    def of(self, resource_type: str) -> dict[str, dict[str, Any]]:
        """Inputs of the resources of a type, by logical name.

        Args:
            resource_type: A whole token, or its last part such as ``DirectoryRoleAssignment``.
        """
        return {
            resource.name: resource.inputs
            for resource in self.resources
            if resource_type in {resource.type, resource.type.rsplit(":", 1)[-1]}
        }

    @property
    def grants(self) -> list[str]:
        """Logical names of the app role and directory role assignments, sorted."""
        return sorted([*self.of("AppRoleAssignment"), *self.of("DirectoryRoleAssignment")])


class AzureMocks(pulumi.runtime.Mocks):
    """Answers for every resource, and for the provider functions that programs for Exchange Online call.

    Attributes:
        recording: What was registered and looked up so far.
    """

    def __init__(
        self,
        *,
        resources: Mapping[str, Answer] | None = None,
        functions: Mapping[str, Answer] | None = None,
        subscription_id: str = seed.CONTOSO.subscription_id,
    ) -> None:
        """Takes the test's own answers, which come before the kit's.

        Args:
            resources: Outputs by type token, on top of the inputs.
            functions: Results by token of the function. A function of the test may raise
                :class:`RefusedByProvider` with what the provider would answer.
            subscription_id: The subscription of every resource id that the mocks return.
        """
        self.recording = Recording()
        self._resources = dict(resources or {})
        self._functions = dict(functions or {})
        self._subscription_id = subscription_id

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        """The id and the outputs of a resource."""
        given = opened(args.inputs)
        secrets = frozenset(secret_paths(args.inputs))
        self.recording.resources.append(Registered(args.typ, args.name, given, secrets))
        if not mock_resources.known(args.typ) and args.custom and args.typ not in self._resources:
            self.recording.unknown_types.add(args.typ)
        resource_id, state = mock_resources.answer(args.typ, args.name, dict(args.inputs), self._subscription_id)
        state.update(_answered(self._resources.get(args.typ, {}), given))
        return args.resource_id or str(state.get("id") or resource_id), state

    def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
        """The result of a provider function.

        Raises:
            LookupError: Neither the kit nor the test has an answer.
            RefusedByProvider: The provider would refuse.
        """
        given = opened(args.args)
        self.recording.calls.append((args.token, given))
        if args.token in self._functions:
            return dict(_answered(self._functions[args.token], given))
        if args.token in mock_functions.ABSENT:
            raise RefusedByProvider(mock_functions.NOT_FOUND)
        result = mock_functions.answer(args.token, given, self._subscription_id)
        if result is None:
            raise LookupError(
                f"The program calls {args.token} and the mocks have no answer, so the run stops here. Give one: "
                f'AzureMocks(functions={{"{args.token}": {{...}}}}).'
            )
        return result


def run_with_mocks(
    program: Program | str | Path,
    mocks: AzureMocks | None = None,
    *,
    config: Mapping[str, str] | None = None,
    preview: bool = False,
    project: str = "project",
    stack: str = "stack",
) -> Recording:
    """Runs a program to its end, without an engine and without a network.

    Args:
        program: A function (what it returns is waited for), the folder of a project in Python, or a Python file.
        mocks: Answers of the test's own.
        config: The stack's configuration; a name without a colon belongs to the project.
        preview: Whether the program sees a preview.
        project: The project's name.
        stack: The stack's name.

    Returns:
        What the program registered, looked up and exported.

    Raises:
        Exception: Whatever the program, or an output that it returns or exports, ends in.
    """
    mocks = mocks or AzureMocks()
    recorded, run = mocks.recording, callable_program(program)
    asyncio.set_event_loop(_LOOP)
    sdk_mocks.set_mocks(mocks, project=project, stack=stack, preview=preview)
    pulumi.runtime.set_all_config({_key(project, name): value for name, value in (config or {}).items()})
    # One root resource serves all runs of a process.
    exported = get_root_resource().outputs  # type: ignore[union-attr]
    exported.clear()

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def wait() -> Any:
        result = run()
        outputs = pulumi.Output.all(**exported).apply(recorded.outputs.update)
        return pulumi.Output.all(result, outputs)

    try:
        wait()
    except BaseException:
        leftovers.expect()
        raise
    return recorded


def _answered(answer: Answer, given: dict[str, Any]) -> Mapping[str, Any]:
    return answer(given) if callable(answer) else answer


def _key(project: str, name: str) -> str:
    return name if ":" in name else f"{project}:{name}"
