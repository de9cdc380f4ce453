"""A value of a wrong type in a request ends in an error of the service, wherever it stands, and breaks no later request."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.localtenant.bodies import Sent, arm_requests, graph_requests, with_every_permission
from tests.localtenant.support import GROUP, Client

WRONG: tuple[Any, ...] = (None, True, 5, "x", [], {}, [5], [[]], [{"x": 5}], {"x": 5})
COLLECTIONS = ("applications", "servicePrincipals", "groups", "users", "directory/administrativeUnits")


def mistyped(body: Any) -> Iterator[tuple[str, Any]]:
    """Every node of a body replaced by a value of each other type."""

    def nodes(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        if path:
            yield path
        for key, inner in (
            value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
        ):
            yield from nodes(inner, (*path, key))

    for path in nodes(body, ()):
        for wrong in WRONG:
            changed = copy.deepcopy(body)
            at = changed
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = wrong
            yield f"{'.'.join(map(str, path))} = {wrong!r:.20}", changed


async def unhandled(client: Client, requests: list[Sent]) -> list[str]:
    """Returns what failed: requests that ended in an exception, and answers without the service's form."""
    found = []
    token = client.token()
    for sent in requests:
        for name, body in mistyped(sent.body):
            where = f"{sent.method} {sent.path.partition('?')[0].rpartition('/providers/')[2]}: {name}"
            try:
                response = await client.dispatcher.answer(client.request(sent.method, sent.path, body, token=token))
                response.content()
            except Exception as error:  # noqa: BLE001  (all of them are reported together)
                found.append(f"{where}: {type(error).__name__}: {error}")
                continue
            if response.status >= 500 or (response.status >= 400 and response.error_code is None):
                found.append(f"{where}: {response.status} {response.body}")
    return found


@pytest.mark.parametrize("requests_of", [graph_requests, arm_requests])
def test_a_value_of_a_wrong_type_is_refused_by_the_service(requests_of: Any) -> None:
    client = with_every_permission()
    requests = requests_of(client)
    for sent in requests:
        response = client.send(sent.method, sent.path, sent.body)
        assert response.status < 300, (sent.path, response.body)
    found = asyncio.run(unhandled(client, requests))
    # What was accepted is read again by every listing.
    for path in [*(f"/v1.0/{name}" for name in COLLECTIONS), f"{GROUP}/resources?api-version=2024-03-01"]:
        response = client.send("GET", path)
        response.content()
        assert response.status == 200, (path, response.body)
    assert found == []


@pytest.mark.parametrize(
    ("path", "version", "body"),
    [
        (f"{GROUP}/providers/Microsoft.Web/sites/named", "2024-04-01", {"tags": {"identity": "x", "sku": "y"}}),
        (
            f"{GROUP}/providers/Microsoft.Web/sites/configured",
            "2024-04-01",
            {"properties": {"siteConfig": {"identity": "system", "logs": {}}}},
        ),
    ],
)
def test_a_name_that_means_something_else_elsewhere_is_accepted(path: str, version: str, body: Any) -> None:
    client = with_every_permission()
    response = client.arm("PUT", path, {"location": "westeurope", **body}, version)
    assert response.status < 300, response.body
