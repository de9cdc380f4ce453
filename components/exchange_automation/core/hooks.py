"""Hooks of the engine that all resources of one run share."""

from collections.abc import Callable
from typing import TypeVar

from pulumi.runtime.settings import _get_callbacks
from pulumi.runtime.sync_await import _sync_await

from exchange_automation.core.invokes import once_per_run

Hook = TypeVar("Hook")


def hook_of_run(name: str, make: Callable[[], Hook]) -> Hook:
    """Returns the hook of this run with the name. The first call creates the hook, which registers it.

    The first hook of a program starts the SDK's callback server on the program's event loop. A program that fails in that
    turn of the loop stops the server while it starts, and grpc ends the process with SIGSEGV: ``pulumi up`` then prints
    "exit code: -1" instead of the program's error. So this function starts the server and waits for it, as
    ``pulumi.runtime.register_resource_transform`` does.

    A plugin may construct the next component while the server starts, and that component calls this function as well. So
    the function registers the hook only afterwards, in one step that nothing interrupts.

    Args:
        name: The name of the hook, which no other hook of the run has.
        make: Creates the hook.
    """
    once_per_run((None, "callback server"), lambda: _sync_await(_get_callbacks()))
    hook: Hook = once_per_run((None, f"hook {name}"), make)
    return hook
