"""Azure Resource Manager as the azure-native plugin calls it: sign-in, retries, long operations, texts of failures.

Source: ``provider/pkg/azure`` and ``provider/pkg/provider`` of pulumi/pulumi-azure-native, and azcore's retry policy.
Every wait is on the tenant's clock.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx

from localtenant.environment import PluginEnvironment
from localtenant.providers.connection import ServiceConnection
from localtenant.providers.provider import ProviderError

RETRY_WAITS = (20.0, 60.0, 120.0)
LONGEST_RETRY_AFTER = 120.0
POLL_SECONDS = {"DELETE": 30.0}
DEFAULT_POLL_SECONDS = 10.0
GONE = frozenset(
    {
        "EntityNotFound",
        "LockNotFound",
        "NotFound",
        "ParentResourceNotFound",
        "ResourceGroupNotFound",
        "ResourceNotFound",
        "RoleAssignmentNotFound",
        "SubscriptionNotFound",
    }
)
"""Codes of a 404 that mean that a resource is gone. With any other code, and with none, the plugin keeps its state."""
_UNFINISHED = {"accepted", "creating", "deleting", "inprogress", "provisioning", "running", "updating"}
_FAILED = {"failed", "canceled"}


@dataclass(frozen=True)
class ArmResponse:
    """An HTTP answer.

    Attributes:
        status: HTTP status.
        body: The JSON body, an empty dictionary without one.
        headers: The headers.
    """

    status: int
    body: dict[str, Any]
    headers: httpx.Headers

    @property
    def succeeded(self) -> bool:
        """Whether the request succeeded."""
        return self.status < 300

    @property
    def code(self) -> str:
        """The service's error code; empty without one."""
        error = self.body.get("error", self.body)
        return str(error.get("code", "")) if isinstance(error, dict) else ""

    @property
    def failure(self) -> str:
        """The failure as the plugin words it."""
        error = self.body.get("error", self.body)
        message = error.get("message", "") if isinstance(error, dict) else error
        return f'Status={self.status} Code="{self.code}" Message="{message}"'

    def wait(self, default: float) -> float:
        """Returns the seconds in ``Retry-After``, or the default."""
        after = self.headers.get("retry-after", "")
        return float(after) if after.isdecimal() else default


