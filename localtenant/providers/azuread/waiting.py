"""The waits of the plugin for the directory after a creation or a deletion.

Source: ``internal/services/applications`` and ``internal/services/serviceprincipals`` of
hashicorp/terraform-provider-azuread, and the requests of the real plugin.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from localtenant.providers.azuread.client import GraphClient, GraphResponse
from localtenant.providers.provider import ProviderError

SEEN_IN_A_ROW = 5
DELETION_CHECK_SECONDS = 5.0
WAIT_TIMEOUT = 600.0


async def wait_until_there(
    client: GraphClient,
    ask: Callable[[], Awaitable[GraphResponse]],
    has: Callable[[Any], bool],
    waiting: str,
) -> None:
    """Waits until five reads in a row find the object."""
    seen, wait, waited = 0, 0.1, 0.0
    while True:
        found = await ask()
        if found.succeeded and has(found.body):
            seen += 1
            if seen == SEEN_IN_A_ROW:
                return
        elif found.succeeded or found.status == 404:
            seen, wait = 0, wait * 2
        else:
            raise ProviderError(f"{waiting}: {found.failure}")
        wait = min(max(wait, 1.0), 10.0)
        waited += wait
        if waited > WAIT_TIMEOUT:
            raise ProviderError(f"{waiting}: timeout while waiting for state to become 'Done' (last state: 'Waiting')")
        await client.sleep(wait)


async def wait_until_gone(client: GraphClient, ask: Callable[[], Awaitable[GraphResponse]], waiting: str) -> None:
    """Waits until five reads in a row do not find the object."""
    seen, waited = 0, 0.0
    while True:
        found = await ask()
        if found.status == 404:
            seen += 1
            if seen == SEEN_IN_A_ROW:
                return
        elif found.succeeded:
            seen = 0
        else:
            raise ProviderError(f"{waiting}: retrieving resource: {found.failure}")
        waited += DELETION_CHECK_SECONDS
        if waited > WAIT_TIMEOUT:
            raise ProviderError(f"{waiting}: timeout while waiting for state to become 'Deleted'")
        await client.sleep(DELETION_CHECK_SECONDS)


def application_text(object_id: str) -> str:
    return f'Application (Application: "{object_id}")'
