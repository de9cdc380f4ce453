"""``azure-native:storage:Blob``, which the plugin writes by hand: the Blob service with the account's first key.

Source: ``provider/pkg/resources/customresources/custom_storage_azidentity.go`` of pulumi/pulumi-azure-native. The real one
speaks to the cloud's public blob host; this one to the address that the account names.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from localtenant.providers.azure_native.client import ArmClient
from localtenant.providers.azure_native.schema import Input, ResourceSchema
from localtenant.providers.provider import ProviderError
from localtenant.providers.values import Properties, unwrap

TOKEN = "azure-native:storage:Blob"
API_VERSION = "2024-01-01"
SERVICE_VERSION = "2021-12-02"

SCHEMA = ResourceSchema(
    TOKEN,
    "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/Microsoft.Storage/storageAccounts/"
    "{accountName}/blobServices/default/containers/{containerName}/blobs/{blobName}",
    API_VERSION,
    {
        "accessTier": Input("accessTier"),
        "contentMd5": Input("contentMd5", replaces=True),
        "contentType": Input("contentType"),
        "metadata": Input("metadata", "object"),
        "source": Input("source", None, replaces=True),
        "type": Input("type", replaces=True),
    },
    {"name": "name", "url": "url"},
    "blobName",
)


async def create(client: ArmClient, inputs: Properties) -> tuple[str, Properties]:
    """Upload; a file that is there is overwritten, as a PUT does."""
    resource_id = SCHEMA.id_of(client.subscription_id, inputs)
    given = unwrap(inputs)
    headers = {"x-ms-blob-type": "BlockBlob", "x-ms-blob-content-type": str(given.get("contentType") or "")}
    headers |= {f"x-ms-meta-{name}": str(value) for name, value in (given.get("metadata") or {}).items()}
    response = await _send(client, "PUT", given, headers, content_of(given.get("source")))
    if response.status_code != 201:
        raise ProviderError(_failure("PUT", response))
    found = await read(client, given)
    if found is None:
        raise ProviderError("newly created blob is not found")
    return resource_id, found


async def read(client: ArmClient, inputs: Mapping[str, Any]) -> Properties | None:
    """What is there, without its content; None when nothing is."""
    response = await _send(client, "HEAD", inputs, {}, b"")
    if response.status_code == 404:
        return None
    if response.status_code != 200:
        raise ProviderError(_failure("HEAD", response))
    headers = response.headers
    state = {name: inputs[name] for name in SCHEMA.path_parameters}
    metadata = {key[10:]: value for key, value in headers.items() if key.startswith("x-ms-meta-")}
    return {
        **state,
        "name": inputs["blobName"],
        "contentMd5": headers.get("content-md5", ""),
        "contentType": headers.get("content-type", ""),
        "metadata": metadata,
        "type": "Block",
        "url": str(response.request.url),
    }


async def delete(client: ArmClient, inputs: Mapping[str, Any]) -> None:
    """Delete; what is gone, or whose account is gone, is deleted."""
    response = await _send(client, "DELETE", inputs, {}, b"", absent_is_fine=True)
    if response.status_code not in (202, 404):
        raise ProviderError(_failure("DELETE", response))


def inputs_of(resource_id: str) -> Properties:
    """The path parameters of an id.

    Raises:
        ProviderError: it is no id of a blob.
    """
    match = re.fullmatch(
        re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", SCHEMA.path).replace("(?P<blobName>[^/]+)", "(?P<blobName>.+)"),
        resource_id,
    )
    if match is None:
        raise ProviderError(f"unable to parse the id '{resource_id}' as '{SCHEMA.path}'")
    return {name: value for name, value in match.groupdict().items() if name != "subscriptionId"}


def content_of(asset: Any) -> bytes:
    """The bytes of an asset as the engine sends it: a text or a file."""
    if isinstance(asset, Mapping):
        if "text" in asset:
            return str(asset["text"]).encode("utf-8")
        if "path" in asset:
            return Path(str(asset["path"])).read_bytes()
    return b""


async def _send(
    client: ArmClient,
    method: str,
    inputs: Mapping[str, Any],
    headers: dict[str, str],
    body: bytes,
    *,
    absent_is_fine: bool = False,
) -> httpx.Response:
    account = "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}".format(
        client.subscription_id, inputs["resourceGroupName"], inputs["accountName"]
    )
    found = await client.request("GET", account, API_VERSION)
    keys = await client.request("POST", f"{account}/listKeys", API_VERSION) if found.succeeded else found
    if not keys.succeeded:
        if keys.status == 404 and (absent_is_fine or method == "HEAD"):
            return httpx.Response(404, request=httpx.Request(method, "https://localhost"))
        raise ProviderError(keys.failure)
    endpoint = str(found.body["properties"]["primaryEndpoints"]["blob"]).rstrip("/")
    url = f"{endpoint}/{inputs['containerName']}/{quote(str(inputs['blobName']))}"
    sent = {**headers, "x-ms-date": formatdate(usegmt=True), "x-ms-version": SERVICE_VERSION}
    if method == "PUT":
        sent["content-type"] = "application/octet-stream"
    signed = _signature(
        method, urlsplit(url).path, sent, len(body), str(inputs["accountName"]), keys.body["keys"][0]["value"]
    )
    return await client.send_plain(
        method, url, {**sent, "Authorization": f"SharedKey {inputs['accountName']}:{signed}"}, body
    )


def _signature(method: str, path: str, headers: Mapping[str, str], length: int, account: str, key: str) -> str:
    lines = [method, "", "", str(length) if length else "", "", headers.get("content-type", ""), *[""] * 6]
    lines += [f"{name}:{headers[name].strip()}" for name in sorted(headers) if name.startswith("x-ms-")]
    text = "\n".join([*lines, f"/{account}{path}"])
    return base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()


def _failure(method: str, response: httpx.Response) -> str:
    code = response.headers.get("x-ms-error-code", "")
    return f"{method} {response.request.url}: RESPONSE {response.status_code}, ERROR CODE: {code}"
