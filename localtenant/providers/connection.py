"""The connection of an emulated provider to its service: settings, credentials and the tenant's clock."""

from __future__ import annotations

import abc
import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from localtenant.environment import PluginEnvironment


class ServiceConnection(abc.ABC):
    """One provider instance's connection.

    Args:
        environment: The address of the tenant, and the variables that the plugin sees.
        config: The provider's configuration, which has precedence over the variables.
    """

    def __init__(self, environment: PluginEnvironment, config: Mapping[str, Any]) -> None:
        self._environment = environment
        self._config = config
        self._http = httpx.AsyncClient(
            verify=ssl.create_default_context(cafile=str(environment.authority)), timeout=300.0, trust_env=False
        )

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    def setting(self, name: str, *variables: str) -> str:
        """Returns a setting from the configuration, else from the first variable that is set."""
        given = self._config.get(name)
        if isinstance(given, str) and given:
            return given
        return next((value for variable in variables if (value := self._environment.environment.get(variable))), "")

    async def sleep(self, seconds: float) -> None:
        """Waits on the tenant's clock."""
        await self._http.post(f"{self._environment.url}/_tenant/clock/sleep", json={"seconds": seconds})

    async def credential(self) -> dict[str, str] | None:
        """Returns the credential of a token request: a secret, else an OIDC token; None without either.

        Raises:
            ProviderError: The pipeline gave no OIDC token.
        """
        secret = self.setting("clientSecret", "ARM_CLIENT_SECRET")
        if secret:
            return {"client_secret": secret}
        assertion = self.setting("oidcToken", "ARM_OIDC_TOKEN")
        address = self.setting("oidcRequestUrl", "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL")
        if not assertion and address:
            bearer = self.setting("oidcRequestToken", "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
            assertion = await self._oidc_token(
                f"{address}&audience=api://AzureADTokenExchange", {"Authorization": f"Bearer {bearer}"}
            )
        if not assertion:
            return None
        return {
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion,
        }

    @abc.abstractmethod
    async def _oidc_token(self, url: str, headers: Mapping[str, str]) -> str:
        """Returns an OIDC token of the pipeline.

        Raises:
            ProviderError: The pipeline gave none. The text is the plugin's.
        """
