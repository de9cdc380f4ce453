"""Microsoft Graph's write quota: off by default, for an application in a tenant, over the last 150 seconds."""

from __future__ import annotations

from localtenant.graph.throttling import WRITES
from tests.localtenant.support import CONTOSO, FABRIKAM, Client, error

UNIT = "/v1.0/directory/administrativeUnits/c0c0c0c0-0000-4000-8000-00000000ffff"


def write_many(client: Client, count: int) -> None:
    for _ in range(count):
        client.dispatcher.write_quota.spend(CONTOSO.tenant_id, CONTOSO.client_id, client.clock.now())


def test_nothing_is_throttled_unless_asked_for(client: Client) -> None:
    write_many(client, WRITES)
    assert client.send("DELETE", UNIT).status == 404


def test_the_write_after_the_quota_is_refused_until_the_oldest_is_150_seconds_old(client: Client) -> None:
    client.cloud.behaviour.graph_throttling = True
    write_many(client, WRITES - 1)
    client.clock.advance(50)
    assert client.send("DELETE", UNIT).status == 404
    refused = client.send("DELETE", UNIT)
    assert error(refused)[:2] == (429, "TooManyRequests")
    assert refused.headers["Retry-After"] == "100"
    assert client.send("GET", UNIT).status == 404
    other = client.token(FABRIKAM)
    assert client.send("DELETE", UNIT, token=other).status == 404
    client.clock.advance(100)
    assert client.send("DELETE", UNIT).status == 404


def test_a_batch_counts_its_writes_and_not_itself(client: Client) -> None:
    client.cloud.behaviour.graph_throttling = True
    write_many(client, WRITES - 1)
    requests = [{"id": str(number), "method": "DELETE", "url": UNIT.removeprefix("/v1.0")} for number in range(3)]
    answered = client.ok("POST", "/v1.0/$batch", {"requests": requests})["responses"]
    assert [entry["status"] for entry in answered] == [404, 429, 429]
