"""The Blob service of the tenant's storage accounts: block blobs by shared key, by signature and publicly.

Behaviour from the Blob service REST reference: "Authorize with Shared Key", "Create a service SAS", "Put Blob", "Get
Blob", "List Blobs", error codes. An account is reached by path, ``https://localhost:PORT/blobs/{account}``, and by a
name below ``blob.localhost``, which resolvers keep on this machine (RFC 6761).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import format_datetime
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from localtenant.core.errors import ServiceError
from localtenant.core.messages import Request, Response
from localtenant.state.cloud import Cloud
from localtenant.state.internals import StorageAccountInternals, internals
from localtenant.state.store import Body

PREFIX = "blobs"
ACCOUNTS = "Microsoft.Storage/storageAccounts"
CONTAINERS = "Microsoft.Storage/storageAccounts/blobServices/containers"

_SAS_FIELDS = ("sp", "st", "se", None, "si", "sip", "spr", "sv")
_SAS_REPLY_FIELDS = ("rscc", "rscd", "rsce", "rscl", "rsct")
_NEEDED = {"GET": "r", "HEAD": "r", "PUT": "cw", "DELETE": "d"}


@dataclass
class Blob:
    """One block blob."""

    content: bytes
    content_type: str
    modified: datetime
    metadata: dict[str, str]

    @property
    def md5(self) -> str:
        return base64.b64encode(hashlib.md5(self.content, usedforsecurity=False).digest()).decode()

    @property
    def etag(self) -> str:
        return f'"0x{hashlib.sha256(self.content + str(self.modified).encode()).hexdigest()[:15].upper()}"'


class BlobService:
    """Answers requests below ``/blobs``."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def handle(self, request: Request, *, from_azure: bool = False) -> Response:
        """Answers a request, errors included, which are XML here.

        Args:
            request: The request.
            from_azure: Whether a service of Azure sends it, such as Azure Automation, whose addresses no rule of a
                firewall has. Every other caller counts as one of the addresses in the rules, because the tenant sees
                loopback addresses only.
        """
        try:
            return self._handle(request, from_azure)
        except ServiceError as error:
            text = f"{error.message}\nRequestId:{request.request_id}"
            body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{error.code}</Code><Message>{escape(text)}</Message></Error>'
            content = b"" if request.method == "HEAD" else body.encode()
            return Response(error.status, content, {"x-ms-error-code": error.code}, "application/xml")

    def _handle(self, request: Request, from_azure: bool) -> Response:
        host = account_of_host(request.headers.get("host", ""))
        parts = (f"{PREFIX}/{host}{request.path}" if host else request.path.lstrip("/")).split("/", 3)
        account = self._account(parts[1] if len(parts) > 1 else "")
        container, name = (parts[2] if len(parts) > 2 else ""), (parts[3] if len(parts) > 3 else "")
        _check_firewall(account["properties"], from_azure)
        self._authorize(request, account, container, name)
        held = self._container(account, container)
        if not name:
            if request.method == "GET" and request.query.get("comp") == "list":
                return self._listing(request, account, container)
            raise ServiceError(400, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb.")
        blobs = self.cloud.blobs.setdefault(str(held["id"]).lower(), {})
        if request.method == "PUT":
            metadata = {key[10:]: value for key, value in request.headers.items() if key.startswith("x-ms-meta-")}
            kind = request.headers.get("x-ms-blob-content-type") or request.headers.get("content-type") or ""
            if request.query.get("comp"):
                return self._change(request, blobs, name, metadata)
            blob = Blob(request.body, kind or "application/octet-stream", self.cloud.clock.now(), metadata)
            blobs[name] = blob
            return Response(201, None, {**_facts(blob), "Content-MD5": blob.md5})
        found = blobs.get(name)
        if found is None:
            raise ServiceError(404, "BlobNotFound", "The specified blob does not exist.")
        if request.method == "DELETE":
            del blobs[name]
            return Response(202)
        headers = {
            **_facts(found),
            "Content-MD5": found.md5,
            "x-ms-blob-type": "BlockBlob",
            "Accept-Ranges": "bytes",
            **{f"x-ms-meta-{key}": value for key, value in found.metadata.items()},
        }
        if request.method == "HEAD":
            return Response(
                200, None, {**headers, "Content-Length": str(len(found.content)), "Content-Type": found.content_type}
            )
        return _part(request, found, headers)

    def _change(self, request: Request, blobs: dict[str, Blob], name: str, metadata: dict[str, str]) -> Response:
        """Sets a blob's properties or its metadata."""
        component = request.query["comp"]
        blob = blobs.get(name)
        if blob is None:
            raise ServiceError(404, "BlobNotFound", "The specified blob does not exist.")
        if component == "metadata":
            blob.metadata = metadata
        elif component == "properties":
            blob.content_type = request.headers.get("x-ms-blob-content-type") or ""
        else:
            raise ServiceError(400, "InvalidQueryParameterValue", "The local tenant takes whole blobs only.")
        blob.modified = self.cloud.clock.now()
        return Response(200, None, _facts(blob))

    def _account(self, name: str) -> Body:
        for body in self.cloud.resources.of_type(ACCOUNTS):
            if body["name"] == name:
                return body
        raise ServiceError(404, "ResourceNotFound", f"There is no storage account '{name}'.")

    def _container(self, account: Body, name: str) -> Body:
        body = self.cloud.resources.find(f"{account['id']}/blobServices/default/containers/{name}")
        if body is None:
            raise ServiceError(404, "ContainerNotFound", "The specified container does not exist.")
        return body

    def _listing(self, request: Request, account: Body, container: str) -> Response:
        held = self._container(account, container)
        prefix = request.query.get("prefix", "")
        rows = "".join(
            f"<Blob><Name>{escape(name)}</Name><Properties><Last-Modified>{_http_date(blob.modified)}</Last-Modified>"
            f"<Etag>{escape(blob.etag)}</Etag><Content-Length>{len(blob.content)}</Content-Length>"
            f"<Content-Type>{escape(blob.content_type)}</Content-Type><Content-MD5>{blob.md5}</Content-MD5>"
            "<BlobType>BlockBlob</BlobType></Properties></Blob>"
            for name, blob in sorted(self.cloud.blobs.get(str(held["id"]).lower(), {}).items())
            if name.startswith(prefix)
        )
        text = (
            f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="{request.base_url}/{PREFIX}/" '
            f'ContainerName="{container}"><Blobs>{rows}</Blobs><NextMarker /></EnumerationResults>'
        )
        return Response(200, text.encode(), {}, "application/xml")

    # Who may

    def _authorize(self, request: Request, account: Body, container: str, name: str) -> None:
        properties = account["properties"]
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if "sig" in request.query:
            self._require_shared_key(account)
            self._check_sas(request, account, container, name)
        elif scheme.lower() == "sharedkey":
            self._require_shared_key(account)
            expected = {signature(key, string_to_sign(request, str(account["name"]))) for key in keys_of(account)}
            if given.partition(":")[2] not in expected:
                raise _unauthenticated(
                    "The MAC signature found in the HTTP request is not the same as any computed signature."
                )
        elif not self._is_public(account, container, name, request):
            # The service hides from anonymous callers whether a blob exists.
            raise (
                ServiceError(404, "ResourceNotFound", "The specified resource does not exist.")
                if properties["allowBlobPublicAccess"]
                else ServiceError(
                    409, "PublicAccessNotPermitted", "Public access is not permitted on this storage account."
                )
            )

    def _require_shared_key(self, account: Body) -> None:
        if account["properties"].get("allowSharedKeyAccess") is False:
            raise ServiceError(
                403,
                "KeyBasedAuthenticationNotPermitted",
                "Key based authentication is not permitted on this storage account.",
            )

    def _is_public(self, account: Body, container: str, name: str, request: Request) -> bool:
        held = self.cloud.resources.find(f"{account['id']}/blobServices/default/containers/{container}")
        if held is None or request.method not in ("GET", "HEAD") or not name:
            return False
        return bool(account["properties"]["allowBlobPublicAccess"]) and held["properties"]["publicAccess"] != "None"

    def _check_sas(self, request: Request, account: Body, container: str, name: str) -> None:
        query, now = request.query, self.cloud.clock.now()
        resource = f"/blob/{account['name']}/{container}" + (f"/{name}" if query.get("sr") == "b" else "")
        text = sas_string_to_sign(query, resource)
        if query["sig"] not in {signature(key, text) for key in keys_of(account)}:
            raise _unauthenticated("Signature did not match.")
        starts, ends = _moment(query.get("st")), _moment(query.get("se"))
        if (starts and now < starts) or not ends or now >= ends:
            raise _unauthenticated("Signature not valid in the specified time frame.")
        if not set(_NEEDED.get(request.method, "?")) & set(query.get("sp", "")):
            raise ServiceError(
                403,
                "AuthorizationPermissionMismatch",
                "This request is not authorized to perform this operation using this permission.",
            )


def _check_firewall(properties: Body, from_azure: bool) -> None:
    rules = properties.get("networkAcls") or {}
    is_denied = rules.get("defaultAction") == "Deny" and (from_azure or not rules.get("ipRules"))
    if is_denied or properties.get("publicNetworkAccess") == "Disabled":
        raise ServiceError(403, "AuthorizationFailure", "This request is not authorized to perform this operation.")


def account_of_host(host: str) -> str:
    """Returns the storage account in a host name such as ``stmail.blob.localhost``; empty for any other name."""
    found = re.fullmatch(r"([a-z0-9]{3,24})\.blob\.localhost(?::\d+)?", host.lower())
    return found[1] if found else ""


def keys_of(account: Body) -> list[str]:
    """The account's keys, base64."""
    return [key.value for key in internals(account, StorageAccountInternals).keys]


def signature(key: str, text: str) -> str:
    """HMAC-SHA256 of a text, base64."""
    return base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()


def sas_string_to_sign(query: dict[str, str], resource: str) -> str:
    """What a service SAS signs; more since version 2018-11-09 and 2020-12-06."""
    lines = [resource if sas_field is None else query.get(sas_field, "") for sas_field in _SAS_FIELDS]
    if query.get("sv", "") >= "2018-11-09":
        lines += [query.get("sr", ""), ""]
    if query.get("sv", "") >= "2020-12-06":
        lines.append(query.get("ses", ""))
    return "\n".join([*lines, *(query.get(sas_reply_field, "") for sas_reply_field in _SAS_REPLY_FIELDS)])


def service_sas(key: str, query: dict[str, str], resource: str) -> str:
    """A service SAS as Resource Manager hands it out: a query string."""
    signed = {**query, "sig": signature(key, sas_string_to_sign(query, resource))}
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in signed.items() if value)