class ArmClient(ServiceConnection):
    """One provider instance's connection to Azure Resource Manager."""

    def __init__(self, environment: PluginEnvironment, config: Mapping[str, Any]) -> None:
        super().__init__(environment, config)
        self._metadata: dict[str, Any] = {}
        self._token_address = ""
        self._token = ""
        self.subscription_id = self.setting("subscriptionId", "ARM_SUBSCRIPTION_ID")

    @property
    def blob_endpoint(self) -> str:
        """The address below which every storage account has its blobs."""
        return f"{self._environment.url}/blobs"

    async def sign_in(self) -> None:
        """Finds the endpoints and gets a token.

        Raises:
            ProviderError: There are no credentials, or they were refused.
        """
        host = self.setting("metadataHost", "ARM_METADATA_HOSTNAME")
        response = await self._send("GET", f"https://{host}/metadata/endpoints?api-version=2022-09-01")
        if not response.succeeded:
            raise ProviderError(f"failed to retrieve the cloud metadata from {host}: {response.failure}")
        self._metadata = response.body
        authority = str(response.body["authentication"]["loginEndpoint"]).rstrip("/")
        tenant = self.setting("tenantId", "ARM_TENANT_ID")
        openid = await self._send("GET", f"{authority}/{tenant}/v2.0/.well-known/openid-configuration")
        if not openid.succeeded:
            raise ProviderError(f"failed to discover the authority {authority}/{tenant}: {openid.failure}")
        issuer, expected = urlsplit(openid.body["issuer"]), urlsplit(authority)
        if (issuer.scheme, issuer.netloc) != (expected.scheme, expected.netloc):
            raise ProviderError(f"the issuer {openid.body['issuer']} is not one of the authority {authority}")
        self._token_address = openid.body["token_endpoint"]
        self._token = await self._get_token(f"{response.body['authentication']['audiences'][0]}/.default")

    async def _get_token(self, scope: str) -> str:
        proof = await self.credential()
        if proof is None:
            raise ProviderError("no credentials for Azure were found: neither a secret nor an OIDC token is configured")
        response = await self._send(
            "POST",
            self._token_address,
            data={
                "client_id": self.setting("clientId", "ARM_CLIENT_ID"),
                "grant_type": "client_credentials",
                "scope": scope.replace("//.default", "/.default"),
                **proof,
            },
        )
        if not response.succeeded:
            reason = response.body.get("error_description", response.failure)
            raise ProviderError(f"ClientSecretCredential authentication failed.\n{response.status}: {reason}")
        return str(response.body["access_token"])

    async def _oidc_token(self, url: str, headers: Mapping[str, str]) -> str:
        response = await self._send("GET", url, headers=headers)
        if not response.succeeded:
            raise ProviderError(f"the pipeline gave no OIDC token: {response.failure}")
        return str(response.body["value"])

    async def client_config(self) -> dict[str, str]:
        """Returns who is signed in, from the claims of a token for Microsoft Graph."""
        token = await self._get_token(f"{str(self._metadata['microsoftGraphResourceId']).rstrip('/')}/.default")
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return {
            "clientId": claims.get("appid", ""),
            "objectId": claims.get("oid", ""),
            "subscriptionId": self.subscription_id,
            "tenantId": claims.get("tid", ""),
        }

    async def request(
        self, method: str, path: str, api_version: str, body: Mapping[str, Any] | None = None
    ) -> ArmResponse:
        """Sends a request with the plugin's retries, to an absolute address or a path.

        Raises:
            ProviderError: There was no answer.
        """
        base = str(self._metadata["resourceManager"]).rstrip("/")
        url = path if path.startswith("https://") else f"{base}{path}?api-version={api_version}"
        for wait in (*RETRY_WAITS, None):
            try:
                response = _response(
                    await self._http.request(method, url, json=body, headers={"Authorization": f"Bearer {self._token}"})
                )
            except httpx.TransportError as failure:
                if wait is None:
                    raise ProviderError(
                        f'{method.title()} "{url}": {str(failure) or type(failure).__name__}'
                    ) from failure
                await self.sleep(wait)
                continue
            if wait is None or not _repeats(response) or response.wait(0.0) > LONGEST_RETRY_AFTER:
                return response
            await self.sleep(response.wait(wait))
        raise AssertionError("the last attempt returns or raises")

    async def send_plain(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> httpx.Response:
        """Sends a request to another service, with the authorization in its headers.

        Raises:
            ProviderError: There was no answer.
        """
        try:
            return await self._http.request(method, url, headers=headers, content=body or None)
        except httpx.TransportError as failure:
            raise ProviderError(f'{method.title()} "{url}": {str(failure) or type(failure).__name__}') from failure

    async def finish(self, method: str, response: ArmResponse, path: str, api_version: str) -> ArmResponse:
        """Polls a long operation to its end; returns the last answer.

        Raises:
            ProviderError: The operation failed.
        """
        interval = POLL_SECONDS.get(method, DEFAULT_POLL_SECONDS)
        operation = response.headers.get("azure-asyncoperation") or response.headers.get("operation-location")
        location = response.headers.get("location")
        while operation:
            await self.sleep(response.wait(interval))
            response = await self.request("GET", operation, api_version)
            state = str(response.body.get("status", "")).lower()
            if not response.succeeded or state in _FAILED:
                raise ProviderError(f"polling failed: {response.failure}")
            if state not in _UNFINISHED:
                return response
        while location and response.status == 202:
            await self.sleep(response.wait(interval))
            response = await self.request("GET", location, api_version)
            if response.status >= 400 and response.status != 404:
                raise ProviderError(f"polling failed: {response.failure}")
        while method != "DELETE" and _provisioning(response) in _UNFINISHED and response.status == 202:
            await self.sleep(response.wait(interval))
            response = await self.request("GET", path, api_version)
            if _provisioning(response) in _FAILED:
                raise ProviderError(f"polling failed: {response.failure}")
        return response

    async def _send(self, method: str, url: str, **options: Any) -> ArmResponse:
        try:
            return _response(await self._http.request(method, url, **options))
        except httpx.TransportError as failure:
            raise ProviderError(f'{method.title()} "{url}": {str(failure) or type(failure).__name__}') from failure


def _response(response: httpx.Response) -> ArmResponse:
    try:
        body = response.json() if response.content else {}
    except ValueError:
        body = {"error": {"code": "", "message": response.text}}
    return ArmResponse(response.status_code, body if isinstance(body, dict) else {"value": body}, response.headers)


def _repeats(response: ArmResponse) -> bool:
    if response.status == 409:
        return bool(response.body.get("error", {}).get("code") == "AnotherOperationInProgress")
    return response.status in {408, 429} or (response.status >= 500 and response.status != 501)


def _provisioning(response: ArmResponse) -> str:
    properties = response.body.get("properties")
    return str(properties.get("provisioningState", "")).lower() if isinstance(properties, dict) else ""
