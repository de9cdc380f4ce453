"""What several tests of the local tenant need: requests without a server, and addresses of its objects."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import quote

from localtenant.core.clock import VirtualClock
from localtenant.core.messages import Request, Response
from localtenant.http.dispatcher import Dispatcher
from localtenant.state import assignments, seed
from localtenant.state.cloud import Cloud

Json = dict[str, Any]
URL = "https://localhost:8443"
CONTOSO = seed.CONTOSO
FABRIKAM = seed.FABRIKAM
EXCHANGE = CONTOSO.exchange_object_id
EXCHANGE_ADMINISTRATOR = seed.DIRECTORY_ROLES["Exchange Administrator"]
SUBSCRIPTION = f"/subscriptions/{CONTOSO.subscription_id}"
GROUP = f"{SUBSCRIPTION}/resourceGroups/{seed.EXISTING_RESOURCE_GROUP}"
ACCOUNT = f"{GROUP}/providers/Microsoft.Automation/automationAccounts/aa-mail"
IDENTITY = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-mail"
ROLE_ASSIGNMENTS = "/v1.0/roleManagement/directory/roleAssignments"
AUTOMATION = "2024-10-23"


class Client:
    """A tenant without a server: requests go to the dispatcher, as they would from the wire."""

    def __init__(self, lag: float = 0.0) -> None:
        self.clock = VirtualClock()
        self.cloud = Cloud(self.clock, lag)
        self.dispatcher = Dispatcher(self.cloud)
        self.tokens: dict[str, str] = {}

    def token(self, tenant_seed: seed.TenantSeed = CONTOSO, audience: str = URL) -> str:
        """A deployer's token."""
        tenant = self.cloud.tenants[tenant_seed.tenant_id]
        application = tenant.directory.stores["applications"].get(tenant_seed.application_object_id)
        principal = tenant.directory.stores["servicePrincipals"].get(tenant_seed.principal_object_id)
        assert application is not None
        assert principal is not None
        return self.dispatcher.login.issue(URL, tenant, application, principal, audience)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Request:
        """A request that is ready to be answered."""
        plain, _, query = path.partition("?")
        sent = {"authorization": f"Bearer {token if token is not None else self.token()}", **(headers or {})}
        raw = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        return Request(method, plain, quote(query, safe="=&$'()/,:-._~"), sent, raw, URL, "request")

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Answers one request."""
        return asyncio.run(self.dispatcher.answer(self.request(method, path, body, token=token, headers=headers)))

    def ok(self, method: str, path: str, body: Any = None, **extra: Any) -> Any:
        """Answers one request that must succeed; returns its body."""
        response = self.send(method, path, body, **extra)
        assert response.status < 300, response.body
        return response.body

    def arm(self, method: str, path: str, body: Any = None, version: str = AUTOMATION) -> Response:
        """Answers a request to Resource Manager."""
        return self.send(method, f"{path}?api-version={version}", body)

    def account(self, **identity: Any) -> Json:
        """Creates or changes the automation account; returns it."""
        body: Json = {"location": "westeurope", "properties": {"sku": {"name": "Basic"}}}
        if identity:
            body["identity"] = identity
        response = self.arm("PUT", ACCOUNT, body)
        assert response.status < 300, response.body
        shown: Json = response.body
        return shown

    def identity(self, path: str = IDENTITY) -> Json:
        """Creates the user-assigned identity; returns it."""
        response = self.arm("PUT", path, {"location": "westeurope"}, "2023-01-31")
        assert response.status < 300, response.body
        shown: Json = response.body
        return shown

    def assign_app_role(self, principal_id: str, role_id: str = seed.MANAGE_AS_APP_ID) -> Response:
        """Assigns an app role of Exchange Online."""
        body = {"principalId": principal_id, "resourceId": EXCHANGE, "appRoleId": role_id}
        return self.send("POST", f"/v1.0/servicePrincipals/{EXCHANGE}/appRoleAssignedTo", body)

    def assign_directory_role(
        self, principal_id: str, role_id: str = EXCHANGE_ADMINISTRATOR, scope: str = "/"
    ) -> Response:
        """Assigns a directory role."""
        body = {"principalId": principal_id, "roleDefinitionId": role_id, "directoryScopeId": scope}
        return self.send("POST", ROLE_ASSIGNMENTS, body)

    def grants(self) -> list[Json]:
        """What the admin API would tell."""
        return [row for tenant in self.cloud.tenants.values() for row in assignments.grants(tenant.directory)]


def error(response: Response) -> tuple[int, str, str]:
    """Status, code and text of a refusal."""
    body = response.body["error"]
    return response.status, body["code"], body["message"]
