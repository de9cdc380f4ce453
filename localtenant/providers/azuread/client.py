"""Microsoft Graph as the azuread plugin calls it: sign-in, headers, retries and the texts of failures.

Sources: ``sdk/client`` of hashicorp/go-azure-sdk and ``hashicorp/go-retryablehttp``. The waits are
theirs to the second, on the tenant's clock. Like them, the client does not repeat a POST whose connection was lost.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import httpx

from localtenant.environment import PluginEnvironment
from localtenant.providers.connection import ServiceConnection
from localtenant.providers.provider import ProviderError

RETRIES = 9
"""As many as fit into the five minutes that an operation may take by default."""
LONGEST_WAIT = 61.0
_IDEMPOTENT = {"GET", "HEAD", "OPTIONS"}

RetryIf = Callable[[int, str], bool]


@dataclass(frozen=True)
class GraphResponse:
    """An HTTP answer.

    Attributes:
        status: HTTP status.
        body: The JSON body, None without one.
        text: The body as text.
    """

    status: int
    body: Any
    text: str

    @property
    def succeeded(self) -> bool:
        """Whether the request succeeded."""
        return self.status < 300

    @property
    def failure(self) -> str:
        """The failure as the plugin words it."""
        status = f"{self.status} ({self.status} {HTTPStatus(self.status).phrase})"
        error = self.body.get("error") if isinstance(self.body, dict) else None
        if isinstance(error, dict) and error.get("code"):
            return f"unexpected status {status} with error: {error['code']}: {error.get('message', '')}"
        if not self.text:
            return f"unexpected status {status} received with no body"
        return f"unexpected status {status} with response: {self.text}"


@dataclass(frozen=True)
class SignedInIdentity:
    """Who is signed in, from the access token's claims."""

    tenant_id: str
    client_id: str
    object_id: str


class GraphClient(ServiceConnection):
    """One provider instance's connection to Microsoft Graph."""

    def __init__(self, environment: PluginEnvironment, config: Mapping[str, Any]) -> None:
        super().__init__(environment, config)
        self._graph = ""
        self._login = ""
        self._token = ""
        self._locks: dict[str, asyncio.Lock] = {}
        self.identity = SignedInIdentity("", "", "")

    async def sign_in(self) -> None:
        """Finds the endpoints and gets a token.

        Raises:
            ProviderError: There are no credentials, or they were refused.
        """
        host = self.setting("metadataHost", "ARM_METADATA_HOSTNAME")
        metadata = await self._send("GET", f"https://{host}/metadata/endpoints?api-version=2022-09-01")
        if not metadata.succeeded:
            raise ProviderError(f"unable to build cloud environment: retrieving metadata: {metadata.failure}")
        self._graph = str(metadata.body["microsoftGraphResourceId"]).rstrip("/")
        self._login = str(metadata.body["authentication"]["loginEndpoint"]).rstrip("/")
        form = await self.credential()
        if form is None:
            raise ProviderError(
                "unable to build authorizer for Microsoft Graph API: no Authorizer could be configured, please check your "
                "configuration"
            )
        tenant = self.setting("tenantId", "ARM_TENANT_ID")
        response = await self._send(
            "POST",
            f"{self._login}/{tenant}/oauth2/v2.0/token",
            data={
                "client_id": self.setting("clientId", "ARM_CLIENT_ID"),
                "grant_type": "client_credentials",
                "scope": f"{self._graph}/.default",
                **form,
            },
        )
        if not response.succeeded:
            raise ProviderError(
                "unable to build authorizer for Microsoft Graph API: could not configure ClientCredentials Authorizer: "
                f"clientCredentialsToken: received HTTP status {response.status} with response: {response.text}"
            )
        self._token = response.body["access_token"]
        claims = _claims(self._token)
        self.identity = SignedInIdentity(claims.get("tid", ""), claims.get("appid", ""), claims.get("oid", ""))

    async def _oidc_token(self, url: str, headers: Mapping[str, str]) -> str:
        response = await self._send("GET", url, headers=headers)
        if not response.succeeded:
            raise ProviderError(f"unable to build authorizer for Microsoft Graph API: {response.failure}")
        return str(response.body["value"])

    def reference(self, object_id: str) -> str:
        """Returns the address of a directory object, for a reference in a body."""
        return f"{self._graph}/v1.0/directoryObjects/{object_id}"

    def lock(self, name: str) -> asyncio.Lock:
        """Returns the lock that the plugin holds while it rewrites a list of an object."""
        return self._locks.setdefault(name, asyncio.Lock())

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        version: str = "v1.0",
        retry_if: RetryIf | None = None,
    ) -> GraphResponse:
        """Sends a request with the plugin's retries.

        Args:
            method: HTTP method.
            path: Path under the API version.
            query: Query parameters.
            body: The JSON body.
            version: ``v1.0`` or ``beta``.
            retry_if: Takes status and error message, and returns whether a later attempt may succeed.

        Raises:
            ProviderError: There was no answer.
        """
        url = str(httpx.URL(f"{self._graph}/{version}{path}", params=query))
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        attempt = 0
        while True:
            try:
                response, pause = await self._attempt(method, url, headers, body)
            except httpx.TransportError as failure:
                pause = await self._lost(method, url, failure, attempt)
            else:
                if attempt >= RETRIES or not _repeats(response, retry_if):
                    return response
            await self.sleep(pause if pause is not None else min(2.0**attempt, LONGEST_WAIT))
            attempt += 1

    async def _attempt(
        self, method: str, url: str, headers: Mapping[str, str], body: Any
    ) -> tuple[GraphResponse, float | None]:
        response = await self._http.request(method, url, headers=headers, json=body)
        after = response.headers.get("retry-after", "")
        return _to_response(response), float(after) if after.isdecimal() else None

    async def _lost(self, method: str, url: str, failure: httpx.TransportError, attempt: int) -> float | None:
        """Returns None where a request without an answer is repeated.

        Raises:
            ProviderError: The plugin does not repeat it.
        """
        if method not in _IDEMPOTENT:
            raise ProviderError(
                f'{method.title()} "{url}": HTTP response was nil; connection may have been reset'
            ) from failure
        # An unexpected end of the stream and a refused connection are final; a reset is not.
        if isinstance(failure, (httpx.RemoteProtocolError, httpx.ConnectError)) or attempt >= RETRIES:
            raise ProviderError(f'{method.title()} "{url}": EOF') from failure
        return None

    async def _send(self, method: str, url: str, **options: Any) -> GraphResponse:
        try:
            return _to_response(await self._http.request(method, url, **options))
        except httpx.TransportError as failure:
            raise ProviderError(f'{method.title()} "{url}": {str(failure) or type(failure).__name__}') from failure


def _to_response(response: httpx.Response) -> GraphResponse:
    try:
        body = response.json() if response.content else None
    except ValueError:
        body = None
    return GraphResponse(response.status_code, body, response.text)


def _repeats(response: GraphResponse, retry_if: RetryIf | None) -> bool:
    if response.status in {408, 424, 429} or (response.status >= 500 and response.status != 501):
        return True
    if retry_if is None or response.succeeded:
        return False
    error = response.body.get("error") if isinstance(response.body, dict) else None
    return retry_if(response.status, str(error.get("message", "")) if isinstance(error, dict) else "")


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims
