"""Plays what the real azure-native plugin did against the emulated one, and lists where the two differ.

A recording holds, for each command, the requests that the real plugin sent and the resources in Pulumi's state
afterwards. The player gives the emulated provider the same inputs in the same order and compares inputs after the
check, requests and outputs. Ids and times that a tenant chooses are matched with their recorded counterparts at their
first appearance and have to stay matched afterwards.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from localtenant.running import Running, running

Json = dict[str, Any]
FOLDER = Path(__file__).with_name("azure-native-3.29.0")
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_BLOB = re.compile(r".*/storageAccounts/([^/]+)/blobServices/default/containers/([^/]+)/blobs/(.+)")
_CHOSEN = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)"
    r"|(?<=token=)[0-9a-f]{32}|(?<=sig=)[^&\"]+"
)
_STEPS_AFTER_A_LONG_PUT = 2


@dataclass
class Recording:
    """One program's commands as they were recorded."""

    commands: list[Json]

    @classmethod
    def load(cls, name: str) -> Recording:
        return cls(json.loads((FOLDER / f"{name}.json").read_text()))

    def command(self, name: str) -> Json:
        return next(command for command in self.commands if command["command"] == name)

    @property
    def start(self) -> datetime:
        return datetime.fromisoformat(next(c["time"] for c in self.commands if "time" in c))


@dataclass
class Comparison:
    """The differences found so far, and the values that a tenant chose by their recorded counterparts."""

    differences: list[str] = field(default_factory=list)
    log: list[Json] = field(default_factory=list)
    compared: dict[str, int] = field(default_factory=lambda: {"inputs": 0, "requests": 0, "outputs": 0})
    _chosen: dict[str, str] = field(default_factory=dict)

    def translated(self, recorded: Any) -> Any:
        """The recorded value with the values that this tenant chose."""
        if isinstance(recorded, dict):
            return {self._text(key): self.translated(value) for key, value in recorded.items()}
        if isinstance(recorded, list):
            return [self.translated(value) for value in recorded]
        return self._text(recorded) if isinstance(recorded, str) else recorded

    def _text(self, text: str) -> str:
        text = re.sub(r"localhost:\d+", "localhost", text)
        return _CHOSEN.sub(lambda found: self._chosen.get(found[0], found[0]), text)

    def compare(self, where: str, recorded: Any, actual: Any) -> None:
        """Note the differences between a recorded value and an actual one."""
        if isinstance(recorded, dict) and isinstance(actual, dict):
            known = {self._text(key): value for key, value in recorded.items()}
            found = {re.sub(r"localhost:\d+", "localhost", key): value for key, value in actual.items()}
            for key in sorted({*known, *found}):
                if key not in found:
                    self.differences.append(f"{where}.{key}: only the real plugin has it")
                elif key not in known:
                    self.differences.append(f"{where}.{key}: only the emulated provider has it")
                else:
                    self.compare(f"{where}.{key}", known[key], found[key])
        elif isinstance(recorded, list) and isinstance(actual, list) and len(recorded) == len(actual):
            for number, (one, other) in enumerate(zip(recorded, actual, strict=True)):
                self.compare(f"{where}[{number}]", one, other)
        elif isinstance(recorded, str) and isinstance(actual, str):
            self._compare_text(where, recorded, actual)
        elif recorded != actual:
            self.differences.append(f"{where}: {recorded!r} became {actual!r}")

    def _compare_text(self, where: str, recorded: str, actual: str) -> None:
        expected, found = self._text(recorded), re.sub(r"localhost:\d+", "localhost", actual)
        if expected == found:
            return
        plain = re.sub(r"localhost:\d+", "localhost", recorded)
        ours, theirs = _CHOSEN.findall(found), _CHOSEN.findall(plain)
        if _CHOSEN.sub("", found) != _CHOSEN.sub("", plain) or any(
            self._chosen.get(one, other) != other for one, other in zip(theirs, ours, strict=True) if "T" not in one
        ):
            self.differences.append(f"{where}: {expected!r} became {found!r}")
            return
        self._chosen.update(zip(theirs, ours, strict=True))


