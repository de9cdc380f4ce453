"""Azure as a person reads it: what is in the existing resource group of the local tenant."""

from __future__ import annotations

import ssl
from typing import Any

import httpx

from localtenant.process import LocalTenant
from localtenant.state import seed


class Azure:
    """What is in the account, read as a person would."""

    def __init__(self, tenant: LocalTenant, planted: seed.TenantSeed = seed.CONTOSO) -> None:
        self.tenant, self.planted = tenant, planted
        self.client = httpx.Client(verify=ssl.create_default_context(cafile=str(tenant.authority)), trust_env=False)
        group = f"/subscriptions/{planted.subscription_id}/resourceGroups/rg-existing"
        self.base = f"{tenant.url}{group}/providers"

    def send(self, method: str, path: str, version: str = "2024-10-23", body: Any = None) -> httpx.Response:
        """Sends a request to a provider of the resource group."""
        return self._send(method, f"{self.base}/{path}", version, body)

    def request(self, method: str, path: str, version: str, body: Any = None) -> httpx.Response:
        """Send a request outside of the resource group; the path begins with a slash."""
        return self._send(method, f"{self.tenant.url}{path}", version, body)

    def _send(self, method: str, url: str, version: str, body: Any = None) -> httpx.Response:
        """A request with a token of its own: days may go by between two."""
        token = self.client.post(
            f"{self.tenant.url}/{self.planted.tenant_id}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": self.planted.client_id,
                "client_secret": self.planted.client_secret,
                "scope": "https://management.azure.com/.default",
            },
        ).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.request(method, f"{url}?api-version={version}", json=body, headers=headers)

    def get(self, path: str, version: str = "2024-10-23") -> httpx.Response:
        return self.send("GET", path, version)

    def listed(self, subscription: str) -> list[dict[str, Any]]:
        """All resource groups and resources of a subscription, as Azure lists them."""
        found: list[dict[str, Any]] = []
        for what in ("resourceGroups", "resources"):
            address = f"{self.tenant.url}/subscriptions/{subscription}/{what}"
            found += self._send("GET", address, "2024-03-01").json()["value"]
        return found

    def everything(self) -> set[str]:
        """Ids of all resource groups and resources of the tenant's first subscription."""
        return {str(resource["id"]) for resource in self.listed(self.planted.subscription_id)}

    def content(self, account: str = "aa-mail") -> bytes:
        return self.get(f"Microsoft.Automation/automationAccounts/{account}/runbooks/report/content").content

    def links(self, account: str = "aa-mail") -> dict[str, Any]:
        """Parameters of the links by id."""
        found = self.get(f"Microsoft.Automation/automationAccounts/{account}/jobSchedules").json()["value"]
        return {link["name"]: link["properties"]["parameters"] for link in found}
