"""Azure Automation's REST contract, as Microsoft's own client for Python knows it (azure-mgmt-automation, API
2024-10-23).

Each request and response of a request log is held against the model of its resource type: names, types, enumerations,
and what is required.
"""

from __future__ import annotations

import enum
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from azure.mgmt.automation import models
from azure.mgmt.automation._utils import model_base

API_VERSION = "2024-10-23"
_NAMESPACE = {"_models": models, "typing": typing, "datetime": __import__("datetime")}


@dataclass(frozen=True)
class Contract:
    """The models of one collection: of a PUT's body, of a PATCH's body, of a response."""

    create: str
    update: str | None
    response: str


COLLECTIONS = {
    "automationaccounts": Contract(
        "AutomationAccountCreateOrUpdateParameters", "AutomationAccountUpdateParameters", "AutomationAccount"
    ),
    "certificates": Contract("CertificateCreateOrUpdateParameters", "CertificateUpdateParameters", "Certificate"),
    "connections": Contract("ConnectionCreateOrUpdateParameters", "ConnectionUpdateParameters", "Connection"),
    "credentials": Contract("CredentialCreateOrUpdateParameters", "CredentialUpdateParameters", "Credential"),
    "jobschedules": Contract("JobScheduleCreateParameters", None, "JobSchedule"),
    "packages": Contract("PackageCreateOrUpdateParameters", "PackageUpdateParameters", "Package"),
    "runbooks": Contract("RunbookCreateOrUpdateParameters", "RunbookUpdateParameters", "Runbook"),
    "runtimeenvironments": Contract("RuntimeEnvironment", "RuntimeEnvironmentUpdateParameters", "RuntimeEnvironment"),
    "schedules": Contract("ScheduleCreateOrUpdateParameters", "ScheduleUpdateParameters", "Schedule"),
    "variables": Contract("VariableCreateOrUpdateParameters", "VariableUpdateParameters", "Variable"),
    "webhooks": Contract("WebhookCreateOrUpdateParameters", "WebhookUpdateParameters", "Webhook"),
}


@dataclass
class Judgement:
    """What was judged and what was wrong."""

    requests: int
    responses: int
    mismatches: list[str]


def judge(log: Iterable[Mapping[str, Any]]) -> Judgement:
    """Checks the successful Automation requests of a log, and their responses, against the contract."""
    result = Judgement(0, 0, [])
    for entry in log:
        contract, one = _contract_of(str(entry["path"]))
        if (
            contract is None
            or not 200 <= entry["status"] < 300
            or any("fault" in remark for remark in entry["remarks"])
        ):
            continue
        where = f"{entry['method']} {entry['path'].partition('?')[0].rsplit('/providers/', 1)[-1]}"
        model = {"PUT": contract.create, "PATCH": contract.update}.get(entry["method"])
        if model is not None and one and entry["body"] is not None:
            result.requests += 1
            result.mismatches += _mismatches(f"{where} request", entry["body"], getattr(models, model), "request")
        if entry.get("response") is not None and entry["method"] in ("GET", "PUT", "PATCH"):
            shown = [entry["response"]] if one else entry["response"].get("value", [])
            for body in shown:
                result.responses += 1
                result.mismatches += _mismatches(
                    f"{where} response", body, getattr(models, contract.response), "response"
                )
    return result


def _contract_of(path: str) -> tuple[Contract | None, bool]:
    """The contract of a path, and whether it names one resource and not a collection."""
    plain, _, query = path.partition("?")
    if dict(parse_qsl(query)).get("api-version") != API_VERSION:
        return None, False
    _, _, rest = plain.lower().partition("/providers/microsoft.automation/")
    parts = rest.split("/")
    if not rest or "providers" in parts:
        return None, False
    one = len(parts) % 2 == 0
    return COLLECTIONS.get(parts[-2] if one else parts[-1]), one


def _mismatches(where: str, value: Any, annotation: Any, direction: str) -> list[str]:
    expected = _resolved(annotation)
    options = _options(expected)
    if value is None:
        return [] if type(None) in options else [f"{where}: null"]
    if value == "***":
        return []
    named = [option for option in options if isinstance(option, type) and issubclass(option, enum.Enum)]
    if named:
        known = {member.value for option in named for member in option}
        return [] if value in known else [f"{where}: {value!r} is not one of {', '.join(sorted(map(str, known)))}"]
    failures: list[list[str]] = []
    for option in options:
        if option is type(None):
            continue
        found = _against(where, value, option, direction)
        if not found:
            return []
        failures.append(found)
    return failures[0] if failures else []


def _against(where: str, value: Any, option: Any, direction: str) -> list[str]:
    origin, arguments = typing.get_origin(option), typing.get_args(option)
    if option is Any:
        return []
    if origin is typing.Union or origin is types.UnionType:
        return _mismatches(where, value, option, direction)
    if origin is typing.Literal:
        return [] if value in arguments else [f"{where}: {value!r} is not one of {', '.join(map(str, arguments))}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        return [
            text
            for number, item in enumerate(value)
            for text in _mismatches(f"{where}[{number}]", item, arguments[0], direction)
        ]
    if origin is dict:
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no object"]
        # A request removes an entry of a map, such as a user-assigned identity, by null.
        return [
            text
            for key, item in value.items()
            if not (item is None and direction == "request")
            for text in _mismatches(f"{where}.{key}", item, arguments[1], direction)
        ]
    if isinstance(option, type) and issubclass(option, model_base.Model):
        return _object(where, value, option, direction)
    return [] if _is_plain(value, option) else [f"{where}: {value!r} is no {option.__name__}"]


def _object(where: str, value: Any, model: Any, direction: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is no object"]
    fields = {name: (field, annotation) for name, field, annotation in _fields(model)}
    found = [f"{where}.{name}: not in the contract" for name in value if name not in fields]
    for name, (field, annotation) in fields.items():
        visible = field._visibility
        if name in value:
            found += _mismatches(f"{where}.{name}", value[name], annotation, direction)
        elif type(None) not in _options(_resolved(annotation)) and (
            direction == "response" or not visible or visible != ["read"]
        ):
            found.append(f"{where}.{name}: missing")
    return found


def _fields(model: Any) -> Iterable[tuple[str, Any, Any]]:
    model({})  # the client completes a model's fields when it is first used
    annotations: dict[str, Any] = {}
    for base in reversed(model.__mro__):
        annotations.update(getattr(base, "__annotations__", {}))
    for attribute, field in model._attr_to_rest_field.items():
        yield field._rest_name, field, annotations[attribute]


def _resolved(annotation: Any) -> Any:
    if isinstance(annotation, typing.ForwardRef):
        annotation = annotation.__forward_arg__
    return eval(annotation, _NAMESPACE) if isinstance(annotation, str) else annotation  # noqa: S307  (Microsoft's own)


def _options(annotation: Any) -> list[Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return [part for option in typing.get_args(annotation) for part in _options(_resolved(option))]
    return [annotation]


def _is_plain(value: Any, option: Any) -> bool:
    if option is datetime:
        try:
            return bool(datetime.fromisoformat(str(value).replace("Z", "+00:00")[:19]))
        except ValueError:
            return False
    if option in (int, float):
        return isinstance(value, (int, float) if option is float else int) and not isinstance(value, bool)
    if not isinstance(option, type):
        raise TypeError(f"The contract has a type that cannot be judged: {option}")
    return isinstance(value, option)