def string_to_sign(request: Request, account: str) -> str:
    """What "Authorize with Shared Key" signs."""
    headers = request.headers
    length = headers.get("content-length", "")
    standard = [
        "content-encoding",
        "content-language",
        None,
        "content-md5",
        "content-type",
        "date",
        "if-modified-since",
        "if-match",
        "if-none-match",
        "if-unmodified-since",
        "range",
    ]
    lines = [request.method]
    for name in standard:
        lines.append(("" if length == "0" else length) if name is None else headers.get(name, ""))
    lines += [f"{name}:{headers[name].strip()}" for name in sorted(headers) if name.startswith("x-ms-")]
    resource = f"/{account}{quote(request.path, safe='/()$=~@!,:;*+&')}"
    query = {name.lower(): unquote(value) for name, value in request.query.items()}
    return "\n".join([*lines, resource + "".join(f"\n{name}:{query[name]}" for name in sorted(query))])


def _part(request: Request, blob: Blob, headers: dict[str, str]) -> Response:
    wanted = request.headers.get("x-ms-range") or request.headers.get("range") or ""
    match = re.fullmatch(r"bytes=([0-9]{1,15})-([0-9]{0,15})", wanted)
    if match is None:
        return Response(200, blob.content, headers, blob.content_type)
    start, last = int(match[1]), match[2]
    if start >= len(blob.content) or (last and int(last) < start):
        raise ServiceError(416, "InvalidRange", "The range specified is invalid for the current size of the resource.")
    end = min(int(last), len(blob.content) - 1) if last else len(blob.content) - 1
    headers["Content-Range"] = f"bytes {start}-{end}/{len(blob.content)}"
    headers.pop("Content-MD5", None)
    return Response(206, blob.content[start : end + 1], headers, blob.content_type)


def _facts(blob: Blob) -> dict[str, str]:
    return {"ETag": blob.etag, "Last-Modified": _http_date(blob.modified), "x-ms-version": "2021-12-02"}


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(timezone.utc), usegmt=True)


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise _unauthenticated(f"'{text}' is not a time.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _unauthenticated(why: str) -> ServiceError:
    return ServiceError(
        403,
        "AuthenticationFailed",
        "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
        f"including the signature. {why}",
    )
