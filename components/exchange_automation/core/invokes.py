"""Functions of the providers, called once per run of a program and with an error of this package when they fail.

All components of a program that use the same provider share one answer. The answer belongs to the run's connection to
the engine, so the next run in the same process asks again.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from importlib.metadata import version
from typing import Any, NamedTuple, Optional
from weakref import WeakKeyDictionary

import pulumi
from pulumi.output import UNKNOWN
from pulumi.runtime.settings import get_monitor

from exchange_automation.core.errors import ExchangeAutomationError
from exchange_automation.core.problems import Problem


class Function(NamedTuple):
    """A function of a provider."""

    token: str
    """Its name in the provider's schema."""
    result: Optional[Callable[[], type]]
    """Returns the SDK's class of its result, whose module takes up to 100 ms to import; None for a dictionary with the
    schema's names."""
    distribution: str
    """The SDK's distribution, whose version is the plugin's."""


current_run: ContextVar[Any] = ContextVar("current_run", default=None)
"""Identifies this run where the connection to the engine does not: a plugin has a connection for every component."""

_by_run: "WeakKeyDictionary[Any, dict[tuple[Optional[pulumi.ProviderResource], str], Any]]" = WeakKeyDictionary()


def once_per_run(key: tuple[Optional[pulumi.ProviderResource], str], make: Callable[[], Any]) -> Any:
    """Returns the result of ``make``, which is called once for a key in this run of the program."""
    kept = _by_run.setdefault(current_run.get() or get_monitor(), {})
    if key not in kept:
        kept[key] = make()
    return kept[key]


def looked_up(
    component: pulumi.Resource,
    function: Function,
    args: "Mapping[str, pulumi.Input[str]]",
    explain: Callable[[str], ExchangeAutomationError],
) -> "pulumi.Output[Any]":
    """Calls a function of a provider and returns its result, which is unknown while an argument is unknown.

    The generated ``get_..._output`` functions are not used, because the SDK ends the program with the provider's bare text
    when they fail.

    Args:
        component: The component whose providers are used.
        function: The function.
        args: The arguments of the function.
        explain: Takes the provider's text and returns the exception to raise in its place.
    """

    def fail(text: str) -> Any:
        raise _explained(function, text, explain)

    return looked_up_otherwise(component, function, args, fail)


def looked_up_or_none(
    component: pulumi.Resource,
    function: Function,
    args: "Mapping[str, pulumi.Input[str]]",
    explain: Callable[[str], ExchangeAutomationError],
) -> "pulumi.Output[Any]":
    """Calls a function like :func:`looked_up`, and returns None where Azure answers that the resource does not exist."""

    def absent(text: str) -> Any:
        if any(sign in text for sign in _ABSENT):
            return None
        raise _explained(function, text, explain)

    return looked_up_otherwise(component, function, args, absent)


def looked_up_otherwise(
    component: pulumi.Resource,
    function: Function,
    args: "Mapping[str, pulumi.Input[str]]",
    otherwise: Callable[[str], Any],
) -> "pulumi.Output[Any]":
    """Calls a function like :func:`looked_up`, and returns a result for a failure as well.

    Args:
        component: The component whose providers are used.
        function: The function.
        args: The arguments of the function.
        otherwise: Takes the provider's text, and returns a result or raises an exception.
    """

    async def answer(known: Mapping[str, Any]) -> Any:
        found = await answer_of(component, function, known, otherwise)
        return UNKNOWN if pulumi.runtime.is_dry_run() and _is_empty(found) else found

    return pulumi.Output.all(**args).apply(answer)


def _is_empty(found: Any) -> bool:
    """Returns whether a result has no member: the engine's answer in a preview where the provider has no configuration yet."""
    if found is None:
        return False
    return all(member is None for member in (found if isinstance(found, Mapping) else vars(found)).values())


async def answer_of(
    component: pulumi.Resource, function: Function, args: Mapping[str, Any], otherwise: Callable[[str], Any]
) -> Any:
    """Calls a function like :func:`looked_up_otherwise` with known arguments, and returns the result itself."""
    options = pulumi.InvokeOptions(parent=component, version=version(function.distribution))
    result = None if function.result is None else function.result()
    try:
        return await pulumi.runtime.invoke_async(function.token, dict(args), options, result)
    except Exception as failure:  # noqa: BLE001  (the engine's failures have no type of their own)
        text = str(failure)
    return otherwise(text)


_ABSENT = ("Status=404", "StatusCode=404", "RESPONSE 404", "ResourceNotFound")

_PREFIX = "returned an error: "
"""What the engine writes before the text of a provider's function."""

_NOT_SIGNED_IN = (
    "AADSTS",
    "unable to build authorizer",
    "no Authorizer could be configured",
    "failed to load Azure credentials",
    "no credentials for Azure",
    "failed to acquire a token",
    "Credential authentication failed",
    "AuthenticationToken",  # InvalidAuthenticationToken of Graph and of Azure, ExpiredAuthenticationToken of Azure
    "status 401",
    "RESPONSE 401",
    "Status=401",
)


def _explained(
    function: Function, text: str, explain: Callable[[str], ExchangeAutomationError]
) -> ExchangeAutomationError:
    """Returns the exception for a failure; one for every look-up whose provider is not signed in."""
    explained = explain(text)
    if not any(sign in text for sign in _NOT_SIGNED_IN):
        return explained
    provider = function.token.partition(":")[0]
    problem = Problem(
        "EXA223",
        f"The {provider} provider is not signed in: it has no credentials, or they were refused",
        "it could not look up what the component needs",
        "Sign in with az login, or set ARM_TENANT_ID and ARM_CLIENT_ID with ARM_CLIENT_SECRET, ARM_CLIENT_CERTIFICATE_PATH or "
        "ARM_USE_OIDC. A pull request from a fork has no credentials: preview it on the local tenant (docs/pull-requests.md). "
        f"The provider answered: {text.rpartition(_PREFIX)[2].strip()}",
    )
    return type(explained)(problem)
