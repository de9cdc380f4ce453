"""What an azuread plugin answers to a fixed list of calls, and what it asks of the directory meanwhile.

The same calls go to the emulated provider and to the real plugin; the answers of both are kept in the same form, without
what the two cannot have in common (ports, generated ids, the bridge's own bookkeeping).
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from localtenant.process import LocalTenant
from localtenant.state import seed

Json = dict[str, Any]
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
EXCHANGE = seed.CONTOSO.exchange_object_id
ADMINISTRATOR = seed.DIRECTORY_ROLES["Exchange Administrator"]
_BOOKKEEPING = {"__meta", "__pulumi_raw_state_delta", "__defaults", "stables", "acceptSecrets", "acceptResources"}


@contextlib.contextmanager
def real_plugin(environment: dict[str, str]) -> Iterator[int]:
    """Starts the plugin on PATH; returns its port."""
    with subprocess.Popen(
        ["pulumi-resource-azuread", "127.0.0.1:1"], stdout=subprocess.PIPE, env={**os.environ, **environment}
    ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.kill()


class Transcript:
    """Plays the calls and writes down what came of each."""

    def __init__(self, port: int, tenant: LocalTenant) -> None:
        self._channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._tenant = tenant
        self._seen = 0
        self._ids: dict[str, str] = {}
        self.entries: list[Json] = []

    def close(self) -> None:
        self._channel.close()

    def _call(self, title: str, method: str, request: Any) -> Json:
        try:
            answer: Json = json_format.MessageToDict(getattr(self._stub, method)(request))
        except grpc.RpcError as failure:
            answer = {"error": failure.details()}
        request_log = self._tenant.request_log()
        requests = [
            [entry["method"], entry["path"], entry["body"], entry["status"]] for entry in request_log[self._seen :]
        ]
        self._seen = len(request_log)
        self.entries.append(
            {"call": f"{method}: {title}", "answer": self._plain(answer), "requests": self._plain(requests)}
        )
        return answer

    def _plain(self, value: Any) -> Any:
        """Without ports, generated ids and bookkeeping; lists of failures in a fixed order."""
        if isinstance(value, dict):
            return {
                key: self._plain(sorted(item, key=str) if key == "failures" else item)
                for key, item in value.items()
                if key not in _BOOKKEEPING
            }
        if isinstance(value, list):
            return [self._plain(item) for item in value]
        if isinstance(value, str):
            text = re.sub(r"localhost:\d+", "localhost", value)
            for known, name in self._ids.items():
                text = text.replace(known, name)
            return text
        return value

    def play(self) -> list[Json]:
        """All calls; the tenant is as after a reset."""
        [created] = self._tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity")
        principal = created["id"]
        self._ids = {principal: "<principal>", created["appId"]: "<app id>"}
        self._call("no configuration", "Configure", provider_pb2.ConfigureRequest(acceptSecrets=True))
        self._app_role(principal)
        self._directory_role(principal)
        self._functions()
        return self.entries

    def _app_role(self, principal: str) -> None:
        kind = "appRoleAssignment:AppRoleAssignment"
        good = {"appRoleId": seed.MANAGE_AS_APP_ID, "principalObjectId": principal, "resourceObjectId": EXCHANGE}
        for title, inputs in (
            ("all is well", good),
            ("no UUIDs, one missing", {"appRoleId": "nope", "principalObjectId": ""}),
            ("a key that is not there", {**good, "bogus": "x"}),
            ("an unknown", {**good, "principalObjectId": UNKNOWN}),
        ):
            self._check(kind, title, inputs)
        self._create(kind, "a preview", {**good, "principalObjectId": UNKNOWN}, preview=True)
        created = self._create(kind, "it", good)
        self._create(kind, "it again", good)
        self._create(kind, "on an API that is not there", {**good, "resourceObjectId": f"{EXCHANGE[:-1]}0"})
        self._life(kind, created, good, {**good, "principalObjectId": EXCHANGE})

    def _directory_role(self, principal: str) -> None:
        kind = "directoryRoleAssignment:DirectoryRoleAssignment"
        good = {"roleId": ADMINISTRATOR, "principalObjectId": principal}
        self._check(kind, "two scopes", {**good, "appScopeId": "a", "directoryScopeId": "b"})
        self._check(kind, "an empty scope", {**good, "directoryScopeId": ""})
        self._create(kind, "a preview", good, preview=True)
        created = self._create(kind, "it", good)
        self._create(kind, "it again", good)
        self._create(kind, "for a principal that is not there", {**good, "principalObjectId": f"{EXCHANGE[:-1]}0"})
        self._life(kind, created, good, {**good, "directoryScopeId": "/administrativeUnits/x"})

    def _life(self, kind: str, created: Json, inputs: Json, changed: Json) -> None:
        """Compares, reads, imports and deletes a resource, and deletes it again."""
        state, urn = created["properties"], _urn(kind)
        common = {"urn": urn, "id": created["id"], "olds": _struct(state), "old_inputs": _struct(inputs)}
        for title, news in (
            ("the same", inputs),
            ("another", changed),
            ("an unknown", {**inputs, "principalObjectId": UNKNOWN}),
        ):
            self._call(title, "Diff", provider_pb2.DiffRequest(**common, news=_struct(news)))
        self._call(
            "a refresh",
            "Read",
            provider_pb2.ReadRequest(urn=urn, id=created["id"], properties=_struct(state), inputs=_struct(inputs)),
        )
        self._call("an import", "Read", provider_pb2.ReadRequest(urn=urn, id=created["id"]))
        self._call("an import of nonsense", "Read", provider_pb2.ReadRequest(urn=urn, id="nonsense"))
        delete = provider_pb2.DeleteRequest(urn=urn, id=created["id"], properties=_struct(state))
        self._call("it", "Delete", delete)
        self._call(
            "what is gone", "Read", provider_pb2.ReadRequest(urn=urn, id=created["id"], properties=_struct(state))
        )
        self._call("what is gone", "Delete", delete)

    def _functions(self) -> None:
        for title, args in (
            ("by client id", {"clientId": seed.EXCHANGE_APP_ID}),
            ("by object id", {"objectId": EXCHANGE}),
            ("by name", {"displayName": "job"}),
            ("a name that is not there", {"displayName": "nope"}),
            ("a client id that is not there", {"clientId": EXCHANGE}),
            ("an object id that is not there", {"objectId": seed.MANAGE_AS_APP_ID}),
            ("nothing", {}),
            ("two keys", {"clientId": EXCHANGE, "objectId": EXCHANGE}),
            ("no UUID", {"clientId": "nope"}),
        ):
            token = "azuread:index/getServicePrincipal:getServicePrincipal"
            self._call(title, "Invoke", provider_pb2.InvokeRequest(tok=token, args=_struct(args)))
        token = "azuread:index/getClientConfig:getClientConfig"
        self._call("the deployer", "Invoke", provider_pb2.InvokeRequest(tok=token))

    def _check(self, kind: str, title: str, inputs: Json) -> None:
        self._call(title, "Check", provider_pb2.CheckRequest(urn=_urn(kind), news=_struct(inputs)))

    def _create(self, kind: str, title: str, inputs: Json, *, preview: bool = False) -> Json:
        request = provider_pb2.CreateRequest(urn=_urn(kind), properties=_struct(inputs), preview=preview)
        answer = self._call(title, "Create", request)
        if "id" in answer:
            self._ids[answer["id"].rsplit("/", 1)[-1]] = "<assignment>"
            self.entries[-1] = self._plain(self.entries[-1])
        return answer


def _urn(kind: str) -> str:
    return f"urn:pulumi:dev::project::azuread:index/{kind}::x"


def _struct(properties: Json) -> struct_pb2.Struct:
    struct = struct_pb2.Struct()
    json_format.ParseDict(properties, struct)
    return struct
