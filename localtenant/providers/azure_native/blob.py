"""``azure-native:storage:Blob``, which the plugin implements by hand with the Blob service and the account's first key.

Source: ``provider/pkg/resources/customresources/custom_storage_azidentity.go`` of pulumi/pulumi-azure-native. The
plugin sends requests to the blob host of the account, and the emulated provider to the tenant's address.
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
from urllib.parse import SplitResult, quote, urlsplit

import httpx

from localtenant.providers.azure_native.client import GONE, ArmClient
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
    """Uploads a blob, and refuses a blob that exists.

    Raises:
        ProviderError: The blob exists, or the upload failed.
    """
    resource_id = SCHEMA.id_of(client.subscription_id, inputs)
    given = unwrap(inputs)
    if await read(client, given) is not None:
        raise ProviderError(f'cannot create already existing resource "{resource_id}"')
    headers = {"x-ms-blob-type": "BlockBlob", "x-ms-blob-content-type": str(given.get("contentType") or "")}
    headers |= {f"x-ms-meta-{name}": str(value) for name, value in (given.get("metadata") or {}).items()}
    key = await _key(client, given)
    response = await _send(client, "PUT", given, key, headers, content_of(given.get("source")))
    if response.status_code != 201:
        raise ProviderError(_failure("PUT", response))
    return resource_id, await _existing(client, given, key)


async def update(client: ArmClient, old_inputs: Properties, news: Properties) -> Properties:
    """Changes a blob's content type and metadata, which the service takes in requests of their own."""
    before, given = unwrap(old_inputs), unwrap(news)
    key = await _key(client, given)
    if before.get("contentType") != given.get("contentType"):
        headers = {"x-ms-blob-content-type": str(given.get("contentType") or "")}
        await _change(client, given, key, "properties", headers)
    if before.get("metadata") != given.get("metadata"):
        headers = {f"x-ms-meta-{name}": str(value) for name, value in (given.get("metadata") or {}).items()}
        await _change(client, given, key, "metadata", headers)
    return await _existing(client, given, key)


async def _change(client: ArmClient, inputs: Properties, key: str, component: str, headers: dict[str, str]) -> None:
    response = await _send(client, "PUT", inputs, key, headers, b"", component)
    if response.status_code != 200:
        raise ProviderError(_failure("PUT", response))


async def read(client: ArmClient, inputs: Mapping[str, Any]) -> Properties | None:
    """Returns the state of a blob without its content; None when it, its container or its account is gone."""
    try:
        key = await _key(client, inputs)
    except _AccountGoneError:
        return None
    return await _state(client, inputs, key)


async def _existing(client: ArmClient, inputs: Mapping[str, Any], key: str) -> Properties:
    found = await _state(client, inputs, key)
    if found is None:
        raise ProviderError("newly created blob is not found")
    return found


async def _state(client: ArmClient, inputs: Mapping[str, Any], key: str) -> Properties | None:
    response = await _send(client, "HEAD", inputs, key, {}, b"")
    if response.status_code == 404:
        return None
    if response.status_code != 200:
        raise ProviderError(_failure("HEAD", response))
    headers = response.headers
    return {
        **{name: inputs[name] for name in SCHEMA.path_parameters},
        "name": inputs["blobName"],
        "contentMd5": headers.get("content-md5", ""),
        "contentType": headers.get("content-type", ""),
        "metadata": {name[10:]: value for name, value in headers.items() if name.startswith("x-ms-meta-")},
        "type": "Block",
        "url": str(response.request.url),
    }


async def delete(client: ArmClient, inputs: Mapping[str, Any]) -> None:
    """Deletes a blob; a blob whose account is gone counts as deleted."""
    try:
        key = await _key(client, inputs)
    except _AccountGoneError:
        return
    response = await _send(client, "DELETE", inputs, key, {}, b"")
    if response.status_code not in (202, 404):
        raise ProviderError(_failure("DELETE", response))


def inputs_of(resource_id: str) -> Properties:
    """Returns the path parameters in an id.

    Raises:
        ProviderError: It is not the id of a blob.
    """
    match = re.fullmatch(
        re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", SCHEMA.path).replace("(?P<blobName>[^/]+)", "(?P<blobName>.+)"),
        resource_id,
    )
    if match is None:
        raise ProviderError(f"unable to parse the id '{resource_id}' as '{SCHEMA.path}'")
    return {name: value for name, value in match.groupdict().items() if name != "subscriptionId"}


def content_of(asset: Any) -> bytes:
    """Returns the bytes of an asset, which the engine sends as a text or as a path."""
    if isinstance(asset, Mapping):
        if "text" in asset:
            return str(asset["text"]).encode("utf-8")
        if "path" in asset:
            return Path(str(asset["path"])).read_bytes()
    return b""


class _AccountGoneError(ProviderError):
    """The blob's storage account does not exist."""


async def _key(client: ArmClient, inputs: Mapping[str, Any]) -> str:
    """Returns the first key of the blob's account."""
    account = "/subscriptions/{}/resourceGroups/{}/providers/Microsoft.Storage/storageAccounts/{}".format(
        client.subscription_id, inputs["resourceGroupName"], inputs["accountName"]
    )
    keys = await client.request("POST", f"{account}/listKeys", API_VERSION)
    if keys.status == 404 and keys.code in GONE:
        raise _AccountGoneError(keys.failure)
    if not keys.succeeded:
        raise ProviderError(keys.failure)
    return str(keys.body["keys"][0]["value"])


async def _send(
    client: ArmClient,
    method: str,
    inputs: Mapping[str, Any],
    key: str,
    headers: dict[str, str],
    body: bytes,
    component: str = "",
) -> httpx.Response:
    url = f"{client.blob_endpoint}/{inputs['accountName']}/{inputs['containerName']}/{quote(str(inputs['blobName']))}"
    url += f"?comp={component}" if component else ""
    sent = {**headers, "x-ms-date": formatdate(usegmt=True), "x-ms-version": SERVICE_VERSION}
    if method == "PUT":
        sent["content-type"] = "application/octet-stream"
    signed = _signature(method, urlsplit(url), sent, len(body), str(inputs["accountName"]), key)
    return await client.send_plain(
        method, url, {**sent, "Authorization": f"SharedKey {inputs['accountName']}:{signed}"}, body
    )


def _signature(method: str, url: SplitResult, headers: Mapping[str, str], length: int, account: str, key: str) -> str:
    lines = [method, "", "", str(length) if length else "", "", headers.get("content-type", ""), *[""] * 6]
    lines += [f"{name}:{headers[name].strip()}" for name in sorted(headers) if name.startswith("x-ms-")]
    resource = f"/{account}{url.path}" + (f"\n{url.query.replace('=', ':')}" if url.query else "")
    text = "\n".join([*lines, resource])
    return base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()


def _failure(method: str, response: httpx.Response) -> str:
    code = response.headers.get("x-ms-error-code", "")
    return f"{method} {response.request.url}: RESPONSE {response.status_code}, ERROR CODE: {code}"
