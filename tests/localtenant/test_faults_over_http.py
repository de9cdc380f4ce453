"""Each kind of fault as a test in any language sets it: by HTTP, on a tenant in a process of its own."""

from __future__ import annotations

import ssl
from typing import Any

import httpx
import pytest

from localtenant.faults.faults import EFFECTS
from localtenant.process import LocalTenant
from tests.localtenant.support import CONTOSO, ROLE_ASSIGNMENTS

ROLE = "29232cdf-9323-42fd-ade2-1d097af3e4de"
OPERATION = "POST roleAssignments"
KINDS: dict[str, tuple[dict[str, Any], int]] = {
    "status": ({"status": 429, "retryAfter": 17}, 429),
    "cut": ({"when": "after"}, 0),
    "slow": ({"seconds": 3600}, 201),
    "notJson": ({"status": 503}, 503),
    "expiredToken": ({}, 401),
    "deny": ({"permission": "RoleManagement.ReadWrite.Directory"}, 403),
    "remove": ({"object": "principal"}, 404),
    "hide": ({"reads": 1}, 201),
    "lag": ({"seconds": 30}, 201),
    "replica": ({"seconds": 30}, 201),
    "hold": ({}, 0),
}
"""What each fault is given beside operation, count and position, and the status of the request that it strikes; 0 for
no answer.
"""


class Caller:
    """Somebody with a token of the deployer's."""

    def __init__(self, tenant: LocalTenant) -> None:
        trust = ssl.create_default_context(cafile=str(tenant.authority))
        self.client = httpx.Client(base_url=tenant.url, verify=trust, trust_env=False, timeout=10)
        form = {
            "grant_type": "client_credentials",
            "client_id": CONTOSO.client_id,
            "client_secret": CONTOSO.client_secret,
            "scope": "https://graph.microsoft.com/.default",
        }
        token = self.client.post(f"/{CONTOSO.tenant_id}/oauth2/v2.0/token", data=form).json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def assign(self, principal: str, timeout: float = 10.0) -> int:
        """Status of a new directory role assignment; 0 when the connection ends without an answer."""
        body = {"principalId": principal, "roleDefinitionId": ROLE, "directoryScopeId": "/"}
        try:
            answer = self.client.post(ROLE_ASSIGNMENTS, json=body, headers=self.headers, timeout=timeout)
        except httpx.TransportError:
            return 0
        return answer.status_code


def test_the_table_has_every_kind() -> None:
    assert set(KINDS) == set(EFFECTS)


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_fault_set_by_http_strikes_the_second_request_alone(tenant: LocalTenant, effect: str) -> None:
    caller = Caller(tenant)
    created = tenant.add_service_principal("job", servicePrincipalType="ManagedIdentity", count=3, lag=0)
    first, second, third = (principal["id"] for principal in created)
    more, struck = KINDS[effect]
    fault = {"operation": OPERATION, "effect": effect, "position": 2, "count": 1, **more}
    answer = caller.client.post("/_tenant/faults", json={"faults": [fault]})
    assert answer.status_code == 200, answer.text
    [identifier] = [fault["id"] for fault in answer.json()]
    assert caller.assign(first) == 201
    assert caller.assign(second, timeout=0.5 if effect == "hold" else 10.0) == struck
    assert caller.assign(third) == 201
    shown = caller.client.get(f"/_tenant/faults/{identifier}").json()
    assert (shown["seen"], shown["hits"]) == (3, 1)
