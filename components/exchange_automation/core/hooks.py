"""Hooks of the engine that all resources of one run share."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from typing import Any, TypeVar

import grpc
import pulumi
from google.protobuf import struct_pb2
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.rpc import UNKNOWN, deserialize_properties_unwrap_secrets
from pulumi.runtime.settings import _get_callbacks, get_monitor
from pulumi.runtime.sync_await import _sync_await

from exchange_automation.core.invokes import Function, once_per_run

Hook = TypeVar("Hook")
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="exchange-automation-hook")


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


async def answer_in_hook(component: pulumi.Resource, function: Function, args: Mapping[str, str]) -> dict[str, Any]:
    """Calls a function of a provider from a hook.

    The SDK sends its requests from one pool of threads, four for each slot of the engine (``--parallel``). A registration holds
    a thread until its hooks are done. Where registrations hold them all, ``invoke`` in a hook waits for ever, so this
    function has threads of its own.

    Args:
        component: The component whose provider is used.
        function: The function.
        args: The arguments of the function.

    Returns:
        The members of the result, with the schema's names.

    Raises:
        RuntimeError: The provider's text.
    """
    values = struct_pb2.Struct()
    values.update(args)
    provider = component.get_provider(function.token)
    request = resource_pb2.ResourceInvokeRequest(
        tok=function.token,
        args=values,
        provider="" if provider is None else f"{await provider.urn.future()}::{await provider.id.future() or UNKNOWN}",
        version=version(function.distribution),
    )
    monitor = get_monitor()
    assert monitor is not None
    try:
        response = await asyncio.get_running_loop().run_in_executor(_threads, monitor.Invoke, request)
    except grpc.RpcError as failure:
        raise RuntimeError(failure.details()) from None
    if response.failures:
        raise RuntimeError(response.failures[0].reason)
    members, _ = deserialize_properties_unwrap_secrets(getattr(response, "return"))
    return dict(members)