class Player:
    """The emulated provider, driven as the engine drives a plugin."""

    def __init__(self, tenant: Running, comparison: Comparison) -> None:
        self._tenant = tenant
        self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{tenant.ports['azure-native']}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._seen = 0
        self.comparison = comparison

    async def close(self) -> None:
        await self._channel.close()

    async def configure(self) -> None:
        await self._stub.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True))
        self.requests()

    def requests(self) -> list[list[Any]]:
        """The requests of Resource Manager and of the Blob service since the last call."""
        entries = self._tenant.server.dispatcher.request_log.since(self._seen)
        self._seen += len(entries)
        return [
            [entry["method"], entry["path"], entry["status"], entry["body"]]
            for entry in entries
            if entry["path"].startswith(("/subscriptions", "/blobs", "/webhooks"))
        ]

    async def create(self, resource: Json, recorded: list[list[Any]]) -> Json:
        """Checks and creates a resource, and returns it as the engine would store it."""
        name, inputs = _label(resource), self._addressed(resource["inputs"])
        checked = await self._stub.Check(
            provider_pb2.CheckRequest(urn=resource["urn"], olds=_struct(inputs), news=_struct(_given(inputs)))
        )
        assert not checked.failures, f"{name}: {checked.failures}"
        self._same(f"{name} inputs", resource["inputs"], _plain(checked.inputs), "inputs")
        if resource["type"].endswith(":Webhook"):
            # The program asked the service for an address before; this tenant has to know it as well.
            address, account = (
                str(_opened(inputs, keep=True)["uri"]["value"]),
                resource["id"].partition("/webhooks/")[0],
            )
            self._tenant.server.dispatcher.cloud.webhook_addresses[address] = account.lower()
        created = await self._stub.Create(provider_pb2.CreateRequest(urn=resource["urn"], properties=checked.inputs))
        self._requests(name, _creation(recorded, resource["id"]), self.requests())
        self._same(f"{name} outputs", resource["outputs"], _plain(created.properties), "outputs")
        return {**resource, "inputs": checked.inputs, "state": created.properties, "id": created.id}

    async def read(self, resource: Json, recorded: list[list[Any]]) -> None:
        """Refreshes a resource and checks that nothing changes."""
        found = await self._stub.Read(
            provider_pb2.ReadRequest(
                urn=resource["urn"], id=resource["id"], properties=resource["state"], inputs=resource["inputs"]
            )
        )
        name = _label(resource)
        own = [call for call in _of(recorded, resource["id"]) if not _path(call).endswith("/listKeys")]
        sent = [call for call in self.requests() if not _path(call).endswith("/listKeys")]
        self._requests(f"{name} read", own[:1], sent)
        self._same(f"{name} inputs after the read", _plain(resource["inputs"]), _plain(found.inputs), "inputs")

    async def update(self, resource: Json, wanted: Json, recorded: list[list[Any]]) -> Json:
        """Updates a resource. A replacement counts as a difference from the real plugin."""
        name, news = _label(resource), self._addressed(wanted["inputs"])
        common = {"urn": resource["urn"], "id": resource["id"], "olds": resource["state"]}
        checked = await self._stub.Check(
            provider_pb2.CheckRequest(urn=resource["urn"], olds=resource["inputs"], news=_struct(_given(news)))
        )
        self._same(f"{name} inputs after the change", wanted["inputs"], _plain(checked.inputs), "inputs")
        difference = await self._stub.Diff(
            provider_pb2.DiffRequest(**common, old_inputs=resource["inputs"], news=checked.inputs)
        )
        if difference.replaces or not difference.diffs:
            self.comparison.differences.append(f"{name}: the real plugin updates it in place")
            return resource
        updated = await self._stub.Update(
            provider_pb2.UpdateRequest(**common, old_inputs=resource["inputs"], news=checked.inputs)
        )
        self._requests(f"{name} update", _change(recorded, resource["id"]), self.requests())
        self._same(f"{name} outputs after the change", wanted["outputs"], _plain(updated.properties), "outputs")
        return {**wanted, "inputs": checked.inputs, "state": updated.properties, "id": resource["id"]}

    async def delete(self, resource: Json, recorded: list[list[Any]]) -> None:
        await cast("Any", self._stub.Delete)(
            provider_pb2.DeleteRequest(
                urn=resource["urn"], id=resource["id"], properties=resource["state"], old_inputs=resource["inputs"]
            )
        )
        calls = [call for call in _of(recorded, resource["id"]) if call[0] == "DELETE"]
        self._requests(f"{_label(resource)} delete", calls, [c for c in self.requests() if c[0] == "DELETE"])

    def _addressed(self, recorded: Json) -> Json:
        """Recorded inputs with the values and the address of this tenant."""
        port = str(self._tenant.server.port)
        text = json.dumps(self.comparison.translated(_opened(recorded, keep=True)))
        return dict(json.loads(re.sub(r"localhost(?=/)", f"localhost:{port}", text)))

    def _same(self, where: str, recorded: Any, actual: Any, kind: str) -> None:
        self.comparison.compared[kind] += 1
        self.comparison.compare(where, _opened(recorded), _opened(actual))

    def _requests(self, where: str, recorded: list[list[Any]], actual: list[list[Any]]) -> None:
        self.comparison.compared["requests"] += len(recorded)
        if [call[0] for call in recorded] != [call[0] for call in actual]:
            self.comparison.differences.append(
                f"{where} requests: {' '.join(c[0] for c in recorded)} became {' '.join(c[0] for c in actual)}"
            )
            return
        for one, other in zip(recorded, actual, strict=True):
            self.comparison.compare(f"{where} {one[0]}", one, other)


