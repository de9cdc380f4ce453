"""A mistake in the arguments reads the same from the plugin as from the component itself."""

from __future__ import annotations

import asyncio
import inspect
import typing
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
import typing_extensions
from google.protobuf import struct_pb2
from pulumi.provider.server import ComponentInitError, ProviderServicer

from exchange_automation.core.errors import InvalidArgumentsError
from exchange_automation.plugin.provider import COMPONENTS, ComponentHost
from tests.engine.hosted import OWN_KEYS, sent

PRINCIPAL = "11111111-2222-4333-8444-555555555555"
THERE = {"resource_group_name": "rg", "automation_account_name": "aa"}
VALID: dict[str, dict[str, Any]] = {
    "ApiPermissions": {"principal_id": PRINCIPAL, "permissions": {"Microsoft Graph": ["User.Read.All"]}},
    "ExchangeAccess": {"principal_id": PRINCIPAL, "directory_roles": [{"role": "Global Reader"}]},
    "ExchangeAccountAssets": {
        **THERE,
        "variables": {"a": {"value": 1}},
        "credentials": {"a": {"user_name": "u", "password": "p"}},
        "certificates": {"a": {"content": "YQ=="}},
        "connections": {"a": {"type": "Azure", "fields": {"AutomationCertificateName": "a", "SubscriptionID": "b"}}},
    },
    "ExchangeAccountGovernance": {
        "account_id": "/subscriptions/x",
        "resource_group_name": "rg",
        "private_endpoints": [{"group": "Webhook", "subnet_id": "/subnets/x"}],
        "role_assignments": [{"role": "Automation Operator", "principal_id": PRINCIPAL}],
    },
    "ExchangeApplication": {
        "organization": "contoso.onmicrosoft.com",
        "federated_credentials": [{"name": "ci", "issuer": "https://issuer.example", "subject": "main"}],
    },
    "ExchangeAutomationAccount": {
        "organization": "contoso.onmicrosoft.com",
        "resource_group_name": "rg",
        "customer_managed_key": {
            "key_vault_uri": "https://kv-mail.vault.azure.net",
            "key_name": "k",
            "key_version": "1",
            "user_assigned_identity_id": "/id",
        },
        "extra_packages": {"My-Tools": {"version": "1.2.3"}},
    },
    "ExchangeRunbook": {
        **THERE,
        "runtime_environment_name": "re",
        "source": {"text": "Get-EXOMailbox"},
        "schedules": [{"frequency": "Month", "month_weekday": {"which": 1, "day": "Monday"}}],
        "webhooks": {
            "a": {"address": "https://x.webhook.we.azure-automation.net/webhooks?token=abcdefgh", "expires": "soon"}
        },
    },
    "ExchangeRuntimeEnvironment": {**THERE, "extra_packages": {"My-Tools": {"version": "1.2.3"}}},
    "ExchangeSmokeTest": {**THERE, "runtime_environment_name": "re", "organization": "contoso.onmicrosoft.com"},
}
WRONG: tuple[Any, ...] = (
    5,
    0.5,
    True,
    "text",
    ["text"],
    {"size": "large"},
    [{"size": "large"}],
    {"a": {"size": 1}},
    [5],
)


class AcceptedError(Exception):
    """Nothing was wrong with the arguments: the component would be registered now."""


@pytest.fixture(autouse=True)
def _nothing_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    def accepted(*_args: Any, **_named: Any) -> None:
        raise AcceptedError

    monkeypatch.setattr(pulumi.ComponentResource, "__init__", accepted)
    monkeypatch.setattr(pulumi.log, "warn", lambda *_args, **_named: None)


@pytest.fixture(scope="module")
def host() -> ComponentHost:
    return ComponentHost()


def shape_of(component: str) -> Any:
    [found] = [listed for listed in COMPONENTS if listed.__name__ == component]
    return inspect.get_annotations(found.__init__)["args"]


def changed(args: Any, shape: Any) -> Iterator[Any]:
    """The arguments with one missing, one unknown, and one of each wrong type, at every depth."""
    yield {**args, "siize": "large", "resource_group": "rg"}
    for name, annotation in shape.__annotations__.items():
        yield {key: value for key, value in args.items() if key != name}
        for wrong in WRONG:
            yield {**args, name: wrong}
        inner, given = _shape_in(annotation), args.get(name)
        if inner is None or given is None:
            continue
        if isinstance(given, list):
            for item in changed(given[0], inner):
                yield {**args, name: [item]}
        elif set(given) <= set(inner.__annotations__):
            for item in changed(given, inner):
                yield {**args, name: item}
        else:
            [key] = given
            for item in changed(given[key], inner):
                yield {**args, name: {key: item}}


def _shape_in(annotation: Any) -> Any:
    if typing_extensions.is_typeddict(annotation):
        return annotation
    return next(filter(None, map(_shape_in, typing.get_args(annotation))), None)


def outcome(make: Any) -> str:
    try:
        make()
    except InvalidArgumentsError as mistakes:
        return str(mistakes)
    except ComponentInitError as failure:
        return outcome_of(failure.inner)
    except AcceptedError as accepted:
        return outcome_of(accepted)
    raise AssertionError("neither registered nor refused")


def outcome_of(failure: Exception) -> str:
    """The text of a refusal; the kind of anything else."""
    return str(failure) if isinstance(failure, InvalidArgumentsError) else type(failure).__name__


def over_the_wire(args: Any) -> Any:
    """What the plugin is handed: names of the schema, numbers without a type."""
    message = struct_pb2.Struct()
    message.update(sent(args))
    return asyncio.new_event_loop().run_until_complete(ProviderServicer._construct_inputs(message, {}))


@pytest.mark.parametrize("component", sorted(VALID))
def test_every_mistake_reads_the_same(component: str, host: ComponentHost) -> None:
    [make] = [listed for listed in COMPONENTS if listed.__name__ == component]
    refused = 0
    for args in changed(VALID[component], shape_of(component)):
        own = outcome(lambda args=args: make("mail", args))
        theirs = outcome(
            lambda args=args: host.construct("mail", f"exchange-automation:index:{component}", over_the_wire(args))
        )
        assert theirs == own, args
        refused += own.startswith(component)
    assert refused > 5


def test_every_shape_is_tried() -> None:
    assert set(VALID) == {component.__name__ for component in COMPONENTS}
    assert {"tags", "parameters", "value"} <= OWN_KEYS