async def play(name: str) -> Comparison:
    """Plays a recording on its own tenant; returns the comparison."""
    recording, comparison = Recording.load(name), Comparison()
    first = [command for command in recording.commands if command["command"] in ("up", "stack0", "stack1")]
    calls = [call for command in first for call in command["requests"]]
    async with running(
        lag=0, virtual_time=True, providers=["azure-native"], inherited={}, start=recording.start
    ) as tenant:
        tenant.server.dispatcher.request_log.keeps_responses = True
        player = Player(tenant, comparison)
        await player.configure()
        resources = [await player.create(resource, calls) for command in first for resource in command["resources"]]
        for command in recording.commands[len(first) :]:
            if command["command"] == "refresh":
                for resource in resources:
                    await player.read(resource, command["requests"])
            elif command["command"] == "tag":
                wanted = {resource["urn"]: resource for resource in command["resources"]}
                resources = [
                    await player.update(resource, wanted[resource["urn"]], command["requests"])
                    if _changed(resource, wanted[resource["urn"]], command["requests"])
                    else resource
                    for resource in resources
                ]
            elif command["command"] == "destroy":
                for resource in reversed(resources):
                    await player.delete(resource, command["requests"])
        await player.close()
        comparison.log = tenant.server.dispatcher.request_log.since()
    return comparison


def _changed(resource: Json, wanted: Json, calls: list[list[Any]]) -> bool:
    return bool(_change(calls, wanted["id"])) and resource["urn"] == wanted["urn"]


def _label(resource: Json) -> str:
    return f"{resource['type'].rsplit(':', 1)[-1]} {resource['urn'].rsplit('::', 1)[-1]}"


def _given(inputs: Json) -> Json:
    """What the program gave: without what the check adds."""
    automatic = "__createBeforeDelete" in inputs
    names = {"__createBeforeDelete", "azureApiVersion"} | ({_name_of(inputs)} if automatic else set())
    return {name: value for name, value in inputs.items() if name not in names}


def _name_of(inputs: Json) -> str:
    names = ("automationAccountName", "actionGroupName", "activityLogAlertName", "ruleName", "lockName")
    more = ("privateEndpointName", "roleAssignmentName", "accountName", "resourceName", "name", "resourceGroupName")
    return next(name for name in (*names, *more) if name in inputs)


def _path(call: list[Any]) -> str:
    return str(call[1]).partition("?")[0]


def _addresses(resource_id: str) -> tuple[str, ...]:
    blob = _BLOB.fullmatch(resource_id)
    return (resource_id, f"/blobs/{blob[1]}/{blob[2]}/{blob[3]}") if blob else (resource_id,)


def _of(calls: list[list[Any]], resource_id: str) -> list[list[Any]]:
    """The calls to a resource, a blob's look-ups of its account's keys included."""
    result: list[list[Any]] = []
    previous: list[Any] | None = None
    for call in calls:
        if _path(call) in _addresses(resource_id):
            if previous is not None and "/blobs/" in resource_id and _path(previous).endswith("/listKeys"):
                result.append(previous)
            result.append(call)
        previous = call
    return result


def _creation(calls: list[list[Any]], resource_id: str) -> list[list[Any]]:
    """The calls of the creation among all calls to a resource: look-ups by the program come before and after."""
    own = _of(calls, resource_id)
    at = next(number for number, call in enumerate(own) if call[0] == "PUT")
    if "/blobs/" in resource_id:
        return own
    after = _STEPS_AFTER_A_LONG_PUT if own[at][2] == 202 else 1
    return own[at - 1 : at + 1 + after]


def _change(calls: list[list[Any]], resource_id: str) -> list[list[Any]]:
    own = _of(calls, resource_id)
    at = next((number for number, call in enumerate(own) if call[0] in ("PUT", "PATCH")), None)
    return own[at : at + 2] if at is not None else []


def _opened(value: Any, *, keep: bool = False) -> Any:
    """A value with its secrets in plain text; with ``keep`` in the form that the engine sends."""
    if isinstance(value, dict):
        if value.get(_SIGNATURE) == _SECRET:
            plain = json.loads(value["plaintext"]) if "plaintext" in value else value["value"]
            return {_SIGNATURE: _SECRET, "value": plain} if keep else {"<secret>": _opened(plain)}
        return {key: _opened(item, keep=keep) for key, item in value.items()}
    return [_opened(item, keep=keep) for item in value] if isinstance(value, list) else value


def _plain(struct: struct_pb2.Struct) -> Json:
    return dict(_whole(json_format.MessageToDict(struct)))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _struct(properties: Json) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    json_format.ParseDict(properties, struct)
    return struct


def names() -> list[str]:
    """The recordings there are."""
    return [path.stem for path in sorted(FOLDER.glob("*.json"))]
